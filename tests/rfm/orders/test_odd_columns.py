"""Columns of types that logs seldom have: they are read, or refused by name."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
import rfm

ROWS = 6
LOG = pd.DataFrame(
    {"customer_id": ["a", "b"] * 3, "date": "2024-01-05", "amount": 1.0, "order_id": "o", "source": "web"}
)
ROLES = {
    "customer": "customer_id",
    "date": "date",
    "amount": "amount",
    "order_id": "order_id",
    "source": "source",
}
NESTED = {
    "list": "[1, 2]",
    "array": "[1, 2]::INTEGER[2]",
    "struct": "{'a': 1}",
    "map": "MAP {'k': 1}",
    "union": "union_value(n := 1)",
}


def nested_arrow():
    pa = pytest.importorskip("pyarrow")
    return {
        "list": pa.array([[1, 2]] * ROWS),
        "fixed list": pa.array([[1, 2]] * ROWS, pa.list_(pa.int64(), 2)),
        "struct": pa.array([{"a": 1}] * ROWS),
        "map": pa.array([[("k", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
        "interval": pa.array([(1, 2, 3)] * ROWS, pa.month_day_nano_interval()),
    }


def refused(df, role, column):
    with pytest.raises(
        rfm.TransactionsError, match=rf"Column '{column}' holds lists, structs, maps.* read as {role}"
    ):
        rfm.Transactions(df, bad_rows="drop", **{role: column})


@pytest.mark.parametrize("role", ROLES)
def test_nested_columns_in_memory(role):
    pa = pytest.importorskip("pyarrow")
    column = ROLES[role]
    table = pa.Table.from_pandas(LOG.drop(columns=column), preserve_index=False)
    for name, array in nested_arrow().items():
        arrow = table.append_column(column, array)
        refused(arrow, role, column)
        refused(arrow.to_pandas(types_mapper=pd.ArrowDtype), role, column)
        if name in ("list", "struct", "map"):
            refused(arrow.to_pandas(), role, column)
        if name != "interval":
            pl = pytest.importorskip("polars")
            refused(pl.from_arrow(arrow), role, column)
            refused(pl.from_arrow(arrow).lazy(), role, column)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("engine", ["duckdb", "ibis"])
def test_nested_columns_behind_duckdb(engine, role):
    module = pytest.importorskip(engine)
    backend = module.connect() if engine == "duckdb" else module.duckdb.connect()
    connection = backend if engine == "duckdb" else backend.con
    connection.register("given", LOG)
    connection.execute("CREATE TABLE log AS FROM given")
    column = ROLES[role]
    for name, sql in NESTED.items():
        if engine == "ibis" and name == "union":
            continue  # Ibis has no such type
        kind = name.replace(" ", "_")
        connection.execute(f"CREATE TABLE log_{kind} AS SELECT * REPLACE ({sql} AS {column}) FROM log")
        refused(backend.table(f"log_{kind}"), role, column)


def test_floats_of_16_bits(constructor, to_pandas):
    """Their values are those of other floats; engines that have no such type store them in 32 bits."""
    if constructor.engine in ("spark", "duckdb", "ibis"):
        pytest.skip("this engine has no floats of 16 bits")
    log = pd.DataFrame({"customer_id": [1, 2, 1], "date": "2024-01-05", "amount": [1.5, 2.5, 3.25]})
    for column in ("customer_id", "amount"):
        half = log.astype({column: np.float16})
        if constructor.engine in ("pandas-arrow", "polars", "polars-lazy"):
            half = log.astype({column: np.float32})
        found = to_pandas(rfm.summarize(constructor(half)))
        assert found.sort_values("customer_id")["spend"].tolist() == [4.75, 2.5]
        assert nw.from_native(clv.summarize(constructor(half))) is not None


@pytest.mark.parametrize("digits", [25, 100, 5_000])
def test_integers_of_many_digits(digits):
    if digits > 309 and pd.__version__ < "3":
        pytest.skip("pandas 2 cannot number integers beyond all floats")
    log = pd.DataFrame({"customer_id": [1, 2, 3], "date": "2024-01-05", "amount": 1.0})
    huge = pd.Series([10**digits, 1, 2], dtype=object)
    tx = rfm.Transactions(log.assign(customer_id=huge))
    assert len(rfm.summarize(tx)) == 3
    assert len(tx.audit) == 1
    with pytest.raises(rfm.TransactionsError, match="Amounts would overflow"):
        rfm.Transactions(log.assign(amount=huge))
    with pytest.raises(rfm.DataError, match="unreadable date"):
        rfm.Transactions(log.assign(date=pd.Series([10**digits, "2024-01-05", "2024-01-06"], dtype=object)))


def test_unsigned_integers_beyond_the_signed_ones():
    pa = pytest.importorskip("pyarrow")
    log = {"customer_id": [1, 2], "date": ["2024-01-05"] * 2, "amount": pa.array([2**63 + 1, 1], pa.uint64())}
    with pytest.raises(rfm.TransactionsError, match="Amounts would overflow"):
        rfm.Transactions(pa.table(log))
    with pytest.raises(rfm.TransactionsError, match="2 unreadable date"):
        rfm.Transactions(pa.table({**log, "date": log["amount"], "amount": [1.0, 2.0]}), date_format="excel")


@pytest.mark.parametrize(
    "rule", ["account / 2 > 10", "account / account > 0", "account * 2 > 10", "10 - account < 0"]
)
def test_rules_on_whole_numbers_that_floats_do_not_hold(constructor, to_pandas, rule):
    table = pd.DataFrame({"customer_id": [1, 2, 3], "R": [5, 1, 1], "F": [5, 1, 1], "M": [5, 1, 1]})
    table["account"] = [2**53 + 1, 2**63 - 1, 5]
    scheme = rfm.Scheme.load("classic").with_segment("whale", rule, before="VIP")
    segments = to_pandas(scheme.assign(constructor(table)))["segment"].astype(str).tolist()
    small = "whale" if rule == "account / account > 0" else "lost"
    assert segments == ["whale", "whale", small]


@pytest.mark.parametrize("package", ["pandas", "polars", "polars-lazy", "pyarrow", "duckdb"])
@pytest.mark.parametrize("text", ["", "a"])
def test_an_empty_category_is_a_missing_id(package, text):
    """Ids as categories are read as the texts they are: an empty one is no customer, and no order."""
    pa = pytest.importorskip("pyarrow")
    log = pa.table(
        {
            "customer_id": pa.array([text, "b", "b", None]).dictionary_encode(),
            "date": ["2024-01-05", "2024-01-05", "2024-01-05", "2024-01-06"],
            "amount": [1.0, 2.0, 3.0, 4.0],
            "order_id": pa.array(["o1", text, text, "o1"]).dictionary_encode(),
        }
    )
    if package == "pandas":
        log = log.to_pandas()
    elif package.startswith("polars"):
        log = pytest.importorskip("polars").from_arrow(log)
        log = log.lazy() if package == "polars-lazy" else log
    elif package == "duckdb":
        log = pytest.importorskip("duckdb").from_arrow(log)
    tx = rfm.Transactions(log, order_id="order_id", bad_rows="drop")
    counts = {
        line["rule"]: line["rows"] for line in nw.from_native(tx.audit).lazy().collect().rows(named=True)
    }
    assert counts["missing customer"] == (1 if text else 2)
    assert counts.get("row without order id", 0) == (0 if text else 2)
