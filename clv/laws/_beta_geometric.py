"""The numbers behind BG/NBD and MBG/NBD: gamma-distributed purchase rates, beta-distributed dropout.

A customer buys at rate λ ~ Gamma(r, α) and after each purchase leaves with probability p ~ Beta(a, b). The
two laws differ in one coin: k = x coins survived in BG/NBD, k = x + 1 in MBG/NBD, which tosses one at time
zero. Parameters broadcast with the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from clv.laws._base import Simulation
from clv.numerics import (
    Array,
    beta_expectation,
    exp,
    log_add,
    log_beta_moment,
    log_betainc,
    log_rising,
    rising_derivatives,
    softplus,
)

__all__ = [
    "Derivatives",
    "Parameters",
    "Tables",
    "derivatives",
    "expected_purchases",
    "log_likelihood",
    "log_p_alive",
    "log_pmf",
    "prepared",
    "simulate",
    "starts",
    "total_derivatives",
]

CHUNK = 16_384  # rows of `total_derivatives` at a time: they stay in the processor's cache


class Parameters(NamedTuple):
    """The parameters of either law, each an array of the data's shape or of none."""

    r: Array
    alpha: Array
    a: Array
    b: Array


def log_last_coin(law: Parameters, k: Array) -> Array:
    """ln a/(b+k−1), the odds that the k-th coin was the last after k − 1 survived; −∞ for k = 0."""
    return np.where(k > 0, np.log(law.a / np.where(k > 0, law.b + (k - 1), 1.0)), -np.inf)


def logit_dead(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Array:
    """ln P(dead)/P(alive) = ln a/(b+k−1) ((α+T)/(α+t_x))^(r+x)."""
    r, alpha, _, _ = law
    return log_last_coin(law, k) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))


def log_likelihood(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Array:
    """ln of Γ(r+x) α^r / Γ(r) · B(a, b+k)/B(a, b) · [(α+T)^−(r+x) + 1{k>0} a/(b+k−1) (α+t_x)^−(r+x)]."""
    r, alpha, a, b = law
    alive = -r * np.log1p(T / alpha) - x * np.log(alpha + T)
    dead = log_last_coin(law, k) - r * np.log1p(t_x / alpha) - x * np.log(alpha + t_x)
    return log_rising(r, x) + log_beta_moment(a, b, k) + log_add(alive, dead)


def log_p_alive(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Array:
    """ln 1/(1 + e^logit_dead)."""
    return -softplus(logit_dead(law, x, k, t_x, T))


@np.errstate(under="ignore")
def expected_purchases(law: Parameters, t: Array) -> Array:
    """E[X(t)] of BG/NBD = E[g(p)], g(p) = (1 − (1 + p t/α)^(−r))/p over p ~ Beta(a, b).

    Equation (9)'s ₂F₁ is this integral, but singular at a = 1 and cancelling elsewhere. g falls from
    g(0) = r t/α to g(1), and by Jensen g(0)(1 − p)^m ≤ g(p) for m = max(1, (r+1) t/2α). This and g(1) p have
    known means; without them the remainder vanishes at both ends, however small a and b.
    """
    columns = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (*law, t)))
    r, alpha, a, b, t = (np.ravel(column) for column in columns)
    ratio = t / alpha
    m = np.maximum(1.0, (r + 1) * ratio / 2)
    g_0, g_1 = r * ratio, -np.expm1(-r * np.log1p(ratio))

    def remainder(p: Array, log_q: Array, r: Array, ratio: Array, m: Array, g_0: Array, g_1: Array) -> Array:
        g = -np.expm1(-r * np.log1p(p * ratio)) / p
        return np.asarray(g - g_0 * exp(m * log_q) - g_1 * p)

    mean = beta_expectation(remainder, a, b, m, r, ratio, m, g_0, g_1)
    mean += g_0 * exp(log_beta_moment(a, b, m)) + g_1 * a / (a + b)
    return mean.reshape(columns[0].shape)


