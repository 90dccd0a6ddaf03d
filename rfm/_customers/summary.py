"""The customer summary: one row per customer, the table that every later step starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import narwhals.stable.v2 as nw

from rfm._customers.netting import customer_facts
from rfm._customers.window import IN_WINDOW, Window, as_window, window_start
from rfm._days import Day, as_day
from rfm._frames.columns import nullable
from rfm._frames.dates import to_dates
from rfm._frames.division import quotient
from rfm._frames.native import to_native
from rfm._frames.types import FrameT
from rfm._orders.transactions import Transactions, as_transactions

__all__ = ["dress", "summarize"]


@overload
def summarize(
    tx: Transactions[FrameT], as_of: Day | None = ..., *, window: Window | None = ...
) -> FrameT: ...


@overload
def summarize(tx: FrameT, as_of: Day | None = ..., *, window: Window | None = ...) -> FrameT: ...


def summarize(tx: Any, as_of: Day | None = None, *, window: Window | None = None) -> Any:
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
    window : str or date, optional
        Counts the last days apart, for scores of frequency and monetary value over, say, the last year: "365D" is the
        365 days that end with ``as_of``; "12M" the calendar's (on 2024-02-29, the days after 2023-02-28), as are "1Q"
        and "1Y"; a day is the window's first. All other columns remain those of the whole log.

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

        With a ``window`` also

        ``orders_in_window``
            Number of purchase days in the window.
        ``spend_in_window``
            Net of all rows in the window: purchases less refunds.

        A log without amounts has no columns of money, and every day with a row is a purchase day.

    Raises
    ------
    DataError
        If ``as_of`` is not a date, or lies before the log's first day; if ``window`` is neither a positive length nor
        a day, or begins after ``as_of``.

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

    Of the last 14 days:

    >>> summary = rfm.summarize(log, as_of="2024-02-11", window="14D")
    >>> summary[["customer_id", "orders", "orders_in_window", "spend_in_window"]]
      customer_id  orders  orders_in_window  spend_in_window
    0         ann       2                 1             30.0
    1         bob       1                 0              0.0
    """
    since = None if window is None else as_window(window)  # refused before the log is read
    tx = as_transactions(tx)
    end = tx.last_day if as_of is None else as_day(as_of, "as_of")
    facts = customer_facts(tx, end, since=None if since is None else window_start(since, end))
    return to_native(dress(facts, end, tx.decimals, money=tx.has_amounts, windowed=since is not None))


def dress(
    facts: nw.DataFrame[Any] | nw.LazyFrame[Any],
    end: int | nw.Expr,
    decimals: int,
    *,
    money: bool = True,
    windowed: bool = False,
    also: Sequence[str] = (),
) -> Any:
    """The public summary from the whole-number facts; without its columns of money where the log has no amounts.

    ``end`` is the day that recency counts to, or an expression of it; ``windowed`` facts have `IN_WINDOW`; columns in
    ``also`` are kept as they are.
    """
    bought, scale = nw.col("orders") > 0, 10.0**decimals
    frame = to_dates(facts.with_columns(recency=end - nw.col("last")), ["first", "last"])
    spent = {"spend": "spend", "first_order_spend": "first_spend", "refunds": "refunds"} if money else {}
    counted, netted = IN_WINDOW
    in_window = {counted: nw.col(counted)} if windowed else {}
    if windowed and money:
        in_window[netted] = quotient(nw.col(netted), scale)
    summary = frame.select(
        "customer_id",
        first_purchase=nw.when(bought).then("first"),
        last_purchase=nw.when(bought).then("last"),
        recency=nw.when(bought).then("recency"),
        orders="orders",
        **{name: quotient(nw.col(units), scale) for name, units in spent.items()},
        **in_window,
        **{name: nw.col(name) for name in also},
    )
    return nullable(summary, "recency")
