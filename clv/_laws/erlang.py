"""The numbers behind BG/CNBD-k and MBG/CNBD-k: gaps between purchases are sums of k exponential phases.

A customer passes phases at rate λ ~ Gamma(r, α) and buys at the end of every k-th, so that gaps are Erlang(k, λ); after
each purchase the customer leaves with probability p ~ Beta(a, b). c coins are survived, as in `beta_geometric`.

A customer who is alive some time `waited` after the last purchase has passed j = 0 … k − 1 phases of the next gap. With
λ ~ Gamma(R, A) at the end of that time the probability of j is proportional to (R)_j/j! (waited/A)^j, and given j
λ ~ Gamma(R + j, A). The sum of these terms over j stands in most formulas; it is `log_phases`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from clv._laws.beta_geometric import Parameters, log_last_coin
from clv._numerics import Array, log_add, log_beta_moment, log_rising, softplus

__all__ = ["History", "gap_term", "log_likelihood", "log_p_alive", "log_phases", "phase_chances"]


def gap_term(k: int, sum_log_gaps: Any, x: Any) -> Any:
    """(k − 1) Σ ln gap − x ln Γ(k) of x gaps: of one customer, of each of many, or of all together."""
    return (k - 1) * sum_log_gaps - x * math.lgamma(k)


def log_phases(power: Array, share: Array, k: int) -> Array:
    """ln Σ (R)_j/j! w^j over j = 0 … k − 1, for a power R > 0 and a share 0 ≤ w < 1, by Horner's rule.

    Times (1 − w)^R it is the chance of fewer than k phases in the time waited, a negative binomial's: I_{1−w}(R, k).
    """
    total = np.ones(np.broadcast_shapes(np.shape(power), np.shape(share)))
    for j in range(k - 1, 0, -1):
        total = 1 + (power + (j - 1)) / j * share * total
    return np.asarray(np.log(total))


def phase_chances(power: Array, share: Array, k: int) -> Array:
    """The chances of j = 0 … k − 1 phases passed, (k, …), for a power R and a share w of `log_phases`."""
    chances = np.empty((k, *np.broadcast_shapes(np.shape(power), np.shape(share))))
    chances[0] = 1.0
    for j in range(1, k):
        chances[j] = chances[j - 1] * ((power + (j - 1)) / j * share)
    return np.asarray(chances / chances.sum(axis=0))


class History:
    """What the likelihood reads of customers' histories: the phases that ended in purchases, and the current wait.

    Parameters
    ----------
    law : Parameters
    k : int
    waited : ndarray
        Time since the last purchase at time 0; 0 for new members.
    x, coins, t_x, T : ndarray
    """

    def __init__(self, law: Parameters, k: int, waited: Array, x: Array, coins: Array, t_x: Array, T: Array):
        r, alpha, _, _ = law
        self.law, self.k, self.coins = law, k, coins
        self.passed = k * x
        self.power = r + self.passed
        wait = np.where(x > 0, T - t_x, waited + T)
        self.log_now = log_phases(self.power, wait / (alpha + T), k)
        self.log_ratio = np.log1p((T - t_x) / (alpha + t_x))
        self.t_x, self.T = t_x, T

    @property
    def logit_dead(self) -> Array:
        """ln P(dead)/P(alive) = ln a/(b+c−1) ((α+T)/(α+t_x))^(r+kx) less the logarithm of the sum over phases."""
        return log_last_coin(self.law, self.coins) + self.power * self.log_ratio - self.log_now


def log_likelihood(
    law: Parameters, k: int, waited: Array, x: Array, coins: Array, t_x: Array, T: Array
) -> Array:
    """ln of Γ(r+kx) α^r / Γ(r) · B(a, b+c)/B(a, b) · [(α+T)^−(r+kx) S + 1{c>0} a/(b+c−1) (α+t_x)^−(r+kx)].

    S is the sum over the phases that may have passed since t_x; all is divided by the same sum at time 0.
    """
    r, alpha, a, b = law
    history = History(law, k, waited, x, coins, t_x, T)
    passed = history.passed
    alive = -r * np.log1p(T / alpha) - passed * np.log(alpha + T) + history.log_now
    dead = log_last_coin(law, coins) - r * np.log1p(t_x / alpha) - passed * np.log(alpha + t_x)
    before = log_phases(r, waited / alpha, k)
    return log_rising(r, passed) + log_beta_moment(a, b, coins) + log_add(alive, dead) - before


def log_p_alive(
    law: Parameters, k: int, waited: Array, x: Array, coins: Array, t_x: Array, T: Array
) -> Array:
    """ln 1/(1 + e^logit_dead)."""
    return -softplus(History(law, k, waited, x, coins, t_x, T).logit_dead)
