"""How sure a customer's P(alive) and mean order are: bounds of what is true of the customer, not of what will happen.

P(alive) is uncertain since the parameters are: its logarithm of odds is nearly normal over their draws, of which there
may be few, so that the bounds are those of Student's t. A customer's own mean order has a distribution even if the
parameters are known, that of the law given the orders so far; the draws widen it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtrit

from clv._laws.by_covariates import Patterns, at, keys, taken
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.spend_law import SpendLaw
from clv._numerics import unique_rows
from clv._values.simulated_future import Draw

__all__ = ["alive_bounds", "order_bounds"]

Array = NDArray[np.float64]

MANY = 1_000_000  # orders whose mean is taken for the customer's own


def alive_bounds(
    draws: Sequence[Draw], x: Array, t_x: Array, T: Array, mass: float, patterns: Patterns | None = None
) -> tuple[Array, Array]:
    """Bounds of each customer's P(alive), (n,) each.

    Parameters
    ----------
    draws : sequence of (PurchaseLaw, SpendLaw or None)
        Draws of the laws, equally likely.
    x, t_x, T : ndarray of shape (n,)
        The customers.
    mass : float
        Of the interval.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.

    Notes
    -----
    Where P(alive) is 1 at every draw, as for one-time buyers under BG/NBD, so are its bounds.
    """
    first, row = unique_rows(x, t_x, T, *keys(patterns))
    some = taken(patterns, first)
    alive = [
        np.asarray(at(law, some).p_alive(x[first], t_x[first], T[first]), dtype=float) for law, _ in draws
    ]
    odds = logit(np.clip(np.array(alive), 1e-300, 1 - 1e-16))
    centre, apart = odds.mean(axis=0), _spread(odds, mass)
    sure = np.min(alive, axis=0) == 1.0
    low, high = (np.where(sure, 1.0, expit(centre + sign * apart)) for sign in (-1, 1))
    return low[row], high[row]


def order_bounds(
    draws: Sequence[Draw], orders: Array, m: Array, mass: float, patterns: Patterns | None = None
) -> tuple[Array, Array]:
    """Bounds of each customer's own mean order, (n,) each; draws must have a law of spend.

    Parameters
    ----------
    draws : sequence of (PurchaseLaw, SpendLaw)
        Draws of the laws, equally likely.
    orders, m : ndarray of shape (n,)
        Number of the orders that are known of a customer, and their mean.
    mass : float
        Of the interval.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.
    """
    tails = (1 - mass) / 2, (1 + mass) / 2
    known = np.where(m > 0, orders, 0.0)  # of free orders alone nothing is known
    distinct = list({id(spend): spend for _, spend in draws}.values())
    bounds = np.array([_own_mean(at(spend, patterns), known, m, tails) for spend in distinct])
    if len(distinct) == 1:  # the law of spend is known
        return bounds[0, 0], bounds[0, 1]
    logs = np.log(np.maximum(bounds, 1e-300))
    centre, half = logs.mean(axis=1), np.diff(logs, axis=1)[:, 0] / 2
    apart = np.sqrt((half**2).mean(axis=0) + _spread(centre, mass) ** 2)
    middle = centre.mean(axis=0)
    return np.exp(middle - apart), np.exp(middle + apart)


def _own_mean(law: SpendLaw, orders: Array, m: Array, tails: tuple[float, float]) -> Array:
    """Quantiles of a customer's own mean order under one law, (2, n)."""
    if isinstance(law, GammaGamma) and np.ndim(law.p) == 0:  # the scale apart, it depends on the orders alone
        distinct, row = np.unique(orders, return_inverse=True)
        member = GammaGamma(law.p, np.asarray(law.q) + law.p * distinct, 1.0)
        scale = np.asarray(law.gamma) + orders * m
        return np.array([scale * np.asarray(member.mean_spend_quantile(tail))[row] for tail in tails])
    member_of: SpendLaw = law.posterior(orders, m)
    found = [np.asarray(member_of.total_spend_quantile(tail, MANY), dtype=float) / MANY for tail in tails]
    return np.array([np.broadcast_to(values, orders.shape) for values in found])


def _spread(values: Array, mass: float) -> Array:
    """Half the width of an interval for the next value, of which some have been drawn, (draws, n)."""
    count = len(values)
    if count < 2:
        return np.zeros(values.shape[1:])
    factor = float(stdtrit(count - 1, (1 + mass) / 2)) * np.sqrt(1 + 1 / count)
    return np.asarray(factor * values.std(axis=0, ddof=1))
