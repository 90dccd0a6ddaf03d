"""Order lines: who bought which item."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.native import Frame, from_native
from rfm._options import check_text
from rfm._requirements import check_columns, check_groups
from rfm.errors import DataError

__all__ = ["buyers", "check_lines"]

MADE: Final = "lines are a table with customer_id and a column of items, a row for each thing bought"


def check_lines(lines: Any, item: str) -> Frame:
    """The lines as a frame, with a customer and an item in each row.

    Raises
    ------
    DataError
        If a column is missing, or holds what cannot be grouped.
    """
    check_text("item", item, 'item="category"')
    frame = from_native(lines, MADE)
    check_columns(frame, ("customer_id", item), MADE, argument="lines")
    check_groups(frame, ("customer_id", item), argument="lines")
    if item == "customer_id":
        raise DataError('item is "customer_id". Hint: item= names what was bought, such as "category".')
    return frame


def buyers(lines: Frame, item: str) -> Any:
    """Each customer's items, once: ``customer_id, item``; lines without an item are left out."""
    named = lines.filter(~nw.col(item).is_null()).select("customer_id", item=nw.col(item).cast(nw.String))
    return named.unique()
