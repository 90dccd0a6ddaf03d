"""From orders, or from a BTYD summary, to a fitted model in one call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeAlias, overload

import narwhals.stable.v2 as nw
import numpy as np

from clv._customer_model import CustomerModel
from clv._fits.data import FitData, Law
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.lifetimes import fit_with_lifetimes
from clv._fits.spend_fit import as_price, fit_spend, given_price, mean_first_order
from clv._histories import Histories, agreed, read_histories
from clv._horizons import check_prediction, clock_of
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._laws.spend_law import SpendLaw
from clv._periods import last_whole_end
from clv._refund_log import REFUND_COLUMNS, refund_rate, summary_rate
from clv._refund_rate import RefundRate
from clv._season.choice import SeasonChoice, chosen_season, refuse_season
from clv._season.season import Season
from clv._season.shop_days import ShopDays
from clv._spend_choice import choose_spend_orders
from clv._spend_orders import FIRST, ReadOrders, SpendOrders, as_spend_orders
from clv._stages import as_log, names_of
from clv._summary import compress, summarize
from clv._units import Horizon, Unit, as_unit, days_per_unit
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_date
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT, Table
from rfm._issuing import warn
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["Engine", "PurchaseModel", "fit", "fit_summary", "predict"]

PurchaseModel: TypeAlias = str | type[PurchaseLaw]
Engine = Literal["native", "lifetimes"]


@overload
def fit(
    tx: Transactions[FrameT],
    model: PurchaseModel = ...,
    *,
    unit: Unit = ...,
    end: str | date | None = ...,
    season: SeasonChoice = ...,
    spend_orders: SpendOrders = ...,
    engine: Engine = ...,
    value_per_order: float | None = ...,
) -> CustomerModel[FrameT]: ...


@overload
def fit(
    tx: FrameT,
    model: PurchaseModel = ...,
    *,
    unit: Unit = ...,
    end: str | date | None = ...,
    season: SeasonChoice = ...,
    spend_orders: SpendOrders = ...,
    engine: Engine = ...,
    value_per_order: float | None = ...,
) -> CustomerModel[FrameT]: ...


def fit(
    tx: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    season: SeasonChoice = None,
    spend_orders: SpendOrders = "repeat",
    engine: Engine = "native",
    value_per_order: float | None = None,
) -> CustomerModel:
    """Fit a purchase law and the Gamma-Gamma spend law to a log of transactions.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`. Without `amount` the model is one of purchases only.
    model : str or type
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb", or the name or class of a law of your own (see
        `clv.register_law`).
    unit : {"D", "W", "M", "Y"}
        Unit of time; it changes the parameters' scale and no prediction. For BG/BB the length of a period.
    end : str or date, optional
        Last day of observation, inclusive; by default the log's last day. For BG/BB the last whole period ends there
        or before it.
    season : {None, "auto", "month", "week"} or Season
        The season, in whose time the purchase law is fitted and predicts: learned from this log by month, or as a curve
        by week, from two cycles of 52 weeks on; "auto" learns both, and keeps the better one if it predicts the last
        part of the log better than none; or one whose factors are known, see `clv.Season.from_factors`.
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the spend law knows a customer: the repeat orders; or all, so that one-time buyers are
        valued by their own order, which is fair where first orders are like later ones (see Notes); or whichever
        predicts later orders better, as tested on the last part of the log. `model.summary()` says what was chosen.
    engine : {"native", "lifetimes"}
        "lifetimes" fits with that package's fitters, for comparison.
    value_per_order : float, optional
        What every order is worth, in currency, in place of a spend law. Without it, a log without amounts makes a
        model of purchases only, whose predictions have no columns of money.

    Returns
    -------
    CustomerModel
        It keeps the BTYD summary of these customers, in the log's kind of dataframe.

    Raises
    ------
    DataError
        If the data cannot be read (see `rfm.Transactions`), or an option is unknown; if a season is to be learned from
        less than two cycles, there is one for BG/BB, or a purchase on a day whose factor is 0.
    FitError
        If the data do not hold enough information; the message says what is missing.

    Warns
    -----
    FitWarning
        If an estimate tends to 0 or infinity, or the spend law has no finite mean; the text is in `Fit.warnings`.
    DataWarning
        For BG/BB, if the last day lies inside a period; it names the day on which observation ends instead. If returns
        are kept and leave repeat buyers without a mean order.

    See Also
    --------
    CustomerModel.predict : The next step.
    predict : Both in one call.
    fit_summary : From a BTYD summary.
    check : Tests the assumptions.
    backtest : Compares the laws on held-out time.
    Season : What a season is, and how it is learned.

    Notes
    -----
    Gamma-Gamma takes the orders of one customer as alike, the first among them. Where it is not (a welcome discount, a
    free trial, one large purchase and then refills), `spend_orders="all"` misleads; a line of `clv.check` compares the
    first orders of those who came back with their later ones. The law's parameters are estimated from repeat orders in
    either case: on real logs those that first orders help to estimate predict worse (see `clv._spend_orders`). A free
    order counts as an order of 0 in its customer's mean; customers of free orders alone are valued at the mean of the
    population.

    Examples
    --------
    >>> import clv, rfm
    >>> sample = rfm.datasets.cdnow_sample()
    >>> model = clv.fit(sample, unit="W", end="1997-09-30")
    >>> round(model.purchases.log_likelihood, 3)
    -9582.429
    """
    tx = as_log(tx, "clv.fit")
    law_class, run, orders = as_purchase_law(model), _engine(engine), as_spend_orders(spend_orders)
    refuse_season(season, law_class, engine)
    last = tx.last_day if end is None else as_day(end, "end")
    if law_class.discrete:
        last = last_whole_end(last, as_unit(unit), tx.first_day)
    day = day_date(last)
    price = None if value_per_order is None else as_price(value_per_order)
    twice = season is not None or (tx.has_amounts and tx.has_returns)
    with netted_once(tx, days=True) if twice else nullcontext():
        periods = unit if law_class.discrete else None
        table = from_native(summarize(tx, unit=unit, end=day, discrete=periods))
        known = Histories(to_native(materialise(table)), as_unit(unit), day)
        refunds = refund_rate(tx, last, known.table, as_unit(unit)) if tx.has_amounts else RefundRate()
        timed = None if season is None else _seasonal(tx, season, law_class, known, last)
        note = None
        if orders == "auto":
            orders, note = _chosen_orders(tx, last, as_unit(unit), periods, price)
    if tx.keeps_returns:
        _warn_of_buyers_without_spend(known.table)
    return _fitted(known, law_class, run, refunds, price, orders, note, timed)


def fit_summary(
    btyd_summary: FrameT,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit | None = None,
    end: str | date | None = None,
    season: Season | None = None,
    spend_orders: SpendOrders = "repeat",
    engine: Engine = "native",
    value_per_order: float | None = None,
) -> CustomerModel[FrameT]:
    """Fit to a BTYD summary: frequency, recency, T and monetary_value of each customer.

    Parameters
    ----------
    btyd_summary : dataframe
        `customer_id, frequency, recency, T, monetary_value` as `clv.summarize` makes it (for BG/BB
        `n_periods` instead of `T`), one row per customer. Its columns `unit` and `end`, if it has them, are the
        unit of its times and the last day of observation; `first_order_spend` is what first orders are worth.
        Without `monetary_value` the model is one of purchases only.
    model : str or type
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb", or the name or class of a law of your own (see
        `clv.register_law`).
    unit : {"D", "W", "M", "Y"}, optional
        The unit that the summary's times are in, where it has no column `unit`.
    end : str or date, optional
        Last day of observation, where the summary has no column `end`; a time of day is dropped. `due` and calendar
        dates need it.
    season : Season, optional
        Known factors, in whose time the purchase law is fitted and predicts; they need `end`. A summary does not hold
        the days of all purchases, from which a season is learned: `clv.fit` does that, or `clv.Season.fit`. For the
        same reason the log-likelihood is that of the histories in the season's time, and does not compare with others.
    spend_orders : {"repeat", "all"}
        The orders from which the spend law knows a customer, see `clv.fit`; "all" needs the column
        `first_order_spend`. To choose, `clv.fit` needs the log.
    engine : {"native", "lifetimes"}
        "lifetimes" fits with that package's fitters, for comparison.
    value_per_order : float, optional
        What every order is worth, in currency, in place of a spend law. Without it, a log without amounts makes a
        model of purchases only, whose predictions have no columns of money.

    Returns
    -------
    CustomerModel
        It keeps the summary.

    Raises
    ------
    DataError
        If a column is missing, the unit is not known, `unit` or `end` is not that of the summary, a customer has two
        rows or an invalid history, an option is unknown, or `end` is no date.
    FitError
        If the data do not hold enough information.

    Warns
    -----
    FitWarning
        If an estimate tends to 0 or infinity, or the spend law has no finite mean; the text is in `Fit.warnings`.

    See Also
    --------
    fit : From a log of transactions.
    fit_law : One law alone.
    summarize : Makes such a summary.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> clv.fit_summary(summary).purchases.n
    2357
    """
    law_class, run, orders = as_purchase_law(model), _engine(engine), as_spend_orders(spend_orders)
    if orders == "auto":
        raise DataError(
            "spend_orders='auto' is decided by what customers spent later, which a summary does not show. "
            'Hint: clv.fit(tx, spend_orders="auto") of the log; or "repeat" or "all".'
        )
    if isinstance(season, str):
        raise DataError(
            f"season={received(season)}: a summary does not hold the days of purchases, from which a season is "
            'learned. Hint: clv.fit(tx, season="auto"), or season=clv.Season.fit(tx) here.'
        )
    refuse_season(season, law_class, engine)
    discrete = ', discrete="M"' if law_class.discrete else ""
    made = f"clv.summarize(tx{discrete})"
    price = None if value_per_order is None else as_price(value_per_order)
    money = _money(btyd_summary)
    first = (FIRST,) if money and orders == "all" and price is None else ()
    if first and FIRST not in (names := names_of(btyd_summary)) and "frequency" in names:
        raise DataError(
            f"btyd_summary has no column {FIRST!r}, which spend_orders='all' reads. "
            f'Hint: {made} adds it; or spend_orders="repeat".'
        )
    columns = tuple(dict.fromkeys((*law_class.data_columns, *money, *first)))
    day = None if end is None else day_date(as_day(end, "end"))
    histories = read_histories(btyd_summary, law_class, columns, "btyd_summary", made)
    known = agreed("unit", histories.unit, None if unit is None else as_unit(unit), "the table")
    if known is None:
        raise DataError(
            "btyd_summary has no column 'unit', so the unit of its times is unknown. "
            f'Hint: unit="D", "W", "M" or "Y", whichever it is; {made} adds the column.'
        )
    last = agreed("end", histories.end, day, "the table")
    refunds = summary_rate(btyd_summary, known) if money else RefundRate()
    timed = None if season is None else Timed(FitData.read(law_class, btyd_summary), season)
    return _fitted(Histories(btyd_summary, known, last), law_class, run, refunds, price, orders, timed=timed)


def _money(table: Table) -> tuple[str, ...]:
    """The columns of money that are read, none for a summary without any; other tables are refused elsewhere."""
    names = names_of(table)
    if {"monetary_value", *REFUND_COLUMNS} <= names:
        return ("monetary_value", *REFUND_COLUMNS)
    return ("monetary_value",) if "monetary_value" in names or "frequency" not in names else ()


def _fitted(
    summary: Histories,
    law_class: type[PurchaseLaw],
    run: Callable[..., Fit[Any]],
    refunds: RefundRate,
    price: float | None,
    orders: ReadOrders,
    note: str | None = None,
    timed: Timed | None = None,
) -> CustomerModel:
    """The model of a checked summary, in a known unit; without a season, in the calendar's time."""
    assert summary.unit is not None
    if timed is None:
        purchases = run(law_class, summary.table, unit=summary.unit)
    else:
        purchases = timed.fit(law_class, summary.unit, summary.end)
    if price is None:
        spend, first_order = _spend(summary.table, run)
    else:
        spend, first_order = given_price(price, purchases.n), price
    fingerprint = _fingerprint(summary.table, law_class.data_columns)
    return CustomerModel(
        purchases,
        spend,
        summary.unit,
        summary.end,
        fingerprint,
        summary.table,
        refunds=refunds,
        first_order=first_order,
        season=None if timed is None else timed.season,
        spend_orders="repeat" if spend is None or price is not None else orders,
        spend_note=note,
    )


def _chosen_orders(
    tx: Transactions, last: int, unit: Unit, period: Unit | None, price: float | None
) -> tuple[ReadOrders, str | None]:
    """The orders that the spend law reads, and why; there is nothing to choose where no spend law is fitted."""
    if price is not None or not tx.has_amounts:
        return "repeat", None
    choice = choose_spend_orders(tx, last, unit, period)
    return choice.orders, choice.note


@dataclass(frozen=True)
class Timed:
    """Histories in the calendar's time, the season they are read in, and Σ ln s over their repeat purchases."""

    data: FitData
    season: Season
    log_factors: float = 0.0

    def fit(self, law_class: type[PurchaseLaw], unit: Unit, end: date | None) -> Fit[Any]:
        """The law fitted in the season's time; its information criteria count the season's parameters."""
        clock = clock_of(self.season, end, unit)
        fit = fit_to_data(law_class, self.data if clock is None else clock.data(self.data), unit)
        return announced(
            replace(
                fit,
                log_likelihood=fit.log_likelihood + self.log_factors,
                season_parameters=self.season.freedom,
            )
        )


def _seasonal(
    tx: Transactions, season: SeasonChoice, law_class: type[PurchaseLaw], known: Histories, last: int
) -> Timed:
    """The histories of a log, and the season that was asked for."""
    assert known.unit is not None
    data = FitData.read(law_class, known.table)
    found = chosen_season(tx, season, law_class, known.unit, last, data)
    assert found is not None
    days = ShopDays.of(tx, last, data, days_per_unit(known.unit))
    return Timed(data, found, days.log_factors(found))


def _spend(btyd_summary: Table, run: Callable[..., Fit[Any]]) -> tuple[Fit[SpendLaw] | None, float | None]:
    """The spend law and the mean of first orders, if the table has money."""
    columns = from_native(btyd_summary).collect_schema().names()
    if "monetary_value" not in columns:
        return None, None
    return fit_spend(btyd_summary, run), mean_first_order(btyd_summary)


@overload
def predict(
    tx: Transactions[FrameT],
    horizon: Horizon = ...,
    discount_rate: float = ...,
    *,
    model: PurchaseModel = ...,
    unit: Unit = ...,
    spend_orders: SpendOrders = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    season: SeasonChoice = ...,
    price_growth: float = ...,
) -> FrameT: ...


@overload
def predict(
    tx: FrameT,
    horizon: Horizon = ...,
    discount_rate: float = ...,
    *,
    model: PurchaseModel = ...,
    unit: Unit = ...,
    spend_orders: SpendOrders = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    season: SeasonChoice = ...,
    price_growth: float = ...,
) -> FrameT: ...


def predict(
    tx: Any,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    *,
    model: PurchaseModel = "bg-nbd",
    unit: Unit = "W",
    spend_orders: SpendOrders = "repeat",
    margin: float = 1.0,
    interval: float | None = None,
    value_per_order: float | None = None,
    season: SeasonChoice = None,
    price_growth: float = 0.0,
) -> Any:
    """Fit and predict in one call: `fit(tx, model).predict(horizon, …)`.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`. Without `amount` there are no columns of money.
    horizon : str or timedelta
        How far ahead: "52W", "365D", "12M".
    discount_rate : float
        Annual rate; 0.10 means that 1.10 in a year is worth 1 today.
    model : str or type
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb", or the name or class of a law of your own.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the fit.
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the spend law knows a customer, see `clv.fit`.
    margin : float
        Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
    interval : float, optional
        Mass of the predictive interval, for instance 0.9.
    value_per_order : float, optional
        What every order is worth, in currency, in place of the log's amounts.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`.
    price_growth : float
        Annual rate at which order values have grown and will grow, see `CustomerModel.predict`.

    Returns
    -------
    dataframe of the kind that came in
        See `CustomerModel.predict`.

    Raises
    ------
    DataError, FitError
        See `fit` and `CustomerModel.predict`.

    See Also
    --------
    fit : The model alone, for other questions.
    customer_table : Predictions beside RFM scores and segments.

    Examples
    --------
    >>> import clv, rfm
    >>> clv.predict(rfm.datasets.cdnow_sample(), "52W")[["customer_id", "p_alive", "clv"]].head(2).round(2)
       customer_id  p_alive    clv
    0            1     0.66  29.82
    1            2     0.17   2.47
    """
    tx = as_log(tx, "clv.predict")
    check_prediction(
        horizon,
        discount_rate,
        margin=margin,
        interval=interval,
        value_per_order=value_per_order,
        price_growth=price_growth,
        start=tx.last_day,
    )
    fitted = fit(
        tx, model, unit=unit, season=season, spend_orders=spend_orders, value_per_order=value_per_order
    )
    return fitted.predict(horizon, discount_rate, margin=margin, interval=interval, price_growth=price_growth)


def _warn_of_buyers_without_spend(table: Table) -> None:
    """Warn of repeat buyers whose returns, kept as purchases, leave no positive mean for the spend law."""
    repeat = from_native(table).filter(nw.col("frequency") > 0)
    counted = repeat.select(without=nw.when(nw.col("monetary_value") <= 0).then(1).otherwise(0))
    without, buyers = fetch(counted.select(nw.col("without").sum(), rows=nw.len())).row(0)
    if without:
        warn(
            f"{without:,} of {buyers:,} repeat buyers have a mean repeat order of 0 or less. The spend law is "
            "estimated without them and values them at the overall mean. Hint: analyse them separately, by spend in "
            "rfm.summarize(tx).",
        )


def _engine(engine: str) -> Callable[..., Fit[Any]]:
    engines: dict[str, Callable[..., Fit[Any]]] = {"native": _fit_native, "lifetimes": fit_with_lifetimes}
    if not isinstance(engine, str) or engine not in engines:
        raise DataError(f"No engine {received(engine)}. Hint: choose one of {', '.join(engines)}.")
    return engines[engine]


def _fit_native(law_class: type[Law], table: Table, *, unit: str | None) -> Fit[Any]:
    """`clv.fit_law` for a checked table."""
    return announced(fit_to_data(law_class, FitData.read(law_class, table), unit))


def _fingerprint(table: Table, columns: tuple[str, ...]) -> str:
    """A hash of the distinct histories and how often each occurs; the order of the customers does not matter."""
    distinct = compress(table, columns)
    digest = hashlib.sha256()
    for values in (*distinct.arrays, distinct.weights):
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()[:16]
