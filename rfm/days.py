"""Whole days as numbers: days since 1970-01-01, the calendar of every table behind the door."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from rfm.errors import DataError

__all__ = ["EPOCH", "as_day", "day_date", "day_text"]

EPOCH: Final = date(1970, 1, 1).toordinal()


def as_day(value: str | date | np.datetime64, name: str) -> int:
    """Whole days from 1970-01-01 to a date given as an option; a time of day is dropped.

    Parameters
    ----------
    value : str, date, datetime, Timestamp or datetime64
        Strings are ISO dates, year first.
    name : str
        The option's name, for the message.

    Returns
    -------
    int

    Raises
    ------
    DataError
        If it is no date.

    Examples
    --------
    >>> as_day("1970-02-01", "as_of")
    31
    """
    moment: Any = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    elif isinstance(value, np.datetime64):
        moment = pd.Timestamp(value)
    if not isinstance(moment, date) or moment is pd.NaT:
        raise DataError(f'{name} must be a date; got {value!r}. Hint: {name}="2011-12-09", year first.')
    return moment.toordinal() - EPOCH


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
