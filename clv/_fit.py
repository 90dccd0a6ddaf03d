"""From orders, or from a BTYD summary, to a fitted model in one call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
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
from clv._horizons import check_prediction, known_day
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._laws.spend_law import SpendLaw
from clv._log_options import (
    LogOptions,
    as_options,
    check_law,
    fit_log,
    log_length,
    with_first_purchases,
)
from clv._periods import last_whole_end
from clv._refund_log import REFUND_COLUMNS, refund_rate, summary_rate
from clv._refund_rate import RefundRate
from clv._stages import as_log, names_of
from clv._summary import compress, summarize
from clv._units import Horizon, Unit, as_unit
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
    entry_after: Horizon | None = ...,
    first_purchase: Table | str | None = ...,
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
    entry_after: Horizon | None = ...,
    first_purchase: Table | str | None = ...,
    engine: Engine = ...,
    value_per_order: float | None = ...,
) -> CustomerModel[FrameT]: ...


def fit(
    tx: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    entry_after: Horizon | None = None,
    first_purchase: Table | str | None = None,
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
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, as the export of an older shop does. By default
        everybody first seen is new. With "auto" the likelihood is that of what such a log shows, a mixture of new
        customers and of old ones who came back, if this explains better what customers did after they were first seen.
        A length of time such as "26W", or "0D", asks for it in any case, with parameters from those first seen after
        that time only. Predictions are for everybody.
    first_purchase : dataframe or str, optional
        The customers' first purchases of all, where they are known though the log begins later: a table
        `customer_id, first_purchase`, or the name of a column of `tx` (its earliest value of each customer). Purchases
        between that day and the log's beginning are unobserved, not zero. The day of a sign-up is no purchase.
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
        If the data cannot be read (see `rfm.Transactions`), or an option is unknown; if a customer's first purchase is
        missing or contradicts the log; if the law does not say how old customers look (BG/BB, laws of your own).
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

    Examples
    --------
    >>> import clv, rfm
    >>> sample = rfm.datasets.cdnow_sample()
    >>> model = clv.fit(sample, unit="W", end="1997-09-30")
    >>> round(model.purchases.log_likelihood, 3)
    -9582.429
    """
    given, tx = tx, as_log(tx, "clv.fit")
    law_class, run = as_purchase_law(model), _engine(engine)
    options = as_options(entry_after, first_purchase)
    check_law(options, law_class, engine)
    last = tx.last_day if end is None else as_day(end, "end")
    if law_class.discrete:
        last = last_whole_end(last, as_unit(unit), tx.first_day)
    day = day_date(last)
    price = None if value_per_order is None else as_price(value_per_order)
    with netted_once(tx, days=True) if tx.has_amounts and tx.has_returns else nullcontext():
        periods = unit if law_class.discrete else None
        table = from_native(summarize(tx, unit=unit, end=day, discrete=periods))
        known = Histories(to_native(materialise(table)), as_unit(unit), day)
        refunds = refund_rate(tx, last, known.table, as_unit(unit)) if tx.has_amounts else RefundRate()
    if tx.keeps_returns:
        _warn_of_buyers_without_spend(known.table)
    return _fitted(known, law_class, run, refunds, price, options, given)


def fit_summary(
    btyd_summary: FrameT,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit | None = None,
    end: str | date | None = None,
    entry_after: Horizon | None = None,
    first_purchase: Table | None = None,
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
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `fit`; it is taken to begin with the first
        customer seen.
    first_purchase : dataframe, optional
        Known first purchases, `customer_id, first_purchase`, see `fit`; `end` must be known.
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
    options = as_options(entry_after, first_purchase)
    return fit_histories(
        btyd_summary, model, options, unit=unit, end=end, engine=engine, value_per_order=value_per_order
    )


def fit_histories(
    btyd_summary: FrameT,
    model: PurchaseModel,
    options: LogOptions,
    *,
    unit: Unit | None = None,
    end: str | date | None = None,
    engine: Engine = "native",
    value_per_order: float | None = None,
) -> CustomerModel[FrameT]:
    """`fit_summary` with the options of the log as they have been checked, or decided for "auto"."""
    law_class, run = as_purchase_law(model), _engine(engine)
    discrete = ', discrete="M"' if law_class.discrete else ""
    made = f"clv.summarize(tx{discrete})"
    check_law(options, law_class, engine)
    price = None if value_per_order is None else as_price(value_per_order)
    money = _money(btyd_summary)
    columns = (*law_class.data_columns, *money)
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
    return _fitted(Histories(btyd_summary, known, last), law_class, run, refunds, price, options)


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
    options: LogOptions,
    log: Any = None,
) -> CustomerModel:
    """The model of a checked summary, in a known unit."""
    assert summary.unit is not None
    start, unit = None, summary.unit
    if options.asked:
        summary, window = _observed(summary, options, log)
        plain = fit_to_data(law_class, FitData.read(law_class, summary.table), unit)
        purchases, start = fit_log(plain, options, summary.table, unit, window)
        announced(purchases)
    else:
        purchases = run(law_class, summary.table, unit=unit)
    if price is None:
        spend, first_order = _spend(summary.table, run)
    else:
        spend, first_order = given_price(price, purchases.n), price
    fingerprint = _fingerprint(summary.table, law_class.data_columns)
    return CustomerModel(
        purchases,
        spend,
        unit,
        summary.end,
        fingerprint,
        summary.table,
        refunds=refunds,
        first_order=first_order,
        log_start=start,
    )


def _observed(summary: Histories, options: LogOptions, log: Any) -> tuple[Histories, float]:
    """The histories that a log shows, and its length."""
    assert summary.unit is not None
    if options.first_purchase is None:
        return summary, log_length(summary.table, "T", summary.unit)
    last = as_day(known_day(summary.end, "first_purchase="), "end")
    return with_first_purchases(summary, options.first_purchase, log, last)


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
    entry_after: Horizon | None = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
) -> FrameT: ...


@overload
def predict(
    tx: FrameT,
    horizon: Horizon = ...,
    discount_rate: float = ...,
    *,
    model: PurchaseModel = ...,
    unit: Unit = ...,
    entry_after: Horizon | None = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
) -> FrameT: ...


def predict(
    tx: Any,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    *,
    model: PurchaseModel = "bg-nbd",
    unit: Unit = "W",
    entry_after: Horizon | None = None,
    margin: float = 1.0,
    interval: float | None = None,
    value_per_order: float | None = None,
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
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `fit`.
    margin : float
        Share of spend that is kept: 1 values revenue, 0.3 a gross margin of 30%.
    interval : float, optional
        Mass of the predictive interval, for instance 0.9.
    value_per_order : float, optional
        What every order is worth, in currency, in place of the log's amounts.

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
        start=tx.last_day,
    )
    fitted = fit(tx, model, unit=unit, entry_after=entry_after, value_per_order=value_per_order)
    return fitted.predict(horizon, discount_rate, margin=margin, interval=interval)


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
