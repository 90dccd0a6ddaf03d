"""Days that cannot belong to a log: a few rows dated 1900 or 2099 far from years of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Calendar"]

Ints = npt.NDArray[np.int64]

SHARE: Final = 1_000  # at most one row in this many is far …
FEW: Final = 5  # … but never more than this, and one always may be
OF_THE_REST: Final = 2  # a far day's gap is longer than the rest of the log divided by this …
NEXT_GAPS: Final = 10  # … and longer than this many times the longest gap in the rest
ENOUGH_DAYS: Final = 10  # distinct order days needed to know a log's usual gaps


@dataclass(frozen=True)
class Calendar:
    """The days of a log that have rows: ``days`` (d,) in rising order, days since 1970-01-01; ``rows`` (d,) > 0.

    Examples
    --------
    >>> daily = Calendar(np.append(np.arange(14_610, 14_710), 47_482), np.full(101, 7))
    >>> daily.near()
    (14610, 47482)
    >>> daily = Calendar(daily.days, np.append(np.full(100, 7), 1))  # a single row is dated 2100-01-01
    >>> daily.near()
    (14610, 14709)
    """

    days: Ints
    rows: Ints

    @classmethod
    def of(cls, days: Ints, rows: Ints) -> Calendar:
        """The calendar of days in any order, rows of equal days added up."""
        distinct, where = np.unique(np.asarray(days, np.int64), return_inverse=True)
        totals = np.zeros(len(distinct), np.int64)
        np.add.at(totals, where, np.asarray(rows, np.int64))
        return cls(distinct, totals)

    def __add__(self, other: Calendar) -> Calendar:
        """The calendar of two logs together."""
        return Calendar.of(np.append(self.days, other.days), np.append(self.rows, other.rows))

    def near(self) -> tuple[int, int]:
        """First and last day of the log without its far days.

        Days at an end are far when few rows lie on them (at most .1% of all, at least 1 and at most 5, at
        each end) beyond a gap that is longer than half the rest of the log and than ten times the next longest gap
        in it. The rest must have ten distinct days: with fewer, a far day cannot be distinguished from a slow shop.
        """
        best = (0, 0)
        gaps = np.diff(self.days)
        lower, upper = (self._few(ends) for ends in (self.rows, self.rows[::-1]))
        for low in range(lower + 1):
            for high in range(upper + 1):
                more = low + high > sum(best)
                if more and len(self.days) - low - high >= ENOUGH_DAYS and self._are_far(gaps, low, high):
                    best = (low, high)
        return int(self.days[best[0]]), int(self.days[len(self.days) - 1 - best[1]])

    def _few(self, rows: Ints) -> int:
        """Number of days at one end that have so few rows together that they may be far."""
        most = min(FEW, max(1, int(self.rows.sum()) // SHARE))
        return int(np.searchsorted(np.cumsum(rows[: FEW + 1]), most, side="right"))

    def _are_far(self, gaps: Ints, low: int, high: int) -> bool:
        """Whether the given numbers of lowest and highest days lie beyond long gaps."""
        end = len(self.days) - 1 - high
        rest = self.days[end] - self.days[low]
        longest = gaps[low:end].max()
        beyond = [*gaps[:low][-1:], *gaps[end:][:1]]
        return all(OF_THE_REST * gap > rest and gap > NEXT_GAPS * longest for gap in beyond)

    def hiatus(self) -> tuple[int, int] | None:
        """The days before and after the longest gap, if it is longer than half the rest and ten other gaps.

        >>> seasons = np.append(np.arange(100, 130), np.arange(465, 495))
        >>> Calendar(seasons, np.ones(60, int)).hiatus()
        (129, 465)
        """
        if len(self.days) < ENOUGH_DAYS:
            return None
        gaps = np.diff(self.days)
        at = int(gaps.argmax())
        gap, rest = int(gaps[at]), int(self.days[-1] - self.days[0] - gaps[at])
        if OF_THE_REST * gap > rest and gap > NEXT_GAPS * int(np.delete(gaps, at).max()):
            return int(self.days[at]), int(self.days[at + 1])
        return None

    def rows_beyond(self, first: int, last: int) -> int:
        """Rows before the first or after the last of two days."""
        return int(self.rows[(self.days < first) | (self.days > last)].sum())
