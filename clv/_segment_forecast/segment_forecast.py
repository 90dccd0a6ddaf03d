"""How many customers each segment will hold, date by date, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel
from clv._fits.posterior import Budget
from clv._given_model import period_of
from clv._horizons import days_ahead
from clv._laws.by_covariates import keys
from clv._numerics import central_interval
from clv._past_errors.interval_from import LAW, IntervalFrom, as_interval_from
from clv._past_errors.past_errors import PastErrors
from clv._periods import last_whole_end
from clv._season.season import SeasonChoice
from clv._segment_forecast.facts import Facts
from clv._segment_forecast.futures import Counted, Shop, counted
from clv._segment_forecast.log_model import (
    base_of,
    errors_of,
    futures_of,
    laws_drawn,
    line_of,
    modelled,
    ratios_drawn,
)
from clv._segment_forecast.newcomers import Newcomers, NewcomersOption, as_newcomers
from clv._segment_forecast.segment_rules import SegmentRules
from clv._stages import as_log
from clv._units import Horizon, Unit
from clv._values.forecast import period_edges
from clv._values.simulated_future import Base
from clv._values.totals import refuse_endless
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_date
from rfm._defaults import SCHEME
from rfm._frames.execution import fetch
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import interval_mass, seed_number
from rfm._orders.transactions import Transactions
from rfm._schemes.assigning import other_bins
from rfm._schemes.scheme import Scheme, segmented
from rfm._scores.bins import same_bins
from rfm._scores.score import prepared
from rfm._scores.scorer import Scorer, as_scorer, scored
from rfm._segment import scheme_for
from rfm.errors import DataError, SchemeError

__all__ = ["segment_forecast"]

FUTURES: Final = 400
DRAWS: Final = Budget(1e6, 100, FUTURES)  # of the laws, which futures share where there are many customers
POINT: Final = 200  # futures for expectations, where those for intervals have errors of their own
MONEY: Final = frozenset({"M", "monetary", "rfm", "spend", "first_order_spend", "composite"})


def segment_forecast(
    tx: Transactions[Any] | Table,
    scheme: str | Path | Scheme = SCHEME,
    horizon: Horizon = "52W",
    *,
    every: Horizon | None = "13W",
    as_of: str | date | None = None,
    attributes: Table | None = None,
    scorer: Scorer | None = None,
    model: PurchaseModel | CustomerModel = "auto",
    unit: Unit | None = None,
    season: SeasonChoice = None,
    newcomers: NewcomersOption = None,
    interval: float = 0.9,
    interval_from: IntervalFrom | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """How many customers each segment will hold, with intervals: simulated futures, scored with today's cut points.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be read.
    scheme : str, path or Scheme
        The segment scheme; by default "classic", or "lifecycle" for a log without amounts, see `rfm.segment`.
    horizon : str or timedelta
        How far ahead; finite.
    every : str or timedelta, optional
        The time between two dates, as in `CustomerModel.forecast`; None for the end of the horizon alone.
    as_of : str or date, optional
        Today: the last day that counts, inclusive; by default the log's last day. With "bg-bb" the last whole period
        ends there or before it.
    attributes : dataframe, optional
        Columns to join by `customer_id`, for rules to use. They stay as they are; newcomers have none.
    scorer : Scorer, optional
        Cut points learned before; by default they are learned on this day. It must not count order ids.
    model : str, type or CustomerModel
        The purchase law to fit to this log, see `clv.fit`, by default the one that predicts held-out parts of it best;
        or a model that has been fitted already, whose options are its own.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of the fit, by default "W"; a fitted model has its own.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`; a fitted model has its own.
    newcomers : float or "last year", optional
        New customers a week, or "last year" for the rate of first purchases in the last 52 weeks of the log. By default
        none: the forecast is of the customers of today.
    interval : float
        Mass of the intervals.
    interval_from : {"law", "law and its past errors", "law and typical errors"}, optional
        Which errors futures have: none but the law's own randomness and parameters, or also those, common to all
        customers, that totals had in the past of this log, or have on other logs. By default the past errors: the
        model's, or else they are learned here.
    seed : int
        Of the simulation; with the same seed the answer is the same.

    Returns
    -------
    pandas.DataFrame
        For today and each later date one row per segment of the scheme, in its order: `date`; `segment`, an ordered
        categorical; `customers`, `customers_low`, `customers_high`; `share` of all customers of that date, `share_low`,
        `share_high`; `interval_from`; and `correction`, the factor by which the law's expected purchases of the period
        before the date were corrected (see `PastErrors.correction`). On the first date all is known.

    Raises
    ------
    DataError
        If an option is invalid; rules read money, and the model has no law of spend; past errors are asked for, and
        the log is too short for them. See also `clv.fit`.
    SchemeError
        If the scheme or the scorer counts order ids, which no law predicts; see also `rfm.segment`.
    FitError
        See `clv.fit`.

    Warns
    -----
    FitWarning
        See `clv.fit` and `CustomerModel.predict`.

    See Also
    --------
    rfm.migration : How customers have moved. `Migration.expected_path` goes on with its rates, as a Markov chain.
    CustomerModel.forecast : Purchases, revenue and active customers.
    clv.plot.segment_forecast : A picture of it.

    Notes
    -----
    In each of 400 futures the parameters are drawn from their posterior, each customer is alive or has left, and buys,
    spends and leaves as the law says; recency, frequency and monetary value follow, and are scored. An order is a
    purchase day, and its value is net of the share that the customer usually returns. Where the shop's error is a
    factor of the purchases in a period, time goes faster or more slowly in that future, so that the customers of today
    are expected to buy as much; the worth of orders has a factor of its own. Expectations are means over 200 futures
    without such errors. Of more than 20,000 customers each future simulates a sample; the spread that this adds is
    estimated from its halves, and taken out of the intervals.

    A Markov chain forgets that a customer who has been silent for long is probably gone, and a segment's mean history
    is not that of its newest members. The law knows each customer's.

    Examples
    --------
    >>> import clv, rfm
    >>> log = rfm.datasets.cdnow_sample()
    >>> ahead = clv.segment_forecast(log, "value", "13W", model="mbg-nbd", interval_from="law", as_of="1997-09-30")
    >>> ahead[["date", "segment", "customers"]].round({"customers": -1})
            date segment  customers
    0 1997-09-30    high      470.0
    1 1997-09-30     mid      940.0
    2 1997-09-30     low      940.0
    3 1997-12-30    high      530.0
    4 1997-12-30     mid      940.0
    5 1997-12-30     low      890.0
    """
    asked = _Asked(interval_mass(interval), as_interval_from(interval_from), seed_number(seed))
    wanted = as_newcomers(newcomers)
    tx = as_log(tx, "clv.segment_forecast")
    scheme = _fitting(tx, scheme, scorer, attributes)
    period = period_of(model, unit)
    last = tx.last_day if as_of is None else as_day(as_of, "as_of")
    if period is not None:
        last = last_whole_end(last, period, tx.first_day)
    day = day_date(last)
    with netted_once(tx, days=tx.has_amounts and tx.has_returns):
        known = _Known.of(tx, scheme, scorer, day, attributes)
        fitted, table, refits = modelled(tx, model, unit, day, season)
        errors = errors_of(fitted, tx, day, asked.source, refits, given=isinstance(model, CustomerModel))
    _check_money(known.rules, fitted)
    days = days_ahead(horizon, day, fitted.purchases.law, fitted.unit, day)
    refuse_endless(days, "forecast")
    discrete = fitted.purchases.law.discrete
    edges = period_edges(days, f"{days:g}D" if every is None else every, None if discrete else last)
    shop = _shop(fitted, table, known, edges, last)
    shop = replace(shop, newcomers=_newcomers(wanted, fitted, known, tx, shop, last))
    return _table(shop, fitted, errors, asked, known.codes, last)


@dataclass(frozen=True)
class _Asked:
    """Options that have been checked."""

    mass: float
    source: IntervalFrom | None
    seed: int


@dataclass(frozen=True)
class _Known:
    """The customers of today: their summary, with today's segments, and the rules."""

    summary: pd.DataFrame
    codes: NDArray[np.int64]
    rules: SegmentRules

    @classmethod
    def of(
        cls, tx: Transactions[Any], scheme: Scheme, scorer: Scorer | None, day: date, attributes: Any
    ) -> _Known:
        made, scorer = prepared(tx, day, attributes, scheme.bins, scorer, {})
        frame = fetch(from_native(made))
        found = to_pandas(to_native(segmented(scheme, scored(scorer, frame))))
        summary = to_pandas(to_native(frame))
        summary = summary[summary["orders"].to_numpy() > 0].reset_index(drop=True)
        kind = pd.CategoricalDtype(list(scheme.names), ordered=True)
        codes = found["segment"].astype(object).astype(kind).cat.codes.to_numpy().astype(np.int64)
        return cls(summary, codes, SegmentRules(scheme, scorer, summary))


def _fitting(tx: Transactions[Any], scheme: Any, scorer: Scorer | None, attributes: Any) -> Scheme:
    """The scheme, checked against the log and the scorer, as `rfm.segment` does."""
    found = scheme_for(tx, scheme, attributes)
    if scorer is not None and not same_bins(as_scorer(scorer).bins, found.bins):
        raise SchemeError(other_bins(found.name, found.bins, scorer.bins))
    if not tx.has_amounts:
        found.check_reads(("R", "F", "rf"))
    return found


def _check_money(rules: SegmentRules, model: CustomerModel) -> None:
    """Refuse rules that read money where nothing says what orders will be worth."""
    read = sorted(rules.read & MONEY)
    if model.spend is None and read:
        raise DataError(
            f"Scheme {rules.scheme.name!r} reads {read[0]}, and the model has no law of spend. "
            'Hint: a model of a log with amounts, or scheme="lifecycle", which reads R and F only.'
        )


def _shop(
    model: CustomerModel, table: Table | None, known: _Known, edges: NDArray[np.float64], last: int
) -> Shop:
    """The customers in the order of segments and histories, for the law and for scores."""
    base = base_of(model, table, known.summary["customer_id"])
    summary, count = known.summary, len(base)
    spend, refunds, first = (
        summary[name].to_numpy(dtype=float) if name in summary else np.zeros(count)
        for name in ("spend", "refunds", "first_order_spend")
    )
    recency, orders = (summary[name].to_numpy(dtype=np.int64) for name in ("recency", "orders"))
    today = Facts(recency, orders, spend, refunds, first, np.arange(count))
    rows = _order(base, today, known.codes)
    line = line_of(model, base.take(rows), edges, day_date(last))
    return Shop(line.base, today.take(rows), known.rules, line)


def _order(base: Base, today: Facts, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows by today's segment, history and money, so that no answer depends on the order of the table.

    Sums of money may differ in their last digit from engine to engine.
    """
    money = [np.round(part, 6) for part in (today.first, today.refunds, today.spend)]
    return np.lexsort((*keys(base.patterns), *money, base.t_x, base.T, base.x, codes))


def _newcomers(
    wanted: NewcomersOption, model: CustomerModel, known: _Known, tx: Transactions[Any], shop: Shop, last: int
) -> Newcomers | None:
    """Those to come; None where none are asked for."""
    if wanted is None or wanted == 0:
        return None
    extra = [ruler.name for ruler in known.rules.scorer.rulers if ruler.name not in ("R", "F", "M")]
    if extra:
        raise DataError(
            f"newcomers= was given, and the scorer reads {extra[0]}, which newcomers do not have. "
            "Hint: newcomers=None, or a scorer of R, F and M."
        )
    rate, shape = Newcomers.rate_of(wanted, known.summary["first_purchase"], last, tx.first_day)
    return Newcomers(rate, shape, shop.base.patterns, model.first_order, model.refunds.rate)


def _table(
    shop: Shop,
    model: CustomerModel,
    errors: PastErrors | None,
    asked: _Asked,
    codes: NDArray[np.int64],
    last: int,
) -> pd.DataFrame:
    """Expectations and bounds, with what is known today."""
    line, names = shop.line, shop.rules.names
    m, seed = len(line.days) - 1, asked.seed
    day = day_date(last)
    members = laws_drawn(model, DRAWS, seed)
    ratios = ratios_drawn(model, line, day, FUTURES, seed)
    flat = np.ones((2, m))
    factors = np.broadcast_to(flat, (FUTURES, 2, m))
    correction = flat
    if errors is not None:
        factors = errors.error_factors(line.days, FUTURES, np.random.default_rng([seed, 6]))
        correction = errors.correction(line.days)
    futures = futures_of(model, members, factors, ratios, day)
    found = counted(shop, futures, np.random.default_rng([seed, 5]))
    point = found
    if errors is not None:
        futures = futures_of(model, members, np.broadcast_to(correction, (POINT, 2, m)), ratios, day)
        point = counted(shop, futures, np.random.default_rng([seed, 7]))
    columns = _bounds(point, found, asked.mass)
    held = np.bincount(codes, minlength=len(names)).astype(float)
    now = {"customers": held, "share": held / max(held.sum(), 1.0)}
    dates = (last + line.days.astype(np.int64)).astype("datetime64[D]").astype("datetime64[us]")
    made: dict[str, Any] = {"date": dates.repeat(len(names))}
    kind = pd.CategoricalDtype(list(names), ordered=True)
    made["segment"] = pd.Categorical(list(names) * (m + 1), dtype=kind)
    for name, values in columns.items():
        made[name] = np.concatenate([now[name.removesuffix("_low").removesuffix("_high")], values.ravel()])
    made["interval_from"] = LAW if errors is None else errors.source
    made["correction"] = np.append(1.0, correction[0]).repeat(len(names))
    return pd.DataFrame(made)


def _bounds(point: Counted, found: Counted, mass: float) -> dict[str, NDArray[np.float64]]:
    """Numbers and shares of customers, (m, segments), with their bounds."""
    columns: dict[str, NDArray[np.float64]] = {}
    for name in ("customers", "share"):
        expected, draws = (_part(each.customers, name) for each in (point, found))
        middle = draws.mean(axis=0)
        bounds = central_interval(middle + (draws - middle) * found.narrower, mass)
        columns |= {name: expected.mean(axis=0), f"{name}_low": bounds[0], f"{name}_high": bounds[1]}
    return columns


def _part(customers: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Numbers, or shares of all customers of a date."""
    if name == "customers":
        return customers
    return np.asarray(customers / np.maximum(customers.sum(axis=2, keepdims=True), 1.0))
