"""Predictive intervals of each customer: the law's own randomness, with the parameters' uncertainty on top.

A customer's number of purchases in the horizon is 0 if they are dead, and else a fresh member's of the posterior law;
n orders are worth (γ + x·m̄) times a BetaPrime(p·n, q + p·x) variable. Both are exact for given parameters; draws of
the parameters are mixed. A customer's quantile is that of the mixture, not a mean of quantiles.

Everything that is costly depends on (x, T) alone and is tabled once for each pair and draw: the tails of the number
of purchases, and the distribution of their total spend on a grid, where the customers look theirs up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, logit

from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma
from clv.numerics import unique_rows
from clv.values.counts import NEGLIGIBLE, counts_alive

__all__ = ["Interval", "predictive_intervals"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLES = 20_000  # pairs × draws that are tabled at a time
GRID = 96  # points of the spend distribution's table
FAR = 1e-6  # mass beyond either end of the table, for one order and for the most
HALVINGS, STEPS = 5, 16  # of the search for a quantile


@dataclass(frozen=True)
class Interval:
    """Predictive quantiles of each customer, arrays of shape (n,)."""

    purchases_low: Array
    purchases_high: Array
    spend_low: Array
    spend_high: Array


@dataclass(frozen=True)
class Tables:
    """What one draw of the parameters says of each distinct (x, T).

    Attributes
    ----------
    tails : ndarray of shape (pairs, counts)
        P(N > n | alive) for n = 0, 1, ….
    spends : ndarray of shape (pairs, GRID)
        P(spend > u·v | alive) on the grid of u, with v = γ + x·m̄ the customer's own scale.
    grid : ndarray of shape (GRID,)
        ln u, equally spaced.
    """

    tails: Array
    spends: Array
    grid: Array


def predictive_intervals(
    draws: Sequence[tuple[PurchaseLaw, GammaGamma]],
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    *,
    horizon: float,
    mass: float,
) -> Interval:
    """Equal-tailed predictive intervals of purchases and of spend in the horizon.

    Parameters
    ----------
    draws : sequence of (PurchaseLaw, GammaGamma)
        Draws of the two laws, equally likely.
    x, t_x, T, m : ndarray of shape (n,)
        The customers.
    horizon : float
        In the laws' unit of time; finite.
    mass : float
        Of the interval, between 0 and 1.

    Returns
    -------
    Interval
        The bounds are the mixture's quantiles at (1 ∓ mass)/2. Purchases are whole numbers, so an interval holds at
        least the mass asked for.
    """
    order = np.lexsort((T, x))
    new = np.append(True, (np.diff(x[order]) != 0) | (np.diff(T[order]) != 0))[: len(order)]
    pair = (
        np.cumsum(new) - 1
    )  # of the customers in order of x, then T: like histories need tables of like size
    answer = np.empty((4, len(x)))
    step = max(1, TABLES // len(draws))
    for start in range(0, int(pair[-1]) + 1 if len(pair) else 0, step):
        rows = order[slice(*np.searchsorted(pair, [start, start + step]))]
        answer[:, rows] = _of_customers(draws, x[rows], t_x[rows], T[rows], m[rows], horizon, mass)
    return Interval(*answer)


def _of_customers(
    draws: Sequence[tuple[PurchaseLaw, GammaGamma]],
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    horizon: float,
    mass: float,
) -> list[Array]:
    """The four bounds of some customers."""
    first, pair = unique_rows(x, T)
    row, customer = unique_rows(x, t_x, T)
    p_alive = np.array([np.asarray(law.p_alive(x[row], t_x[row], T[row])) for law, _ in draws])
    tables = [_tables(law, spend, x[first], t_x[first], T[first], horizon) for law, spend in draws]
    levels = ((1 - mass) / 2, (1 + mass) / 2)
    counts = [_counts(tables, p_alive, pair[row], level)[customer] for level in levels]
    scales = np.array([np.asarray(spend.gamma) + x * m for _, spend in draws])
    spends = [_spends(tables, p_alive[:, customer], pair, scales, level) for level in levels]
    return [*counts, *spends]


def _tables(law: PurchaseLaw, spend: GammaGamma, x: Array, t_x: Array, T: Array, horizon: float) -> Tables:
    """Tabulate one draw; numbers of purchases are added until their mass is negligible for every pair."""
    pmf = counts_alive(law, x, t_x, T, horizon)
    tails = np.maximum(1.0 - np.cumsum(pmf, axis=1), 0.0)
    p, q = float(spend.p), float(spend.q)
    near, far = betaincinv(p, q + p * x.max(initial=0), FAR), betaincinv(p * pmf.shape[1], q, 1 - FAR)
    grid = np.linspace(float(logit(near)), float(logit(far)), GRID)
    below = 1 / (1 + np.exp(grid))  # 1/(1+u)
    levels, of_pair = np.unique(x, return_inverse=True)
    spends = np.empty((len(x), GRID))
    for k, value in enumerate(levels):
        held = np.flatnonzero(of_pair == k)
        n = np.flatnonzero(pmf[held].max(axis=0) > NEGLIGIBLE / 10)
        n = n[n > 0]
        # P(BetaPrime(pn, q + px) > u) is the lower tail of a Beta(q + px, pn) variable at 1/(1+u).
        spends[held] = pmf[np.ix_(held, n)] @ betainc(q + p * value, (p * n)[:, None], below)
    return Tables(tails, spends, grid)


def _counts(tables: Sequence[Tables], p_alive: Array, pair: Ints, level: float) -> Array:
    """Smallest n with P(N ≤ n) ≥ level in the mixture, for each distinct customer."""
    n_max = max(table.tails.shape[1] for table in tables)
    answer = np.full(len(pair), float(n_max))
    undecided = np.arange(len(pair))
    for n in range(n_max):
        above = np.zeros(len(undecided))
        for table, alive in zip(tables, p_alive, strict=True):
            if n < table.tails.shape[1]:
                above += alive[undecided] * table.tails[pair[undecided], n]
        settled = above / len(tables) <= (1 - level) * (1 + 1e-9)
        answer[undecided[settled]] = n
        undecided = undecided[~settled]
        if not len(undecided):
            break
    return answer


def _spends(tables: Sequence[Tables], p_alive: Array, pair: Ints, scales: Array, level: float) -> Array:
    """Quantile of the total spend in the mixture for each customer: 0 where no order is likely enough."""
    beyond = sum(alive * table.tails[pair, 0] for table, alive in zip(tables, p_alive, strict=True)) / len(
        tables
    )
    spends = np.flatnonzero(beyond > 1 - level)
    log_scales, alive, pairs = np.log(scales[:, spends]), p_alive[:, spends], pair[spends]

    def excess(log_spend: Array) -> Array:
        """Mixture's P(spend > …) minus what may be above."""
        above = np.zeros(len(spends))
        for table, of_draw, log_scale in zip(tables, alive, log_scales, strict=True):
            above += of_draw * _at(table, pairs, log_spend - log_scale)
        return above / len(tables) - (1 - level)

    low = log_scales.min(axis=0, initial=np.inf) + min(table.grid[0] for table in tables)
    high = log_scales.max(axis=0, initial=-np.inf) + max(table.grid[-1] for table in tables)
    answer = np.zeros(len(pair))
    answer[spends] = np.exp(_root(excess, low, high))
    return answer


