"""Between tables and arrays: small tables as pandas, and columns computed for every customer on any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm._frames.columns import new_column
from rfm._frames.engines import Eager, Frame, engine_of, lazy_engine_of
from rfm._frames.execution import fetch
from rfm._frames.native import from_native, to_native

__all__ = ["map_columns", "map_rows", "missing_floats", "to_pandas", "to_plain_pandas"]


def to_pandas(table: Any) -> pd.DataFrame:
    """A table of any engine in memory; a pandas table is returned unchanged.

    >>> to_pandas(pd.DataFrame({"a": [1]}))
       a
    0  1
    """
    return fetch(from_native(table)).to_pandas()


def to_plain_pandas(frame: Frame) -> pd.DataFrame:
    """Bring a small table into memory as pandas; dates become midnights, wide integers of engines' sums floats."""
    table = fetch(frame)
    plain = {nw.Decimal: nw.Float64(), nw.Int128: nw.Float64(), nw.Date: nw.Datetime("us")}
    casts = {name: plain[type(dtype)] for name, dtype in table.schema.items() if type(dtype) in plain}
    plain_table = (
        table.with_columns(nw.col(name).cast(dtype) for name, dtype in casts.items()) if casts else table
    )
    pandas = plain_table.to_pandas().reset_index(drop=True)
    arrow = [name for name, dtype in pandas.dtypes.items() if isinstance(dtype, pd.ArrowDtype)]
    times = [
        name for name in arrow if plain_table.schema[str(name)] == nw.Datetime
    ]  # Decimals and dates compare with no Timestamp
    return pandas.astype(dict.fromkeys(times, "datetime64[us]"))


def map_columns(table: Any, inputs: Sequence[str], function: Callable[..., dict[str, NDArray[Any]]]) -> Any:
    """New columns for each `customer_id`, computed from the input columns as NumPy arrays.

    Parameters
    ----------
    table : dataframe
        With `customer_id` and the input columns.
    inputs : sequence of str
        Columns that the function takes, in its order, each of shape (n,); ``customer_id`` may be one.
    function : callable
        From arrays to a dict of arrays of shape (n,), n > 0; a row of ones must be valid input. Row-wise, since it
        sees the table in parts if an engine holds it: a partition on Dask, an Arrow batch on Spark, DuckDB and
        Ibis, all rows on Polars.

    Returns
    -------
    dataframe of the kind that came in
        `customer_id` and the new columns, with the index of a pandas or Dask table; still lazy on Polars, Dask and
        Spark. DuckDB holds them as a temporary table of the connection, Ibis as a table in memory.
    """
    frame = from_native(table).select(*dict.fromkeys(["customer_id", *inputs]))

    def mapped(piece: Eager) -> Eager:
        columns = function(*_arrays(piece, inputs))
        ids = piece.select(
            "customer_id"
        )  # with pandas' index, so that the results align with the table's rows
        return ids.with_columns(new_column(ids, name, values[: len(ids)]) for name, values in columns.items())

    if isinstance(frame, nw.DataFrame):
        return to_native(mapped(frame))
    return to_native(lazy_engine_of(frame).map_rows(frame, mapped))


def map_rows(frame: Any, function: Callable[[Eager], Eager]) -> Any:
    """Run a row-wise function of rows in memory on a table, or on its pieces where an engine holds it.

    It gets frames with ``customer_id``, some of them empty, and answers with this column first, and others of whole
    numbers, floats and texts.
    """
    if isinstance(frame, nw.DataFrame):
        return function(frame)
    return lazy_engine_of(frame).map_rows(frame, function)


def missing_floats(frame: Eager, columns: Sequence[str]) -> Eager:
    """NaN as missing, where the engine tells the two apart."""
    if engine_of(frame).keeps_nan:
        return frame
    return frame.with_columns(
        nw.when(~nw.col(name).is_nan()).then(nw.col(name)).alias(name) for name in columns
    )


def _arrays(piece: Eager, inputs: Sequence[str]) -> list[NDArray[Any]]:
    """The input columns; one row of ones if the piece is empty, to infer the columns that will be made."""
    if len(piece):
        return [piece.get_column(name).to_numpy() for name in inputs]
    return [np.ones(1) for _ in inputs]
