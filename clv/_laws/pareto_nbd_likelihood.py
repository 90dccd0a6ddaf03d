"""Pareto/NBD's likelihood as an integral over the time of dropout, with derivatives from the same nodes.

A customer with x purchases, the last at t_x, is alive at T, or left at a time τ between t_x and T. Relative
to the density of the purchases with a customer still alive at t_x, these have the masses

    A = ((α+t_x)/(α+T))^(r+x) · ((β+t_x)/(β+T))^s
    D = s ∫ ((α+t_x)/(α+τ))^(r+x) · ((β+t_x)/(β+τ))^s dτ/(β+τ)    from t_x to T

(Fader & Hardie 2005, "A Note on Deriving the Pareto/NBD Model and Related Expressions", before the integral
becomes a difference of two ₂F₁, eq. 18–20, which cancels). The integrand is log-concave in
y = ln[(m+τ)/(m+t_x)], m = min(α, β).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from clv._laws.log_concave import LogConcave, Term, panels
from clv._numerics import Array, exp, log_rising, rising_derivatives, softplus, unique_rows

__all__ = ["Dropout", "log_derivatives", "log_likelihood", "log_p_alive"]


@dataclass(frozen=True)
class Dropout:
    """Rows of the integral, all (n,): R = r + x, a = α + t_x, s, b = β + t_x and span = T − t_x."""

    R: Array
    a: Array
    s: Array
    b: Array
    span: Array

    @property
    def log_alive(self) -> Array:
        """ln A."""
        return -self.R * np.log1p(self.span / self.a) - self.s * np.log1p(self.span / self.b)

    @property
    def log_dead(self) -> Array:
        """ln D; −inf where span = 0."""
        g, width, scale = self.path()
        mass = np.zeros(self.R.size)
        for rows, y, weights in panels(g, np.zeros_like(width), width):
            mass[rows] = np.einsum("mk,mk->m", exp(g.take(rows)(y)), weights)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(mass) + np.log(self.s * scale))

    def path(self) -> tuple[LogConcave, Array, Array]:
        """The log-integrand g(y), the width of its range, and the factor of ∫ exp(g) dy besides s."""
        low, high = np.minimum(self.a, self.b), np.maximum(self.a, self.b)
        purchases_first = self.a <= self.b  # the purchase rate's mixture decays on the shorter scale
        share = low / high
        slope = np.where(purchases_first, 1 - self.R, -self.s)
        power = np.where(purchases_first, self.s + 1, self.R)
        g = LogConcave(slope, (Term.of(power, share, (high - low) / high),))
        return g, np.log1p(self.span / low), np.where(purchases_first, share, 1.0)


@np.errstate(under="ignore")
def log_likelihood(x: Array, t_x: Array, T: Array, r: Array, alpha: Array, s: Array, beta: Array) -> Array:
    """Log-likelihood of each row (n,): of its purchases, of being alive at t_x, and then A + D."""
    dropout = Dropout(r + x, alpha + t_x, s, beta + t_x, T - t_x)
    rate, decay = x * np.log(alpha + t_x) + r * np.log1p(t_x / alpha), s * np.log1p(t_x / beta)
    return log_rising(r, x) - rate - decay + np.logaddexp(dropout.log_alive, dropout.log_dead)


@np.errstate(under="ignore")
def log_p_alive(x: Array, t_x: Array, T: Array, r: Array, alpha: Array, s: Array, beta: Array) -> Array:
    """ln A/(A + D) of each row (n,)."""
    dropout = Dropout(r + x, alpha + t_x, s, beta + t_x, T - t_x)
    return -softplus(dropout.log_dead - dropout.log_alive)


@np.errstate(under="ignore")
def log_derivatives(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, s: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """Log-likelihood with gradient and Hessian in ln r, ln α, ln s and ln β: (n,), (4, n) and (4, 4, n).

    A + D is a mixture over the time τ of dropout, and T if alive. The gradient of its logarithm is the mean
    of the scores, the gradients of the logarithm of each mass; the Hessian is the mean of their own Hessian
    plus their covariance.
    """
    value, gradient, hessian = _before_derivatives(x, t_x, r, alpha, s, beta)
    law = Dropout(r + x, alpha + t_x, s, beta + t_x, T - t_x)
    g, width, _ = law.path()
    for rows, y, weights in panels(g, np.zeros_like(width), width):
        columns = (column[rows, None] for column in (law.R, law.a, law.b, law.span, r, alpha, s, beta))
        parts = _mixture(y, weights, *columns)
        value[rows] += parts[0]
        gradient[:, rows] += parts[1]
        hessian[:, :, rows] += parts[2]
    return value, gradient, hessian


def _before_derivatives(
    x: Array, t_x: Array, r: Array, alpha: Array, s: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """The log-likelihood without ln(A + D), with its gradient and Hessian."""
    some, row = unique_rows(r, x)  # gamma functions once per distinct count
    rising, first, second = (values[row] for values in rising_derivatives(r[some], x[some]))
    log_a, log_b = np.log1p(t_x / alpha), np.log1p(t_x / beta)
    u, v, past_u, past_v = alpha / (alpha + t_x), beta / (beta + t_x), t_x / (alpha + t_x), t_x / (beta + t_x)
    value = rising - x * np.log(alpha + t_x) - r * log_a - s * log_b
    gradient = np.stack([r * (first - log_a), r * past_u - x * u, -s * log_b, s * past_v])
    hessian = np.zeros((4, 4, x.size))
    hessian[0, 0] = gradient[0] + r**2 * second
    hessian[0, 1] = hessian[1, 0] = r * past_u
    hessian[1, 1] = -(r + x) * u * past_u
    hessian[2, 2] = -s * log_b
    hessian[2, 3] = hessian[3, 2] = s * past_v
    hessian[3, 3] = -s * v * past_v
    return value, gradient, hessian


def _mixture(
    y: Array, weights: Array, R: Array, a: Array, b: Array, span: Array,
    r: Array, alpha: Array, s: Array, beta: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """ln(A + D) with gradient and Hessian for the rows (m, 1) of a panel of nodes y and weights, (m, k)."""
    low = np.minimum(a, b)
    later = np.hstack([low * np.expm1(y), span])  # τ − t_x at the nodes, and at T: alive
    weights = np.hstack([s * weights, np.ones_like(span)])
    dead = np.ones_like(later)
    dead[:, -1] = 0
    since_a, since_b = np.log1p(later / a), np.log1p(later / b)
    mass = weights * exp(-R * since_a - s * since_b)
    mass[:, :-1] *= ((low + later) / (b + later))[:, :-1]  # dτ/(β+τ) in units of dy
    total = mass.sum(axis=1)
    mass /= total[:, None]

    u, v = alpha / a, beta / b  # α/(α+t_x), β/(β+t_x)
    past_u, past_v = u * later / (a + later), v * later / (b + later)  # their complements at τ
    decay = s + dead
    scores = np.stack([-r * since_a, R * past_u, dead - s * since_b, decay * past_v - dead * v])
    own_beta = decay * past_v * (1 + past_v - 2 * v) - dead * v * (1 - v)
    own = np.stack([r * past_u, R * past_u * (1 + past_u - 2 * u), s * past_v, own_beta])
    gradient, own = np.einsum("imk,mk->im", scores, mass), np.einsum("imk,mk->im", own, mass)
    scores -= gradient[:, :, None]
    weighted = scores * mass
    hessian = np.empty((4, 4, len(mass)))
    for i, j in combinations_with_replacement(range(4), 2):
        hessian[i, j] = hessian[j, i] = np.einsum("mk,mk->m", weighted[i], scores[j])
    hessian[range(4), range(4)] += np.stack([gradient[0], own[1], gradient[2] - 1 + mass[:, -1], own[3]])
    hessian[0, 1] += own[0]
    hessian[1, 0] += own[0]
    hessian[2, 3] += own[2]
    hessian[3, 2] += own[2]
    return np.log(total), gradient, hessian
