"""A fitted model: a purchase law and a spend law, their unit of time and the day on which observation ended.

A model is an immutable value that orchestrates: reading of customers is in `_customers`, horizons
are in `_horizons`, and the numbers in `_values`. It keeps the customers it was fitted on only in memory: a saved
model holds parameters and provenance, but no customer data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Final, Generic, Self, cast, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._choice.choice import Choice, choice_to_dict
from clv._common_error import CommonError, common_error
from clv._customers import CustomerReader, customers_given, customers_of_fit
from clv._fits.covariates import CovariateFit
from clv._fits.design import Design
from clv._fits.fit_law import Fit
from clv._fits.posterior import (
    ENDLESS,
    MIXED,
    SPREAD,
    Budget,
    Pair,
    Posterior,
    draw_pairs,
    expecting_at,
    law_behind,
    laws_apart,
)
from clv._fits.prior import Prior
from clv._fits.spend_fit import as_price, given_price
from clv._forgetting import Memory, forgetting_lines
from clv._histories import Histories
from clv._horizons import clock_of, days_ahead, known_day, prediction_terms, silence, stretched
from clv._kept_draws import kept
from clv._laws.by_covariates import ByCovariates, plain
from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.forgetting import forgetful
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._log_options import LogStart, as_seen, draws_of
from clv._model_files import (
    MODEL_PATH,
    fit_to_dict,
    log_start_to_dict,
    memory_to_dict,
    posterior_to_dict,
    read_model,
    refunds_to_dict,
    write_model,
)
from clv._past_errors.customer_calibration import CustomerCalibration, calibration_to_dict
from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom, as_interval_from
from clv._past_errors.past_errors import PastErrors, past_errors_to_dict
from clv._past_errors.past_errors_words import calibration_line, past_errors_line
from clv._price_growth import OrderAges, PriceGrowth, growth_force, risen
from clv._refund_rate import RefundRate
from clv._season.clock import Clock, in_time
from clv._season.season import Season
from clv._season.season_files import season_to_dict
from clv._season.season_words import season_summary
from clv._spend_choice import spend_lines
from clv._spend_orders import ReadOrders
from clv._stages import as_log, names_of, refuse_table
from clv._summary import Compressed, compress
from clv._units import Horizon, Unit, days_per_unit
from clv._values.due import due_columns
from clv._values.forecast import forecast_table, period_edges, with_periods
from clv._values.groups import groups_of
from clv._values.knowledge_intervals import Doubt
from clv._values.lifetime_value import Lump
from clv._values.new_customer import NewCustomer, new_customer
from clv._values.prediction import Terms, predict_columns
from clv._values.totals import refuse_endless, totals_of
from clv.errors import FitError, FitWarning
from rfm._days import Day, as_day, day_date
from rfm._frames.execution import fetch
from rfm._frames.mapping import map_columns
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT, OtherT, Table
from rfm._issuing import warn
from rfm._options import interval_mass, seed_number
from rfm._orders.transactions import Transactions
from rfm._printed import Printed
from rfm._saved_files import check_writable
from rfm.errors import DataError

__all__ = ["CustomerModel", "load"]

MANY: Final = 100_000  # customers whose fit leaves so little doubt that only their luck counts


@dataclass(frozen=True, repr=False)
class CustomerModel(Generic[FrameT]):
    """A purchase law and a spend law, fitted; made by `fit`, `fit_summary` or `load`.

    For type checkers it is generic in the dataframe that holds its customers: `clv.fit` of a pandas frame is a
    `CustomerModel[pandas.DataFrame]`.

    Parameters
    ----------
    purchases, spend : Fit
        The two fits: `model.purchases.law`, `model.spend.standard_errors`, … `spend` is None where the log has no
        amounts; predictions then have no columns of money.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the laws.
    end : date or None
        Last day of observation; predictions begin on the day after.
    fingerprint : str
        A hash of the data that the model was fitted to; it does not depend on their order.
    customers : dataframe or None
        The BTYD summary the model was fitted on; None in a loaded model.
    draws : Posterior or None
        Draws of the parameters that a loaded model was saved with, for its intervals; None where they are drawn when
        needed.
    refunds : RefundRate
        What share of spend customers send back; values are net of it.
    first_order : float or None
        Mean of the customers' first orders, in currency; None where it is not known.
    spend_orders : {"repeat", "all"}
        The orders from which the spend law knows a customer; its parameters are those of repeat orders.
    spend_note : str or None
        With `spend_orders="auto"`, which orders were chosen, and why.
    order_ages : OrderAges or None
        How old the orders of the fit were, of a loaded model; None where this is computed when needed.
    season : Season or None
        The season in whose time the purchase law is; its factors may all be 1. None where none was asked for.
    prior : Prior or None
        That of the fits, for the draws of their parameters; a loaded model has none, and its draws.
    weights : str or None
        The column of `customers` that says how many customers each row stands for in the fits.
    log_start : LogStart or None
        What is known of the time before a log that begins in the middle of histories; None where it is whole.
    choice : Choice or None
        With `model="auto"`, which law was chosen, and why: a table and a sentence.
    memory : Memory
        `factor`, how much of each history a customer's rate is known from, and `note`, which says how it was chosen.
    past_errors : PastErrors or None
        How wrong the model's totals were on its own log, see `with_past_errors`.
    calibration : CustomerCalibration or None
        How customers' intervals held in the log's own hold-outs, from the same fits.

    See Also
    --------
    fit : Fits to a log of transactions.
    fit_summary : Fits to a BTYD summary.
    load : Reads a model that was saved.

    Notes
    -----
    `model.spend.law` is the Gamma-Gamma law at the estimates. What the model expects of one-time buyers is that law's
    population mean p·γ/(q − 1) where q is known to lie above 1; the less sure that is, the nearer it is to the mean
    repeat order of the log (see `clv._fits.population_mean`).

    Examples
    --------
    >>> import clv, rfm
    >>> model = clv.fit(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> model.purchases.law
    BGNBD(r=0.242..., alpha=4.41..., a=0.792..., b=2.42...)
    """

    purchases: Fit[PurchaseLaw]
    spend: Fit[SpendLaw] | None
    unit: Unit
    end: date | None
    fingerprint: str
    customers: FrameT | None = field(default=None, repr=False, compare=False)
    draws: Posterior | None = field(default=None, repr=False, compare=False)  # those of a loaded model
    refunds: RefundRate = field(default_factory=RefundRate)
    first_order: float | None = None  # mean of the customers' first orders, in currency
    spend_orders: ReadOrders = "repeat"
    spend_note: str | None = None
    order_ages: OrderAges | None = field(default=None, repr=False, compare=False)  # those of a loaded model
    season: Season | None = None
    prior: Prior | None = field(default=None, compare=False)  # behind the draws
    weights: str | None = field(default=None, compare=False)
    log_start: LogStart | None = None
    choice: Choice | None = None
    memory: Memory = field(default_factory=Memory)
    past_errors: PastErrors | None = None
    calibration: CustomerCalibration | None = None

    def summary(self) -> Printed:
        """The two fits as a statistics package prints them.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.

        See Also
        --------
        Fit.table : The estimates of one law as a frame, `model.purchases.table()`.

        Examples
        --------
        >>> import clv, rfm
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> print(model.summary())
        bg-nbd: 2,357 customers, time in W
        ...
        gamma-gamma: 946 customers
        ...
        """
        parts: list[str] = [fit.summary() for fit in (self.purchases, self.spend) if fit is not None]
        parts += spend_lines(self.spend_orders, self.spend_note)
        parts += forgetting_lines(self.memory)
        if self.log_start is not None:
            parts.insert(1, self.log_start.note)
        if self.choice is not None:
            parts.insert(1, str(self.choice.sentence))
        if self.season is not None:
            parts.append(season_summary(self.season))
        if self.past_errors is not None:
            parts.append(past_errors_line(self.past_errors))
        if self.calibration is not None:
            parts.append(calibration_line(self.calibration))
        return Printed("\n\n".join(parts))

    def __repr__(self) -> str:
        laws = " and ".join(fit.law.name for fit in (self.purchases, self.spend) if fit is not None)
        return f"{type(self).__name__}({laws}, {self.purchases.n:,} customers, unit={self.unit!r}, end={self.end})"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    @overload
    def predict(
        self,
        horizon: Horizon = ...,
        discount_rate: float = ...,
        *,
        margin: float = ...,
        interval: float | None = ...,
        customers: None = ...,
        unit: Unit | None = ...,
        end: str | date | None = ...,
        covariates: Table | None = ...,
        as_of: str | date | None = ...,
        lump: Lump | None = ...,
        value_per_order: float | None = ...,
        price_growth: float = ...,
        interval_from: IntervalFrom | None = ...,
        seed: int = ...,
    ) -> FrameT: ...

    @overload
    def predict(
        self,
        horizon: Horizon = ...,
        discount_rate: float = ...,
        *,
        margin: float = ...,
        interval: float | None = ...,
        customers: OtherT,
        unit: Unit | None = ...,
        end: str | date | None = ...,
        covariates: Table | None = ...,
        as_of: str | date | None = ...,
        lump: Lump | None = ...,
        value_per_order: float | None = ...,
        price_growth: float = ...,
        interval_from: IntervalFrom | None = ...,
        seed: int = ...,
    ) -> OtherT: ...

    def predict(
        self,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        interval: float | None = None,
        customers: Table | None = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        covariates: Table | None = None,
        as_of: str | date | None = None,
        lump: Lump | None = None,
        value_per_order: float | None = None,
        price_growth: float = 0.0,
        interval_from: IntervalFrom | None = None,
        seed: int = 0,
    ) -> Any:
        """Predict for each customer whether they are alive, what they will buy and what that is worth today.

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
        unit : {"D", "W", "M", "Y"}, optional
            The unit of the table's times, where it has no column `unit`.
        end : str or date, optional
            The table's last day, where it has no column `end`.
        covariates : dataframe, optional
            `customer_id` and the columns on which this model depends, of every customer; by default those of the table,
            or else those that the model was fitted with.
        as_of : str or date, optional
            The horizon begins after this day, and nobody has bought between the end of observation and it. BG/BB counts
            the calendar periods that have begun by then.
        lump : {None, "lifetimes"}
            "lifetimes" pays once a month with that package's constants; the rate is then monthly.
        value_per_order : float, optional
            What every order is worth, in currency, in place of the model's spend law.
        price_growth : float
            Annual rate at which order values have grown and will grow, 0.03 for 3%: an order t years ahead is worth
            (1 + price_growth)^t times one on the first day, and past orders are read at the prices of that day (see
            Notes). `clv.check` estimates it.
        interval_from : {None, "law", "law and its past errors"}
            "law" asks for the law's own intervals. By default those of a model with past errors are wider for customers
            like those of whom they held too few in the log's own hold-outs (see `calibration`); "law and its past
            errors" is the same, and is refused where there are none.
        seed : int
            Of the parameter draws behind the intervals; with the same seed the answer is the same.

        Returns
        -------
        dataframe of the kind that came in
            One row per customer, in the table's order and on pandas with its index: `customer_id`; `p_alive`;
            `expected_purchases` and `p_purchase` (at least one) in the horizon, where that is finite; `expected_spend`,
            of an order; `spend_from`, "own orders" or "population" (one-time buyers, unless the model reads first
            orders; customers of free orders alone); `refund_rate`; `clv`, in money of today. With `interval` the
            predictive bounds `clv_low`, `clv_high`, `purchases_low`, `purchases_high`: where this customer's value and
            purchases will lie, and `interval_from`, "law" or "law and its past errors". Over an infinite horizon
            `clv_mean_low` and `clv_mean_high` instead: how sure the expectation is. Further `p_alive_low` and
            `p_alive_high`, how sure the probability is since the parameters are estimates, and `expected_spend_low` and
            `expected_spend_high`, between which the customer's own mean order lies.

            `expected_spend` is gross, before returns. `refund_rate` is the share of their spend that the customer will
            send back (see `clv.RefundRate`), and `clv` and its bounds are net of it: multiplied by 1 − `refund_rate`.

            The columns of money are absent where the model was fitted to a log without amounts and no
            `value_per_order` is given.

        Raises
        ------
        DataError
            If an option is invalid; a loaded model is given no customers; the table's unit is unknown, or is not
            the model's; a customer has two rows, or an invalid history or mean spend.

        Warns
        -----
        FitWarning
            If the draws of the parameters are a poor approximation of their posterior.

        See Also
        --------
        total : Of groups of customers together, with intervals of the sum.
        forecast : Of all customers, period by period.
        due : The day on which a customer's silence becomes unusual.
        clv.customer_table : These predictions beside RFM scores and segments.

        Notes
        -----
        With `price_growth` g, `expected_spend` is at the prices of the day on which the horizon starts, and `clv` is
        that of orders which grow from there, discounted as always. The mean of a customer's past orders, and the level
        of the spend law, are raised to that day from the days on which the orders are expected to have been placed,
        given the customer's history (exactly where a customer has one repeat order, and for first orders; see
        `clv._price_growth`). If the amounts of the log are at today's prices already, leave the option out, and give
        growth to come by the discount rate: (1 + rate)/(1 + g) − 1. A `value_per_order` is at the prices of the first
        day, and only grows from there; so does the value of a model whose orders have one price.

        Examples
        --------
        >>> import clv, rfm
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> predicted = model.predict("39W", margin=0.3)
        >>> predicted[["customer_id", "p_alive", "expected_purchases", "clv"]].head(2).round(2)
           customer_id  p_alive  expected_purchases   clv
        0            1     0.73                1.23  8.77
        1            2     0.21                0.20  1.12

        The customers of another table, as of its own day:

        >>> later = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1998-03-31")
        >>> model.predict("39W", customers=later)[["customer_id", "p_alive"]].head(2).round(2)
           customer_id  p_alive
        0            1     0.71
        1            2     0.13
        """
        refuse_table(horizon, "horizon", "predict")
        seed, mass = seed_number(seed), None if interval is None else interval_mass(interval)
        model = self._valued(value_per_order)
        given = model._histories(customers, unit, end, covariates)
        start = given.end if as_of is None else as_of
        silent = silence(as_of, given.end, model.purchases.law, self.unit)
        clock = model._clock(given.end)
        growth = model._growth(price_growth, given, customers is not None, silent)
        terms = model._terms(horizon, discount_rate, margin, silent, lump, start, clock, growth.force)
        law = model._as_seen(model._laws[0], given.end, terms.silent)
        spend = growth.law(model._laws[1])
        if mass is not None and lump is not None:
            raise DataError(
                f"lump={lump!r} has no interval, since that package has none. Hint: leave out lump, or interval."
            )
        if mass is not None:
            budget = ENDLESS if np.isinf(terms.horizon) else MIXED
            if budget is MIXED and clock is None and model._known_well:
                draws: tuple[Pair, ...] = ((law, spend),)
            else:
                draws = growth.laws(model._draws(budget, seed, given.end, terms.silent))
            stretch = () if clock is None else stretched(clock, terms, len(draws), seed)
            doubt = model._doubt(growth, given.end, terms.silent)
            terms = replace(terms, interval=mass, draws=draws, stretch=stretch, doubt=doubt)
            terms = model._calibrated(
                terms, interval_from, days_ahead(horizon, start, law, self.unit, self.end)
            )
        else:
            as_interval_from(interval_from)
        reader = replace(model._reader, growth=growth, clock=clock)  # sent to an engine's workers
        names = reader.columns_of(given.table)

        def predicted(*columns: NDArray[Any]) -> dict[str, NDArray[Any]]:
            history, patterns = columns[: len(names)], reader.patterns(*columns[len(names) :])
            (orders, mean), rates = reader.known_orders(*history), reader.refund_rates(*history)
            times = in_time(clock, *history[:3])
            return predict_columns(law, spend, *times, mean, rates, terms, orders, patterns)

        return map_columns(given.table, (*names, *reader.covariates), predicted)

    @overload
    def due(
        self,
        threshold: float = ...,
        *,
        customers: None = ...,
        unit: Unit | None = ...,
        end: str | date | None = ...,
        covariates: Table | None = ...,
    ) -> FrameT: ...

    @overload
    def due(
        self,
        threshold: float = ...,
        *,
        customers: OtherT,
        unit: Unit | None = ...,
        end: str | date | None = ...,
        covariates: Table | None = ...,
    ) -> OtherT: ...

    def due(
        self,
        threshold: float = 0.5,
        *,
        customers: Table | None = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        covariates: Table | None = None,
    ) -> Any:
        """Find the day on which each customer's P(alive) falls below a threshold if they do not buy again.

        Parameters
        ----------
        threshold : float
            Between 0 and 1.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit : {"D", "W", "M", "Y"}, optional
            The unit of the table's times, where it has no column `unit`.
        end : str or date, optional
            The table's last day, where it has no column `end`.
        covariates : dataframe, optional
            `customer_id` and the columns on which this model depends, of every customer; by default those of the table,
            or else those that the model was fitted with.

        Returns
        -------
        dataframe of the kind that came in
            One row per customer, in the table's order and on pandas with its index: `customer_id`; `p_alive` on the
            last day of the table; `due`, the first day on which
            P(alive) lies below the threshold if they buy nothing until then (it may be past); `due_note`, the reason
            where `due` is missing: "never in doubt" for one-time buyers under BG/NBD, "not within a century" else.

        Raises
        ------
        DataError
            If the threshold is not between 0 and 1, the day on which observation ended is not known, or the
            customers are invalid (see `predict`).

        See Also
        --------
        predict : `p_alive` on the last day, with what they will buy.

        Examples
        --------
        >>> import clv, rfm
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> model.due(0.3)[["customer_id", "due"]].head(2)
           customer_id        due
        0            1 1998-10-16
        1            2 1997-06-28
        """
        refuse_table(threshold, "threshold", "due")
        given = self._histories(customers, unit, end, covariates)
        day = as_day(known_day(given.end, "due"), "end")
        law, unit_days = self._as_seen(self._laws[0], given.end), days_per_unit(self.unit)
        clock = self._clock(given.end)
        reader = self._reader

        def found(x: Any, t_x: Any, T: Any, *z: NDArray[Any]) -> dict[str, NDArray[Any]]:
            terms: dict[str, Any] = {"threshold": threshold, "unit_days": unit_days, "end": day}
            return due_columns(law, x, t_x, T, **terms, clock=clock, patterns=reader.patterns(*z))

        return map_columns(given.table, (*reader.law_class.data_columns, *reader.covariates), found)

    def new_customer(
        self,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        acquisition_cost: float | None = None,
        value_per_order: float | None = None,
        arrives: str | date | None = None,
        price_growth: float = 0.0,
        covariates: Mapping[str, Any] | Table | None = None,
    ) -> NewCustomer:
        """Value someone who has just bought for the first time, net of what all customers send back on average.

        Parameters
        ----------
        horizon : str or timedelta
            How far ahead: "52W", "365D", "12M" (365.25 days), a Timedelta, or "inf" where the rate is above 0.
        discount_rate : float
            Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
        margin : float
            Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
        acquisition_cost : float, optional
            What winning one customer costs; gives the payback time.
        value_per_order : float, optional
            What every order is worth, in currency, in place of the model's spend law.
        arrives : str or date, optional
            The day of the first order, after which the horizon begins; by default the last day of observation. It
            matters where the model has a season.
        price_growth : float
            Annual rate at which order values have grown and will grow, see `predict`.
        covariates : mapping or dataframe of one row, optional
            The columns on which this model depends, with this customer's values: `{"Channel": "web"}`.

        Returns
        -------
        NewCustomer
            The first order is valued at the mean of first orders, and what comes later at that of repeat orders.

        Raises
        ------
        DataError
            If an option is invalid.

        Warns
        -----
        DataWarning
            If the model does not know the mean of first orders, and takes that of repeat orders.

        See Also
        --------
        predict : The value of customers who are known already.

        Examples
        --------
        >>> import clv, rfm
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> newcomer = model.new_customer("52W", margin=0.5, acquisition_cost=25)
        >>> newcomer.payback.days > 0
        True
        """
        day = self.end if arrives is None else day_date(as_day(arrives, "arrives"))
        model = self._valued(value_per_order)
        (law, spend), first_order = model._of_newcomer(covariates)
        since = 0.0 if arrives is None or self.end is None else (day - self.end).days  # type: ignore[operator]
        growth = model._growth(price_growth, silent=since / days_per_unit(self.unit))
        clock = self._clock(day)
        terms = self._terms(horizon, discount_rate, margin, start=day, clock=clock, growth=growth.force)
        spend = growth.law(spend)
        if spend is not None and model.first_order is None:
            warn(
                "This model has no mean of first orders (it was saved by an earlier version, or fitted "
                "to a table without first_order_spend), so that the first order is valued like a repeat order, at "
                f"{float(np.asarray(spend.expected_spend())):.4g}. Hint: fit again, with clv.fit(tx).",
            )
        return new_customer(
            law,
            spend,
            horizon=terms.horizon,
            delta=terms.delta,
            margin=margin * (1.0 - self.refunds.rate),
            unit_days=days_per_unit(self.unit),
            acquisition_cost=acquisition_cost,
            first_order=None if first_order is None else growth.first_level * first_order,
            steps=terms.steps,
        )

    def total(
        self,
        by: Table | pd.Series[Any] | str | None = None,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        interval: float = 0.9,
        interval_from: IntervalFrom | None = None,
        customers: Table | None = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        covariates: Table | None = None,
        value_per_order: float | None = None,
        price_growth: float = 0.0,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Predict the totals of groups of customers, with intervals for the mean and for the total itself.

        Parameters
        ----------
        by : dataframe, str or Series, optional
            The group of each customer: a table of `customer_id` and one more column, of any engine, for instance
            `table[["customer_id", "segment"]]`; the name of a column of `customers=`; or a pandas Series whose index is
            named `customer_id`. Customers without a group are the group None, and rows of other customers are left
            out with a warning. By default all are one group.
        horizon : str or timedelta
            How far ahead: "52W", "365D", "12M" (365.25 days), a Timedelta; finite.
        discount_rate : float
            Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
        margin : float
            Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
        interval : float
            Mass of both intervals.
        interval_from : {None, "law", "law and its past errors", "law and typical errors"}
            What the predictive interval holds: the law's own randomness alone, or also how wrong the law has been on
            its own log (see `with_past_errors`), or is on other logs. None takes the model's past errors if it has
            them, and else typical ones.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit : {"D", "W", "M", "Y"}, optional
            The unit of the table's times, where it has no column `unit`.
        end : str or date, optional
            The table's last day, where it has no column `end`; a horizon that is a date begins after it.
        covariates : dataframe, optional
            `customer_id` and the columns on which this model depends, of every customer; by default those of the table,
            or else those that the model was fitted with.
        value_per_order : float, optional
            What every order is worth, in currency, in place of the model's spend law.
        price_growth : float
            Annual rate at which order values have grown and will grow, see `predict`.
        seed : int
            Of the draws and of the simulation; with the same seed the answer is the same.

        Returns
        -------
        pandas.DataFrame
            One row per group: `group`, `customers`, and for `purchases` and for `clv` (net of returns) the expectation,
            its *mean* interval `…_mean_low`, `…_mean_high` (the parameters are not known; of the law alone) and the
            *predictive* interval `…_low`, `…_high` (where the total will lie). `interval_from` says what the latter
            holds; `correction` and `clv_correction` are the factors by which expectations were corrected for what the
            law has missed on its own log, 1 where a hold-out has not shown that this helps.

        Raises
        ------
        DataError
            If `by` does not say which customer is in which group, or has a customer twice; if the horizon is
            infinite, or a date, and the day after which it begins is not known; or if the customers are invalid (see
            `predict`).

        Warns
        -----
        DataWarning
            If `by` has rows of customers who are not among those summed.
        FitWarning
            See `predict`.

        See Also
        --------
        predict : Customer by customer.
        forecast : Period by period.
        clv.segment_value : Shares of customers, of past spend and of predicted value by segment.

        Notes
        -----
        Groups share the common error: expectations, and draws behind the intervals, add up to those of all customers.
        Bounds do not: the groups' luck evens out, and the error that they share does not.

        Examples
        --------
        >>> import clv, rfm
        >>> few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
        >>> model = clv.fit(few, end="1997-09-30")
        >>> segmented = rfm.segment(few, as_of="1997-09-30")
        >>> totals = model.total(by=segmented[["customer_id", "segment"]], horizon="39W")
        >>> totals[["group", "customers", "purchases"]].head(2).round(1)
               group  customers  purchases
        0         VIP         37      172.3
        1  can't lose          8        4.9
        """
        seed, mass = seed_number(seed), interval_mass(interval)
        model = self._valued(value_per_order)
        given = model._histories(customers, unit, end, covariates)
        clock = model._clock(given.end)
        terms = model._terms(horizon, discount_rate, margin, start=given.end, clock=clock)
        refuse_endless(terms.horizon, "total")
        # Fetched once: an engine may return its rows in another order the next time.
        given = replace(given, table=to_native(fetch(from_native(given.table))))
        growth = model._growth(price_growth, given, customers is not None)
        base = replace(model._reader, growth=growth, clock=clock).base(given.table)
        base = replace(base, steps=terms.steps)
        codes, names = groups_of(by, given.table, len(base), named=customers is not None)
        rng = np.random.default_rng([seed, 1])
        draws = growth.laws(model._draws(SPREAD, seed, given.end))
        law, spend = model._laws
        days = days_ahead(horizon, given.end, model.purchases.law, model.unit, model.end)
        error = model._common_error(interval_from, np.array([0.0, days]), given.end, seed)
        totals = totals_of(
            (model._as_seen(law, given.end), growth.law(spend)),
            draws,
            base,
            codes,
            len(names),
            horizon=terms.horizon,
            delta=terms.delta,
            margin=margin,
            rng=rng,
            steps=terms.steps,
            stretch=None if clock is None else np.array(stretched(clock, terms, len(draws), seed)),
            factors=None if error.factors is None else error.factors[:, :, 0],
        )
        table = totals.table(mass)
        table.insert(0, "group", names)
        return error.corrected(table, "clv")

    def forecast(
        self,
        horizon: Horizon = "52W",
        *,
        every: Horizon | None = None,
        interval: float = 0.9,
        interval_from: IntervalFrom | None = None,
        customers: Table | None = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        covariates: Table | None = None,
        value_per_order: float | None = None,
        price_growth: float = 0.0,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Purchases, revenue and active customers of the base, period by period, with predictive intervals.

        Parameters
        ----------
        horizon : str or timedelta
            How far ahead; finite. It begins on the day after the table's last day.
        every : str or timedelta, optional
            Length of a period; by default one unit of the model's time. "1M", "1Q" and "1Y" are those of the calendar,
            where it is known when observation ended. The last period ends with the horizon.
        interval : float
            Mass of the intervals.
        interval_from : {None, "law", "law and its past errors", "law and typical errors"}
            What the predictive interval holds: the law's own randomness alone, or also how wrong the law has been on
            its own log (see `with_past_errors`), or is on other logs. None takes the model's past errors if it has
            them, and else typical ones.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit : {"D", "W", "M", "Y"}, optional
            The unit of the table's times, where it has no column `unit`.
        end : str or date, optional
            The table's last day, where it has no column `end`.
        covariates : dataframe, optional
            `customer_id` and the columns on which this model depends, of every customer; by default those of the table,
            or else those that the model was fitted with.
        value_per_order : float, optional
            What every order is worth, in currency, in place of the model's spend law.
        price_growth : float
            Annual rate at which order values have grown and will grow, see `predict`.
        seed : int
            Of the draws and of the simulation; with the same seed the answer is the same.

        Returns
        -------
        pandas.DataFrame
            One row per period: `start` and `end` (days, both inclusive; times ahead in units of time where the day on
            which observation ended is unknown), and for `purchases`, `revenue` (net of returns, not discounted) and
            `active` (customers with at least one purchase in the period) the expectation with `…_low` and `…_high`. No
            `revenue` where the model has no spend law.

        Raises
        ------
        DataError
            If the horizon is infinite or shorter than a day, `every` is no length of a period or cuts it into more than
            1,000 periods, the customers are invalid (see `predict`), or the model has a last day of observation and the
            table given has none.

        Warns
        -----
        FitWarning
            See `predict`.

        See Also
        --------
        total : The whole horizon in one row, also by group.
        clv.plot.tracking : Predicted and actual purchases over time.

        Examples
        --------
        >>> import clv, rfm
        >>> few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
        >>> model = clv.fit(few, end="1997-09-30")
        >>> model.forecast("12W", every="4W")[["start", "end", "purchases"]].round({"purchases": 1})
               start        end  purchases
        0 1997-10-01 1997-10-28       34.8
        1 1997-10-29 1997-11-25       33.6
        2 1997-11-26 1997-12-23       32.6
        """
        refuse_table(horizon, "horizon", "forecast")
        seed, mass = seed_number(seed), interval_mass(interval)
        unit_days = days_per_unit(self.unit)
        model = self._valued(value_per_order)
        given = model._histories(customers, unit, end, covariates)
        law = model.purchases.law
        known = given.end if self.end is None else known_day(given.end, "forecast")
        day = None if known is None else as_day(known, "end")
        days = days_ahead(horizon, known, law, self.unit, self.end)
        refuse_endless(days, "forecast")
        # In discrete time, periods are steps of equal length.
        clock = model._clock(given.end)
        growth = model._growth(price_growth, given, customers is not None)
        risen(price_growth, growth.force, days / unit_days)
        edges = period_edges(days, f"1{self.unit}" if every is None else every, None if law.discrete else day)
        base = replace(model._reader, growth=growth, clock=clock).base(given.table)
        base = replace(base, steps=None if clock is None else clock.steps(clock.end, float(edges[-1])))
        draws = growth.laws(model._draws(SPREAD, seed, given.end))
        error = model._common_error(interval_from, edges, given.end, seed)
        table = forecast_table(
            (model._as_seen(model._laws[0], given.end), growth.law(model._laws[1])),
            draws,
            base,
            edges / unit_days if clock is None else clock.ahead(clock.end, edges),
            mass,
            np.random.default_rng([seed, 2]),
            None
            if clock is None
            else clock.ratios(clock.end, edges, len(draws), np.random.default_rng([seed, 3])),
            error.factors,
            error.correction,
        )
        return with_periods(error.labelled(table, "revenue"), edges, day, unit_days)

    def with_past_errors(
        self, tx: Transactions[Any] | Table, *, covariates: Table | None = None
    ) -> CustomerModel[FrameT]:
        """This model, knowing how wrong its totals have been: its law is fitted again at earlier days of its own log.

        Parameters
        ----------
        tx : Transactions or dataframe
            The log that the model was fitted to. What came after the model's last day is not read.
        covariates : dataframe, optional
            `customer_id` and the columns on which this model depends; by default those that it was fitted with.

        Returns
        -------
        CustomerModel
            With `past_errors`, by which the intervals of `total` and `forecast` hold the errors that the law makes on
            this log, and with `calibration`, by which those of `predict` hold as many customers as they say; both are
            saved with the model.

        Raises
        ------
        DataError
            If the model was fitted to another log, its last day is not known, or its fit cannot be repeated at earlier
            days (`weights=`, `first_purchase=`).

        See Also
        --------
        PastErrors : What is learned, and how.
        backtest : Errors customer by customer.

        Notes
        -----
        There are up to 13 earlier fits. A log of less than eight weeks has none, nor has BG/BB; the errors are then
        those that are typical of other logs.

        Examples
        --------
        >>> import clv, rfm
        >>> sample = rfm.datasets.cdnow_sample()
        >>> model = clv.fit(sample, "mbg-nbd").with_past_errors(sample)
        >>> model.past_errors
        PastErrors(41 totals at 11 origins until 1998-06-30)
        """
        # Learning fits models like this one: its module stands above this one.
        from clv._past_errors.learning import with_past  # noqa: PLC0415

        return with_past(self, as_log(tx, "model.with_past_errors"), covariates)

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters and draws of them, covariance, units, provenance; no customer data.

        The 100 to 900 draws are the posterior's: intervals of a loaded model are those of draws of the same posterior,
        and equal to this one's up to what differs between two sets of draws. Making them takes about a second, and on
        many customers what `total` spends on its draws.

        Parameters
        ----------
        path : str or Path
            The file to write; `clv.load` reads it.

        Raises
        ------
        FitError
            If a law of the model is not registered (see `clv.register_law`), so that it could not be read back.

        See Also
        --------
        clv.load : Reads the file.

        Examples
        --------
        >>> import clv, rfm, tempfile, pathlib
        >>> model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "m.json"
        >>> model.save(path)
        >>> clv.load(path).purchases.law == model.purchases.law
        True
        """
        check_writable(path, MODEL_PATH, FitError)
        purchases, spend = (None if fit is None else fit_to_dict(fit) for fit in (self.purchases, self.spend))
        draws = self.draws
        if draws is None and self.customers is not None:
            draws = self._posterior(SPREAD, seed=0)
        write_model(
            path,
            {
                "purchases": purchases,
                "spend": spend,
                "unit": self.unit,
                "end": None if self.end is None else self.end.isoformat(),
                "fingerprint": self.fingerprint,
                "draws": None if draws is None else posterior_to_dict(draws),
                "refunds": refunds_to_dict(self.refunds),
                "first_order": self.first_order,
                "spend_orders": self.spend_orders,
                "spend_note": None if self.spend_note is None else str(self.spend_note),
                "order_ages": None if (ages := self._ages()) is None else asdict(ages),
                "season": None if self.season is None else season_to_dict(self.season),
                "log_start": log_start_to_dict(self.log_start, draws),
                "choice": None if self.choice is None else choice_to_dict(self.choice),
                "memory": memory_to_dict(self.memory),
                "past_errors": None if self.past_errors is None else past_errors_to_dict(self.past_errors),
                "calibration": None if self.calibration is None else calibration_to_dict(self.calibration),
            },
        )

    def _of_newcomer(
        self, covariates: Mapping[str, Any] | Table | None
    ) -> tuple[tuple[Any, Any], float | None]:
        """The laws of a new customer and the mean of first orders, by the customer's covariates."""
        laws, first_order, design = self._laws, self.first_order, self.design
        if design is None:
            if covariates is not None:
                raise DataError(
                    "covariates are given, and this model depends on none. Hint: leave out covariates=."
                )
            return (plain(laws[0]), plain(laws[1])), first_order
        z = design.one(covariates)
        law, spend = (each.of(z) if isinstance(each, ByCovariates) else each for each in laws)
        if first_order is not None and isinstance(self.spend, CovariateFit):
            # First orders are taken to be dearer than others' by the same factor as later ones.
            dearer = self.spend.by_covariates.of(z).own_scale(0, 0.0) / self.spend.law.own_scale(0, 0.0)
            first_order = float(first_order * dearer / self.spend.mean_factor)
        return (law, spend), first_order

    def _calibrated(self, terms: Terms, interval_from: Any, days: float) -> Terms:
        """The options of a prediction, with the calibration of customers' intervals if it is to be used."""
        asked = as_interval_from(interval_from)
        if asked == TYPICAL or (asked == PAST and self.calibration is None):
            raise DataError(
                f"interval_from={asked!r}: customers' intervals are the law's, or, after model.with_past_errors(tx), "
                'those that held in its own hold-outs. Hint: interval_from="law", or leave it out.'
            )
        if asked == LAW or np.isinf(days):
            return terms
        return replace(terms, calibration=self.calibration, days=days)

    def _common_error(
        self, interval_from: Any, edges: NDArray[np.float64], end: date | None, seed: int
    ) -> CommonError:
        """The error that all customers share, in periods with these ends in days ahead."""
        price_known = self.spend is not None and self.spend.law.constant
        return common_error(
            self.past_errors, interval_from, edges, end=end, seed=seed, price_known=price_known
        )

    def _posterior(self, budget: Budget, seed: int) -> Posterior:
        """Laws drawn from the posterior of the parameters; for a loaded model, those that were saved with it."""
        return kept(self, (budget, seed), lambda: self._drawn(budget, seed))

    def _drawn(self, budget: Budget, seed: int) -> Posterior:
        wanted = budget.draws(self.purchases.n)
        if self.draws is not None:
            return self.draws.sample(wanted, seed)
        start, customers, purchases = self.log_start, self.customers, self.purchases
        by_log = None
        if start is not None and start.window and customers is not None:
            by_log = partial(draws_of, start, purchases, customers, self._clock(self.end))
        return draw_pairs(
            purchases,
            self.spend,
            customers,
            wanted,
            seed,
            clock=self._clock(self.end),
            prior=self.prior,
            weights=self.weights,
            draw_purchases=by_log,
        )

    def _doubt(self, growth: PriceGrowth, end: date | None, silent: float) -> Doubt:
        """Laws a standard error from those behind expectations, as seen on a day and at its prices."""
        seen = [[self._as_seen(law, end, silent) for law in pair] for pair in laws_apart(self.purchases)]
        paid: list[list[Any]] = []
        if (spend := self.spend) is not None:
            paid = [[growth.law(expecting_at(spend, law)) for law in pair] for pair in laws_apart(spend)]
        return Doubt(*(tuple((one, other) for one, other in pairs) for pairs in (seen, paid)))

    @property
    def _known_well(self) -> bool:
        """Whether so many customers were fitted, to no boundary, that the posterior is normal and very narrow."""
        fits = [fit for fit in (self.purchases, self.spend) if fit is not None]
        return self.log_start is None and all(
            fit.law.constant or (fit.n >= MANY and not fit.at_boundary) for fit in fits
        )

    def _as_seen(self, law: Any, end: date | None, silent: float = 0.0) -> Any:
        """A purchase law as the log shows its customers on a day, and after a silence: itself where it is whole, and
        nothing is forgotten."""  # fmt: skip
        law = forgetful(law, self.memory.factor)
        return as_seen(self.log_start, law, self.end, end, self.unit, silent, self._clock(end))

    @property
    def design(self) -> Design | None:
        """The covariates on which the model depends, with their levels; None if it has none."""
        fits = (self.purchases, self.spend)
        return next((fit.design for fit in fits if isinstance(fit, CovariateFit)), None)

    @property
    def _laws(self) -> Pair:
        """The laws behind expectations, by covariates if they depend on them; without a spend law only purchases."""
        spend = None if self.spend is None else expecting_at(self.spend, law_behind(self.spend))
        return law_behind(self.purchases), spend

    @property
    def _reader(self) -> CustomerReader:
        """The columns and options for reading customers."""
        own = self.spend is not None and self.spend.law.reads_own_orders
        first = self.spend_orders == "all"
        return CustomerReader(
            type(self.purchases.law), self.unit, own, self.refunds, first, design=self.design
        )

    def _clock(self, end: date | None) -> Clock | None:
        """The clock of customers known until a day; None without a season."""
        return clock_of(self.season, end, self.unit)

    def _valued(self, value_per_order: float | None) -> Self:
        """This model with every order valued as given; unchanged if nothing is given."""
        if value_per_order is None:
            return self
        price = as_price(value_per_order)
        return replace(self, spend=given_price(price, self.purchases.n), first_order=price)

    def _histories(
        self,
        customers: Table | None,
        unit: Unit | None,
        end: str | date | None,
        covariates: Table | None = None,
    ) -> Histories:
        """The customers to predict for, in this model's unit: those given, or else those of the fit."""
        if customers is None:
            return customers_of_fit(self._reader, self.customers, self.end, unit, end, covariates)
        if (
            self.log_start is not None
            and self.log_start.known
            and "first_purchase" not in names_of(customers)
        ):
            raise DataError(
                "customers: this model was fitted with first_purchase=, and reads histories that count from the first "
                "purchase of all; this table has no column 'first_purchase', and counts from the log's. Hint: "
                "leave out customers= and join the answer by customer_id, or fit again on the other day."
            )
        return customers_given(self._reader, customers, self.end, unit, end, covariates, self.customers)

    def _terms(
        self,
        horizon: Horizon,
        rate: float,
        margin: float,
        silent: float = 0.0,
        lump: Lump | None = None,
        start: Day | None = None,
        clock: Clock | None = None,
        growth: float = 0.0,
    ) -> Terms:
        """The checked options of a prediction; a horizon that is a date begins after `start`."""
        days = days_ahead(horizon, start, self.purchases.law, self.unit, self.end)
        steps = None
        if clock is not None:  # `silent` was counted in the calendar
            begin = as_day(known_day(start, "A season"), "as_of")  # type: ignore[arg-type]
            steps, silent = (
                clock.steps(begin, days),
                float(clock.ahead(clock.end, np.array([begin - clock.end]))[0]),
            )
        return prediction_terms(days, rate, margin, self.unit, silent, lump, growth, steps)

    def _growth(
        self, rate: float, given: Histories | None = None, another: bool = False, silent: float = 0.0
    ) -> PriceGrowth:
        """The growth of prices as seen from the start of a horizon, `silent` after the last day of the table given.

        `another` is whether that table is not the fit's, and so has a day of its own.
        """
        force = growth_force(rate, days_per_unit(self.unit))
        if force == 0 or self.spend is None or self.spend.law.constant:
            return PriceGrowth(force, silent)
        later = silent
        if another and given is not None:
            days = [as_day(known_day(end, "price_growth"), "end") for end in (self.end, given.end)]
            later += (days[1] - days[0]) / days_per_unit(self.unit)
        ages, grown = self._ages(), risen(rate, force, later)
        if ages is None:
            raise DataError(
                "price_growth= needs to know how old the orders of the fit were, which this model does not (it was "
                "saved by an earlier version). Hint: fit again, with clv.fit(tx)."
            )
        levels = (grown / ages.deflator(force, first=first) for first in (False, True))
        return PriceGrowth(force, silent, *levels)

    def _ages(self) -> OrderAges | None:
        """How old the orders of the fit were; None if this model holds neither them nor its customers."""
        spend = self.spend
        if self.order_ages is not None or self.customers is None or spend is None:
            return self.order_ages
        if not isinstance(spend.law, (GammaGamma, CredibilitySpend)):
            return None
        columns = self.purchases.law.data_columns
        if self.weights is None:
            rows = compress(self.customers, columns)
        else:
            weighted = compress(self.customers, (*columns, self.weights))
            kept = {name: weighted.columns[name] for name in columns}
            rows = Compressed(kept, weighted.weights * weighted.columns[self.weights], None)
        return OrderAges.of(rows, cast("Fit[GammaGamma | CredibilitySpend]", spend))

    def _draws(self, budget: Budget, seed: int, end: date | None, silent: float = 0.0) -> tuple[Pair, ...]:
        """Draws of the laws behind expectations, as seen on a day, with their warnings issued."""
        drawn = self._posterior(budget, seed)
        for text in drawn.warnings:
            warn(text, FitWarning)
        return tuple((self._as_seen(law, end, silent), spend) for law, spend in drawn.expecting(self.spend))


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
        If the file cannot be read, is no model file, is damaged, or names a law that is not registered here (see
        `clv.register_law`). Reading a file never runs code.

    See Also
    --------
    CustomerModel.save : Writes the file.

    Examples
    --------
    >>> import clv, rfm, tempfile, pathlib
    >>> few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "m.json"
    >>> clv.fit(few, end="1997-09-30").save(path)
    >>> model = clv.load(path)
    >>> customers = clv.summarize(few, unit="W", end="1997-09-30")
    >>> model.predict("39W", customers=customers)[["customer_id", "p_alive"]].head(2).round(2)
       customer_id  p_alive
    0            1     0.75
    1            2     0.17
    """
    if not isinstance(path, (str, PathLike)):
        raise FitError(
            f"clv.load takes the path of a file that model.save wrote, got a {type(path).__name__}. "
            'Hint: clv.load("m.json").'
        )
    return CustomerModel(**read_model(path))
