"""Every active day of every customer, with the gap before it: the table behind trends and cohorts."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers import aggregation as kernel
from rfm._customers import aggregation_expressions as plan
from rfm._customers.attributes import with_attributes
from rfm._customers.netting import kept_netted
from rfm._first_seen import warn_of_old_customers
from rfm._frames.columns import new_column
from rfm._frames.execution import by_customer, fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native, to_native
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns, check_groups

__all__ = ["NO_SEGMENT", "collected", "timeline", "warn_of_beginning"]

NO_SEGMENT = "no segment"
COLUMNS = ("day", "net", "bought", "gap", "first", "latest")


def timeline(tx: Transactions, segments: Any = None) -> Any:
    """One row per customer and active day, of the customers who ever bought.

    Parameters
    ----------
    tx : Transactions
    segments : dataframe, optional
        ``customer_id, segment``, one row per customer, on the same engine.

    Returns
    -------
    Narwhals frame
        All Int64, ``customer_id`` and ``segment`` apart:

        ``customer_id, day, net``
            Whole units of money.
        ``bought``
            1 on a purchase day, else 0.
        ``gap``
            Days since the purchase day before; 0 on the first, and on days without a purchase.
        ``first``
            The customer's first purchase day.
        ``latest``
            1 on the customer's latest purchase day, else 0.
        ``segment``
            Text; `NO_SEGMENT` for customers who have none. Only where ``segments`` is given.
    """
    kept = kept_netted(tx)
    rows = (
        by_customer(tx.ledger, _in_memory, _in_engine)
        if kept is None
        else _of_days(kept.days, kept.customers)
    )
    if segments is None:
        return materialise(rows)
    made = "rfm.segment(tx) makes such a table"
    names = from_native(segments, made)
    check_columns(names, ("customer_id", "segment"), made, argument="segments")
    check_groups(names, ("customer_id", "segment"), argument="segments")
    known = names.select("customer_id", standing=nw.col("segment").cast(nw.String))
    joined = from_native(with_attributes(to_native(rows), to_native(known), "segments"))
    name = nw.when(nw.col("standing").is_null()).then(nw.lit(NO_SEGMENT)).otherwise(nw.col("standing"))
    return materialise(joined.with_columns(segment=name).drop("standing"))


def _in_memory(ledger: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    code, row = kernel.number_customers(ledger.get_column("customer_id"))
    units = (ledger.get_column(name).to_numpy() for name in ("day", "units"))
    days = kernel.customer_days(code, *units, keep=plan.keeps_returns(ledger))
    return _of_days(days, ledger.select("customer_id")[row])


def _of_days(days: kernel.CustomerDays, customers: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The rows from customer-days, and the ids that their codes number."""
    bought = days.purchase
    where = np.flatnonzero(bought)
    who, day = days.code[where], days.day[where]
    same = who[1:] == who[:-1]
    columns = {name: np.zeros(len(bought), dtype=np.int64) for name in COLUMNS}
    columns |= {"day": days.day, "net": days.net, "bought": bought.astype(np.int64)}
    columns["gap"][where[1:]] = np.where(same, day[1:] - day[:-1], 0)
    columns["latest"][where] = np.append(~same, True)[: len(where)]
    first, ever = np.zeros(len(customers), dtype=np.int64), np.zeros(len(customers), dtype=np.bool_)
    first[who[::-1]], ever[who] = day[::-1], True  # the earliest day is written last
    columns["first"] = first[days.code]
    keep = ever[days.code]
    ids = nw.maybe_reset_index(customers[days.code[keep]])
    return ids.with_columns(*(new_column(ids, name, values[keep]) for name, values in columns.items()))


def _in_engine(ledger: Any) -> Any:
    days = materialise(plan.customer_days(ledger))
    window: dict[str, Any] = {"order_by": "day"}
    order = nw.col("day")
    bought = days.filter(plan.PURCHASE).with_columns(
        before=order.shift(1).over("customer_id", **window),
        after=order.shift(-1).over("customer_id", **window),
    )
    one, zero = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    first = days.filter(plan.PURCHASE).group_by("customer_id").agg(order.min().alias("first"))
    purchases = bought.select(
        "customer_id",
        "day",
        "net",
        bought=one,
        gap=nw.when(nw.col("before").is_null()).then(zero).otherwise(order - nw.col("before")),
        latest=nw.when(nw.col("after").is_null()).then(one).otherwise(zero),
    )
    others = days.filter(~plan.PURCHASE).select(
        "customer_id", "day", "net", bought=zero, gap=zero, latest=zero
    )
    every = join_in_order(nw.concat([purchases, others]), first, how="inner")
    return every.select("customer_id", *COLUMNS)


def collected(frame: Frame, *keys: str, **sums: nw.Expr) -> dict[str, npt.NDArray[Any]]:
    """Sum whole numbers by key, in memory or in the engine, and fetch the small table.

    Keys are whole numbers too, except ``segment``, which is text.
    """
    totals = frame.with_columns(**sums).group_by(*keys).agg(nw.col(*sums).sum())
    rows = totals.with_columns(nw.col(*sums).cast(nw.Int64))
    few = fetch(rows).to_dict(as_series=False)
    return {
        name: np.array(few[name], dtype=object if name == "segment" else np.int64) for name in (*keys, *sums)
    }


def warn_of_beginning(rows: Frame, last_day: int, what: str) -> None:
    """Warn where the log seems to begin in the middle of its customers' histories; `rows` are from `timeline`."""
    joined = (nw.col("bought") == 1) & (nw.col("day") == nw.col("first"))
    found = collected(rows.filter(joined), "first", customers=nw.col("bought"))
    if len(found["first"]):
        start = int(found["first"].min())
        warn_of_old_customers(found["first"] - start, found["customers"], last_day - start, what)
