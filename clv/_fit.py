"""From orders, or from a BTYD summary, to a fitted model in one call."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeAlias, overload

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import ArrayLike

from clv._choice.candidates import CANDIDATES, FALLBACK, is_auto
from clv._choice.choose import choose_law
from clv._choice.refits import MOST_CUSTOMERS, Depends, Refits, Terms
from clv._customer_model import CustomerModel
from clv._fit_options import FitOptions, fit_options, with_columns
from clv._fits.credibility import OrderSums, asked_for
from clv._fits.data import FitData, has_timing
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.fitting import Fitting
from clv._fits.prior import Prior
from clv._fits.spend_fit import as_price, fit_spend, fit_spend_checked, given_price, mean_first_order
from clv._fits.timing import with_k
from clv._forgetting import (
    AUTO,
    Forgetting,
    Memory,
    as_forgetting,
    held_out_days,
    judged,
    refuse_forgetting,
    untested,
)
from clv._histories import Histories, agreed, read_histories
from clv._horizons import check_prediction, clock_of, known_day
from clv._known_base import KnownBase
from clv._laws.forgetting import can_forget
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._laws.spend_law import SpendLaw
from clv._log_options import (
    LogOptions,
    LogStart,
    as_options,
    check_law,
    fit_log,
    log_length,
    with_first_purchases,
)
from clv._order_sums import SpendChoice, as_spend_choice, orders_reader
from clv._periods import last_whole_end
from clv._refund_log import REFUND_COLUMNS, refund_rate, summary_rate
from clv._refund_rate import RefundRate
from clv._retention.advice import advised
from clv._season.choice import refuse_season
from clv._season.season import Season, SeasonChoice
from clv._season.timed_fit import Timed, timed
from clv._spend_choice import choose_spend_orders
from clv._spend_orders import FIRST, ReadOrders, SpendOrders, as_spend_orders
from clv._stages import as_log, names_of
from clv._summary import btyd_summary_of, compress
from clv._units import Horizon, Unit, as_unit, days_per_unit
from clv.errors import FitError
from rfm._customers.customer_base import CustomerBase
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_date, day_text
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT, Table
from rfm._issuing import warn
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = [
    "Engine",
    "PurchaseModel",
    "candidates_to_forget",
    "fit",
    "fit_histories",
    "fit_summary",
    "memory_of",
    "predict",
    "refits_for",
    "with_spend",
]

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
    entry_after: Horizon | None = ...,
    first_purchase: Table | str | None = ...,
    covariates: Table | None = ...,
    purchase: str | Sequence[str] = ...,
    dropout: str | Sequence[str] = ...,
    spend: str | Sequence[str] = ...,
    spend_orders: SpendOrders = ...,
    prior: Prior | None = ...,
    weights: str | Table | None = ...,
    engine: Engine = ...,
    value_per_order: float | None = ...,
    k: int | None = ...,
    forgetting: Forgetting = ...,
    spend_law: SpendChoice = ...,
) -> CustomerModel[FrameT]: ...


@overload
def fit(
    tx: FrameT,
    model: PurchaseModel = ...,
    *,
    unit: Unit = ...,
    end: str | date | None = ...,
    season: SeasonChoice = ...,
    entry_after: Horizon | None = ...,
    first_purchase: Table | str | None = ...,
    covariates: Table | None = ...,
    purchase: str | Sequence[str] = ...,
    dropout: str | Sequence[str] = ...,
    spend: str | Sequence[str] = ...,
    spend_orders: SpendOrders = ...,
    prior: Prior | None = ...,
    weights: str | Table | None = ...,
    engine: Engine = ...,
    value_per_order: float | None = ...,
    k: int | None = ...,
    forgetting: Forgetting = ...,
    spend_law: SpendChoice = ...,
) -> CustomerModel[FrameT]: ...


def fit(
    tx: Any,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit = "W",
    end: str | date | None = None,
    season: SeasonChoice = None,
    entry_after: Horizon | None = None,
    first_purchase: Table | str | None = None,
    covariates: Table | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    spend_orders: SpendOrders = "repeat",
    prior: Prior | None = None,
    weights: str | Table | None = None,
    engine: Engine = "native",
    value_per_order: float | None = None,
    k: int | None = None,
    forgetting: Forgetting = None,
    spend_law: SpendChoice = "auto",
) -> CustomerModel:
    """Fit a purchase law and the Gamma-Gamma spend law to a log of transactions.

    Parameters
    ----------
    tx : Transactions, dataframe or CustomerBase
        A dataframe needs the columns `customer_id` and `date`. Without `amount` the model is one of purchases only. A
        `rfm.CustomerBase` is fitted without its history: with a law that is named, and without what only a log shows
        (a season, `entry_after`, `first_purchase`, "auto", a k to be chosen, refunds and their delays); Gamma-Gamma is
        then not compared with the orders' analysis of variance.
    model : str or type
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "ggompertz-nbd", "bg-bb"; for customers who
        buy at regular intervals "mbg-cnbd" or "bg-cnbd", which choose k, or "mbg-cnbd-2", which has it; or the name or
        class of a law of your own (see `clv.register_law`). "auto" chooses the law that predicts held-out parts of this
        log best; `model.choice` says which and why (see `clv.Choice`).
    unit : {"D", "W", "M", "Y"}
        Unit of time; it changes the parameters' scale and no prediction. For BG/BB the length of a period.
    end : str or date, optional
        Last day of observation, inclusive; by default the log's last day. For BG/BB the last whole period ends there
        or before it.
    season : {None, "auto", "month", "week"} or Season
        The season, in whose time the purchase law is fitted and predicts: learned from this log by month, or as a curve
        by week, from two cycles of 52 weeks on; "auto" learns both, and keeps the better one if it predicts the last
        part of the log better than none; or one whose factors are known, see `clv.Season.from_factors`.
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
    covariates : dataframe, optional
        `customer_id` and columns that were known of each customer from the start: numbers, or categories as texts.
        By default columns of the BTYD summary, such as `first_order_spend`.
    purchase, dropout, spend : str or sequence of str
        The columns on which the purchase rate, the end of purchases, and the worth of orders depend. Of a category the
        first level, by text, is the reference, whose parameters are those of the law; each other level has a
        coefficient. A positive one means more purchases, an earlier end, or dearer orders (see `fit_covariates`).
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the spend law knows a customer: the repeat orders; or all, so that one-time buyers are
        valued by their own order, which is fair where first orders are like later ones (see Notes); or whichever
        predicts later orders better, as tested on the last part of the log. `model.summary()` says what was chosen.
    prior : Prior, optional
        Weak priors on means and concentrations, and on coefficients: each, per standard deviation of its covariate, is
        around 0 with the spread of a mean. The estimates are then the mode of the posterior.
    weights : str or dataframe, optional
        How many customers each one stands for in the fit, where the log is a sample: the name of a column of
        `covariates`, or a table of `customer_id` and one more column. Predictions are of the customers themselves.
    engine : {"native", "lifetimes"}
        "lifetimes" fits with that package's fitters, for comparison.
    value_per_order : float, optional
        What every order is worth, in currency, in place of a spend law. Without it, a log without amounts makes a
        model of purchases only, whose predictions have no columns of money.
    k : int, optional
        For "mbg-cnbd" and "bg-cnbd", the phases of a gap between purchases, from 1 (random moments) to 12; by default
        the k that makes all purchase times most likely. `model.purchases.by_k` has the log-likelihoods.
    forgetting : {None, "auto"} or float, optional
        Where rates of purchase drift, the share of each history from which today's rate is known, above 0 and at most
        1: the rate of a customer alive is then Gamma(r + φx, α + φT). "auto" chooses it by the log score of customers'
        purchases in the last part of the log, and forgets nothing unless that pays clearly; `model.summary()` says what
        was chosen. The laws' parameters and P(alive) are those of whole histories. Not for BG/BB, laws of your own and
        logs that begin mid-history.
    spend_law : {"auto", "gamma-gamma", "credibility"}
        By default Gamma-Gamma; where it comes out with all customers alike and an analysis of variance of the orders
        contradicts it, `CredibilitySpend`, with a warning that says so. The other two ask for one of them.

    Returns
    -------
    CustomerModel
        It keeps the BTYD summary of these customers, in the log's kind of dataframe.

    Raises
    ------
    DataError
        If the data cannot be read (see `rfm.Transactions`), or an option is unknown; if a season is to be learned from
        less than two cycles, there is one for BG/BB, or a purchase on a day whose factor is 0; if a covariate is
        missing for a customer, or the law has no part that depends on it; if a
        customer's first purchase is missing or contradicts the log, or the law does not say how old customers look
        (BG/BB, laws of your own); with "auto", if `engine`, `weights` or `first_purchase` is given; if a customer base
        is given with what needs the log.
    FitError
        If the data do not hold enough information; the message says what is missing. If a covariate is constant, or
        follows from the others.

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

    With a table of covariates; "shop", the first level, is the reference:

    >>> table = sample[["customer_id"]].drop_duplicates()
    >>> table["channel"] = ["web" if customer % 2 else "shop" for customer in table["customer_id"]]
    >>> by_channel = clv.fit(sample, end="1997-09-30", covariates=table, purchase="channel", spend="channel")
    >>> list(by_channel.purchases.effects), list(by_channel.spend.effects)
    (['purchase[channel=web]'], ['spend[channel=web]'])
    >>> newcomer = by_channel.new_customer("52W", covariates={"channel": "web"})
    """
    if isinstance(tx, CustomerBase):
        source = KnownBase(tx, "clv.fit")
        source.check_law(model, k)
        asked_for_log = {"season": season, "entry_after": entry_after, "first_purchase": first_purchase}
        choices = {"spend_orders": spend_orders, "forgetting": forgetting, "spend_law": spend_law}
        source.check_options(asked_for_log | choices)
        as_spend_choice(spend_law)
        source.check_refunds()
        return fit_histories(
            source.summary(unit, end),
            model,
            LogOptions(),
            covariates=covariates,
            purchase=purchase,
            dropout=dropout,
            spend=spend,
            spend_orders=spend_orders,
            prior=prior,
            weights=weights,
            engine=engine,
            value_per_order=value_per_order,
            k=k,
            forgetting=forgetting,  # type: ignore[arg-type]  # "auto" has been refused
        )
    given, tx = tx, as_log(tx, "clv.fit")
    auto, orders, choice = is_auto(model), as_spend_orders(spend_orders), None
    if auto and k is not None:
        raise DataError(
            f"model='auto' chooses the law, and k={received(k)} is an option of the laws of regular buyers. "
            'Hint: leave out k=, or model="mbg-cnbd".'
        )
    law_class = with_k(as_purchase_law(FALLBACK if auto else model), k)
    options = fit_options(law_class, engine, purchase, dropout, spend, prior, value_per_order)
    refuse_season(season, law_class, engine)
    begins = as_options(entry_after, first_purchase)
    check_law(begins, law_class, engine)
    kept = as_forgetting(forgetting)
    refuse_forgetting(kept, law_class, begins.asked, season)
    chosen = as_spend_choice(spend_law)
    _refuse_credibility(chosen, tx, law_class, options, begins, weights, value_per_order)
    _refuse_together(begins, season, orders, options, weights)
    last = tx.last_day if end is None else as_day(end, "end")
    if law_class.discrete:
        last = last_whole_end(last, as_unit(unit), tx.first_day)
    day = day_date(last)
    price = None if value_per_order is None else as_price(value_per_order)
    twice = auto or kept == AUTO or season is not None or (tx.has_amounts and tx.has_returns)
    with netted_once(tx, days=True) if twice else nullcontext():
        if auto:
            _refuse_untested(engine, weights, begins)
            depends = Depends.of(covariates, purchase, dropout, spend)
            terms = Terms(as_unit(unit), season, begins, depends, prior)
            choice = choose_law(_refits(tx, terms), last, candidates_to_forget(kept))
            law_class = as_purchase_law(choice.law)
        periods = unit if law_class.discrete else None
        gaps = has_timing(law_class)
        table = from_native(btyd_summary_of(tx, as_unit(unit), last, periods, gaps=gaps))
        known = Histories(to_native(materialise(table)), as_unit(unit), day)
        refunds = refund_rate(tx, last, known.table, as_unit(unit)) if tx.has_amounts else RefundRate()
        in_season = None if season is None else timed(tx, season, law_class, known, last, begins.entry)
        note = None
        if orders == "auto":
            orders, note = _chosen_orders(tx, last, as_unit(unit), periods, price)
        if tx.keeps_returns and tx.has_amounts:
            _warn_of_buyers_without_spend(known.table)
        roles: dict[str, Any] = {"covariates": covariates, "purchase": purchase, "dropout": dropout}
        memory = memory_of(kept, tx, law_class, last, unit=unit, prior=prior, weights=weights, **roles)
        known, options = with_columns(known, options, covariates, weights)
        whole = begins.first_purchase is None and weights is None  # histories, each of one customer
        read = orders_reader(tx, last, law_class.discrete) if whole else None
        asked = _Asked(orders, note, in_season, begins, given, memory, chosen, read)
        return replace(_fitted(known, law_class, options, refunds, price, asked), choice=choice)


def candidates_to_forget(kept: Forgetting) -> tuple[str, ...]:
    """The laws among which one is chosen: with `forgetting`, those that can forget."""
    return tuple(name for name in CANDIDATES if kept is None or can_forget(as_purchase_law(name)))


def refits_for(
    tx: Transactions,
    *,
    unit: Unit = "W",
    season: SeasonChoice = None,
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders = "repeat",
    covariates: Table | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    prior: Prior | None = None,
) -> Refits:
    """The fits at earlier days of a log, with options as `fit` takes and checks them."""
    law_class, begins = as_purchase_law(FALLBACK), as_options(entry_after, None)
    options = fit_options(law_class, "native", purchase, dropout, spend, prior, None)
    refuse_season(season, law_class)
    _refuse_together(begins, season, as_spend_orders(spend_orders), options, None)
    depends = Depends.of(covariates, purchase, dropout, spend)
    return _refits(tx, Terms(as_unit(unit), season, begins, depends, prior))


def _refits(tx: Transactions, terms: Terms) -> Refits:
    return Refits(tx, terms, fit_histories, most=MOST_CUSTOMERS, lenient=True)


def _refuse_untested(engine: str, weights: Any, begins: LogOptions) -> None:
    """Refuse options with which laws cannot be compared on the past."""
    others = {
        f"engine={engine!r}": engine != "native",
        "weights=": weights is not None,
        "first_purchase=": begins.first_purchase is not None,
    }
    for option, given in others.items():
        if given:
            raise DataError(
                f"model='auto' compares laws on held-out parts of the log, and that does not know {option}. "
                'Hint: name a law, model="mbg-nbd", "bg-nbd" or "pareto-nbd".'
            )


def fit_summary(
    btyd_summary: FrameT,
    model: PurchaseModel = "bg-nbd",
    *,
    unit: Unit | None = None,
    end: str | date | None = None,
    season: Season | None = None,
    entry_after: Horizon | None = None,
    first_purchase: Table | None = None,
    covariates: Table | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    spend_orders: SpendOrders = "repeat",
    prior: Prior | None = None,
    weights: str | ArrayLike | None = None,
    engine: Engine = "native",
    value_per_order: float | None = None,
    k: int | None = None,
    forgetting: float | None = None,
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
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "ggompertz-nbd", "bg-bb"; for customers who
        buy at regular intervals "mbg-cnbd" or "bg-cnbd", which choose k, or "mbg-cnbd-2", which has it; or the name or
        class of a law of your own (see `clv.register_law`). A summary does not show which law predicts best;
        `clv.fit` of the log does.
    unit : {"D", "W", "M", "Y"}, optional
        The unit that the summary's times are in, where it has no column `unit`.
    end : str or date, optional
        Last day of observation, where the summary has no column `end`; a time of day is dropped. `due` and calendar
        dates need it.
    season : Season, optional
        Known factors, in whose time the purchase law is fitted and predicts; they need `end`. A summary does not hold
        the days of all purchases, from which a season is learned: `clv.fit` does that, or `clv.Season.fit`. For the
        same reason the log-likelihood is that of the histories in the season's time, and does not compare with others.
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `fit`; it is taken to begin with the first
        customer seen.
    first_purchase : dataframe, optional
        Known first purchases, `customer_id, first_purchase`, see `fit`; `end` must be known.
    covariates : dataframe, optional
        `customer_id` and columns that were known of each customer from the start: numbers, or categories as texts.
        By default columns of the summary itself.
    purchase, dropout, spend : str or sequence of str
        The columns on which the purchase rate, the end of purchases, and the worth of orders depend. Of a category the
        first level, by text, is the reference, whose parameters are those of the law; each other level has a
        coefficient. A positive one means more purchases, an earlier end, or dearer orders (see `fit_covariates`).
    spend_orders : {"repeat", "all"}
        The orders from which the spend law knows a customer, see `clv.fit`; "all" needs the column
        `first_order_spend`. To choose, `clv.fit` needs the log.
    prior : Prior, optional
        Weak priors on means and concentrations, and on coefficients: each, per standard deviation of its covariate, is
        around 0 with the spread of a mean. The estimates are then the mode of the posterior.
    weights : str or array_like, optional
        How many customers each row stands for in the fit: the name of a column, or one number per row. Predictions are
        of the rows themselves.
    engine : {"native", "lifetimes"}
        "lifetimes" fits with that package's fitters, for comparison.
    value_per_order : float, optional
        What every order is worth, in currency, in place of a spend law. Without it, a log without amounts makes a
        model of purchases only, whose predictions have no columns of money.
    k : int, optional
        For "mbg-cnbd" and "bg-cnbd", the phases of a gap between purchases, from 1 (random moments) to 12; by default
        the k that makes all purchase times most likely, for which the summary needs the column `sum_log_gaps`.
    forgetting : float, optional
        Where rates of purchase drift, the share of each history from which today's rate is known, see `clv.fit`; to
        choose it, `clv.fit` needs the log.

    Returns
    -------
    CustomerModel
        It keeps the summary.

    Raises
    ------
    DataError
        If a column is missing, the unit is not known, `unit` or `end` is not that of the summary, a customer has two
        rows or an invalid history, an option is unknown, or `end` is no date; if a covariate is missing for a customer,
        or the law has no part that depends on it.
    FitError
        If the data do not hold enough information, a covariate is constant, or follows from the others.

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
    begins = as_options(entry_after, first_purchase)
    return fit_histories(
        btyd_summary,
        model,
        begins,
        unit=unit,
        end=end,
        season=season,
        covariates=covariates,
        purchase=purchase,
        dropout=dropout,
        spend=spend,
        spend_orders=spend_orders,
        prior=prior,
        weights=weights,
        engine=engine,
        value_per_order=value_per_order,
        k=k,
        forgetting=forgetting,
    )


def fit_histories(
    btyd_summary: FrameT,
    model: PurchaseModel,
    begins: LogOptions,
    *,
    unit: Unit | None = None,
    end: str | date | None = None,
    season: Season | None = None,
    covariates: Table | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    spend_orders: SpendOrders = "repeat",
    prior: Prior | None = None,
    weights: str | ArrayLike | None = None,
    engine: Engine = "native",
    value_per_order: float | None = None,
    money: bool = True,
    k: int | None = None,
    log_gaps: float | None = None,
    forgetting: float | None = None,
    orders_of: Callable[[], OrderSums] | None = None,
) -> CustomerModel[FrameT]:
    """`fit_summary` with the options of the log as they have been checked, or decided for "auto".

    Without `money` no law of spend is fitted. `log_gaps` is the sum of the logarithms of all times between purchases in
    the season's time, and `orders_of` reads the repeat orders, where the summary is that of a log.
    """
    if is_auto(model):
        raise DataError(
            "model='auto' chooses a law by what each predicts of later purchases, which a summary does not show. "
            'Hint: clv.fit(tx, "auto") of the log; or name a law, such as model="mbg-nbd".'
        )
    law_class, orders = with_k(as_purchase_law(model), k), as_spend_orders(spend_orders)
    options = fit_options(law_class, engine, purchase, dropout, spend, prior, value_per_order)
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
    check_law(begins, law_class, engine)
    kept = as_forgetting(forgetting)
    if kept == AUTO:
        raise DataError(
            "forgetting='auto' is decided by what customers bought later, which a summary does not show. "
            'Hint: clv.fit(tx, forgetting="auto") of the log; or a number.'
        )
    refuse_forgetting(kept, law_class, begins.asked)
    _refuse_together(begins, season, orders, options, weights)
    discrete = ', discrete="M"' if law_class.discrete else ""
    made = f"clv.summarize(tx{discrete})"
    price = None if value_per_order is None else as_price(value_per_order)
    paid = _money(btyd_summary) if money else ()
    first = (FIRST,) if paid and orders == "all" and price is None else ()
    if first and FIRST not in (names := names_of(btyd_summary)) and "frequency" in names:
        raise DataError(
            f"btyd_summary has no column {FIRST!r}, which spend_orders='all' reads. "
            f'Hint: {made} adds it; or spend_orders="repeat".'
        )
    columns = tuple(dict.fromkeys((*law_class.data_columns, *paid, *first)))
    day = None if end is None else day_date(as_day(end, "end"))
    histories = read_histories(btyd_summary, law_class, columns, "btyd_summary", made)
    known = agreed("unit", histories.unit, None if unit is None else as_unit(unit), "the table")
    if known is None:
        raise DataError(
            "btyd_summary has no column 'unit', so the unit of its times is unknown. "
            f'Hint: unit="D", "W", "M" or "Y", whichever it is; {made} adds the column.'
        )
    last = agreed("end", histories.end, day, "the table")
    refunds = summary_rate(btyd_summary, known) if paid else RefundRate()
    in_season = None if season is None else Timed(season, log_gaps=log_gaps)
    checked, options = with_columns(Histories(btyd_summary, known, last), options, covariates, weights)
    memory = Memory() if kept is None else Memory(float(kept))
    asked = _Asked(orders, None, in_season, begins, memory=memory, orders_of=orders_of, money=money)
    return _fitted(checked, law_class, options, refunds, price, asked)


def with_spend(
    model: CustomerModel,
    orders: ReadOrders,
    price: float | None,
    depends: Depends | None,
    prior: Prior | None,
    orders_of: Callable[[], OrderSums] | None = None,
) -> CustomerModel:
    """A model of purchases with the law of spend of its customers, or with a price for every order."""
    if price is not None:
        return replace(model, spend=given_price(price, model.purchases.n), first_order=price)
    roles = ((), (), ()) if depends is None else (depends.purchase, depends.dropout, depends.spend)
    options = fit_options(type(model.purchases.law), "native", *roles, prior, None)
    assert model.customers is not None
    known, options = with_columns(Histories(model.customers, model.unit, model.end), options, None, None)
    spend, first_order = _spend(known.table, options, None, _Asked(orders, orders_of=orders_of))
    return replace(
        model, spend=spend, first_order=first_order, spend_orders="repeat" if spend is None else orders
    )


def _money(table: Table) -> tuple[str, ...]:
    """The columns of money that are read, none for a summary without any; other tables are refused elsewhere."""
    names = names_of(table)
    if {"monetary_value", *REFUND_COLUMNS} <= names:
        return ("monetary_value", *REFUND_COLUMNS)
    return ("monetary_value",) if "monetary_value" in names or "frequency" not in names else ()


@dataclass(frozen=True)
class _Asked:
    """What was asked of a fit and decided: the orders read, and why; the season; how the log begins; what is forgotten;
    which spend law; and how to read the repeat orders."""  # fmt: skip

    orders: ReadOrders = "repeat"
    note: str | None = None
    timed: Timed | None = None
    begins: LogOptions = field(default_factory=LogOptions)
    log: Any = None
    memory: Memory = field(default_factory=Memory)
    spend_law: SpendChoice = "auto"
    orders_of: Callable[[], OrderSums] | None = None
    money: bool = True


def _refuse_together(
    begins: LogOptions, season: Any, orders: SpendOrders, options: FitOptions, weights: Any
) -> None:
    """Refuse what cannot be estimated together."""
    if weights is not None and season is not None:
        raise DataError(
            "season= and weights= cannot be estimated together: the days of purchases are not weighted. "
            "Hint: leave out one of them."
        )
    if weights is not None and orders == "auto":
        raise DataError('spend_orders=\'auto\' does not know weights=. Hint: spend_orders="repeat" or "all".')
    if not begins.asked:
        return
    fitting = options.fitting
    name = "entry_after=" if begins.first_purchase is None else "first_purchase="
    others = {
        "covariates=": bool(fitting.purchase or fitting.dropout or fitting.spend),
        "prior=": fitting.prior is not None,
        "weights=": weights is not None,
        f"spend_orders={orders!r}": begins.first_purchase is not None and orders != "repeat",
    }
    for other, given in others.items():
        if given:
            raise DataError(f"{name} and {other} cannot be estimated together. Hint: leave out one of them.")


def _fitted(
    summary: Histories,
    law_class: type[PurchaseLaw],
    options: FitOptions,
    refunds: RefundRate,
    price: float | None,
    asked: _Asked,
) -> CustomerModel:
    """The model of a checked summary, in a known unit; without a season, in the calendar's time."""
    assert summary.unit is not None
    fitting, unit, start, within = options.fitting, summary.unit, None, None
    if asked.begins.asked:
        summary, window = _observed(summary, asked.begins, asked.log)
        within = window if asked.begins.first_purchase is not None else None
        purchases, start = _fitted_to_log(summary, window, law_class, asked)
    elif asked.timed is None:
        purchases = advised(
            lambda: options.run(law_class, summary.table, unit=unit), law_class, summary.table, unit
        )
    else:
        purchases = asked.timed.fit(law_class, fitting, summary)
    spend: Fit[SpendLaw] | None = None
    first_order: float | None = None
    if not asked.money:
        pass  # nobody asks what an order is worth
    elif price is None:
        spend, first_order = _spend(summary.table, options, within, asked)
    else:
        spend, first_order = given_price(price, purchases.n), price
    return CustomerModel(
        purchases,
        spend,
        unit,
        summary.end,
        _fingerprint(summary.table, law_class, fitting),
        summary.table,
        refunds=refunds,
        first_order=first_order,
        season=None if asked.timed is None else asked.timed.season,
        spend_orders="repeat" if spend is None or price is not None else asked.orders,
        spend_note=asked.note,
        prior=fitting.prior,
        weights=fitting.weights,
        log_start=start,
        memory=asked.memory,
    )


