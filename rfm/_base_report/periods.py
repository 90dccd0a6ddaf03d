"""Which periods the audit describes and compares, and what to know of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm._days import Day, as_day, day_text
from rfm._dynamics.periods import Periods
from rfm.errors import DataError

__all__ = ["Chosen", "choose_periods"]


@dataclass(frozen=True)
class Chosen:
    """The period described, and the earlier one it is compared with, by number.

    ``before`` is None where nothing is compared.
    """

    periods: Periods
    period: int
    before: int | None

    def name(self, number: int) -> str:
        """First and last day of a period."""
        return " to ".join(self.days(number))

    def days(self, number: int) -> tuple[str, str]:
        """First and last day of a period, as texts."""
        return day_text(int(self.periods.starts[number])), day_text(int(self.periods.ends[number]))

    def notes(self) -> tuple[str, ...]:
        """In sentences: which of the periods are not complete, and why nothing is compared."""
        log = f"the log runs from {day_text(self.periods.first_day)} to {day_text(self.periods.last_day)}"
        partial = [
            f"{self.name(number)} is not complete: {log}."
            for number in (self.before, self.period)
            if number is not None and not self.periods.complete[number]
        ]
        if self.before is not None:
            return tuple(partial)
        return (
            *partial,
            f"No two periods are compared: the log does not cover the period before {self.name(self.period)} "
            'completely. Hint: a shorter every="…", or before="…" for a day of an earlier period.',
        )


def choose_periods(periods: Periods, period: Day | None, before: Day | None) -> Chosen:
    """The periods that hold the given days; by default the last complete one, and a complete one just before.

    Raises
    ------
    DataError
        If a day lies outside the log, or ``before`` is not in an earlier period.
    """
    complete = np.flatnonzero(periods.complete)
    last = int(complete[-1]) if len(complete) else len(periods) - 1
    number = last if period is None else _holding(periods, "period", period)
    if before is None:
        earlier = number - 1 if number > 0 and periods.complete[number - 1] else None
        return Chosen(periods, number, earlier)
    chosen = Chosen(periods, number, _holding(periods, "before", before))
    if chosen.before is None or chosen.before >= number:
        raise DataError(
            f"before={day_text(as_day(before, 'before'))} lies in no earlier period than {chosen.name(number)}. "
            "Hint: a day of an earlier period, or period=… for a later one."
        )
    return chosen


def _holding(periods: Periods, name: str, day: Day) -> int:
    number = as_day(day, name)
    if not periods.edges[0] <= number < periods.edges[-1]:
        raise DataError(
            f"{name}={day_text(number)} lies outside the log's periods, which run from "
            f"{day_text(int(periods.edges[0]))} to {day_text(int(periods.edges[-1]) - 1)}. Hint: a day within them."
        )
    return int(periods.of(np.array([number], dtype=np.int64))[0])
