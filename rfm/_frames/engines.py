"""What single engines need beyond the expressions that all of them share.

Everything else in `rfm` and `clv` is written once for all dataframes; where an engine needs help of its own,
the help lives here, one function a need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._days import EPOCH
from rfm._frames.native import Frame, from_native_lazy, on_partitions
from rfm._frames.temporary_tables import keep_in_duckdb, keep_in_ibis, keep_in_spark

__all__ = [
    "batches",
    "by_customer",
    "days_before_year",
    "fold",
    "materialise",
    "not_nullable",
    "nullable",
    "nullable_truths",
    "to_dates",
    "with_day_numbers",
]

_DAY_US = 86_400_000_000
Eager = nw.DataFrame[Any]


def by_customer(frame: Frame, in_memory: Callable[[Eager], Any], in_engine: Callable[[Frame], Any]) -> Any:
    """Reduce rows to rows of customers, on the road that suits where the rows are.

    Parameters
    ----------
    frame : Narwhals frame
        Rows with a ``customer_id``.
    in_memory, in_engine : functions of a frame
        The same answer twice: for rows in memory, and as an expression for an engine. Neither looks at
        more than one customer at a time.

    Returns
    -------
    Narwhals frame

    Notes
    -----
    A Dask group-by through Narwhals ends in one partition. So a Dask frame is shuffled by customer, and
    each partition, which is a pandas frame, takes the road in memory.
    """
    if isinstance(frame, nw.DataFrame):
        return in_memory(frame)
    if not frame.implementation.is_dask():
        return in_engine(frame)

    return on_partitions(from_native_lazy(frame.to_native().shuffle("customer_id")), in_memory)


def to_dates(frame: Any, columns: Sequence[str]) -> Any:
    """Turn columns of whole days since 1970-01-01 into dates (midnights on pandas and Dask)."""
    engine, native = frame.implementation, frame.to_native()
    if engine.is_pyspark() or engine.is_pyspark_connect():
        from pyspark.sql import functions as F  # noqa: N812, PLC0415

        return nw.from_native(
            native.withColumns({c: F.date_from_unix_date(F.col(c).cast("int")) for c in columns})
        )
    if engine.is_ibis():
        import ibis  # noqa: PLC0415

        epoch = ibis.date("1970-01-01")
        return nw.from_native(
            native.mutate(**{c: epoch + native[c].cast("int32").as_interval("D") for c in columns})
        )
    if engine.is_duckdb():
        import duckdb  # noqa: PLC0415

        days = {c: duckdb.ColumnExpression(c).cast("INTEGER") for c in columns}
        epoch = duckdb.ConstantExpression("1970-01-01").cast("DATE")
        return nw.from_native(
            native.select(*[(epoch + days[c]).alias(c) if c in days else c for c in native.columns])
        )
    midnights = frame.with_columns((nw.col(*columns) * _DAY_US).cast(nw.Datetime("us")))
    if engine.is_pandas() or engine.is_dask():
        return midnights
    return midnights.with_columns(nw.col(*columns).cast(nw.Date))


def with_day_numbers(frame: Any, column: str, name: str) -> Any:
    """Add whole days since 1970-01-01 of a frame's dates or local times; missing where these are.

    DuckDB and Polars have them at hand, which is many times faster than the calendar's arithmetic.
    """
    engine, native = frame.implementation, frame.to_native()
    if engine.is_duckdb():
        import duckdb  # noqa: PLC0415

        epoch = duckdb.ConstantExpression("1970-01-01").cast("DATE")
        day = duckdb.ColumnExpression(column).cast("DATE")
        passed = duckdb.FunctionExpression("date_diff", duckdb.ConstantExpression("day"), epoch, day)
        return nw.from_native(native.select(duckdb.StarExpression(), passed.alias(name)))
    if engine.is_polars():
        import polars as pl  # noqa: PLC0415

        days = pl.col(column).dt.date().to_physical().cast(pl.Int64)
        return nw.from_native(native.with_columns(days.alias(name)))
    date = nw.col(column).dt
    year = date.year().fill_null(1970).cast(nw.Int64)  # pandas has no whole numbers that are missing
    days = days_before_year(year) + date.ordinal_day().fill_null(1).cast(nw.Int64) - EPOCH
    return frame.with_columns(nw.when(~date.year().is_null()).then(days).alias(name))


def days_before_year(year: nw.Expr) -> nw.Expr:
    """Days from the first of January of year 1 to that of `year`."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