def log_pmf(law: Parameters, n: Array, t: Array) -> Array:
    """ln P(X(t) = n) of BG/NBD: n purchases and alive, or dead at the n-th purchase of n or more.

    With z = t/(α+t): B(a, b+n)/B(a, b) · [NB(n; r, z) + 1{n>0} a/(b+n−1) · I_z(n, r)], where I_z(n, r), the
    negative binomial's right tail, stands for the paper's one minus a sum.
    """
    r, alpha, a, b, n, t = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (*law, n, t)))
    law = Parameters(r, alpha, a, b)
    later = t > 0
    ratio = np.where(later, t, alpha) / alpha
    log_z, log_rest = np.log(ratio) - np.log1p(ratio), -np.log1p(ratio)
    alive = log_rising(r, n) - special.gammaln(n + 1) + r * log_rest + n * log_z
    more = log_betainc(np.maximum(n, 1.0), r, ratio / (1 + ratio), 1 / (1 + ratio))
    log_pmf = log_beta_moment(a, b, n) + log_add(alive, log_last_coin(law, n) + more)
    return np.where(later, log_pmf, np.where(n > 0, -np.inf, 0.0))


Derivatives = tuple[Array, Array, Array]
"""Value (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""


def _symmetric(shape: tuple[int, ...], **entries: Array) -> Array:
    """A Hessian from its entries named by two of the letters r, c (for α), a, b; the others are 0."""
    hessian = np.zeros((4, 4, *shape))
    for name, entry in entries.items():
        i, j = ("rcab".index(letter) for letter in name)
        hessian[i, j] = hessian[j, i] = entry
    return hessian


def _by_count(law: Parameters, x: Array, k: Array) -> Derivatives:
    """ln Γ(r+x)/Γ(r) · B(a, b+k)/B(a, b) · α^−x."""
    r, alpha, a, b = law
    rate, r_1, r_2 = rising_derivatives(r, x)
    _, b_1, b_2 = rising_derivatives(b, k)
    _, s_1, s_2 = rising_derivatives(a + b, k)
    gradient = np.stack(np.broadcast_arrays(r * r_1, -x, -a * s_1, b * (b_1 - s_1)))
    hessian = _symmetric(gradient.shape[1:], rr=r * r * r_2 + gradient[0], aa=gradient[2] - a * a * s_2,
                         ab=-a * b * s_2, bb=b * b * (b_2 - s_2) + gradient[3])
    return rate + log_beta_moment(a, b, k) - x * np.log(alpha), gradient, hessian


def _by_age(law: Parameters, x: Array, T: Array) -> Derivatives:
    """ln (1 + T/α)^−(r+x), linear in x."""
    r, alpha, _, _ = law
    log_age, past = np.log1p(T / alpha), T / (alpha + T)
    value = -(r + x) * log_age
    gradient = np.stack(np.broadcast_arrays(-r * log_age, (r + x) * past, 0.0 * value, 0.0 * value))
    hessian = _symmetric(value.shape, rr=gradient[0], rc=r * past, cc=-gradient[1] * alpha / (alpha + T))
    return value, gradient, hessian


def _by_dropout(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Derivatives:
    """ln 1/P(alive) = ln (1 + e^logit_dead)."""
    r, alpha, _, b = law
    logit = logit_dead(law, x, k, t_x, T)
    dead = special.expit(logit)
    share = b / np.where(k > 0, b + (k - 1), 1.0)
    to_last, to_end = alpha / (alpha + t_x), alpha / (alpha + T)
    log_ratio, change = r * np.log1p((T - t_x) / (alpha + t_x)), to_last - to_end
    slope = np.stack(np.broadcast_arrays(log_ratio, -(r + x) * change, np.ones_like(logit), -share))
    gradient = dead * slope
    hessian = slope[:, None] * (gradient * special.expit(-logit))[None]
    hessian[0, 0] += gradient[0]
    hessian[0, 1] -= dead * r * change
    hessian[1, 0] = hessian[0, 1]
    hessian[1, 1] -= gradient[1] * (to_last + to_end - 1)
    hessian[3, 3] -= gradient[3] * (share - 1)
    return softplus(logit), gradient, hessian


def derivatives(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Derivatives:
    """Log-likelihood of each row and its derivatives."""
    parts = (_by_count(law, x, k), _by_age(law, x, T), _by_dropout(law, x, k, t_x, T))
    value, gradient, hessian = (sum(pieces) for pieces in zip(*parts, strict=True))
    return np.asarray(value), np.asarray(gradient), np.asarray(hessian)


class Table(NamedTuple):
    """Rows of data and their weights."""

    columns: tuple[Array, ...]
    weights: Array


@dataclass(frozen=True)
class Tables:
    """Data sorted for the three terms of the log-likelihood, each row as often as its weight says.

    Attributes
    ----------
    counts : Table of (x, k)
    ages : Table of (mean x, T): the term is linear in x
    dropouts : Table of (x, k, t_x, T) for k > 0, customers without a repeat purchase merged by T
    """

    counts: Table
    ages: Table
    dropouts: Table


def _grouped(key: Array, weights: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Distinct keys, the weight of each, and the place of each row among them."""
    place, keys = pd.factorize(key)
    return np.asarray(keys, dtype=float), np.bincount(place, weights, len(keys)).astype(float), place


