"""The customer summary behind an engine: two group-bys that every engine computes alike.

Only sums, minima, maxima and whole-number arithmetic are used, on columns without nulls, so that each
engine gives the same integers in any order of rows and any partitioning. ``facts`` of several tables
merge by stacking them and reducing again: sums, minima and maxima do not depend on how the rows are split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from rfm._customers.aggregation import LOG_UNIT
from rfm._customers.window import IN_WINDOW
from rfm._frames.division import quotient

__all__ = [
    "FACTS",
    "LOG_GAPS",
    "PURCHASE",
    "Packing",
    "customer_days",
    "day_facts",
    "days_facts",
    "gap_pairs",
    "in_window",
    "keeps_returns",
    "ledger_facts",
    "merged",
    "net_days",
    "netted_days",
    "purchase_days",
    "with_log_gaps",
]

FACTS = ("first", "last", "orders", "spend", "first_spend", "refunds")
LOG_GAPS = "log_gaps"

PURCHASE = (nw.col("net") > 0) | (nw.col("least") > 0) | ((nw.col("net") == 0) & (nw.col("least") >= 0))
"""Which customer-days are purchases: net above zero, or net zero without a refund row.

A day whose smallest row is positive nets above zero, so a ledger in which every day is a purchase has ``least`` 1.
"""

_NEVER = 2**62


@dataclass(frozen=True)
class Packing:
    """How a first purchase is found by a minimum: it is packed into one number, (day − origin) · 2^bits + spend.

    If the log's extent is unknown, two numbers hold 32 bits of the spend each: days count from the year 1 and stay
    below 2^22, so that any 64-bit spend fits. A spend may be negative where every day is a purchase.
    """

    origin: int = -719_162
    bits: int = 32
    is_whole: bool = False
    is_signed: bool = False

    @classmethod
    def of(cls, first_day: int, last_day: int, size: int, is_signed: bool = False) -> Packing:
        """The packing for a log with these days and this sum of absolute units: one number if it fits.

        >>> Packing.of(0, 729, 10**12)
        Packing(origin=0, bits=40, is_whole=True, is_signed=False)
        """
        bits = size.bit_length() + is_signed
        fits = bits + (last_day - first_day).bit_length() <= 62
        return cls(first_day, bits, True, is_signed) if fits else cls()

    @property
    def room(self) -> int:
        """2^bits."""
        return 1 << self.bits

    @property
    def shift(self) -> int:
        """The offset that makes every spend in one number non-negative."""
        return self.room // 2 if self.is_signed else 0

    def packed(self, first: nw.Expr, spend: nw.Expr) -> dict[str, nw.Expr]:
        """The column or columns whose minimum is taken."""
        day = (first - self.origin) * self.room
        if self.is_whole:
            return {"low": day + spend + self.shift}
        low = (spend % self.room + self.room) % self.room  # engines' remainders of negative numbers differ
        return {"low": day + low, "high": day + (spend - low) // self.room}

    def unpacked(self) -> tuple[nw.Expr, nw.Expr]:
        """First day and its spend, unpacked from the minimum."""
        low = nw.col("low") % self.room
        first = (nw.col("low") - low) // self.room + self.origin
        if self.is_whole:
            return first, low - self.shift
        high = nw.col("high") - (first - self.origin) * self.room
        return first, high * self.room + low


def net_days(rows: Any) -> Any:
    """Net rows by customer and day: ``customer_id, day, units, least`` to ``customer_id, day, net, least``."""
    days = rows.group_by("customer_id", "day").agg(nw.col("units").sum().alias("net"), nw.col("least").min())
    return days.with_columns(nw.col("net").cast(nw.Int64))


def customer_days(ledger: Any) -> Any:
    """Net a ledger by customer and day: ``customer_id, day, net, least`` (the day's smallest row)."""
    least = "least" if keeps_returns(ledger) else "units"
    return net_days(ledger.select("customer_id", "day", "units", least=least))


def keeps_returns(ledger: Any) -> bool:
    """Whether every day of a ledger is a purchase, whatever its sign: it then has a column ``least`` of ones."""
    return "least" in ledger.collect_schema()


def with_log_gaps(days: Any, unit_days: float) -> Any:
    """Customer-days with ``log_gaps``: the logarithm of the time since the purchase day before, in 1/`LOG_UNIT`.

    Of time in units of ``unit_days`` days. It is 0 on days that are no purchase and on the first; whole numbers, so
    that every order of sums gives the same.
    """
    before = _with_day_before(days)
    again = (nw.col("bought") == 1) & ~nw.col("before").is_null()
    gap = nw.when(again).then(nw.col("day") - nw.col("before")).otherwise(1).cast(nw.Float64)
    logs = (quotient(gap, unit_days).log() * LOG_UNIT).round().cast(nw.Int64)
    counted = nw.when(again).then(logs).otherwise(nw.lit(0).cast(nw.Int64))
    return before.with_columns(counted.alias(LOG_GAPS)).drop("bought", "before")


def gap_pairs(days: Any) -> Any:
    """Each repeat purchase day beside the one before it, and 1: ``customer_id, before, day, repeats``."""
    pairs = _with_day_before(days).filter((nw.col("bought") == 1) & ~nw.col("before").is_null())
    return pairs.select(
        "customer_id", nw.col("before", "day").cast(nw.Int64), repeats=nw.lit(1).cast(nw.Int64)
    )


def _with_day_before(days: Any) -> Any:
    """With ``bought``, 1 on purchase days and else 0, and ``before``, the customer's last day of the same kind."""
    told = days.with_columns(bought=nw.when(PURCHASE).then(1).otherwise(0))
    return told.with_columns(before=nw.col("day").shift(1).over("customer_id", "bought", order_by="day"))


def day_facts(
    days: Any, counted: nw.Expr | None = None, *, gaps: bool = False, since: int | None = None
) -> Any:
    """The facts of each single customer-day, ready to be merged; days not ``counted`` contribute nothing.

    With ``gaps`` the days have ``log_gaps``, see `with_log_gaps`; with ``since``, the first day of a window, they get
    `IN_WINDOW`.
    """
    here = nw.lit(True) if counted is None else counted
    bought, zero = here & PURCHASE, nw.lit(0).cast(nw.Int64)
    spend = nw.when(bought).then("net").otherwise(zero)
    return days.select(
        "customer_id",
        first="day",
        last="day",
        orders=nw.when(bought).then(1).otherwise(0).cast(nw.Int64),
        spend=spend,
        first_spend=spend,
        refunds=nw.when(here & ~PURCHASE).then("net").otherwise(zero),
        **({LOG_GAPS: nw.col(LOG_GAPS)} if gaps else {}),
        **({} if since is None else in_window(since)),
    )


def in_window(since: int) -> dict[str, nw.Expr]:
    """What a customer-day adds to a window that begins on day ``since``: a purchase, and its net."""
    inside, zero = nw.col("day") >= since, nw.lit(0).cast(nw.Int64)
    orders = nw.when(inside & PURCHASE).then(1).otherwise(0).cast(nw.Int64)
    return dict(zip(IN_WINDOW, (orders, nw.when(inside).then("net").otherwise(zero)), strict=True))


def merged(facts: Any, packing: Packing | None = None, *, also: Sequence[str] = ()) -> Any:
    """Merge the facts of each customer: earliest and latest purchase, sums of everything else.

    Parameters
    ----------
    facts : Narwhals frame
        ``customer_id, first, last, orders, spend, first_spend, refunds``; no two rows of a customer
        with orders share their ``first``.
    packing : Packing, optional
        That of the log, if its extent is known.
    also : sequence of str
        Columns to be summed as well: ``log_gaps`` of single customer-days, `IN_WINDOW`.

    Returns
    -------
    Narwhals frame
        The same columns, one row per customer, Int64; ``first``, ``last``, ``first_spend`` are 0 where
        ``orders`` is 0.
    """
    packing = packing or Packing()
    bought = nw.col("orders") > 0
    keys = packing.packed(nw.col("first"), nw.col("first_spend"))
    parts = facts.with_columns(
        last=nw.when(bought).then("last").otherwise(packing.origin),
        **{name: nw.when(bought).then(key).otherwise(_NEVER) for name, key in keys.items()},
    )
    whole = parts.group_by("customer_id").agg(
        nw.col("last").max(), nw.col(*keys).min(), nw.col("orders", "spend", "refunds", *also).sum()
    )
    first, first_spend = packing.unpacked()
    table = whole.select(
        "customer_id",
        first=nw.when(bought).then(first).otherwise(0),
        last=nw.when(bought).then("last").otherwise(0),
        orders="orders",
        spend="spend",
        first_spend=nw.when(bought).then(first_spend).otherwise(0),
        refunds="refunds",
        **{name: nw.col(name) for name in also},
    )
    return table.with_columns(nw.col(*FACTS, *also).cast(nw.Int64))


def ledger_facts(
    ledger: Any, packing: Packing | None = None, *, gaps: float | None = None, since: int | None = None
) -> Any:
    """The facts of a ledger's customers.

    With ``log_gaps`` if ``gaps`` is given, the days in its unit of time; with `IN_WINDOW` if ``since`` is given, the
    window's first day.
    """
    return days_facts(customer_days(ledger), packing, gaps=gaps, since=since)


def days_facts(
    days: Any, packing: Packing | None = None, *, gaps: float | None = None, since: int | None = None
) -> Any:
    """The same of customer-days."""
    if gaps is not None:
        days = with_log_gaps(days, gaps)
    facts = day_facts(days, gaps=gaps is not None, since=since)
    also = ((LOG_GAPS,) if gaps is not None else ()) + (IN_WINDOW if since is not None else ())
    return merged(facts, packing, also=also)


def purchase_days(ledger: Any) -> Any:
    """The purchase days of a ledger: ``customer_id, day, net``."""
    return customer_days(ledger).filter(PURCHASE).select("customer_id", "day", "net")


def netted_days(ledger: Any) -> Any:
    """The days of a ledger that add to spend (net 0 or more) or to refunds (net below 0): ``customer_id, day, net``."""
    return customer_days(ledger).filter(PURCHASE | (nw.col("net") < 0)).select("customer_id", "day", "net")
