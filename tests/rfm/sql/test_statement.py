"""Statements run on DuckDB and SQLite, and compared with pandas customer by customer."""

from __future__ import annotations

import itertools
import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm._sql.dialects import DIALECTS

duckdb = pytest.importorskip("duckdb")
sqlglot = pytest.importorskip("sqlglot")

COLUMNS = ["customer_id", "recency", "frequency", "monetary", "R", "F", "M", "rfm"]


def on_duckdb(log, table="orders"):
    connection = duckdb.connect()
    connection.register("log", log)
    connection.execute(f"create table {quoted(table)} as select * from log")
    return lambda sql: connection.execute(sql).df()


def on_sqlite(log, table="orders"):
    connection = sqlite3.connect(":memory:")
    log.assign(date=pd.to_datetime(log["date"]).dt.strftime("%Y-%m-%d")).to_sql(
        table, connection, index=False
    )
    return lambda sql: pd.read_sql_query(sql, connection)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


ENGINES = {"duckdb": on_duckdb, "sqlite": on_sqlite}


def assert_equal(found, expected, columns):
    found = found.sort_values("customer_id", kind="stable").reset_index(drop=True)
    assert len(found) == len(expected)
    for name in columns:
        ours, theirs = (frame[name].astype(object).map(str).to_numpy() for frame in (found, expected))
        differing = np.flatnonzero(ours != theirs)
        assert not len(differing), (name, found.iloc[differing[:3]], expected.iloc[differing[:3]])


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize("scheme", ["classic", "shopify", "codes", "membership"])
def test_cdnow_has_the_segments_of_pandas(dialect, scheme, cdnow_segments):
    log, scorer, run = cdnow_segments(dialect)
    found = run(scorer.to_sql(scheme, table="orders", dialect=dialect))
    expected = rfm.segment(log, scheme=scheme)
    assert_equal(found, expected, [*COLUMNS, "segment"])


@pytest.fixture(scope="module")
def cdnow_segments():
    log = rfm.datasets.cdnow()
    scorer = rfm.Scorer.fit(rfm.summarize(log))
    made = {name: make(log) for name, make in ENGINES.items()}
    return lambda dialect: (log, scorer, made[dialect])


