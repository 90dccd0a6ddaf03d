"""The first step of every tutorial: what was known on a day, and what happened after it."""

from __future__ import annotations

from datetime import date
from typing import Any, overload

import narwhals.stable.v2 as nw

from clv._stages import as_log
from clv._summary import btyd_summary_of
from clv._units import Unit
from rfm._customers.netting import customer_facts, netted_once
from rfm._days import as_day, day_text
from rfm._frames.division import quotient
from rfm._frames.joins import join_in_order
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["calibration_and_holdout"]


@overload
def calibration_and_holdout(
    tx: Transactions[FrameT], end: str | date, holdout_end: str | date | None = ..., *, unit: Unit = ...
) -> FrameT: ...


@overload
def calibration_and_holdout(
    tx: FrameT, end: str | date, holdout_end: str | date | None = ..., *, unit: Unit = ...
) -> FrameT: ...


def calibration_and_holdout(
    tx: Any, end: str | date, holdout_end: str | date | None = None, *, unit: Unit = "W"
) -> Any:
    """Divide a log at a day: the summary up to it, and what each of its customers bought after it.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be read.
    end : str or date
        The last day of calibration, inclusive.
    holdout_end : str or date, optional
        The last day of the hold-out, inclusive; by default the log's last day.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the summary.

    Returns
    -------
    dataframe of the kind that came in
        One row per customer with a purchase up to ``end``: the columns of `clv.summarize` as of ``end``
        (``customer_id, frequency, recency, T, …, monetary_value, …, unit, end``), then

        ``actual_purchases``
            Purchase days after ``end`` up to ``holdout_end``.
        ``actual_spend``
            Their net spend, before refunds on other days; not for a log without amounts.
        ``holdout_days``
            Days from ``end`` to ``holdout_end``, the same in every row: the horizon of a prediction that is to be
            compared is ``f"{days}D"``.

    Raises
    ------
    DataError
        If a day is no date, ``end`` lies before the log's first day, or the hold-out has no day in the log.

    See Also
    --------
    backtest : Fits, predicts and compares for several laws at once.
    fit_summary : Fits to this table.

    Notes
    -----
    As `lifetimes.utils.calibration_and_holdout_data` and PyMC-Marketing's `rfm_train_test_split`, with two differences:
    time is not cut to whole units, and ``actual_purchases`` of the hold-out is a number of purchase days, not of the
    unit's periods with a purchase; ``actual_spend`` is a sum, where these packages give the mean of an order.

    Examples
    --------
    >>> import clv, rfm
    >>> table = clv.calibration_and_holdout(rfm.datasets.cdnow_sample(), end="1997-09-30")
    >>> table[["customer_id", "frequency", "T", "actual_purchases", "actual_spend"]].head(3).round(2)
       customer_id  frequency      T  actual_purchases  actual_spend
    0            1          2  38.86                 1         26.48
    1            2          1  38.86                 0          0.00
    2            3          0  38.86                 0          0.00
    >>> model = clv.fit_summary(table, "bg-nbd", unit="W", end="1997-09-30")
    >>> predicted = model.predict(horizon="273D", customers=table)["expected_purchases"]
    >>> int(predicted.sum()), int(table["actual_purchases"].sum())
    (1653, 1882)
    """
    tx = as_log(tx, "clv.calibration_and_holdout")
    first = as_day(end, "end")
    last = tx.last_day if holdout_end is None else as_day(holdout_end, "holdout_end")
    if last > tx.last_day:
        raise DataError(
            f"holdout_end is {day_text(last)}, and the log ends on {day_text(tx.last_day)}. "
            f'Hint: holdout_end="{day_text(tx.last_day)}", or a log that goes further.'
        )
    if first >= last:
        raise DataError(
            f"No day lies between end, {day_text(first)}, and the hold-out's last day, {day_text(last)}. "
            "Hint: an earlier end."
        )
    with netted_once(tx, days=True):
        summary = from_native(btyd_summary_of(tx, unit, first, None, gaps=True))
        before, after = (customer_facts(tx, day) for day in (first, last))
        known = before.select("customer_id", orders_before="orders", spend_before="spend")
        both: Any = join_in_order(after.select("customer_id", "orders", "spend"), known, how="inner")
        happened = {"actual_purchases": nw.col("orders") - nw.col("orders_before")}
        if tx.has_amounts:
            happened["actual_spend"] = quotient(nw.col("spend") - nw.col("spend_before"), 10.0**tx.decimals)
        later = both.select("customer_id", **happened, holdout_days=nw.lit(last - first).cast(nw.Int64))
        return to_native(join_in_order(summary, later))
