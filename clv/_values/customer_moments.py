"""Moments of each customer's purchases and of their discounted net spend in a horizon, without simulation.

A customer has left, or is alive and then a new member of the posterior law, whose factorial moments follow from its
pmf. Sums over discounted orders follow from these at some times (`times_ahead`). This is exact for all laws by which a
customer buys at a rate of their own until they leave; for others (Erlang's regular gaps) it is a close approximation,
since the discount falls by some per cent only. In discrete time it is taken at its mean over the expected orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import at, plain
from clv._season.steps import Steps
from clv._values.alike_members import Alike, smooth_in_age
from clv._values.lifetime_value import discounted_purchases
from clv._values.order_moments import OrderMoments, order_moments
from clv._values.pmf_tables import counts_alive
from clv._values.simulated_future import Base
from clv._values.times_ahead import TimesAhead

__all__ = [
    "Ahead",
    "Moments",
    "central",
    "customer_moments",
    "factorial_moments",
    "falling_moments",
    "moments_are_cheap",
    "rarity",
    "worth_moments",
]

Array = NDArray[np.float64]

MOST_TABLES = 20_000  # histories whose distributions are tabulated
RARE = 0.01  # expected number of customers in the base whose amounts are cut off


@dataclass(frozen=True)
class Moments:
    """Of purchases and of value, the rows, for each customer: arrays of shape (2, n).

    Attributes
    ----------
    mean, variance, third : ndarray
        The expectation, and the second and the third moment about it.
    """

    mean: Array
    variance: Array
    third: Array


class Ahead(NamedTuple):
    """Expectations of sums over the purchases ahead of a member who is alive, by kind of customer, each (members,).

    With u = v(t) the discount of an order: over orders, over pairs and over triples of different orders.
    """

    purchases: Array  # Σ 1
    pairs: Array  # Σ 1
    triples: Array  # Σ 1
    worth: Array  # Σ u
    square: Array  # Σ u²
    cube: Array  # Σ u³
    product: Array  # Σ u₁u₂
    two_and_one: Array  # Σ u₁²u₂
    triple: Array  # Σ u₁u₂u₃


def moments_are_cheap(law: Any, alike: Alike) -> bool:
    """Whether the distributions of all these customers can be tabulated."""
    nodes = alike.nearly if smooth_in_age(law) else alike
    return len(nodes.x) <= MOST_TABLES


def customer_moments(
    law: Any,
    spend: Any,
    base: Base,
    *,
    horizon: float,
    delta: float = 0.0,
    margin: float = 1.0,
    steps: Steps | None = None,
    alike: Alike | None = None,
) -> Moments:
    """Mean, variance and third central moment of each customer's purchases and value.

    Parameters
    ----------
    law, spend : PurchaseLaw, SpendLaw or None
        No arrays of parameters, or covariates. Without a spend law values are 0.
    base : Base
        The customers.
    horizon, delta : float
        In the law's unit of time, finite, and the force of discount for one unit.
    margin : float
        Share of spend that is kept.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `horizon` then is.
    alike : Alike, optional
        The customers' kinds, if they are known already.

    Notes
    -----
    Of spend, the moments are those of `order_moments`, which cut off amounts that fewer than one base in a hundred will
    see; without that, the variance of a Gamma-Gamma law with q ≤ 2 would be infinite.
    """
    alike = Alike.exactly(law, base) if alike is None else alike
    alike = alike.nearly if smooth_in_age(law) else alike
    found = _ahead(law, alike, horizon, delta - base.growth, steps)
    ahead = Ahead(*(part[alike.kind] for part in found))
    p = np.asarray(at(law, base.patterns).p_alive(base.x, base.t_x, base.T), dtype=float)
    one, two = p * ahead.purchases, p * (ahead.purchases + ahead.pairs)
    three = p * (ahead.purchases + 3 * ahead.pairs + ahead.triples)
    raw = [(one, two, three)]
    if spend is None:
        raw.append((np.zeros(len(base)),) * 3)
    else:
        of = order_moments(spend, base, rarity(one)).scaled(np.full(len(base), margin))
        raw.append(worth_moments(p, ahead, of))
    return central(*(np.array(each) for each in zip(*raw, strict=True)))


def rarity(expected: Array) -> float:
    """Probability of the amounts that are cut off, from the expected purchases of each customer."""
    return float(np.clip(RARE / max(np.minimum(expected, 1.0).sum(), 1.0), 1e-12, 1e-3))


def worth_moments(p: Array, ahead: Ahead, of: OrderMoments) -> tuple[Array, Array, Array]:
    """E[V], E[V²] and E[V³] of the value V of customers' orders."""
    return (
        p * of.one * ahead.worth,
        p * (of.square * ahead.square + of.pair * ahead.product),
        p * (of.cube * ahead.cube + 3 * of.two_and_one * ahead.two_and_one + of.triple * ahead.triple),
    )


def central(mean: Array, square: Array, cube: Array) -> Moments:
    """From moments about 0."""
    return Moments(mean, np.maximum(square - mean**2, 0.0), cube - 3 * mean * square + 2 * mean**3)


def _ahead(law: Any, alike: Alike, horizon: float, force: float, steps: Steps | None) -> Ahead:
    """The sums over purchases for each kind; `force` is the discount's less the growth of prices."""
    if plain(law).discrete and force != 0:
        whole = alike.spread(factorial_moments(law, alike, horizon))
        worth = alike.spread(np.asarray(discounted_purchases(alike.alive(law), horizon, force, None)))
        u = np.divide(worth, whole[:, 0], out=np.ones(len(worth)), where=whole[:, 0] > 0)
        one, two, three = whole.T
        return Ahead(one, two, three, one * u, one * u**2, one * u**3, two * u**2, two * u**3, three * u**3)
    if force == 0:
        one, two, three = alike.spread(factorial_moments(law, alike, horizon)).T
        return Ahead(one, two, three, one, one, one, two, two, three)
    times = TimesAhead(horizon)
    calendar = (lambda t: t) if steps is None else steps.units_of_calendar
    weights = times.weights(0.0, horizon, lambda t: np.exp(-force * calendar(t)))
    at_times = np.array([factorial_moments(law, alike, float(t)) for t in times.nodes])  # (times, nodes, 3)
    sums = [np.tensordot(w, at_times[:, :, k - 1], 1) for k, w in weights]
    return Ahead(*alike.spread(np.array([*at_times[-1].T, *sums]).T).T)


def factorial_moments(law: Any, alike: Alike, t: float) -> Array:
    """E[N], E[N(N − 1)] and E[N(N − 1)(N − 2)] of the nodes within t, (nodes, 3)."""
    return falling_moments(counts_alive(law, alike.x, alike.t_x, alike.T, t, alike.patterns))


def falling_moments(pmf: Array) -> Array:
    """The same of distributions of N, (members, counts)."""
    n = np.arange(pmf.shape[1], dtype=float)
    return np.asarray(pmf @ np.array([n, n * (n - 1), n * (n - 1) * (n - 2)]).T)
