"""Purchases of customers who stay: a Poisson process whose rate is Gamma-distributed over customers."""

from __future__ import annotations

import numpy as np

from clv._numerics import Array, stirling_remainder

__all__ = ["count_table", "log_count"]

NEAR = 0.05  # where ln(1 + u) − u is summed as a series
TERMS = 12


def count_table(r: Array, alpha: Array, size: int, t: Array | float) -> Array:
    """P(X(t) = n) for n = 0 … size − 1, Γ(r+n)/(Γ(r) n!) (α/(α+t))^r (t/(α+t))^n, of shape (…, size).

    The times may have more dimensions in front than the parameters.
    """
    n = np.arange(size)
    log_stay, log_buy = -np.log1p(t / alpha), -np.log1p(alpha / np.maximum(t, 1e-300))
    log_ratios = np.log((r[..., None] + n[:-1]) / n[1:])  # of Γ(r+n)/(Γ(r) n!) from n to n + 1
    log_choose = np.concatenate([np.zeros((*r.shape, 1)), np.cumsum(log_ratios, axis=-1)], axis=-1)
    return np.asarray(np.exp(log_choose + (r * log_stay)[..., None] + n * log_buy[..., None]))


def log_count(r: Array, n: Array, ratio: Array) -> Array:
    """ln P(X(t) = n) for n ≥ 0 and ratio = t/α > 0, without cancellation however large r, n and the ratio are.

    After Stirling's formula with its remainder only differences from the mean are left: with d = (r·ratio − n)/(1 +
    ratio) the two powers are n φ(d/n) + r φ(−d/r), φ(u) = ln(1 + u) − u.
    """
    m = np.maximum(n, 1.0)
    away = (r * ratio - m) / (1 + ratio)
    log_more, log_rest = np.log(m + r), -np.log1p(ratio)
    powers = m * _log_less(away / m, np.log(ratio) + log_rest + log_more - np.log(m))
    powers = powers + r * _log_less(-away / r, log_rest + log_more - np.log(r))
    front = 0.5 * (np.log(r / (m + r)) - np.log(m) - np.log(2 * np.pi))
    front = front + stirling_remainder(m + r) - stirling_remainder(m) - stirling_remainder(r)
    return np.asarray(np.where(n > 0, front + powers, -r * np.log1p(ratio)))


def _log_less(u: Array, log: Array) -> Array:
    """ln(1 + u) − u, with ln(1 + u) given, which is exact where u is large."""
    small = np.where(np.abs(u) < NEAR, u, 0.0)
    total = np.zeros_like(small)
    for k in range(TERMS, 1, -1):
        total = 1.0 / k - small * total
    series = -small * small * total
    return np.asarray(np.where(np.abs(u) < NEAR, series, log - u))
