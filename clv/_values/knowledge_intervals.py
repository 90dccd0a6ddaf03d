"""How sure a customer's P(alive) and mean order are: bounds of what is true of the customer, not of what will happen.

P(alive) is uncertain since the parameters are, and its log-odds are nearly linear in their logarithms: the variance is
the sum over the principal directions of the estimates' covariance, along each of which the law is read a standard error
to both sides. No draws are needed, of which a prediction has few, and which would make the bounds depend on a seed. A
customer's own mean order has a distribution even if the parameters are known, that of the law given the orders so far;
the doubt of the parameters widens it in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
Ints = NDArray[np.int64]
Apart: TypeAlias = Sequence[tuple[Any, Any]]

BLOCK = 32_768  # customers at a time
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
    rows: tuple[Ints, Ints] | None = None,
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
    rows : pair of ndarray, optional
        The distinct rows of (x, t_x, T, patterns) and that of each customer, if they have been found.

    Notes
    -----
    Where P(alive) is 1 whatever the parameters, as for one-time buyers under BG/NBD, so are its bounds.
    """
    first, row = unique_rows(x, t_x, T, *keys(patterns)) if rows is None else rows
    answer = np.empty((2, len(first)))
    for start in range(0, len(first), BLOCK):  # numbers of a block fit into the processor's cache
        some = first[start : start + BLOCK]
        of_block = x[some], t_x[some], T[some], mass, taken(patterns, some)
        answer[:, start : start + BLOCK] = _alive_bounds(law, apart, *of_block)
    return answer[0][row], answer[1][row]


def _alive_bounds(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    apart: Apart,
    x: Array,
    t_x: Array,
    T: Array,
    mass: float,
    patterns: Patterns | None,
) -> tuple[Array, Array]:
    """The same for customers who are few, and distinct."""

    def alive(one: Any) -> Array:
        return np.asarray(at(one, patterns).p_alive(x, t_x, T), dtype=float)

    def odds(p: Array) -> Array:
        return np.asarray(logit(np.clip(p, 1e-300, 1 - 1e-16)), dtype=float)

    middle = alive(law)
    half = _quantile(mass) * _doubt([(odds(alive(one)), odds(alive(other))) for one, other in apart], middle)
    low, high = (np.where(half > 0, expit(odds(middle) + sign * half), middle) for sign in (-1, 1))
    return low, high


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
    known = np.where(m > 0, orders, 0.0)  # of free orders alone nothing is known

    laws = [law, *(one for pair in apart for one in pair)]
    if all(isinstance(one, GammaGamma) and np.ndim(one.p) == 0 for one in laws):
        return _of_scales(laws, known, m, mass)
    means = [_own_mean(at(one, patterns), known, m, mass) for one in laws]
    low, high = np.log(means[0])
    centres = [np.log(mean).mean(axis=0) for mean in means[1:]]
    half = np.hypot((high - low) / 2, _quantile(mass) * _doubt(list(_pairs(centres)), low))
    middle, sure = (low + high) / 2, half == 0  # where every order is worth the same, to the last digit
    bounds = np.where(sure, means[0], np.exp([middle - half, middle + half]))
    return bounds[0], bounds[1]


def _of_scales(laws: Sequence[GammaGamma], known: Array, m: Array, mass: float) -> tuple[Array, Array]:
    """The same under Gamma-Gamma: a number of orders has a table, which the customer's scale γ + x·m multiplies."""
    first, row = unique_rows(known)
    member = [GammaGamma(one.p, np.asarray(one.q) + one.p * known[first], 1.0) for one in laws]
    logs = np.log([_quantiles(one, mass) for one in member])
    centre, luck = logs.mean(axis=1), (logs[0, 1] - logs[0, 0]) / 2
    steps = [one - other for one, other in _pairs(centre[1:])]
    answer, wide = np.empty((2, len(m))), _quantile(mass)
    for start in range(0, len(m), BLOCK):
        some = slice(start, start + BLOCK)
        kind, spent = row[some], known[some] * m[some]
        scales = [np.asarray(one.gamma) + spent for one in laws]
        apart = (
            np.log(one / other) + step[kind]
            for (one, other), step in zip(_pairs(scales[1:]), steps, strict=True)
        )
        doubt = np.sqrt(sum(((each / 2) ** 2 for each in apart), np.zeros_like(spent)))
        half = np.hypot(luck[kind], wide * doubt)
        middle = scales[0] * np.exp(centre[0])[kind]
        answer[:, some] = middle * np.exp(-half), middle * np.exp(half)
    return answer[0], answer[1]


def _pairs(values: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """The first and the second, the third and the fourth, …"""
    return zip(values[::2], values[1::2], strict=True)


def _own_mean(law: SpendLaw, orders: Array, m: Array, mass: float) -> Array:
    """Quantiles of a customer's own mean order under one law, (2, n)."""
    member: SpendLaw = law.posterior(orders, m)
    tails = (1 - mass) / 2, (1 + mass) / 2
    found = [np.asarray(member.total_spend_quantile(tail, MANY), dtype=float) / MANY for tail in tails]
    return np.maximum([np.broadcast_to(values, orders.shape) for values in found], 1e-300)


def _quantiles(member: GammaGamma, mass: float) -> Array:
    tails = (1 - mass) / 2, (1 + mass) / 2
    return np.maximum([np.asarray(member.mean_spend_quantile(tail)) for tail in tails], 1e-300)


def _doubt(pairs: Sequence[tuple[Array, Array]], like: Array) -> Array:
    """Standard deviation of a quantity that is known a standard error to both sides in each direction, (n,)."""
    return np.asarray(np.sqrt(sum((((one - other) / 2) ** 2 for one, other in pairs), np.zeros_like(like))))


def _quantile(mass: float) -> float:
    return float(ndtri((1 + mass) / 2))
