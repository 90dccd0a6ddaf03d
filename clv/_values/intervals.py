"""Predictive intervals of each customer: the law's own randomness, and the parameters' uncertainty.

A customer's number of purchases in the horizon is 0 if they have left, and otherwise that of a new member of the
posterior law; the value of n orders is the customer's own scale (Gamma-Gamma: γ + x·m̄) times a variable that depends
on x and n alone (a BetaPrime(p·n, q + p·x)). Both are exact for given parameters; draws of the parameters are mixed.
A customer's quantile is that of the mixture, not a mean of quantiles.

All expensive parts depend only on (x, T), or under some laws on t_x too, and are tabulated once per pair and draw
(`spend_tails`): the tails of the number of purchases, and the distribution of total spend, in which customers' values
are looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import Patterns, at, keys, members, plain, taken
from clv._numerics import unique_rows
from clv._values.simulated_future import Draw
from clv._values.spend_tails import Tails, count_table, tails

__all__ = ["Interval", "predictive_intervals"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLES = 20_000  # pairs × draws tabulated at a time
STEPS = 3  # tolerance of the search for a quantile


@dataclass(frozen=True)
class Interval:
    """Predictive quantiles of each customer, arrays of shape (n,)."""

    purchases_low: Array
    purchases_high: Array
    spend_low: Array
    spend_high: Array


def predictive_intervals(
    draws: Sequence[Draw],
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    *,
    horizon: float | Array,
    mass: float,
    orders: Array | None = None,
    patterns: Patterns | None = None,
) -> Interval:
    """Equal-tailed predictive intervals of purchases and of spend in the horizon.

    Parameters
    ----------
    draws : sequence of (PurchaseLaw, SpendLaw or None)
        Draws of the two laws, equally likely; they may depend on covariates.
    x, t_x, T, m : ndarray of shape (n,)
        The customers.
    horizon : float or ndarray of shape (draws,)
        In the laws' unit of time; finite. It differs between draws where the season's factors do.
    mass : float
        Of the interval, between 0 and 1.
    orders : ndarray of shape (n,), optional
        Number of the orders that m is the mean of; by default x.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.

    Returns
    -------
    Interval
        The bounds are the mixture's quantiles at (1 ∓ mass)/2. Purchases are whole numbers, so an interval holds at
        least the requested mass.
    """
    known = x if orders is None else orders
    known = np.where(m > 0, known, 0.0)  # of free orders alone nothing is known
    law = draws[0][0]
    alike = members(law, np.zeros_like(x), t_x, T, patterns)[1].astype(float)
    label = T if patterns is None and not plain(law).reads_silence else alike
    order, horizons = np.lexsort((label, known, x)), np.broadcast_to(horizon, len(draws))
    answer = np.empty((4, len(x)))
    for rows in _of_one_count(x[order], known[order], label[order], max(1, TABLES // len(draws))):
        held = order[rows]
        history = x[held], t_x[held], T[held], m[held]
        answer[:, held] = _of_customers(
            draws, *history, float(known[held[0]]), horizons, mass, taken(patterns, held)
        )
    return Interval(*answer)


def _of_one_count(x: Array, known: Array, T: Array, most: int) -> list[slice]:
    """Runs with equal x, equally many known orders and a limited number of T, of customers in this order."""
    level = np.append(True, (np.diff(x) != 0) | (np.diff(known) != 0))[: len(x)]
    pair = np.cumsum(np.append(True, level[1:] | (np.diff(T) != 0))[: len(x)]) - 1
    first = np.maximum.accumulate(np.where(level, pair, 0))
    part = np.flatnonzero(level | np.append(True, np.diff((pair - first) // most) != 0)[: len(x)])
    return [slice(a, b) for a, b in zip(part, [*part[1:], len(x)], strict=True)]


def _of_customers(
    draws: Sequence[Draw],
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    known: float,
    horizons: Array,
    mass: float,
    patterns: Patterns | None,
) -> list[Array]:
    """The four bounds for customers with equal x, of whom the spend law knows equally many orders."""
    first, pair = members(draws[0][0], x, t_x, T, patterns)
    row, customer = unique_rows(t_x, T, *keys(patterns))
    laws = [law for law, _ in draws]
    pmf = count_table(laws, float(x[0]), t_x[first], T[first], horizons, taken(patterns, first))
    beyond = np.maximum(1.0 - np.cumsum(pmf, axis=2), 0.0)
    of_rows = [at(law, taken(patterns, row)) for law in laws]
    p_alive = np.array([np.asarray(law.p_alive(x[row], t_x[row], T[row])) for law in of_rows])
    levels = ((1 - mass) / 2, (1 + mass) / 2)
    counts = [_counts(beyond, p_alive, pair[row], level)[customer] for level in levels]
    spends = [spend for _, spend in draws if spend is not None and not spend.constant]
    if not spends:  # every order has the same value, or an unknown one
        value = 0.0 if draws[0][1] is None else float(np.asarray(plain(draws[0][1]).expected_spend()))
        return [*counts, *(value * count for count in counts)]
    table = tails(pmf, list(map(plain, spends)), known)
    log_scales = np.log([at(spend, patterns).own_scale(np.full_like(m, known), m) for spend in spends])
    some = np.einsum("di,di->i", p_alive[:, customer], beyond[:, pair, 0]) / len(draws)
    bounds = [_spends(table, some, p_alive[:, customer], pair, log_scales, level) for level in levels]
    return [*counts, *bounds]


def _counts(beyond: Array, p_alive: Array, pair: Ints, level: float) -> Array:
    """Smallest n with P(N ≤ n) ≥ level in the mixture, for each distinct customer; `beyond` is P(N > n | alive)."""
    n_max = beyond.shape[2]
    answer = np.full(len(pair), float(n_max))
    undecided = np.arange(len(pair))
    for n in range(n_max):
        above = np.einsum("di,di->i", p_alive[:, undecided], beyond[:, pair[undecided], n])
        settled = above / len(p_alive) <= (1 - level) * (1 + 1e-9)
        answer[undecided[settled]] = n
        undecided = undecided[~settled]
        if not len(undecided):
            break
    return answer


def _spends(table: Tails, some: Array, p_alive: Array, pair: Ints, log_scales: Array, level: float) -> Array:
    """Quantile of the total spend in the mixture for each customer; 0 if orders are unlikely (`some`: probability)."""
    spends = np.flatnonzero(some > 1 - level)
    log_scales, p_alive, pair = log_scales[:, spends], p_alive[:, spends], pair[spends]
    draws = range(len(p_alive))
    answer = np.zeros(len(some))
    if len(draws) == 1:
        answer[spends] = np.exp(log_scales[0] + table.spend_root(0, pair, (1 - level) / p_alive[0]))
        return answer

    def excess(log_spend: Array) -> Array:
        """The mixture's P(spend > …) minus the target."""
        parts = (p_alive[d] * table.spend_beyond(d, pair, log_spend - log_scales[d]) for d in draws)
        return np.asarray(sum(parts) / len(p_alive) - (1 - level))

    # The mixture's quantile lies between the smallest and the largest of the draws' own.
    own = [
        log_scales[d] + table.spend_quantile(d, pair, (1 - level) / np.maximum(p_alive[d], 1e-300))
        for d in draws
    ]
    answer[spends] = np.exp(
        _root(
            excess, np.min(own, axis=0) - table.step, np.mean(own, axis=0), np.max(own, axis=0) + table.step
        )
    )
    return answer


def _root(falling: Callable[[Array], Array], low: Array, guess: Array, high: Array) -> Array:
    """Where falling functions cross 0, near a guess and between low and high: the secant."""
    at = falling(guess)
    last, at_last = guess, at
    guess = np.clip(guess + np.sign(at) * (high - low) / 8, low, high)
    for _ in range(STEPS):
        at = falling(guess)
        slope = np.minimum((at - at_last) / np.where(guess == last, np.inf, guess - last), -1e-12)
        last, at_last, guess = guess, at, np.clip(guess - at / slope, low, high)
    return guess
