"""Small tables made in memory, given back as the kind of dataframe that came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from rfm.frames import Frame, leave

__all__ = ["as_category", "empty_like", "table_like"]


def empty_like(frame: Frame) -> Frame:
    """What `table_like` needs to know of a frame: its kind, and none of its rows."""
    return frame.head(0) if isinstance(frame, nw.DataFrame) else frame


def table_like(like: Frame, columns: Mapping[str, Any], categories: Sequence[str] = ()) -> Any:
    """A table of the same kind as a frame, from columns in memory.

    Parameters
    ----------
    like : Narwhals frame
        In memory: the table is in memory. Behind an engine: it is the engine's, lazy.
    columns : mapping of str to arrays
        datetime64 becomes dates (midnights on pandas and Dask); NaN is missing; columns named
        "segment…" are ordered categoricals on pandas and Polars and text elsewhere.
    categories : sequence of str
        All segments, best first.

    Returns
    -------
    dataframe
    """
    engine = like.implementation
    backend = engine if isinstance(like, nw.DataFrame) else _staging(engine)
    frame = nw.from_dict({name: _plain(values) for name, values in columns.items()}, backend=backend)
    midnights = backend == nw.Implementation.PANDAS
    types: dict[str, Any] = {}
    for name, values in columns.items():
        if isinstance(values, np.ndarray) and values.dtype.kind == "M":
            types[name] = nw.Datetime("us") if midnights else nw.Date
    frame = frame.with_columns(*(nw.col(name).cast(dtype) for name, dtype in types.items()))
    if not midnights:
        floats = [name for name, dtype in frame.schema.items() if dtype == nw.Float64]
        frame = frame.with_columns(*(nw.when(~nw.col(name).is_nan()).then(nw.col(name)).alias(name) for name in floats))
    frame = as_category(frame, [name for name in columns if name.startswith("segment")], categories)
    if isinstance(like, nw.DataFrame):
        return leave(frame)
    session = leave(like).sparkSession if engine.is_spark_like() else None
    return leave(frame.lazy(engine, session=session))


def as_category(frame: nw.DataFrame[Any], columns: Sequence[str], categories: Sequence[str]) -> nw.DataFrame[Any]:
    """Turn text columns of a table in memory into ordered categoricals, where the engine has them."""
    if not (frame.implementation.is_pandas() or frame.implementation.is_polars()):
        return frame
    return frame.with_columns(*(nw.col(name).cast(nw.Enum(list(categories))) for name in columns))


def _staging(engine: nw.Implementation) -> nw.Implementation:
    """Where a small table stands in memory before it is given to an engine."""
    if engine.is_polars():
        return nw.Implementation.POLARS
    return nw.Implementation.PANDAS if engine.is_dask() else nw.Implementation.PYARROW


def _plain(values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind in "OU":
        return values.tolist()
    return pd.Series(values) if isinstance(values, pd.api.extensions.ExtensionArray) else values
