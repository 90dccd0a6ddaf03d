"""Lens 1, one period: how unequal its customers are, in bands of spend, orders and order value."""

from __future__ import annotations

import math
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._base_report.customer_periods import quotient_below
from rfm._base_report.triangle import ratio
from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import with_steps
from rfm._frames.execution import materialise
from rfm._frames.native import Frame
from rfm._scores.value_counts import levels

__all__ = ["distribution", "even_step"]

Ints = npt.NDArray[np.int64]
BANDS: Final = 10  # of equal width; all above them is the last band
MOST: Final = 0.95  # share of customers below the last band, about


def distribution(buyers: Frame, scale: float) -> dict[str, npt.NDArray[Any]]:
    """Customers of a period by spend, by orders and by order value.

    Parameters
    ----------
    buyers : Narwhals frame
        ``orders, spend`` of the customers who bought in the period, in whole units of money.
    scale : float
        Whole units of money in one of the log's currency.

    Returns
    -------
    dict of str to arrays
        One row per measure and band, low to high:

        ``measure``
            "spend", "orders" or "order_value" (a customer's spend per order).
        ``low, high``
            A band holds ``low <= value < high``; NaN where it is open. Ten bands of equal width hold about 95% of the
            customers, the last is for those above, and one below 0 is there where refunds exceed spend.
        ``customers, share_of_customers, spend, share_of_spend``
            Of the band, and of all customers who bought in the period. Shares of nothing are NaN.
    """
    value = quotient_below(nw.col("spend"), nw.col("orders"))
    measured = materialise(buyers.with_columns(order_value=value))
    tables = []
    for measure in ("spend", "orders", "order_value"):
        edges = _edges(measured, measure)
        table = _counted(measured, measure, edges)
        unit = 1.0 if measure == "orders" else scale
        low = np.concatenate([[np.nan], edges / unit])
        high = np.concatenate([edges / unit, [np.nan]])
        keep = (table["customers"] > 0) | ~np.isnan(low)  # nothing to say below 0 as a rule
        names = np.full(len(low), measure, dtype=object)
        tables.append(
            {
                name: values[keep]
                for name, values in {"measure": names, "low": low, "high": high, **table}.items()
            }
        )
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return columns | {"spend": columns["spend"] / scale}


def even_step(value: float) -> int:
    """The least of 1, 2, 5, 10, 20, 50 … that is at least as large.

    >>> [even_step(value) for value in (0, 1, 3, 20, 21)]
    [1, 1, 5, 20, 50]
    """
    power: int = 10 ** max(math.floor(math.log10(max(value, 1))), 0)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _edges(buyers: Frame, measure: str) -> Ints:
    """The first edge is where a measure begins: 0 units of money, 1 order."""
    found = levels(buyers, measure, lambda n: (math.ceil(MOST * n),))
    first = 1 if measure == "orders" else 0
    if len(found.values) == 0:
        return np.array([first], dtype=np.int64)
    below = np.cumsum(found.customers)
    high = found.values[np.searchsorted(below, math.ceil(MOST * below[-1]))]
    step = even_step(float(high - first) / BANDS)
    return np.arange(first, first + step * BANDS + 1, step, dtype=np.int64)


def _counted(buyers: Frame, measure: str, edges: Ints) -> dict[str, npt.NDArray[Any]]:
    found = collected(
        with_steps(buyers, edges, band=nw.col(measure)),
        "band",
        people=nw.lit(1).cast(nw.Int64),
        spent=nw.col("spend"),
    )
    customers, spend = np.zeros((2, len(edges) + 1), dtype=np.int64)
    customers[found["band"]], spend[found["band"]] = found["people"], found["spent"]
    return {
        "customers": customers,
        "share_of_customers": ratio(customers, np.full_like(customers, customers.sum())),
        "spend": spend,
        "share_of_spend": ratio(spend, np.full_like(spend, spend.sum())),
    }
