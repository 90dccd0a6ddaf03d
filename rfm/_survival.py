"""Kaplan–Meier estimate of the distribution of times to an event, with right-censored observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rfm.errors import DataError

__all__ = ["SurvivalCurve", "kaplan_meier"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SurvivalCurve:
    """The survival function after each time of an event.

    Parameters
    ----------
    times : ndarray of shape (k,)
        Distinct times of events, ascending, in the unit of the durations.
    survival : ndarray of shape (k,)
        Share without the event just after each time.
    at_risk : ndarray of shape (k,)
        Number at risk just before each time.
    events : ndarray of shape (k,)
        Events at each time.
    longest : float
        The longest duration, with or without an event; beyond it the curve is known only where it has reached 0.
    """

    times: Array
    survival: Array
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    longest: float

    def at(self, time: ArrayLike) -> Array:
        """Share without the event just after each time; NaN where the curve is unknown."""
        t = np.asarray(time, dtype=float)
        share = np.concatenate([[1.0], self.survival])[np.searchsorted(self.times, t, side="right")]
        return np.where((t <= self.longest) | (share == 0), share, np.nan)

    def reached(self, time: ArrayLike) -> Array:
        """Share with the event by each time, F = 1 − S; NaN where the curve is unknown."""
        return 1.0 - self.at(time)

    def standard_error(self, time: ArrayLike) -> Array:
        """Greenwood's standard error of the share at each time; NaN where the curve is unknown."""
        left = self.at_risk - self.events
        with np.errstate(divide="ignore"):
            terms = np.where(left > 0, self.events / (self.at_risk * np.maximum(left, 1.0)), 0.0)
        summed = np.concatenate([[0.0], np.cumsum(terms)])
        t = np.asarray(time, dtype=float)
        error = np.sqrt(summed[np.searchsorted(self.times, t, side="right")])
        return np.asarray(self.at(t) * error, dtype=np.float64)

    def quantile(self, share: float) -> float:
        """Shortest time by which this share has had the event; NaN if the curve does not reach it."""
        there = np.flatnonzero(1.0 - self.survival >= share - 1e-12)
        return float(self.times[there[0]]) if len(there) else float("nan")

    @property
    def plateau(self) -> float:
        """Share with the event by the longest duration, where the curve ends."""
        return float(1.0 - self.survival[-1]) if len(self.survival) else 0.0


def kaplan_meier(duration: ArrayLike, event: ArrayLike, counts: ArrayLike | None = None) -> SurvivalCurve:
    """Kaplan–Meier estimate from durations, some of them right-censored.

    Parameters
    ----------
    duration : array_like of shape (n,)
        Time from each start to the event or to censoring; at least 0.
    event : array_like of shape (n,), bool
        Whether the event happened at that time. Those censored at a time count as at risk at it.
    counts : array_like of shape (n,), optional
        How often each duration was observed, whole numbers; default once.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    DataError
        If the columns differ in length, or a duration is negative or not a number.

    Notes
    -----
    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53; the standard error is
    Greenwood's.

    Examples
    --------
    >>> curve = kaplan_meier([2, 3, 3, 5], [True, True, False, False])
    >>> curve.times.tolist(), curve.survival.tolist(), curve.at_risk.tolist()
    ([2.0, 3.0], [0.75, 0.5], [4, 3])
    >>> curve.quantile(0.25), curve.plateau, float(curve.reached(2.5))
    (2.0, 0.5, 0.25)
    """
    t, happened = np.asarray(duration, dtype=float), np.asarray(event, dtype=bool)
    if t.shape != happened.shape or t.ndim != 1:
        raise DataError(
            f"duration and event must have the same length; got shapes {t.shape} and {happened.shape}. "
            "Hint: give one duration, and whether it ended in the event, per row."
        )
    if not (t >= 0).all():
        bad = t[~(t >= 0)][0]
        raise DataError(
            f"A duration must be at least 0; got {bad}. Hint: end minus start, in one unit of time."
        )
    seen = np.ones(len(t), dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    some = seen > 0  # drop durations with a count of 0
    t, happened, seen = t[some], happened[some], seen[some]
    order = np.argsort(t)
    before = np.concatenate([[0], np.cumsum(seen[order])])  # durations shorter than each in order
    times, place = np.unique(t[happened], return_inverse=True)
    events = np.zeros(len(times), dtype=np.int64)
    np.add.at(events, place, seen[happened])
    at_risk = before[-1] - before[np.searchsorted(t[order], times, side="left")]
    survival = np.asarray(np.cumprod(1.0 - events / at_risk), dtype=np.float64)
    longest = float(t.max()) if len(t) else 0.0
    return SurvivalCurve(times, survival, at_risk.astype(np.int64), events.astype(np.int64), longest)