def _fitted_to_log(
    summary: Histories, window: float, law_class: type[PurchaseLaw], asked: _Asked
) -> tuple[Fit[Any], LogStart]:
    """The fit to a log that may begin in the middle of histories, and what it says of that."""
    unit, timed_by = summary.unit, asked.timed
    assert unit is not None
    clock = None if timed_by is None else clock_of(timed_by.season, summary.end, unit)
    data = FitData.read(law_class, summary.table)
    plain = fit_to_data(law_class, data if clock is None else clock.data(data), unit)
    days = window * days_per_unit(unit)
    fit, start = fit_log(plain, asked.begins, summary.table, unit, days, clock)
    if timed_by is not None and start.window:
        begin = as_day(known_day(summary.end, "A season"), "end") - round(days) + 1
        fit = timed_by.in_log(fit, data, days_per_unit(unit), begin)
    elif timed_by is not None:
        fit = timed_by.counted(fit)
    return announced(fit), start


def memory_of(
    kept: Forgetting, tx: Transactions, law_class: type[PurchaseLaw], last: int, **options: Any
) -> Memory:
    """The factor of forgetting; "auto" is judged on the last part of the log by a fit to what came before."""
    if kept != AUTO:
        return Memory() if kept is None else Memory(float(kept))
    days = held_out_days(tx, last)
    if not days:
        return untested("short")
    origin = last - days
    if not (options.get("purchase") or options.get("dropout") or isinstance(options.get("weights"), str)):
        options.pop("covariates", None)  # those of spend
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a fit that is thrown away
            earlier: Any = fit(tx, law_class, end=day_date(origin), value_per_order=1.0, **options)
    except FitError:
        return untested("no law", origin=day_text(origin))
    base = earlier._reader.base(earlier.customers)
    return judged(tx, earlier._laws[0], base, earlier.customers, origin, last, earlier.unit)


