"""Wall-clock times of zoned columns behind an engine: each engine keeps zones in its own way."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._frames.native import engine_name, from_native_lazy
from rfm.errors import EngineError, TransactionsError

__all__ = ["is_zoned", "pandas_wall_clock", "wall_clock"]

Lazy = nw.LazyFrame[Any]
SECONDS_A_DAY = 86_400


def is_zoned(frame: Lazy, column: str) -> bool:
    """Whether a column holds times with a zone; Spark's plain timestamps are in that of the session."""
    dtype = frame.collect_schema()[column]
    if isinstance(dtype, nw.Datetime):
        return dtype.time_zone is not None
    # Narwhals does not know the named zones of pandas, which is what Dask's partitions are
    return _is_pandas(frame) and isinstance(frame.to_native().dtypes[column], pd.DatetimeTZDtype)


def _is_pandas(frame: Lazy) -> bool:
    return frame.implementation.is_pandas() or frame.implementation.is_dask()


def wall_clock(frame: Lazy, column: str, tz: str | None, name: str) -> Lazy:
    """Add a column of dates, or of times without a zone, as a clock on the wall of `tz` showed them.

    Without `tz`, Polars and Dask know the column's own zone, and Spark has that of the session, in which
    it took in times without a zone as well. DuckDB and Ibis know neither.
    """
    engine, native = frame.implementation, frame.to_native()
    if engine.is_polars():
        times = nw.col(column) if tz is None else nw.col(column).dt.convert_time_zone(tz)
        return frame.with_columns(times.dt.replace_time_zone(None).alias(name))
    if _is_pandas(frame):
        return from_native_lazy(native.assign(**{name: pandas_wall_clock(native[column], tz)}))
    if engine.is_spark_like():
        return (
            frame.with_columns(nw.col(column).alias(name))
            if tz is None
            else _on_spark(native, column, tz, name)
        )
    if tz is None:
        raise TransactionsError(
            f"Column {column!r} holds times with a zone, and {engine_name(frame)} does not know which: "
            'it shows them in that of the session. Hint: tz="Europe/London" names the zone whose day counts.'
        )
    if engine.is_duckdb():
        return _on_duckdb(native, column, tz, name)
    if engine.is_ibis() and native.get_backend().name in ("duckdb", "postgres"):
        return _on_ibis(native, column, tz, name)
    raise EngineError(
        f"{engine_name(frame)} cannot convert the time zone of column {column!r}. "
        "Hint: convert it to local times without a zone in the engine first, and leave tz out."
    )


def pandas_wall_clock(times: Any, tz: str | None) -> Any:
    """A zoned column of pandas or Dask as local times without a zone.

    Arrow's timestamps go through pandas' own: to take their zone away leaves UTC in pandas before 3.
    """
    if isinstance(times.dtype, pd.ArrowDtype):
        arrow = times.dtype.pyarrow_dtype
        times = times.astype(f"datetime64[{arrow.unit}, {arrow.tz}]")
    local = times if tz is None else times.dt.tz_convert(tz)
    return local.dt.tz_localize(None)


def _on_spark(native: Any, column: str, tz: str, name: str) -> Lazy:
    # seconds since 1970, shifted by the zone's offset, do not depend on the zone of the session
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    local_seconds = F.unix_seconds(F.from_utc_timestamp(F.col(column), tz))
    days = F.floor(local_seconds / SECONDS_A_DAY).cast("int")
    return from_native_lazy(native.withColumn(name, F.date_from_unix_date(days)))


def _on_duckdb(native: Any, column: str, tz: str, name: str) -> Lazy:
    import duckdb  # noqa: PLC0415

    local = duckdb.FunctionExpression(
        "timezone", duckdb.ConstantExpression(tz), duckdb.ColumnExpression(column)
    )
    return from_native_lazy(native.select(duckdb.StarExpression(), local.alias(name)))


def _on_ibis(native: Any, column: str, tz: str, name: str) -> Lazy:
    import ibis  # noqa: PLC0415

    @ibis.udf.scalar.builtin(signature=((str, native[column].type()), "timestamp"))
    def timezone(zone, moment):  # type: ignore[no-untyped-def]
        """The database's own function of this name."""

    return from_native_lazy(native.mutate(**{name: timezone(tz, native[column])}))