@st.composite
def logs(draw):
    """Logs with returns, free orders, missing cells, and cents whose sums lie on cut points."""
    rows = draw(st.integers(3, 60))
    cents = st.sampled_from([0, 10, 20, 30, 1005, 2010, -10, -30, -1005])
    row = st.tuples(st.integers(1, 9), st.integers(0, 40), cents, st.integers(0, 30))
    made = draw(st.lists(row, min_size=rows, max_size=rows))
    log = pd.DataFrame(made, columns=["customer_id", "day", "cents", "odd"])
    log["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(log["day"], unit="D")
    log["amount"] = log["cents"] / 100
    log["customer_id"] = "c" + log["customer_id"].astype(str)
    log.loc[log["odd"] == 1, "customer_id"] = None
    log.loc[log["odd"] == 2, "amount"] = np.nan
    log.loc[log["odd"] == 3, "date"] = pd.NaT
    log.loc[log["odd"] == 4, "customer_id"] = ""
    return log[["customer_id", "date", "amount"]]


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")
@given(logs(), st.sampled_from(sorted(ENGINES)), st.sampled_from(["total", "mean"]), st.booleans())
def test_random_logs_have_the_segments_of_pandas(log, dialect, monetary, windowed):
    usable = log.dropna()
    usable = usable[usable["customer_id"] != ""]
    if not len(usable):
        return
    last = str(usable["date"].max().date())
    window = {"window": "14D", "as_of": last} if windowed else {}
    tx = rfm.Transactions(log, bad_rows="drop", far_dates="keep")
    summary = rfm.summarize(tx, **window)
    if not (summary["orders"] > 0).any():
        return
    scorer = rfm.Scorer.fit(summary, monetary=monetary)
    found = ENGINES[dialect](log)(scorer.to_sql(None, table="orders", dialect=dialect, **window))
    assert_equal(found, scorer.score(summary), COLUMNS)


@pytest.mark.parametrize("dialect", ENGINES)
def test_your_own_edges_and_scores_of_two_digits(dialect, cdnow_segments):
    log, _, run = cdnow_segments(dialect)
    summary = rfm.summarize(log)
    edges = {"R": [180, 90, 60.5, 30], "M": [10.005, 20.1, 50, 100.33], "F": [1, 2, 3, 4]}
    for scorer in (
        rfm.Scorer.fit(summary, edges=edges),
        rfm.Scorer.fit(summary, bins={"R": 10, "F": 3, "M": 4}),
    ):
        found = run(scorer.to_sql(None, table="orders", dialect=dialect))
        assert_equal(found, scorer.score(summary), COLUMNS)


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")
@pytest.mark.parametrize("dialect", ENGINES)
def test_a_log_without_amounts(dialect):
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    summary = rfm.summarize(log)
    scorer = rfm.Scorer.fit(summary)
    sql = scorer.to_sql("lifecycle", table="orders", dialect=dialect, amount=None)
    assert_equal(
        ENGINES[dialect](log)(sql),
        rfm.segment(log),
        ["customer_id", "recency", "frequency", "R", "F", "rf", "segment"],
    )


ODD = ['a"b', "a'b", "a\\b", "a;drop table orders;--", "訂單", "a b.c", "{{x}}", "a`b", "%s :x"]


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize("name", ODD)
def test_names_and_texts_may_hold_anything(dialect, name):
    log = rfm.datasets.cdnow_sample().head(300)
    scorer = rfm.Scorer.fit(rfm.summarize(log))
    scheme = rfm.Scheme("odd", [rfm.Segment(name, "R >= 3"), rfm.Segment("rest")], default="rest")
    renamed = log.rename(columns={"customer_id": name, "amount": f"{name} paid"})
    run = ENGINES[dialect](renamed, name)
    sql = scorer.to_sql(
        scheme, table=(name,), dialect=dialect, customer=name, amount=f"{name} paid", date="date"
    )
    expected = scheme.assign(scorer.score(rfm.summarize(log)))
    assert_equal(run(sql), expected, ["customer_id", "segment"])


@pytest.mark.parametrize(("dialect", "name"), [*itertools.product(DIALECTS, ODD)])
def test_every_dialect_reads_back_what_was_meant(dialect, name):
    if "\\" in name and int(sqlglot.__version__.partition(".")[0]) < 28:
        pytest.skip("older readers end a quoted name at a backslash, though they write it rightly")
    log = rfm.datasets.cdnow_sample().head(300)
    scorer = rfm.Scorer.fit(rfm.summarize(log))
    scheme = rfm.Scheme("odd", [rfm.Segment(name, "R >= 3"), rfm.Segment("rest")], default="rest")
    sql = scorer.to_sql(scheme, table=("shop", name), dialect=dialect, customer=name)
    [tree] = sqlglot.parse(sql, dialect=dialect)  # one statement
    texts = {literal.this for literal in tree.find_all(sqlglot.exp.Literal) if literal.is_string}
    assert name in texts
    # BigQuery's reader splits a quoted name at points, as BigQuery does with names of tables
    written = {".".join(part.name for part in column.parts) for column in tree.find_all(sqlglot.exp.Column)}
    assert {name, f"o.{name}"} & written
    read = {".".join(part.name for part in table.parts) for table in tree.find_all(sqlglot.exp.Table)}
    assert f"shop.{name}" in read


def fitted(**options):
    summary = rfm.summarize(rfm.datasets.cdnow_sample())
    return rfm.Scorer.fit(summary.assign(nps=1.0, country="TW"), **options)


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")
@pytest.mark.parametrize(
    ("options", "given", "message"),
    [
        ({"extra": {"nps": "high"}}, {}, r"A statement cannot have metrics of its own.*extra="),
        ({"within": "country"}, {}, r"A statement cannot have cut points by group.*within="),
        ({"weights": {"R": 1, "F": 1, "M": 1}}, {}, r"cannot have a composite score.*weights="),
        ({}, {"amount": None}, r"The scorer has cut points of R, F, M; got amount=None"),
        ({}, {"window": "365D"}, r"window='365D' needs the day that it ends on"),
        ({}, {"window": "365D", "as_of": "1998-01-01"}, r"The scorer was learned without a window"),
        ({}, {"dialect": "oracle"}, r"dialect must be .*postgres.*got 'oracle'"),
        ({}, {"table": "a.b.c.d"}, r"table must be a name such as"),
        ({}, {"customer": "a\0b"}, r"customer must be a name"),
        ({}, {"scheme": "classic-ahead"}, r"The statement has no column 'p_alive'"),
    ],
)
def test_what_no_statement_gives_is_refused(options, given, message):
    with pytest.raises(rfm.DataError, match=message):
        fitted(**options).to_sql(**{"table": "orders", "dialect": "duckdb", **given})


def test_a_table_with_the_name_of_a_stage():
    log = rfm.datasets.cdnow_sample()
    scorer = rfm.Scorer.fit(rfm.summarize(log))
    for name in ("order_rows", "buyers", "scored", "order_rows_of_order_rows"):
        sql = scorer.to_sql(None, table=name, dialect="sqlite")
        assert_equal(on_sqlite(log, name)(sql), rfm.score(log), COLUMNS)
