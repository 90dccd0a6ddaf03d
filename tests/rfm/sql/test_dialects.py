"""What each dialect calls a name, a text and a day."""

from __future__ import annotations

import pytest

import rfm
from rfm._sql.dialects import DIALECTS, as_dialect, column, day_literal, day_of, days_between, named, text

sqlglot = pytest.importorskip("sqlglot")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ['a"b', "a`b", "a'b; drop table orders --", "名稱", "select"])
def test_a_name_in_quotes_is_that_name(dialect, name):
    parsed = sqlglot.parse_one(f"SELECT {column(name).sql(dialect=dialect)}", dialect=dialect)
    assert [each.name for each in parsed.find_all(sqlglot.exp.Column)] == [name]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", ["can't lose", "a\\", "\\'; drop table orders --", "客群"])
def test_a_text_is_that_text(dialect, value):
    parsed = sqlglot.parse_one(f"SELECT {text(value).sql(dialect=dialect)}", dialect=dialect)
    assert [each.this for each in parsed.find_all(sqlglot.exp.Literal)] == [value]


@pytest.mark.parametrize(
    ("dialect", "day", "between"),
    [
        ("postgres", "CAST(\"d\" AS DATE) <= CAST('1970-01-02' AS DATE)", '"b" - "a"'),
        ("sqlite", "DATE(\"d\") <= '1970-01-02'", 'CAST(JULIANDAY("b") - JULIANDAY("a") AS INTEGER)'),
    ],
)
def test_days_as_the_dialect_keeps_them(dialect, day, between):
    compared = sqlglot.exp.LTE(this=day_of(column("d"), dialect), expression=day_literal(1, dialect))
    assert compared.sql(dialect=dialect) == day
    assert days_between(column("b"), column("a"), dialect).sql(dialect=dialect) == between


def test_what_is_no_dialect_and_no_name_is_refused():
    with pytest.raises(rfm.DataError, match="postgres"):
        as_dialect("oracle")
    with pytest.raises(rfm.DataError, match="table must be a name; got ''"):
        named("", "table")
    with pytest.raises(rfm.DataError, match="SQL has no text with a NUL"):
        text("a\0b")
