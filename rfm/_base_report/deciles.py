"""Lens 1, one period: its customers in ten equal groups, by spend."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import ratio
from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import with_steps
from rfm._frames.native import Frame
from rfm._scores.value_counts import levels

__all__ = ["deciles"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TENTHS = 10


def deciles(buyers: Frame, scale: float) -> dict[str, npt.NDArray[Any]]:
    """Ten groups of as many customers each, the best first, and what they bought.

    Parameters
    ----------
    buyers : Narwhals frame
        ``orders, spend`` of the customers who bought in the period, in whole units of money; materialised.
    scale : float
        Whole units of money in one of the log's currency.

    Returns
    -------
    dict of str to arrays
        Ten rows:

        ``decile``
            1 holds the customers who spent most.
        ``customers``
            A tenth, rounded.
        ``orders, spend``
            Of these customers. Customers of equal spend on a boundary are divided in proportion, with the mean of
            their orders, so that no result depends on the order of the rows.
        ``share_of_orders, share_of_spend, cumulative_share_of_spend``
            Of all customers who bought in the period.
        ``spend_per_customer, orders_per_customer, order_value``
            Their product: customers × orders per customer × order value = spend. NaN in an empty decile.
    """
    found = levels(buyers, "spend", _boundaries)
    n = int(found.customers.sum())
    ranks = np.array(_boundaries(n), dtype=np.int64)
    cuts = np.unique(found.values[np.searchsorted(np.cumsum(found.customers), ranks)]).astype(np.int64)
    edges = np.unique(np.concatenate([cuts, cuts + 1]))  # each cut's own customers, and those between cuts
    groups = collected(
        with_steps(buyers, edges, part=nw.col("spend")),
        "part",
        people=nw.lit(1).cast(nw.Int64),
        ordered=nw.col("orders"),
        spent=nw.col("spend"),
    )
    downwards = np.argsort(-groups["part"])
    people, ordered, spent = (groups[name][downwards] for name in ("people", "ordered", "spent"))
    ends = n * np.arange(TENTHS + 1) // TENTHS
    customers = np.diff(ends)
    orders, units = (_divided(people, values, ends) for values in (ordered, spent))
    spend = units / scale
    return {
        "decile": np.arange(1, TENTHS + 1),
        "customers": customers,
        "orders": orders,
        "spend": spend,
        "share_of_orders": ratio(orders, np.full(TENTHS, ordered.sum())),
        "share_of_spend": ratio(units, np.full(TENTHS, spent.sum())),
        "cumulative_share_of_spend": ratio(np.cumsum(units), np.full(TENTHS, spent.sum())),
        "spend_per_customer": ratio(spend, customers),
        "orders_per_customer": ratio(orders, customers),
        "order_value": ratio(spend, orders),
    }


def _boundaries(n: int) -> list[int]:
    """Ranks, from 1 in ascending order, of the best customer below each boundary."""
    ranks = [n - n * tenth // TENTHS for tenth in range(1, TENTHS)]
    return sorted({rank for rank in ranks if rank > 0})


def _divided(people: Ints, values: Ints, ends: Ints) -> Floats:
    """Totals of the tenths, from those of groups of which only ones of equal customers lie across a boundary."""
    to = np.cumsum(people)
    start = to - people
    begin, end = ends[:-1, None], ends[1:, None]
    inside = np.clip(np.minimum(to, end) - np.maximum(start, begin), 0, None)
    parts: Floats = (inside / np.maximum(people, 1) * values).sum(axis=1)
    return parts
