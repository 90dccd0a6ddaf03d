"""Windows: the days up to a day that frequency and monetary value count, such as the last year."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from rfm._days import FIRST, Day, as_day, day_text, is_day
from rfm._options import received
from rfm.errors import DataError

__all__ = ["IN_WINDOW", "Window", "as_window", "window_start", "window_starts"]

Window: TypeAlias = str | Day
"""A length, such as "365D" or "12M", or the window's first day."""

IN_WINDOW: Final = ("orders_in_window", "spend_in_window")

LENGTH: Final = re.compile(r"\s*(\d{1,6})\s*([DWMQY])\s*", re.IGNORECASE | re.ASCII)
DAYS: Final = {"D": 1, "W": 7}
MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
HINT: Final = 'Hint: window="365D", "52W", "12M" (of the calendar), or its first day, "2011-01-01".'


def as_window(window: Any) -> str:
    """A window as a text that can be saved: its length, or its first day.

    Raises
    ------
    DataError
        If it is neither a positive length nor a day.

    Examples
    --------
    >>> as_window("12m"), as_window(pd.Period("2011")), as_window(np.datetime64("2011-03"))
    ('12M', '2011-01-01', '2011-03-01')
    """
    match = LENGTH.fullmatch(window) if isinstance(window, str) else None
    if match is not None and int(match[1]) > 0:
        return f"{int(match[1])}{match[2].upper()}"
    if isinstance(window, pd.Period):
        window = window.start_time
    elif isinstance(window, np.datetime64) and not np.isnat(window):
        window = window.astype("datetime64[D]")  # a month stands for its first day
    if match is not None or not is_day(window):
        raise DataError(f"window={received(window)} is neither a positive length of time nor a day. {HINT}")
    return day_text(as_day(window, "window"))


def window_start(window: Any, end: int) -> int:
    """The first day of the window that ends with day ``end``, inclusive.

    Raises
    ------
    DataError
        If it is no window, or one that begins after ``end``.

    Examples
    --------
    >>> leap_day = as_day("2024-02-29", "end")
    >>> [day_text(window_start(window, leap_day)) for window in ("365D", "12M", "1W", "2024-01-01")]
    ['2023-03-02', '2023-03-01', '2024-02-23', '2024-01-01']
    """
    text = as_window(window)
    match = LENGTH.fullmatch(text)
    if match is None:
        start = as_day(text, "window")
        if start > end:
            raise DataError(
                f"The window begins on {text}, after its last day, {day_text(end)}. "
                'Hint: an earlier first day, or a length of time, window="365D".'
            )
        return start
    count, unit = int(match[1]), match[2]
    if unit in DAYS:
        return max(end - count * DAYS[unit] + 1, FIRST)
    return _months_before(end, count * MONTHS[unit]) + 1


def window_starts(window: Any, ends: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
    """The same for each of several rising days; the starts rise or stay."""
    return np.array([window_start(window, int(end)) for end in ends], dtype=np.int64)


def _months_before(day: int, months: int) -> int:
    """The day of the same number so many months before, or that month's last."""
    date = np.datetime64(day, "D")
    month = date.astype("datetime64[M]")
    into = int((date - month.astype("datetime64[D]")).astype(np.int64))
    there = int(month.astype(np.int64)) - months
    first, after = (
        int(np.datetime64(m, "M").astype("datetime64[D]").astype(np.int64)) for m in (there, there + 1)
    )
    return max(min(first + into, after - 1), FIRST - 1)
