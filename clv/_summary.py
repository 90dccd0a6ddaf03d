"""The BTYD summary: the purchase laws' data on each customer, and its distinct rows with weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, overload

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from clv._periods import last_whole_end
from clv._stages import as_log
from clv._units import Unit, as_unit, days_per_unit
from rfm._customers.aggregation import LOG_UNIT
from rfm._customers.customer_base import CustomerBase, base_facts
from rfm._customers.netting import customer_facts, ledger_facts, netted_days
from rfm._days import as_day, day_date
from rfm._frames.dates import to_dates
from rfm._frames.division import quotient
from rfm._frames.execution import fetch
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = [
    "LOG_GAPS",
    "Compressed",
    "base_summary",
    "btyd_summary_of",
    "compress",
    "periods_between",
    "summarize",
]

LOG_GAPS = "sum_log_gaps"

# Days from a Monday in the year 0 to 1970-01-01, so that week numbers are positive and turn on Mondays.
_MONDAY = 719_470


@overload
def summarize(
    tx: Transactions[FrameT], unit: Unit = ..., end: str | date | None = ..., discrete: Unit | None = ...
) -> FrameT: ...


@overload
def summarize(
    tx: FrameT, unit: Unit = ..., end: str | date | None = ..., discrete: Unit | None = ...
) -> FrameT: ...


def summarize(tx: Any, unit: Unit = "W", end: str | date | None = None, discrete: Unit | None = None) -> Any:
    """Summarise a log for the purchase laws: one row per customer with at least one purchase day.

    Parameters
    ----------
    tx : Transactions, dataframe or CustomerBase
        A dataframe needs the columns ``customer_id`` and ``date``, and ``amount`` where money is to be read. A base
        answers without its history, for its last day or a later one, and has no ``sum_log_gaps``.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the result. Times are whole days divided by the days of the unit: 10 days are
        10/7 weeks, never 1.
    end : str, date or Timestamp, optional
        Last day of observation, inclusive; default the log's last day.
    discrete : {"D", "W", "M", "Y"}, optional
        Count calendar periods instead of time, for BG/BB (see Notes).

    Returns
    -------
    dataframe of the kind that came in
        ``customer_id``; ``frequency``, repeat purchase days x; ``recency``, time t_x from the first to
        the last purchase; ``T``, time from the first purchase to ``end``; ``sum_log_gaps``, the sum of the
        logarithms of the times between successive purchase days (0 at x = 0); ``monetary_value``, mean net
        spend of the repeat purchase days, before refunds on other days (0 at x = 0);
        ``first_order_spend``, net spend of the first purchase day; ``refunds``, sum of the net of all days
        that are no purchase, at most 0; and in every row the table's ``unit`` (a text) and ``end`` (a date).

        With ``discrete``: ``customer_id``; ``frequency``, periods with a purchase after the period of the
        first purchase; ``recency``, number of the last such period, 0 for none; ``n_periods``, periods
        from there to that of ``end``; ``monetary_value``, mean net spend of those periods (0 at x = 0);
        ``first_order_spend``, net spend of the first period; ``refunds``; ``unit``, that of ``discrete``;
        ``end``.

        Of a log without amounts neither has the columns of money.

    Raises
    ------
    DataError
        When a unit is unknown, ``end`` is no date or lies before the log's first day, or no period ends between
        these days; when ``end`` lies before a base's last day, or ``discrete`` is asked of a base.

    Warns
    -----
    DataWarning
        With ``discrete``, when ``end``, given or not, lies inside a period; it names the day on which observation
        ends instead.

    See Also
    --------
    fit_summary : Fits to it.
    fit : Makes it and fits to it.
    rfm.summarize : The summary for RFM scores, in which recency and frequency mean something else.

    Notes
    -----
    The rule of ``frequency``, ``recency`` and ``T`` is that of Fader, Hardie & Lee (2005), "Counting your
    customers the easy way", with several orders of a day counted as one.

    ``sum_log_gaps`` is what x, t_x and T do not say of how regularly a customer buys; from its sum over the customers
    the laws of regular buyers, such as "mbg-cnbd", choose their k. In a unit of u days it is Σ ln(days) − x ln u, and
    k is the same in all units: the logarithm of the density of the purchase times changes by x ln u, whatever k is.
    Behind an engine it costs a sort of each customer's days; a table of Polars or DuckDB that is never asked for the
    column does not pay for it.

    ``discrete`` divides the calendar: days, weeks from Monday to Sunday, months or years. The period of
    the first purchase is number 0 and no opportunity; every later period up to that of ``end`` is one,
    with 1 purchase if it holds a purchase day, else 0 (Fader, Hardie & Shang 2010, section 2). A period
    that is not over is no opportunity yet: if ``end`` lies inside one, observation ends with the period before.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "ann"],
    ...     "date": ["2024-01-05", "2024-01-07", "2024-01-12", "2024-01-19"],
    ...     "amount": [20.0, 5.0, 30.0, 40.0],
    ... })
    >>> summary = clv.summarize(log, unit="W", end="2024-02-16")
    >>> summary[["customer_id", "frequency", "recency", "T", "sum_log_gaps", "monetary_value"]]
      customer_id  frequency  recency         T  sum_log_gaps  monetary_value
    0         ann          2      2.0  6.000000           0.0            35.0
    1         bob          0      0.0  5.714286           0.0             0.0
    >>> summary[["customer_id", "first_order_spend", "refunds", "unit", "end"]]
      customer_id  first_order_spend  refunds unit        end
    0         ann               20.0      0.0    W 2024-02-16
    1         bob                5.0      0.0    W 2024-02-16
    >>> months = clv.summarize(log, discrete="M", end="2024-04-30")
    >>> months[["customer_id", "frequency", "recency", "n_periods", "first_order_spend", "unit"]]
      customer_id  frequency  recency  n_periods  first_order_spend unit
    0         ann          0        0          3               90.0    M
    1         bob          0        0          3                5.0    M
    """
    if isinstance(tx, CustomerBase):
        return base_summary(tx, unit, end, discrete)
    tx = as_log(tx, "clv.summarize")
    last = tx.last_day if end is None else as_day(end, "end")
    return btyd_summary_of(tx, unit, last, discrete, gaps=True)


def btyd_summary_of(tx: Transactions, unit: Unit, last: int, discrete: Unit | None, *, gaps: bool) -> Any:
    """See `summarize`; `last` is the day of `end`, and without `gaps` there is no column `sum_log_gaps`."""
    if discrete is not None:
        period = as_unit(discrete)
        return to_native(_discrete(tx, last_whole_end(last, period, tx.first_day), period))
    days = days_per_unit(unit) if gaps else None
    facts = customer_facts(tx, last, gaps=days).filter(nw.col("orders") > 0)
    return to_native(_btyd(facts.with_columns(end=_whole(last)), _scale(tx), unit, gaps=gaps))


def base_summary(base: CustomerBase, unit: Unit, end: str | date | None, discrete: Unit | None = None) -> Any:
    """See `summarize`; of a customer base, which keeps no times between purchases."""
    if discrete is not None:
        raise DataError(
            f"discrete={discrete!r} counts the periods with a purchase, whose days a base does not keep. "
            "Hint: clv.summarize(log, discrete=…) with the log itself."
        )
    facts, last = base_facts(base, end, "clv.summarize(log, end=…)")
    bought = facts.filter(nw.col("orders") > 0).with_columns(end=_whole(last))
    scale = 10.0**base.extent.decimals if base.extent.has_amounts else None
    return to_native(_btyd(bought, scale, unit, gaps=False))


def _btyd(facts: Any, scale: float | None, unit: str, *, gaps: bool) -> Any:
    """The BTYD summary from the days first, last and end, from orders, and from spend, first_spend and refunds."""
    days = days_per_unit(unit)
    timing = {LOG_GAPS: quotient(nw.col("log_gaps"), LOG_UNIT)} if gaps else {}
    table = facts.select(
        "customer_id",
        frequency=nw.col("orders") - 1,
        recency=quotient(nw.col("last") - nw.col("first"), days),
        T=quotient(nw.col("end") - nw.col("first"), days),
        **timing,
        **_money(scale),
        unit=nw.lit(as_unit(unit)),
        end="end",
    )
    return to_dates(table, ["end"])


def _scale(tx: Transactions) -> float | None:
    """Units per unit of currency; None for a log without amounts."""
    return 10.0**tx.decimals if tx.has_amounts else None


def _money(scale: float | None) -> dict[str, nw.Expr]:
    """The columns of money, if the log has any."""
    if scale is None:
        return {}
    return {
        "monetary_value": _mean_repeat(scale),
        "first_order_spend": quotient(nw.col("first_spend"), scale),
        "refunds": quotient(nw.col("refunds"), scale),
    }


def _whole(number: int) -> nw.Expr:
    return nw.lit(number).cast(nw.Int64)


def _mean_repeat(scale: float) -> nw.Expr:
    """Mean spend of the purchases (in discrete time, of the periods) after the first; 0 where there is none.

    A mean below zero, possible only with kept returns, counts as 0: no spend law allows it.
    """
    repeats, spend = nw.col("orders") - 1, nw.col("spend") - nw.col("first_spend")
    mean = quotient(spend, scale) / nw.when(repeats > 0).then(repeats).otherwise(1)
    return nw.when((repeats > 0) & (mean > 0)).then(mean).otherwise(0.0)


def _discrete(tx: Transactions, end: int, unit: Unit) -> Any:
    """BG/BB's columns: the facts of a ledger whose days are periods and whose rows are purchase days.

    The days of refunds are put into one period before all others, which is not a purchase, since its net is below 0.
    """
    days = _periods(netted_days(tx, end), unit)
    if tx.keeps_returns:
        days = days.with_columns(least=_whole(1))
    else:
        period = nw.when(nw.col("units") >= 0).then("day").otherwise(_period(tx.first_day, unit) - 1)
        days = days.with_columns(day=period.cast(nw.Int64))
    facts = ledger_facts(days).filter(nw.col("orders") > 0)
    table = facts.select(
        "customer_id",
        frequency=nw.col("orders") - 1,
        recency=nw.col("last") - nw.col("first"),
        n_periods=_period(end, unit) - nw.col("first"),
        **_money(_scale(tx)),
        unit=nw.lit(unit),
        end=_whole(end),
    )
    return to_dates(table, ["end"])


def _periods(days: Any, unit: Unit) -> Any:
    """Days of customers as a ledger whose days are the numbers of their calendar periods."""
    if unit == "D":
        return days.select("customer_id", "day", units="net")
    if unit == "W":
        return days.select("customer_id", day=(nw.col("day") + _MONDAY) // 7, units="net")
    dated = to_dates(days, ["day"])
    year, month = (part.cast(nw.Int64) for part in (nw.col("day").dt.year(), nw.col("day").dt.month()))
    return dated.select("customer_id", day=year if unit == "Y" else 12 * year + month, units="net")


def periods_between(start: int, end: int, unit: Unit) -> int:
    """Number of periods from that of one day to that of another; days as numbers since 1970-01-01.

    >>> periods_between(as_day("1997-09-28", "start"), as_day("1997-10-12", "end"), "W")
    2
    """
    return _period(end, unit) - _period(start, unit)


def _period(day: int, unit: Unit) -> int:
    """Number of the calendar period (a day, a week from Monday, a month, a year) that holds a day's number."""
    date_of = day_date(day)
    numbers = {"D": day, "W": (day + _MONDAY) // 7, "M": 12 * date_of.year + date_of.month, "Y": date_of.year}
    return numbers[unit]


@dataclass(frozen=True)
class Compressed:
    """Distinct rows of a table, in ascending order, and how often each occurs.

    Attributes
    ----------
    columns : dict of str to (u,) arrays
        Values of the distinct rows, by column.
    weights : (u,) int64
        Rows that share these values.
    inverse : (n,) int64 or None
        For each row of the table, its distinct row; None if the table is in an engine.
    """

    columns: dict[str, npt.NDArray[Any]]
    weights: npt.NDArray[np.int64]
    inverse: npt.NDArray[np.int64] | None

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """The columns' values in order, ready for ``law.log_likelihood(*compressed.arrays)``."""
        return tuple(self.columns.values())


def compress(table: Any, columns: Sequence[str] = ("frequency", "recency", "T")) -> Compressed:
    """Distinct rows with weights: customers with equal histories share one likelihood and one prediction.

    Parameters
    ----------
    table : dataframe or mapping of str to (n,) arrays
        A lazy engine counts the distinct rows itself, and only these are fetched.
    columns : sequence of str
        The columns that make a row distinct. They hold numbers and no missing values.

    Returns
    -------
    Compressed

    Examples
    --------
    >>> history = {"frequency": [2, 0, 0], "recency": [3.0, 0.0, 0.0], "T": [4.0, 4.0, 4.0]}
    >>> distinct = compress(history)
    >>> distinct.weights.tolist(), distinct.inverse.tolist()
    ([2, 1], [1, 0, 0])
    """
    if isinstance(table, Mapping):
        return _compress([np.asarray(table[name]) for name in columns], columns)
    frame = from_native(table)
    if isinstance(frame, nw.DataFrame):
        return _compress([frame.get_column(name).to_numpy() for name in columns], columns)
    counted = fetch(frame.group_by(*columns).agg(weights=nw.len()))
    rows = _compress([counted.get_column(name).to_numpy() for name in columns], columns)
    weights = np.zeros(len(rows.weights), dtype=np.int64)
    weights[rows.inverse] = counted.get_column("weights").to_numpy()
    return Compressed(rows.columns, weights, None)


def _compress(values: list[npt.NDArray[Any]], names: Sequence[str]) -> Compressed:
    key, room = np.zeros(len(values[0]), dtype=np.int64), 1
    for column in values:
        code, levels = _levels(column)
        if room * len(levels) >= 2**62:
            key, distinct_keys = _levels(key)
            room = len(distinct_keys)
        key, room = key * len(levels) + code, room * len(levels)
    inverse, distinct_keys = _levels(key)
    row = np.empty(len(distinct_keys), dtype=np.int64)
    row[inverse] = np.arange(len(inverse))
    return Compressed(
        {name: column[row] for name, column in zip(names, values, strict=True)},
        np.bincount(inverse, minlength=len(row)),
        inverse,
    )


def _levels(column: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Number of each value among the distinct values in ascending order, and these values."""
    code, levels = pd.factorize(column)
    order = np.argsort(levels)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[code], levels[order]
