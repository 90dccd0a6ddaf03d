"""Wrapping dataframes: the same kind comes out that went in, and it is not changed."""

from __future__ import annotations

from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rfm import DataError, EngineError
from rfm._frames.columns import choose, new_column, new_texts, without_unused_categories
from rfm._frames.engines.pandas import Pandas
from rfm._frames.execution import fetch
from rfm._frames.native import engine_name, from_native, is_eager, snapshot, to_native

NAMES = {
    "pandas-arrow": "pandas",
    "polars-lazy": "Polars",
    "pyarrow": "PyArrow",
    "duckdb": "DuckDB",
    "polars": "Polars",
}
TABLE = pd.DataFrame({"a": [1.0, 5.0, None], "b": ["x", "y", None]})


def test_what_comes_in_goes_out(constructor):
    native = constructor(TABLE)
    frame = from_native(native)
    assert is_eager(frame) != constructor.is_lazy
    assert type(to_native(frame)) is type(native)
    assert engine_name(frame) == NAMES.get(constructor.engine, constructor.engine.capitalize()).replace(
        "Pandas", "pandas"
    )
    assert from_native(frame) is frame


HINTS = [
    (None, "NoneType. Hint: pass a table of pandas, Polars"),
    (3, "int. Hint: pass a table of pandas, Polars"),
    (pd.Series([1]), "Series. Hint: pass a table of pandas, Polars"),
    ([{"a": 1}], "list. Hint: pandas.DataFrame(rows) makes a table from it"),
    ({"a": [1]}, "dict. Hint: pandas.DataFrame(rows) makes a table from it"),
    (np.ones(2), "ndarray. Hint: pandas.DataFrame(rows) makes a table from it"),
    ("orders.csv", "str 'orders.csv'. Hint: pandas.read_csv('orders.csv') reads a file"),
    (Path("a.parquet"), "Path 'a.parquet'. Hint: pandas.read_parquet('a.parquet') reads a file"),
    ("a.XLSX", "str 'a.XLSX'. Hint: pandas.read_excel('a.XLSX') reads a file"),
]


@pytest.mark.parametrize(("native", "found"), HINTS)
def test_no_dataframe(native, found):
    with pytest.raises(DataError) as caught:
        from_native(native)
    assert str(caught.value).replace("PosixPath", "Path").startswith(f"Not a dataframe: {found}")
    with pytest.raises(DataError, match=r"; rfm.summarize\(tx\) makes it\.$"):
        from_native(native, "rfm.summarize(tx) makes it")


@pytest.mark.parametrize("name", ["__rfm_day", "__RFM_x"])
def test_names_of_columns_that_steps_add_are_nobody_elses(constructor, name):
    table = constructor(pd.DataFrame({"customer_id": [1], name: [1]}))
    with pytest.raises(DataError, match=rf"Column names that begin with '__rfm_' are reserved; got '{name}'"):
        from_native(table)


def test_columns_that_share_a_name():
    with pytest.raises(DataError, match=r"Columns share a name\..*'a' 2 times.*Hint: rename"):
        from_native(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize("dask", [False, True])
@pytest.mark.parametrize(
    ("names", "found"),
    [([0, 1], "got 0, 1"), (["a", 5], "got 5"), ([("a", 1), ("b", 2)], r"got \('a', 1\), ")],
)
def test_names_of_columns_that_are_no_texts(names, found, dask):
    native = pd.DataFrame([["a", 3.0]], columns=pd.Index(names))
    with pytest.raises(DataError, match=rf"^Column names must be text; {found}.*Hint: df.columns = df.col"):
        from_native(pytest.importorskip("dask.dataframe").from_pandas(native) if dask else native)
    native.columns = native.columns.map(str)  # the hint
    assert from_native(native).columns == list(map(str, names))


def test_choose_takes_the_first_case_that_holds_and_missing_holds_nowhere(constructor):
    expression = choose([(nw.col("a") < 3, 1), (nw.col("a") < 9, nw.col("a") * 2)], -1.0)
    found = fetch(from_native(constructor(TABLE)).with_columns(c=expression)).sort("a", nulls_last=True)
    assert found["c"].to_list() == [1, 10, -1]


def test_fetch_brings_rows_into_memory(constructor):
    assert isinstance(fetch(from_native(constructor(TABLE))), nw.DataFrame)


@pytest.mark.parametrize(
    "native", [TABLE.set_axis([7, 7, 7]), pl.from_pandas(TABLE), pa.Table.from_pandas(TABLE)]
)
def test_new_columns(native):
    frame = from_native(native)
    found = frame.with_columns(new_column(frame, "n", np.arange(3)), new_texts(frame["b"], ["p", "q", "r"]))
    assert found["n"].to_list() == [0, 1, 2]
    assert found["b"].to_list() == ["p", "q", "r"]
    assert frame.columns == ["a", "b"]


def test_new_columns_of_pandas_are_no_copies():
    values = np.arange(3)
    assert np.shares_memory(new_column(from_native(TABLE), "n", values).to_numpy(), values)


def test_a_snapshot_is_safe_from_new_columns():
    table = TABLE.copy()
    kept = snapshot(from_native(table))
    table["c"] = 1
    assert kept.columns == ["a", "b"]
    assert np.shares_memory(to_native(kept)["a"].to_numpy(), table["a"].to_numpy())


def test_unused_categories():
    table = pd.DataFrame({"a": pd.Categorical(["x"], ["x", "y"]), "b": [1]})
    assert list(to_native(without_unused_categories(from_native(table), "a"))["a"].cat.categories) == ["x"]
    assert to_native(without_unused_categories(from_native(table), "b")) is table
    assert list(table["a"].cat.categories) == ["x", "y"]


def test_an_engine_that_nobody_has_tried_is_named(monkeypatch):
    monkeypatch.setattr("rfm._frames.engines.ENGINES", (Pandas(),))
    assert from_native(TABLE).columns == ["a", "b"]
    with pytest.raises(
        EngineError, match=r"^Polars is not a supported engine.* Hint: convert the table to pandas"
    ):
        from_native(pl.from_pandas(TABLE))
