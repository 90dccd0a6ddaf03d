"""Customers of each segment at each date, in many simulated futures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._segment_forecast.facts import Facts, Orders, facts_on
from clv._segment_forecast.newcomers import Newcomers
from clv._segment_forecast.segment_rules import SegmentRules
from clv._segment_forecast.timeline import OwnTime, Timeline
from clv._values.simulated_future import Base, Draw, simulate_future

__all__ = ["Counted", "Future", "Shop", "counted", "orders_ahead"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_SIMULATED: Final = 20_000  # customers of a future; of a larger base a sample, another in each future
TOGETHER: Final = 200_000  # customers × dates that are scored at once


@dataclass(frozen=True)
class Shop:
    """What is known today, and what will be asked.

    Parameters
    ----------
    base : Base
        The customers, for the law, in an order in which neighbours are alike.
    today : Facts
        The same, for the scores.
    rules : SegmentRules
    line : Timeline
    newcomers : Newcomers, optional
    """

    base: Base
    today: Facts
    rules: SegmentRules
    line: Timeline
    newcomers: Newcomers | None = None

    def take(self, rows: Ints) -> Shop:
        """Some of the customers."""
        return replace(self, base=self.base.take(rows), today=self.today.take(rows))


class Future(NamedTuple):
    """The laws of one future: of the customers of today, and of new members; purchases and money relative to what they
    expect, (2, m); lengths of the periods in the season's time relative to the expected ones, (m,)."""  # fmt: skip

    laws: Draw
    newcomers: Draw
    factors: Array
    ratios: Array


class Counted(NamedTuple):
    """Customers by future, date and segment, (futures, m, segments), and the share of the spread of shares and numbers
    that is not due to the sample that was simulated, (m, segments)."""  # fmt: skip

    customers: Array
    narrower: Array


def counted(shop: Shop, futures: Sequence[Future], rng: np.random.Generator) -> Counted:
    """Simulate each future and count.

    Of more than 20,000 customers, each future simulates another systematic sample, of customers in the order of today's
    segment and their histories. Two halves of each sample tell how much of the spread between futures is the sample's;
    a spread like that of the whole base remains.
    """
    n, m, segments = len(shop.base), len(shop.line.days) - 1, len(shop.rules.names)
    share = min(1.0, MOST_SIMULATED / max(n, 1))
    halves = np.zeros((len(futures), m, 2, segments))
    waiting: list[tuple[int, int, Facts, Ints]] = []
    held = 0
    for place, future in enumerate(futures):
        for k, (facts, half) in enumerate(_simulated(shop, future, share, rng)):
            waiting.append((place, k, facts, half))
            held += len(facts)
        if held > TOGETHER or place == len(futures) - 1:
            _count(shop.rules, waiting, halves)
            waiting, held = [], 0
    scale = n / max(min(n, MOST_SIMULATED), 1)
    customers = scale * halves.sum(axis=2)
    if share == 1.0:
        return Counted(customers, np.ones((m, segments)))
    # The variance of a sum of two independent halves is that of their difference.
    sampled = (scale * (halves[:, :, 0] - halves[:, :, 1])) ** 2
    luck = sampled.mean(axis=0)
    spread = customers.var(axis=0)
    left = np.maximum(spread - luck, 0.0) + luck * share
    narrower = np.sqrt(np.divide(left, spread, out=np.ones_like(spread), where=spread > 0))
    return Counted(customers, np.minimum(narrower, 1.0))


def _count(rules: SegmentRules, waiting: Sequence[tuple[int, int, Facts, Ints]], halves: Array) -> None:
    """Add the customers of futures and dates to their segments, all scored at once."""
    _, m, _, segments = halves.shape
    codes = rules.codes(Facts.together([facts for _, _, facts, _ in waiting]))
    cell = np.concatenate([(place * m + k) * 2 + half for place, k, _, half in waiting])
    halves += np.bincount(cell * segments + codes, minlength=halves.size).reshape(halves.shape)


def _simulated(
    shop: Shop, future: Future, share: float, rng: np.random.Generator
) -> Iterator[tuple[Facts, Ints]]:
    """For each date of one future the customers by then, and to which half of the sample each belongs."""
    n = len(shop.base)
    if share < 1.0:
        places = (rng.random() + np.arange(MOST_SIMULATED)) * (n / MOST_SIMULATED)
        shop = shop.take(np.minimum(places.astype(np.int64), n - 1))
    line, own = shop.line, shop.line.own(future.factors[0], future.ratios)
    worth = future.factors[1] / future.factors[0]
    today, orders = shop.today, orders_ahead(shop.base, own, future.laws, worth, rng)
    if shop.newcomers is not None:
        count, theirs = shop.newcomers.of_future(future.newcomers, own, worth, share, rng)
        zeros = np.zeros(count)
        none = np.zeros(count, dtype=np.int64)
        unknown = Facts(none, none, zeros, zeros, zeros, none - 1)
        orders = Orders(
            np.concatenate([orders.customer, theirs.customer + len(today)]),
            *(
                np.concatenate([getattr(orders, of), getattr(theirs, of)])
                for of in ("day", "spend", "refunds")
            ),
        )
        today = Facts.together([today, unknown])
    half = np.arange(len(today)) % 2
    for facts in facts_on(today, orders, line.days[1:].astype(np.int64)):
        here = np.flatnonzero(facts.orders > 0)
        yield facts.take(here), half[here]


def orders_ahead(base: Base, own: OwnTime, laws: Draw, worth: Array, rng: np.random.Generator) -> Orders:
    """Orders of the customers of today in a future's own time; `worth` multiplies their values, by period."""
    days = own.line.days
    gross = replace(base, kept=None)
    future = simulate_future(*laws, gross, own.horizon, rng)
    day = own.day(future.time, rng)
    spend = future.amount * worth[np.clip(np.searchsorted(days[1:], day), 0, len(worth) - 1)]
    sent_back = np.zeros(len(base)) if base.kept is None else 1 - base.kept
    keep = day <= days[-1]
    who = future.customer[keep]
    return Orders(who, day[keep], spend[keep], -sent_back[who] * spend[keep])
