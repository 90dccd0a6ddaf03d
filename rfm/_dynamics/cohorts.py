"""Cohorts: customers by period of first purchase, their retention and their revenue."""

from __future__ import annotations

from typing import Any, overload

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._dynamics.active_days import NO_SEGMENT, collected, timeline, warn_of_beginning
from rfm._dynamics.periods import Periods, cut_periods, with_steps
from rfm._frames.native import Frame, from_native
from rfm._frames.small_tables import empty_like, places, table_like
from rfm._frames.types import FrameT
from rfm._options import confidence_level
from rfm._orders.transactions import Transactions, as_transactions
from rfm._requirements import COUNT, FLAG, check_columns, check_groups, check_numbers
from rfm._schemes.recognising import segment_names
from rfm._statistics.shares import wilson
from rfm.errors import DataError

__all__ = ["cohorts", "retention_curve"]

Ints = npt.NDArray[np.int64]


@overload
def cohorts(tx: Transactions[FrameT], every: str = ..., *, segments: Any = ...) -> FrameT: ...


@overload
def cohorts(tx: FrameT, every: str = ..., *, segments: Any = ...) -> FrameT: ...


def cohorts(tx: Any, every: str = "1M", *, segments: Any = None) -> Any:
    """Retention and revenue by cohort and age.

    A cohort holds the customers whose first purchase falls in one period; its age counts the periods
    since, 0 for the period itself.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    every : str
        "1M" calendar months, "1Q", "1Y", "1W" weeks from Monday, "30D" spans of days from the log's
        first day.
    segments : dataframe, optional
        ``customer_id, segment``, one row per customer, on the same engine: the same table segment by
        segment. Segments made from the same purchases (today's best customers) retain by definition; to
        compare, use segments as of an earlier day.

    Returns
    -------
    dataframe of the kind that came in
        One row per cohort and age (and segment, in a first column ``segment``); ages that the log has not
        reached have no row, ages at which nobody bought hold zeros:

        ``cohort, age, period``
            First day of the cohort's period, periods since, first day of that period.
        ``customers``
            Size of the cohort.
        ``active, retention``
            Number of customers who bought in the period, and their share of the cohort.
        ``orders``
            Their purchase days.
        ``revenue, revenue_to_date``
            Net of all their rows in the period, refunds included, and its sum since age 0. (A refund
            before a customer's first purchase counts at age 0.) Absent for a log without amounts.
        ``complete``
            Whether the log covers the whole period. In a log that begins after the business did, the first
            cohorts hold older customers too.

    Raises
    ------
    DataError
        If ``every`` is not a period length.

    Warns
    -----
    DataWarning
        If the log seems to begin in the middle of its customers' histories, so that they do.

    See Also
    --------
    retention_curve : The curve of all cohorts together.
    rfm.plot.cohorts : A picture of it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "bob"],
    ...     "date": ["2024-01-01", "2024-01-07", "2024-02-20", "2024-02-29", "2024-03-31"],
    ...     "amount": [20.0, 5.0, 30.0, 10.0, 15.0],
    ... })
    >>> rfm.cohorts(log)[["cohort", "age", "customers", "active", "retention", "revenue", "complete"]]
          cohort  age  customers  active  retention  revenue  complete
    0 2024-01-01    0          2       2        1.0     25.0      True
    1 2024-01-01    1          2       1        0.5     30.0      True
    2 2024-01-01    2          2       1        0.5     15.0      True
    3 2024-02-01    0          1       1        1.0     10.0      True
    4 2024-02-01    1          1       0        0.0      0.0      True
    """
    tx = as_transactions(tx)
    periods = cut_periods(every, tx.first_day, tx.last_day)
    rows = timeline(tx, segments)
    warn_of_beginning(rows, tx.last_day, "members of the first cohorts are")
    names = None if segments is None else segment_names(segments, rows, NO_SEGMENT)
    active, orders, revenue = _count(rows, periods, names)
    columns = _columns(active, orders, revenue / 10.0**tx.decimals, periods, names)
    if not tx.has_amounts:
        del columns["revenue"], columns["revenue_to_date"]
    return table_like(tx.ledger, columns, names or ())


