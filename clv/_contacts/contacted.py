"""Contacts that were made or agreed before a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from clv._contacts.judging import FREE
from rfm._frames.dates import with_day_numbers
from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame, from_native
from rfm._frames.small_tables import table_beside
from rfm._requirements import check_columns, check_dates, check_groups, check_same_customers
from rfm.errors import DataError

__all__ = ["Contacted", "contacted_of"]

MADE: Final = (
    "contacted= holds customer_id and contact_on, the day of each contact, as ContactPlan.contacts does"
)
DAY: Final = f"{INTERNAL}day"


@dataclass(frozen=True)
class Contacted:
    """What earlier contacts mean for a plan.

    Attributes
    ----------
    free : narwhals frame
        `customer_id` of those within the pause when the plan begins, and the first day on which they may be contacted
        again, in days since 1970-01-01.
    booked : mapping of int to int
        Contacts by day of the plan.
    """

    free: Frame
    booked: Mapping[int, int]


def contacted_of(contacted: Any, customers: Frame, pause: int, start: int) -> Contacted:
    """What the contacts of a table mean for a plan that begins on a day.

    Raises
    ------
    DataError
        If these are no contacts, or a day is missing.
    """
    frame = from_native(contacted, MADE)
    check_columns(frame, ("customer_id", "contact_on"), MADE, argument="contacted")
    check_same_customers(customers, frame, ("table", "contacted"))
    check_groups(frame, ("customer_id",), missing=False, argument="contacted")
    check_dates(frame, ("contact_on",), argument="contacted")
    days = with_day_numbers(frame.select("customer_id", "contact_on"), "contact_on", DAY)
    unknown = len(fetch(days.filter(nw.col(DAY).is_null()).select(DAY)))
    if unknown:
        raise DataError(
            f"contacted: contact_on is missing in {unknown:,} rows. Hint: drop these rows, or name the days."
        )
    free = days.group_by("customer_id").agg(last=nw.col(DAY).max())
    free = free.select("customer_id", (nw.col("last") + pause).alias(FREE)).filter(nw.col(FREE) > start)
    ahead = days.filter(nw.col(DAY) >= start).group_by(DAY).agg(n=nw.len())
    booked = {int(day): int(n) for day, n in fetch(ahead).select(DAY, "n").rows()}
    return Contacted(_beside(customers, free), booked)


def _beside(customers: Frame, free: Frame) -> Frame:
    """The few who are within the pause, so that they can be joined to the customers.

    A plan's tables behind DuckDB are of another connection than the customers, and relations of two do not combine.
    """
    if not isinstance(customers, nw.LazyFrame):
        return free
    rows = fetch(free)
    ids = rows.get_column("customer_id").to_list()
    if not all(isinstance(each, int | str) for each in ids):
        return free
    days = rows.get_column(FREE).to_numpy().astype(np.int64)
    known = table_beside(customers, {"customer_id": ids, FREE: days})
    return known.with_columns(nw.col("customer_id").cast(customers.collect_schema()["customer_id"]))