def nullable(frame: Any, column: str) -> Any:
    """Whole numbers with missing values as such on pandas and Dask, where they would else be floats."""
    return _astype(frame, column, "Int64")


def not_nullable(frame: Any, column: str) -> Any:
    """Whole numbers without missing values as NumPy's on pandas and Dask, as they were before `nullable`."""
    return _astype(frame, column, "int64")


def nullable_truths(frame: Any) -> Any:
    """Columns of yes and no as nullable ones on pandas and Dask, where missing ones would make them objects."""
    engine = frame.implementation
    if not (engine.is_pandas() or engine.is_dask()):
        return frame
    native = frame.to_native()
    truths = [name for name in native.columns if name != "customer_id" and _is_of_truths(native[name])]
    return nw.from_native(native.astype(dict.fromkeys(truths, "boolean"))) if truths else frame


def _is_of_truths(column: Any) -> bool:
    """Whether a column holds only yes, no and nothing; objects behind Dask are not looked at."""
    if column.dtype != object:
        return bool(column.dtype == bool)
    return isinstance(column, pd.Series) and pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _astype(frame: Any, column: str, dtype: str) -> Any:
    engine = frame.implementation
    if engine.is_pandas() or engine.is_dask():
        return nw.from_native(frame.to_native().astype({column: dtype}))
    return frame


def materialise(frame: Any) -> Any:
    """Compute a lazy table once and keep its rows with the engine, so that later steps do not start over.

    DuckDB and Ibis keep them in a temporary table of the connection, Spark and Dask as a persisted frame,
    Polars in memory; all for as long as something reads them (see `rfm._frames.temporary_tables`).
    """
    if isinstance(frame, nw.DataFrame):
        return frame
    engine, native = frame.implementation, frame.to_native()
    if engine.is_polars():
        return nw.from_native(native.collect(engine="streaming").lazy())
    if engine.is_ibis():
        return nw.from_native(keep_in_ibis(native))
    if engine.is_duckdb():
        return nw.from_native(keep_in_duckdb(native))
    return nw.from_native(keep_in_spark(native) if _is_spark(engine) else native.persist())


def fold(frame: Any, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
    """Sum whole numbers of all pieces of a table; no row leaves Spark's or Dask's workers.

    Parameters
    ----------
    frame : Narwhals frame
        Any table.
    numbers : function of an eager frame
        Takes a piece of the rows and gives its numbers, each below 2^63 when summed.

    Returns
    -------
    list of int
    """
    engine, native = frame.implementation, frame.to_native()
    if engine.is_dask():

        def partition(rows: Any) -> Any:
            return pd.DataFrame([numbers(nw.from_native(rows, eager_only=True))])

        sums = native.map_partitions(partition, meta=partition(native._meta)).sum().compute()
        return [int(total) for total in sums]
    pieces = _spark_pieces(native, numbers) if _is_spark(engine) else map(numbers, batches(frame))
    return [sum(column) for column in zip(*pieces, strict=True)]


def _spark_pieces(native: Any, numbers: Callable[[Eager], Sequence[int]]) -> list[Sequence[int]]:
    """The numbers of each Arrow batch, computed where the batch is."""
    import pyarrow as pa  # noqa: PLC0415

    def worker(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            piece = nw.from_native(pa.Table.from_batches([batch]), eager_only=True)
            yield pa.RecordBatch.from_pydict({"numbers": [list(numbers(piece))]})

    return [row["numbers"] for row in native.mapInArrow(worker, "numbers array<bigint>").collect()]


def batches(frame: Any) -> Iterator[Eager]:
    """The rows of a table on one machine, one piece in memory after the other."""
    engine, native = frame.implementation, frame.to_native()
    if isinstance(frame, nw.DataFrame):
        yield frame
    elif engine.is_polars():
        yield nw.from_native(native.collect(engine="streaming"), eager_only=True)
    else:
        import pyarrow as pa  # noqa: PLC0415

        for batch in native.to_pyarrow().to_batches() if engine.is_ibis() else _arrow_reader(native):
            yield nw.from_native(pa.Table.from_batches([batch]), eager_only=True)


def _arrow_reader(relation: Any) -> Any:
    """DuckDB's reader of Arrow batches, whose name changed in version 2."""
    return (
        relation.to_arrow_reader() if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader()
    )


def _is_spark(engine: nw.Implementation) -> bool:
    return engine.is_pyspark() or engine.is_pyspark_connect()
