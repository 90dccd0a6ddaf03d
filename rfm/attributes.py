"""Columns that are known of customers from elsewhere, joined to the table of customers."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from rfm.errors import DataError, EngineError
from rfm.frames import Frame, enter, leave

__all__ = ["with_attributes"]

RESERVED = frozenset({"frequency", "monetary", "R", "F", "M", "rfm", "composite", "segment"})


def with_attributes(summary: Any, attributes: Any) -> Any:
    """The summary with the attributes of its customers; missing where they have none.

    Parameters
    ----------
    summary : dataframe
        One row a customer.
    attributes : dataframe or None
        On the same engine, with ``customer_id`` and at most one row a customer. Rows of other customers
        are left out.

    Returns
    -------
    dataframe of the kind that came in
        In the summary's order when in memory.

    Raises
    ------
    DataError
        When ``customer_id`` is missing, of another type, or not unique, or a column's name is taken.
    EngineError
        When the two tables are of different engines.
    """
    if attributes is None:
        return summary
    left, right = enter(summary), enter(attributes)
    _check(left, right)
    if isinstance(left, nw.DataFrame) and isinstance(right, nw.DataFrame):
        # not every engine keeps the order of the left rows in a join
        joined = left.with_row_index("_row").join(right, on="customer_id", how="left")
        return leave(nw.maybe_reset_index(joined.sort("_row").drop("_row")))
    return leave(left.join(right, on="customer_id", how="left"))


def _check(left: Frame, right: Frame) -> None:
    if left.implementation is not right.implementation or type(left) is not type(right):
        engines = left.implementation.name, right.implementation.name
        raise EngineError(
            f"The log is on {engines[0]} and the attributes on {engines[1]}. Hint: bring both to one engine."
        )
    ours, theirs = left.collect_schema(), right.collect_schema()
    if "customer_id" not in theirs:
        raise DataError(
            f"attributes: no column 'customer_id'. The table has: {', '.join(theirs)}. "
            "Hint: rename the column that identifies customers."
        )
    if ours["customer_id"] != theirs["customer_id"]:
        raise DataError(
            f"attributes: customer_id is {theirs['customer_id']} there and {ours['customer_id']} in the log. "
            "Hint: cast one of them."
        )
    taken = sorted((set(ours) | RESERVED) & set(theirs) - {"customer_id"})
    if taken:
        raise DataError(f"attributes: the name {taken[0]!r} is taken by the scores. Hint: rename the column.")
    doubles = right.group_by("customer_id").agg(nw.len().alias("rows")).filter(nw.col("rows") > 1).head(3)
    ids = (doubles.collect() if isinstance(doubles, nw.LazyFrame) else doubles).get_column("customer_id").to_list()
    if ids:
        raise DataError(
            f"attributes: more than one row for customer {', '.join(sorted(map(str, ids)))}. "
            "Hint: keep one row a customer."
        )
