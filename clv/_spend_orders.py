"""The orders that the spend law reads: the repeat orders, or all of them, the first among them."""

from __future__ import annotations

from typing import Any, Final, Literal

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import check_choice

__all__ = ["FIRST", "ReadOrders", "SpendOrders", "as_spend_orders", "own_orders", "spend_table"]

Array = NDArray[np.float64]
ReadOrders = Literal["repeat", "all"]
SpendOrders = Literal["repeat", "all", "auto"]

FIRST: Final = "first_order_spend"
CHOICES: Final = ("repeat", "all", "auto")


def as_spend_orders(value: Any, name: str = "spend_orders") -> SpendOrders:
    """The option, checked.

    Raises
    ------
    DataError
        If it is none of the three.
    """
    check_choice(name, value, CHOICES, hint='spend_orders="all" reads first orders too')
    chosen: SpendOrders = value
    return chosen


def own_orders(x: Array, m: Array, first: Array | None = None) -> tuple[Array, Array]:
    """Number and mean value of the orders from which a spend law knows a customer.

    Parameters
    ----------
    x, m : ndarray of shape (n,)
        Repeat orders, and their mean (0 at x = 0).
    first : ndarray of shape (n,), optional
        Spend of the first order, where it is read.

    Returns
    -------
    orders, mean : ndarray of shape (n,)
        Both are 0 where nothing is known of what the customer pays: without orders, or with free ones alone (for
        amounts that may be negative, where they add up to 0 or less).

    Examples
    --------
    >>> own_orders(np.array([2.0, 0.0]), np.array([30.0, 0.0]), np.array([60.0, 10.0]))
    (array([3., 1.]), array([40., 10.]))
    """
    if first is not None:
        x, m = x + 1.0, (first + x * m) / (x + 1.0)
    known = (x > 0) & (m > 0)
    return np.where(known, x, 0.0), np.where(known, m, 0.0)


def spend_table(btyd_summary: Table, orders: ReadOrders) -> Table:
    """The table that a spend law is fitted to: the summary itself, or every order of those who came back.

    In the latter `frequency` is the number of all orders, and `monetary_value` their mean. One-time buyers are left
    out of the fit, though what is predicted for them reads their order: a single order does not show how the orders of
    one customer differ, so that it would enter through the shape of the distribution alone, in which real orders do
    not follow the law (`python -m benchmarks.first_orders` shows what that costs).
    """
    if orders == "repeat":
        return btyd_summary
    x, m, first = (nw.col(name).cast(nw.Float64) for name in ("frequency", "monetary_value", FIRST))
    mean = (first + x * m) / (x + 1.0)
    again = from_native(btyd_summary).filter(nw.col("frequency") > 0)
    every = again.select(frequency=x + 1.0, monetary_value=nw.when(mean > 0).then(mean).otherwise(0.0))
    return to_native(every)