def _refuse_credibility(
    chosen: SpendChoice,
    tx: Transactions,
    law_class: type[PurchaseLaw],
    options: FitOptions,
    begins: LogOptions,
    weights: Any,
    value_per_order: float | None,
) -> None:
    """Refuse what a credibility mean cannot be estimated with."""
    if chosen != "credibility":
        return
    reasons = {
        "spend=": bool(options.fitting.spend),
        "prior=": options.fitting.prior is not None,
        "weights=": weights is not None,
        "first_purchase=": begins.first_purchase is not None,
        "value_per_order=": value_per_order is not None,
        "engine=": options.engine is not None,
        f"model={law_class.name!r}": law_class.discrete,
        "a log without amounts": not tx.has_amounts,
        "returns='keep'": tx.keeps_returns,
    }
    for other, given in reasons.items():
        if given:
            raise DataError(
                f"spend_law='credibility' and {other} cannot be used together. Hint: leave out one of them."
            )


def _observed(summary: Histories, options: LogOptions, log: Any) -> tuple[Histories, float]:
    """The histories that a log shows, and its length."""
    assert summary.unit is not None
    if options.first_purchase is None:
        return summary, log_length(summary.table, "T", summary.unit)
    last = as_day(known_day(summary.end, "first_purchase="), "end")
    return with_first_purchases(summary, options.first_purchase, log, last)


