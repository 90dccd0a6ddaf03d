"""Rows that count: by a rule and from a first day on, in DuckDB."""

from __future__ import annotations

import pytest

from clv._large_files.chosen_rows import ChosenRows
from rfm.errors import RuleError

duckdb = pytest.importorskip("duckdb")
LOG = """
SELECT * FROM (VALUES ('ann', TIMESTAMP '2024-01-05', 'paid'), ('bob', TIMESTAMP '2024-02-05', 'back'),
    ('eve', NULL, 'paid'), ('dan', TIMESTAMP '2024-03-05 08:00:00', 'paid')) AS log(customer, date, "my status")
"""


def test_by_a_rule_and_a_day():
    chosen = ChosenRows("state == 'paid'", {"state": "my status"}, "`my status` == 'paid'", "2024-03-05")
    assert chosen.columns == ("my status",)
    with duckdb.connect() as connection:
        found, left = chosen.of(connection.sql(LOG), "date")
        assert found.columns == ["customer", "date", "my status"]
        assert sorted(row[0] for row in found.fetchall()) == ["dan", "eve"]  # a missing day is for the audit
    assert left == (
        "Left out by --where \"`my status` == 'paid'\": 1 rows of 4.",
        "Left out by --from 2024-03-05: 1 rows of 3 before it.",
    )


def test_without_either_all_count():
    assert ChosenRows().columns == ()
    with duckdb.connect() as connection:
        found, left = ChosenRows().of(connection.sql(LOG), "date")
        assert (len(found.fetchall()), left) == (4, ())


def test_a_rule_that_compares_texts_with_numbers_is_refused():
    with duckdb.connect() as connection, pytest.raises(RuleError):
        ChosenRows("customer > 5").of(connection.sql(LOG), "date")
