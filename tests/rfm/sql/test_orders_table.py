"""The table of orders, and each customer's facts from its rows."""

from __future__ import annotations

import sqlite3

import pytest

import rfm
from rfm._sql.orders_table import OrdersTable, stages, table_of
from rfm._sql.statement import written

pytest.importorskip("sqlglot")

ROWS = [
    ("ann", "2024-01-01 23:59:00", 10.0),
    ("ann", "2024-01-01", 5.5),  # the same day: one purchase
    ("ann", "2024-02-01", -3.0),  # a return
    ("ben", "2024-03-01", 0.0),  # free: a purchase
    ("cleo", "2024-01-05", -7.0),  # has never bought
    (None, "2024-09-09", 1.0),
    ("", "2024-09-09", 1.0),
    ("ann", None, 1.0),
    ("ann", "2024-03-02", None),
]


def orders(**options):
    given = {"table": "orders", "customer": "who", "date": "day of order", "amount": "paid"}
    given |= {"as_of": None, "window": None, "decimals": 2}
    return OrdersTable.of(**given | options)


def buyers(**options):
    shop = sqlite3.connect(":memory:")
    shop.execute('create table orders (who, "day of order", paid)')
    shop.executemany("insert into orders values (?, ?, ?)", ROWS)
    import sqlglot

    table = orders(**options)
    every = sqlglot.exp.select("*").from_(table_of(table.stage("buyers")))
    return sorted(shop.execute(written(every, stages(table, "sqlite"), "sqlite")).fetchall())


def test_rows_of_a_day_are_netted_and_customers_who_never_bought_left_out():
    assert buyers() == [
        ("ann", 1, "2024-01-01", "2024-03-01", 1250),
        ("ben", 1, "2024-03-01", "2024-03-01", 0),
    ]


def test_until_a_day_and_in_a_window():
    assert buyers(as_of="2024-02-15") == [("ann", 1, "2024-01-01", "2024-02-15", 1250)]
    assert buyers(as_of="2024-02-15", window="30D") == [("ann", 1, "2024-01-01", "2024-02-15", 1250, 0, -300)]


def test_without_amounts_every_day_with_a_row_is_a_purchase():
    assert buyers(amount=None) == [
        ("ann", 3, "2024-03-02", "2024-03-02"),
        ("ben", 1, "2024-03-01", "2024-03-02"),
        ("cleo", 1, "2024-01-05", "2024-03-02"),
    ]


def test_names_of_tables():
    assert orders(table="shop.orders").name == ("shop", "orders")
    assert orders(table=("lake", "shop", "orders.2024")).name == ("lake", "shop", "orders.2024")
    assert orders(table="buyers").stage("buyers") == "buyers_of_buyers"
    for wrong in ("", "a..b", "a.b.c.d", 3, ()):
        with pytest.raises(rfm.DataError, match="table must be a name such as"):
            orders(table=wrong)


def test_a_window_needs_its_end():
    with pytest.raises(rfm.DataError, match="window='30D' needs the day that it ends on; got as_of=None"):
        orders(window="30D")
