"""Whether customers of another campaign are spread evenly over the arms of this one."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
from scipy import stats

from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native
from rfm._issuing import warn
from rfm._options import items
from rfm._requirements import check_columns, check_groups, check_same_customers, refuse_repeated

__all__ = ["overlap_notes"]

MADE = "rfm.campaigns.assign(segmented, name=…) makes such a table"
SUSPECT = 0.001


def overlap_notes(assigned: Frame, others: Any) -> list[str]:
    """A note on each other campaign, and a warning where its arms are not independent of this one's.

    Parameters
    ----------
    assigned : Narwhals frame
        With ``customer_id`` and ``arm``.
    others : sequence of dataframe
        Of `assign`, for campaigns at the same time.
    """
    notes = []
    for place, each in enumerate(items("others", others, "others=[autumn]")):
        other = from_native(each, MADE)
        argument = f"others[{place}]"
        check_columns(other, ("customer_id", "campaign", "arm"), MADE, argument=argument)
        check_groups(other, ("arm",), argument=argument)
        refuse_repeated(other, argument=argument)
        check_same_customers(assigned, other, ("assigned", argument))
        notes.append(_note(_counted(assigned, other)))
    return notes


def _counted(assigned: Frame, other: Frame) -> pd.DataFrame:
    """Customers by the arms of both campaigns."""
    theirs = other.select("customer_id", "campaign", other_arm=nw.col("arm"))
    both = join_in_order(assigned.select("customer_id", "arm"), theirs, how="inner")
    counted = both.group_by("campaign", "arm", "other_arm").agg(customers=nw.len())
    return pd.DataFrame(fetch(counted).to_dict(as_series=False))


def _note(counted: pd.DataFrame) -> str:
    if not len(counted):
        return "No customer of this campaign is in the other one."
    name, n = counted["campaign"].min(), int(counted["customers"].sum())
    table = counted.pivot_table(
        index="arm", columns="other_arm", values="customers", aggfunc="sum", fill_value=0
    )
    fact = f"{n:,} customers are also in the campaign {name!r}"
    if min(table.shape) < 2:
        return f"{fact}, in one arm of it."
    p = float(stats.chi2_contingency(table.to_numpy(), correction=False).pvalue)
    if p < SUSPECT:
        warn(
            f"{fact}, whose arms are not spread evenly over the arms of this one (p = {p:.2g}): part of the effect may "
            "be that campaign's. Hint: another name or seed= for each campaign makes independent arms."
        )
        return f"{fact}, and its arms are not independent of these (p = {p:.2g})."
    return f"{fact}, evenly in all arms (p = {p:.2g}), so that its effect does not bias this one."
