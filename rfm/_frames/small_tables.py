"""Small tables made in memory, returned as the kind of dataframe that came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.columns import as_categories
from rfm._frames.engines import Frame, engine_of, lazy_engine_of
from rfm._frames.native import to_native

__all__ = ["empty_like", "frame_like", "numbers_beside", "places", "rows_like", "table_beside", "table_like"]

SEGMENTS = ("segment", "segment_from", "segment_to")  # the columns that hold segments' names


def empty_like(frame: Frame) -> Frame:
    """An empty frame of the same kind, for `table_like`."""
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
    staging = engine_of(like) if isinstance(like, nw.DataFrame) else lazy_engine_of(like).staging
    frame = nw.from_dict({name: _plain(values) for name, values in columns.items()}, backend=staging.backend)
    types = {"M": staging.date_type, "O": nw.String, "U": nw.String}
    kinds = {name: values.dtype.kind for name, values in columns.items() if values.dtype.kind in types}
    frame = frame.with_columns(
        *(
            nw.when(~nw.col(name).is_null()).then(nw.col(name).cast(types[kind])).alias(name)
            for name, kind in kinds.items()
        )
    )
    if not staging.keeps_nan:
        floats = [name for name, dtype in frame.schema.items() if dtype == nw.Float64]
        frame = frame.with_columns(
            *(nw.when(~nw.col(name).is_nan()).then(nw.col(name)).alias(name) for name in floats)
        )
    frame = frame.with_columns(
        *(as_categories(frame, nw.col(name), categories).alias(name) for name in columns if name in SEGMENTS)
    )
    return rows_like(like, frame)


def rows_like(like: Frame, frame: nw.DataFrame[Any]) -> Any:
    """Rows in memory, of the kind that `fetch` gives, as a table of the same kind as a frame."""
    return to_native(
        frame if isinstance(like, nw.DataFrame) else lazy_engine_of(like).from_memory(frame, like)
    )


def numbers_beside(
    like: nw.LazyFrame[Any], columns: Mapping[str, npt.NDArray[np.int64]]
) -> nw.LazyFrame[Any]:
    """A small table of whole numbers that can be joined to a lazy one."""
    return table_beside(like, columns)


def table_beside(like: nw.LazyFrame[Any], columns: Mapping[str, Any]) -> nw.LazyFrame[Any]:
    """A small table of arrays, or lists of texts, that can be joined to a lazy one."""
    engine = lazy_engine_of(like)
    return engine.beside(nw.from_dict(dict(columns), backend=engine.staging.backend), like)


def frame_like(like: nw.DataFrame[Any], columns: Mapping[str, npt.NDArray[Any]]) -> nw.DataFrame[Any]:
    """A Narwhals frame of the engine of another one in memory, from arrays."""
    return nw.from_dict(dict(columns), backend=engine_of(like).backend)


def _plain(values: npt.NDArray[Any]) -> Any:
    """Texts as a list, with None for NaN: engines that check types accept only None."""
    if values.dtype.kind not in "OU":
        return values
    return [None if value != value else value for value in values.tolist()]
