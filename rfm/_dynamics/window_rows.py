"""What comes into the window of each snapshot and leaves it, as rows of an engine that running sums add up."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers.attributes import order_days
from rfm._customers.window import IN_WINDOW
from rfm._frames.joins import join_in_order
from rfm._frames.small_tables import numbers_beside

__all__ = ["changes", "order_changes"]

Ints = npt.NDArray[np.int64]
_NEVER = 2**62


def changes(facts: Any, log_days: Ints, dates: Ints, starts: Ints) -> Any:
    """`IN_WINDOW` as changes at dates: added at the first date whose window holds a day, subtracted after the last.

    Parameters
    ----------
    facts : Narwhals frame
        The facts of single customer-days, and their ``day``.
    log_days, dates, starts
        All days of the log, the rising dates, and the first day of each date's window.

    Returns
    -------
    Narwhals frame
        ``customer_id, date`` and `IN_WINDOW`; several rows for a customer and date.
    """
    comes, goes = _stages(log_days, dates, starts)
    inside, ends = comes < goes, (comes < goes) & (goes < len(dates))
    columns = dict(zip(IN_WINDOW, (nw.col("orders"), nw.col("spend") + nw.col("refunds")), strict=True))
    parts = []
    for chosen, stage, sign in ((inside, comes, 1), (ends, goes, -1)):
        calendar = numbers_beside(facts, {"day": log_days[chosen], "date": dates[stage[chosen]]})
        there = join_in_order(facts, calendar, on="day", how="inner")
        signed = {name: (change * sign).cast(nw.Int64) for name, change in columns.items()}
        parts.append(there.select("customer_id", "date", **signed))
    return nw.concat(parts)


def order_changes(ledger: Any, log_days: Ints, dates: Ints, starts: Ints) -> Any:
    """``order_ids_in_window`` in the same way: an order counts while one of its purchase days is in the window."""
    comes, goes = _stages(log_days, dates, starts)
    leaves = np.append(dates, _NEVER)[goes]
    days = order_days(ledger).select("customer_id", "order_id", "day")
    calendar = numbers_beside(days, {"day": log_days, "date": dates[comes], "leaves": leaves})
    days = join_in_order(days, calendar, on="day", how="inner")
    named, unnamed = days.filter(~nw.col("order_id").is_null()), days.filter(nw.col("order_id").is_null())
    again = nw.col("date").shift(-1).over("customer_id", "order_id", order_by="day")
    named = named.with_columns(again=again).with_columns(nw.col("again").fill_null(_NEVER).cast(nw.Int64))
    # the order's next day stands for it from then on
    named = named.with_columns(
        leaves=nw.when(nw.col("again") < nw.col("leaves")).then("again").otherwise("leaves")
    )
    kept = ["customer_id", "date", "leaves"]
    counted = nw.concat([named.select(*kept), unnamed.select(*kept)]).filter(
        nw.col("date") < nw.col("leaves")
    )
    one = nw.lit(1).cast(nw.Int64)
    come = counted.select("customer_id", "date", order_ids_in_window=one)
    gone = counted.filter(nw.col("leaves") < _NEVER)
    return nw.concat([come, gone.select("customer_id", date="leaves", order_ids_in_window=0 - one)])


def _stages(days: Ints, dates: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """The number of the first date that sees each day, and of the first whose window begins after it."""
    return np.searchsorted(dates, days), np.searchsorted(starts, days, side="right")
