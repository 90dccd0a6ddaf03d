"""The customer base by period: new, returning, won-back and lapsed customers, and their spend."""

from __future__ import annotations

from typing import Any, overload

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._dynamics.active_days import NO_SEGMENT, collected, timeline, warn_of_beginning
from rfm._dynamics.periods import Periods, cut_periods, with_steps
from rfm._frames.native import Frame
from rfm._frames.small_tables import places, table_like
from rfm._frames.types import FrameT
from rfm._options import whole
from rfm._orders.transactions import Transactions, as_transactions
from rfm._schemes.recognising import segment_names
from rfm._survival import kaplan_meier
from rfm.errors import DataError

__all__ = ["trend"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SHARE = 0.9
"""Of those who buy again, the share that does so within the default ``lapsed_after``."""
LEAST_SURE = 0.1
"""Largest relative standard error of the share who buy again at which a gap length still counts as observed."""
MONEY = ("spend", "mean_order", "refunds")  # prefixes of the columns that a log without amounts lacks
COMPARED = ("customers", "new", "returning", "lapsed", "orders", "spend", "mean_order")


@overload
def trend(
    tx: Transactions[FrameT], every: str = ..., *, lapsed_after: int | None = ..., segments: Any = ...
) -> FrameT: ...


@overload
def trend(tx: FrameT, every: str = ..., *, lapsed_after: int | None = ..., segments: Any = ...) -> FrameT: ...


def trend(tx: Any, every: str = "1M", *, lapsed_after: int | None = None, segments: Any = None) -> Any:
    """Customers, orders and spend by period, with the change on the period and on the year before.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    every : str
        "1M" calendar months, "1Q", "1Y", "1W" weeks from Monday, "30D" spans of days from the log's
        first day.
    lapsed_after : int, optional
        Days without a purchase after which a customer counts as lapsed. Default: the time within which nine
        in ten of the purchases that are followed by another are followed by it, see Notes. A log too short
        to estimate it has no default.
    segments : dataframe, optional
        ``customer_id, segment``, one row per customer, on the same engine: the same table segment by
        segment. Today's segments depend on the purchases counted here (today's best customers have bought
        more); segments with an ``as_of`` before the first period do not.

    Returns
    -------
    dataframe of the kind that came in
        One row per period (and segment, in a first column ``segment``):

        ``period, end, complete``
            First and last day; whether the log covers the whole of it.
        ``customers``
            Customers who bought in the period: ``new`` for the first time, ``returning`` not for the first time.
        ``won_back``
            Purchases after a silence longer than ``lapsed_after``.
        ``lapsed``
            Silences that grew longer than ``lapsed_after`` in the period.
        ``active``
            Customers at the end who are not lapsed: the ``active`` of the period before + ``new`` +
            ``won_back`` − ``lapsed``.
        ``orders, spend, mean_order, refunds``
            Purchase days, their net spend, the mean of it, and the net of all other days. Customers with
            only refunds count in none of these; their refunds are a line of ``Transactions.audit``. A log without
            amounts has only ``orders``.
        ``lapsed_after``
            In days, as given or estimated.
        ``followed``
            Share of purchases that are eventually followed by another, if ``lapsed_after`` was estimated;
            missing if it was given.
        ``customers_change, … mean_order_change``
            Change on the period before, as a share (0.1: a tenth more), for customers, new, returning,
            lapsed, orders, spend and mean_order. Missing where either period is incomplete or the
            former is 0.
        ``customers_change_year, …``
            Change on the same period of the year before (for weeks and days: 364 days before).

    Raises
    ------
    DataError
        If ``every`` is not a period length, ``lapsed_after`` is not a number of days, or it is not given
        and no customer bought twice or the log is too short to estimate it.

    Warns
    -----
    DataWarning
        If the log seems to begin in the middle of its customers' histories: ``new`` then means new in the log.

    See Also
    --------
    snapshots : Customer by customer.
    rfm.plot.trend : A picture of it.

    Notes
    -----
    Long gaps are cut off by the end of the log, so that the 90th percentile of the gaps that were seen is too
    short, and shorter in shorter logs. The default counts every purchase, with the silence after the latest
    one of each customer as a gap of at least that length: Kaplan and Meier's estimate of the share F(t) of
    purchases that are followed by another within t days. F levels off at ``followed``, below 1 where customers
    leave, and ``lapsed_after`` is the first t with F(t) ≥ .9 of that level. The level counts as reached if
    the second half of the observed gap lengths adds less than a tenth to F, and F is known to a tenth.

    Every gap counts once, since ``lapsed``, ``won_back`` and ``active`` count gaps: frequent buyers have
    more of them, so that among infrequent buyers more than one gap in ten is longer.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "bob"],
    ...     "date": ["2024-01-01", "2024-01-07", "2024-02-20", "2024-02-29", "2024-03-31"],
    ...     "amount": [20.0, 5.0, 30.0, 10.0, 15.0],
    ... })
    >>> table = rfm.trend(log, every="1M", lapsed_after=60)
    >>> table[["period", "customers", "new", "returning", "won_back", "lapsed", "active", "spend"]]
          period  customers  new  returning  won_back  lapsed  active  spend
    0 2024-01-01          2    2          0         0       0       2   25.0
    1 2024-02-01          2    1          1         0       0       3   40.0
    2 2024-03-01          1    0          1         1       1       3   15.0
    """
    tx = as_transactions(tx)
    periods = cut_periods(every, tx.first_day, tx.last_day)
    rows = timeline(tx, segments)
    span, followed = (
        _usual_silence(rows, tx.last_day) if lapsed_after is None else (_days(lapsed_after), np.nan)
    )
    warn_of_beginning(rows, tx.last_day, '"new" in the table means')
    names = None if segments is None else segment_names(segments, rows, NO_SEGMENT)
    counts = _count(rows, periods, span, names)
    table = _columns(counts, periods, span, followed, names, 10.0**tx.decimals)
    if not tx.has_amounts:
        table = {name: values for name, values in table.items() if not name.startswith(MONEY)}
    return table_like(tx.ledger, table, names or ())


def _days(lapsed_after: int) -> int:
    return whole("lapsed_after", lapsed_after, "lapsed_after=90 (days)", least=1)


def _usual_silence(rows: Frame, last_day: int) -> tuple[int, float]:
    """Days within which nine in ten of those who buy again do so, and the share who buy again."""
    closed = collected(rows.filter(nw.col("gap") > 0), "gap", times=nw.col("bought"))
    if len(closed["gap"]) == 0:
        raise DataError(
            "No customer bought twice, so there are no gaps to estimate from. Hint: lapsed_after=90 (days)."
        )
    lasting = collected(rows.filter(nw.col("latest") == 1), "day", times=nw.col("bought"))
    days = np.concatenate([closed["gap"], last_day - lasting["day"]])
    ended = np.arange(len(days)) < len(closed["gap"])
    curve = kaplan_meier(days, ended, np.concatenate([closed["times"], lasting["times"]]))
    watched = np.unique(days)
    sure = watched[curve.standard_error(watched) <= LEAST_SURE * curve.reached(watched)]
    longest = float(sure.max(initial=0))
    followed = float(curve.reached(longest))
    if not longest or curve.reached(longest / 2) < SHARE * followed:
        raise DataError(
            "The log is too short to estimate after how long customers lapse: of the purchases "
            f"followed by another within {longest or days.max():.0f} days, many are so in the second half of that "
            "time, so longer gaps are likely. Hint: lapsed_after=180 (days), or a longer log."
        )
    return int(curve.quantile(SHARE * followed)), followed


def _count(rows: Frame, periods: Periods, span: int, names: tuple[str, ...] | None) -> dict[str, Ints]:
    """Counts by period and segment, each (p, s)."""
    keys = ("period",) if names is None else ("period", "segment")
    inner = periods.edges[1:-1]
    day, gap, one, zero = nw.col("day"), nw.col("gap"), nw.col("bought"), nw.lit(0)
    again = one * (gap > 0).cast(nw.Int64)
    found = collected(
        with_steps(rows, inner, period=day, before=day - gap),
        *keys,
        customers=nw.when((gap > 0) & (nw.col("before") == nw.col("period"))).then(zero).otherwise(one),
        new=one - again,
        won_back=(gap > span).cast(nw.Int64),
        orders=one,
        spend=one * nw.col("net"),
        refunds=(1 - one) * nw.col("net"),
    )
    due = span + 1  # days after a purchase on which its silence has grown too long
    ended = with_steps(rows.filter(gap > span), inner, period=day - gap + due)
    lasting = rows.filter((nw.col("latest") == 1) & (day + due <= periods.last_day))
    lasting = with_steps(lasting, inner, period=day + due)
    shape = len(periods), 1 if names is None else len(names)
    sums = ("customers", "new", "won_back", "orders", "spend", "refunds")
    counts = {name: _spread(found, name, shape, names) for name in sums}
    over, on = (_spread(collected(s, *keys, lapsed=one), "lapsed", shape, names) for s in (ended, lasting))
    counts["lapsed"] = over + on
    counts["returning"] = counts["customers"] - counts["new"]
    return counts


def _spread(
    table: dict[str, npt.NDArray[Any]], name: str, shape: tuple[int, int], names: tuple[str, ...] | None
) -> Ints:
    cells = np.zeros(shape, dtype=np.int64)
    column = np.zeros_like(table["period"]) if names is None else places(table["segment"], names)
    np.add.at(cells, (table["period"], column), table[name])
    return cells


def _columns(
    counts: dict[str, Ints],
    periods: Periods,
    span: int,
    followed: float,
    names: tuple[str, ...] | None,
    scale: float,
) -> dict[str, Any]:
    orders, spend = counts["orders"], counts["spend"] / scale
    table: dict[str, Any] = {
        name: counts[name] for name in ("customers", "new", "returning", "won_back", "lapsed")
    }
    table["active"] = (counts["new"] + counts["won_back"] - counts["lapsed"]).cumsum(axis=0)
    table |= {"orders": orders, "spend": spend}
    table["mean_order"] = np.divide(spend, orders, out=np.full(spend.shape, np.nan), where=orders > 0)
    table |= {"refunds": counts["refunds"] / scale, "lapsed_after": np.full_like(orders, span)}
    table["followed"] = np.full(orders.shape, followed)
    for suffix, back in (("change", 1), ("change_year", periods.to_a_year)):
        table |= {f"{name}_{suffix}": _change(table[name], back, periods.complete) for name in COMPARED}
    wide = orders.shape[1]
    head: dict[str, Any] = {}
    if names is not None:
        head["segment"] = np.tile(np.array(names, dtype=object), len(periods))
    for name, days in (("period", periods.starts), ("end", periods.ends)):
        head[name] = days.astype("datetime64[D]").repeat(wide)
    return (
        head
        | {"complete": periods.complete.repeat(wide)}
        | {name: cells.ravel() for name, cells in table.items()}
    )


def _change(cells: npt.NDArray[Any], back: int | None, complete: npt.NDArray[np.bool_]) -> Floats:
    """Change on ``back`` periods before, (p, s)."""
    change = np.full(cells.shape, np.nan)
    if back is None or back >= len(cells):
        return change
    now, then = cells[back:].astype(np.float64), cells[:-back].astype(np.float64)
    fair = (complete[back:] & complete[:-back])[:, None] & (then > 0) & ~np.isnan(now)
    np.divide(now - then, then, out=change[back:], where=fair)
    return change
