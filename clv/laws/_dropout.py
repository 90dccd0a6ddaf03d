"""Pareto/NBD's integral over the time of dropout, with its derivatives from the same nodes.

A customer with x purchases, the last at t_x, is alive at T, or left at a time τ between t_x and T. Relative to the
purchases' own density at t_x, these have the masses

    A = ((α+t_x)/(α+T))^(r+x) · ((β+t_x)/(β+T))^s
    D = s ∫ ((α+t_x)/(α+τ))^(r+x) · ((β+t_x)/(β+τ))^s dτ/(β+τ)    from t_x to T

(Fader & Hardie 2005, "A Note on Deriving the Pareto/NBD Model", eq. 17–19 before the change to ₂F₁, whose difference
cancels). The integrand is log-concave in y = ln[(m+τ)/(m+t_x)], m = min(α, β).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clv.laws._log_concave import LogConcave, Term, panels
from clv.numerics import Array, exp

__all__ = ["Dropout", "dropout_derivatives"]


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
            values = g.take(rows)(y)
            mass[rows] = np.einsum("mk,mk->m", exp(values), weights)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(mass) + np.log(self.s * scale))

    def path(self) -> tuple[LogConcave, Array, Array]:
        """The log-integrand g(y), the width of its range, and the factor before ∫ exp(g) dy beside s."""
        low, high = np.minimum(self.a, self.b), np.maximum(self.a, self.b)
        purchases_first = self.a <= self.b  # the purchase rate's mixture decays on the shorter scale
        share = low / high
        slope = np.where(purchases_first, 1 - self.R, -self.s)
        power = np.where(purchases_first, self.s + 1, self.R)
        g = LogConcave(slope, (Term.of(power, share, (high - low) / high),))
        return g, np.log1p(self.span / low), np.where(purchases_first, share, 1.0)


def dropout_derivatives(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, s: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """ln(A + D) with its gradient and Hessian in the logarithms of (r, α, s, β): (n,), (4, n) and (4, 4, n).

    A + D is a mixture over the time τ of dropout, and T if alive. The gradient of its logarithm is the mean of the
    scores, the gradients of the logarithm of each mass; the Hessian is the mean of their own Hessian plus their
    covariance.
    """
    law = Dropout(r + x, alpha + t_x, s, beta + t_x, T - t_x)
    value, gradient, hessian = np.empty(x.size), np.empty((4, x.size)), np.zeros((4, 4, x.size))
    g, width, _ = law.path()
    for rows, y, weights in panels(g, np.zeros_like(width), width):
        columns = (column[rows, None] for column in (law.R, law.a, law.b, law.span, r, alpha, s, beta))
        value[rows], gradient[:, rows], hessian[:, :, rows] = _mixture(y, weights, *columns)
    return value, gradient, hessian


def _mixture(
    y: Array, weights: Array, R: Array, a: Array, b: Array, span: Array, r: Array, alpha: Array, s: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """`dropout_derivatives` of the rows (m, 1) of one panel, from its nodes y and their weights, (m, k)."""
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

    u, v = alpha / a, beta / b  # at t_x
    past_a, past_b = u * later / (a + later), v * later / (b + later)  # what they have lost at τ
    decay = s + dead
    scores = np.stack([-r * since_a, R * past_a, dead - s * since_b, decay * past_b - dead * v])
    own = np.stack([r * past_a, R * past_a * (1 + past_a - 2 * u), s * past_b,
                    decay * past_b * (1 + past_b - 2 * v) - dead * v * (1 - v)])
    mean = np.einsum("imk,mk->im", scores, mass)
    own = np.einsum("imk,mk->im", own, mass)
    scores -= mean[:, :, None]
    hessian = np.einsum("imk,jmk,mk->ijm", scores, scores, mass)
    hessian[0, 0] += mean[0]
    hessian[0, 1] += own[0]
    hessian[1, 0] += own[0]
    hessian[1, 1] += own[1]
    hessian[2, 2] += mean[2] - (1 - mass[:, -1])
    hessian[2, 3] += own[2]
    hessian[3, 2] += own[2]
    hessian[3, 3] += own[3]
    return np.log(total), mean, hessian
