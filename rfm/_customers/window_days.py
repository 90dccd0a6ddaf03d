"""The days of a window in a customer base: netted by customer and day, they take later rows of any day.

A table of ``customer_id, day, net, least``, one row per customer and day: ``least`` is -1 where the day has a refund
row, 1 where every day is a purchase, whatever its sign, and else 0.
"""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from rfm._customers import aggregation_expressions as plan
from rfm._customers.customer_state import alike
from rfm._customers.netting import Netted
from rfm._customers.window import IN_WINDOW
from rfm._frames.execution import by_customer, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame

__all__ = ["DAYS", "recent_days", "with_window"]

DAYS = ("day", "net", "least")


def recent_days(ledger: Frame, since: int, known: Frame | None = None) -> Any:
    """The days of a ledger from day ``since`` on, netted together with those known before; materialised."""
    rows = ledger.filter(nw.col("day") >= since)
    keep = plan.keeps_returns(ledger)
    signs = nw.when(nw.col("units") < 0).then(-1).otherwise(0)
    least = (nw.lit(1) if keep else signs).cast(nw.Int64)
    table = rows.select("customer_id", "day", net="units", least=least)
    if known is not None:
        before, table = alike(known.filter(nw.col("day") >= since), table)
        table = nw.concat([before, table])
    return materialise(
        by_customer(
            table,
            lambda days: Netted.of_days(days, keep=keep).table(),
            lambda days: plan.net_days(days.select("customer_id", "day", "least", units="net")),
        )
    )


def with_window(facts: Any, days: Frame, since: int) -> Any:
    """The facts of a base's customers, and `IN_WINDOW` from its days; 0 for customers without such days."""
    rows = days.filter(nw.col("day") >= since).select("customer_id", **plan.in_window(since))
    sums = rows.group_by("customer_id").agg(nw.col(*IN_WINDOW).sum())
    facts, sums = alike(facts, sums)
    return join_in_order(facts, sums).with_columns(nw.col(*IN_WINDOW).fill_null(0).cast(nw.Int64))
