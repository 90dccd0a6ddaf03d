"""The base of customers period by period: purchases, revenue and active customers, with intervals.

The means of purchases and revenue are exact sums over the customers. The rest is simulation: for each draw of the
parameters every customer is dead or alive, and if alive a fresh member of the posterior law, who buys and spends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma
from clv.numerics import central_interval, unique_rows
from clv.units import Horizon, horizon_days
from clv.values.future import Base, simulate_future
from rfm.errors import DataError
from rfm.film.calendar import cut_periods

__all__ = [
    "Paths",
    "expected_by_period",
    "forecast_table",
    "period_edges",
    "simulate_periods",
    "with_periods",
]

Array = NDArray[np.float64]
Draw = tuple[PurchaseLaw, GammaGamma]

CALENDAR = re.compile(r"\d+[MQY]", re.IGNORECASE)
MOST_SIMULATED = 50_000  # customers simulated a draw; of a larger base a sample, and its spread scaled up


@dataclass(frozen=True)
class Paths:
    """What the base does in each period, by draw, arrays of shape (draws, periods).

    Attributes
    ----------
    purchases, revenue, active : ndarray
        Purchases, their spend, and customers with at least one purchase in the period.
    """

    purchases: Array
    revenue: Array
    active: Array


def period_edges(days: float, every: Horizon, end: int | None) -> Array:
    """Ends of the periods in days from now, beginning with 0; the last period ends with the horizon.

    Months, quarters and years are those of the calendar where it is known on which day `end` now is.

    >>> period_edges(30, "1W", None)
    array([ 0.,  7., 14., 21., 28., 30.])
    >>> period_edges(90, "1M", 10_134)  # today is 1997-09-30
    array([ 0., 31., 61., 90.])
    """
    if days < 1:
        raise DataError(
            f'A forecast needs a horizon of a day or more, got {days:g} days. Hint: horizon="52W".'
        )
    if end is not None and isinstance(every, str) and CALENDAR.fullmatch(every.strip()):
        inner = cut_periods(every.strip(), end + 1, end + math.floor(days)).edges - (end + 1.0)
    else:
        length = horizon_days(every, "every")
        if length < 1:
            raise DataError(f'every={every!r} is shorter than a day. Hint: every="1W".')
        inner = np.arange(1, days / length) * length
    within = inner[(inner > 0) & (inner <= days - 1)]  # a last period of hours belongs to the day before
    return np.asarray(np.concatenate([[0.0], within, [days]]), dtype=float)


def forecast_table(
    point: Draw, draws: Sequence[Draw], base: Base, edges: Array, mass: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Purchases, revenue and active customers in each period: expectation and predictive bounds.

    Parameters
    ----------
    point : (PurchaseLaw, GammaGamma)
        The fitted laws, which give the expectations.
    draws, base, edges, rng
        See `simulate_periods`.
    mass : float
        Of the intervals.
    """
    paths = simulate_periods(draws, base, edges, rng)
    purchases, revenue = expected_by_period(*point, base, edges)
    share = paths.active.sum(axis=0) / np.maximum(paths.purchases.sum(axis=0), 1)
    columns: dict[str, Array] = {}
    for name, expected in (("purchases", purchases), ("revenue", revenue), ("active", purchases * share)):
        low, high = central_interval(getattr(paths, name), mass)
        columns |= {name: expected, f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns)


def with_periods(table: pd.DataFrame, edges: Array, end: int | None, unit_days: float) -> pd.DataFrame:
    """The periods beside their numbers: first and last day, or the time ahead in units where `end` is not known."""
    if end is None:
        start, stop = edges[:-1] / unit_days, edges[1:] / unit_days
    else:
        start, stop = ((end + np.floor(e + 1e-9)).astype("datetime64[D]").astype("datetime64[us]")
                       for e in (edges[:-1] + 1, edges[1:]))  # fmt: skip
    table.insert(0, "start", start)
    table.insert(1, "end", stop)
    return table


