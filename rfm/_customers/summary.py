"""The customer summary: one row per customer, the table every later room stands on."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from rfm._customers import aggregation as kernel
from rfm._customers import aggregation_expressions as plan
from rfm._days import Day, as_day, day_text
from rfm._frames.columns import nullable, with_arrays
from rfm._frames.dates import to_dates
from rfm._frames.division import quotient
from rfm._frames.execution import by_customer
from rfm._frames.native import Frame, to_native
from rfm._orders.transactions import Transactions, as_transactions
from rfm.errors import DataError

__all__ = ["customer_facts", "summarize"]


def summarize(tx: Any, as_of: Day | None = None) -> Any:
    """Summarise a log of transactions: one row per customer.

    A *purchase day* is a customer's day with net spend above zero, or with net spend zero and no
    refund row. Any other day adds its net to ``refunds``. (In `Transactions` with ``returns="keep"`` every day
    is a purchase day, ``spend`` may be negative, and ``refunds`` is 0.)

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id`` and ``date``, and ``amount`` where money is to be read.
    as_of : str, date, Timestamp or Period, optional
        The last day that counts, inclusive: rows of later days are left out. Strings are ISO dates
        ("2011-12-09"); a period, such as ``pd.Period("2011-12")``, is its last day. Default: the log's last
        day. It may lie after the log's last day.

    Returns
    -------
    dataframe of the kind that came in
        One row per customer, sorted by ``customer_id`` when in memory (by type name, then text, where
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

        A log without amounts has no columns of money, and every day with a row is a purchase day.

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
    return to_native(dress(customer_facts(tx, end), end, tx.decimals, money=tx.has_amounts))


def customer_facts(tx: Transactions, end: int) -> Frame:
    """Whole-number facts of each customer, from the rows up to day ``end``, inclusive.

    Returns
    -------
    Narwhals frame
        ``customer_id, first, last, orders, spend, first_spend, refunds``: days since 1970-01-01 and
        money in units of 10^-decimals, all Int64; ``first``, ``last`` and ``first_spend`` are 0 where
        ``orders`` is 0.
    """
    return ledger_facts(
        _ledger_to(tx, end), plan.Packing.of(tx.first_day, tx.last_day, tx.size, tx.keeps_returns)
    )


def purchase_days(tx: Transactions, end: int) -> Any:
    """The purchase days up to day ``end``, inclusive: ``customer_id, day, net``, in no order."""
    return by_customer(_ledger_to(tx, end), _purchase_days_in_memory, plan.purchase_days)


def netted_days(tx: Transactions, end: int) -> Any:
    """The purchase days up to day ``end``, whose net is 0 or more, and beside them those that net below 0.

    ``customer_id, day, net``, in no order. A day whose refunds cancel its orders adds nothing and is left out.
    """
    return by_customer(_ledger_to(tx, end), _netted_days_in_memory, plan.netted_days)


def ledger_facts(ledger: Frame, packing: plan.Packing | None = None) -> Frame:
    """The whole-number facts of a ledger's customers; see `customer_facts`."""
    facts: Frame = by_customer(ledger, _facts_in_memory, lambda rows: plan.ledger_facts(rows, packing))
    return facts


def _ledger_to(tx: Transactions, end: int) -> Frame:
    if end < tx.first_day:
        raise DataError(
            f"No rows on or before {day_text(end)}: the log runs from {day_text(tx.first_day)} to "
            f"{day_text(tx.last_day)}. Hint: choose a day within the log, or later."
        )
    if end >= tx.last_day:
        return tx.ledger
    return tx.ledger.filter(nw.col("day") <= end)


def _purchase_days_in_memory(ledger: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    days, customers = _days_in_memory(ledger)
    return _as_table(days.take(days.purchase), customers)


def _netted_days_in_memory(ledger: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    days, customers = _days_in_memory(ledger)
    return _as_table(days.take(days.purchase | (days.net < 0)), customers)


def _as_table(days: kernel.CustomerDays, customers: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    return with_arrays(customers[days.code], {"day": days.day, "net": days.net})


def _facts_in_memory(ledger: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The kernel's facts as columns beside the customers' ids, in the order of the ids."""
    days, customers = _days_in_memory(ledger)
    return with_arrays(customers, vars(kernel.facts(days, len(customers))))


def _days_in_memory(ledger: nw.DataFrame[Any]) -> tuple[kernel.CustomerDays, nw.DataFrame[Any]]:
    """Customer-days, and the one-column frame of ids that their codes number."""
    code, row = kernel.number_customers(ledger.get_column("customer_id"))
    columns = (ledger.get_column(c).to_numpy() for c in ("day", "units"))
    days = kernel.customer_days(code, *columns, keep=plan.keeps_returns(ledger))
    return days, ledger.select("customer_id")[row]


def dress(
    facts: nw.DataFrame[Any] | nw.LazyFrame[Any], end: int, decimals: int, *, money: bool = True
) -> Any:
    """The public summary from the whole-number facts; without its columns of money where the log has no amounts."""
    bought, scale = nw.col("orders") > 0, 10.0**decimals
    frame = to_dates(facts.with_columns(recency=end - nw.col("last")), ["first", "last"])
    spent = {"spend": "spend", "first_order_spend": "first_spend", "refunds": "refunds"} if money else {}
    summary = frame.select(
        "customer_id",
        first_purchase=nw.when(bought).then("first"),
        last_purchase=nw.when(bought).then("last"),
        recency=nw.when(bought).then("recency"),
        orders="orders",
        **{name: quotient(nw.col(units), scale) for name, units in spent.items()},
    )
    return nullable(summary, "recency")
