"""Cut points learned in a database are those of `Scorer.fit`."""

from __future__ import annotations

import sqlite3

import pytest

import rfm
import rfm.sql

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

CASES = [
    ({}, {}),
    ({"monetary": "mean"}, {}),
    ({"bins": {"R": 4, "F": 3, "M": 10}}, {}),
    ({}, {"window": "26W", "as_of": "1998-03-31"}),
    ({"monetary": "mean"}, {"window": "6M", "as_of": "1998-03-31"}),
    ({}, {"as_of": "1997-09-30"}),
]


@pytest.fixture(scope="module")
def connections():
    log = rfm.datasets.cdnow()
    warehouse, file = duckdb.connect(), sqlite3.connect(":memory:")
    warehouse.register("orders", log)
    log.assign(date=log["date"].astype(str)).to_sql("orders", file, index=False)
    return log, {"duckdb": warehouse, "sqlite": file}


@pytest.mark.parametrize("name", ["duckdb", "sqlite"])
@pytest.mark.parametrize(("how", "when"), CASES)
def test_the_cut_points_are_those_of_the_summary(connections, name, how, when):
    log, known = connections
    expected = rfm.Scorer.fit(rfm.summarize(log, **when), **how)
    assert rfm.sql.learn_cuts(known[name], "orders", **how, **when) == expected


def test_a_table_where_nobody_has_bought():
    shop = sqlite3.connect(":memory:")
    shop.execute("create table orders (customer_id, date, amount)")
    with pytest.raises(rfm.ScoringError, match="No customer of orders has bought"):
        rfm.sql.learn_cuts(shop, "orders")


def test_ntile_splits_equal_customers_and_this_does_not(connections):
    """How many of CDNOW's customers NTILE would give another F than others with the same number of orders."""
    _, known = connections
    scorer = rfm.sql.learn_cuts(known["duckdb"], "orders")
    sql = scorer.to_sql(None, table="orders", dialect="duckdb").rstrip()
    split = f"""
        with scored as ({sql}), tiled as (
          select frequency, ntile(5) over (order by frequency) as tile from scored
        ), counted as (select frequency, tile, count(*) as n from tiled group by all)
        select sum(n) - sum(largest) from (
          select frequency, sum(n) as n, max(n) as largest from counted group by frequency
        )"""
    [[apart]] = known["duckdb"].execute(split).fetchall()
    assert apart == APART
    scores = known["duckdb"].execute(f"select count(distinct F) from ({sql}) group by frequency").fetchall()
    assert set(scores) == {(1,)}


APART = 9_849  # of 23,570 customers; counted here by DuckDB's own NTILE


def test_what_is_no_connection_is_refused():
    with pytest.raises(rfm.DataError, match=r"The dialect of this connection is not known; got 'orders.db'"):
        rfm.sql.learn_cuts("orders.db", "orders")
    with pytest.raises(rfm.DataError, match=r"Not a connection to a database: 'orders.db'"):
        rfm.sql.learn_cuts("orders.db", "orders", dialect="sqlite")


@pytest.mark.parametrize("decimals", [-1, 40, 1.5, None, 10**100])
def test_decimals_are_checked_before_a_query(decimals):
    with (
        duckdb.connect() as connection,
        pytest.raises(rfm.DataError, match="decimals must be a whole number from 0"),
    ):
        rfm.sql.learn_cuts(connection, "orders", decimals=decimals)