def _root(falling: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where falling functions cross 0, between low and high: halving first, then false position (Illinois)."""
    at_low, at_high = falling(low), falling(high)
    for step in range(STEPS):
        secant = low + (high - low) * at_low / np.maximum(at_low - at_high, 1e-300)
        middle = (low + high) / 2 if step < HALVINGS else np.clip(secant, low, high)
        at = falling(middle)
        up = at > 0
        # The end that stays a second time counts half, or it would never be left.
        at_low, at_high = np.where(up, at, at_low / 2), np.where(up, at_high / 2, at)
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.where(np.abs(at_low) < np.abs(at_high), low, high)


def _at(table: Tables, pair: Ints, log_u: Array) -> Array:
    """P(spend > u·v | alive) between the grid's points: Catmull–Rom cubics in ln u, flat beyond the ends."""
    step = table.grid[1] - table.grid[0]
    place = np.clip((log_u - table.grid[0]) / step, 0, GRID - 1.000001)
    left = place.astype(np.int64)
    s = place - left
    before, after, last = np.maximum(left - 1, 0), left + 1, np.minimum(left + 2, GRID - 1)
    p0, p1, p2, p3 = (table.spends[pair, column] for column in (before, left, after, last))
    return np.asarray(
        p1 + s / 2 * (p2 - p0 + s * (2 * p0 - 5 * p1 + 4 * p2 - p3 + s * (3 * (p1 - p2) + p3 - p0)))
    )
