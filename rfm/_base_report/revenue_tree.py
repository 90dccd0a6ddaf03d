"""Lens 1, one period: revenue as customers × orders per customer × order value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import ratio
from rfm._dynamics.periods import Periods

__all__ = ["revenue_tree"]


def revenue_tree(
    totals: dict[str, npt.NDArray[np.int64]], periods: Periods, scale: float
) -> dict[str, npt.NDArray[Any]]:
    """The factors of each period's revenue.

    Parameters
    ----------
    totals : dict of str to arrays
        From `period_totals`.
    periods : Periods
    scale : float
        Whole units of money in one of the log's currency.

    Returns
    -------
    dict of str to arrays
        One row per period:

        ``period, end``
            First and last day.
        ``customers, orders_per_customer, order_value``
            Customers who bought, their purchase days each, their net spend per purchase day. The product is ``spend``.
        ``orders, spend, spend_per_customer``
            Of these customers, and what each spent.
        ``other_refunds``
            Refunds to customers who did not buy in the period.
        ``revenue``
            ``spend + other_refunds``: the net of all rows of the period.
        ``complete``
            Whether the log covers the whole period.
    """
    spend, others = totals["spend"] / scale, totals["other_refunds"] / scale
    return {
        "period": periods.starts.astype("datetime64[D]"),
        "end": periods.ends.astype("datetime64[D]"),
        "customers": totals["customers"],
        "orders_per_customer": ratio(totals["orders"], totals["customers"]),
        "order_value": ratio(spend, totals["orders"]),
        "orders": totals["orders"],
        "spend": spend,
        "spend_per_customer": ratio(spend, totals["customers"]),
        "other_refunds": others,
        "revenue": (totals["spend"] + totals["other_refunds"]) / scale,
        "complete": periods.complete,
    }
