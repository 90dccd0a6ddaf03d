"""A fitted model: a purchase law and a spend law, their unit of time and the day on which observation ended.

A model is an immutable value. It remembers the customers it was fitted on only in memory: a saved model holds
parameters and provenance, never a customer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np

from clv.fitting import Fit, fit_law
from clv.laws import LAWS, GammaGamma
from clv.prediction import Terms, predict_columns
from clv.reference import fit_with_lifetimes
from clv.storage import fit_to_dict, read_model, write_model
from clv.summary import compress, summarize
from clv.units import Horizon, Unit, as_unit, days_per_unit, horizon_days
from clv.value import Lump, discount_force
from rfm.errors import DataError
from rfm.days import as_day, day_date
from rfm.frames import enter, leave
from rfm.transactions import as_transactions

__all__ = ["CustomerModel", "Engine", "PurchaseModel", "fit", "fit_summary", "load", "predict"]

PurchaseModel = Literal["bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb"]
Engine = Literal["native", "lifetimes"]


@dataclass(frozen=True)
class CustomerModel:
    """A purchase law and a spend law, fitted; made by `fit`, `fit_summary` or `load`.

    Parameters
    ----------
    purchases, spend : Fit
        The two fits inside: `model.purchases.law`, `model.spend.standard_errors`, …
    unit : {"D", "W", "M", "Y"}
        Unit of time of the laws.
    end : date or None
        Last day of observation; predictions begin on the day after.
    fingerprint : str
        Of the data the model was fitted on, whatever their order.
    customers : dataframe or None
        The BTYD summary the model was fitted on; None in a loaded model.

    Examples
    --------
    >>> import clv, rfm
    >>> model = clv.fit(rfm.datasets.cdnow(), unit="W")
    >>> model.purchases.law
    BGNBD(r=0.2795..., alpha=4.6287..., a=0.6287..., b=1.9...)
    """

    purchases: Fit
    spend: Fit
    unit: Unit
    end: date | None
    fingerprint: str
    customers: Any = field(default=None, repr=False, compare=False)

    def predict(
        self,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        interval: float | None = None,
        customers: Any = None,
        as_of: str | date | None = None,
        lump: Lump | None = None,
    ) -> Any:
        """Say of each customer whether they are alive, what they will buy and what that is worth today.

        Parameters
        ----------
        horizon : str or timedelta
            How far ahead: "52W", "365D", "12M" (365.25 days), a Timedelta, or "inf" where the rate is above 0.
        discount_rate : float
            Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
        margin : float
            Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
        interval : float, optional
            Mass of the predictive interval, for instance 0.9.
        customers : dataframe, optional
            Another BTYD summary, in this model's unit of time; by default the customers of the fit.
        as_of : str or date, optional
            The horizon begins after this day, and nobody has bought between the end of observation and it.
        lump : {None, "lifetimes"}
            "lifetimes" pays once a month with that package's constants; the rate is then monthly.

        Returns
        -------
        dataframe of the kind that came in
            One row a customer: `customer_id`; `p_alive`; `expected_purchases` and `p_purchase` (at least one) in
            the horizon, where that is finite; `expected_spend`, of an order; `spend_from`, "own orders" or
            "population" (one-time buyers); `clv`, in money of today.

        Raises
        ------
        DataError
            If the horizon or the rate cannot be meant, or a loaded model is given no customers.
        """
        table = self._customers(customers)
        terms = self._terms(horizon, discount_rate, margin, as_of, lump)
        frame = enter(table)
        columns = [frame.get_column(name).to_numpy() for name in self._columns]
        predicted = predict_columns(self.purchases.law, self.spend.law, *columns, terms)
        backend = frame.implementation
        return leave(
            frame.select(
                "customer_id", *(nw.new_series(k, v, backend=backend) for k, v in predicted.items())
            )
        )

    def summary(self) -> str:
        """The two fits as a statistics package prints them.

        Returns
        -------
        str
        """
        return "\n\n".join([self.purchases.summary(), self.spend.summary()])

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters, covariance, units, provenance; no customer data.

        Parameters
        ----------
        path : str or Path
            The file to write; `clv.load` reads it.
        """
        write_model(
            path,
            {
                "purchases": fit_to_dict(self.purchases),
                "spend": fit_to_dict(self.spend),
                "unit": self.unit,
                "end": None if self.end is None else self.end.isoformat(),
                "fingerprint": self.fingerprint,
            },
        )

    @property
    def _columns(self) -> tuple[str, ...]:
        """What a prediction reads of a customer: the purchase law's columns, and the mean repeat order."""
        return (*self.purchases.law.data_columns, "monetary_value")

    def _customers(self, customers: Any) -> Any:
        table = self.customers if customers is None else customers
        if table is None:
            raise DataError(
                "This model was loaded, and a saved model holds no customers. "
                "Hint: model.predict(customers=clv.summarize(tx, unit=model.unit, end=…))."
            )
        missing = [name for name in ("customer_id", *self._columns) if name not in enter(table).columns]
        if missing:
            raise DataError(
                f"No column {missing[0]!r} in customers. The table has: {', '.join(enter(table).columns)}. "
                "Hint: make it with clv.summarize(tx, unit=model.unit)."
            )
        return table

    def _terms(
        self, horizon: Horizon, rate: float, margin: float, as_of: str | date | None, lump: Lump | None
    ) -> Terms:
        days, unit_days = horizon_days(horizon), days_per_unit(self.unit)
        silent = self._silent_days(as_of) / unit_days
        if lump == "lifetimes":
            return Terms(days / days_per_unit("M"), rate, margin, silent, lump, self.unit)
        return Terms(days / unit_days, discount_force(rate, unit_days), margin, silent)

    def _silent_days(self, as_of: str | date | None) -> int:
        if as_of is None:
            return 0
        if self.end is None:
            raise DataError(
                "as_of needs the day on which observation ended, and this model does not know it. "
                "Hint: clv.fit_summary(summary, end=…)."
            )
        days = as_day(as_of, "as_of") - as_day(self.end, "end")
        if days < 0:
            raise DataError(
                f"as_of={as_of!r} lies before the end of observation, {self.end}. "
                "Hint: fit with end=… to predict from an earlier day."
            )
        return days


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
    table = summarize(tx, unit=unit, end=day, discrete=unit if model == "bg-bb" else None)
    return fit_summary(table, model, unit=unit, end=day, engine=engine)


