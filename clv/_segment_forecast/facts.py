"""What scores are made from, of customers on a day: facts of the past, and what simulated orders add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Facts", "Orders", "facts_on"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """Customers on a day, arrays of shape (n,).

    Days since the last purchase, orders, spend of the purchase days, what was sent back (≤ 0), the first order's spend;
    and the row of the summary that each is, −1 for a newcomer.
    """

    recency: Ints
    orders: Ints
    spend: Array
    refunds: Array
    first: Array
    row: Ints

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Ints) -> Facts:
        """Some of the customers."""
        return Facts(
            self.recency[rows],
            self.orders[rows],
            self.spend[rows],
            self.refunds[rows],
            self.first[rows],
            self.row[rows],
        )

    @classmethod
    def together(cls, several: Sequence[Facts]) -> Facts:
        """The customers of several, one after another."""
        return cls(
            np.concatenate([each.recency for each in several]),
            np.concatenate([each.orders for each in several]),
            np.concatenate([each.spend for each in several]),
            np.concatenate([each.refunds for each in several]),
            np.concatenate([each.first for each in several]),
            np.concatenate([each.row for each in several]),
        )


@dataclass(frozen=True)
class Orders:
    """Simulated orders, arrays of shape (orders,) in order of time for each customer: whose, days ahead (1 is
    tomorrow), what was spent, and what of it is sent back (≤ 0)."""  # fmt: skip

    customer: Ints
    day: Ints
    spend: Array
    refunds: Array


def facts_on(today: Facts, orders: Orders, days: Ints) -> list[Facts]:
    """The facts of customers on some later days, after the orders until then.

    Parameters
    ----------
    today : Facts
        On day 0. A customer without orders is not yet one: `recency` and `orders` are 0.
    orders : Orders
        All that follow.
    days : ndarray of shape (m,)
        Rising.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> known = Facts(np.array([30]), np.array([2]), 50 * one, 0 * one, 20 * one, np.array([0]))
    >>> bought = Orders(np.array([0, 0]), np.array([5, 12]), np.array([10.0, 8.0]), np.zeros(2))
    >>> [(int(on.recency[0]), int(on.orders[0]), float(on.spend[0])) for on in facts_on(known, bought, [7, 14])]
    [(2, 3, 60.0), (2, 4, 68.0)]
    """
    n, last, first = len(today), -today.recency, today.first.copy()
    count, spend, refunds = today.orders, today.spend, today.refunds
    period = np.searchsorted(days, orders.day)
    found = []
    for k, day in enumerate(np.asarray(days).tolist()):
        held = period == k
        who, spent = orders.customer[held], orders.spend[held]
        newly = count[who] == 0
        if newly.any():  # written backwards, so that the earliest order stays
            first[who[newly][::-1]] = spent[newly][::-1]
        count = count + np.bincount(who, minlength=n)
        spend = spend + np.bincount(who, spent, minlength=n)
        refunds = refunds + np.bincount(who, orders.refunds[held], minlength=n)
        last = last.copy()
        np.maximum.at(last, who, orders.day[held])
        known = Facts(day - last, count, spend, refunds, first.copy(), today.row)
        found.append(known)
    return found
