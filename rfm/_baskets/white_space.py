"""What a segment lacks: items that fewer of its customers buy than of the segment that they should become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._baskets.by_segment import BySegment, count_by_segment
from rfm._baskets.lines import UNITS
from rfm._baskets.statistics import exact_p_values
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, confidence_level, received, text_by_text, whole
from rfm._statistics.many_tests import false_discovery
from rfm._statistics.shares import newcombe
from rfm.errors import DataError

__all__ = ["white_space"]

MEASURES: Final = (
    *("like", "customers", "buyers", "share", "customers_like", "share_like", "gap", "gap_low", "gap_high"),
    *("missing_buyers", "relative_share", "p_value", "false_discovery"),
)
MONEY: Final = ("spend_per_buyer", "extra_spend", "extra_spend_low", "extra_spend_high")
HINT: Final = 'like="VIP", or a segment for each: like={"promising": "loyal"}'


def white_space(
    lines: Any,
    segmented: FrameT,
    like: str | Mapping[str, str],
    item: str = "category",
    *,
    by: str = "segment",
    confidence: float = 0.95,
    least: int = 5,
) -> FrameT:
    """The items that a segment buys less than the segment that its customers should become, and what they are worth.

    Parameters
    ----------
    lines : dataframe
        Order lines: a row for each thing bought, with ``customer_id`` and a column of items. Lines without
        an item are left out. Those with a negative ``amount``, where there is such a column, are returns: they
        lower what is spent and make nobody a buyer.
    segmented : dataframe
        From `segment`, on the same engine: one row per customer. Those without lines are customers who bought none of
        the items.
    like : str or mapping of str to str
        The segment to which all others are compared, such as the best; or for each segment of interest its own:
        ``{"promising": "loyal", "loyal": "VIP"}``.
    item : str
        The column of ``lines`` that says what was bought: a category, brand or product.
    by : str
        The column of segments in ``segmented``.
    confidence : float
        Of the intervals.
    least : int
        Customers of the two segments who bought an item; rarer items are left out.

    Returns
    -------
    dataframe of the kind that came in
        One row per segment and item that it buys less, by segment, then the most extra spend, or without amounts the
        most missing buyers:

        ``segment, like, item``
            The segment, the one it is compared to, and the item; named as the columns ``by`` and ``item``.
        ``customers, buyers, share``
            Customers of the segment, those of them who bought the item, and their share.
        ``customers_like, share_like``
            Of the other segment.
        ``gap, gap_low, gap_high``
            ``share_like − share`` with its interval (Newcombe).
        ``missing_buyers``
            ``gap × customers``: how many more would buy it if the segment were like the other.
        ``relative_share``
            ``share / share_like``, over the same ratio of how many different items their customers buy. Segments that
            buy more buy more of everything: below 1, the segment lacks this item more than it lacks others.
        ``spend_per_buyer, extra_spend, extra_spend_low, extra_spend_high``
            Net spend on the item per buyer of the other segment, over the log, and this times the missing buyers, with
            the interval of the gap; only where the lines have amounts.
        ``p_value, false_discovery``
            Of the exact test that both segments are alike (hypergeometric, two-sided), and corrected for all
            segments and items that were compared, shown or not (Benjamini & Hochberg 1995).

    Raises
    ------
    DataError
        If a column is missing, ``like`` names no other segment, a customer has several rows in ``segmented``, or no
        item has enough buyers.

    Warns
    -----
    DataWarning
        If customers in ``lines`` have no segment, or items differ only in case or spaces.

    See Also
    --------
    next_best_offers : For each customer.
    affinity : Compared to everybody.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> segmented = pd.DataFrame({"customer_id": range(100), "segment": ["VIP"] * 20 + ["new"] * 80})
    >>> lines = pd.DataFrame({
    ...     "customer_id": [*range(15), *range(20, 40), *range(100)],
    ...     "category": ["wine"] * 35 + ["bread"] * 100, "amount": [9.0] * 35 + [2.5] * 100,
    ... })
    >>> rfm.white_space(lines, segmented, like="VIP").round(3).T.head(15)
                         0
    segment            new
    like               VIP
    category          wine
    customers           80
    buyers              20
    share             0.25
    customers_like      20
    share_like        0.75
    gap                0.5
    gap_low          0.257
    gap_high         0.661
    missing_buyers    40.0
    relative_share   0.467
    spend_per_buyer    9.0
    extra_spend      360.0
    """
    level, rare = confidence_level(confidence), whole("least", least, "least=5", least=1)
    counted = count_by_segment(lines, segmented, item, by, (*MEASURES, *MONEY), money=True)
    goals = _goals(like, counted.segments)
    of_item = counted.counts.groupby("item")["buyers"].sum()
    tables = [_compared(counted, of_item.index, one, goal, rare, level) for one, goal in goals.items()]
    table = pd.concat(tables, ignore_index=True)
    if not len(table):
        raise DataError(f"No item was bought by {rare} customers or more. Hint: least=1, or broader items.")
    table["false_discovery"] = false_discovery(table["p_value"].to_numpy())
    table = table[table["gap"] > 0]
    most = "extra_spend" if "extra_spend" in table else "missing_buyers"
    place = table["segment"].map({name: i for i, name in enumerate(counted.segments)})
    table = table.iloc[np.lexsort([table["item"].astype(str), -table[most], place])]
    names = (*MEASURES[:-2], *(MONEY if "extra_spend" in table else ()), *MEASURES[-2:])
    columns: dict[str, npt.NDArray[Any]] = {by: table["segment"].to_numpy(), "like": table["like"].to_numpy()}
    columns[item] = table["item"].to_numpy()
    columns |= {name: table[name].to_numpy() for name in names}
    answer: FrameT = table_like(empty_like(counted.frame), columns, counted.segments)
    return answer


def _goals(like: Any, segments: list[str]) -> dict[str, str]:
    """Each compared segment and the one it is compared to, in the order of the segments."""
    if isinstance(like, str):
        check_text("like", like, HINT)
        goals = {name: like for name in segments if name != like}
    else:
        goals = text_by_text("like", like, HINT)
    unknown = [name for name in dict.fromkeys([like] if isinstance(like, str) else [*goals, *goals.values()])
               if name not in segments]  # fmt: skip
    if unknown:
        raise DataError(
            f"like names {received(unknown[0])}, and the segments are {', '.join(segments)}. Hint: {HINT}."
        )
    if same := [name for name, goal in goals.items() if name == goal]:
        raise DataError(f"like compares {received(same[0])} to itself. Hint: {HINT}.")
    if not goals:
        raise DataError(f"like leaves no segment to compare. Hint: {HINT}.")
    return {name: goals[name] for name in segments if name in goals}


def _compared(
    counted: BySegment, items: pd.Index[Any], one: str, goal: str, least: int, level: float
) -> pd.DataFrame:
    """One segment beside another, for all items with enough buyers in the two."""
    grid = counted.grid(items, "buyers").loc[[one, goal]]
    bought = grid.to_numpy()
    n, m = (float(counted.customers[name]) for name in (one, goal))
    breadth = (bought[0].sum() / n) / (bought[1].sum() / m) if bought[1].sum() else np.nan
    kept = bought.sum(axis=0) >= least
    k, other = bought[:, kept]
    ns, ms = np.full(len(k), n), np.full(len(k), m)
    low, high = newcombe(other, ms, k, ns, level)
    gap = other / m - k / n
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (k / n) / (other / m) / breadth
    table = pd.DataFrame({
        "segment": one, "like": goal, "item": items.to_numpy(dtype=object)[kept],
        "customers": ns.astype(np.int64), "buyers": k.astype(np.int64), "share": k / n,
        "customers_like": ms.astype(np.int64), "share_like": other / m, "gap": gap, "gap_low": low,
        "gap_high": high, "missing_buyers": gap * n, "relative_share": relative,
        "p_value": exact_p_values(k, ns, k + other, n + m),
    })  # fmt: skip
    if "units" in counted.counts:
        spent = counted.grid(items, "units").loc[goal].to_numpy()[kept] / UNITS
        per_buyer = np.divide(spent, other, out=np.full(len(k), np.nan), where=other > 0)
        table["spend_per_buyer"] = per_buyer
        for name, share in (("extra_spend", gap), ("extra_spend_low", low), ("extra_spend_high", high)):
            table[name] = share * n * per_buyer
    return table
