"""Rows are read once, and examples show what was written."""

from __future__ import annotations

import pytest

import rfm
from clv._large_files.kept_transactions import KEPT, KeptTransactions

duckdb = pytest.importorskip("duckdb")
LOG = """
SELECT * FROM (VALUES ('ann', TIMESTAMP '2024-01-05', 5.0, '5.1.24'),
    ('bob', TIMESTAMP '2024-01-06', 'inf'::DOUBLE, '6.1.24'),
    ('ann', TIMESTAMP '2024-01-07', -2.0, '7.1.24')) AS log(customer_id, date, amount, written)
"""


def test_as_transactions_but_for_what_examples_show():
    with duckdb.connect() as connection:
        plain = rfm.Transactions(connection.sql(LOG), bad_rows="drop").audit.df()
        tx = KeptTransactions(connection.sql(LOG), "written", bad_rows="drop")
        kept = tx.audit.df()
        assert kept["rule"].tolist() == ["kept", "unreadable amount", "return netted"]
        assert kept["examples"].tolist() == ["", "bob on '6.1.24': (no amount)", "ann on '7.1.24': -2.0"]
        assert kept["rows"].tolist() == plain["rows"].tolist()
        assert sorted(tx.ledger.to_native().fetchall()) == [("ann", 19_727, 50_000), ("ann", 19_729, -20_000)]
        assert connection.execute(f"SELECT count(*) FROM {KEPT}").fetchall() == [(3,)]


def test_without_written_dates_they_are_shown_as_they_are():
    with duckdb.connect() as connection:
        relation = connection.sql(f"SELECT * EXCLUDE (written) FROM ({LOG})")
        kept = KeptTransactions(relation, bad_rows="drop").audit.df()
        assert kept.equals(rfm.Transactions(relation, bad_rows="drop").audit.df())
