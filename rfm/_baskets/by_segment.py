"""Customers and buyers of each item by segment: the counts that leave an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._baskets.lines import buyers, check_lines, has_money, refuse_strangers, revenue, warn_of_variants
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native
from rfm._options import check_text
from rfm._requirements import check_columns, check_groups, check_same_customers, refuse_repeated
from rfm.errors import DataError

__all__ = ["BySegment", "count_by_segment"]

MADE: Final = "rfm.segment(tx) makes such a table"


@dataclass(frozen=True)
class BySegment:
    """What the customers of each segment bought.

    Attributes
    ----------
    frame : Narwhals frame
        The segmented customers, as they came.
    segments : list of str
        Best first where the table knows an order, and otherwise the largest first.
    customers : Series
        By segment.
    counts : DataFrame
        ``segment, item, buyers``, and ``revenue`` where it was asked for; a row for each pair that occurs.
    """

    frame: Frame
    segments: list[str]
    customers: pd.Series[Any]
    counts: pd.DataFrame

    def grid(self, items: pd.Index[Any], column: str) -> pd.DataFrame:
        """A column of the counts with a row per segment and a column per item, 0 where there is none."""
        wide = self.counts.pivot(index="segment", columns="item", values=column)
        return wide.reindex(index=self.segments, columns=items).fillna(0).astype(float)


def count_by_segment(
    lines: Any, segmented: Any, item: str, by: str, taken: tuple[str, ...], *, money: bool = False
) -> BySegment:
    """Check both tables, and count.

    Parameters
    ----------
    lines, segmented : dataframe
    item, by : str
        Their columns of items and of segments.
    taken : tuple of str
        Other columns of the answer.
    money : bool
        Whether revenue is added up, where the lines have amounts.

    Raises
    ------
    DataError
    """
    frame, rows = from_native(segmented, MADE), check_lines(lines, item, taken=taken)
    check_text("by", by, 'by="segment"')
    check_columns(frame, ("customer_id", by), MADE, argument="segmented")
    check_groups(frame, (by,), argument="segmented")
    refuse_repeated(frame, argument="segmented")
    if by == item or by in taken:
        other = f"by and item are both {by!r}" if by == item else f"by is {by!r}, a column of the answer"
        raise DataError(f"{other}. Hint: rename one of the columns.")
    check_same_customers(rows, frame, ("lines", "segmented"))
    known = frame.filter(~nw.col(by).is_null())
    groups = materialise(known.select("customer_id", segment=nw.col(by).cast(nw.String)))
    bought = materialise(buyers(rows, item))
    refuse_strangers(bought, groups)
    sizes = _table(groups.group_by("segment").agg(customers=nw.len()))
    customers = pd.Series(sizes["customers"].to_numpy(), index=sizes["segment"].astype(object))
    counts = _table(
        join_in_order(bought, groups, how="inner").group_by("segment", "item").agg(buyers=nw.len())
    )
    warn_of_variants(counts["item"].unique().tolist())
    if money and has_money(rows):
        spent = join_in_order(revenue(rows, item), groups, how="inner").group_by("segment", "item")
        units = _table(spent.agg(nw.col("units").sum())).set_index(["segment", "item"])["units"]
        counts["units"] = units.reindex(pd.MultiIndex.from_frame(counts[["segment", "item"]])).to_numpy()
    return BySegment(frame, _order(frame, by, customers), customers, counts)


def _table(frame: Any) -> pd.DataFrame:
    return pd.DataFrame(fetch(frame).to_dict(as_series=False))


def _order(frame: Frame, by: str, sizes: pd.Series[Any]) -> list[str]:
    """The segments in the order of the table's categories, or the largest first."""
    dtype = frame.collect_schema()[by]
    known = list(dtype.categories) if isinstance(dtype, nw.Enum) else []
    largest = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    return [name for name in dict.fromkeys([*known, *largest]) if name in sizes.index]
