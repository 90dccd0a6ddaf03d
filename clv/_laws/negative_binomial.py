"""Purchases of customers who stay: a Poisson process whose rate is Gamma-distributed over customers."""

from __future__ import annotations

import numpy as np

from clv._numerics import Array

__all__ = ["count_table"]


def count_table(r: Array, alpha: Array, size: int, t: Array | float) -> Array:
    """P(X(t) = n) for n = 0 … size − 1, Γ(r+n)/(Γ(r) n!) (α/(α+t))^r (t/(α+t))^n, of shape (…, size)."""
    n = np.arange(size)
    log_stay, log_buy = -np.log1p(t / alpha), -np.log1p(alpha / np.maximum(t, 1e-300))
    log_ratios = np.log((r[..., None] + n[:-1]) / n[1:])  # of Γ(r+n)/(Γ(r) n!) from n to n + 1
    log_choose = np.concatenate([np.zeros((*r.shape, 1)), np.cumsum(log_ratios, axis=-1)], axis=-1)
    return np.asarray(np.exp(log_choose + (r * log_stay)[..., None] + n * log_buy[..., None]))
