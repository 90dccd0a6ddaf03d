"""What there is to say of a log of orders: computed once, then printed by the command and drawn by the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from clv.model import CustomerModel, PurchaseModel, fit
from clv.table import customer_table, segment_value
from clv.units import Horizon, Unit
from rfm.days import as_day, day_date
from rfm.frames import enter, is_eager
from rfm.profile import profile
from rfm.segments import Scheme
from rfm.transactions import Transactions, as_transactions

__all__ = ["Findings", "find"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Findings:
    """Frames and fits, each ready to be shown.

    Attributes
    ----------
    tx : Transactions
        The log, with its audit.
    as_of : date
        Last day that counts.
    horizon : str
        How far ahead values reach.
    discount_rate : float
        Annual rate.
    model : CustomerModel
        The two fitted laws.
    table : DataFrame
        One row a customer, see `clv.customer_table`.
    segments : DataFrame
        One row a segment: shares of customers, spend and value, and what to do.
    """

    tx: Transactions
    as_of: date
    horizon: Horizon
    discount_rate: float
    model: CustomerModel
    table: pd.DataFrame
    segments: pd.DataFrame


def find(
    tx: Any,
    *,
    as_of: str | date | None = None,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    scheme: str | Scheme = "classic",
    model: PurchaseModel = "bg-nbd",
    unit: Unit = "W",
    progress: Progress = lambda step: None,
) -> Findings:
    """Work out everything that the report says.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    as_of, horizon, discount_rate, scheme, model, unit
        See `clv.customer_table`.
    progress : callable, optional
        Called with the name of each step before it begins.

    Returns
    -------
    Findings
    """
    progress("Reading and checking the orders")
    tx = as_transactions(tx)
    last = as_day(as_of, "as_of") if as_of is not None else tx.last_day
    progress("Fitting how often customers buy and what an order is worth")
    fitted = fit(tx, model, unit=unit, end=day_date(last))
    progress("Scoring, segmenting and valuing every customer")
    table = to_pandas(
        customer_table(
            tx, as_of=day_date(last), scheme=scheme, model=fitted, horizon=horizon, discount_rate=discount_rate
        )
    )
    progress("Summing up by segment")
    segments = segment_value(table).merge(profile(table)[["segment", "action"]], on="segment", how="left")
    return Findings(tx, day_date(last), horizon, discount_rate, fitted, table, segments)


def to_pandas(table: Any) -> pd.DataFrame:
    """The table in memory, for people to read."""
    frame = enter(table)
    return (frame if is_eager(frame) else frame.collect()).to_pandas()  # type: ignore[union-attr]
