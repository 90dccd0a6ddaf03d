"""Cutting a span of days into periods: calendar weeks, months, quarters, years, or a number of days."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._days import as_day, day_text
from rfm._frames.columns import new_column
from rfm._frames.native import Frame
from rfm._options import items, received
from rfm.errors import DataError

__all__ = ["Periods", "as_days", "cut_periods", "stepwise", "with_steps"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EVERY: Final = re.compile(r"(\d{1,6})([DWMQY])", re.IGNORECASE | re.ASCII)
MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
HINT: Final = 'Hint: "1M" calendar months, "1W" weeks from Monday, "1Q", "1Y", or "30D" for a number of days.'
MOST_PERIODS: Final = 10_000


@dataclass(frozen=True)
class Periods:
    """Consecutive periods that cover a log.

    Attributes
    ----------
    edges : (p + 1,) int64
        The first day of each period, since 1970-01-01, and the day after the last period.
    first_day, last_day : int
        The log's own first and last day.
    to_a_year : int or None
        How many periods back the same period of the year before lies (for weeks and days: 364 days
        back, the same weekday); None where no whole number of periods does.
    """

    edges: Ints
    first_day: int
    last_day: int
    to_a_year: int | None

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def starts(self) -> Ints:
        """First day of each period, (p,)."""
        return self.edges[:-1]

    @property
    def ends(self) -> Ints:
        """Last day of each period, (p,), inclusive."""
        return self.edges[1:] - 1

    @property
    def complete(self) -> Bools:
        """Whether the log covers the whole period, (p,)."""
        return (self.starts >= self.first_day) & (self.ends <= self.last_day)

    def of(self, days: Ints) -> Ints:
        """The number of the period each day falls into."""
        return np.searchsorted(self.edges, days, side="right") - 1


def cut_periods(every: str, first_day: int, last_day: int) -> Periods:
    """Cut a log into periods.

    Parameters
    ----------
    every : str
        "1M", "1Q", "1Y": calendar months, quarters, years ("2M", "6M" … are counted from January of the
        log's first year). "1W", "2W": weeks from Monday. "7D": that many days, from the log's first day.
        Small letters mean the same.
    first_day, last_day : int
        Days since 1970-01-01 of the log's first and last row.

    Raises
    ------
    DataError
        If ``every`` is not a period length, or cuts more than 10,000 periods.

    Examples
    --------
    >>> months = cut_periods("1M", as_day("2024-01-15", "first"), as_day("2024-03-31", "last"))
    >>> [day_text(day) for day in months.starts], months.complete.tolist()
    (['2024-01-01', '2024-02-01', '2024-03-01'], [False, True, True])
    """
    match = EVERY.fullmatch(every) if isinstance(every, str) else None
    if match is None or int(match[1]) == 0:
        raise DataError(f"every={received(every)} is not a period length. {HINT}")
    count, unit = int(match[1]), match[2].upper()
    if unit in MONTHS:
        edges, to_a_year = _months(count * MONTHS[unit], first_day, last_day)
    else:
        step = count * (7 if unit == "W" else 1)
        start = first_day - (first_day + 3) % 7 if unit == "W" else first_day  # 1970-01-01 was a Thursday
        edges = np.arange(start, max(last_day, start) + step + 1, step, dtype=np.int64)
        to_a_year = 364 // step if 364 % step == 0 else None
    if len(edges) > MOST_PERIODS + 1:
        raise DataError(
            f"every={every!r} cuts {day_text(first_day)} to {day_text(last_day)} into {len(edges) - 1:,} "
            f"periods; at most {MOST_PERIODS:,} are allowed. Hint: a longer period, or check for wrong dates."
        )
    return Periods(edges, first_day, last_day, to_a_year)


def _months(count: int, first_day: int, last_day: int) -> tuple[Ints, int | None]:
    """Edges of periods of ``count`` months, counted from January of the first year."""
    first, last = (
        np.datetime64(int(day), "D").astype("datetime64[M]").astype(np.int64) for day in (first_day, last_day)
    )
    start = first - first % 12 + first % 12 // count * count
    months = np.arange(start, last + count + 1, count, dtype=np.int64)
    edges = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return edges, 12 // count if 12 % count == 0 else None


def as_days(dates: Iterable[Any], first_day: int, last_day: int) -> Ints:
    """Dates given by the user, as days: rising, without repetition, within the log.

    Raises
    ------
    DataError
        If there are none, one is not a date, they do not rise, or one lies outside
        the log.

    Examples
    --------
    >>> as_days(["1970-01-02", "1970-02-01"], first_day=0, last_day=59).tolist()
    [1, 31]
    """
    listed = items("dates", dates, 'dates=["2011-06-30", "2011-12-31"]')
    days = np.array([as_day(value, "dates") for value in listed], dtype=np.int64)
    if len(days) == 0:
        raise DataError('dates is empty. Hint: dates=["2011-06-30", "2011-12-31"], or every="1M".')
    for before, after in pairwise(days.tolist()):
        if after <= before:
            fact = "is given twice" if after == before else f"comes after {day_text(before)}"
            raise DataError(f"dates must rise: {day_text(after)} {fact}. Hint: dates=sorted(set(dates)).")
    for day in (int(days[0]), int(days[-1])):
        if not first_day <= day <= last_day:
            raise DataError(
                f"dates: {day_text(day)} lies outside the log, which runs from {day_text(first_day)} to "
                f"{day_text(last_day)}. Hint: choose days within the log."
            )
    return days


def with_steps(frame: Frame, edges: Ints, **values: nw.Expr) -> Any:
    """The frame with columns that count how many of the rising ``edges`` each value reaches.

    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"day": [0, 10, 20]}))
    >>> with_steps(frame, np.array([10, 20]), at=nw.col("day"))["at"].to_list()
    [0, 1, 2]
    """
    if not isinstance(frame, nw.DataFrame):
        return frame.with_columns(**{name: stepwise(value, edges) for name, value in values.items()})
    found = frame.select(**values)
    steps = {name: np.searchsorted(edges, found[name].to_numpy(), side="right") for name in values}
    return frame.with_columns(
        *(new_column(frame, name, step.astype(np.int64)) for name, step in steps.items())
    )


def stepwise(value: nw.Expr, edges: Ints) -> nw.Expr:
    """How many of the rising ``edges`` a value reaches, as an expression that every engine has.

    A binary search written as nested conditions: ⌈log₂⌉ comparisons per row, for any calendar.

    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"day": [0, 10, 19, 20]}))
    >>> frame.select(period=stepwise(nw.col("day"), np.array([10, 20])))["period"].to_list()
    [0, 1, 1, 2]
    """
    return _search(value, [int(edge) for edge in edges], 0)


def _search(value: nw.Expr, edges: list[int], offset: int) -> nw.Expr:
    if not edges:
        return nw.lit(offset, nw.Int64)
    middle = len(edges) // 2
    below = _search(value, edges[:middle], offset)
    return (
        nw.when(value < edges[middle])
        .then(below)
        .otherwise(_search(value, edges[middle + 1 :], offset + middle + 1))
    )
