"""Moments of the amounts of a customer's orders: of one order, and of products of two or three of them.

Orders of a customer share the customer's mean, so that E[A₁A₂] is not E[A]². With Tₙ the total of n orders,

    E[T₁²] = a₂,    E[T₂²] = 2a₂ + 2z₂,    E[T₁³] = a₃,    E[T₂³] = 2a₃ + 6c,    E[T₃³] = 3a₃ + 18c + 6z₃,

a₂ = E[A²], z₂ = E[A₁A₂], a₃ = E[A³], c = E[A₁²A₂], z₃ = E[A₁A₂A₃]. Each is an integral over the quantiles of Tₙ, which
every spend law has. A law with heavy tails (Gamma-Gamma with q ≤ 3) has no third moment, or no second one: amounts
larger than what one customer in a million, say, spends are counted as that amount, so that the moments describe the
totals that occur.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import at, keys, taken
from clv._numerics import unique_rows
from clv._values.simulated_future import Base

__all__ = ["OrderMoments", "order_moments"]

Array = NDArray[np.float64]

CUT, BELOW, ABOVE = 2.0, 12, 20  # −ln P(beyond) where two Gauss–Legendre rules meet, and their nodes


class OrderMoments(NamedTuple):
    """Moments of the orders of each customer, arrays of shape (n,), in powers of currency."""

    one: Array  # E[A]
    square: Array  # E[A²]
    pair: Array  # E[A₁A₂]
    cube: Array  # E[A³]
    two_and_one: Array  # E[A₁²A₂]
    triple: Array  # E[A₁A₂A₃]

    def scaled(self, factor: Array) -> OrderMoments:
        """Of orders multiplied by a factor."""
        powers = (1, 2, 2, 3, 3, 3)
        return OrderMoments(*(part * factor**power for part, power in zip(self, powers, strict=True)))


def order_moments(spend: Any, base: Base, rare: float) -> OrderMoments:
    """Moments of each customer's future orders, net of returns.

    Parameters
    ----------
    spend : SpendLaw or ByCovariates
        No arrays of parameters, or covariates.
    base : Base
        The customers.
    rare : float
        Probability of amounts that are counted as the smallest of them.
    """
    orders, mean = base.spent
    known = np.where(mean > 0, orders, 0.0)
    first, kind = unique_rows(known, *keys(base.patterns))
    some = at(spend, taken(base.patterns, first))
    law = some.posterior(known[first], mean[first])
    # Among customers with as many orders, spend is proportional to their own scales.
    own = np.broadcast_to(at(spend, base.patterns).own_scale(known, mean), len(base))
    moments = OrderMoments(*(part[kind] for part in _of_laws(law, len(first), rare)))
    return moments.scaled(base.net(own / own[first][kind]))


def _of_laws(law: Any, count: int, rare: float) -> OrderMoments:
    """The moments of members of some laws, each (count,)."""
    place, weight = _tail_nodes(rare)
    one, two, three = (
        np.broadcast_to(law.total_spend_quantile(-np.expm1(-place)[:, None], n), (len(place), count))
        for n in (1.0, 2.0, 3.0)
    )

    def mean(values: Array) -> Array:
        return np.asarray(weight @ values)

    square, cube = mean(one**2), mean(one**3)
    pair = np.maximum(mean(two**2) / 2 - square, 0.0)
    two_and_one = np.maximum((mean(two**3) - 2 * cube) / 6, 0.0)
    triple = np.maximum((mean(three**3) - 3 * cube - 18 * two_and_one) / 6, 0.0)
    return OrderMoments(mean(one), square, pair, cube, two_and_one, triple)


def _tail_nodes(rare: float) -> tuple[Array, Array]:
    """Places −ln P(beyond) and weights of a mean over quantiles; the last place has the mass `rare`."""
    far = -np.log(rare)
    places, weights = [], []
    # Small amounts go like a power of the place: nodes are dense at 0.
    for low, high, count, power in ((0.0, CUT, BELOW, 3), (CUT, far, ABOVE, 1)):
        node, weight = np.polynomial.legendre.leggauss(count)
        part = (node + 1) / 2
        place = low + (high - low) * part**power
        places.append(place)
        weights.append((high - low) / 2 * power * part ** (power - 1) * weight * np.exp(-place))
    return np.append(np.concatenate(places), far), np.append(np.concatenate(weights), rare)
