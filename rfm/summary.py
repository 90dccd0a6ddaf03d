"""The customer summary: one row a customer, the table every later room stands on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from rfm import kernel
from rfm.errors import DataError
from rfm.frames import Frame, is_eager, leave
from rfm.transactions import Transactions, as_transactions

__all__ = ["as_day", "customer_facts", "summarize"]

EPOCH = date(1970, 1, 1)
DAY_US = 86_400_000_000


def summarize(tx: Any, as_of: str | date | None = None) -> Any:
    """Summarise a log of transactions: one row a customer.

    A *purchase day* is a customer's day with net spend above zero, or with net spend zero and no
    refund row. Any other day adds its net to ``refunds``.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    as_of : str, date or Timestamp, optional
        The last day that counts, inclusive: rows of later days are left out. Strings are ISO dates
        ("2011-12-09"). Default: the log's last day. It may lie after the log's last day.

    Returns
    -------
    dataframe of the kind that came in
        One row a customer, sorted by ``customer_id`` when in memory (by type name, then text, where
        ids do not compare):

        ``customer_id``
            As in the log.
        ``first_purchase``, ``last_purchase``
            Date of the first and the last purchase day; missing when ``orders`` is 0.
        ``recency``
            Whole days from the last purchase to ``as_of``; missing when ``orders`` is 0. (In `clv`
            tables the word means the time from the first to the last purchase.)
        ``orders``
            Number of purchase days.
        ``spend``
            Sum of the net spend of the purchase days, in currency.
        ``first_order_spend``
            Net spend of the first purchase day.
        ``refunds``
            Sum of the net of all other days, at most 0; ``spend + refunds`` is the net of all rows.

    Raises
    ------
    DataError
        When ``as_of`` is no date, or lies before the log's first day.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "bob"],
    ...     "date": ["2024-01-05", "2024-01-07", "2024-02-01", "2024-01-09"],
    ...     "amount": [20.0, 5.0, 30.0, -5.0],
    ... })
    >>> summary = rfm.summarize(log, as_of="2024-02-11")
    >>> summary[["customer_id", "first_purchase", "last_purchase", "recency"]]
      customer_id first_purchase last_purchase  recency
    0         ann     2024-01-05    2024-02-01       10
    1         bob     2024-01-07    2024-01-07       35
    >>> summary[["customer_id", "orders", "spend", "first_order_spend", "refunds"]]
      customer_id  orders  spend  first_order_spend  refunds
    0         ann       2   50.0               20.0      0.0
    1         bob       1    5.0                5.0     -5.0
    """
    tx = as_transactions(tx)
    end = tx.last_day if as_of is None else as_day(as_of, "as_of")
    return leave(dress(customer_facts(tx, end), end, tx.decimals))


def as_day(value: str | date | np.datetime64, name: str) -> int:
    """Whole days from 1970-01-01 to a date; a time of day is dropped.

    >>> as_day("1970-02-01", "as_of")
    31
    """
    moment: Any = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    elif isinstance(value, np.datetime64):
        moment = pd.Timestamp(value)
    if not isinstance(moment, date) or moment is pd.NaT:
        raise DataError(f'{name} must be a date; got {value!r}. Hint: {name}="2011-12-09", year first.')
    return date(moment.year, moment.month, moment.day).toordinal() - EPOCH.toordinal()


def day_text(day: int) -> str:
    """The ISO date of a day number, for messages."""
    return date.fromordinal(EPOCH.toordinal() + day).isoformat()


def customer_facts(tx: Transactions, end: int) -> Frame:
    """Whole-number facts of each customer, from the rows up to day ``end``, inclusive.

    Returns
    -------
    Narwhals frame
        ``customer_id, first, last, orders, spend, first_spend, refunds``: days since 1970-01-01 and
        money in units of 10^-decimals, all Int64; ``first``, ``last`` and ``first_spend`` are 0 where
        ``orders`` is 0.
    """
    return ledger_facts(_ledger_to(tx, end))


def purchase_days(tx: Transactions, end: int) -> Frame:
    """The purchase days up to day ``end``, inclusive: ``customer_id, day, net``, in no order."""
    ledger = _ledger_to(tx, end)
    assert is_eager(ledger)
    days, customers = _days_in_memory(ledger)
    bought = days.take(days.purchase)
    return _columns(customers[bought.code], {"day": bought.day, "net": bought.net})


def ledger_facts(ledger: Frame) -> Frame:
    """The whole-number facts of a ledger's customers; see `customer_facts`."""
    assert is_eager(ledger)
    return _facts_in_memory(ledger)


def day_number(column: str) -> nw.Expr:
    """Whole days from 1970-01-01 to the dates of a column."""
    past = nw.col(column).dt.year() - 1
    return 365 * past + past // 4 - past // 100 + past // 400 + nw.col(column).dt.ordinal_day() - 719_163


def _ledger_to(tx: Transactions, end: int) -> Frame:
    if end < tx.first_day:
        raise DataError(
            f"No rows on or before {day_text(end)}: the log runs from {day_text(tx.first_day)} to "
            f"{day_text(tx.last_day)}. Hint: choose a day within the log, or later."
        )
    return tx.ledger if end >= tx.last_day else tx.ledger.filter(nw.col("day") <= end)


def _facts_in_memory(ledger: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The kernel's facts as columns beside the customers' ids, in the order of the ids."""
    days, customers = _days_in_memory(ledger)
    return _columns(customers, vars(kernel.facts(days, len(customers))))


def _days_in_memory(ledger: nw.DataFrame[Any]) -> tuple[kernel.CustomerDays, nw.DataFrame[Any]]:
    """Customer-days, and the one-column frame of ids that their codes number."""
    ids = ledger.get_column("customer_id")
    code, row = kernel.number_customers(ids.to_native() if ids.implementation.is_pandas() else ids.to_numpy())
    days = kernel.customer_days(code, *(ledger.get_column(c).to_numpy() for c in ("day", "units")))
    return days, ledger.select("customer_id")[row]


def _columns(ids: nw.DataFrame[Any], values: dict[str, kernel.Ints]) -> nw.DataFrame[Any]:
    backend = ids.implementation
    columns = [nw.new_series(name, column, backend=backend) for name, column in values.items()]
    return nw.maybe_reset_index(ids).with_columns(columns)


def dress(facts: nw.DataFrame[Any] | nw.LazyFrame[Any], end: int, decimals: int) -> Any:
    """The public summary from the whole-number facts."""
    bought, scale = nw.col("orders") > 0, 10.0**decimals
    money = {"spend": "spend", "first_order_spend": "first_spend", "refunds": "refunds"}
    frame = facts.select(
        "customer_id",
        first_purchase=nw.when(bought).then(_as_date("first")),
        last_purchase=nw.when(bought).then(_as_date("last")),
        recency=nw.when(bought).then(end - nw.col("last")),
        orders="orders",
        **{name: nw.col(column) / scale for name, column in money.items()},
    )
    if frame.implementation.is_pandas():
        return nw.from_native(frame.to_native().astype({"recency": "Int64"}))
    return frame.with_columns(nw.col("first_purchase", "last_purchase").cast(nw.Date))


def _as_date(column: str) -> nw.Expr:
    return (nw.col(column) * DAY_US).cast(nw.Datetime("us"))
