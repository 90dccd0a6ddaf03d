"""The days on which a team works, and the days or weeks in which its capacity is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["WEEKDAYS", "Per", "WorkDays"]

Per: TypeAlias = Literal["day", "week"]
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
THURSDAY: Final = 3
"""The weekday of 1970-01-01."""


@dataclass(frozen=True)
class WorkDays:
    """A team's calendar.

    Attributes
    ----------
    start : int
        The first day of the plan, in days since 1970-01-01.
    per : {"day", "week"}
        What a period is: a day that is worked, or seven days from ``start`` on.
    closed : frozenset of int
        Weekdays that are not worked, Monday 0; not all of them.

    Examples
    --------
    >>> days = WorkDays(4, "day", frozenset({5, 6}))  # 1970-01-05, a Monday
    >>> [days.day_of(period) for period in range(6)]
    [4, 5, 6, 7, 8, 11]
    >>> days.day_from(9), days.period_of(11)
    (11, 5)
    """

    start: int
    per: Per
    closed: frozenset[int] = frozenset()

    def day_from(self, day: int) -> int:
        """The first day worked on this day or after it."""
        return next(each for each in range(day, day + 7) if (each + THURSDAY) % 7 not in self.closed)

    def day_of(self, period: int) -> int:
        """The first day worked in a period, 0 being the first."""
        if self.per == "week":
            return self.day_from(self.start + 7 * period)
        weeks, left = divmod(period, 7 - len(self.closed))
        day = self.day_from(self.start + 7 * weeks)
        for _ in range(left):
            day = self.day_from(day + 1)
        return day

    def period_of(self, day: int) -> int:
        """The period of a day that is worked."""
        weeks, left = divmod(day - self.start, 7)
        if self.per == "week":
            return weeks
        worked = sum(
            (each + THURSDAY) % 7 not in self.closed for each in range(self.start, self.start + left)
        )
        return weeks * (7 - len(self.closed)) + worked

    def first_period(self, day: int) -> int:
        """The first period whose first day worked is this day or a later one."""
        if day <= self.start:
            return 0
        period = self.period_of(self.day_from(day))
        return period if self.day_of(period) >= day else period + 1

    def contacts_from(self, period: int, cadence: Sequence[int]) -> list[int]:
        """The days of a customer's contacts, if the first is on the first day worked in a period.

        A day that is not worked is put off to the next that is, and no two contacts fall on one day.
        """
        first = self.day_of(period)
        days = [first]
        for offset in cadence[1:]:
            days.append(self.day_from(max(first + offset, days[-1] + 1)))
        return days
