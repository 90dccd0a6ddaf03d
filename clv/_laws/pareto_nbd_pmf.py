"""The distribution of the number of purchases of a new member of the Pareto/NBD law by time t.

A negative binomial by time t if alive then, else by the time τ of dropout, over which it is integrated (Fader
& Hardie 2006, "Deriving an Expression for P(X(t) = x) Under the Pareto/NBD Model", eq. 16 before its
expansion in ₂F₁s, which cancel). The integrand is log-concave in ln τ, with its peak at the root of a
quadratic.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from clv._laws.log_concave import LogConcave, Term, gauss_legendre, panels
from clv._laws.negative_binomial import count_table
from clv._laws.pareto_nbd_likelihood import Dropout
from clv._numerics import Array, exp, log_rising

__all__ = ["log_pmf", "pmf_table"]

NODES = 20  # nodes of the integral over the time of dropout: a minimum, and more per width of a peak
PER_WIDTH = 1.4
TOGETHER = 200_000  # entries of tables that are made at a time
FORGOTTEN = 1e-13  # probability of a dropout beyond the end of the integral


@np.errstate(under="ignore")
def log_pmf(n: Array, t: Array, r: Array, alpha: Array, s: Array, beta: Array) -> Array:
    """ln P(X(t) = n) of rows (m,); −inf where n > 0 at t = 0."""
    values = np.where(n == 0, 0.0, -np.inf)
    none, some = np.flatnonzero((n == 0) & (t > 0)), np.flatnonzero((n > 0) & (t > 0))
    silent = Dropout(*(column[none] for column in (r, alpha, s, beta, t)))
    values[none] = np.logaddexp(silent.log_alive, silent.log_dead)
    values[some] = _log_pmf(*(column[some] for column in (n, t, r, alpha, s, beta)))
    return np.minimum(values, 0.0)


def _log_pmf(n: Array, t: Array, r: Array, alpha: Array, s: Array, beta: Array) -> Array:
    """ln P(X(t) = n) for n > 0 and t > 0."""
    half = ((1 - r) * beta + (n - s) * alpha) / 2
    root = np.hypot(half, np.sqrt((r + s) * (n + 1) * alpha * beta))
    with np.errstate(divide="ignore"):
        peak = np.where(half > 0, (half + root) / (r + s), (n + 1) * alpha * beta / (root - half))
    peak = np.minimum(peak, t)
    g = LogConcave(
        n + 1,
        (
            Term.of(r + n, peak / (alpha + peak), alpha / (alpha + peak)),
            Term.of(s + 1, peak / (beta + peak), beta / (beta + peak)),
        ),
    )
    early = np.minimum(peak, np.minimum(alpha / (r + n), beta / (s + 1))) / 4  # before it, g′ ≥ n + ½
    left = np.log(early / peak) - 40 / (n + 0.5)
    mass = np.empty(n.size)
    for rows, y, weights in panels(g, left, np.log(t / peak)):
        mass[rows] = np.einsum("mk,mk->m", exp(g.take(rows)(y)), weights)
    dropped = np.log(s) - np.log1p(beta / peak) - s * np.log1p(peak / beta) + np.log(mass)
    log_dead = _log_negative_binomial(n, peak, r, alpha) + dropped
    log_alive = _log_negative_binomial(n, t, r, alpha) - s * np.log1p(t / beta)
    return np.logaddexp(log_alive, log_dead)


def _log_negative_binomial(n: Array, t: Array, r: Array, alpha: Array) -> Array:
    """ln P(n purchases by t) of a customer who stays, with rate ~ Gamma(r, α)."""
    ways = log_rising(r, n) - special.gammaln(n + 1)
    return ways - r * np.log1p(t / alpha) - n * np.log1p(alpha / t)


def pmf_table(size: int, t: float, r: Array, alpha: Array, s: Array, beta: Array) -> Array:
    """P(X(t) = n) for n = 0 … size − 1 of members (h,): the counts until t, or until a dropout at some τ before it.

    The probability of n purchases until τ peaks at a τ that depends on n, with a width of about √(τ²/r + ατ/r). In
    the variable w = asinh √(τ/α) all the peaks have the same width, 1/(2√r), which determines the number of nodes.
    """
    stay = np.exp(-s * np.log1p(t / beta))
    table = stay[:, None] * count_table(r, alpha, size, t)
    with np.errstate(over="ignore"):
        by_then = np.minimum(
            t, beta * np.expm1(-np.log(FORGOTTEN) / s)
        )  # nearly all who ever leave have left
    end = np.arcsinh(np.sqrt(by_then / alpha))
    nodes, weights = gauss_legendre(NODES + int(np.max(PER_WIDTH * 2 * np.sqrt(r) * end)))
    w = end * nodes[:, None]
    tau = alpha * np.sinh(w) ** 2
    density = s / beta * np.exp(-(s + 1) * np.log1p(tau / beta)) * alpha * np.sinh(2 * w)
    part = weights[:, None] * end * density
    many = max(1, TOGETHER // (size * r.size))
    for start in range(0, len(nodes), many):
        some = slice(start, start + many)
        table += np.einsum("kh,khn->hn", part[some], count_table(r, alpha, size, tau[some]))
    return np.asarray(table)
