"""What cohorts will spend, by age, in simulated futures of their customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import keys
from clv._segment_forecast.futures import Future, orders_ahead
from clv._segment_forecast.timeline import Timeline
from clv._values.expected_ahead import Expectations
from clv._values.simulated_future import Base, Draw

__all__ = ["Ahead", "order_of", "spend_ahead"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_SIMULATED: Final = 20_000  # customers of a future; of a larger base a sample, another in each future


@dataclass(frozen=True)
class Ahead:
    """Customers who have not yet reached the horizon, in the order of `order_of`.

    Parameters
    ----------
    line : Timeline
        The days ahead, with the customers as its `base`.
    code, age : ndarray of shape (n,)
        Place of the customer's cohort, and days since the first purchase.
    ends : ndarray of shape (ages,)
        The day after each age, counted from the first purchase.
    cohorts : int
        Their number.
    """

    line: Timeline
    code: Ints
    age: Ints
    ends: Ints
    cohorts: int


def order_of(base: Base, code: Ints, age: Ints, laws: Draw, horizon: float) -> Ints:
    """Rows by cohort and history, so that no answer depends on the order of the table.

    Where samples are simulated, customers of whom the laws expect alike until a horizon are neighbours: a systematic
    sample then expects what the whole cohort does.
    """
    sent = () if base.kept is None else (np.round(base.kept, 9),)
    by = (*keys(base.patterns), *sent, np.round(base.m, 6), base.t_x, base.T, base.x, age)
    if len(base) > MOST_SIMULATED:
        ahead = Expectations.of(laws, base, horizon=horizon, delta=0.0, margin=1.0, steps=None)
        by = (*by, np.round(np.log1p(ahead.exact[1]), 6))
    return np.lexsort((*by, code))


def spend_ahead(ahead: Ahead, futures: Sequence[Future], rng: np.random.Generator) -> Array:
    """Net spend from tomorrow on of each cohort until the end of each age, in each future.

    Of more than 20,000 customers, each future simulates systematic samples of the cohorts, see `order_of`. Two halves
    of each sample tell how much of the spread between futures is luck, of which the whole cohort has less.

    Returns
    -------
    ndarray of shape (futures, cohorts, ages)
    """
    size = np.bincount(ahead.code, minlength=ahead.cohorts)
    taken = _sample_sizes(size)
    halves = np.zeros((len(futures), 2, ahead.cohorts, len(ahead.ends)))
    for place, future in enumerate(futures):
        rows = _sample(size, taken, rng)
        halves[place] = _simulated(ahead, future, rows, rng)
    scale = (size / np.maximum(taken, 1))[:, None]
    total: Array = scale * halves.sum(axis=1)
    if np.array_equal(size, taken):
        return total
    # The variance of a sum of two independent halves is that of their difference.
    luck = ((scale * (halves[:, 0] - halves[:, 1])) ** 2).mean(axis=0)
    spread = total.var(axis=0)
    left = np.maximum(spread - luck, 0.0) + luck / scale
    narrower = np.sqrt(np.divide(left, spread, out=np.ones_like(spread), where=spread > 0))
    middle = total.mean(axis=0)
    return np.asarray(middle + (total - middle) * np.minimum(narrower, 1.0))


def _simulated(ahead: Ahead, future: Future, rows: Ints | slice, rng: np.random.Generator) -> Array:
    """Spend of the customers in some rows by half of the sample, cohort and age, (2, cohorts, ages)."""
    line, ages = ahead.line, len(ahead.ends)
    base, code, age = line.base, ahead.code[rows], ahead.age[rows]
    own = line.own(future.factors[0], future.ratios)
    worth = future.factors[1] / future.factors[0]
    orders = orders_ahead(base if isinstance(rows, slice) else base.take(rows), own, future.laws, worth, rng)
    who = orders.customer
    step = np.searchsorted(ahead.ends, age[who] + orders.day, side="right")
    inside = step < ages
    cell = ((who % 2) * ahead.cohorts + code[who]) * ages + step
    net = (orders.spend + orders.refunds)[inside]
    spend = np.bincount(cell[inside], weights=net, minlength=2 * ahead.cohorts * ages)
    return np.asarray(spend.reshape(2, ahead.cohorts, ages).cumsum(axis=2))


def _sample_sizes(size: Ints) -> Ints:
    """How many customers of each cohort are simulated: all of the small ones, and as many of each large one.

    >>> _sample_sizes(np.array([10, 15_000, 50_000])).tolist()
    [10, 9995, 9995]
    """
    if size.sum() <= MOST_SIMULATED:
        return size
    rising, left = np.sort(size), MOST_SIMULATED
    for place, each in enumerate(rising.tolist()):
        share = left // (len(rising) - place)
        if each > share:
            return np.minimum(size, max(share, 2))
        left -= each
    return size


def _sample(size: Ints, taken: Ints, rng: np.random.Generator) -> Ints | slice:
    """Rows of the customers to simulate: evenly spaced within each cohort, from a random start."""
    if np.array_equal(size, taken):
        return slice(None)
    starts = np.cumsum(size) - size
    shifts = rng.random(len(size))
    rows = []
    for start, count, some, shift in zip(
        starts.tolist(), size.tolist(), taken.tolist(), shifts.tolist(), strict=True
    ):
        within = ((shift + np.arange(some)) * (count / max(some, 1))).astype(np.int64)
        rows.append(start + np.minimum(within, max(count - 1, 0)))
    return np.concatenate(rows)