def _chosen_orders(
    tx: Transactions, last: int, unit: Unit, period: Unit | None, price: float | None
) -> tuple[ReadOrders, str | None]:
    """The orders that the spend law reads, and why; there is nothing to choose where no spend law is fitted."""
    if price is not None or not tx.has_amounts:
        return "repeat", None
    choice = choose_spend_orders(tx, last, unit, period)
    return choice.orders, choice.note


def _spend(
    btyd_summary: Table, options: FitOptions, within: float | None, asked: _Asked
) -> tuple[Fit[SpendLaw] | None, float | None]:
    """The spend law and the mean of first orders, if the table has money."""
    columns = from_native(btyd_summary).collect_schema().names()
    depends = options.fitting.spend
    if "monetary_value" not in columns:
        if depends:
            raise DataError(
                f"spend={list(depends)!r}: the log has no amounts, so that there is no spend law. "
                "Hint: leave out spend=."
            )
        return None, None
    weights = options.fitting.weights
    first = mean_first_order(btyd_summary, weights, within)
    if asked.spend_law == "credibility" and asked.orders_of is not None:
        return asked_for(asked.orders_of()), first
    if asked.spend_law == "gamma-gamma" or asked.orders_of is None or depends or options.engine is not None:
        return fit_spend(btyd_summary, options.run, weights, depends), first
    return fit_spend_checked(btyd_summary, options.fitting, asked.orders_of), first


