"""GGompertz/NBD's likelihood as an integral over the time of dropout, with derivatives from the same nodes.

A customer with x purchases, the last at t_x, is alive at T, or left at a time τ between t_x and T. Relative to the
density of the purchases with a customer still alive at t_x, these have the masses

    A = ((α+t_x)/(α+T))^(r+x) · S(T)/S(t_x)
    D = ∫ ((α+t_x)/(α+τ))^(r+x) · s b e^(bτ)/(β + e^(bτ) − 1) · S(τ)/S(t_x) dτ    from t_x to T

with S(t) = (β/(β + e^(bt) − 1))^s (Bemmaor & Glady 2012, each term divided by what both share).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TypeAlias

import numpy as np

from clv._laws.gamma_gompertz import Dropping, Lifetimes, Rows, panels
from clv._numerics import Array, exp, log_rising, rising_derivatives, softplus, unique_rows

__all__ = ["Dropout", "fields", "log_derivatives", "log_likelihood", "log_p_alive", "own_hessian", "scores"]


@dataclass(frozen=True)
class Dropout:
    """Rows of the integral, all (n,): R = r + x, a = α + t_x, lifetimes of those alive at t_x, and span = T − t_x."""

    R: Array
    a: Array
    life: Lifetimes
    span: Array

    @property
    def log_alive(self) -> Array:
        """ln A."""
        return -self.R * np.log1p(self.span / self.a) - self.life.s * self.life.fall(self.span)

    @property
    def log_dead(self) -> Array:
        """ln D, without what is negligible beside A; −inf where span = 0."""
        mass = np.zeros(self.R.size)
        path = Dropping(self.R, self.a, self.life, self.span)
        for rows, time, weights in panels(path, exp(self.log_alive)):
            density, life = self.densities(rows, time), self.life
            mass[rows] = np.einsum("mk,mk->m", density, weights) * life.s[rows] * life.b[rows]
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(mass))

    def densities(self, rows: Rows, time: Array) -> Array:
        """The integrand of D at times after t_x, (m, k), over s·b."""
        life = self.life.take(rows).columns()
        decay = self.R[rows, None] * np.log1p(time / self.a[rows, None]) + life.s * life.fall(time)
        return np.asarray(exp(-decay) / life.aged(time))


@np.errstate(under="ignore")
def log_likelihood(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, b: Array, s: Array, beta: Array
) -> Array:
    """Log-likelihood of each row (n,): of its purchases, of being alive at t_x, and then A + D."""
    law = _dropout(x, t_x, T, r, alpha, b, s, beta)
    rate, decay = x * np.log(alpha + t_x) + r * np.log1p(t_x / alpha), s * Lifetimes(b, s, beta).fall(t_x)
    return log_rising(r, x) - rate - decay + np.logaddexp(law.log_alive, law.log_dead)


@np.errstate(under="ignore")
def log_p_alive(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, b: Array, s: Array, beta: Array
) -> Array:
    """ln A/(A + D) of each row (n,)."""
    law = _dropout(x, t_x, T, r, alpha, b, s, beta)
    return -softplus(law.log_dead - law.log_alive)


def _dropout(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, b: Array, s: Array, beta: Array
) -> Dropout:
    return Dropout(r + x, alpha + t_x, Lifetimes(b, s, Lifetimes(b, s, beta).aged(t_x)), T - t_x)


@np.errstate(under="ignore")
def log_derivatives(
    x: Array, t_x: Array, T: Array, r: Array, alpha: Array, b: Array, s: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """Log-likelihood with gradient and Hessian in ln r, ln α, ln b, ln s, ln β: (n,), (5, n) and (5, 5, n).

    The likelihood is a mixture over the time τ of dropout, and T if alive. The gradient of its logarithm is the mean of
    the scores, the gradients of the logarithm of each mass; the Hessian is the mean of their own Hessian plus their
    covariance.
    """
    some, row = unique_rows(r, x)  # gamma functions once per distinct count
    rising, first, second = (values[row] for values in rising_derivatives(r[some], x[some]))
    law, early = _dropout(x, t_x, T, r, alpha, b, s, beta), Lifetimes(b, s, beta).fall(t_x)
    value = rising - x * np.log(alpha + t_x) - r * np.log1p(t_x / alpha) - s * early
    gradient, hessian = np.zeros((5, x.size)), np.zeros((5, 5, x.size))
    log_alive = law.log_alive
    for rows, time, weights in _with_those_without_span(law, log_alive):
        parts = _mixture(law, rows, time, weights, t_x, r, alpha, beta, log_alive[rows])
        value[rows] += parts[0]
        gradient[:, rows] = parts[1]
        hessian[:, :, rows] = parts[2]
    gradient[0] += r * first
    gradient[1] -= x
    hessian[0, 0] += r * first + r**2 * second
    return value, gradient, hessian


def _with_those_without_span(law: Dropout, log_alive: Array) -> Iterator[tuple[Rows, Array, Array]]:
    """The panels of the integral, and for rows without one, with T = t_x, a node of no weight."""
    none = np.flatnonzero(law.span <= 0)
    if none.size:
        yield none, np.zeros((none.size, 1)), np.zeros((none.size, 1))
    yield from panels(Dropping(law.R, law.a, law.life, law.span), exp(log_alive))


def _mixture(
    law: Dropout, rows: Rows, time: Array, weights: Array, t_x: Array, r: Array, alpha: Array, beta: Array,
    log_alive: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """ln(A + D) with gradient and Hessian for rows (m,), the times of dropout after t_x and their weights (m, k)."""
    life = law.life.take(rows)
    dead = weights * law.densities(rows, time) * (life.s * life.b)[:, None]
    span = law.span[rows]
    mass = np.concatenate([dead, exp(log_alive)[:, None]], axis=1)
    total = mass.sum(axis=1)
    mass /= total[:, None]
    since = t_x[rows, None] + np.concatenate([time, span[:, None]], axis=1)
    died = np.ones_like(since)
    died[:, -1] = 0.0
    of_law = (r[rows, None], alpha[rows, None], life.b[:, None], life.s[:, None], beta[rows, None])
    known = fields(since, *of_law[1:])
    each = scores(*known, died, law.R[rows, None], of_law[0], of_law[3])
    own = [
        np.einsum("mk,mk->m", part, mass)
        for part in own_hessian(*known, died, law.R[rows, None], of_law[0], of_law[3])
    ]
    gradient = np.einsum("imk,mk->im", each, mass)
    each -= gradient[:, :, None]
    weighted = each * mass
    hessian = np.empty((5, 5, rows.size))
    for i, j in combinations_with_replacement(range(5), 2):
        hessian[i, j] = hessian[j, i] = np.einsum("mk,mk->m", weighted[i], each[j])
    for place, (i, j) in enumerate(OWN):
        hessian[i, j] += own[place]
        if i != j:
            hessian[j, i] += own[place]
    return np.log(total), gradient, hessian


Fields: TypeAlias = tuple[Array, Array, Array, Array, Array, Array]
OWN = ((0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4), (4, 4))


def fields(t: Array, alpha: Array, b: Array, s: Array, beta: Array) -> Fields:
    """At times t since the first purchase: ln(1 + t/α), t/(α + t), bt, ln(1 + u/β), e^(bt)/(β + u), u/(β + u).

    u is e^(bt) − 1.
    """
    life = Lifetimes(b, s, beta)
    y = b * t
    steep = 1 / life.aged(t)
    return np.log1p(t / alpha), t / (alpha + t), y, life.fall(t), steep, -np.expm1(-y) * steep


def scores(
    log_a: Array, past_a: Array, y: Array, fall: Array, steep: Array, past: Array,
    dead: Array, R: Array, r: Array, s: Array,
) -> Array:  # fmt: skip
    """Derivatives of the logarithm of a mass in the log-parameters, without those of gamma functions: (5, …)."""
    found = np.empty((5, *np.broadcast_shapes(y.shape, R.shape)))
    decay = s + dead
    found[0] = -r * log_a
    found[1] = R * past_a
    found[2] = dead * (1 + y) - decay * y * steep
    found[3] = dead - s * fall
    found[4] = decay * past - dead
    return found


def own_hessian(
    log_a: Array, past_a: Array, y: Array, fall: Array, steep: Array, past: Array,
    dead: Array, R: Array, r: Array, s: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Second derivatives of the logarithm of a mass, at the places `OWN`."""
    bent, decay = y * steep, s + dead
    staying = decay * (1 - past)
    return (
        -r * log_a,
        r * past_a,
        -R * past_a * (1 - past_a),
        dead * y - decay * bent * (1 + y * (1 - steep)),
        -s * bent,
        staying * bent,
        -s * fall,
        s * past,
        -staying * past,
    )
