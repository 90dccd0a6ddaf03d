"""The engine road to the customer summary: two group-bys that every engine computes alike.

Only sums, minima, maxima and whole-number arithmetic are used, on columns without nulls, so that each
engine gives the same integers in any order of rows and any partitioning. ``facts`` of several tables
merge by stacking them and reducing again: a sum, a minimum and a maximum do not care where they are cut.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

__all__ = [
    "FACTS",
    "PURCHASE",
    "customer_days",
    "day_facts",
    "ledger_facts",
    "merged",
    "net_days",
    "purchase_days",
]

FACTS = ("first", "last", "orders", "spend", "first_spend", "refunds")

PURCHASE = (nw.col("net") > 0) | ((nw.col("net") == 0) & (nw.col("least") >= 0))
"""Which customer-days are purchases: net above zero, or net zero without a refund row."""

# A first purchase is packed for the minimum as day · 2^32 + 32 bits of its spend, once for the high bits and
# once for the low ones. Days count from the year 1 and stay below 2^22, so any 64-bit spend fits.
_ROOM = 2**32
_DAY_ONE = 719_163
_NEVER = 2**62


def net_days(rows: Any) -> Any:
    """Net rows by customer and day: ``customer_id, day, units, least`` to ``customer_id, day, net, least``."""
    days = rows.group_by("customer_id", "day").agg(nw.col("units").sum().alias("net"), nw.col("least").min())
    return days.with_columns(nw.col("net").cast(nw.Int64))


def customer_days(ledger: Any) -> Any:
    """Net a ledger by customer and day: ``customer_id, day, net, least`` (the day's smallest row)."""
    return net_days(ledger.select("customer_id", "day", "units", least="units"))


def day_facts(days: Any, counted: nw.Expr | None = None) -> Any:
    """The facts of each customer-day alone, ready to be merged; days not ``counted`` hold nothing."""
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
    )


def merged(facts: Any) -> Any:
    """Merge the facts of each customer: earliest and latest purchase, sums of everything else.

    Parameters
    ----------
    facts : Narwhals frame
        ``customer_id, first, last, orders, spend, first_spend, refunds``; no two rows of a customer
        with orders share their ``first``.

    Returns
    -------
    Narwhals frame
        The same columns, one row a customer, Int64; ``first``, ``last``, ``first_spend`` are 0 where
        ``orders`` is 0.
    """
    bought = nw.col("orders") > 0
    day, spend = (nw.col("first") + _DAY_ONE) * _ROOM, nw.col("first_spend")
    packed = facts.with_columns(
        last=nw.when(bought).then("last").otherwise(-_DAY_ONE),
        low=nw.when(bought).then(day + spend % _ROOM).otherwise(_NEVER),
        high=nw.when(bought).then(day + (spend - spend % _ROOM) // _ROOM).otherwise(_NEVER),
    )
    reduced = packed.group_by("customer_id").agg(
        nw.col("last").max(), nw.col("low", "high").min(), nw.col("orders", "spend", "refunds").sum()
    )
    low, high = nw.col("low") % _ROOM, nw.col("high") % _ROOM
    table = reduced.select(
        "customer_id",
        first=nw.when(bought).then((nw.col("low") - low) // _ROOM - _DAY_ONE).otherwise(0),
        last=nw.when(bought).then("last").otherwise(0),
        orders="orders",
        spend="spend",
        first_spend=nw.when(bought).then(high * _ROOM + low).otherwise(0),
        refunds="refunds",
    )
    return table.with_columns(nw.col(*FACTS).cast(nw.Int64))


def ledger_facts(ledger: Any) -> Any:
    """The facts of a ledger's customers."""
    return merged(day_facts(customer_days(ledger)))


def purchase_days(ledger: Any) -> Any:
    """The purchase days of a ledger: ``customer_id, day, net``."""
    return customer_days(ledger).filter(PURCHASE).select("customer_id", "day", "net")
