"""Lens 2, two periods: who bought in both, who came, who left, and what that makes of revenue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import ratio
from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import Periods
from rfm._frames.columns import choose
from rfm._frames.native import Frame

__all__ = ["FACTS", "GROUPS", "Pair", "changes", "overlap", "pair_of", "revenue_bridge"]

Ints = npt.NDArray[np.int64]

GROUPS: Final = ("new", "returned", "up", "same", "down", "left", "refunds only")
FACTS: Final = ("customers", "orders_before", "orders_after", "spend_before", "spend_after")


@dataclass(frozen=True)
class Pair:
    """What each group of customers did in two periods.

    Parameters
    ----------
    facts : dict of str to (7,) int64
        `FACTS` of each of `GROUPS`; spend in whole units of money.
    scale : float
        Whole units of money in one of the log's currency.
    """

    facts: dict[str, Ints]
    scale: float


def pair_of(
    customers: Frame, totals: dict[str, Ints], periods: Periods, before: int, after: int, scale: float
) -> Pair:
    """Compare two periods, customer by customer.

    Parameters
    ----------
    customers : Narwhals frame
        From `customer_periods`.
    totals : dict of str to arrays
        From `period_totals`: they add the refunds of those who never bought.
    periods : Periods
    before, after : int
        Numbers of the periods.
    scale : float

    Returns
    -------
    Pair
    """
    facts = {name: np.zeros(len(GROUPS), dtype=np.int64) for name in FACTS}
    found = collected(_standing(customers, int(periods.starts[after]), before, after), "standing", **{
        name: nw.col(f"{name}_sum") for name in FACTS
    })  # fmt: skip
    for name, column in facts.items():
        column[found["standing"]] = found[name]
    for side, period in (("before", before), ("after", after)):  # whoever is in no row had refunds only
        net = int(totals["spend"][period] + totals["other_refunds"][period])
        facts[f"spend_{side}"][-1] += net - int(facts[f"spend_{side}"].sum())
    return Pair(facts, scale)


def _standing(customers: Frame, start: int, before: int, after: int) -> Any:
    """One row per customer with a row in either period: the number of the group, and `FACTS`."""
    zero, one = (nw.lit(number).cast(nw.Int64) for number in (0, 1))

    def of(column: str, period: int) -> nw.Expr:
        return nw.when(nw.col("period") == period).then(nw.col(column)).otherwise(zero)

    pair = customers.filter((nw.col("period") == before) | (nw.col("period") == after)).with_columns(
        orders_before_sum=of("orders", before),
        orders_after_sum=of("orders", after),
        spend_before_sum=of("spend", before),
        spend_after_sum=of("spend", after),
    )
    sums = [f"{name}_sum" for name in FACTS[1:]]
    each = pair.group_by("customer_id").agg(nw.col(*sums).sum(), nw.col("first").min())
    each = each.with_columns(nw.col(*sums, "first").cast(nw.Int64))
    bought_before, bought_after = nw.col("orders_before_sum") > 0, nw.col("orders_after_sum") > 0
    change = nw.col("spend_after_sum") - nw.col("spend_before_sum")
    standing = choose(
        [
            (~bought_before & ~bought_after, 6),
            (~bought_after, 5),
            (~bought_before & (nw.col("first") >= start), 0),
            (~bought_before, 1),
            (change > 0, 2),
            (change < 0, 4),
        ],
        3,
    )
    return each.with_columns(standing=standing.cast(nw.Int64), customers_sum=one)


def overlap(pair: Pair) -> dict[str, npt.NDArray[Any]]:
    """Customers of either period, and how many are the same.

    Returns
    -------
    dict of str to arrays
        Three rows, ``bought`` "before only", "both", "after only": ``customers``, ``share_of_before`` and
        ``share_of_after`` (of the customers who bought in the period; NaN where the row has none of them), and what
        they spent, ``spend_before, spend_after``.
    """
    rows = {"before only": ("left",), "both": ("up", "same", "down"), "after only": ("new", "returned")}
    where = [[GROUPS.index(name) for name in names] for names in rows.values()]
    customers, *spend = (
        np.array([pair.facts[name][places].sum() for places in where])
        for name in ("customers", "spend_before", "spend_after")
    )
    nobody = np.array([np.nan, 0.0, 0.0])
    return {
        "bought": np.array(list(rows), dtype=object),
        "customers": customers,
        "share_of_before": ratio(customers, np.full(3, customers[:2].sum())) + nobody[::-1],
        "share_of_after": ratio(customers, np.full(3, customers[1:].sum())) + nobody,
        "spend_before": spend[0] / pair.scale,
        "spend_after": spend[1] / pair.scale,
    }


def changes(pair: Pair) -> dict[str, npt.NDArray[Any]]:
    """Who came, stayed and left, and how their spend changed.

    Returns
    -------
    dict of str to arrays
        Seven rows, ``group``: "new" (first purchase in the later period), "returned" (bought before, but not in the
        earlier one), "up", "same", "down" (bought in both, and spent more, as much, less), "left" (bought in the
        earlier one only), "refunds only" (bought in neither): ``customers`` (of the last group only those who ever
        bought), ``orders_before, orders_after, spend_before, spend_after, change`` (of spend).
    """
    facts = pair.facts
    return {
        "group": np.array(GROUPS, dtype=object),
        **{name: facts[name] for name in FACTS[:3]},
        "spend_before": facts["spend_before"] / pair.scale,
        "spend_after": facts["spend_after"] / pair.scale,
        "change": (facts["spend_after"] - facts["spend_before"]) / pair.scale,
    }


def revenue_bridge(pair: Pair) -> dict[str, npt.NDArray[Any]]:
    """From the revenue of one period to that of another, step by step.

    Returns
    -------
    dict of str to arrays
        Rows ``step``: "before", then what each group of `changes` took and added ("left", "down", "up", "returned",
        "new", "refunds only"), and "after": ``amount`` of the step, ``bar_start`` and ``bar_end`` of its bar. The
        amounts between the first and the last sum to the difference of the two.
    """
    steps = ("left", "down", "up", "returned", "new", "refunds only")
    change = pair.facts["spend_after"] - pair.facts["spend_before"]
    amounts = np.array([change[GROUPS.index(step)] for step in steps])
    first, last = (pair.facts[name].sum() for name in ("spend_before", "spend_after"))
    ends = first + np.cumsum(amounts)
    return {
        "step": np.array(["before", *steps, "after"], dtype=object),
        "amount": np.concatenate([[first], amounts, [last]]) / pair.scale,
        "bar_start": np.concatenate([[0, first], ends[:-1], [0]]) / pair.scale,
        "bar_end": np.concatenate([[first], ends, [last]]) / pair.scale,
    }