@overload
def predict(
    tx: Transactions[FrameT],
    horizon: Horizon = ...,
    discount_rate: float = ...,
    *,
    model: PurchaseModel = ...,
    unit: Unit = ...,
    entry_after: Horizon | None = ...,
    spend_orders: SpendOrders = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    season: SeasonChoice = ...,
    price_growth: float = ...,
    k: int | None = ...,
    prior: Prior | None = ...,
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
    spend_orders: SpendOrders = ...,
    margin: float = ...,
    interval: float | None = ...,
    value_per_order: float | None = ...,
    season: SeasonChoice = ...,
    price_growth: float = ...,
    k: int | None = ...,
    prior: Prior | None = ...,
) -> FrameT: ...


def predict(
    tx: Any,
    horizon: Horizon = "52W",
    discount_rate: float = 0.10,
    *,
    model: PurchaseModel = "bg-nbd",
    unit: Unit = "W",
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders = "repeat",
    margin: float = 1.0,
    interval: float | None = None,
    value_per_order: float | None = None,
    season: SeasonChoice = None,
    price_growth: float = 0.0,
    k: int | None = None,
    prior: Prior | None = None,
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
        The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", "ggompertz-nbd", "bg-bb"; for customers who
        buy at regular intervals "mbg-cnbd" or "bg-cnbd", which choose k, or "mbg-cnbd-2", which has it; or the name or
        class of a law of your own; "auto" chooses one, see `clv.fit`.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the fit.
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `fit`.
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
    k : int, optional
        For "mbg-cnbd" and "bg-cnbd", the phases of a gap between purchases; by default chosen, see `clv.fit`.
    prior : Prior, optional
        Weak priors for logs that say little of dropout, see `clv.fit`.

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
        tx,
        model,
        unit=unit,
        season=season,
        entry_after=entry_after,
        spend_orders=spend_orders,
        prior=prior,
        value_per_order=value_per_order,
        k=k,
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


def _fingerprint(table: Table, law_class: type[PurchaseLaw], fitting: Fitting) -> str:
    """A hash of the distinct histories and how often each occurs; the order of the customers does not matter.

    Covariates and weights are read with the histories.
    """
    distinct, data = compress(table, law_class.data_columns), None
    arrays = [*distinct.arrays, distinct.weights]
    if fitting.design is not None or fitting.weights is not None:
        data = FitData.read(law_class, table, fitting.weights, design=fitting.design)
        arrays += [*data.columns, data.weights]
    elif has_timing(law_class):
        data = FitData.read(law_class, table)
    if data is not None and data.log_gaps is not None:
        arrays.append(data.log_gaps)
    digest = hashlib.sha256()
    for values in arrays:
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()[:16]
