"""Refunds in a log of orders: the order each belongs to, their delay, and the share that will be refunded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._refund_rate import RefundRate
from clv._units import Unit, days_per_unit
from rfm._customers.aggregation import number_customers
from rfm._customers.netting import netted_days
from rfm._frames.columns import with_arrays
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order, merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._issuing import warn
from rfm._orders.transactions import Transactions

__all__ = ["REFUND_COLUMNS", "refund_rate", "refunds_of_orders", "summary_rate"]

Array = NDArray[np.float64]

REFUND_COLUMNS = ("first_order_spend", "refunds")
EXACT, WITHIN, BEYOND = 0, 1, 2  # the order's amount equals the refund, exceeds it, or is smaller
SPAN = 2**22  # more days than any age
SEEN = 0.1  # ages observed for at least a tenth of all spend are used directly
STEPS = 50  # steps of the curve of refunds by age
MANY, FEW_DAYS = (
    0.3,
    20,
)  # share of refunds without an order, and number of all, from which on a warning is given


@dataclass(frozen=True)
class RefundDays:
    """Refunds by days after their order: ``ages`` (a,), ``money`` (a,) in units. Of all days of refunds, ``days``,
    ``matched`` have an earlier order of at least their amount; ``total`` is all their money."""  # fmt: skip

    ages: NDArray[np.int64]
    money: Array
    matched: int
    days: int
    total: float


def refund_rate(tx: Transactions, end: int, table: Any, unit: Unit) -> RefundRate:
    """Estimate from a log up to a day, inclusive, the share of spend that is refunded, and its delay.

    Parameters
    ----------
    tx : Transactions
    end : int
        Days since 1970-01-01.
    table : dataframe
        The BTYD summary of the same days, see `clv.summarize`.
    unit : {"D", "W", "M", "Y"}
        Its unit of time.

    Warns
    -----
    DataWarning
        When many days of refunds have no earlier order of their amount.

    Notes
    -----
    Recent orders may still be returned. So each refund is divided by the spend of only those orders that
    are at least as old as it was: the rate is the sum over ages a of (refunds at age a) / (spend of orders observed for
    a days or more), which is the additive method for a claims triangle. Refunds with no order before them count at
    age 0, relative to all spend.
    """
    if not tx.has_returns:
        return RefundRate()
    days = materialise(netted_days(tx, end))
    found = _refund_days(days)
    if not found.days:
        return RefundRate()
    _warn_of_unmatched(found)
    spend = _spend_by_day(days)
    return _with_prior(_developed(found, *spend, end), table, unit)


def summary_rate(table: Any, unit: Unit) -> RefundRate:
    """The same from a BTYD summary alone, as if every refund were immediate; 0 if it has no refunds."""
    frame = from_native(table)
    if not {*REFUND_COLUMNS, "monetary_value"} <= set(frame.collect_schema().names()):
        return RefundRate()
    gross = nw.col("first_order_spend") + nw.col("frequency") * nw.col("monetary_value")
    back, spend = fetch(frame.select(back=nw.col("refunds").sum(), gross=gross.sum())).row(0)
    if not back or not spend or spend <= 0:
        return RefundRate()
    return _with_prior(RefundRate(float(min(max(-back / spend, 0.0), 1.0))), table, unit)


def refunds_of_orders(tx: Transactions, end: int) -> Any:
    """Every day of refunds up to a day, inclusive, with the order that it belongs to.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``; ``back_day``; ``back``, the refund (below 0) in units of 10^-decimals; ``order_day``, that of
        the customer's latest earlier order of exactly this amount, or else of a larger, or else of any; missing if
        there is none.
    """
    days = materialise(netted_days(tx, end))
    back = to_pandas(to_native(_refunds(days)))
    matched = to_pandas(to_native(_matched(days))).drop(columns="back")
    found = merge_in_order(back, matched, ["customer_id", "back_day"])
    found["order_day"] = found["back_day"] - found["key"] % SPAN
    return found.drop(columns="key")


def _refunds(days: Any) -> Any:
    return days.filter(nw.col("net") < 0).select("customer_id", back_day="day", back="net")


def _matched(days: Any) -> Any:
    """``customer_id, back_day, back, key``: kind · SPAN + age of the best order before each day of refunds."""
    if isinstance(days, nw.DataFrame):
        return _matched_in_memory(days)
    orders = days.filter(nw.col("net") >= 0).select("customer_id", order_day="day", order="net")
    pairs = join_in_order(_refunds(days), orders, how="inner")
    pairs = pairs.filter(nw.col("order_day") < nw.col("back_day"))
    missing = nw.col("order") + nw.col("back")
    kind = nw.when(missing == 0).then(EXACT).otherwise(nw.when(missing > 0).then(WITHIN).otherwise(BEYOND))
    keyed = pairs.with_columns(key=kind.cast(nw.Int64) * SPAN + nw.col("back_day") - nw.col("order_day"))
    return keyed.group_by("customer_id", "back_day").agg(nw.col("key").min(), nw.col("back").max())


def _matched_in_memory(days: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The same by searching each customer's orders, which are contiguous and sorted by day."""
    code = number_customers(days.get_column("customer_id"))[0]
    day, net = (days.get_column(name).to_numpy() for name in ("day", "net"))
    place = code * SPAN + (day - day.min(initial=0))
    back, orders = np.flatnonzero(net < 0), np.flatnonzero(net >= 0)
    orders = orders[np.argsort(place[orders], kind="stable")]
    start = np.searchsorted(place[orders], code[back] * SPAN)
    before = np.searchsorted(place[orders], place[back]) - start  # orders of the customer before the refund
    back, start, before = (values[before > 0] for values in (back, start, before))
    if not len(back):
        return with_arrays(
            days.select("customer_id")[back], dict.fromkeys(("back_day", "back", "key"), before)
        )
    first = np.cumsum(before) - before
    order = orders[np.arange(before.sum()) + np.repeat(start - first, before)]
    missing = net[order] + np.repeat(net[back], before)
    kind = np.where(missing == 0, EXACT, np.where(missing > 0, WITHIN, BEYOND))
    key = np.minimum.reduceat(kind * SPAN + np.repeat(day[back], before) - day[order], first)
    columns = {"back_day": day[back], "back": net[back], "key": key}
    return with_arrays(days.select("customer_id")[back], columns)


