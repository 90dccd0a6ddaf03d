"""Connections of every kind give the rows of a query."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest

import rfm
from rfm._sql.connections import dialect_of, rows_of

QUERY = "select 1, 'a' union all select 2, 'b' order by 1"


def of_sqlite3():
    return sqlite3.connect(":memory:")


def of_duckdb():
    return pytest.importorskip("duckdb").connect()


def of_sqlalchemy():
    return pytest.importorskip("sqlalchemy").create_engine("sqlite://")


def of_sqlalchemy_opened():
    return of_sqlalchemy().connect()


def of_ibis():
    return pytest.importorskip("ibis").duckdb.connect()


MADE = {
    of_sqlite3: "sqlite",
    of_duckdb: "duckdb",
    of_sqlalchemy: "sqlite",
    of_sqlalchemy_opened: "sqlite",
    of_ibis: "duckdb",
}


@pytest.mark.parametrize("made", MADE)
def test_rows_and_the_dialect(made):
    connection = made()
    assert dialect_of(connection) == MADE[made]
    assert dialect_of(connection, "postgres") == "postgres"
    assert rows_of(connection, QUERY) == [(1, "a"), (2, "b")]
    if hasattr(connection, "dispose"):
        connection.dispose()
    else:
        getattr(connection, "close", getattr(connection, "disconnect", None))()


def test_a_connection_of_the_db_api_that_has_only_cursors():
    shop = sqlite3.connect(":memory:")
    assert rows_of(SimpleNamespace(cursor=shop.cursor), QUERY) == [(1, "a"), (2, "b")]


def test_what_is_no_connection():
    with pytest.raises(rfm.DataError, match="The dialect of this connection is not known; got 3"):
        dialect_of(3)
    with pytest.raises(rfm.DataError, match="Not a connection to a database: 3"):
        rows_of(3, QUERY)
