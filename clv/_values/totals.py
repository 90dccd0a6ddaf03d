"""Totals of groups of customers: exact means, and intervals for the mean and for the total itself.

A *mean interval* is the uncertainty of the expectation due to the estimated parameters. A *predictive interval*
says where the total will lie: it includes the randomness of the customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, at, members, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import central_interval
from clv._season.steps import Steps
from clv._values.interpolated_draws import EXACT, expectations
from clv._values.lifetime_value import discounted_purchases
from clv._values.simulated_future import Base, Draw, simulate_future
from clv._values.sums_of_customers import Luck, mixture_bounds
from rfm.errors import DataError

__all__ = ["expected_by_group", "refuse_endless", "total_table"]

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
SMALL = 100.0  # expected purchases below which a group's futures are used directly
SMALL_FUTURES, SMALL_SIMULATED = 20_000, 2_000_000  # futures of small groups, and largest customers × futures


def total_table(
    point: Draw,
    draws: Sequence[Draw],
    base: Base,
    group: Ints,
    groups: int,
    *,
    horizon: float,
    delta: float,
    margin: float,
    mass: float,
    rng: np.random.Generator,
    steps: Steps | None = None,
    stretch: Array | None = None,
) -> pd.DataFrame:
    """Totals of each group with both intervals.

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
    mass : float
        Of the intervals, between 0 and 1.
    rng : numpy.random.Generator
        The source of randomness.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `horizon` then is.
    stretch : ndarray of shape (draws,), optional
        For each draw, the horizon in the season's time over the expected one.

    Returns
    -------
    DataFrame
        One row per group: `customers`; for `purchases` and, with a spend law, `clv` the expectation under that name,
        and `…_mean_low`, `…_mean_high`, `…_low`, `…_high`.

    Notes
    -----
    Expectations at the draws are those of `surrogate.expectations`. Given the parameters customers are independent, so
    that the total of many is nearly a gamma variable with their variances and third moments added up (see `luck`), as
    estimated from some simulated futures at the fitted laws; the bounds are quantiles of the mixture over the draws.
    For groups with fewer than 100 expected purchases, simulated futures are used directly. For a base of more than
    50,000 customers a sample of each group is simulated.
    """
    rows = base.order(group)
    base, group = base.take(rows), group[rows]
    options: dict[str, Any] = {"horizon": horizon, "delta": delta, "margin": margin, "steps": steps}
    stretch = np.ones(len(draws)) if stretch is None else stretch

    def evaluate(law: Purchases, spend: Spend) -> Array:
        return expected_by_group(law, spend, base, group, groups, **options)

    expected, means = evaluate(*point), expectations(evaluate, draws)
    # To first order, expectations grow with the horizon as the season's time does.
    means = means * stretch[: len(means), None, None]
    customers = np.bincount(group, minlength=groups)
    luck, futures = _luck(point, base, group, groups, rng, **options)
    small = np.flatnonzero(expected[0] < SMALL)
    counted = _small_totals(draws, base, group, small, rng, stretch, **options) if len(small) else None
    columns: dict[str, NDArray[np.generic]] = {"customers": customers}
    for k, name in enumerate(("purchases",) if point[1] is None else ("purchases", "clv")):
        columns[name] = expected[k]
        low, high = central_interval(means[:, k], mass)
        columns |= {f"{name}_mean_low": low, f"{name}_mean_high": high}
        low, high = mixture_bounds(means[:, k], luck.part(k), futures, mass)
        if counted is not None:
            low[small], high[small] = central_interval(counted[:, k], mass)
        columns |= {f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns)


def refuse_endless(horizon: float, what: str) -> None:
    """Raise DataError for a total over an infinite horizon."""
    if np.isinf(horizon):
        raise DataError(f'A {what} needs a finite horizon. Hint: horizon="52W".')


def expected_by_group(
    law: Purchases,
    spend: Spend,
    base: Base,
    group: Ints,
    groups: int,
    *,
    horizon: float,
    delta: float,
    margin: float,
    steps: Steps | None = None,
) -> Array:
    """Expected purchases and value of each group, of shape (2, groups); no value without a spend law."""
    each = _expected(law, spend, base, horizon=horizon, delta=delta, margin=margin, steps=steps)
    return np.array([np.bincount(group, weights=w, minlength=groups) for w in each])


def _expected(
    law: Purchases,
    spend: Spend,
    base: Base,
    *,
    horizon: float,
    delta: float,
    margin: float,
    steps: Steps | None,
) -> Array:
    """Expected purchases and value of each customer, of shape (2, n)."""
    first, pair = members(law, base.x, base.t_x, base.T, base.patterns)
    of_pairs = at(law, taken(base.patterns, first))
    alive = of_pairs.posterior(base.x[first], base.t_x[first], base.T[first])
    p_alive = np.asarray(at(law, base.patterns).p_alive(base.x, base.t_x, base.T), dtype=float)
    purchases = discounted = p_alive * discounted_purchases(alive, horizon, 0.0, steps)[pair]
    if delta != base.growth:
        discounted = p_alive * discounted_purchases(alive, horizon, delta - base.growth, steps)[pair]
    spends = np.zeros(len(base))
    if spend is not None:
        spends = base.net(np.asarray(at(spend, base.patterns).expected_spend(*base.spent)))
    return np.array([purchases, margin * discounted * spends])


def _luck(
    point: Draw,
    base: Base,
    group: Ints,
    groups: int,
    rng: np.random.Generator,
    *,
    horizon: float,
    delta: float,
    margin: float,
    steps: Steps | None,
) -> tuple[Luck, int]:
    """Deviations of groups from their expectations, summed over this many futures: (2, groups) moments."""
    futures = int(np.clip(SIMULATED / max(min(len(base), MOST_SIMULATED), 1), FEWEST, MOST))
    luck, (law, spend) = Luck(*np.zeros((3, 2, groups))), point
    options: dict[str, Any] = {"horizon": horizon, "delta": delta, "margin": margin, "steps": steps}
    customers = np.bincount(group, minlength=groups)
    expected = _expected(law, spend, base, **options)
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
    return luck, futures


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