def _refund_days(days: Any) -> RefundDays:
    back = fetch(_refunds(days).select(nw.col("back").sum(), count=nw.len()))
    total, count = back.row(0)
    by_key = fetch(_matched(days).group_by("key").agg(nw.col("back").sum(), rows=nw.len()))
    keys, money, rows = (by_key[name].to_numpy().astype(np.int64) for name in ("key", "back", "rows"))
    ages, where = np.unique(keys % SPAN, return_inverse=True)
    return RefundDays(
        ages=ages,
        money=np.bincount(where, weights=-money.astype(float), minlength=len(ages)).astype(float),
        matched=int(rows[keys // SPAN < BEYOND].sum()),
        days=int(count),
        total=-float(total or 0),
    )


def _spend_by_day(days: Any) -> tuple[NDArray[np.int64], Array]:
    """Days with orders in rising order, and the spend of each in units."""
    by_day = fetch(days.filter(nw.col("net") >= 0).group_by("day").agg(nw.col("net").sum()))
    day, spend = by_day["day"].to_numpy().astype(np.int64), by_day["net"].to_numpy().astype(float)
    order = np.argsort(day)
    return day[order], spend[order]


def _developed(found: RefundDays, day: NDArray[np.int64], spend: Array, end: int) -> RefundRate:
    """The ultimate refund rate, and the share of it reached by each age."""
    so_far = np.append(0.0, np.cumsum(spend))
    gross = so_far[-1]
    if gross <= 0:
        return RefundRate()
    observed = so_far[
        np.searchsorted(day, end - found.ages, side="right")
    ]  # spend of orders this old or older
    least = observed[observed >= SEEN * gross].min(initial=gross)
    by_age = found.money / np.maximum(observed, least)
    at_once = (found.total - found.money.sum()) / gross
    rate = float(np.clip(by_age.sum() + at_once, 0.0, 1.0))
    if not by_age.sum() > 0:
        return RefundRate(rate)
    ages, come = _curve(found.ages, np.cumsum(by_age) / by_age.sum())
    return RefundRate(rate, ages=ages, come=come)


def _curve(ages: NDArray[np.int64], come: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A step curve on whole days as a few points of a piecewise linear one: before and after each large step."""
    level = np.ceil(come * STEPS - 1e-9)
    turn = np.append(True, np.diff(level) > 0)
    points: dict[float, float] = {}
    for i in np.flatnonzero(turn):
        before = float(ages[i] - 1)
        if before > 0 and before not in points:
            points[before] = float(come[i - 1]) if i else 0.0
        points[float(ages[i])] = float(come[i])
    points[float(ages[-1])] = 1.0
    return tuple(points), tuple(points.values())


def _with_prior(known: RefundRate, table: Any, unit: Unit) -> RefundRate:
    if known.rate == 0:
        return known
    frame = from_native(table)
    time = "T" if "T" in frame.collect_schema().names() else "n_periods"
    names = ("frequency", "recency", time, "monetary_value", *REFUND_COLUMNS)
    repeat = fetch(frame.filter(nw.col("frequency") > 0).select(*names))
    columns = [repeat[name].to_numpy().astype(float) for name in names]
    return known.with_prior(*columns, unit_days=days_per_unit(unit))


def _warn_of_unmatched(found: RefundDays) -> None:
    missing = found.days - found.matched
    if found.days >= FEW_DAYS and missing > MANY * found.days:
        warn(
            f"Of {found.days:,} days on which a customer's net amount is negative, {missing:,} "
            f"({missing / found.days:.0%}) follow no order of theirs of at least that amount: are the amounts profits, "
            'or does the log begin long after the shop opened? Hint: for profits, Transactions(…, returns="keep") '
            "counts such days as purchases.",
        )
