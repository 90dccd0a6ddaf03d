"""The sizes of a campaign's arms by segment, beside those that were planned."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import stats

from rfm._frames.execution import fetch
from rfm._frames.native import Frame
from rfm.campaigns._assigning import HELD_OUT

__all__ = ["EMPTY", "balance_of", "sample_ratio"]

ALL = "all"
COLUMNS = ("segment", "arm", "customers", "share", "planned_share")
EMPTY = pd.DataFrame({
    "segment": np.array([], dtype=object), "arm": np.array([], dtype=object),
    "customers": np.array([], dtype=np.int64), "share": np.array([]), "planned_share": np.array([]),
})  # fmt: skip


def balance_of(assigned: Frame, stratum: str | None) -> pd.DataFrame:
    """Customers by segment and arm, the rows of all last; ``share`` is of those who are in no universal hold-out."""
    planned = "planned_share" in assigned.collect_schema().names()
    keys = {"segment": nw.lit(ALL) if stratum is None else nw.col(stratum)}
    own = {"planned_share": nw.col("planned_share") if planned else nw.lit(None).cast(nw.Float64)}
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
