"""Customer attributes from another table, joined to the table of customers."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from rfm._customers.aggregation_expressions import PURCHASE, keeps_returns
from rfm._frames.columns import nullable_truths
from rfm._frames.execution import by_customer
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, engine_name, from_native, same_engine, same_names, to_native
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns, refuse_repeated
from rfm.errors import DataError, EngineError, ScoringError

__all__ = ["order_days", "placed_orders", "with_attributes", "with_order_ids"]

RESERVED = frozenset({"frequency", "monetary", "R", "F", "M", "rfm", "rf", "composite", "segment"})


def with_attributes(summary: Any, attributes: Any, argument: str = "attributes") -> Any:
    """The summary with the attributes of its customers; missing where they have none.

    Parameters
    ----------
    summary : dataframe
        One row per customer.
    attributes : dataframe or None
        On the same engine, with ``customer_id`` and at most one row per customer. Rows of other customers
        are left out.
    argument : str
        Name of the argument, for messages.

    Returns
    -------
    dataframe of the kind that came in
        In the summary's order when in memory. Boolean columns are nullable booleans on pandas and
        Dask.

    Raises
    ------
    DataError
        If ``customer_id`` is missing, of another type, or not unique, or a column's name is taken.
    EngineError
        If the two tables are of different engines.
    """
    if attributes is None:
        return summary
    left = from_native(summary)
    right = from_native(attributes, f"{argument} are a table with customer_id and the customers' attributes")
    _check(left, right, argument)
    return to_native(join_in_order(left, nullable_truths(right)))


def with_order_ids(summary: Any, tx: Transactions, end: int, since: int | None = None) -> Any:
    """The summary with ``order_ids``: how many orders the customer placed, by their ids.

    An order counts where it has a purchase day of its own: a day on which its net is above zero, or zero
    without a refund row. So a later return cancels no order, just as it cancels no purchase day, and
    every buyer has at least one order. The rows of a day without an order id are one order. With ``since``, the first
    day of a window, also ``order_ids_in_window``: the orders with a purchase day in it.

    Raises
    ------
    ScoringError
        If the log has no order ids.
    """
    left, ledger = from_native(summary), tx.ledger
    _refuse_no_order_ids(ledger)
    if end < tx.last_day:
        ledger = ledger.filter(nw.col("day") <= end)
    counted = by_customer(ledger, lambda rows: _order_ids(rows, since), lambda rows: _order_ids(rows, since))
    names = ["order_ids"] if since is None else ["order_ids", "order_ids_in_window"]
    return to_native(join_in_order(left, counted).with_columns(nw.col(*names).fill_null(0).cast(nw.Int64)))


def placed_orders(ledger: Any) -> Any:
    """The day on which each order was first placed, and that of each day's rows without an id.

    Returns
    -------
    Narwhals frame
        ``customer_id, day``, and ``order_ids``, how many orders were placed then; a customer may have several rows
        for a day.
    """
    days = order_days(ledger)
    one = nw.lit(1).cast(nw.Int64)
    known = days.filter(~nw.col("order_id").is_null()).group_by("customer_id", "order_id")
    first = known.agg(nw.col("day").min()).select("customer_id", "day", order_ids=one)
    others = days.filter(nw.col("order_id").is_null()).select("customer_id", "day", order_ids=one)
    return nw.concat([first, others])


def order_days(ledger: Any) -> Any:
    """The purchase days of each order."""
    _refuse_no_order_ids(ledger)
    least = nw.col("least" if keeps_returns(ledger) else "units").min()
    days = ledger.group_by("customer_id", "order_id", "day").agg(net=nw.col("units").sum(), least=least)
    return days.filter(PURCHASE)


def _order_ids(ledger: Any, since: int | None) -> Any:
    """Each customer's number of orders, and with ``since`` of those with a purchase day from then on."""
    days = {"order_ids": nw.lit(1).cast(nw.Int64)}
    if since is not None:
        days["order_ids_in_window"] = nw.when(nw.col("day") >= since).then(1).otherwise(0).cast(nw.Int64)
    placed = order_days(ledger).select("customer_id", "order_id", **days)
    placed = placed.group_by("customer_id", "order_id").agg(nw.col(*days).sum())
    unnamed = nw.col("order_id").is_null()
    orders = {
        name: nw.when(unnamed | (nw.col(name) < 1)).then(nw.col(name)).otherwise(1).cast(nw.Int64)
        for name in days
    }
    return placed.select("customer_id", **orders).group_by("customer_id").agg(nw.col(*days).sum())


def _refuse_no_order_ids(ledger: Any) -> None:
    if "order_id" not in ledger.collect_schema():
        raise ScoringError(
            'The log has no order ids. Hint: Transactions(df, order_id="…"), or frequency="days".'
        )


def _check(left: Frame, right: Frame, argument: str) -> None:
    if not same_engine(left, right):
        engines = engine_name(left), engine_name(right)
        raise EngineError(
            f"The log is on {engines[0]} and the {argument} on {engines[1]}. Hint: convert both to one engine."
        )
    ours = left.collect_schema()
    theirs = check_columns(
        right, ["customer_id"], "rename the column that identifies customers", argument=argument
    )
    if ours["customer_id"] != theirs["customer_id"]:
        raise DataError(
            f"{argument}: customer_id is {theirs['customer_id']} there and {ours['customer_id']} in the log. "
            "Hint: cast one of them."
        )
    added = [name for name in theirs if name != "customer_id"]
    taken = sorted(same_names(left, added, set(ours) | RESERVED))
    if taken:
        raise DataError(f"{argument}: the name {taken[0]!r} is taken by the scores. Hint: rename the column.")
    refuse_repeated(right, argument=argument)
