"""The numbers behind BG/NBD and MBG/NBD: gamma-distributed purchase rates, beta-distributed dropout.

A customer buys at rate λ ~ Gamma(r, α) and after each purchase leaves with probability p ~ Beta(a, b). The
two laws differ in one coin: k = x coins survived in BG/NBD, k = x + 1 in MBG/NBD, which tosses one at time
zero. Parameters broadcast with the data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
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
    softplus,
)

__all__ = [
    "Parameters",
    "expected_purchases",
    "log_last_coin",
    "log_likelihood",
    "log_p_alive",
    "log_pmf",
    "simulate",
]


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
