"""The clock of a law: from days of the calendar to the time in which customers buy as the law says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._fits.data import FitData
from clv._season.cycle import SLOTS, slot_of
from clv._season.factors import Factors, drawn_factors, factors_on
from clv._season.steps import Steps
from rfm._days import FIRST, LAST, day_text
from rfm.errors import DataError

__all__ = ["Clock", "in_time", "sum_log_gaps", "tau"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING: Final = 1e-6  # days by which the end of a day may be missed, after a division by the unit and back


def tau(season: Factors, place: ArrayLike) -> Array:
    """The season's time at places in the calendar, up to a constant: the sum of the factors of the days until then.

    Parameters
    ----------
    season : Season
        The factors.
    place : ndarray
        Days since 1970-01-01; a whole number is the end of that day, and a part of a day has its part of the factor.
    """
    exact = np.asarray(place, dtype=float)
    if not exact.size:
        return exact
    near = np.rint(exact)
    exact = np.where(np.abs(exact - near) < ROUNDING, near, exact)
    low, high = int(np.floor(exact.min())), int(np.ceil(exact.max()))
    day = np.arange(low, high + 1)
    gone = np.append(0.0, np.cumsum(factors_on(season, np.minimum(day[1:], LAST))))
    return np.asarray(np.interp(exact, day, gone), dtype=float)


def sum_log_gaps(pairs: Any, season: Factors, unit_days: float) -> float:
    """Σ ln of the times between successive purchases in a season's time, in units of some days.

    Of `before, day, repeats`, pairs of days with the number of customers who bought on both and not in between.
    """
    before, day, repeats = (pairs.get_column(name).to_numpy() for name in ("before", "day", "repeats"))
    gone = tau(season, np.concatenate([before, day])) / unit_days
    return math.fsum(repeats * np.log(gone[len(day) :] - gone[: len(day)]))


@dataclass(frozen=True)
class Clock:
    """The time of a law for customers known until a day; small, since it is sent to an engine's workers.

    Parameters
    ----------
    season : Season
        The factors of the days.
    end : int
        The last day of observation, as days since 1970-01-01.
    unit_days : float
        Days in the unit of the law's time.
    """

    season: Factors
    end: int
    unit_days: float

    def histories(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array]:
        """Times of the last purchase and of observation since the first purchase, in the season's time.

        Raises
        ------
        DataError
            If a customer's last repeat purchase lies on a day whose factor is 0, or the first before the year 1.
        """
        x, t_x, T = (np.asarray(v, dtype=float) for v in (x, t_x, T))
        first = self.end - T * self.unit_days
        if len(first) and first.min() < FIRST:
            row = int(np.argmin(first))
            raise DataError(
                f"The customer in row {row} has been observed for {T[row]:g} units of time, since before the year 1, "
                "whose days no season knows. Hint: T counts from the first purchase to the last day of observation."
            )
        last = first + t_x * self.unit_days
        places = np.concatenate([first, last, [float(self.end)]])
        at = tau(self.season, places) / self.unit_days
        n = len(first)
        since, observed = at[n : 2 * n] - at[:n], at[-1] - at[:n]
        self._refuse_closed(x > 0, last, since)
        return np.where(x > 0, since, 0.0), np.maximum(observed, since)

    def _refuse_closed(self, again: NDArray[np.bool_], last: Array, since: Array) -> None:
        """Raise DataError if a repeat buyer's last purchase is on a day of factor 0, or no time has gone until it."""
        near = np.clip(np.rint(last), FIRST, LAST).astype(np.int64)
        on_day = np.abs(last - near) < ROUNDING
        closed = np.flatnonzero(again & ((since <= 0) | (on_day & (factors_on(self.season, near) <= 0))))
        if len(closed):
            row = int(closed[0])
            day = day_text(int(near[row]))
            raise DataError(
                f"The last purchase of the customer in row {row} is on {day}, a day whose factor in the "
                "season is 0, so that nobody can buy. Hint: a factor above 0 for that day, or another date "
                "of the purchase."
            )

    def data(self, data: FitData) -> FitData:
        """A law's rows in the season's time, in which the gaps between purchases are not known."""
        x, t_x, T = data.columns[:3]
        return replace(data, columns=(x, *self.histories(x, t_x, T), *data.columns[3:]), log_gaps=None)

    def steps(self, begin: int, days: float) -> Steps:
        """The horizon of some days after one."""
        return Steps(self.season, begin, days, self.unit_days)

    def ahead(self, begin: int, days: Array) -> Array:
        """Units of the season's time between a day and some days later, (n,)."""
        place = begin + np.append(0.0, np.asarray(days, dtype=float))
        at = tau(self.season, place) / self.unit_days
        return np.asarray(at[1:] - at[0])

    def ratios(self, begin: int, edges: Array, count: int, rng: np.random.Generator) -> Array:
        """Draws of the length of each period, relative to the expected one, from the factors' uncertainty.

        Parameters
        ----------
        begin : int
            The day after which the first period begins.
        edges : ndarray of shape (periods + 1,)
            Days after it at which periods end, beginning with 0.
        count : int
            Number of draws.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        ndarray of shape (count, periods)
            1 where a period has no time.
        """
        if self.season.shape is None:
            return np.ones((count, len(edges) - 1))
        ends = np.unique(np.append(np.arange(np.floor(edges[-1]) + 1), edges))
        day = np.minimum(begin + np.ceil(ends[1:]).astype(np.int64), LAST)
        period = np.clip(np.searchsorted(edges, ends[1:], side="left") - 1, 0, len(edges) - 2)
        slot, own = slot_of(day), factors_on(self.season, day) * np.diff(ends)
        share = np.bincount(period * SLOTS + slot, weights=own, minlength=SLOTS * (len(edges) - 1))
        share = share.reshape(-1, SLOTS)  # of the expected length, by period and day of the year
        centre = self.season.by_slot
        drawn = np.divide(
            drawn_factors(self.season, count, rng), centre, out=np.ones((count, SLOTS)), where=centre > 0
        )
        length = share.sum(axis=1)
        ratio = np.divide(drawn @ share.T, length, out=np.ones((count, len(length))), where=length > 0)
        return np.asarray(ratio, dtype=float)


def in_time(clock: Clock | None, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
    """Histories in a law's time: the season's, or the calendar's where there is no clock."""
    return (x, t_x, T) if clock is None else (x, *clock.histories(x, t_x, T))
