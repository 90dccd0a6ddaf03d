"""Days as numbers, dates, and local times: each engine represents dates and time zones differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.columns import new_column
from rfm._frames.engines import Eager, Lazy, engine_of
from rfm._frames.engines.engine import Periods, days_before_year

__all__ = [
    "Periods",
    "date_column",
    "days_before_year",
    "is_zoned",
    "local_times",
    "periods_of",
    "to_dates",
    "wall_clock",
    "with_day_numbers",
    "zone_of",
]


def to_dates(frame: Any, columns: Sequence[str]) -> Any:
    """Turn columns of whole days since 1970-01-01 into dates (midnights on pandas and Dask)."""
    return engine_of(frame).to_dates(frame, columns)


def with_day_numbers(frame: Any, column: str, name: str) -> Any:
    """Add whole days since 1970-01-01 of a frame's dates or local times; missing where these are."""
    return engine_of(frame).with_day_numbers(frame, column, name)


def date_column(like: Eager, name: str, days: npt.NDArray[np.int64]) -> nw.Series[Any]:
    """A column of dates for a table in memory, from whole days since 1970-01-01."""
    return new_column(like, name, engine_of(like).date_values(days))


def is_zoned(frame: Lazy, column: str) -> bool:
    """Whether a column holds times with a zone; Spark's plain timestamps are in that of the session."""
    return engine_of(frame).is_zoned(frame, column)


def wall_clock(frame: Lazy, column: str, tz: str | None, name: str) -> Lazy:
    """Add a column of dates, or of times without a zone, as local in `tz`.

    Without `tz`, Polars and Dask know the column's own zone, and Spark has that of the session. DuckDB and Ibis know
    neither of these.

    Raises
    ------
    TransactionsError
        If there is no `tz` and the engine does not know the zone.
    EngineError
        If the engine cannot convert zones.
    """
    local: Lazy = engine_of(frame).wall_clock(frame, column, tz, name)
    return local


def periods_of(series: nw.Series[Any]) -> Periods | None:
    """The periods of a column in memory, if it holds periods (of pandas) in place of dates."""
    return engine_of(series).periods_of(series)


def zone_of(series: nw.Series[Any]) -> str | None:
    """The time zone of a column in memory, if it has one."""
    return engine_of(series).zone_of(series)


def local_times(series: nw.Series[Any], tz: str | None) -> nw.Series[Any]:
    """A zoned column in memory as local times of `tz`, or else of its own zone."""
    return engine_of(series).local_times(series, tz)
