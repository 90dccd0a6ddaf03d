"""Walking through time: the facts of every customer at each of several dates, from one pass over the log."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rfm.customers.kernel import CustomerDays, Facts

__all__ = ["walk", "walk_orders"]

Ints = npt.NDArray[np.int64]


def walk(days: CustomerDays, customers: int, dates: Ints) -> Iterator[tuple[Facts, Ints]]:
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
    facts : Facts
        Of each date in turn: what `rfm.customers.kernel.facts` gives for the days up to it. The arrays are
        carried on to the next date: copy what is to stay.
    touched : (t,) int64
        The customers with a day since the date before: nobody else's facts have changed.

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
        who = code[span]
        yield facts, who[np.append(True, who[1:] != who[:-1])[: len(who)]]


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


def walk_orders(
    code: Ints, order: Ints, day: Ints, units: Ints, customers: int, dates: Ints
) -> Iterator[Ints]:
    """How many orders each customer has placed by each date, by their order ids.

    Parameters
    ----------
    code, order, day, units : (n,) int64
        Rows of the log: customer number, order number (negative: none), day, money.
    customers : int
        c.
    dates : (k,) int64
        Rising day numbers, each inclusive.

    Yields
    ------
    (c,) int64
        Carried on to the next date, as in `walk`. An order counts while its rows so far have a net above
        zero, or a net of zero and no refund row: a refund may take it back later.
    """
    stage = np.searchsorted(dates, day)
    kept = np.flatnonzero((order >= 0) & (stage < len(dates)))
    kept = kept[np.lexsort((stage[kept], order[kept], code[kept]))]
    code, order, stage, units = code[kept], order[kept], stage[kept], units[kept]
    fresh = _first_of_order(code, order)
    last = np.append(fresh[1:] | (stage[1:] != stage[:-1]), True)[: len(kept)]  # of its order at its stage
    net, refunds = _running(units, fresh)[last], _running((units < 0).astype(np.int64), fresh)[last]
    counts = ((net > 0) | ((net == 0) & (refunds == 0))).astype(np.int64)
    code, order, stage = code[last], order[last], stage[last]
    before = np.where(_first_of_order(code, order), 0, np.append(0, counts[:-1])[: len(counts)])
    change = counts - before
    orders = np.zeros(customers, dtype=np.int64)
    for at in range(len(dates)):
        now = stage == at
        np.add.at(orders, code[now], change[now])
        yield orders


def _first_of_order(code: Ints, order: Ints) -> npt.NDArray[np.bool_]:
    return np.append(True, (code[1:] != code[:-1]) | (order[1:] != order[:-1]))[: len(code)]


def _running(values: Ints, fresh: npt.NDArray[np.bool_]) -> Ints:
    """Cumulative sums that start over where ``fresh``."""
    total = values.cumsum()
    before = (total - values)[fresh]
    running: Ints = total - before[fresh.cumsum() - 1]
    return running
