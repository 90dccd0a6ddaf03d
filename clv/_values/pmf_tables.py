"""The distribution of a fresh member's purchases in a time, for all numbers of purchases at once.

`law.pmf` keeps its digits where a probability is 1e-200; what intervals need is all of 0 … n to 1e-10, fast. With the
negative binomial counts of a customer who never leaves tabled once, each law is a sum or a short integral over them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clv._laws import BGNBD, ParetoNBD
from clv._laws.purchase_law import PurchaseLaw

__all__ = ["counts_alive"]

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-7  # mass of numbers of purchases that are left out
FIRST, MOST = 16, 65_536  # numbers of purchases tabled at first, and at most
NODES = 20  # of the integral over the time of dropout, at least, and more for each width of a peak
PER_WIDTH = 1.4
FORGOTTEN = 1e-13  # chance of a dropout later than where the integral ends


def counts_alive(law: PurchaseLaw, x: Array, t_x: Array, T: Array, horizon: float) -> Array:
    """P(N = n in the horizon | alive) for each history.

    Parameters
    ----------
    law : PurchaseLaw
        One law, no arrays of parameters.
    x, t_x, T : ndarray of shape (h,)
        Histories; those of like x together keep the table small.
    horizon : float
        In the law's unit of time.

    Returns
    -------
    ndarray of shape (h, counts)
        For n = 0, 1, … until less than 1e-7 is left for every history; what is below 1e-9 is 0, so that a history's
        row does not depend on the others.
    """
    size = FIRST
    table = np.zeros((len(x), size))
    open_ = np.arange(len(x))
    while len(open_):
        told = pmf_table(law.posterior(x[open_], t_x[open_], T[open_]), size, horizon)
        table = np.pad(table, ((0, 0), (0, size - table.shape[1])))
        table[open_] = told
        if size >= MOST:
            break
        open_ = open_[told.sum(axis=1) < 1 - NEGLIGIBLE]
        size *= 2
    table[table < NEGLIGIBLE / 100] = 0.0
    return table[:, : int(np.flatnonzero(table.any(axis=0))[-1:].sum()) + 1]


def pmf_table(law: PurchaseLaw, size: int, t: float) -> Array:
    """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, of shape (h, size)."""
    if isinstance(law, BGNBD):
        return _bg_nbd(law, size, t)
    if isinstance(law, ParetoNBD):
        return _pareto_nbd(law, size, t)
    n = np.arange(size)[:, None]
    return np.asarray(law.pmf(n, t), dtype=float).T


def _negative_binomial(r: Array, alpha: Array, size: int, t: Array | float) -> Array:
    """Purchases in t of customers who stay: Γ(r+n)/(Γ(r) n!) (α/(α+t))^r (t/(α+t))^n, of shape (…, size)."""
    n = np.arange(size)
    log_stay, log_buy = -np.log1p(t / alpha), -np.log1p(alpha / np.maximum(t, 1e-300))
    log_ratios = np.log((r[..., None] + n[:-1]) / n[1:])  # of Γ(r+n)/(Γ(r) n!) from n to n + 1
    log_choose = np.concatenate([np.zeros((*r.shape, 1)), np.cumsum(log_ratios, axis=-1)], axis=-1)
    return np.asarray(np.exp(log_choose + (r * log_stay)[..., None] + n * log_buy[..., None]))


def _bg_nbd(law: BGNBD, size: int, t: float) -> Array:
    """Fader, Hardie & Lee (2005), eq. 8: still here after n coins, or gone with the n-th."""
    r, alpha, a, b = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (law.r, law.alpha, law.a, law.b))
    n = np.arange(size)
    bought = _negative_binomial(r, alpha, size, t)
    a, b = a[:, None], b[:, None]
    stay = (b + n[:-1]) / (a + b + n[:-1])  # at the (n + 1)-th coin
    here = np.concatenate([np.ones_like(a), np.cumprod(stay, axis=1)], axis=1)
    gone = here[:, :-1] * (a / (a + b + n[:-1]))
    at_least = np.maximum(1.0 - np.cumsum(bought, axis=1)[:, :-1], 0.0)
    table = here * bought
    table[:, 1:] += gone * at_least
    return np.asarray(table)


def _pareto_nbd(law: ParetoNBD, size: int, t: float) -> Array:
    """The counts until t, or until a dropout at some τ before it.

    The chance of n purchases until τ peaks at a τ of its own, with a width of about √(τ²/r + ατ/r). In the variable
    w = asinh √(τ/α) all the peaks have one width, 1/(2√r), which says how many nodes are needed.
    """
    r, alpha, s, beta = (
        np.atleast_1d(np.asarray(v, dtype=float)) for v in (law.r, law.alpha, law.s, law.beta)
    )
    stay = np.exp(-s * np.log1p(t / beta))
    table = stay[:, None] * _negative_binomial(r, alpha, size, t)
    with np.errstate(over="ignore"):
        by_then = np.minimum(t, beta * np.expm1(-np.log(FORGOTTEN) / s))  # nearly all who leave have left
    end = np.arcsinh(np.sqrt(by_then / alpha))
    nodes, weights = np.polynomial.legendre.leggauss(NODES + int(np.max(PER_WIDTH * 2 * np.sqrt(r) * end)))
    for node, weight in zip(nodes, weights, strict=True):
        w = end * (node + 1) / 2
        tau = alpha * np.sinh(w) ** 2
        density = s / beta * np.exp(-(s + 1) * np.log1p(tau / beta)) * alpha * np.sinh(2 * w)
        table += (weight / 2 * end * density)[:, None] * _negative_binomial(r, alpha, size, tau)
    return np.asarray(table)
