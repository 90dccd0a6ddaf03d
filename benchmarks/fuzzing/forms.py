"""The same log in many forms: types of ids, dates and amounts, names and order of columns, dataframe engines."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import sys
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.fuzzing.logs import Row

__all__ = [
    "AMOUNTS",
    "DATES",
    "IDS",
    "IN_MEMORY",
    "LAZY",
    "SLOW",
    "Form",
    "build",
    "forms_of_amounts",
    "forms_of_dates",
    "installed",
]

IN_MEMORY = ("pandas", "pandas-arrow", "polars", "pyarrow")
LAZY = ("polars-lazy", "duckdb", "ibis")
SLOW = ("dask", "spark")
NEEDS = {"pandas-arrow": "pyarrow", "polars-lazy": "polars", "spark": "pyspark"}
# The "str" of pandas 2 writes None as a text.
TEXT = "str" if int(pd.__version__.partition(".")[0]) > 2 else "string"
PIECES = 3  # of tables that engines keep in pieces

IDS = ("object", "inferred", "category")
DATES = ("datetime[us]", "datetime[ns]", "datetime[s]", "date", "text", "text with time", "time of day", "zoned",
         "number", "excel")  # fmt: skip
AMOUNTS = ("float64", "float32", "int", "Decimal", "currency", "quantity")
ZONES = ("Asia/Tokyo", "America/New_York", "UTC", "Pacific/Auckland")
EXCEL_EPOCH = date(1899, 12, 30)
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Form:
    """How a log is written down."""

    engine: str = "pandas"
    ids: str = "inferred"
    dates: str = "datetime[us]"
    amounts: str = "float64"
    names: tuple[str, str, str, str] = ("customer_id", "date", "amount", "order_id")
    seed: int | None = None  # of times of day, of zones, of rows' currencies and quantities
    shuffle_columns: bool = False
    extra_columns: bool = False


def installed(engine: str) -> bool:
    """Whether the packages of an engine are there."""
    java = engine != "spark" or shutil.which("java") is not None or "JAVA_HOME" in os.environ
    return java and importlib.util.find_spec(NEEDS.get(engine, engine)) is not None


def forms_of_dates(rows: tuple[Row, ...]) -> list[str]:
    """The forms that can hold a log's dates."""
    days = [row[1] for row in rows if row[1] is not None]
    low, high = min(days, default="2024-01-01"), max(days, default="2024-01-01")
    may = [form for form in DATES if form not in ("datetime[ns]", "excel", "zoned")]
    if low > "1700-01-01" and high < "2250-01-01":
        may.append("datetime[ns]")
    if low > "1900-03-01":
        may.append("excel")
    if low > "1950-01-01" and high < "2037-01-01":
        may.append("zoned")
    return may


def forms_of_amounts(rows: tuple[Row, ...]) -> list[str]:
    """The forms that hold a log's amounts exactly."""
    amounts = [row[2] for row in rows if row[2] is not None]
    may = ["float64"]
    if all(float(np.float32(amount)) == amount for amount in amounts):
        may.append("float32")
    if all(np.isfinite(amount) for amount in amounts):
        may += ["int"] if all(amount == int(amount) for amount in amounts) else []
        if all(round(amount, 4) == amount for amount in amounts):
            may += ["Decimal", "currency", "quantity"]
    return may


def build(rows: tuple[Row, ...], form: Form, *, with_orders: bool) -> tuple[Any, dict[str, Any]]:
    """The log as a dataframe of the engine, and the arguments of `rfm.Transactions` that read it."""
    rng = np.random.default_rng(form.seed)
    customer, day, amount, order = form.names
    customers, days, amounts, orders = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns: dict[str, Any] = {customer: _ids(customers, form.ids)}
    columns[day], arguments = _dates(days, form.dates, rng)
    arguments |= {"customer": customer, "date": day}
    money, reading = _amounts(amounts, form.amounts, amount, rng)
    columns |= money
    arguments |= reading
    if with_orders:
        columns[order] = pd.Series(list(orders), dtype=object)
        arguments["order_id"] = order
    if form.extra_columns:
        columns["a.b"] = np.arange(len(rows))
        columns["Notes"] = [f"n{number}" for number in range(len(rows))]
    names = list(columns)
    if form.shuffle_columns:
        names = [names[at] for at in rng.permutation(len(names))]
    table = pd.DataFrame({name: columns[name] for name in names})
    return _on_engine(table, form.engine), arguments


def _ids(customers: Any, form: str) -> pd.Series:
    if customers and all(isinstance(one, int) or one is None for one in customers):
        return pd.Series(list(customers), dtype="Int64" if None in customers else "int64")
    ids = pd.Series(list(customers), dtype=object)
    return ids if form == "object" else ids.astype("category" if form == "category" else TEXT)