def prepared(x: Array, t_x: Array, T: Array, weights: Array, first_coin: int) -> Tables:
    """The data of a fit, k = x + first_coin: 1 if a coin is tossed at time zero, else 0."""
    counts, count_weights, _ = _grouped(x, weights)
    ages, age_weights, place = _grouped(T, weights)
    purchases = np.bincount(place, weights * x, len(ages))
    active = np.flatnonzero(x > 0)
    columns = [x[active], t_x[active], T[active], weights[active]]
    if first_coin:
        idle, idle_weights, _ = _grouped(T[x == 0], weights[x == 0])
        none = np.zeros_like(idle)
        merged = (none, none, idle, idle_weights)
        columns = [np.concatenate(pair) for pair in zip(columns, merged, strict=True)]
    x, t_x, T, row_weights = columns
    return Tables(
        Table((counts, counts + first_coin), count_weights),
        Table((purchases / age_weights, ages), age_weights),
        Table((x, x + first_coin, t_x, T), row_weights),
    )


def total_derivatives(law: Parameters, tables: Tables) -> tuple[float, Array, Array]:
    """Weighted sums of `derivatives`: a float, (4,) and (4, 4)."""
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    terms = ((_by_count, tables.counts), (_by_age, tables.ages), (_by_dropout, tables.dropouts))
    for term, (columns, weights) in terms:
        for start in range(0, len(weights), CHUNK):
            rows = slice(start, start + CHUNK)
            parts = term(law, *(column[rows] for column in columns))
            value += float(parts[0] @ weights[rows])
            gradient += parts[1] @ weights[rows]
            hessian += parts[2] @ weights[rows]
    return value, gradient, hessian


def starts(x: Array, T: Array, weights: Array) -> list[Array]:
    """Log-parameters at the mean purchase rate: few and many heavy buyers, early and late dropout."""
    rate = max(float(weights @ x), 0.5) / max(float(weights @ T), 1e-300)
    shapes = ((0.25, 0.8, 2.5), (1.0, 0.3, 3.0), (0.5, 2.0, 2.0), (4.0, 1.0, 6.0))
    return [np.log([r, r / (rate * (1 + a / b)), a, b]) for r, a, b in shapes]


def simulate(law: Parameters, T: Array, first_coin: int, rng: np.random.Generator) -> Simulation:
    """New members: N ~ Poisson(λT) purchases would fall before T, and dropout cuts them after the K-th.

    The last of the first x of N uniform times is T · Beta(x, N−x+1), the others are uniform before it.
    """
    r, alpha, a, b, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (*law, T)))
    chance = np.clip(rng.beta(a, b), 1e-300, 1 - 1e-16)
    allowed = np.floor(rng.standard_exponential(T.shape) / -np.log1p(-chance)) + 1 - first_coin
    would = rng.poisson(rng.gamma(r) / alpha * T).astype(float)
    x = np.minimum(would, allowed)
    t_x = np.where(x > 0, T * rng.beta(np.maximum(x, 1), would - x + 1), 0.0)
    customer = np.repeat(np.arange(len(T)), x.astype(np.int64))
    times = t_x[customer] * rng.random(len(customer))
    last = np.cumsum(x).astype(np.int64)[x > 0] - 1
    times[last] = t_x[x > 0]
    return Simulation(times[np.lexsort((times, customer))], customer, x, t_x, T.copy(), would < allowed)
