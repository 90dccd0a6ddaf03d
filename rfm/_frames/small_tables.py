"""Small tables made in memory, given back as the kind of dataframe that came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.native import Frame, new_column, to_native

__all__ = ["empty_like", "places", "score_column", "segment_column", "table_like"]

SEGMENTS = ("segment", "segment_from", "segment_to")  # the columns that hold segments' names


def empty_like(frame: Frame) -> Frame:
    """What `table_like` needs to know of a frame: its kind, and none of its rows."""
    return frame.head(0) if isinstance(frame, nw.DataFrame) else frame


def places(found: Iterable[str], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """The number of each found name among ``names``."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[name] for name in found], dtype=np.int64)


def table_like(like: Frame, columns: Mapping[str, npt.NDArray[Any]], categories: Sequence[str] = ()) -> Any:
    """A table of the same kind as a frame, from columns in memory.

    Parameters
    ----------
    like : Narwhals frame
        In memory: the table is in memory. Behind an engine: it is the engine's, lazy.
    columns : mapping of str to arrays
        datetime64 becomes dates (midnights on pandas and Dask), objects become text; NaN is missing;
        `SEGMENTS` are ordered categoricals on pandas and Polars and text elsewhere.
    categories : sequence of str
        All segments, best first.

    Returns
    -------
    dataframe
    """
    engine = like.implementation
    backend: Any = engine if isinstance(like, nw.DataFrame) else _staging(engine)
    frame = nw.from_dict({name: _plain(values) for name, values in columns.items()}, backend=backend)
    midnights = backend == nw.Implementation.PANDAS
    types = {"M": nw.Datetime("us") if midnights else nw.Date, "O": nw.String, "U": nw.String}
    kinds = {name: values.dtype.kind for name, values in columns.items() if values.dtype.kind in types}
    frame = frame.with_columns(
        *(
            nw.when(~nw.col(name).is_null()).then(nw.col(name).cast(types[kind])).alias(name)
            for name, kind in kinds.items()
        )
    )
    if not midnights:
        floats = [name for name, dtype in frame.schema.items() if dtype == nw.Float64]
        frame = frame.with_columns(
            *(nw.when(~nw.col(name).is_nan()).then(nw.col(name)).alias(name) for name in floats)
        )
    frame = _as_category(frame, [name for name in columns if name in SEGMENTS], categories)
    if isinstance(like, nw.DataFrame):
        return to_native(frame)
    session = to_native(like).sparkSession if engine.is_spark_like() else None
    return to_native(frame.lazy(engine, session=session))


def _as_category(
    frame: nw.DataFrame[Any], columns: Sequence[str], categories: Sequence[str]
) -> nw.DataFrame[Any]:
    """Turn text columns of a table in memory into ordered categoricals, where the engine has them."""
    if not (frame.implementation.is_pandas() or frame.implementation.is_polars()):
        return frame
    return frame.with_columns(*(nw.col(name).cast(nw.Enum(list(categories))) for name in columns))


def _staging(engine: nw.Implementation) -> nw.Implementation:
    """Where a small table stands in memory before it is given to an engine."""
    if engine.is_polars():
        return nw.Implementation.POLARS
    return nw.Implementation.PANDAS if engine.is_dask() else nw.Implementation.PYARROW


def _plain(values: npt.NDArray[Any]) -> Any:
    """Texts as a list, in which NaN is no text: engines that check types take None only."""
    if values.dtype.kind not in "OU":
        return values
    return [None if value != value else value for value in values.tolist()]


def score_column(like: nw.DataFrame[Any], name: str, values: npt.NDArray[np.int8]) -> nw.Series[Any]:
    """A column of whole numbers for a table in memory; 0 is missing."""
    native = to_native(like)
    if isinstance(native, pd.DataFrame):
        nullable = pd.arrays.IntegerArray(values.astype(np.int64), values == 0)
        return nw.from_native(pd.Series(nullable, native.index, name=name, copy=False), series_only=True)
    column = new_column(like, name, values)
    return like.select(nw.when(column > 0).then(column.cast(nw.Int64)).alias(name)).get_column(name)


def segment_column(
    like: nw.DataFrame[Any],
    name: str,
    choices: Sequence[str | None],
    codes: npt.NDArray[Any],
    order: Sequence[str],
) -> nw.Series[Any]:
    """A column of names ``choices[code]`` for a table in memory; an ordered categorical, if the engine has them."""
    native = to_native(like)
    if isinstance(native, pd.DataFrame):
        known = pd.Categorical(list(choices), categories=list(order), ordered=True)
        names = pd.Categorical.from_codes(known.codes[codes], dtype=known.dtype)
        return nw.from_native(pd.Series(names, native.index, name=name, copy=False), series_only=True)
    few = nw.new_series(name, list(choices), nw.String(), backend=like.implementation)
    return (few.cast(nw.Enum(list(order))) if like.implementation.is_polars() else few)[codes]
