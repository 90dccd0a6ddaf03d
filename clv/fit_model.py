"""From orders, or from a BTYD summary, to a fitted model in one call."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, Literal

import numpy as np

from clv.fits.fitting import fit_law
from clv.fits.reference import fit_with_lifetimes
from clv.laws import LAWS, GammaGamma
from clv.model import CustomerModel
from clv.summary import compress, summarize
from clv.units import Horizon, Unit, as_unit
from rfm.days import as_day, day_date
from rfm.engines import materialise
from rfm.errors import DataError
from rfm.frames import enter, leave
from rfm.orders.transactions import as_transactions

__all__ = ["Engine", "PurchaseModel", "fit", "fit_summary", "predict"]

PurchaseModel = Literal["bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"]
Engine = Literal["native", "lifetimes"]


def fit(
    tx: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    engine: Engine = "native",
) -> CustomerModel:
    """Fit a purchase law and the Gamma-Gamma spend law to a log of transactions.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    model : {"bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"}
        The purchase law.
    unit : {"D", "W", "M", "Y"}
        Unit of time; it changes the parameters' scale and no prediction. For BG/BB the length of a period.
    end : str or date, optional
        Last day of observation, inclusive; by default the log's last day.
    engine : {"native", "lifetimes"}
        "lifetimes" fits with that package's fitters, so that both can be held side by side.

    Returns
    -------
    CustomerModel

    Raises
    ------
    DataError
        If the data cannot be read (see `rfm.Transactions`), or an option is unknown.
    FitError
        If the data do not hold enough information; the message says what is missing.

    Examples
    --------
    >>> import clv, rfm
    >>> sample = rfm.datasets.cdnow_sample()
    >>> model = clv.fit(sample, unit="W", end="1997-09-30")
    >>> round(model.purchases.log_likelihood, 3)
    -9582.429
    """
    tx = as_transactions(tx)
    last = tx.last_day if end is None else as_day(end, "end")
    day = day_date(last)
    table = enter(summarize(tx, unit=unit, end=day, discrete=unit if model == "bg-bb" else None))
    return fit_summary(leave(materialise(table)), model, unit=unit, end=day, engine=engine)


def fit_summary(
    btyd_summary: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    engine: Engine = "native",
) -> CustomerModel:
    """Fit to a BTYD summary, for those who hold frequency, recency, T and monetary_value already.

    Parameters
    ----------
    btyd_summary : dataframe
        `customer_id, frequency, recency, T, monetary_value` as `clv.summarize` makes it (for BG/BB
        `n_periods` instead of `T`).
    model : {"bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"}
        The purchase law.
    unit : {"D", "W", "M", "Y"}
        The unit that the summary's times are in.
    end : str or date, optional
        Last day of observation, if it is known; a time of day is dropped.
    engine : {"native", "lifetimes"}
        Whose fitters to use.

    Returns
    -------
    CustomerModel

    Raises
    ------
    DataError
        If a column is missing, an option is unknown or `end` is no date.
    FitError
        If the data do not hold enough information.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> clv.fit_summary(summary, unit="W").purchases.n
    2357
    """
    law_class = _purchase_law(model)
    run = _engine(engine)
    unit = as_unit(unit)
    last = None if end is None else day_date(as_day(end, "end"))
    purchases = run(law_class, btyd_summary, unit=unit)
    spend = run(GammaGamma, btyd_summary, unit=None)
    return CustomerModel(
        purchases, spend, unit, last, _fingerprint(btyd_summary, law_class.data_columns), btyd_summary
    )


def predict(
    tx: Any,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    *,
    model: PurchaseModel = "bg-nbd",
    unit: Unit = "W",
    margin: float = 1.0,
    interval: float | None = None,
) -> Any:
    """Fit and predict in one call: `fit(tx, model).predict(horizon, …)`."""
    return fit(tx, model, unit=unit).predict(horizon, discount_rate, margin=margin, interval=interval)


def _purchase_law(model: str) -> Any:
    known = [name for name in LAWS if name != GammaGamma.name]
    if model not in known:
        raise DataError(f"No purchase law {model!r}. Hint: choose one of {', '.join(known)}.")
    return LAWS[model]


def _engine(engine: str) -> Any:
    engines = {"native": fit_law, "lifetimes": fit_with_lifetimes}
    if engine not in engines:
        raise DataError(f"No engine {engine!r}. Hint: choose one of {', '.join(engines)}.")
    return engines[engine]


def _fingerprint(table: Any, columns: tuple[str, ...]) -> str:
    """A hash of the distinct histories and how often each occurs; the order of the customers does not matter."""
    distinct = compress(table, columns)
    digest = hashlib.sha256()
    for values in (*distinct.arrays, distinct.weights):
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()[:16]
