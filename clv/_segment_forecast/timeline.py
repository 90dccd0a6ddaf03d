"""The days ahead, in the law's time and in a future's own, which is faster where the shop will sell more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._season.steps import Steps
from clv._values.forecast import Purchases, expected_by_period
from clv._values.simulated_future import Base

__all__ = ["OwnTime", "Timeline"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FASTEST: Final = 8.0  # times the horizon that a future's own time may take
POINTS: Final = 80  # at which expected purchases are known
READ: Final = 2_000  # customers from whom they are known


@dataclass(frozen=True, eq=False)
class Timeline:
    """The dates of a forecast.

    Parameters
    ----------
    law : PurchaseLaw
        The fitted one, whose expectations are known.
    base : Base
        The customers of today, in an order in which neighbours are alike.
    days : ndarray of shape (m + 1,)
        Whole days ahead, beginning with 0.
    reached : ndarray of shape (m + 1,)
        The law's time at their ends, a season's where there is one.
    unit_days : float
        Days in the unit of the law's time.
    discrete : bool
        Whether the law counts periods.
    steps : Steps, optional
        The days in a season's time.
    """

    law: Purchases
    base: Base
    days: Array
    reached: Array
    unit_days: float
    discrete: bool
    steps: Steps | None = None

    @cached_property
    def _expected(self) -> tuple[Array, Array]:
        """Times of the law, and the purchases expected until then of some of the customers."""
        base = self.base.take(np.arange(0, len(self.base), max(len(self.base) // READ, 1)))
        longest = FASTEST * float(self.reached[-1])
        place = np.union1d(longest * np.linspace(0, 1, POINTS) ** 2, self.reached)
        if self.discrete:
            place = np.arange(np.ceil(longest) + 1)
        return place, np.append(0.0, np.cumsum(expected_by_period(self.law, None, base, place)[0]))

    def own(self, factors: Array, ratios: Array) -> OwnTime:
        """The time of a future in which the customers of today buy so many times what the law expects.

        Parameters
        ----------
        factors : ndarray of shape (m,)
            Purchases in each period, relative to what the law expects.
        ratios : ndarray of shape (m,)
            Lengths of the periods in the season's time, relative to the expected ones.
        """
        own = self.reached
        if np.any(factors != 1.0):
            place, expected = self._expected
            until = np.interp(self.reached, place, expected)
            if until[-1] > 0:
                own = np.interp(np.append(0.0, np.cumsum(np.diff(until) * factors)), expected, place)
        return OwnTime(self, np.append(0.0, np.cumsum(np.diff(own) * ratios)))


@dataclass(frozen=True, eq=False)
class OwnTime:
    """A future's own time at the dates of a forecast, (m + 1,)."""

    line: Timeline
    reached: Array

    @property
    def horizon(self) -> float:
        """Its length; whole periods for a law that counts them."""
        return float(np.ceil(self.reached[-1])) if self.line.discrete else float(self.reached[-1])

    def at(self, law_time: Array) -> Array:
        """Own time at times of the law."""
        return np.interp(law_time, self.line.reached, self.reached)

    def day(self, own: Array, rng: np.random.Generator) -> Ints:
        """The day, 1 for tomorrow, on which orders of a time fall; those of a period fall on any day of it.

        Orders after the horizon, in the last of whole periods, have a day after it.
        """
        line = self.line
        if line.discrete:
            own = own - rng.random(len(own))
        time = np.interp(own, self.reached, line.reached)
        calendar = time if line.steps is None else line.steps.units_of_calendar(time)
        day = np.maximum(np.ceil(calendar * line.unit_days - 1e-9), 1).astype(np.int64)
        last = int(line.days[-1])
        return np.where(own > self.reached[-1], last + 1, np.minimum(day, last))
