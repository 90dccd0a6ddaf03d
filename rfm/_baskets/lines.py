"""Order lines: who bought which item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native
from rfm._issuing import warn
from rfm._options import check_text, received
from rfm._requirements import Held, check_columns, check_groups, check_numbers
from rfm.errors import DataError

__all__ = [
    "MOST_ITEMS",
    "UNITS",
    "bought_lines",
    "buyers",
    "check_lines",
    "counted_items",
    "has_money",
    "refuse_names",
    "refuse_strangers",
    "revenue",
    "warn_of_variants",
]

MADE: Final = "lines are a table with customer_id and a column of items, a row for each thing bought"
MOST_ITEMS: Final = 2_000
"""Of which pairs are counted."""
UNITS: Final = 10_000
"""Amounts are added as whole numbers of these parts, so that no sum depends on the order of the lines."""
AMOUNTS: Final = Held(-1e12, 1e12)
KNOWN_AMOUNTS: Final = Held(-1e12, 1e12, missing=True)
WHOLE: Final = 2**53


def check_lines(lines: Any, item: str, *, taken: Iterable[str] = ()) -> Frame:
    """The lines as a frame, with a customer and an item in each row.

    Parameters
    ----------
    lines : dataframe
    item : str
        Its column of items.
    taken : iterable of str
        Columns of the answer, which the column of items cannot be called.

    Raises
    ------
    DataError
        If a column is missing, holds what cannot be grouped, or (in memory) lacks a customer, or amounts are no
        numbers.
    """
    check_text("item", item, 'item="category"')
    frame = from_native(lines, MADE)
    check_columns(frame, ("customer_id", item), MADE, argument="lines")
    check_groups(frame, ("customer_id",), missing=False, argument="lines")
    check_groups(frame, (item,), argument="lines")
    if "amount" in frame.collect_schema():
        check_numbers(frame, {"amount": KNOWN_AMOUNTS}, MADE, argument="lines")
    if item == "customer_id":
        raise DataError('item is "customer_id". Hint: item= names what was bought, such as "category".')
    refuse_names({"item": item}, taken)
    return frame


def refuse_names(named: dict[str, str], taken: Iterable[str]) -> None:
    """Refuse columns whose names are those of other columns of the answer."""
    known = set(taken)
    for option, name in named.items():
        if name in known:
            raise DataError(
                f"{option} is {received(name)}, which is the name of another column of the answer. "
                "Hint: rename the column."
            )


def has_money(lines: Frame) -> bool:
    """Whether the lines have amounts."""
    schema = lines.collect_schema()
    return "amount" in schema and schema["amount"].is_numeric()


def buyers(lines: Frame, item: str) -> Any:
    """Each customer's items, once: ``customer_id, item``; see `bought_lines`."""
    return bought_lines(lines, item).select("customer_id", "item").unique()


def bought_lines(lines: Frame, item: str, *columns: str) -> Any:
    """The lines of purchases: ``customer_id, item`` and the columns asked for.

    Lines without an item are left out, and behind an engine those without a customer. So are returns: lines with a
    negative amount, where there are amounts.
    """
    if has_money(lines):
        negative = nw.when(nw.col("amount") < 0).then(1).otherwise(0)
        lines = lines.filter(negative == 0)
    return _named(lines, item, *columns)


def revenue(lines: Frame, item: str) -> Any:
    """Each customer's net spend on each item in parts of `UNITS`: ``customer_id, item, units``.

    Raises
    ------
    DataError
        If amounts are missing or infinite.
    """
    check_numbers(lines, {"amount": AMOUNTS}, MADE, argument="lines")
    units = (nw.col("amount").cast(nw.Float64) * UNITS).round(0).cast(nw.Int64)
    named = _named(lines, item, "amount").select("customer_id", "item", units=units)
    return named.group_by("customer_id", "item").agg(nw.col("units").sum())


def _named(lines: Frame, item: str, *columns: str) -> Any:
    """The lines with their item as text in a column ``item``; those without one, or without a customer, are left out.

    Numbers are named alike whether an engine holds them as whole numbers or floats, as pandas does where one is
    missing.
    """
    dtype = lines.collect_schema()[item]
    known = lines.filter(~nw.col(item).is_null(), ~nw.col("customer_id").is_null())
    text = nw.col(item).cast(nw.String)
    if dtype.is_float():
        known = known.filter(~nw.col(item).is_nan())
        whole = nw.col(item).clip(-WHOLE, WHOLE).round(0)
        text = nw.when(whole == nw.col(item)).then(whole.cast(nw.Int64).cast(nw.String)).otherwise(text)
    elif dtype == nw.Boolean:
        text = nw.when(nw.col(item)).then(nw.lit("true")).otherwise(nw.lit("false"))
    return known.select("customer_id", *columns, text.alias("item"))


def refuse_strangers(bought: Any, groups: Any) -> None:
    """Refuse lines and segments that share no customer, and warn of customers without a segment.

    Parameters
    ----------
    bought, groups : Narwhals frames
        With ``customer_id``; one row per customer in ``groups``.

    Raises
    ------
    DataError

    Warns
    -----
    DataWarning
    """
    customers = materialise(bought.select("customer_id").unique())
    strangers = join_in_order(customers, groups.select("customer_id"), how="anti")
    every, unknown = (int(fetch(each.select(nw.len().alias("n"))).item()) for each in (customers, strangers))
    if unknown and unknown == every:
        raise DataError(
            f"None of the {every:,} customers in lines is in segmented. Hint: the same ids in both tables; "
            "rfm.segment(tx) of the same shop."
        )
    if unknown:
        warn(
            f"{unknown:,} of the {every:,} customers in lines have no segment, and what they bought does not count. "
            "Hint: rfm.segment leaves out customers who only returned things; segment all customers of the lines."
        )


def warn_of_variants(items: Sequence[str]) -> None:
    """Warn of items whose names differ only in case or spaces."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in items:
        alike[" ".join(str(name).casefold().split())].append(str(name))
    double = sorted(sorted(names) for names in alike.values() if len(names) > 1)
    if double:
        first = " and ".join(map(received, double[0]))
        more = f", and {len(double) - 1:,} more such names" if len(double) > 1 else ""
        warn(
            f"The items {first} differ only in case or spaces{more}: they count as different items. "
            "Hint: lines[item].str.strip().str.lower() makes them one."
        )


def counted_items(bought: Any) -> pd.Series[Any]:
    """How many customers bought each item, by its name, in the order of the names."""
    table = fetch(bought.group_by("item").agg(buyers=nw.len())).to_dict(as_series=False)
    counts = pd.Series(table["buyers"], index=pd.Index(table["item"], dtype=object), dtype=np.int64)
    warn_of_variants(counts.index.tolist())
    return counts.sort_index()
