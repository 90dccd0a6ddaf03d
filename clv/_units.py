"""Units of time: how many days a week, a month or a year has, and horizons such as "52W"."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd

from rfm._days import as_day, day_text, is_day
from rfm._options import received
from rfm._words import Words, declare
from rfm.errors import DataError

__all__ = ["LENGTHS", "PERIODS", "UNIT_WORDS", "Horizon", "Unit", "as_unit", "days_per_unit", "horizon_days"]

Unit = Literal["D", "W", "M", "Y"]
Horizon: TypeAlias = str | timedelta | np.timedelta64 | date | np.datetime64 | pd.Period

_DAYS: dict[str, float] = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Q": 365.25 / 4, "Y": 365.25}

PERIODS: dict[Unit, str] = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}
"""What the calendar periods of each unit are called."""

UNIT_WORDS: Final = declare("units", {str(unit): name for unit, name in PERIODS.items()})
LENGTHS: Final[Words] = declare(
    "lengths",
    {
        **{unit: f"{{n}} {name}" for unit, name in PERIODS.items()},
        **{f"{unit}_one": f"{{n}} {name.removesuffix('s')}" for unit, name in PERIODS.items()},
    },
)
"""Lengths of time: "52 weeks"."""

LONGEST: Final = 10_000 * 365.25
"""Days of the longest horizon that ends, beyond which dates have no name."""

_HORIZON = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([DWMQY])\s*", re.IGNORECASE | re.ASCII)


def as_unit(unit: str) -> Unit:
    """The unit as a capital letter, or an error that lists the units.

    >>> as_unit("w")
    'W'
    """
    if not isinstance(unit, str) or unit.upper() not in get_args(Unit):
        raise DataError(
            f'unit={received(unit)} is not a unit of time. Hint: "D" day, "W" week, "M" month or "Y" year.'
        )
    return cast(Unit, unit.upper())


def days_per_unit(unit: str) -> float:
    """Days of a unit; a month and a year are averages, so that "12M" and "1Y" are 365.25 days.

    >>> days_per_unit("W"), days_per_unit("M")
    (7.0, 30.4375)
    """
    return _DAYS[as_unit(unit)]


def horizon_days(horizon: Horizon, name: str = "horizon", start: int | None = None) -> float:
    """The length of a horizon in days.

    Parameters
    ----------
    horizon : str, timedelta, Timedelta, timedelta64, or a date
        "365D", "52W", "12M" (365.25 days), "1Q" (a quarter of them), "1.5Y", or "inf" for ever; small letters
        mean the same. A date, such as "2012-12-31", is the last day that counts; for a period, its last day.
    name : str
        The option's name, for the message.
    start : int, optional
        The day after which a horizon that is a date begins.

    Returns
    -------
    float
        Days; ``inf`` for "inf".

    Raises
    ------
    DataError
        If the horizon has no unit, or is negative; if it is a date, and lies before ``start``, or ``start``
        is unknown.

    Examples
    --------
    >>> horizon_days("52W"), horizon_days("12M"), horizon_days("inf")
    (364.0, 365.25, inf)
    """
    if is_day(horizon):
        return _days_until(horizon, name, start)
    days = _days(horizon)
    if (days > LONGEST and days != math.inf) or (days == math.inf and not _is_for_ever(horizon)):
        raise DataError(
            f"{name}={received(horizon)} is longer than {LONGEST / 365.25:,.0f} years. "
            f'Hint: {name}="inf" is for ever, {name}="100Y" a long time.'
        )
    if not days >= 0:
        raise DataError(
            f"{name}={received(horizon)} is not a length of time. "
            'Hint: "365D", "52W", "12M", "1Q", "1.5Y", "inf" or a Timedelta.'
        )
    return days


def _days_until(horizon: Any, name: str, start: int | None) -> float:
    day = as_day(horizon, name)
    if start is None:
        raise DataError(
            f"{name}={str(horizon)!r} is a date, but the day on which it begins is unknown. "
            f'Hint: {name}="52W", a length of time; a model from clv.fit_summary(summary, end=…) takes a date.'
        )
    if day < start:
        raise DataError(
            f"{name}={str(horizon)!r} lies before {day_text(start)}, on which it begins. Hint: a later date."
        )
    return float(day - start)


def _is_for_ever(horizon: Any) -> bool:
    return isinstance(horizon, str) and horizon.strip() == "inf"


def _days(horizon: Any) -> float:
    """Days of a horizon, NaN if it is not one."""
    if isinstance(horizon, str):
        match = _HORIZON.fullmatch(horizon)
        if match:
            return float(match[1]) * _DAYS[match[2].upper()]
        return math.inf if _is_for_ever(horizon) else math.nan
    if isinstance(horizon, np.timedelta64):
        try:
            return float(horizon / np.timedelta64(1, "D"))
        except TypeError:  # NumPy's months and years have no length in days
            return math.nan
    return float(horizon / timedelta(days=1)) if isinstance(horizon, timedelta) else math.nan
