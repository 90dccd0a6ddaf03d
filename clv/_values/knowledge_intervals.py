"""How sure a customer's P(alive) and mean order are: bounds of what is true of the customer, not of what will happen.

P(alive) is uncertain since the parameters are, and its log-odds are nearly linear in their logarithms: the variance is
the sum over the principal directions of the estimates' covariance, along each of which the law is read a standard error
to both sides. No draws are needed, of which a prediction has few, and which would make the bounds depend on a seed. A
customer's own mean order has a distribution even if the parameters are known, that of the law given the orders so far;
the doubt of the parameters widens it in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from clv._laws.by_covariates import ByCovariates, Patterns, at, keys, taken
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import unique_rows

__all__ = ["Doubt", "alive_bounds", "order_bounds"]

Array = NDArray[np.float64]
Apart: TypeAlias = Sequence[tuple[Any, Any]]

MANY = 1_000_000  # orders whose mean is taken for the customer's own


@dataclass(frozen=True)
class Doubt:
    """Laws a standard error from the estimates, to both sides of them along each principal direction (`laws_apart`).

    Parameters
    ----------
    purchases, spend : tuple of pairs of laws
        Without pairs, the parameters are known.
    """

    purchases: tuple[tuple[Any, Any], ...] = ()
    spend: tuple[tuple[Any, Any], ...] = ()


def alive_bounds(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    apart: Apart,
    x: Array,
    t_x: Array,
    T: Array,
    mass: float,
    patterns: Patterns | None = None,
) -> tuple[Array, Array]:
    """Bounds of each customer's P(alive), (n,) each.

    Parameters
    ----------
    law : PurchaseLaw
        At the estimates.
    apart : sequence of pairs of PurchaseLaw
        A standard error from it, to both sides.
    x, t_x, T : ndarray of shape (n,)
        The customers.
    mass : float
        Of the interval.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.

    Notes
    -----
    Where P(alive) is 1 whatever the parameters, as for one-time buyers under BG/NBD, so are its bounds.
    """
    first, row = unique_rows(x, t_x, T, *keys(patterns))
    some = taken(patterns, first)

    def alive(one: Any) -> Array:
        return np.asarray(at(one, some).p_alive(x[first], t_x[first], T[first]), dtype=float)

    def odds(p: Array) -> Array:
        return np.asarray(logit(np.clip(p, 1e-300, 1 - 1e-16)), dtype=float)

    middle = alive(law)
    half = _quantile(mass) * _doubt([(odds(alive(one)), odds(alive(other))) for one, other in apart], middle)
    low, high = (np.where(half > 0, expit(odds(middle) + sign * half), middle) for sign in (-1, 1))
    return low[row], high[row]


def order_bounds(
    law: SpendLaw | ByCovariates[SpendLaw],
    apart: Apart,
    orders: Array,
    m: Array,
    mass: float,
    patterns: Patterns | None = None,
) -> tuple[Array, Array]:
    """Bounds of each customer's own mean order, (n,) each.

    Parameters
    ----------
    law : SpendLaw
        At the estimates.
    apart : sequence of pairs of SpendLaw
        A standard error from it, to both sides.
    orders, m : ndarray of shape (n,)
        Number of the orders that are known of a customer, and their mean.
    mass : float
        Of the interval.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.
    """
    tails = (1 - mass) / 2, (1 + mass) / 2
    known = np.where(m > 0, orders, 0.0)  # of free orders alone nothing is known

    def logs(one: Any) -> Array:
        return np.log(np.maximum(_own_mean(at(one, patterns), known, m, tails), 1e-300))

    bounds = _own_mean(at(law, patterns), known, m, tails)
    if not apart:
        return bounds[0], bounds[1]
    low, high = np.log(np.maximum(bounds, 1e-300))
    middle = (low + high) / 2
    doubt = _doubt([(logs(one).mean(axis=0), logs(other).mean(axis=0)) for one, other in apart], middle)
    half = np.hypot((high - low) / 2, _quantile(mass) * doubt)
    sure = half == 0  # where every order is worth the same, to the last digit
    below, above = (np.where(sure, bounds[0], np.exp(middle + sign * half)) for sign in (-1, 1))
    return below, above


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


def _doubt(pairs: Sequence[tuple[Array, Array]], like: Array) -> Array:
    """Standard deviation of a quantity that is known a standard error to both sides in each direction, (n,)."""
    return np.asarray(np.sqrt(sum((((one - other) / 2) ** 2 for one, other in pairs), np.zeros_like(like))))


def _quantile(mass: float) -> float:
    return float(ndtri((1 + mass) / 2))
