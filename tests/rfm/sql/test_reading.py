"""A query's rows are read as a dataframe."""

from __future__ import annotations

import sqlite3

import pandas as pd
import pytest

import rfm
import rfm.sql

ROWS = [("ann", "2024-03-01", 12.5), ("ben", "2024-03-02", 8.0)]
QUERY = "select who as buyer, day, paid from orders where paid > 1"
EXPECTED = pd.DataFrame(ROWS, columns=["buyer", "day", "paid"])


def test_from_sqlite3_to_a_summary():
    shop = sqlite3.connect(":memory:")
    shop.execute("create table orders (who, day, paid)")
    shop.executemany("insert into orders values (?, ?, ?)", ROWS)
    found = rfm.sql.read(shop, QUERY)
    pd.testing.assert_frame_equal(found, EXPECTED, check_dtype=False)
    tx = rfm.Transactions(found, customer="buyer", date="day", amount="paid")
    assert rfm.summarize(tx)["spend"].tolist() == [12.5, 8.0]


def test_from_an_engine_and_a_connection_of_sqlalchemy():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table orders (who text, day text, paid numeric(12, 2))")
        connection.exec_driver_sql("insert into orders values (?, ?, ?)", ROWS)
        pd.testing.assert_frame_equal(rfm.sql.read(connection, QUERY), EXPECTED, check_dtype=False)
    pd.testing.assert_frame_equal(rfm.sql.read(engine, QUERY), EXPECTED, check_dtype=False)
    engine.dispose()


def test_what_is_no_query_is_refused():
    with pytest.raises(rfm.DataError, match="query must be"):
        rfm.sql.read(sqlite3.connect(":memory:"), 3)
