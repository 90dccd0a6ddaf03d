"""The repeat orders of each customer, summed and squared, from which a spend law by credibility is estimated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np

from clv._fits.credibility import OrderSums
from rfm._customers.netting import customer_facts, purchase_days
from rfm._frames.execution import fetch
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import to_native
from rfm._options import check_choice
from rfm._orders.transactions import Transactions

__all__ = ["SpendChoice", "as_spend_choice", "order_sums", "orders_reader"]

SpendChoice = Literal["auto", "gamma-gamma", "credibility"]


def as_spend_choice(value: Any) -> SpendChoice:
    """The option `spend_law=`, checked.

    Raises
    ------
    DataError
        If it is none of the three.
    """
    check_choice(
        "spend_law",
        value,
        get_args(SpendChoice),
        hint='spend_law="auto" leaves Gamma-Gamma where orders contradict it',
    )
    chosen: SpendChoice = value
    return chosen


def orders_reader(tx: Transactions, last: int, discrete: bool) -> Callable[[], OrderSums] | None:
    """Reads the repeat orders until a day, where they are the days that a spend law counts; else None."""
    if not tx.has_amounts or tx.keeps_returns or discrete:
        return None
    return partial(order_sums, tx, last)


def order_sums(tx: Transactions, last: int) -> OrderSums:
    """Number, sum and sum of squares of the repeat orders until a day, of customers whose sum is above 0.

    An engine sums the squares of a customer's days itself; the first day's is taken off, as it is from the sum.
    """
    scale = 10.0**tx.decimals
    facts = customer_facts(tx, last).filter(nw.col("orders") > 1)
    known = facts.select("customer_id", "orders", "spend", "first_spend")
    paid = purchase_days(tx, last).select("customer_id", square=nw.col("net").cast(nw.Float64) ** 2)
    squared = paid.group_by("customer_id").agg(nw.col("square").sum())
    facts_of, squares_of = (to_pandas(to_native(fetch(table))) for table in (known, squared))
    both = merge_in_order(facts_of, squares_of, how="inner")
    spend, first, square = (both[name].to_numpy(dtype=float) for name in ("spend", "first_spend", "square"))
    orders, total = both["orders"].to_numpy(dtype=float) - 1.0, (spend - first) / scale
    squares = np.maximum(square - first**2, 0.0) / scale**2
    some = total > 0
    return OrderSums(orders[some], total[some], squares[some])
