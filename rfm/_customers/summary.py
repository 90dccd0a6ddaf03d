"""The customer summary: one row per customer, the table that every later step starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import narwhals.stable.v2 as nw

from rfm._customers.netting import customer_facts
from rfm._days import Day, as_day
from rfm._frames.columns import nullable
from rfm._frames.dates import to_dates
from rfm._frames.division import quotient
from rfm._frames.native import to_native
from rfm._frames.types import FrameT
from rfm._orders.transactions import Transactions, as_transactions

__all__ = ["dress", "summarize"]


@overload
def summarize(tx: Transactions[FrameT], as_of: Day | None = ...) -> FrameT: ...


@overload
def summarize(tx: FrameT, as_of: Day | None = ...) -> FrameT: ...


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
        If ``as_of`` is not a date, or lies before the log's first day.

    See Also
    --------
    score : The next step.
    CustomerBase : Keeps the summary up to date as orders come.
    clv.summarize : The summary for purchase laws, in which recency and frequency mean something else.

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


def dress(
    facts: nw.DataFrame[Any] | nw.LazyFrame[Any],
    end: int | nw.Expr,
    decimals: int,
    *,
    money: bool = True,
    also: Sequence[str] = (),
) -> Any:
    """The public summary from the whole-number facts; without its columns of money where the log has no amounts.

    ``end`` is the day that recency counts to, or an expression of it; columns in ``also`` are kept as they are.
    """
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
        **{name: nw.col(name) for name in also},
    )
    return nullable(summary, "recency")
