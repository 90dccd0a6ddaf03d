"""Predictive intervals of each customer: the law's own randomness, and the parameters' uncertainty.

A customer's number of purchases in the horizon is 0 if they have left, and otherwise that of a new member of the
posterior law; the value of n orders is the customer's own scale (Gamma-Gamma: γ + x·m̄) times a variable that depends
on x and n alone (a BetaPrime(p·n, q + p·x)). Both are exact for given parameters; draws of the parameters are mixed.
A customer's quantile is that of the mixture, not a mean of quantiles.

All expensive parts depend only on (x, T), or under some laws on t_x too, and are tabulated once per pair and draw
(`spend_tails`): the tails of the number of purchases, and the distribution of total spend, in which customers' values
are looked up. Under one law a customer's quantile of spend is the scale times a number that is found once per kind
(x, t_x, T); a mixture's is found per customer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import Patterns, at, plain, taken
from clv._values.kinds import Kinds
from clv._values.simulated_future import Draw
from clv._values.spend_tails import Tails, count_table, tails

__all__ = ["Interval", "predictive_intervals"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

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
    row: tuple[Ints, Ints] | None = None,
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
    row : pair of ndarray, optional
        The distinct rows of (x, t_x, T, patterns) and that of each customer, if they have been found.

    Returns
    -------
    Interval
        The bounds are the mixture's quantiles at (1 ∓ mass)/2. Purchases are whole numbers, so an interval holds at
        least the requested mass.
    """
    known = x if orders is None else orders
    known = np.where(m > 0, known, 0.0)  # of free orders alone nothing is known
    kinds = Kinds.of(draws[0][0], x, t_x, T, known, patterns, row)
    laws, horizons = [law for law, _ in draws], np.broadcast_to(horizon, len(draws))
    spends = [spend for _, spend in draws if spend is not None and not spend.constant]
    levels = ((1 - mass) / 2, (1 + mass) / 2)
    counts, bounds = np.empty((2, len(kinds.row_first))), np.zeros((2, len(x)))
    places = np.zeros((2, len(kinds.cell_first)))
    for part in kinds.parts(x, len(draws)):
        first, some = kinds.pair_first[part.pairs], kinds.row_first[part.rows]
        pmf = count_table(laws, x[first], t_x[first], T[first], horizons, taken(patterns, first))
        beyond = np.maximum(1.0 - np.cumsum(pmf, axis=2), 0.0)
        of_rows = (at(law, taken(patterns, some)) for law in laws)
        p_alive = np.array([np.asarray(law.p_alive(x[some], t_x[some], T[some])) for law in of_rows])
        counts[:, part.rows] = [_counts(beyond, p_alive, part.pair, level) for level in levels]
        for own, cells, row_of, pair_of in part.of_known(kinds) if spends else ():
            tabled, of_pair = np.unique(pair_of, return_inverse=True)
            table = tails(pmf[:, tabled], list(map(plain, spends)), own)
            chance = p_alive[:, row_of]
            buys = np.einsum("di,di->i", chance, beyond[:, pair_of, 0]) / len(draws)
            if len(draws) == 1:
                places[:, cells] = [_places(table, buys, chance[0], of_pair, level) for level in levels]
                continue
            held, cell = kinds.customers(cells)
            history = buys[cell], chance[:, cell], of_pair[cell]
            log_scales = np.log(_scales(spends, known, m, held, patterns))
            bounds[:, held] = [_spends(table, *history, log_scales, level) for level in levels]
    low, high = (each[kinds.row] for each in counts)
    if not spends:  # every order has the same value, or an unknown one
        value = 0.0 if draws[0][1] is None else float(np.asarray(plain(draws[0][1]).expected_spend()))
        return Interval(low, high, value * low, value * high)
    if len(draws) == 1:
        scale = np.asarray(at(spends[0], patterns).own_scale(known, m))
        for each, place in zip(bounds, places, strict=True):
            np.multiply(place[kinds.cell], scale, out=each)
    return Interval(low, high, *bounds)


def _scales(spends: Sequence[Any], known: Array, m: Array, held: Ints, patterns: Patterns | None) -> Array:
    """The scales of customers' own spend at each draw."""
    some = taken(patterns, held)
    return np.array([at(spend, some).own_scale(known[held], m[held]) for spend in spends])


def _places(table: Tails, buys: Array, p_alive: Array, pair: Ints, level: float) -> Array:
    """The quantile of total spend under one law, over the customer's scale; 0 if orders are unlikely."""
    some = np.flatnonzero(buys > 1 - level)
    place = np.zeros(len(buys))
    place[some] = np.exp(table.spend_root(0, pair[some], (1 - level) / p_alive[some]))
    return place


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
