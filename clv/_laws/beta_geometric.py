"""The numbers behind BG/NBD and MBG/NBD: gamma-distributed purchase rates, beta-distributed dropout.

A customer buys at rate λ ~ Gamma(r, α) and after each purchase leaves with probability p ~ Beta(a, b). The
two laws differ in one coin: k = x coins survived in BG/NBD, k = x + 1 in MBG/NBD, which tosses one at time
zero. Parameters broadcast with the data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from clv._laws.negative_binomial import count_table
from clv._laws.simulation import Simulation
from clv._numerics import (
    FLOOR,
    Array,
    beta_expectation,
    in_blocks,
    log_add,
    log_beta_moment,
    log_betainc,
    log_rising,
    softplus,
)

__all__ = [
    "Parameters",
    "expected_purchases",
    "log_last_coin",
    "log_likelihood",
    "log_p_alive",
    "log_pmf",
    "pmf_table",
    "simulate",
    "summed_purchases",
]


class Parameters(NamedTuple):
    """The parameters of either law, each an array of the data's shape or a scalar."""

    r: Array
    alpha: Array
    a: Array
    b: Array


def log_last_coin(law: Parameters, k: Array) -> Array:
    """ln a/(b+k−1), the odds that the k-th coin was the last after k − 1 survived; −∞ for k = 0.

    There are few distinct k: their logarithms are computed once and looked up.
    """
    if np.ndim(law.a) == np.ndim(law.b) == 0 and k.size > (most := k.max(initial=0.0) + 1):
        return _log_last_coin(law, np.arange(most))[k.astype(np.intp)]
    return _log_last_coin(law, k)


def _log_last_coin(law: Parameters, k: Array) -> Array:
    return np.log(law.a) - np.log(np.where(k > 0, law.b + (k - 1), np.inf))


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
    return in_blocks(_log_p_alive, *law, x, k, t_x, T)


def _log_p_alive(r: Array, alpha: Array, a: Array, b: Array, *history: Array) -> Array:
    return -softplus(logit_dead(Parameters(r, alpha, a, b), *history))


def clock(law: Parameters) -> Array:
    """The mean time until a customer with the mean rate tosses a coin that ends purchases if p is high."""
    mean = law.a / (law.a + law.b)
    high = np.minimum(1.0, mean + 3 * np.sqrt(mean * (1 - mean) / (law.a + law.b + 1)))
    return np.asarray(law.alpha / np.maximum(1.0, law.r * high), dtype=float)


@np.errstate(under="ignore")
def summed_purchases(law: Parameters, t: Array, weights: Array) -> Array:
    """Σ w E[X(t)] of BG/NBD over the first axis of t and w: E[g(p)], p ~ Beta(a, b), with

    g(p) = Σ w (1 − (1 + p t/α)^(−r))/p.

    Equation (9)'s ₂F₁ is this integral, but singular at a = 1 and cancelling elsewhere. However small a and b,
    it is easy if g vanishes at both ends. So a function with known means that equals g there is subtracted:
    g(0)(1 − p)^m (1 + u p + v p²) + g(1) p³, up to the second order at p = 0. The first is near g, by Jensen
    g(0)(1 − p)^m ≤ g(p) for m = −g'(0)/g(0), so that nothing cancels; m ≥ 1 because of p = 1.
    """
    shape = np.broadcast_shapes(t.shape[1:], weights.shape[1:], *(v.shape for v in law))
    r, alpha, a, b = (np.broadcast_to(v, shape).ravel() for v in law)
    t, weights = (np.stack([np.broadcast_to(each, shape).ravel() for each in v]) for v in (t, weights))
    ratio = t / alpha
    parts = weights * r * ratio
    start, end = parts.sum(axis=0), -(weights * np.expm1(-r * np.log1p(ratio))).sum(axis=0)
    unit = np.where(start > 0, start, 1.0)
    slope = (r + 1) / 2 * ((parts * ratio).sum(axis=0) / unit)
    bend = (r + 1) * (r + 2) / 6 * ((parts * ratio * ratio).sum(axis=0) / unit)
    m = np.maximum(1.0, slope)
    u = m - slope
    v = bend - m * (m - 1) / 2 + m * u
    mean = beta_expectation(_remainder, a, b, r, ratio, weights, m, start, end, u, v, order=3, scale=m)
    known = 1 + a / (a + b + m) * (u + v * (a + 1) / (a + b + m + 1))
    mean += start * np.exp(log_beta_moment(a, b, m)) * known
    mean += end * a / (a + b) * (a + 1) / (a + b + 1) * (a + 2) / (a + b + 2)
    return mean.reshape(shape)


def _remainder(
    p: Array, log_q: Array, r: Array, ratio: Array, weights: Array, m: Array, start: Array, end: Array, u: Array,
    v: Array,
) -> Array:  # fmt: skip
    """g(p) − g(0)(1 − p)^m (1 + u p + v p²) − g(1) p³, in place, since most of the time is spent here."""
    g = np.zeros((len(r), len(p)))
    for each, weight in zip(ratio, weights, strict=True):
        term = np.log1p(each * p)
        term *= -r
        np.expm1(term, out=term)
        term *= weight
        g -= term
    g *= 1 / p
    near = m * log_q
    np.maximum(near, FLOOR, out=near)
    np.exp(near, out=near)
    near *= np.hstack([start, start * u, start * v]) @ np.stack([np.ones_like(p), p, p * p])
    g -= near
    g -= end * (p * p * p)
    return g


def expected_purchases(law: Parameters, t: Array) -> Array:
    """E[X(t)] of BG/NBD."""
    return summed_purchases(law, t[None], np.ones(1))


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


def pmf_table(law: Parameters, size: int, t: float) -> Array:
    """P(X(t) = n) of BG/NBD for n = 0 … size − 1 and each of the parameters, (h, size).

    Fader, Hardie & Lee (2005), eq. 8: still here after n coins, or gone with the n-th.
    """
    r, alpha, a, b = (np.atleast_1d(v) for v in law)
    n = np.arange(size)
    bought = count_table(r, alpha, size, t)
    a, b = a[:, None], b[:, None]
    stay = (b + n[:-1]) / (a + b + n[:-1])  # at the (n + 1)-th coin
    here = np.concatenate([np.ones_like(a), np.cumprod(stay, axis=1)], axis=1)
    gone = here[:, :-1] * (a / (a + b + n[:-1]))
    at_least = np.maximum(1.0 - np.cumsum(bought, axis=1)[:, :-1], 0.0)
    table = here * bought
    table[:, 1:] += gone * at_least
    return np.asarray(table)


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
    times = t_x[customer] * (1 - rng.random(len(customer)))  # above 0
    last = np.cumsum(x).astype(np.int64)[x > 0] - 1
    times[last] = t_x[x > 0]
    return Simulation(times[np.lexsort((times, customer))], customer, x, t_x, T.copy(), would < allowed)
