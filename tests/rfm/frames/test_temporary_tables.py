"""A kept table stays while anything reads it, and is dropped with the next one after that."""

from __future__ import annotations

import gc
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import rfm
from rfm._frames.engines.duckdb import keep as keep_in_duckdb
from rfm._frames.execution import materialise
from rfm._frames.temporary_tables import PREFIX

TABLE = pd.DataFrame({"customer_id": np.arange(100), "day": np.arange(100) % 7})
LOG = pd.DataFrame({"customer_id": np.arange(100) % 30, "date": "2024-01-05", "amount": np.arange(100.0)})


def kept_tables(native: Any) -> int:
    """How many tables the engine keeps for us on this connection, backend or session."""
    if nw.from_native(native).implementation.is_duckdb():
        found = native.query("rfm_kept_test", "SELECT table_name FROM duckdb_tables() WHERE temporary")
        names = [name for (name,) in found.fetchall()]
    elif hasattr(native, "get_backend"):
        found = native.get_backend().con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary")
        names = [name for (name,) in found.fetchall()]
    else:
        return int(native.sparkSession.sparkContext._jsc.getPersistentRDDs().size())
    return sum(name.startswith(PREFIX) for name in names)


@pytest.fixture
def native(constructor):
    if constructor.engine not in ("duckdb", "ibis", "spark"):
        pytest.skip("rows kept as Python objects go with the last that refers to them")
    table = constructor(TABLE)
    gc.collect()
    materialise(nw.from_native(table))  # gives up what other tests have left
    return table


def length(frame: Any) -> int:
    return len(frame.collect())


def test_a_table_goes_with_the_next_one_after_its_last_reader(native):
    first = materialise(nw.from_native(native).filter(nw.col("day") > 0))
    assert length(first) == 85
    before = kept_tables(native)
    second = materialise(nw.from_native(native).filter(nw.col("day") > 1))
    assert length(second) == 70
    assert kept_tables(native) == before + 1, "the first is still read"
    del first
    gc.collect()
    third = materialise(nw.from_native(native).filter(nw.col("day") > 2))
    assert length(third) == 56
    assert length(second) == 70
    assert kept_tables(native) <= before + 1, "the first has gone"


def test_what_is_made_of_a_kept_table_can_be_read_after_it(native):
    kept = materialise(nw.from_native(native).filter(nw.col("day") > 0))
    days = nw.to_native(kept.group_by("day").agg(nw.len().alias("rows")))
    joined = kept.join(nw.from_native(native).select("customer_id"), on="customer_id", how="inner")
    del kept
    gc.collect()
    for _ in range(2):
        other = materialise(nw.from_native(native))
    assert length(other) == 100
    assert length(nw.from_native(days)) == 6
    assert length(joined) == 85


