"""A real PostgreSQL server: statements, cut points, and reading from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
import rfm.sql

pytest.importorskip("sqlglot")
COLUMNS = ["customer_id", "recency", "frequency", "monetary", "R", "F", "M", "rfm", "segment"]


def put(connection, table, log, types):
    """A table of the log's rows."""
    names = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    connection.execute(f"create table {table} ({names})")
    with connection.cursor().copy(f"copy {table} from stdin") as copy:
        for row in log[list(types)].itertuples(index=False):
            copy.write_row([None if pd.isna(value) else value for value in row])
    connection.commit()
    connection.execute(f"analyze {table}")
    connection.commit()


TYPES = {"customer_id": "bigint", "date": "timestamp", "amount": "numeric(12, 2)"}


@pytest.fixture(scope="module")
def shop(postgres):
    import psycopg

    with psycopg.connect(postgres) as connection:
        put(connection, "orders", rfm.datasets.cdnow(), TYPES)
        yield connection


def equal(found, expected, columns):
    found = found.sort_values("customer_id").reset_index(drop=True)
    assert len(found) == len(expected)
    for name in columns:
        assert found[name].map(str).tolist() == expected[name].map(str).tolist(), name


def run(connection, sql):
    cursor = connection.execute(sql)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])


@pytest.mark.parametrize("scheme", ["classic", "codes", "value"])
def test_cdnow_has_the_segments_of_pandas(shop, scheme):
    log = rfm.datasets.cdnow()
    scorer = rfm.sql.learn_cuts(shop, "public.orders")
    assert scorer == rfm.Scorer.fit(rfm.summarize(log))
    found = run(shop, scorer.to_sql(scheme, table="public.orders", dialect="postgres"))
    equal(found, rfm.segment(log, scheme=scheme), COLUMNS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["double precision", "numeric(12, 2)"])
def test_random_logs_with_returns_and_a_window(shop, seed, kind):
    rng = np.random.default_rng(seed)
    rows = 2_000
    log = pd.DataFrame(
        {
            "customer_id": rng.choice(["ann", "bob", "", None, *(f"c{n}" for n in range(200))], rows),
            "date": pd.Timestamp("2023-01-01")
            + pd.to_timedelta(rng.integers(0, 500 * 1_440, rows), unit="min"),
            "amount": rng.integers(-3_000, 12_000, rows) / 100,
        }
    )
    table = f"random_{seed}_{kind[0]}"
    put(shop, table, log, TYPES | {"customer_id": "text", "amount": kind})
    tx = rfm.Transactions(log, bad_rows="drop")
    window = {"window": "6M", "as_of": "2024-05-01"}
    summary = rfm.summarize(tx, **window)
    scorer = rfm.sql.learn_cuts(shop, table, **window)
    assert scorer == rfm.Scorer.fit(summary)
    found = run(shop, scorer.to_sql("classic", table=table, dialect="postgres", **window))
    equal(found, rfm.segment(tx, **window), COLUMNS)


def test_orders_are_read_from_there(shop, postgres):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    log = rfm.datasets.cdnow()
    folder = dict(part.split("=") for part in postgres.split())
    address = sqlalchemy.URL.create(
        "postgresql+psycopg",
        username=folder["user"],
        database=folder["dbname"],
        query={"host": folder["host"]},
    )
    engine = sqlalchemy.create_engine(address)
    table = rfm.sql.read(engine, "select customer_id as buyer, date, amount from orders")
    found = rfm.summarize(rfm.Transactions(table, customer="buyer"))
    expected = rfm.summarize(log)
    pd.testing.assert_frame_equal(found, expected.astype(found.dtypes))
    assert rfm.sql.learn_cuts(engine, "orders") == rfm.Scorer.fit(expected)
    engine.dispose()


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")  # which Ibis sets
def test_an_ibis_table_of_the_server_stays_there(shop, postgres):
    ibis = pytest.importorskip("ibis")
    folder = dict(part.split("=") for part in postgres.split())
    put(shop, "sampled", rfm.datasets.cdnow_sample(), TYPES)
    backend = ibis.postgres.connect(host=folder["host"], user=folder["user"], database=folder["dbname"])
    try:
        found = rfm.segment(rfm.Transactions(backend.table("sampled"))).to_pandas()
    finally:
        backend.disconnect()
    expected = rfm.segment(rfm.datasets.cdnow_sample())
    equal(found, expected, ["customer_id", "recency", "frequency", "R", "F", "M", "segment"])
