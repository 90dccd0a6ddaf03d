"""A caution that parts of a report were made with some of the customers."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from clv._customer_model import CustomerModel
from rfm._frames.execution import fetch
from rfm._orders.transactions import Transactions
from rfm._words import Message, declare

__all__ = ["some_read"]

TEXTS: Final = declare(
    "some_customers",
    {
        "read": "The log is large: the law was chosen, its assumptions were checked, and it was tested on the past, "
        "with {some} of its {all} customers, chosen by a hash of their ids. The fit, the segments and the values are "
        "those of all customers.",
    },
)


def some_read(some: Transactions, fitted: CustomerModel) -> Message:
    """The caution.

    Parameters
    ----------
    some : Transactions
        The log of those customers.
    fitted : CustomerModel
        Fitted to the whole log.
    """
    customers = fetch(some.ledger.select("customer_id").unique().select(nw.len())).item(0, 0)
    return TEXTS("read", some=f"{int(customers):,}", all=f"{fitted.purchases.n:,}")