def test_a_kept_table_of_duckdb_carries_nothing_of_what_it_was_made_of():
    """A relation's query is bound again at each step that is built on it."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS amount")
        relation = connection.table("orders").project("amount + 12345 AS more")
        assert "12345" in relation.sql_query()
        kept = keep_in_duckdb(keep_in_duckdb(relation).project("more + 67890 AS most"))
        assert kept.fetchall() == [(80_236,)]
        assert "orders" not in kept.sql_query()
        assert "67890" not in kept.sql_query()


@pytest.mark.nightly
@pytest.mark.slow_on("spark")
def test_calls_do_not_pile_up_tables(constructor, native):
    log = constructor(LOG.assign(date=pd.to_datetime(LOG["date"])))
    counts = []
    for _ in range(4):
        answer = nw.from_native(rfm.segment(log, edges={"R": [1, 2, 3, 4], "F": [1, 2, 3, 4]}))
        assert length(answer) == 30
        del answer
        gc.collect()
        counts.append(kept_tables(native))
    assert counts[-1] == counts[1] <= 3, counts


def test_a_table_of_the_same_name_is_not_mistaken_for_the_rows():
    duckdb = pytest.importorskip("duckdb")
    pa = pytest.importorskip("pyarrow")
    connection = duckdb.connect()
    for name in ("rows", "kept", "anchor"):
        connection.execute(f"CREATE TABLE {name} AS SELECT 'theirs' AS text")
    connection.execute("CREATE TABLE log AS SELECT uuid() AS id, 1::HUGEINT AS n, 'a'::ENUM ('a') AS e")
    log = connection.table("log")
    assert keep_in_duckdb(log).types == log.types
    assert keep_in_duckdb(log, pa.table({"a": [1, 2]})).fetchall() == [(1,), (2,)]


def _connection(**config):
    connection = pytest.importorskip("duckdb").connect(config=config)
    log = rfm.datasets.cdnow_sample().head(300)
    connection.register("given", log)
    connection.execute("CREATE TABLE orders AS SELECT * FROM given")
    connection.unregister("given")
    return connection


def test_a_users_own_tables_are_neither_dropped_nor_read():
    connection = _connection()
    for name in ("rfm_kept_mine", "rfm_kept_rows", "rfm_kept_source", 'rfm_kept_x; drop table "orders"'):
        quoted = name.replace('"', '""')
        connection.execute(f'CREATE TEMP TABLE "{quoted}" AS SELECT 7 AS seven')
    expected = rfm.segment(connection.table("orders").df()).sort_values("customer_id", ignore_index=True)
    for _ in range(2):
        found = rfm.segment(connection.table("orders")).df().sort_values("customer_id", ignore_index=True)
        assert found["segment"].tolist() == expected["segment"].astype(str).tolist()
    assert connection.execute("SELECT count(*) FROM rfm_kept_mine").fetchone() == (1,)
    assert connection.execute("SELECT seven FROM rfm_kept_rows").fetchone() == (7,)
    assert connection.execute("SELECT count(*) FROM orders").fetchone() == (300,)


@pytest.mark.parametrize("setting", ["python_enable_replacements", "enable_external_access"])
def test_a_connection_that_lets_no_object_of_python_in_is_served(setting):
    connection = _connection(**{setting: False})
    found = rfm.segment(connection.table("orders")).df().sort_values("customer_id", ignore_index=True)
    expected = rfm.segment(connection.table("orders").df()).sort_values("customer_id", ignore_index=True)
    assert found["segment"].tolist() == expected["segment"].astype(str).tolist()
    assert found["spend"].tolist() == pytest.approx(expected["spend"].tolist())


@pytest.mark.nightly
def test_two_connections_of_ibis_that_are_equal_have_their_own_tables():
    ibis, pa = pytest.importorskip("ibis"), pytest.importorskip("pyarrow")
    log = pa.Table.from_pandas(rfm.datasets.cdnow_sample().head(300))
    first, second = ibis.duckdb.connect(), ibis.duckdb.connect()
    assert first == second
    for backend in (first, second):
        backend.con.register("log", log)
        backend.con.execute("CREATE TABLE orders AS SELECT * FROM log")
    for backend in (first, second, first):
        for _ in range(2):
            assert rfm.segment(backend.table("orders")).to_pyarrow().num_rows > 0
            gc.collect()
    kept = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'rfm_kept_%'"
    assert max(backend.con.execute(kept).fetchone()[0] for backend in (first, second)) <= 3


def test_ibis_drops_no_table_of_the_user():
    ibis, pa = pytest.importorskip("ibis"), pytest.importorskip("pyarrow")
    backend = ibis.duckdb.connect()
    log = rfm.datasets.cdnow_sample().head(300)
    backend.con.register("log", pa.Table.from_pandas(log))
    backend.con.execute("CREATE TABLE orders AS SELECT * FROM log")
    own = ('"rfm_kept_mine"', '"rfm_kept_x; drop table ""orders"""')
    for name in own:
        backend.con.execute(f"CREATE TEMP TABLE {name} AS SELECT 7 AS seven")
    expected = rfm.segment(log).sort_values("customer_id")["segment"].astype(str).tolist()
    for _ in range(3):
        found = rfm.segment(backend.table("orders")).to_pyarrow().sort_by("customer_id")
        assert found["segment"].to_pylist() == expected
        gc.collect()
    counted = [backend.con.execute(f"SELECT count(*) FROM {name}").fetchone() for name in (*own, "orders")]
    assert counted == [(1,), (1,), (300,)]