def expected_by_period(law: PurchaseLaw, spend: GammaGamma, base: Base, edges: Array) -> tuple[Array, Array]:
    """Expected purchases and revenue of the base in each period.

    Parameters
    ----------
    law, spend : PurchaseLaw, GammaGamma
        One law each, no arrays of parameters.
    base : Base
        The customers.
    edges : ndarray of shape (periods + 1,)
        Ends of the periods after the end of observation, beginning with 0.

    Returns
    -------
    purchases, revenue : ndarray of shape (periods,)
    """
    first, pair = unique_rows(base.x, base.T)
    alive = law.posterior(base.x[first], base.t_x[first], base.T[first])
    p_alive = np.asarray(law.p_alive(base.x, base.t_x, base.T), dtype=float)
    spends = np.asarray(spend.expected_spend(base.x, base.m), dtype=float)
    customers, money = (
        np.bincount(pair, weights=w, minlength=len(first)) for w in (p_alive, p_alive * spends)
    )
    reached = [np.asarray(alive.expected_purchases(t), dtype=float) for t in edges]
    totals = np.array([(customers @ one, money @ one) for one in reached])
    purchases, revenue = np.diff(totals, axis=0).T
    return purchases, revenue


def simulate_periods(
    draws: Sequence[tuple[PurchaseLaw, GammaGamma]], base: Base, edges: Array, rng: np.random.Generator
) -> Paths:
    """Simulate the base once for each draw of the two laws' parameters.

    Parameters
    ----------
    draws : sequence of (PurchaseLaw, GammaGamma)
        One law each, no arrays of parameters.
    base : Base
        The customers.
    edges : ndarray of shape (periods + 1,)
        Ends of the periods, beginning with 0.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    Paths

    Notes
    -----
    Of a base of more than 50,000 customers a fresh sample of that many is simulated in each draw. Its totals are put on
    the base's exact expectation, and their deviation is scaled by √(n / 50,000), so that the mean is exact and the
    spread that of independent customers.
    """
    base = base.take(base.order())
    paths = np.zeros((3, len(draws), len(edges) - 1))
    for i, (law, spend) in enumerate(draws):
        sampled = len(base) > MOST_SIMULATED
        some = base.take(rng.choice(len(base), MOST_SIMULATED, replace=False)) if sampled else base
        happened = _one_path(law, spend, some, edges, rng)
        if sampled:
            happened = _scaled_up(law, spend, some, base, edges, happened)
        paths[:, i] = happened
    return Paths(*paths)


def _one_path(
    law: PurchaseLaw, spend: GammaGamma, base: Base, edges: Array, rng: np.random.Generator
) -> Array:
    """Purchases, revenue and active customers in each period, (3, periods), of one simulated future."""
    periods = len(edges) - 1
    future = simulate_future(law, spend, base, edges[-1], rng)
    period = np.clip(np.searchsorted(edges, future.time, side="left") - 1, 0, periods - 1)
    counted = np.bincount(period, minlength=periods)
    revenue = np.bincount(period, weights=future.amount, minlength=periods)
    once = np.unique(future.customer * periods + period)
    active = np.bincount(once % periods, minlength=periods)
    return np.array([counted, revenue, active], dtype=float)


def _scaled_up(
    law: PurchaseLaw, spend: GammaGamma, some: Base, base: Base, edges: Array, happened: Array
) -> Array:
    """What the whole base does, from what a sample did and what is expected of both."""
    ratio = len(base) / len(some)
    of_some, of_all = (np.array(expected_by_period(law, spend, b, edges)) for b in (some, base))
    totals = of_all + (happened[:2] - of_some) * np.sqrt(ratio)
    # Active customers follow the purchases: their ratio varies far less from sample to sample than either.
    active = totals[0] * np.divide(
        happened[2], happened[0], out=np.zeros_like(happened[2]), where=happened[0] > 0
    )
    return np.vstack([totals, active])
