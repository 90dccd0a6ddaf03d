"""Whole days as numbers: days since 1970-01-01, as used in every internal table."""

from __future__ import annotations

from datetime import MAXYEAR, date, datetime
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from rfm._options import received
from rfm.errors import DataError

__all__ = ["EARLIEST", "EPOCH", "FIRST", "LAST", "Day", "as_day", "day_date", "day_text", "is_day"]

Day: TypeAlias = str | date | np.datetime64 | pd.Period


EPOCH: Final = date(1970, 1, 1).toordinal()
FIRST: Final = date.min.toordinal() - EPOCH
"""The first day that Python's dates know, of the year 1."""
LAST: Final = date.max.toordinal() - EPOCH
"""The last one, of the year 9999."""
EARLIEST: Final = date(1900, 1, 1).toordinal() - EPOCH
"""The first day of an order: years before it are mistakes, or of another calendar."""


def as_day(value: Day, name: str) -> int:
    """Whole days from 1970-01-01 to a date given as an option; a time of day is dropped.

    Parameters
    ----------
    value : str, date, datetime, Timestamp, datetime64 or Period
        Strings are ISO dates, year first. A period, such as ``pd.Period("2011-12")`` or
        ``np.datetime64("2011-12")``, stands for its last day.
    name : str
        The option's name, for the message.

    Returns
    -------
    int

    Raises
    ------
    DataError
        If it is not a date.

    Examples
    --------
    >>> as_day("1970-02-01", "as_of"), as_day(pd.Period("1970-02"), "as_of")
    (31, 58)
    """
    moment = _moment(value)
    if moment is None:
        raise DataError(
            f'{name} must be a date; got {received(value)}. Hint: {name}="2011-12-09", year first.'
        )
    return moment.toordinal() - EPOCH


def is_day(value: Any) -> bool:
    """Whether `as_day` reads this.

    >>> is_day("1970-02-01"), is_day("52W")
    (True, False)
    """
    return _moment(value) is not None


def _moment(value: Any) -> date | None:
    """The date that the value stands for, if it is one."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    try:
        if isinstance(value, np.datetime64):
            if np.datetime_data(value.dtype)[0] in ("Y", "M") and not np.isnat(value):
                value = (value + 1).astype("datetime64[D]") - 1
            value = pd.Timestamp(value)
        elif isinstance(value, pd.Period):
            value = value.end_time
    except (ValueError, OverflowError):  # before the year 1, or beyond 9999
        return None
    if not isinstance(value, date) or value is pd.NaT or not 1 <= value.year <= MAXYEAR:
        return None  # a Timestamp may lie far beyond
    return value


def day_date(day: int) -> date:
    """The date of a day number.

    >>> day_date(31)
    datetime.date(1970, 2, 1)
    """
    return date.fromordinal(EPOCH + day)


def day_text(day: int) -> str:
    """The ISO date of a day number, for messages.

    >>> day_text(31)
    '1970-02-01'
    """
    return day_date(day).isoformat()
