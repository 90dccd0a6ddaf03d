"""The orders from which the spend law knows a customer: the repeat orders, or all, the first among them.

The law's parameters are estimated from repeat orders either way. Its likelihood knows a customer by the mean of their
orders alone, and most first orders are those of one-time buyers: their single orders would say how one customer's
orders differ by the shape of their distribution only, in which real orders do not follow the law. On three real logs
parameters that first orders helped to estimate trusted a customer's own orders too much, and predicted worse
(`python -m benchmarks.first_orders`).
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from rfm._options import check_choice

__all__ = ["FIRST", "ReadOrders", "SpendOrders", "as_spend_orders", "own_orders"]

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