def _dates(days: Any, form: str, rng: np.random.Generator) -> tuple[Any, dict[str, Any]]:
    """The column, and the arguments that read it."""
    dates = [None if day is None else date.fromisoformat(day) for day in days]
    if form == "date":
        return pd.Series(dates, dtype=object), {}
    if form == "text":
        return pd.Series(list(days), dtype=object), {}
    if form == "number":
        numbers = [None if one is None else int(one.isoformat().replace("-", "")) for one in dates]
        return pd.Series(numbers, dtype="Int64" if None in numbers else "int64"), {"date_format": "%Y%m%d"}
    if form == "excel":
        serial = [None if one is None else float((one - EXCEL_EPOCH).days) + 0.25 for one in dates]
        return pd.Series(serial, dtype="float64"), {"date_format": "excel"}
    if form.startswith("datetime"):
        unit = form.removeprefix("datetime[").removesuffix("]")
        return pd.Series(np.array([_moment64(one) for one in dates], f"datetime64[{unit}]")), {}
    seconds = rng.integers(-21_600, 36_000, len(dates)).tolist()  # from 6 to 22 o'clock
    noon = [
        None if one is None else datetime.combine(one, time(12)) + timedelta(seconds=after)
        for one, after in zip(dates, seconds, strict=True)
    ]
    if form == "text with time":
        return pd.Series([None if one is None else one.isoformat(sep=" ") for one in noon], dtype=object), {}
    moments = pd.Series(np.array([_moment64(one) for one in noon], "datetime64[us]"))
    if form == "time of day":
        return moments, {}
    zone = str(rng.choice(ZONES))
    return moments.dt.tz_localize(zone).dt.tz_convert(str(rng.choice(ZONES))), {"tz": zone}


def _moment64(moment: date | None) -> np.datetime64:
    return np.datetime64("NaT" if moment is None else moment)


def _amounts(
    amounts: Any, form: str, name: str, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of money, and the arguments that read them."""
    if form == "text":
        return {name: pd.Series(list(amounts), dtype=object)}, {"amount": name}
    if form in ("float64", "float32"):
        numbers = [np.nan if amount is None else amount for amount in amounts]
        return {name: pd.Series(numbers, dtype=form)}, {"amount": name}
    exact = [None if amount is None else Decimal(repr(amount)) for amount in amounts]
    if form == "int":
        whole = [None if amount is None else int(amount) for amount in exact]
        return {name: pd.Series(whole, dtype="Int64" if None in whole else "int64")}, {"amount": name}
    if form == "Decimal":
        return {name: pd.Series(exact, dtype=object)}, {"amount": name}
    times = [int(one) for one in rng.choice([1, 2], len(exact))]
    parts = [
        np.nan if amount is None else float(amount / many) for amount, many in zip(exact, times, strict=True)
    ]
    if form == "quantity":
        columns = {name: pd.Series(parts, dtype="float64"), "quantity": pd.Series(times, dtype="int64")}
        return columns, {"quantity": "quantity", "price": name}
    currencies = pd.Series([("EUR", "USD")[many - 1] for many in times], dtype=object)
    columns = {name: pd.Series(parts, dtype="float64"), "currency": currencies}
    return columns, {"amount": name, "currency": "currency", "rates": {"EUR": 1.0, "USD": 2.0}}


def _on_engine(table: pd.DataFrame, engine: str) -> Any:
    if engine == "pandas":
        return table
    if engine == "dask":
        import dask.dataframe as dd

        return dd.from_pandas(table, npartitions=min(PIECES, max(len(table), 1)))
    import pyarrow as pa

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    if engine == "pandas-arrow":
        return arrow.to_pandas(types_mapper=pd.ArrowDtype)
    if engine == "pyarrow":
        size = max(len(table) // PIECES, 1)
        return pa.concat_tables([arrow.slice(cut, size) for cut in range(0, max(len(table), 1), size)])
    if engine in ("polars", "polars-lazy"):
        import polars as pl

        size = max(len(table) // PIECES, 1)
        pieces = [pl.from_arrow(arrow.slice(cut, size)) for cut in range(0, max(len(table), 1), size)]
        whole = pl.concat(pieces, rechunk=False)
        return whole.lazy() if engine == "polars-lazy" else whole
    if engine == "spark":
        return _spark().createDataFrame(arrow).repartition(PIECES)
    return _stored(arrow, engine)


def _stored(arrow: Any, engine: str) -> Any:
    """A new table of DuckDB, opened by DuckDB or by Ibis."""
    opened = _ibis() if engine == "ibis" else _duckdb()
    connection = opened.con if engine == "ibis" else opened
    name = f"fuzz_{next(_NUMBERS)}"
    connection.register("fuzz_rows", arrow)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM fuzz_rows")
    connection.unregister("fuzz_rows")
    return opened.table(name)


@cache
def _duckdb() -> Any:
    import duckdb

    return duckdb.connect()


@cache
def _ibis() -> Any:
    import ibis

    return ibis.duckdb.connect()


@cache
def _spark() -> Any:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", str(PIECES))
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
    session.sparkContext.setLogLevel("OFF")
    return session
