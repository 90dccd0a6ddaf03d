"""Customers by period: orders and spend of each in each, the table that the lenses on one and two periods read."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import Periods, with_steps
from rfm._frames.execution import materialise
from rfm._frames.native import Frame
from rfm._orders.transactions import Transactions

__all__ = ["customer_periods", "period_totals", "quotient_below"]

Ints = npt.NDArray[np.int64]


def customer_periods(rows: Frame, periods: Periods) -> Any:
    """Orders and spend of each customer in each period with a row of theirs.

    Parameters
    ----------
    rows : Narwhals frame
        From `rfm._dynamics.active_days.timeline`.
    periods : Periods

    Returns
    -------
    Narwhals frame
        ``customer_id, period, orders, spend, first``, all but the id Int64: the period's number, purchase days, net of
        all rows in whole units of money, the day of the first purchase ever.
    """
    numbered = with_steps(rows, periods.edges[1:-1], period=nw.col("day"))
    totals = numbered.group_by("customer_id", "period").agg(
        orders=nw.col("bought").sum(), spend=nw.col("net").sum(), first=nw.col("first").min()
    )
    whole = nw.col("period", "orders", "spend", "first").cast(nw.Int64)
    return materialise(totals.with_columns(whole))


def period_totals(tx: Transactions, customers: Frame, periods: Periods) -> dict[str, Ints]:
    """Customers, orders, their spend and the net of everybody else, by period, all (p,) and in whole units of money.

    ``spend`` is of the customers who bought in the period, ``other_refunds`` of those who did not: their refunds for
    purchases of other periods, or of before the log. Their sum is the net of all rows of the period.
    """
    here = nw.col("orders") > 0
    zero = nw.lit(0).cast(nw.Int64)
    found = collected(
        customers,
        "period",
        buyers=nw.when(here).then(nw.lit(1).cast(nw.Int64)).otherwise(zero),
        orders=nw.col("orders"),
        bought=nw.when(here).then(nw.col("spend")).otherwise(zero),
        others=nw.when(here).then(zero).otherwise(nw.col("spend")),
    )
    names = {"customers": "buyers", "orders": "orders", "spend": "bought", "other_refunds": "others"}
    totals = {name: _spread(found["period"], found[column], len(periods)) for name, column in names.items()}
    if tx.has_returns:  # those who never bought are in no row of `customers`
        until = tx.ledger.filter(nw.col("day") <= periods.last_day)
        numbered = with_steps(until, periods.edges[1:-1], period=nw.col("day"))
        net = collected(numbered, "period", net=nw.col("units"))
        totals["other_refunds"] = _spread(net["period"], net["net"], len(periods)) - totals["spend"]
    return totals


def quotient_below(part: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """The whole number just below a quotient, on every engine; the divisor is above 0.

    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"spend": [7, -7, 6], "orders": [2, 2, 3]}))
    >>> frame.select(value=quotient_below(nw.col("spend"), nw.col("orders")))["value"].to_list()
    [3, -4, 2]
    """
    rest = (part % whole + whole) % whole  # engines' remainders of negative numbers differ
    return ((part - rest) // whole).cast(nw.Int64)


def _spread(period: Ints, values: Ints, count: int) -> Ints:
    column = np.zeros(count, dtype=np.int64)
    column[period] = values
    return column
