"""A fitted model: a purchase law and a spend law, their unit of time and the day on which observation ended.

A model is an immutable value. It remembers the customers it was fitted on only in memory: a saved model holds
parameters and provenance, never a customer.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from clv._fitted import ENDLESS, MIXED, mass_of
from clv._model_files import read_model
from clv._stages import refuse_table
from clv._together import Together
from clv._units import Horizon, Unit, days_per_unit
from clv._values.due import due_columns
from clv._values.lifetime_value import Lump
from clv._values.new_customer import NewCustomer, new_customer
from clv._values.prediction import predict_columns
from clv.errors import FitError
from rfm._days import as_day
from rfm._frames.mapping import map_columns
from rfm.errors import DataError, DataWarning

__all__ = ["CustomerModel", "load"]


@dataclass(frozen=True, repr=False)
class CustomerModel(Together):
    """A purchase law and a spend law, fitted; made by `fit`, `fit_summary` or `load`.

    Parameters
    ----------
    purchases, spend : Fit
        The two fits inside: `model.purchases.law`, `model.spend.standard_errors`, … `spend` is None where the log has
        no amounts, and then nothing is said of money.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the laws.
    end : date or None
        Last day of observation; predictions begin on the day after.
    fingerprint : str
        Of the data the model was fitted on, whatever their order.
    customers : dataframe or None
        The BTYD summary the model was fitted on; None in a loaded model.
    draws : Posterior or None
        Draws of the parameters that a loaded model was saved with, for its intervals; None where they are made anew.
    refunds : RefundRate
        What share of spend customers send back; values are net of it.
    first_order : float or None
        Mean of the customers' first orders, in currency; None where it is not known.

    Notes
    -----
    `model.spend.law` is the Gamma-Gamma law at the estimates. What the model expects of one-time buyers is that law's
    population mean p·γ/(q − 1) where q is known to lie above 1, and goes over into the mean repeat order of the log as
    that becomes less sure (see `clv._fits.population_mean`).

    Examples
    --------
    >>> import clv, rfm
    >>> model = clv.fit(rfm.datasets.cdnow(), unit="W")
    >>> model.purchases.law
    BGNBD(r=0.26..., alpha=5.98..., a=0.48..., b=2.11...)
    """

    def predict(
        self,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        interval: float | None = None,
        customers: Any = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        as_of: str | date | None = None,
        lump: Lump | None = None,
        value_per_order: float | None = None,
        seed: int = 0,
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
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit, end
            The unit of the table's times and its last day, where it has no columns `unit` and `end`.
        as_of : str or date, optional
            The horizon begins after this day, and nobody has bought between the end of observation and it. BG/BB counts
            the calendar periods that have begun by then.
        lump : {None, "lifetimes"}
            "lifetimes" pays once a month with that package's constants; the rate is then monthly.
        value_per_order : float, optional
            What every order is worth, in currency, in place of what the model knows of spend.
        seed : int
            Of the parameter draws behind the intervals; with the same seed the answer is the same.

        Returns
        -------
        dataframe of the kind that came in
            One row per customer, in the table's order and on pandas with its index: `customer_id`; `p_alive`;
            `expected_purchases` and `p_purchase` (at least one) in
            the horizon, where that is finite; `expected_spend`, of an order; `spend_from`, "own orders" or
            "population" (one-time buyers); `refund_rate`; `clv`, in money of today. With `interval` the predictive
            bounds `clv_low`, `clv_high`, `purchases_low`, `purchases_high`: where this customer's value and purchases
            will lie. Over an infinite horizon `clv_mean_low` and `clv_mean_high` instead: how sure the expectation is.

            `expected_spend` is gross, before returns. `refund_rate` is the share of their spend that the customer will
            send back (see `clv.RefundRate`), and `clv` and its bounds are net of it: multiplied by 1 − `refund_rate`.

            The columns of money are absent where the model was fitted to a log without amounts and no
            `value_per_order` is given.

        Raises
        ------
        DataError
            If the horizon or the rate cannot be meant; a loaded model is given no customers; the table's unit is
            not told, or is not the model's; a customer stands in two rows, or has a history or a mean spend that
            cannot be.
        """
        if value_per_order is not None:
            return self._valued(value_per_order).predict(
                horizon,
                discount_rate,
                margin=margin,
                interval=interval,
                customers=customers,
                unit=unit,
                end=end,
                as_of=as_of,
                lump=lump,
                seed=seed,
            )
        refuse_table(horizon, "horizon", "predict")
        given = self._customers(customers, unit, end)
        start = given.end if as_of is None else as_of
        terms = self._terms(horizon, discount_rate, margin, self._silence(as_of, given.end), lump, start)
        if interval is not None and lump is not None:
            raise DataError(
                f"lump={lump!r} has no interval, as that package has none. Hint: leave out lump, or interval."
            )
        if interval is not None:
            terms = replace(
                terms,
                interval=mass_of(interval),
                draws=self._draws(ENDLESS if np.isinf(terms.horizon) else MIXED, seed),
            )
        law, spend = self._laws
        rates = replace(self, customers=None, draws=None)._refund_rates  # what travels to an engine's workers
        return map_columns(
            given.table,
            self._read_columns(given.table),
            lambda x, t_x, T, *read: predict_columns(
                law, spend, x, t_x, T, read[0] if read else None, rates(x, t_x, T, *read), terms
            ),
        )

    def due(
        self,
        threshold: float = 0.5,
        *,
        customers: Any = None,
        unit: Unit | None = None,
        end: str | date | None = None,
    ) -> Any:
        """Say when each customer's silence becomes an alarm: the day on which P(alive) falls below a threshold.

        Parameters
        ----------
        threshold : float
            Between 0 and 1.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit, end
            The unit of the table's times and its last day, where it has no columns `unit` and `end`.

        Returns
        -------
        dataframe of the kind that came in
            One row per customer, in the table's order and on pandas with its index: `customer_id`; `p_alive` on the
            last day of the table; `due`, the first day on which
            P(alive) lies below the threshold if they buy nothing until then (it may be past); `due_note`, which says
            why `due` is missing: "never in doubt" for one-time buyers under BG/NBD, "not within a century" else.

        Raises
        ------
        DataError
            If the threshold is not between 0 and 1, nothing says on which day observation ended, or the customers
            cannot be (see `predict`).
        """
        refuse_table(threshold, "threshold", "due")
        given = self._customers(customers, unit, end)
        day = as_day(self._known(given.end, "due"), "end")
        law, unit_days = self._laws[0], days_per_unit(self.unit)
        return map_columns(
            given.table,
            law.data_columns,
            lambda *columns: due_columns(law, *columns, threshold=threshold, unit_days=unit_days, end=day),
        )

    def new_customer(
        self,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        acquisition_cost: float | None = None,
        value_per_order: float | None = None,
    ) -> NewCustomer:
        """Value someone who has just bought for the first time, net of what all customers send back on average.

        Parameters
        ----------
        horizon, discount_rate, margin
            See `predict`.
        acquisition_cost : float, optional
            What winning one customer costs; gives the payback time.
        value_per_order : float, optional
            See `predict`.

        Returns
        -------
        NewCustomer
            The first order is valued at the mean of first orders, and what comes later at that of repeat orders.

        Raises
        ------
        DataError
            If an option cannot be meant.

        Examples
        --------
        >>> import clv, rfm
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> newcomer = model.new_customer("52W", margin=0.5, acquisition_cost=25)
        >>> newcomer.payback.days > 0
        True
        """
        terms = self._terms(horizon, discount_rate, margin, start=self.end)
        model = self._valued(value_per_order)
        law, spend = model._laws
        if spend is not None and model.first_order is None:
            warnings.warn(
                "This model does not know what first orders are worth (it was saved by an earlier version, or fitted "
                "to a table without first_order_spend), so that the first order is valued like a repeat order, at "
                f"{float(np.asarray(spend.expected_spend())):.4g}. Hint: fit again, with clv.fit(tx).",
                DataWarning,
                stacklevel=2,
            )
        return new_customer(
            law,
            spend,
            horizon=terms.horizon,
            delta=terms.delta,
            margin=margin * (1.0 - self.refunds.rate),
            unit_days=days_per_unit(self.unit),
            acquisition_cost=acquisition_cost,
            first_order=model.first_order,
        )


def load(path: str | Path) -> CustomerModel:
    """Read a model that `CustomerModel.save` wrote.

    Parameters
    ----------
    path : str or Path
        The JSON file.

    Returns
    -------
    CustomerModel
        Without customers: give them to `predict`, `due`, `total` and `forecast`.

    Raises
    ------
    FitError
        If the file cannot be read, is no model file, or is damaged. Reading it can run nothing.
    """
    if not isinstance(path, (str, PathLike)):
        raise FitError(
            f"clv.load takes the path of a file that model.save wrote, got a {type(path).__name__}. "
            'Hint: clv.load("m.json").'
        )
    return CustomerModel(**read_model(path))
