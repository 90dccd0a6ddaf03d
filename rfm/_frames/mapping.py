"""Between tables and arrays: small tables for people, and columns computed for every customer of any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm._frames.engines import batches
from rfm._frames.native import fetch, from_native, new_column, on_partitions, to_native
from rfm._frames.temporary_tables import keep_in_duckdb

__all__ = ["map_columns", "to_pandas"]

Eager = nw.DataFrame[Any]
SPARK_TYPES: Final = {
    nw.Float64: "double",
    nw.Int64: "bigint",
    nw.String: "string",
    nw.Datetime: "timestamp_ntz",
}


def to_pandas(table: Any) -> pd.DataFrame:
    """A table of any engine in memory; a pandas table is handed on as it is.

    >>> to_pandas(pd.DataFrame({"a": [1]}))
       a
    0  1
    """
    return fetch(from_native(table)).to_pandas()


def map_columns(table: Any, inputs: Sequence[str], function: Callable[..., dict[str, NDArray[Any]]]) -> Any:
    """New columns beside `customer_id`, computed from the input columns as NumPy arrays.

    Parameters
    ----------
    table : dataframe
        With `customer_id` and the input columns.
    inputs : sequence of str
        Columns that the function takes, in its order, each of shape (n,).
    function : callable
        From arrays to a dict of arrays of shape (n,), n > 0; a row of ones must be one that can be. Row by row, for it
        sees the table in parts where an engine holds it: a partition on Dask, an Arrow batch on Spark, DuckDB and
        Ibis, all rows on Polars.

    Returns
    -------
    dataframe of the kind that came in
        `customer_id` and the new columns, with the index of a pandas or Dask table; still lazy on Polars, Dask and
        Spark. DuckDB holds them as a temporary table of the connection, Ibis as a table in memory.
    """
    frame = from_native(table).select("customer_id", *inputs)

    def mapped(piece: Eager) -> Eager:
        columns = function(*_arrays(piece, inputs))
        ids = piece.select(
            "customer_id"
        )  # with the index of a pandas table, so that its rows can take the answers
        return ids.with_columns(_column(ids, name, values[: len(ids)]) for name, values in columns.items())

    if isinstance(frame, nw.DataFrame):
        return to_native(mapped(frame))
    return to_native(_in_engine(frame, mapped))


def _arrays(piece: Eager, inputs: Sequence[str]) -> list[NDArray[Any]]:
    """The input columns; ones in one row where the piece has no rows, which says what columns will be made."""
    if len(piece):
        return [piece.get_column(name).to_numpy() for name in inputs]
    return [np.ones(1) for _ in inputs]


def _column(like: Eager, name: str, values: NDArray[Any]) -> nw.Series[Any]:
    if values.dtype.kind == "O" and not like.implementation.is_pandas():  # texts
        return nw.new_series(name, values.tolist(), nw.String, backend=like.implementation)
    return new_column(like, name, values)


def _in_engine(frame: nw.LazyFrame[Any], mapped: Callable[[Eager], Eager]) -> Any:
    """The mapped table, on the engine that holds the rows."""
    engine, native = frame.implementation, frame.to_native()
    if engine.is_dask():
        return on_partitions(frame, mapped)
    if engine.is_polars():
        schema = mapped(nw.from_native(native.head(0).collect(), eager_only=True)).to_native().schema
        return nw.from_native(native.map_batches(lambda rows: _native(mapped, rows), schema=schema))
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return nw.from_native(native.mapInArrow(_worker(mapped), _spark_schema(frame, mapped)))
    return _stored(frame, mapped)


def _native(mapped: Callable[[Eager], Eager], rows: Any) -> Any:
    return mapped(nw.from_native(rows, eager_only=True)).to_native()


def _worker(mapped: Callable[[Eager], Eager]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What Spark runs on the Arrow batches of a partition."""

    def worker(arrived: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415

        for batch in arrived:
            yield from _native(mapped, pa.Table.from_batches([batch])).to_batches()

    return worker


def _spark_schema(frame: nw.LazyFrame[Any], mapped: Callable[[Eager], Eager]) -> str:
    """The columns' names and types, found on no rows at all."""
    found = mapped(_no_rows(frame)).schema
    id_type = frame.to_native().schema["customer_id"].dataType.simpleString()
    types = {n: id_type if n == "customer_id" else SPARK_TYPES[type(t)] for n, t in found.items()}
    return ", ".join(f"`{name}` {kind}" for name, kind in types.items())


def _no_rows(frame: nw.LazyFrame[Any]) -> Eager:
    """An Arrow table with the frame's columns of numbers and none of its rows."""
    import pyarrow as pa  # noqa: PLC0415

    names = frame.collect_schema().names()
    columns = {name: pa.array([], pa.int64() if name == "customer_id" else pa.float64()) for name in names}
    return nw.from_native(pa.table(columns), eager_only=True)


def _stored(frame: nw.LazyFrame[Any], mapped: Callable[[Eager], Eager]) -> Any:
    """The mapped batches as a temporary table that the rows' own connection can join."""
    import pyarrow as pa  # noqa: PLC0415

    native, pieces = frame.to_native(), [mapped(piece).to_native() for piece in batches(frame)]
    rows = pa.concat_tables(pieces or [mapped(_no_rows(frame)).to_native()])
    if frame.implementation.is_ibis():
        import ibis  # noqa: PLC0415

        table = ibis.memtable(rows)
        return nw.from_native(
            table.mutate(customer_id=table["customer_id"].cast(native["customer_id"].type()))
        )
    import duckdb  # noqa: PLC0415

    id_type = native.types[native.columns.index("customer_id")]  # Arrow has no UUIDs
    ids = duckdb.ColumnExpression("customer_id").cast(id_type).alias("customer_id")
    kept = keep_in_duckdb(native, rows)
    return nw.from_native(kept.select(ids, *kept.columns[1:]))
