"""The customer summary in memory: sort, then reduce, on integers only.

Everything here is a pure function of arrays. Days and money are 64-bit integers, so no result
depends on the order of the rows, and every sum is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers.window import IN_WINDOW
from rfm._frames.columns import values_to_number

__all__ = [
    "LOG_UNIT",
    "CustomerDays",
    "Facts",
    "customer_days",
    "facts",
    "log_gaps",
    "merged",
    "number_customers",
    "window_facts",
]

LOG_UNIT = (
    2.0**44
)  # logarithms of gaps are summed as whole numbers of 2^-44, so that every order gives the same sum

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CustomerDays:
    """One entry per customer and day, sorted by customer number, then day.

    ``code`` (d,) customer number; ``day`` (d,) days since 1970-01-01; ``net`` (d,) net of the day in units of money;
    ``refund`` (d,) whether any row of the day is negative; ``keep``, whether all days are purchases.
    """

    code: Ints
    day: Ints
    net: Ints
    refund: Bools
    keep: bool = False

    @property
    def purchase(self) -> Bools:
        """Which days are purchases: net above zero, or net zero without a refund row; or all of them."""
        if self.keep:
            return np.ones(len(self.net), dtype=np.bool_)
        bought: Bools = (self.net > 0) | ((self.net == 0) & ~self.refund)
        return bought

    def take(self, chosen: Bools) -> CustomerDays:
        """The days where ``chosen`` (d,) is true, in the same order."""
        net, refund = self.net[chosen], self.refund[chosen]
        return CustomerDays(self.code[chosen], self.day[chosen], net, refund, self.keep)


@dataclass(frozen=True)
class Facts:
    """One entry per customer number 0 … c−1, all (c,) and in whole days and units.

    ``first`` and ``last`` are purchase days, and hold 0 where ``orders`` is 0.
    """

    first: Ints
    last: Ints
    orders: Ints
    spend: Ints
    first_spend: Ints
    refunds: Ints


def number_customers(ids: nw.Series[Any]) -> tuple[Ints, Ints]:
    """Number the customers in the order of their ids.

    Parameters
    ----------
    ids : narwhals.Series of length n
        Customer ids without nulls.

    Returns
    -------
    code : (n,) int64
        The customer's number, 0 … c−1 in the order of the ids; where ids do not compare (1 and "1"
        together) in the order of type name, then text.
    row : (c,) int64
        Index of a row that holds each customer's id.
    """
    if ids.dtype.is_signed_integer() and len(ids):
        numbers = ids.to_numpy()
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < len(ids):
            return _number_dense(numbers.astype(np.int64, copy=False) - low)
    appearance, uniques = pd.factorize(values_to_number(ids))
    order = _order(uniques)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    first_rows = np.flatnonzero(_changes(np.maximum.accumulate(appearance)))  # numbered as they appear
    return rank[appearance], first_rows[order]


def _number_dense(ids: Ints) -> tuple[Ints, Ints]:
    """Number whole numbers from 0 to about as many as there are rows: a lookup table is faster than a hash."""
    row_of = np.full(int(ids.max()) + 1, -1, dtype=np.int64)
    row_of[ids] = np.arange(len(ids))
    present = row_of >= 0
    return (np.cumsum(present) - 1)[ids], row_of[present]


def _order(uniques: Any) -> npt.NDArray[np.intp]:
    if isinstance(uniques, pd.CategoricalIndex):
        # the order of categories may be that of their first rows; the order of ids never is
        uniques = pd.Index(uniques.categories.take(uniques.codes))
    try:
        return np.asarray(uniques.argsort(), dtype=np.intp)
    except TypeError:
        keys = [(type(value).__name__, str(value)) for value in uniques]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)


def customer_days(
    code: Ints, day: Ints, units: Ints, refund: Bools | None = None, *, keep: bool = False
) -> CustomerDays:
    """Net the rows of each customer and day.

    Parameters
    ----------
    code, day, units : (n,) int64
        Customer number, day since 1970-01-01, money in its smallest unit.
    refund : (n,) bool, optional
        Whether the row is a refund; by default, whether its units are negative.
    keep : bool
        Whether every day is a purchase, whatever its sign.

    Returns
    -------
    CustomerDays
    """
    if len(code) == 0:
        return CustomerDays(code, day, units, np.zeros(0, dtype=np.bool_), keep)
    first_day, low = int(day.min()), int(units.min())
    day_bits = (int(day.max()) - first_day).bit_length()
    unit_bits = (int(units.max()) - low).bit_length()
    key = code << day_bits
    key += day  # in place, since allocating costs more than arithmetic; an overflow is undone by the inverse operation
    key -= first_day
    if refund is None and int(code.max()).bit_length() + day_bits + unit_bits < 64:
        # a row packed into one number: sorting numbers is twice as fast as sorting rows
        key <<= unit_bits
        key += units
        key -= low
        key.sort()
        units = key & ((1 << unit_bits) - 1)
        units += low
        key >>= unit_bits
        starts = _starts(key)
        is_refund = units[starts] < 0  # the smallest of the day comes first
    else:
        order = np.argsort(key)
        key, units, negative = key[order], units[order], (units < 0 if refund is None else refund)[order]
        starts = _starts(key)
        is_refund = np.logical_or.reduceat(negative, starts)
    net = np.add.reduceat(units, starts)
    del units  # a large log is many times larger than its customer-days
    code_and_day = key[starts]
    del key, starts
    who = code_and_day >> day_bits
    code_and_day &= (1 << day_bits) - 1
    code_and_day += first_day
    return CustomerDays(who, code_and_day, net, is_refund, keep)


def facts(days: CustomerDays, customers: int) -> Facts:
    """Reduce customer-days to the facts of each of ``customers`` customers."""
    if len(days.code) == 0:
        return Facts(*(np.zeros(customers, dtype=np.int64) for _ in range(6)))
    purchase = days.purchase
    starts = _starts(days.code)
    spend = np.add.reduceat(np.where(purchase, days.net, 0), starts)
    refunds = np.add.reduceat(days.net, starts) - spend
    bought = np.flatnonzero(purchase)
    begin = np.searchsorted(bought, starts)  # of each customer's purchases among all of them
    orders = np.diff(begin, append=len(bought))
    some = orders > 0
    earliest, latest = bought[begin[some]], bought[begin[some] + orders[some] - 1]
    del bought, begin, purchase  # as large as the log, and no longer needed
    who = days.code[starts]

    def spread(values: Ints, where: Ints) -> Ints:
        column = np.zeros(customers, dtype=np.int64)
        column[where] = values
        return column

    buyers = who[some]
    return Facts(
        first=spread(days.day[earliest], buyers),
        last=spread(days.day[latest], buyers),
        orders=spread(orders, who),
        spend=spread(spend, who),
        first_spend=spread(days.net[earliest], buyers),
        refunds=spread(refunds, who),
    )


def window_facts(days: CustomerDays, customers: int, since: int) -> dict[str, Ints]:
    """Of the days from ``since`` on: each customer's number of purchases, and the net of all days.

    Returns
    -------
    dict of (c,) int64
        ``orders_in_window`` and ``spend_in_window``, 0 for customers without such days.
    """
    found = {name: np.zeros(customers, dtype=np.int64) for name in IN_WINDOW}
    inside = days.take(days.day >= since)
    if not len(inside.code):
        return found
    starts = _starts(inside.code)
    who = inside.code[starts]
    for name, values in zip(IN_WINDOW, (inside.purchase, inside.net), strict=True):
        found[name][who] = np.add.reduceat(values, starts, dtype=np.int64)
    return found


def log_gaps(days: CustomerDays, customers: int, unit_days: float) -> Ints:
    """Sum of the logarithms of the times between successive purchase days of each of ``customers`` customers.

    Of times in units of ``unit_days`` days, as whole numbers of 1/`LOG_UNIT`; 0 with fewer than two purchase days.
    """
    found = np.zeros(customers, dtype=np.int64)
    purchase = days.purchase
    code, day = (days.code, days.day) if purchase.all() else (days.code[purchase], days.day[purchase])
    del purchase
    if not len(code):
        return found
    starts = _starts(code)
    gap = np.diff(day, prepend=day[:1])
    gap[starts] = 0
    longest = int(gap.max())
    if longest <= len(gap):  # a table of few logarithms
        logs = _whole_logs(np.arange(longest + 1), unit_days).take(gap)
    else:
        logs = _whole_logs(gap, unit_days)
    found[code[starts]] = np.add.reduceat(logs, starts)
    return found


def _whole_logs(gap: Ints, unit_days: float) -> Ints:
    """Logarithms of times in days, as whole numbers of 1/`LOG_UNIT`; 0 for no time."""
    logs = np.log(np.maximum(gap, 1) / unit_days)
    logs[gap == 0] = 0.0
    return np.rint(logs * LOG_UNIT).astype(np.int64)


def merged(code: Ints, parts: Facts, customers: int) -> Facts:
    """Merge facts of parts of customers' days: earliest and latest purchase, sums of everything else.

    Parameters
    ----------
    code : (n,) int64
        Customer number of each part.
    parts : Facts of (n,) arrays
        Parts of the same customer never share a day.
    customers : int
        Number of customers c.

    Returns
    -------
    Facts of (c,) arrays
    """
    whole = {name: np.zeros(customers, dtype=np.int64) for name in vars(parts)}
    for name in ("orders", "spend", "refunds"):
        np.add.at(whole[name], code, getattr(parts, name))
    bought = np.flatnonzero(parts.orders > 0)
    by_day = bought[np.lexsort((parts.first[bought], code[bought]))]
    if len(by_day):
        starts = _starts(code[by_day])
        who, first = code[by_day[starts]], by_day[starts]
        whole["first"][who], whole["first_spend"][who] = parts.first[first], parts.first_spend[first]
        whole["last"][who] = np.maximum.reduceat(parts.last[by_day], starts)
    return Facts(**whole)


def _starts(key: Ints) -> npt.NDArray[np.intp]:
    """Where each run of equal values begins."""
    return np.flatnonzero(_changes(key))


def _changes(key: npt.NDArray[Any]) -> Bools:
    """Which values differ from the one before; the first does."""
    changes = np.ones(len(key), dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=changes[1:])
    return changes