def _count(rows: Frame, periods: Periods, names: tuple[str, ...] | None) -> Ints:
    """Active customers, orders and revenue in whole units, by segment, cohort and period: (3, s, p, p)."""
    inner = periods.edges[1:-1]
    day, gap, bought = nw.col("day"), nw.col("gap"), nw.col("bought")
    again = (gap > 0) & (nw.col("before") == nw.col("period"))
    found = collected(
        with_steps(rows, inner, cohort=nw.col("first"), period=day, before=day - gap),
        *(() if names is None else ("segment",)),
        "cohort",
        "period",
        active=nw.when(again).then(nw.lit(0)).otherwise(bought),
        orders=bought,
        revenue=nw.col("net"),
    )
    cohort = found["cohort"]
    period = np.maximum(found["period"], cohort)
    segment = np.zeros_like(cohort) if names is None else places(found["segment"], names)
    totals = np.zeros((3, 1 if names is None else len(names), len(periods), len(periods)), dtype=np.int64)
    for total, name in zip(totals, ("active", "orders", "revenue"), strict=True):
        np.add.at(total, (segment, cohort, period), found[name])
    return totals


def _columns(
    active: Ints,
    orders: Ints,
    revenue: npt.NDArray[np.float64],
    periods: Periods,
    names: tuple[str, ...] | None,
) -> dict[str, Any]:
    size = np.einsum("scc->sc", active)
    seen = np.triu(np.ones(active.shape[1:], dtype=np.bool_))[None] & (size > 0)[:, :, None]
    segment, cohort, period = np.nonzero(seen)
    customers = size[segment, cohort]
    starts = periods.starts.astype("datetime64[D]")
    head = {} if names is None else {"segment": np.array(names, dtype=object)[segment]}
    return head | {
        "cohort": starts[cohort],
        "age": period - cohort,
        "period": starts[period],
        "customers": customers,
        "active": active[seen],
        "retention": active[seen] / customers,
        "orders": orders[seen],
        "revenue": revenue[seen],
        "revenue_to_date": revenue.cumsum(axis=2)[seen],
        "complete": periods.complete[period],
    }


def retention_curve(cohort_table: FrameT, *, confidence: float = 0.95) -> FrameT:
    """Retention by age over all cohorts, with its interval; segment by segment where the table has them.

    Parameters
    ----------
    cohort_table : dataframe
        From `cohorts`.
    confidence : float
        Of Wilson's interval, between 0 and 1.

    Returns
    -------
    dataframe of the kind that came in
        ``age, customers, active, retention, low, high`` (after ``segment``): each age counts the cohorts
        for which the log covers the whole period at that age, so the youngest drop out as age grows.

    Raises
    ------
    DataError
        If a column is missing.

    See Also
    --------
    cohorts : Makes the table.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "bob"],
    ...     "date": ["2024-01-01", "2024-01-07", "2024-02-20", "2024-02-29", "2024-03-31"],
    ...     "amount": [20.0, 5.0, 30.0, 10.0, 15.0],
    ... })
    >>> rfm.retention_curve(rfm.cohorts(log))[["age", "customers", "active", "retention"]]
       age  customers  active  retention
    0    0          3       3   1.000000
    1    1          3       1   0.333333
    2    2          2       1   0.500000
    """
    made = "rfm.cohorts(tx) makes such a table"
    frame = from_native(cohort_table, made)
    schema = check_columns(frame, ("age", "customers", "active", "complete"), made)
    confidence_level(confidence)
    counts = dict.fromkeys(("age", "customers", "active"), COUNT)
    check_numbers(frame, {**counts, "complete": FLAG}, made)
    _refuse_more_active(frame, made)
    frame = frame.with_columns(nw.col(*counts).cast(nw.Int64))
    by_segment = "segment" in schema
    if by_segment:
        check_groups(frame, ("segment",), missing=False)
        frame = frame.with_columns(nw.col("segment").cast(nw.String))
    keys = ("segment", "age") if by_segment else ("age",)
    found = collected(
        frame.filter(nw.col("complete").cast(nw.Boolean)),
        *keys,
        customers=nw.col("customers"),
        active=nw.col("active"),
    )
    names = segment_names(cohort_table, frame, NO_SEGMENT) if by_segment else ()
    place = places(found["segment"], names) if by_segment else np.zeros_like(found["age"])
    order = np.lexsort((found["age"], place))
    columns: dict[str, Any] = {name: found[name][order] for name in (*keys, "customers", "active")}
    low, high = wilson(columns["active"], columns["customers"], confidence)
    columns["retention"] = columns["active"] / columns["customers"]
    answer: FrameT = table_like(
        empty_like(from_native(cohort_table)), columns | {"low": low, "high": high}, names
    )
    return answer


def _refuse_more_active(frame: Frame, made: str) -> None:
    """Refuse cohorts of which more customers were active than there are; behind an engine this is not checked."""
    if isinstance(frame, nw.DataFrame) and len(more := frame.filter(nw.col("active") > nw.col("customers"))):
        active, customers = (more.get_column(name)[0] for name in ("active", "customers"))
        raise DataError(f"active must not exceed customers; got {active} of {customers}. Hint: {made}.")
