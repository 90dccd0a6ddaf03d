"""Walking through time: the facts of every customer at each of several dates, from one pass over the log."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rfm.kernel import CustomerDays, Facts

__all__ = ["walk"]

Ints = npt.NDArray[np.int64]


def walk(days: CustomerDays, customers: int, dates: Ints) -> Iterator[Facts]:
    """The facts of every customer at each date.

    Parameters
    ----------
    days : CustomerDays
        Sorted by customer, then day.
    customers : int
        c.
    dates : (k,) int64
        Rising day numbers, each inclusive.

    Yields
    ------
    Facts
        Of each date in turn: what `rfm.kernel.facts` gives for the days up to it. The arrays are
        carried on to the next date: copy what is to stay.

    Notes
    -----
    A day is a purchase or not by its own rows alone, and dates are whole days. So a later date changes
    nothing that was decided before it, and each customer-day is read once.
    """
    stage = np.searchsorted(dates, days.day).astype(np.int16)  # the first date that sees the day
    order = np.argsort(stage, kind="stable")  # within a stage still by customer, then day
    stops = np.searchsorted(stage[order], np.arange(len(dates)), side="right")
    code, day, net, refund = days.code[order], days.day[order], days.net[order], days.refund[order]
    facts = Facts(*(np.zeros(customers, dtype=np.int64) for _ in range(6)))
    start = 0
    for stop in stops:
        span = slice(start, stop)
        _carry_on(facts, CustomerDays(code[span], day[span], net[span], refund[span]))
        start = stop
        yield facts


def _carry_on(facts: Facts, days: CustomerDays) -> None:
    """Add later days, sorted by customer, then day, to the facts."""
    purchase = days.purchase
    bought, other = days.take(purchase), days.take(~purchase)
    who = bought.code
    fresh = facts.orders[who] == 0
    # written from the latest to the earliest, the earliest day stays
    first, spend = who[fresh][::-1], bought.net[fresh][::-1]
    facts.first[first], facts.first_spend[first] = bought.day[fresh][::-1], spend
    facts.last[who] = bought.day  # and here the latest
    np.add.at(facts.orders, who, 1)
    np.add.at(facts.spend, who, bought.net)
    np.add.at(facts.refunds, other.code, other.net)
