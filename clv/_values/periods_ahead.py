"""Purchases, revenue and active customers of periods ahead: expectations and the customers' luck, not simulated.

All are sums over customers of what each does in a period. Expectations are exact; the moments of customers follow from
the law's distribution at a few times (`times_ahead`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._values.ahead_at_draws import AheadAtDraws
from clv._values.alike_members import Alike, lagrange, smooth_in_age
from clv._values.customer_moments import Ahead, central, falling_moments, rarity, worth_moments
from clv._values.expected_ahead import Standing
from clv._values.lifetime_value import discounted_purchases
from clv._values.order_moments import order_moments
from clv._values.pmf_tables import counts_alive
from clv._values.simulated_future import Base, Draw
from clv._values.sums_of_customers import Luck
from clv._values.times_ahead import TimesAhead

__all__ = ["Buyers", "PeriodsAhead", "luck_is_known", "luck_of_periods"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

ASKED = 5  # periods in which draws of the parameters are asked; between them their factors are interpolated
MOST_TABLES = 4_000  # nodes whose distributions are tabulated at each time


@dataclass(frozen=True)
class PeriodsAhead:
    """Expected purchases and revenue of the base in each period.

    Parameters
    ----------
    standing : Standing
        Of the customers.
    ahead : AheadAtDraws
        Purchases, and these with the growth of prices, of each kind in each of some periods, if alive: (kinds, 2·p).
    asked : ndarray of int
        These periods.
    purchases, worth : ndarray of shape (kinds, periods)
        The same in all periods, at the fitted laws.
    """

    standing: Standing
    ahead: AheadAtDraws
    asked: Ints
    purchases: Array
    worth: Array

    @classmethod
    def of(cls, law: Any, base: Base, edges: Array) -> PeriodsAhead:
        """For some customers, the fitted law and ends of periods, beginning with 0."""
        periods = len(edges) - 1
        asked = np.arange(periods)
        if periods > ASKED:
            asked = np.unique(np.round((periods - 1) * (1 - np.cos(np.pi * asked[:ASKED] / (ASKED - 1))) / 2))
        asked = asked.astype(np.int64)
        starts, stops = edges[:-1], edges[1:]

        def measure(law: PurchaseLaw, some: Ints = asked) -> Array:
            return np.hstack(_of_periods(law, base, starts[some], stops[some]))

        ahead = AheadAtDraws(Alike.exactly(law, base), measure, law)
        whole = measure(ahead.alike.alive(law), np.arange(periods)) if periods > ASKED else ahead.exact
        return cls(Standing.of(base), ahead, asked, *np.hsplit(whole, 2))

    def sums(self, law: Any, spend: Any) -> Array:
        """Purchases and revenue of each period at the fitted laws, (2, periods)."""
        return self._summed(law, spend, self.purchases, self.worth)

    def at(self, draws: Sequence[Draw]) -> Iterator[Array]:
        """The same at laws near the fitted ones."""
        periods = self.purchases.shape[1]
        level = self.ahead.exact
        between = lagrange(np.arange(periods, dtype=float), self.asked.astype(float))
        for (law, spend), found in zip(draws, self.ahead.at([law for law, _ in draws]), strict=True):
            factor = np.divide(found, level, out=np.ones_like(found), where=level > 0)
            purchases, worth = (each @ between.T for each in np.hsplit(factor, 2))
            yield self._summed(law, spend, self.purchases * purchases, self.worth * worth)

    def _summed(self, law: Any, spend: Any, purchases: Array, worth: Array) -> Array:
        kind, p = self.kind, self.standing.p_alive(law)[self.standing.history]
        of_kind = [
            np.bincount(kind, weights=w, minlength=len(purchases))
            for w in (p, p * self.standing.spend(spend))
        ]
        return np.array([of_kind[0] @ purchases, of_kind[1] @ worth])

    @property
    def kind(self) -> Ints:
        """Of each customer."""
        return self.ahead.alike.kind


def _of_periods(law: PurchaseLaw, base: Base, starts: Array, stops: Array) -> tuple[Array, Array]:
    """Purchases of new members in each period, and these with the growth of prices, (members, periods)."""
    edges, place = np.unique(np.concatenate([starts, stops]), return_inverse=True)
    shape = law.log_parameters.shape[1:]

    def rise(reached: list[Any]) -> Array:
        until = np.array([np.broadcast_to(np.asarray(each, dtype=float), shape).ravel() for each in reached])
        return np.asarray((until[place[len(starts) :]] - until[place[: len(starts)]]).T)

    purchases = rise([law.expected_purchases(float(t)) for t in edges])
    if base.growth == 0:
        return purchases, purchases
    if base.steps is None:
        return purchases, rise([discounted_purchases(law, float(t), -base.growth) for t in edges])
    days = base.steps.unit_days * base.calendar(edges)  # prices grow in the calendar's time
    return purchases, rise(
        [
            discounted_purchases(law, float(t), -base.growth, replace(base.steps, days=float(day)))
            for t, day in zip(edges, days, strict=True)
        ]
    )


class Buyers(NamedTuple):
    """Customers who buy in each period: their number at the fitted laws, (periods,), and at draws, (draws, periods).

    `elasticity` is of the number to the expected purchases of a period, as both change from draw to draw.
    """

    expected: Array
    at_draws: Array
    elasticity: float


def luck_is_known(law: Any, alike: Alike) -> bool:
    """Whether the moments of customers in periods follow from the law's distribution."""
    if not (alike.alive(law)._even_times and smooth_in_age(law)):
        return False
    return len(alike.nearly.x) <= MOST_TABLES


