"""`Scorer.to_sql`: its options, and what a statement cannot give."""

from __future__ import annotations

import inspect

import pytest

import rfm
from rfm._sql.dialects import DIALECTS
from rfm._sql.scorer_sql import scorer_sql

sqlglot = pytest.importorskip("sqlglot")
SELECTED = ["customer_id", "recency", "frequency", "monetary", "orders", "R", "F", "M", "rfm", "segment"]


@pytest.fixture(scope="module")
def summary():
    return rfm.summarize(rfm.datasets.cdnow_sample())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_reads_back_one_statement_that_selects_the_columns(summary, dialect):
    sql = rfm.Scorer.fit(summary).to_sql(table="shop.orders", dialect=dialect)
    [statement] = sqlglot.parse(sql, dialect=dialect)
    assert statement.named_selects == SELECTED
    tables = {table.sql(dialect=dialect) for table in statement.find_all(sqlglot.exp.Table) if table.db}
    assert len(tables) == 1


def test_without_a_scheme_and_without_money(summary):
    scorer = rfm.Scorer.fit(summary.drop(columns=["spend", "first_order_spend", "refunds"]))
    sql = scorer.to_sql(None, table="orders", dialect="duckdb", amount=None)
    assert sqlglot.parse_one(sql, dialect="duckdb").named_selects == [
        "rf" if name == "rfm" else name for name in SELECTED if name not in ("monetary", "M", "segment")
    ]


def test_the_method_has_the_options_of_the_function():
    ours, theirs = (list(inspect.signature(each).parameters) for each in (rfm.Scorer.to_sql, scorer_sql))
    assert ours[1:] == theirs[1:]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dialect": "oracle"}, "dialect must be"),
        ({"table": "a.b.c.d"}, "table must be a name such as"),
        ({"amount": None}, "The scorer has cut points of R, F, M; got amount=None"),
        ({"window": "30D", "as_of": "1998-06-30"}, "was learned without a window"),
        ({"scheme": "no scheme"}, "no scheme"),
    ],
)
def test_wrong_options_are_refused(summary, options, words):
    with pytest.raises(rfm.DataError, match=words):
        rfm.Scorer.fit(summary).to_sql(**{"table": "orders", "dialect": "postgres"} | options)


def test_weights_and_groups_have_no_statement(summary):
    weighted = rfm.Scorer.fit(summary, weights={"R": 1, "F": 2, "M": 1})
    with pytest.raises(rfm.DataError, match=r"A statement cannot have .*composite score.*weights="):
        weighted.to_sql(table="orders", dialect="postgres")
