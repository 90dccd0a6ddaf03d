"""The facts of every customer at each of several dates, from one pass over the log."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers.aggregation import CustomerDays, Facts, customer_days
from rfm._customers.window import IN_WINDOW

__all__ = ["walk", "walk_orders", "walk_orders_in_window", "walk_window"]

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
        Of each date in turn: what `rfm._customers.aggregation.facts` gives for the days up to it. The arrays are
        updated in place at the next date: copy what is to be kept.
    touched : (t,) int64
        The customers with a day since the date before: no other customer's facts have changed.

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
        _carry_on(facts, CustomerDays(code[span], day[span], net[span], refund[span], days.keep))
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
    code: Ints, order: Ints, day: Ints, units: Ints, customers: int, dates: Ints, *, keep: bool = False
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
    keep : bool
        Whether every day is a purchase day, whatever its sign.

    Yields
    ------
    (c,) int64
        Updated in place at the next date, as in `walk`. An order counts from its first purchase day on: a day on
        which its rows have a net above zero, or a net of zero and no refund row. Rows of a customer's day
        without an order number are one order.
    """
    number, owner = _number_orders(code, order, day)
    days = customer_days(number, day, units, keep=keep)
    bought = days.take(days.purchase)
    first = np.append(True, bought.code[1:] != bought.code[:-1])[: len(bought.code)]  # of each order's days
    who, stage = owner[bought.code[first]], np.searchsorted(dates, bought.day[first])
    orders = np.zeros(customers, dtype=np.int64)
    for at in range(len(dates)):
        np.add.at(orders, who[stage == at], 1)
        yield orders


def walk_window(
    days: CustomerDays, customers: int, dates: Ints, starts: Ints
) -> Iterator[tuple[dict[str, Ints], Ints]]:
    """What the window that ends with each date holds of every customer.

    Parameters
    ----------
    days, customers, dates
        As in `walk`.
    starts : (k,) int64
        The first day of each date's window; they rise or stay, and none lies after its date.

    Yields
    ------
    found : dict of (c,) int64
        ``orders_in_window`` and ``spend_in_window``, updated in place at the next date.
    touched : (t,) int64
        The customers with a day that came into the window or left it since the date before.
    """
    comes, goes = np.searchsorted(dates, days.day), np.searchsorted(starts, days.day, side="right")
    values = np.stack([days.purchase.astype(np.int64), days.net])
    for totals, touched in _running(days.code, values, comes, goes, customers, len(dates)):
        yield dict(zip(IN_WINDOW, totals, strict=True)), touched


def walk_orders_in_window(
    code: Ints,
    order: Ints,
    day: Ints,
    units: Ints,
    customers: int,
    dates: Ints,
    starts: Ints,
    *,
    keep: bool = False,
) -> Iterator[Ints]:
    """How many orders of each customer have a purchase day in the window that ends with each date.

    Parameters as in `walk_orders` and `walk_window`; the counts (c,) are updated in place at the next date.
    """
    number, owner = _number_orders(code, order, day)
    days = customer_days(number, day, units, keep=keep)
    bought = days.take(days.purchase)
    comes, goes = np.searchsorted(dates, bought.day), np.searchsorted(starts, bought.day, side="right")
    again = bought.code[1:] == bought.code[:-1]
    goes[:-1] = np.where(
        again, np.minimum(goes[:-1], comes[1:]), goes[:-1]
    )  # the order's next day stands for it
    ones = np.ones((1, len(bought.code)), dtype=np.int64)
    for totals, _ in _running(owner[bought.code], ones, comes, goes, customers, len(dates)):
        yield totals[0]


def _running(
    who: Ints, values: Ints, comes: Ints, goes: Ints, customers: int, dates: int
) -> Iterator[tuple[Ints, Ints]]:
    """Sums over what counts at each date, and whose sums changed.

    ``values`` (v, n) count from the date numbered ``comes`` to the one before ``goes``; the sums (v, c) are updated in
    place at the next date.
    """
    counts = np.flatnonzero(comes < goes)
    stage = np.concatenate([comes[counts], goes[counts]])
    order = np.argsort(stage, kind="stable")
    stops = np.searchsorted(stage[order], np.arange(dates), side="right")
    who = np.tile(who[counts], 2)[order]
    change = np.concatenate([values[:, counts], -values[:, counts]], axis=1)[:, order]
    totals = np.zeros((len(values), customers), dtype=np.int64)
    start = 0
    for stop in stops:
        span = slice(start, stop)
        for total, by in zip(totals, change, strict=True):
            np.add.at(total, who[span], by[span])
        start = stop
        yield totals, np.unique(who[span])


def _number_orders(code: Ints, order: Ints, day: Ints) -> tuple[Ints, Ints]:
    """The number of each row's order (n,), and of each order its customer's (o,)."""
    order = np.where(order < 0, day - day.max(initial=0) - 1, order)  # one a day, all below zero
    low = order.min(initial=0)
    span = order.max(initial=0) - low + 1
    number, pairs = pd.factorize(code * span + (order - low))
    return number, pairs // span
