"""Shares of customers, of past spend and of predicted value by segment, with intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clv._customer_model import CustomerModel
from clv._segment_bounds import ValueTerms, bounds_of
from clv._stages import names_of, refuse_other_stage
from clv._units import Horizon
from rfm._frames.columns import is_text
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT, Table
from rfm._issuing import warn
from rfm._options import interval_mass, received
from rfm._orders.transactions import Transactions
from rfm._profile import profile
from rfm._requirements import MONEY, SHARE, check_columns, check_numbers
from rfm.errors import DataError

__all__ = ["segment_value"]

# Columns of every customer table, with amounts or without.
PREDICTIONS = {"customer_id", "segment", "p_alive", "as_of"}
VALUE_COLUMNS = ("segment", "customers", "share_of_customers", "spend", "share_of_spend", "clv", "share_of_clv",
                 "clv_per_customer", "clv_low", "clv_high", "interval_from", "correction", "p_alive",
                 "action")  # fmt: skip


def segment_value(
    table: FrameT,
    *,
    interval: float | None = None,
    tx: Transactions[Any] | Table | None = None,
    model: CustomerModel[Any] | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    margin: float = 1.0,
    value_per_order: float | None = None,
    price_growth: float = 0.0,
) -> FrameT:
    """Share of customers, of past spend and of predicted value by segment.

    Parameters
    ----------
    table : dataframe
        As `customer_table` returns it: `segment`, `monetary` and `clv` are read.
    interval : float, optional
        Mass of the interval of each segment's value, for instance 0.9; with `tx`, `model`, or both.
    tx : Transactions or dataframe, optional
        The log that the table was made from. The table's law is fitted to it again, and learns from its earlier days
        how wrong its totals have been (see `CustomerModel.with_past_errors`).
    model : CustomerModel, optional
        The model that the table was made with, in place of such a fit. With `tx` it is applied to the histories of that
        log on the table's day, without it to the customers that it was fitted to.
    horizon : str or timedelta
        That of the table, see `customer_table`; this and the rest are read with `interval` only.
    discount_rate : float
        Annual, that of the table.
    margin : float
        Share of spend that is kept, that of the table.
    value_per_order : float, optional
        What every order is worth, if it was given for the table.
    price_growth : float
        Annual, that of the table.

    Returns
    -------
    dataframe in memory, of the kind of `rfm.profile`
        One row per segment, best first: `segment`, `customers`, `share_of_customers`, `spend`, `share_of_spend`,
        `clv`, `share_of_clv`, `clv_per_customer`, `p_alive` (mean), `action`. Customers whose `clv` is missing do not
        count in these four; in a segment of such customers alone `clv` is missing, not 0. The columns of spend are
        absent for a log without amounts; those of `clv` are absent where the model has no spend law and no
        `value_per_order` was given.

        With `interval` also `clv_low` and `clv_high`, in which the segment's total will lie; `interval_from`, what they
        are made of; and `correction`, by which the log's own past says that `clv` should be multiplied (1 where it has
        not been shown to help; see `CustomerModel.total`). The segments share one common error, so that their bounds
        do not add up to those of the total.

    Raises
    ------
    DataError
        If a column is missing; if there is an `interval` without `tx` and `model`, or one of them without an
        `interval`; or if the values of the table are not those of that model, horizon, rate and margin.

    Warns
    -----
    DataWarning
        If customers have no `clv`.

    See Also
    --------
    customer_table : Makes the table.
    clv.plot.value_by_segment : A picture of the result.
    CustomerModel.total : Totals by segment with intervals.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"segment": ["VIP", "lost", "lost"], "recency": [3, 300, 400], "frequency": [9, 1, 1],
    ...                       "monetary": [300.0, 50.0, 50.0], "clv": [90.0, 4.0, 6.0], "p_alive": [.9, .1, .2]})
    >>> clv.segment_value(table)[["segment", "customers", "share_of_spend", "share_of_clv"]]
      segment  customers  share_of_spend  share_of_clv
    0     VIP          1            0.75           0.9
    1    lost          2            0.25           0.1
    """
    mass = None if interval is None else interval_mass(interval)
    terms = ValueTerms(horizon, discount_rate, margin, value_per_order, price_growth)
    _check_sources(mass, tx, model)
    made = "clv.customer_table(tx)"
    names = names_of(table)
    known = (
        names >= PREDICTIONS
    )  # a log without amounts has no columns of money, and a model without a spend law no clv
    needed = ("segment", "p_alive") if known else ("segment", "recency", "monetary", "clv", "p_alive")
    refuse_other_stage(table, needed, "table", "a customer table (clv.customer_table)", made)
    frame = from_native(table)
    valued = "clv" in names or not known
    check_columns(frame, needed[:1] + ("clv",) * valued + needed[-1:], f"{made} makes such a table")
    _check_segments(frame)
    shares = {"p_alive": SHARE, **({"clv": replace(MONEY, missing=True)} if valued else {})}
    check_numbers(frame, shares, f"{made} makes such a table")
    rows = to_pandas(profile(table)).rename(columns={"share": "share_of_customers"})
    rows["segment"] = rows["segment"].astype(object).where(rows["segment"].notna(), None)
    names_in_order = [name for name in rows["segment"] if name is not None]
    if not valued:
        if mass is not None:
            raise DataError("The table has no clv, of which an interval could be. Hint: leave out interval=.")
        answer: FrameT = table_like(empty_like(frame), _without_value(frame, rows), names_in_order)
        return answer
    rows = merge_in_order(rows, _valued(frame), on="segment")
    missing = int((rows["customers"] - rows["valued"]).sum())
    if missing:
        warn(
            f"{missing} of {rows['customers'].sum()} customers have no clv, so the values of their segments are those "
            "of the others. clv.customer_table(tx, model=…) predicts for every customer of tx.",
        )
    total = rows["clv"].sum()
    rows["share_of_clv"] = rows["clv"] / total if total > 0 else np.nan
    rows["clv_per_customer"] = rows["clv"] / rows["valued"].where(rows["valued"] > 0)
    if mass is not None:
        rows = merge_in_order(rows, bounds_of(frame, rows, mass, tx, model, terms), on="segment")
    shown = {name: rows[name].to_numpy() for name in VALUE_COLUMNS if name in rows}
    answer = table_like(empty_like(frame), shown, names_in_order)
    return answer


def _check_sources(mass: float | None, tx: Any, model: Any) -> None:
    """Refuse an interval without what it could be made from, and the reverse."""
    if model is not None and not isinstance(model, CustomerModel):
        raise DataError(
            f"model must be a fitted model; got {received(model)}. Hint: model=clv.fit(tx), or tx=tx alone, to which "
            "the law of the table is fitted."
        )
    if mass is not None and tx is None and model is None:
        raise DataError(
            f"interval={mass:g} needs the log or the model behind the table. Hint: clv.segment_value(table, tx=tx, "
            f"interval={mass:g})."
        )
    if mass is None and (tx is not None or model is not None):
        given = "tx" if model is None else "model"
        raise DataError(
            f"{given}= is read for intervals only. Hint: clv.segment_value(table, {given}={given}, interval=0.9)."
        )


def _check_segments(frame: Frame) -> None:
    """Refuse segments that are no names: numbers, dates."""
    dtype = frame.collect_schema()["segment"]
    named = is_text(dtype)
    if dtype == nw.Object and isinstance(frame, nw.DataFrame):
        named = all(isinstance(name, str) for name in frame.get_column("segment").drop_nulls().to_list())
    if not named:
        raise DataError(
            f"Column 'segment' holds {dtype}, not names. Hint: clv.customer_table(tx) makes such a table."
        )


def _without_value(frame: Frame, rows: pd.DataFrame) -> dict[str, Any]:
    """The columns of a table without `clv`: the profile of the customers, and their mean `p_alive`."""
    known = frame.select("p_alive", segment=nw.col("segment").cast(nw.String)).group_by("segment")
    alive = to_pandas(to_native(known.agg(nw.col("p_alive").mean())))
    table = merge_in_order(rows, alive, on="segment")
    return {name: table[name].to_numpy() for name in VALUE_COLUMNS if name in table}


def _valued(frame: Frame) -> pd.DataFrame:
    """By segment: how many customers have a `clv`, its sum over them (missing where none has), and mean `p_alive`."""
    known = ~nw.col("clv").is_null() & ~nw.col("clv").is_nan()
    predicted = frame.select(
        segment=nw.col("segment").cast(nw.String),
        valued=nw.when(known).then(1).otherwise(0),
        clv=nw.when(known).then("clv").otherwise(0.0),
        p_alive=nw.when(~nw.col("p_alive").is_nan()).then("p_alive"),
    )
    sums = predicted.group_by("segment").agg(nw.col("valued", "clv").sum(), nw.col("p_alive").mean())
    table = to_pandas(to_native(sums)).astype({"valued": "int64"})
    return table.assign(clv=table["clv"].where(table["valued"] > 0))
