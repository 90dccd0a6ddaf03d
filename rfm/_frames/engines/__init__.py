"""The dataframe engines, one module each; nothing outside `rfm._frames` asks which one a table is on."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.engines.dask import Dask
from rfm._frames.engines.duckdb import DuckDB
from rfm._frames.engines.engine import Eager, Engine, Frame, Lazy, LazyEngine
from rfm._frames.engines.ibis import Ibis
from rfm._frames.engines.pandas import Pandas
from rfm._frames.engines.polars import Polars
from rfm._frames.engines.pyarrow import PyArrow
from rfm._frames.engines.spark import Spark

__all__ = [
    "ENGINES",
    "Eager",
    "Engine",
    "Frame",
    "Lazy",
    "LazyEngine",
    "engine_of",
    "find_engine",
    "lazy_engine_of",
]

ENGINES: Final[tuple[Engine, ...]] = (Pandas(), Polars(), PyArrow(), DuckDB(), Ibis(), Dask(), Spark())


def find_engine(kind: type) -> Engine | None:
    """The engine whose tables or columns are of this type or a base class of it; None if it is unknown.

    The type decides, not Narwhals' implementation: Narwhals has one for all plugins.

    >>> import pandas as pd
    >>> find_engine(pd.DataFrame).name
    'pandas'
    """
    packages = [base.__module__.partition(".")[0] for base in kind.__mro__]
    return next((engine for package in packages for engine in ENGINES if engine.package == package), None)


def engine_of(frame: Frame | nw.Series[Any]) -> Engine:
    """The engine of a table or a column that `from_native` wrapped."""
    kind = type(nw.to_native(frame))
    engine = find_engine(kind)
    assert engine is not None, f"{kind} is not of a known engine"
    return engine


def lazy_engine_of(frame: Lazy) -> LazyEngine:
    """The engine of a lazy table."""
    engine = engine_of(frame)
    assert isinstance(engine, LazyEngine)
    return engine
