"""Factors that a user gives, by month or week of the year, or by date or period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._season.cycle import SLOTS, month_of_slot
from rfm._days import as_day, is_day
from rfm._options import received
from rfm.errors import DataError

__all__ = ["MOST_FACTOR", "Given", "given_factors"]

Array = NDArray[np.float64]

MOST_FACTOR: Final = 1e4
"""The largest factor of a day."""
MOST_DAYS: Final = 100_000  # of given factors by date
WEEKS: Final = range(1, 53)
HINT: Final = (
    "pandas.Series of factors by month 1 … 12, by week 1 … 52, or by date or period: "
    'clv.Season.from_factors(pandas.Series({"2024-11-29": 4.0}))'
)


class Given(NamedTuple):
    """Factors of each day of the year, (366,), and of single days, by days since 1970-01-01."""

    yearly: Array
    dated: dict[int, float]


def given_factors(factors: Any) -> Given:
    """Read factors by whichever index they have.

    Raises
    ------
    DataError
        If they are not numbers of 0 or more by month, week, date or period.
    """
    if isinstance(factors, Mapping):
        factors = pd.Series(dict(factors), dtype=object)
    if not isinstance(factors, pd.Series) or factors.empty:
        raise DataError(
            f"factors must be a Series or dict with an entry; got {received(factors)}. Hint: {HINT}."
        )
    values = np.array([_factor(value, name) for name, value in factors.items()])
    if factors.index.has_duplicates:
        twice = factors.index[factors.index.duplicated()][0]
        raise DataError(f"factors: {received(twice)} has more than one factor. Hint: one factor for each.")
    names = list(factors.index)
    if all(isinstance(name, (int, np.integer)) and not isinstance(name, bool) for name in names):
        return Given(_yearly(dict(zip(map(int, names), values, strict=True))), {})
    return Given(np.ones(SLOTS), _dated(names, values))


def _factor(value: Any, name: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, (bool, str)) or not 0 <= number <= MOST_FACTOR:
        raise DataError(
            f"factors: the factor of {received(name)} must be a number from 0 to {MOST_FACTOR:,.0f}; got "
            f"{received(value)}. Hint: 1 is an ordinary day, 0 a closed one, 2 has twice as many purchases."
        )
    return number


def _yearly(factors: dict[int, float]) -> Array:
    """By months 1 … 12, or weeks 1 … 52 (53)."""
    if max(factors.values()) == 0:
        raise DataError("factors: all are 0, so that nobody ever buys. Hint: 1 is an ordinary day.")
    if set(factors) == set(range(1, 13)):
        return np.array([factors[month + 1] for month in month_of_slot()])
    if set(factors) in ({*WEEKS}, {*WEEKS, 53}):
        week = np.minimum(np.arange(SLOTS) // 7 + 1, max(factors))
        return np.array([factors[int(each)] for each in week])
    raise DataError(
        f"factors by number must be those of all months 1 … 12, or of all weeks 1 … 52; got {len(factors)} from "
        f"{min(factors)} to {max(factors)}. Hint: give every one, 1.0 where nothing is known; or {HINT}."
    )


def _dated(names: list[Any], values: Array) -> dict[int, float]:
    """By dates and periods; a day that lies in several has their product."""
    dated: dict[int, float] = {}
    for name, value in zip(names, values, strict=True):
        if not is_day(name):
            raise DataError(f"factors: {received(name)} is no month, week, date or period. Hint: {HINT}.")
        last = as_day(name, "factors")
        first = as_day(name.start_time, "factors") if isinstance(name, pd.Period) else last
        if len(dated) + last - first >= MOST_DAYS:
            raise DataError(
                f"factors: more than {MOST_DAYS:,} days have one. Hint: by month or week of the year."
            )
        for day in range(first, last + 1):
            dated[day] = dated.get(day, 1.0) * float(value)
    return dated
