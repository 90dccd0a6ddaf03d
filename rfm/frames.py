"""The one door for dataframes: any engine's table in, the same kind out.

Everything past this file speaks Narwhals; no other file of `rfm` or `clv` asks which engine it is on,
and where an engine needs help of its own, the help lives here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import narwhals as nw
import numpy.typing as npt
import pandas as pd

from rfm.errors import DataError

__all__ = ["Frame", "enter", "is_eager", "leave", "new_column"]

Frame: TypeAlias = "nw.DataFrame[Any] | nw.LazyFrame[Any]"


def enter(native: Any) -> Frame:
    """Take a dataframe of any engine through the door.

    Parameters
    ----------
    native
        A dataframe of pandas, Polars (eager or lazy), PyArrow, DuckDB, Ibis, Dask or PySpark,
        or one that Narwhals wraps already.

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame
        Lazy where the engine is lazy. The input is not copied and never changed.

    Raises
    ------
    DataError
        If this is no dataframe, or if two of its columns share a name.

    Examples
    --------
    >>> import pandas as pd
    >>> enter(pd.DataFrame({"customer_id": [1]})).columns
    ['customer_id']
    """
    try:
        return nw.from_native(native)
    except TypeError as error:
        raise DataError(
            f"Not a dataframe: {type(native).__name__}. "
            "Hint: pass a table of pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark."
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise DataError(f"Columns share a name. {error} Hint: rename or leave out one of them.") from error


def is_eager(frame: Frame) -> bool:
    """Whether the rows are in memory (pandas, PyArrow, Polars eager) and not behind an engine."""
    return isinstance(frame, nw.DataFrame)


def leave(frame: Frame) -> Any:
    """Give the engine's own dataframe back: the same kind that came in, still lazy where it was lazy."""
    return nw.to_native(frame)


def new_column(like: nw.DataFrame[Any], name: str, values: npt.NDArray[Any]) -> nw.Series[Any]:
    """A column of NumPy values for a table in memory, without a copy where the engine allows."""
    native = nw.to_native(like)
    if isinstance(native, pd.DataFrame):
        return nw.from_native(pd.Series(values, index=native.index, name=name, copy=False), series_only=True)
    return nw.new_series(name, values, backend=like.implementation)
