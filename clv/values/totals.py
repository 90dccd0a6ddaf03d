"""What groups of customers will do together: exact means, and intervals for the mean and for the total itself.

A *mean interval* says how sure the expectation is, given that the parameters are not known. A *predictive interval*
says where the total will lie: it has the luck of the customers on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma
from clv.numerics import central_interval, unique_rows
from clv.values.future import Base, simulate_future
from clv.values.value import discounted_purchases
from rfm.errors import DataError

__all__ = ["expected_by_group", "refuse_endless", "total_table"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = tuple[PurchaseLaw, GammaGamma]

MOST_SIMULATED = 50_000  # customers simulated a draw; of a larger base a sample of each group


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
) -> pd.DataFrame:
    """Totals of each group with both intervals.

    Parameters
    ----------
    point : (PurchaseLaw, GammaGamma)
        The fitted laws, which give the expectation.
    draws : sequence of (PurchaseLaw, GammaGamma)
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
        Share of spend that is kept.
    mass : float
        Of the intervals, between 0 and 1.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    DataFrame
        One row a group: `customers`; for `purchases` and `clv` the expectation under that name, and
        `…_mean_low`, `…_mean_high`, `…_low`, `…_high`.

    Notes
    -----
    Of a base of more than 50,000 customers a sample of each group is simulated; its deviation from its own
    expectation is scaled by √(customers / sampled) and put on the group's exact expectation.
    """
    rows = base.order(group)
    base, group = base.take(rows), group[rows]
    expected = expected_by_group(*point, base, group, groups, horizon=horizon, delta=delta, margin=margin)
    means = np.empty((len(draws), 2, groups))
    totals = np.empty_like(means)
    customers = np.bincount(group, minlength=groups)
    options = {"horizon": horizon, "delta": delta, "margin": margin}
    for i, (law, spend) in enumerate(draws):
        rows = _sample(group, groups, rng)
        some, of_some = base.take(rows), group[rows]
        means[i] = expected_by_group(law, spend, base, group, groups, **options)
        if len(rows) == len(base):
            totals[i] = _simulated(law, spend, some, of_some, groups, rng, **options)
        else:
            deviation = _simulated(law, spend, some, of_some, groups, rng, **options) - expected_by_group(
                law, spend, some, of_some, groups, **options
            )
            held = np.maximum(np.bincount(of_some, minlength=groups), 1)
            totals[i] = means[i] + deviation * np.sqrt(customers / held)
    columns: dict[str, NDArray[np.generic]] = {"customers": customers}
    for k, name in enumerate(("purchases", "clv")):
        columns[name] = expected[k]
        for kind, values in (("_mean", means), ("", totals)):
            low, high = central_interval(values[:, k], mass)
            columns |= {f"{name}{kind}_low": low, f"{name}{kind}_high": high}
    return pd.DataFrame(columns)


def refuse_endless(horizon: float, what: str) -> None:
    """Raise DataError where a total over an infinite horizon is asked for."""
    if np.isinf(horizon):
        raise DataError(f'A {what} needs a finite horizon. Hint: horizon="52W".')


def expected_by_group(
    law: PurchaseLaw,
    spend: GammaGamma,
    base: Base,
    group: Ints,
    groups: int,
    *,
    horizon: float,
    delta: float,
    margin: float,
) -> Array:
    """Expected purchases and value of each group, of shape (2, groups)."""
    first, pair = unique_rows(base.x, base.T)
    alive = law.posterior(base.x[first], base.t_x[first], base.T[first])
    p_alive = np.asarray(law.p_alive(base.x, base.t_x, base.T), dtype=float)
    purchases = discounted = p_alive * discounted_purchases(alive, horizon, 0.0)[pair]
    if delta != 0:
        discounted = p_alive * discounted_purchases(alive, horizon, delta)[pair]
    value = margin * discounted * base.net(np.asarray(spend.expected_spend(base.x, base.m)))
    return np.array([np.bincount(group, weights=w, minlength=groups) for w in (purchases, value)])


def _simulated(
    law: PurchaseLaw,
    spend: GammaGamma,
    base: Base,
    group: Ints,
    groups: int,
    rng: np.random.Generator,
    *,
    horizon: float,
    delta: float,
    margin: float,
) -> Array:
    """Purchases and value of each group in one simulated future, (2, groups); orders are discounted one by one."""
    future = simulate_future(law, spend, base, horizon, rng)
    worth = margin * future.amount * np.exp(-delta * future.time)
    of_order = group[future.customer]
    return np.array(
        [np.bincount(of_order, weights=w, minlength=groups) for w in (np.ones(len(worth)), worth)]
    )


def _sample(group: Ints, groups: int, rng: np.random.Generator) -> Ints:
    """Rows to simulate: all, or of each group at most its equal part of `MOST_SIMULATED`."""
    if len(group) <= MOST_SIMULATED:
        return np.arange(len(group))
    shuffled = rng.permutation(len(group))
    by_group = shuffled[np.argsort(group[shuffled], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    part = max(MOST_SIMULATED // groups, 1)
    return np.concatenate([by_group[a : min(a + part, b)] for a, b in pairwise(starts)])
