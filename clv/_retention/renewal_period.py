"""The period of a contract: calendar months or a number of days, and the renewals between two days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clv._numerics import Array
from rfm._options import received
from rfm.errors import DataError

__all__ = ["RenewalPeriod"]

Ints = NDArray[np.int64]

FORM: Final = re.compile(r"(\d{1,4})([DWMQY])", re.IGNORECASE | re.ASCII)
MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
NAMES: Final = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
YEAR: Final = 365.25


@dataclass(frozen=True)
class RenewalPeriod:
    """A length of time after which a contract is renewed.

    Parameters
    ----------
    count : int
        How many units.
    unit : {"D", "W", "M", "Q", "Y"}
        A contract in months, quarters or years from the 31st is renewed on the last day of shorter months, and on the
        31st again where there is one.

    Examples
    --------
    >>> month = RenewalPeriod.of("1M")
    >>> start, day = (np.array([np.datetime64(d, "D").astype(np.int64)]) for d in ("2024-01-31", "2024-04-30"))
    >>> month.date(start, np.array([1, 2, 3])).astype("datetime64[D]").astype(str).tolist()
    ['2024-02-29', '2024-03-31', '2024-04-30']
    >>> month.renewals(start, day).tolist(), month.renewals(start, day - 1).tolist()
    ([3], [2])
    """

    count: int
    unit: str

    @classmethod
    def of(cls, text: Any) -> RenewalPeriod:
        """The period that a text such as "1M" stands for; DataError if it is none."""
        match = FORM.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match[1]) == 0:
            raise DataError(
                f"period={received(text)} is not the period of a contract. "
                'Hint: "1M" calendar months, "3M", "1Y" years, "4W" weeks, or "30D" for a number of days.'
            )
        return cls(int(match[1]), match[2].upper())

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def words(self) -> str:
        """In English words: "month", "3 months"."""
        name = NAMES[self.unit]
        return name if self.count == 1 else f"{self.count} {name}s"

    @property
    def years(self) -> float:
        """Its length in years of 365.25 days, or of twelve months."""
        return self.months / 12 if self.months else self.days / YEAR

    @property
    def months(self) -> int:
        """Its calendar months; 0 for a period of days."""
        return self.count * MONTHS.get(self.unit, 0)

    @property
    def days(self) -> int:
        """Its days; 0 for a period of months."""
        return self.count * {"D": 1, "W": 7}.get(self.unit, 0)

    def date(self, start: Ints, renewals: Ints) -> Ints:
        """The day of the renewal of that number, of contracts from days since 1970-01-01."""
        if not self.months:
            return np.asarray(start + renewals * self.days, dtype=np.int64)
        month, day = _calendar(start)
        return _day_of(month + renewals * self.months, day)

    def renewals(self, start: Ints, day: Ints) -> Ints:
        """How many renewals, from the first on, fall on this day or before; 0 for days before the start."""
        if not self.months:
            return np.asarray(np.maximum((day - start) // self.days, 0), dtype=np.int64)
        first, last = _calendar(start)[0], _calendar(day)[0]
        passed = np.maximum((last - first) // self.months, 0)
        return np.asarray(np.maximum(passed - (self.date(start, passed) > day), 0), dtype=np.int64)

    def lasted(self, start: Ints, end: Ints) -> Ints:
        """How many periods a contract from the start lasts that ends on a day, its paid ones; at least 1.

        One that ends on the day of its n-th renewal, or between the one before and that, lasts n.
        """
        return np.asarray(self.renewals(start, end - 1) + 1, dtype=np.int64)

    def cohort(self, start: Ints) -> Ints:
        """The first day of the calendar period of a start: of its month, quarter, year, week or span of days."""
        if self.months:
            step = min(self.months, 12)
            month = _calendar(start)[0]
            return _day_of(np.asarray(month // step * step), np.ones_like(month))
        monday = 4 if self.days % 7 == 0 else 0  # 1970-01-05 was a Monday
        return np.asarray((start - monday) // self.days * self.days + monday, dtype=np.int64)

    def per_period(self, annual_rate: float) -> float:
        """The discount rate of one period that compounds to the annual one."""
        return float(np.expm1(np.log1p(annual_rate) * self.years))

    def years_between(self, day: Ints, later: Ints) -> Array:
        """Years of 365.25 days from one day to another."""
        return np.asarray((later - day) / YEAR, dtype=float)


def _calendar(days: Ints) -> tuple[Ints, Ints]:
    """Months since 1970-01 of days, and the days within them from 1."""
    dates = np.asarray(days).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return months.astype(np.int64), (dates - months.astype("datetime64[D]")).astype(np.int64) + 1


def _day_of(month: Ints, day: Ints) -> Ints:
    """The day of a month, or its last where the month is shorter."""
    months = np.asarray(month, dtype=np.int64)
    first, after = (
        (months + k).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for k in (0, 1)
    )
    return np.asarray(np.minimum(first + day - 1, after - 1), dtype=np.int64)
