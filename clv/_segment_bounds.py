"""Intervals of segments' values: totals of the model behind a customer table, by its segments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._fit import refits_for
from clv._given_model import histories_on
from clv._horizons import check_prediction
from clv._past_errors.from_refits import fit_chosen
from clv._past_errors.learning import with_past
from clv._stages import as_log
from clv._units import Horizon
from rfm._days import as_day, day_date
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, to_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns
from rfm.errors import DataError

__all__ = ["ValueTerms", "bounds_of"]

NEAR: Final = 1e-3  # of a table's value, within which a model's total is the same
BOUNDS: Final = ("clv_low", "clv_high", "interval_from", "correction")
NAMELESS: Final = "\0"  # the group of customers without a segment
MADE: Final = "clv.customer_table(tx) makes such a table"


@dataclass(frozen=True)
class ValueTerms:
    """The options with which a customer table was valued, see `clv.customer_table`."""

    horizon: Horizon = "52W"
    discount_rate: float = 0.10
    margin: float = 1.0
    value_per_order: float | None = None
    price_growth: float = 0.0

    @property
    def options(self) -> dict[str, Any]:
        """Those of `CustomerModel.total`."""
        return dict(vars(self))


def bounds_of(
    frame: Frame,
    values: pd.DataFrame,
    mass: float,
    tx: Transactions[Any] | Table | None,
    model: CustomerModel[Any] | None,
    terms: ValueTerms,
) -> pd.DataFrame:
    """The bounds of each segment's value.

    Parameters
    ----------
    frame : narwhals frame
        The customer table.
    values : DataFrame
        `segment` and `clv`, its sums.
    mass : float
        Of the intervals.
    tx : Transactions or dataframe, optional
        The log.
    model : CustomerModel, optional
        The model of the table.
    terms : ValueTerms

    Returns
    -------
    DataFrame
        `segment`, and the columns that the table gains.

    Raises
    ------
    DataError
        If the model's totals are not the sums of the table.
    """
    check_columns(frame, ("customer_id", "law", "as_of"), MADE)
    known = frame.select("customer_id", "clv", "law", "as_of", segment=nw.col("segment").cast(nw.String))
    rows = fetch(known.filter(~nw.col("clv").is_null() & ~nw.col("clv").is_nan()))
    law, end = _one(rows, "law"), day_date(as_day(_one(rows, "as_of"), "as_of"))
    check_prediction(
        terms.horizon,
        terms.discount_rate,
        margin=terms.margin,
        interval=mass,
        value_per_order=terms.value_per_order,
        price_growth=terms.price_growth,
        start=as_day(end, "as_of"),
    )
    log = None if tx is None else as_log(tx, "clv.segment_value")
    fitted, histories = _behind(log, model, law, end, terms)
    # Customers of the model who are not valued in the table are the group None; those without a segment are another.
    groups = to_native(rows.select("customer_id", segment=nw.col("segment").fill_null(NAMELESS)))
    totals = fitted.total(by=groups, customers=histories, interval=mass, **terms.options)
    totals = totals[totals["group"].notna()].reset_index(drop=True)
    totals["group"] = [None if name == NAMELESS else name for name in totals["group"]]
    totals = totals.drop(columns="correction").rename(
        columns={"group": "segment", "clv_correction": "correction"}
    )
    _check_same(totals, values)
    return totals[["segment", *BOUNDS]]


def _behind(
    tx: Transactions[Any] | None, model: CustomerModel[Any] | None, law: str, end: date, terms: ValueTerms
) -> tuple[CustomerModel[Any], Any]:
    """The model behind a table, and the histories that it is applied to: None for those of its fit."""
    if model is None:
        assert tx is not None
        refits: Refits = refits_for(tx)
        fitted = fit_chosen(refits, law, end, value_per_order=terms.value_per_order)
        return with_past(fitted, tx, refits=refits), None
    if tx is None:
        return model, None
    return model, histories_on(model, tx, end)


def _one(rows: Any, name: str) -> Any:
    """The value that all rows of a table have in a column."""
    found = rows.get_column(name).unique().to_list()
    if len(found) != 1:
        raise DataError(
            f"Column {name!r} of a customer table has one value, and this table has {len(found)}. Hint: {MADE}."
        )
    return found[0]


def _check_same(totals: pd.DataFrame, values: pd.DataFrame) -> None:
    """Refuse a model whose totals are not the sums of the table."""
    expected = float((totals["clv"] / totals["correction"]).sum())
    asked = float(values["clv"].sum())
    if not np.isclose(expected, asked, rtol=NEAR):
        raise DataError(
            f"The values of the table sum to {asked:,.0f}, and the model's to {expected:,.0f}. Hint: give horizon=, "
            "discount_rate=, margin=, value_per_order= and price_growth= as for clv.customer_table; and after a fit "
            "with options of its own, such as season= or unit=, the fitted model=."
        )
