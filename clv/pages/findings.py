"""What there is to say of a log of orders: computed once, then printed by the command and drawn by the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from clv.backtests.backtesting import Backtest, backtest
from clv.errors import FitError
from clv.fit_model import PurchaseModel, fit
from clv.frames import to_pandas
from clv.model import CustomerModel
from clv.stages import as_log
from clv.table import customer_table, segment_value
from clv.units import Horizon, Unit
from rfm.days import as_day, day_date
from rfm.film.migrations import Migration, migration
from rfm.film.periods import snapshots
from rfm.orders.transactions import Transactions
from rfm.schemes.scheme import Scheme

__all__ = [
    "Findings",
    "Progress",
    "alive_sentence",
    "find",
    "parameters",
    "slipping_customers",
    "top_customers",
]

Progress = Callable[[str], None]

QUARTER = 91  # days
SHORTEST_HOLDOUT, LONGEST_HOLDOUT = 28, 273


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
    scheme : Scheme
        The segments' rules, names and actions.
    total : Series
        What the base will do together, with its intervals, see `CustomerModel.total`.
    moved : Migration or None
        Moves between segments over the last quarter; None where the log is shorter.
    backtest : Backtest or None
        None where the log is too short for one, or a part of it holds too little to fit.
    """

    tx: Transactions
    as_of: date
    horizon: Horizon
    discount_rate: float
    model: CustomerModel
    table: pd.DataFrame
    segments: pd.DataFrame
    scheme: Scheme
    total: pd.Series[Any]
    moved: Migration | None
    backtest: Backtest | None

    @property
    def first_day(self) -> date:
        """First day of the log."""
        return day_date(self.tx.first_day)

    @property
    def kept_rows(self) -> int:
        """Rows of the log that count."""
        audit = to_pandas(self.tx.audit)
        return int(audit.loc[audit["effect"] == "kept", "rows"].sum())


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
    tx = as_log(tx, "clv.report")
    last = as_day(as_of, "as_of") if as_of is not None else tx.last_day
    progress("Fitting how often customers buy and what an order is worth")
    fitted = fit(tx, model, unit=unit, end=day_date(last))
    progress("Scoring, segmenting and valuing every customer")
    table = to_pandas(
        customer_table(
            tx,
            as_of=day_date(last),
            scheme=scheme,
            model=fitted,
            horizon=horizon,
            discount_rate=discount_rate,
        )
    )
    progress("Summing up, with intervals")
    total = fitted.total(horizon=horizon, discount_rate=discount_rate).iloc[0]
    progress("Following who moved in the last quarter")
    scheme = scheme if isinstance(scheme, Scheme) else Scheme.load(scheme)
    moved = _moved(tx, last, scheme)
    progress("Testing the laws on the past")
    return Findings(
        tx=tx,
        as_of=day_date(last),
        horizon=horizon,
        discount_rate=discount_rate,
        model=fitted,
        table=table,
        segments=segment_value(table),
        scheme=scheme,
        total=total,
        moved=moved,
        backtest=_backtest(tx, last, unit),
    )


def _moved(tx: Transactions, last: int, scheme: Scheme) -> Migration | None:
    """Moves over the quarter that ends on the last day, by cut points learned on that day."""
    start = last - QUARTER
    if start <= tx.first_day:
        return None
    return migration(snapshots(tx, dates=[day_date(start), day_date(last)], scheme=scheme))


def _backtest(tx: Transactions, last: int, unit: Unit) -> Backtest | None:
    """The laws held against the last third of the log, at most 39 weeks of it."""
    days = min(LONGEST_HOLDOUT, (last - tx.first_day) // 3)
    if days < SHORTEST_HOLDOUT or last != tx.last_day:
        return None
    try:
        return backtest(tx, f"{days}D", unit=unit)
    except (
        FitError
    ):  # the log's first part may hold too little to fit; the report then says that nothing was tested
        return None


def top_customers(table: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The customers of the highest predicted value; equal values in the order of the table."""
    return table.sort_values("clv", ascending=False, kind="stable").head(count)


def slipping_customers(table: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The customers with the most to lose: predicted value times the chance that they are gone already."""
    at_stake = table["clv"] * (1 - table["p_alive"])
    rows = at_stake.sort_values(ascending=False, kind="stable").head(count).index
    return table.loc[rows]


def parameters(found: Findings) -> pd.DataFrame:
    """The parameters of both laws with their standard errors: `law, parameter, estimate, standard_error`."""
    rows = [
        (fit.law.name, name, getattr(fit.law, name), fit.standard_errors[name])
        for fit in (found.model.purchases, found.model.spend)
        for name in fit.law.parameters
    ]
    return pd.DataFrame(rows, columns=["law", "parameter", "estimate", "standard_error"])


def alive_sentence(found: Findings) -> str:
    """How many are still customers, in words that do not mislead: BG/NBD cannot doubt a one-time buyer."""
    p_alive = found.table["p_alive"]
    once = found.table["frequency"] == 1
    if found.model.purchases.law.name != "bg-nbd" or not once.any():
        return f"About {p_alive.sum():,.0f} of {len(p_alive):,} are still customers."
    return (
        f"Of the {(~once).sum():,} who came back, about {p_alive[~once].sum():,.0f} are still customers; the "
        f"{once.sum():,} who bought once have P(alive) = 100% by BG/NBD's construction "
        "(mbg-nbd and pareto-nbd let them leave)."
    )
