"""Totals of groups of customers: exact means, and intervals for the mean and for the total itself.

A *mean interval* is the uncertainty of the expectation due to the estimated parameters. A *predictive interval*
says where the total will lie: it includes the randomness of the customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import central_interval
from clv._season.steps import Steps
from clv._values.customer_moments import customer_moments, moments_are_cheap
from clv._values.expected_ahead import Expectations
from clv._values.interpolated_draws import EXACT, expectations_of
from clv._values.simulated_future import Base, Draw, simulate_future
from clv._values.sums_of_customers import Luck, mixture_bounds, mixture_draws, with_common_error
from rfm.errors import DataError

__all__ = ["Totals", "refuse_endless", "totals_of"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Purchases: TypeAlias = PurchaseLaw | ByCovariates[PurchaseLaw]
Spend: TypeAlias = SpendLaw | ByCovariates[SpendLaw] | None

MOST_SIMULATED = 50_000  # customers simulated per future; for a larger base a sample of each group
SIMULATED, FEWEST, MOST = (
    400_000,
    8,
    170,
)  # customers × futures to estimate the luck of large groups, and the futures
SMALL = 30.0  # expected purchases below which a group's futures are used directly
SMALL_FUTURES, SMALL_SIMULATED = 20_000, 600_000  # futures of small groups, and largest customers × futures


@dataclass(frozen=True)
class Totals:
    """Totals of groups as a mixture over draws, in which all groups have the same parameters and the same common error.

    Attributes
    ----------
    customers : ndarray of shape (groups,)
        Their number.
    expected : ndarray of shape (2, groups)
        Purchases and value at the fitted laws.
    means : ndarray of shape (draws, 2, groups)
        The same at equally likely draws of the parameters.
    luck : Luck
        The randomness of the customers, (2, groups).
    factors : ndarray of shape (size, 2) or None
        The common error of purchases and of value.
    small : ndarray of int
        Groups whose totals were counted in simulated futures.
    counted : ndarray of shape (futures, 2, small groups)
        Their totals.
    valued : bool
        Whether there is a spend law; else values are 0.
    """

    customers: Ints
    expected: Array
    means: Array
    luck: Luck
    factors: Array | None
    small: Ints
    counted: Array
    valued: bool

    def bounds(self, k: int, mass: float) -> tuple[Array, Array]:
        """Predictive bounds of a measure, 0 purchases or 1 value, of each group."""
        factors = None if self.factors is None else self.factors[:, k]
        low, high = mixture_bounds(self.means[:, k], self.luck.part(k), mass, factors)
        if len(self.small):
            low[self.small], high[self.small] = central_interval(self.counted[:, k], mass)
        return low, high

    def table(self, mass: float) -> pd.DataFrame:
        """Each group in a row, with intervals of this mass.

        `customers`; for `purchases` and, with a spend law, `clv` the expectation under that name, its interval by the
        laws' parameters alone, `…_mean_low` and `…_mean_high`, and the predictive one, `…_low` and `…_high`.
        """
        columns: dict[str, NDArray[np.generic]] = {"customers": self.customers}
        for k, name in enumerate(("purchases", "clv") if self.valued else ("purchases",)):
            columns[name] = self.expected[k]
            low, high = central_interval(self.means[:, k], mass)
            columns |= {f"{name}_mean_low": low, f"{name}_mean_high": high}
            low, high = self.bounds(k, mass)
            columns |= {f"{name}_low": low, f"{name}_high": high}
        return pd.DataFrame(columns)

    def draws(self, k: int, rng: np.random.Generator) -> Array:
        """Joint draws of a measure of all groups, (size, groups): those of a row add up to a draw of the total."""
        factors = None if self.factors is None else self.factors[:, k]
        return mixture_draws(self.means[:, k], self.luck.part(k), rng, factors)


def totals_of(
    point: Draw,
    draws: Sequence[Draw],
    base: Base,
    group: Ints,
    groups: int,
    *,
    horizon: float,
    delta: float,
    margin: float,
    rng: np.random.Generator,
    steps: Steps | None = None,
    stretch: Array | None = None,
    factors: Array | None = None,
) -> Totals:
    """The totals of groups, as a mixture of which bounds are quantiles.

    Parameters
    ----------
    point : (PurchaseLaw, SpendLaw or None)
        The fitted laws, which give the expectation.
    draws : sequence of (PurchaseLaw, SpendLaw or None)
        Draws of the laws' parameters, equally likely.
    base : Base
        The customers.
    group : ndarray of shape (n,)
        Each customer's group, 0 … groups − 1.
    groups : int
        Their number.
    horizon, delta : float
        In the laws' unit of time, finite, and the force of discount for one unit.
    margin : float
        Contribution margin: share of spend that is kept.
    rng : numpy.random.Generator
        The source of randomness.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `horizon` then is.
    stretch : ndarray of shape (draws,), optional
        For each draw, the horizon in the season's time over the expected one.
    factors : ndarray of shape (size, 2), optional
        Equally likely draws of the common error of purchases and of value: what happens over what the laws expect.

    Notes
    -----
    Expectations at the draws are those of `interpolated_draws.expectations_of`. Given the parameters customers are
    independent, so that the total of many is nearly a gamma variable with their variances and third moments added up:
    those of `customer_moments` at the fitted laws. Where these take long (`moments_are_cheap`), they are estimated from
    some simulated futures, for a base of more than 50,000 customers of a sample of each group. Groups with fewer than
    30 expected purchases are counted in simulated futures.
    """
    rows = base.order(group)
    base, group = base.take(rows), group[rows]
    options: dict[str, Any] = {"horizon": horizon, "delta": delta, "margin": margin, "steps": steps}
    stretch = np.ones(len(draws)) if stretch is None else stretch
    ahead = Expectations.of(point, base, **options)

    def by_group(each: Array) -> Array:
        sums = [np.bincount(group, weights=w, minlength=groups) for w in each]
        return np.array(sums, dtype=float)  # of nobody they are whole numbers

    expected = by_group(ahead.exact)
    means = expectations_of(lambda some: map(by_group, ahead.at(some)), draws)
    # To first order, expectations grow with the horizon as the season's time does.
    means = means * stretch[: len(means), None, None]
    if moments_are_cheap(point[0], ahead.alike):
        found = customer_moments(*point, base, **options, alike=ahead.alike)
        luck = Luck(*(by_group(each) for each in (found.mean, found.variance, found.third)))
    else:
        luck = _simulated_luck(point, base, group, groups, ahead.exact, rng, **options)
    small = np.flatnonzero(expected[0] < SMALL)
    counted = np.empty((0, 2, len(small)))
    if len(small):
        counted = _small_totals(draws, base, group, small, rng, stretch, **options)
        if factors is not None:
            counted = with_common_error(counted, factors, rng)
    customers = np.bincount(group, minlength=groups)
    return Totals(customers, expected, means, luck, factors, small, counted, point[1] is not None)


def refuse_endless(horizon: float, what: str) -> None:
    """Raise DataError for a total over an infinite horizon."""
    if np.isinf(horizon):
        raise DataError(f'A {what} needs a finite horizon. Hint: horizon="52W".')


def _simulated_luck(
    point: Draw,
    base: Base,
    group: Ints,
    groups: int,
    expected: Array,
    rng: np.random.Generator,
    **options: Any,
) -> Luck:
    """Deviations of groups from their expectations, (2, groups) moments, estimated from some futures."""
    futures = int(np.clip(SIMULATED / max(min(len(base), MOST_SIMULATED), 1), FEWEST, MOST))
    luck, (law, spend) = Luck(*np.zeros((3, 2, groups))), point
    customers = np.bincount(group, minlength=groups)
    for _ in range(futures):
        rows = _sample(group, groups, rng)
        some, of_some, mean = base.take(rows), group[rows], expected[:, rows]
        apart = _simulated(law, spend, some, np.arange(len(some)), len(some), rng, **options) - mean
        scale = customers / np.maximum(np.bincount(of_some, minlength=groups), 1)
        moments = [
            [scale * np.bincount(of_some, weights=w, minlength=groups) for w in power]
            for power in (mean, apart**2, apart**3)
        ]
        luck += Luck(*np.array(moments))
    return luck.over(futures)


def _small_totals(
    draws: Sequence[Draw],
    base: Base,
    group: Ints,
    small: Ints,
    rng: np.random.Generator,
    stretch: Array,
    *,
    horizon: float,
    delta: float,
    margin: float,
    steps: Steps | None,
) -> Array:
    """Purchases and value of small groups in many simulated futures, (futures, 2, small groups)."""
    rows = np.flatnonzero(np.isin(group, small))
    place = np.searchsorted(small, group[rows])
    used = draws[:EXACT]
    most = SMALL_SIMULATED // max(len(rows) * len(used), 1)
    repeats = int(np.clip(most, 1, max(SMALL_FUTURES // len(used), 1)))
    many = base.take(np.tile(rows, repeats))
    cell = (np.arange(repeats)[:, None] * len(small) + place).ravel()
    options: dict[str, Any] = {"delta": delta, "margin": margin, "steps": steps}
    futures = [
        _simulated(
            law, spend, many, cell, repeats * len(small), rng, horizon=horizon, longer=longer, **options
        )
        .reshape(2, repeats, len(small))
        .transpose(1, 0, 2)
        for (law, spend), longer in zip(used, stretch.tolist(), strict=False)
    ]
    return np.concatenate(futures)


def _simulated(
    law: Purchases,
    spend: Spend,
    base: Base,
    group: Ints,
    groups: int,
    rng: np.random.Generator,
    *,
    horizon: float,
    delta: float,
    margin: float,
    steps: Steps | None,
    longer: float = 1.0,
) -> Array:
    """Purchases and value of each group in one simulated future, (2, groups); orders are discounted one by one.

    `longer` is the horizon in the season's time at a draw of the factors, relative to the expected one.
    """
    future = simulate_future(law, spend, base, horizon * longer, rng)
    time = future.time / longer
    if steps is not None:
        time = steps.units_of_calendar(time)
    worth = margin * future.amount * np.exp(-delta * time)
    of_order = group[future.customer]
    return np.array(
        [np.bincount(of_order, weights=w, minlength=groups) for w in (np.ones(len(worth)), worth)]
    )


def _sample(group: Ints, groups: int, rng: np.random.Generator) -> Ints:
    """Rows to simulate: all, or from each group at most its equal part of `MOST_SIMULATED`."""
    if len(group) <= MOST_SIMULATED:
        return np.arange(len(group))
    shuffled = rng.permutation(len(group))
    by_group = shuffled[np.argsort(group[shuffled], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    part = max(MOST_SIMULATED // groups, 1)
    return np.concatenate([by_group[a : min(a + part, b)] for a, b in pairwise(starts)])