def fit_summary(
    btyd_summary: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: date | None = None,
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
    end : date, optional
        Last day of observation, if it is known.
    engine : {"native", "lifetimes"}
        Whose fitters to use.

    Returns
    -------
    CustomerModel

    Raises
    ------
    DataError
        If a column is missing or an option is unknown.
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
    purchases = run(law_class, btyd_summary, unit=unit)
    spend = run(GammaGamma, btyd_summary, unit=None)
    return CustomerModel(
        purchases, spend, unit, end, _fingerprint(btyd_summary, law_class.data_columns), btyd_summary
    )


def predict(tx: Any, horizon: Horizon = "52W", discount_rate: float = 0.10, *, model: PurchaseModel = "bg-nbd",
            unit: Unit = "W", margin: float = 1.0, interval: float | None = None) -> Any:
    """Fit and predict in one call: `fit(tx, model).predict(horizon, …)`."""
    return fit(tx, model, unit=unit).predict(horizon, discount_rate, margin=margin, interval=interval)


def load(path: str | Path) -> CustomerModel:
    """Read a model that `CustomerModel.save` wrote.

    Parameters
    ----------
    path : str or Path
        The JSON file.

    Returns
    -------
    CustomerModel
        Without customers: give them to `predict`.

    Raises
    ------
    FitError
        If the file is no model file, or is damaged. Reading it can run nothing.
    """
    return CustomerModel(**read_model(path))


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
