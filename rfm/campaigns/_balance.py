"""The sizes of a campaign's arms by segment, beside those that were planned."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import stats

from rfm._frames.columns import how_many
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text
from rfm._requirements import check_columns, check_groups, refuse_repeated
from rfm.campaigns._assigning import HELD_OUT
from rfm.errors import DataError

__all__ = ["EMPTY", "balance", "balance_of", "sample_ratio"]

ALL = "all"
MADE = "rfm.campaigns.assign(segmented, name=…) makes such a table"
COLUMNS = ("segment", "arm", "customers", "share", "planned_share")
EMPTY = pd.DataFrame({
    "segment": np.array([], dtype=object), "arm": np.array([], dtype=object),
    "customers": np.array([], dtype=np.int64), "share": np.array([]), "planned_share": np.array([]),
})  # fmt: skip


def balance(assigned: FrameT, by: str | None = "segment") -> FrameT:
    """The sizes of a campaign's arms by segment, to look at before it begins.

    Parameters
    ----------
    assigned : dataframe
        Of `assign`.
    by : str, optional
        A column of segments.

    Returns
    -------
    dataframe of the kind that came in
        ``segment, arm, customers, share`` (of the customers of the segment who are in no universal hold-out) and
        ``planned_share``; the rows "all" last.

    See Also
    --------
    lift : Tests the sizes of all, and weights segments.

    Examples
    --------
    >>> import rfm
    >>> customers = pd.DataFrame({"customer_id": range(1000), "segment": ["VIP", "new"] * 500})
    >>> rfm.campaigns.balance(rfm.campaigns.assign(customers, name="autumn", control=0.2))
      segment        arm  customers  share  planned_share
    0     VIP    control         97  0.194            0.2
    1     VIP  treatment        403  0.806            0.8
    2     new    control        100  0.200            0.2
    3     new  treatment        400  0.800            0.8
    4     all    control        197  0.197            0.2
    5     all  treatment        803  0.803            0.8
    """
    frame = from_native(assigned, MADE)
    check_columns(frame, ("customer_id", "arm"), MADE)
    check_groups(frame, ("arm",))
    refuse_repeated(frame, argument="assigned")
    stratum = segments_in(frame, by)
    answer: FrameT = in_order(frame, balance_of(frame, stratum), stratum)
    return answer


def segments_in(frame: Frame, by: str | None) -> str | None:
    """The column of segments; none if there is no column "segment" and no other was named."""
    if by is not None:
        check_text("by", by, 'by="segment"')
    if by is None or (by == "segment" and by not in frame.collect_schema().names()):
        refuse_unplaced(frame, None)
        return None
    check_columns(frame, (by,), "by= names a column of segments, by=None takes all together")
    check_groups(frame, (by,))
    refuse_unplaced(frame, by)
    return by


def refuse_unplaced(frame: Frame, by: str | None) -> None:
    """Refuse customers without an arm or a segment, and a segment of the name of the rows of all.

    Raises
    ------
    DataError
    """
    columns = ["arm", *([] if by is None else [by])]
    counts = {f"{i}": how_many(nw.col(name).is_null()) for i, name in enumerate(columns)}
    if by is not None:
        counts["all"] = how_many(nw.col(by).cast(nw.String) == ALL)
    found = fetch(frame.select(**counts)).to_dict(as_series=False)
    for i, name in enumerate(columns):
        if lost := int(found[f"{i}"][0] or 0):
            raise DataError(
                f"Column {name!r} is missing for {lost:,} customers. Hint: "
                + (
                    "assign() gives everybody an arm."
                    if name == "arm"
                    else "fill it with a name of its own, or by=None."
                )
            )
    if by is not None and found["all"][0]:
        raise DataError(f"A segment is named {ALL!r}, as the rows of all customers are. Hint: rename it.")


def in_order(frame: Frame, table: pd.DataFrame, stratum: str | None) -> Any:
    """A table of results of the frame's kind, its rows by segment as the frame orders them, "all" last."""
    dtype = None if stratum is None else frame.collect_schema()[stratum]
    known = list(dtype.categories) if isinstance(dtype, nw.Enum) else []
    texts = [name for name in ("outcome", "arm", "segment") if name in table]
    table = table.astype(dict.fromkeys(texts, str))
    found = set(table.get("segment", [])) - {ALL}
    order = list(dict.fromkeys([*known, *sorted(found, key=_place_of), ALL]))
    if "segment" in table:
        place = table["segment"].map({name: i for i, name in enumerate(order)})
        first = table.groupby(["outcome", "arm"], sort=False).ngroup() if "outcome" in table else place
        table = table.iloc[np.lexsort([table["arm"], place, first])]
    columns = {
        str(name): values.astype(object).to_numpy() if name in texts else values.to_numpy()
        for name, values in table.items()
    }
    return table_like(empty_like(frame), columns, order)


def _place_of(segment: str) -> tuple[bool, int, str]:
    """Segments that are whole numbers, such as scores, in the order of numbers, then texts."""
    is_number = segment.isdecimal()
    return not is_number, int(segment) if is_number else 0, segment


def balance_of(assigned: Frame, stratum: str | None) -> pd.DataFrame:
    """Customers by segment and arm, the rows of all last; ``share`` is of those who are in no universal hold-out."""
    planned = "planned_share" in assigned.collect_schema().names()
    keys = {"segment": nw.lit(ALL) if stratum is None else nw.col(stratum)}
    own = {"planned_share": nw.col("planned_share") if planned else nw.lit(float("nan"))}
    grouped = assigned.select("arm", **keys, **own).group_by("segment", "arm")
    rows = fetch(grouped.agg(nw.len().alias("customers"), nw.col("planned_share").max()))
    table = pd.DataFrame(rows.to_dict(as_series=False)).astype({"planned_share": float})
    table["segment"] = table["segment"].astype(str)
    whole = table.groupby("arm").agg(customers=("customers", "sum"), planned_share=("planned_share", "max"))
    parts = [] if stratum is None else [table.sort_values(["segment", "arm"])]
    table = pd.concat([*parts, whole.reset_index().assign(segment=ALL)], ignore_index=True)
    in_arms = table["customers"].where(table["arm"] != HELD_OUT, 0)
    table["share"] = in_arms / in_arms.groupby(table["segment"]).transform("sum")
    table.loc[table["arm"] == HELD_OUT, "share"] = np.nan
    return table[list(COLUMNS)]


def sample_ratio(balance: pd.DataFrame) -> float:
    """The p-value of the sizes of the arms, given their planned shares: Pearson's χ².

    Examples
    --------
    >>> sizes = pd.DataFrame({"segment": "all", "arm": ["control", "mail"], "customers": [100, 1000],
    ...                       "planned_share": [0.1, 0.9]})
    >>> round(sample_ratio(sizes), 3)
    0.315
    """
    rows = balance[(balance["segment"] == ALL) & (balance["arm"] != HELD_OUT)]
    planned = rows["planned_share"].to_numpy(dtype=float)
    if len(rows) < 2 or np.isnan(planned).any() or not np.isclose(planned.sum(), 1):
        return float("nan")
    customers = rows["customers"].to_numpy(dtype=float)
    test: Any = stats.chisquare(customers, planned * customers.sum())
    return float(test.pvalue)