def luck_of_periods(
    point: Draw, draws: Sequence[Draw], ahead: PeriodsAhead, edges: Array, rows: Array
) -> tuple[Luck, Buyers]:
    """Moments of purchases, revenue and active customers, (3, periods), and the number of the last.

    Parameters
    ----------
    point : (PurchaseLaw, SpendLaw or None)
        The fitted laws.
    draws : sequence of (PurchaseLaw, SpendLaw or None)
        Near them; `rows` is their expected purchases by period.
    ahead : PeriodsAhead
        Of the customers.
    edges : ndarray of shape (periods + 1,)
    rows : ndarray of shape (draws, periods)
    """
    (law, spend), alike = point, ahead.ahead.alike.nearly
    base, times = ahead.standing.base, TimesAhead(float(edges[-1]))
    tables = _tables(law, alike, times)
    p = ahead.standing.p_alive(law)[ahead.standing.history]
    at_times = np.array([falling_moments(table) for table in tables])  # (times, nodes, 3)
    of = None
    if spend is not None:
        of = order_moments(spend, base, rarity(p * ahead.purchases.sum(axis=1)[ahead.kind]))
    worth = None if base.growth == 0 else lambda t: np.exp(base.growth * base.calendar(t))
    moments = np.zeros((3, 3, len(edges) - 1))
    for period, (start, stop) in enumerate(pairwise(edges)):
        plain = [w @ at_times[:, :, k - 1] for k, w in times.weights(start, stop)]
        grown = plain
        if worth is not None:
            grown = [w @ at_times[:, :, k - 1] for k, w in times.weights(start, stop, worth)]
        whole = np.array([plain[0], plain[3], plain[5], *grown]).T
        found = Ahead(*alike.spread(whole)[alike.kind].T)
        one, two = p * found.purchases, p * (found.purchases + found.pairs)
        raw = [(one, two, p * (found.purchases + 3 * found.pairs + found.triples))]
        raw.append(worth_moments(p, found, of) if of is not None else (one, two, one))
        each = central(*(np.array(part) for part in zip(*raw, strict=True)))
        moments[:, :2, period] = [part.sum(axis=1) for part in (each.mean, each.variance, each.third)]
        buys = p * alike.spread(_buys(tables, times, start, stop))[alike.kind]
        rest = buys * (1 - buys)
        moments[:, 2, period] = buys.sum(), rest.sum(), (rest * (1 - 2 * buys)).sum()
    moments[:, 1] *= spend is not None
    return Luck(*moments), _buyers(moments[0, 2], point, draws, ahead, edges, rows)


def _tables(law: Any, alike: Alike, times: TimesAhead) -> list[Array]:
    """P(N(t) = n) of the nodes at each of the times, (nodes, counts)."""
    return [counts_alive(law, alike.x, alike.t_x, alike.T, float(t), alike.patterns) for t in times.nodes]


def _buys(tables: Sequence[Array], times: TimesAhead, start: float, stop: float) -> Array:
    """P(N(start, stop] > 0) of the nodes."""
    middle, _, rise = times.cells(start, stop)
    answer = np.zeros(len(tables[0]))
    for table, parts in zip(tables, rise.T, strict=True):
        more = np.maximum(1.0 - np.cumsum(table, axis=1), 0.0)  # P(N > n)
        n = np.arange(table.shape[1])
        answer += more @ ((start / middle) ** n[:, None] @ parts)
    return answer


def _buyers(
    expected: Array, point: Draw, draws: Sequence[Draw], ahead: PeriodsAhead, edges: Array, rows: Array
) -> Buyers:
    """Their number at draws: per purchase it changes little, and in proportion to the log-parameters.

    It is found at some draws and in some periods, at few nodes; the logarithm of its change against that of purchases
    is fitted by a line.
    """
    law = point[0]
    thetas = np.array([each.log_parameters for each, _ in draws[: len(rows)]]) - law.log_parameters
    some = min(2 * thetas.shape[1] + 4, len(rows))
    alike, times, periods = ahead.ahead.alike.coarse, TimesAhead(float(edges[-1])), ahead.asked

    def number(law: Any) -> Array:
        p = ahead.standing.p_alive(law)[ahead.standing.history]
        of_kind = alike.weights.T @ np.bincount(alike.kind, weights=p, minlength=len(alike.first))  # type: ignore[union-attr]
        tables = _tables(law, alike, times)
        return np.array([of_kind @ _buys(tables, times, edges[k], edges[k + 1]) for k in periods])

    level = number(law)
    bought = _log_ratio(rows, ahead.sums(*point)[0])
    change = np.array([_log_ratio(number(each), level) for each, _ in draws[:some]]) - bought[:some, periods]
    slopes, *_ = np.linalg.lstsq(thetas[:some], change, rcond=None)
    between = lagrange(np.arange(len(expected), dtype=float), periods.astype(float))
    together = bought + thetas @ slopes @ between.T
    size = float((bought**2).sum())
    elasticity = float((bought * together).sum()) / size if size > 0 else 1.0
    return Buyers(expected, expected * np.exp(together), elasticity)


def _log_ratio(values: Array, level: Array) -> Array:
    """ln values/level; 0 where nothing is expected."""
    some = (level > 0) & (values > 0)
    return np.asarray(np.log(np.divide(values, level, out=np.ones_like(values), where=some)))
