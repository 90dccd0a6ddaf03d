"""Backtesting: fit to the past, predict a hold-out, and compare with what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from html import escape
from typing import Any, Final

import pandas as pd
from tqdm import tqdm

from clv._backtests.baselines import BASELINES
from clv._backtests.comparison import compared, contest_of
from clv._backtests.holding import COLUMNS
from clv._backtests.holdout import Counts
from clv._backtests.options import origin_days, own_measures, requested_laws, whole_days
from clv._backtests.predictions import OnePrice
from clv._backtests.recommendation import recommendation, reference_of
from clv._backtests.tables import Measure, groups, label
from clv._backtests.tables import measures as row_of
from clv._backtests.trial import Test
from clv._choice.candidates import AUTO, parameters_of
from clv._choice.choose import contradicted
from clv._choice.refits import Depends, Refits, Terms
from clv._covariates import roles_of
from clv._fit import PurchaseModel, fit_histories
from clv._fits.covariate_effects import effects_of
from clv._fits.prior import Prior, check_prior
from clv._forgetting import Forgetting, as_forgetting, refuse_forgetting
from clv._laws.purchase_law import PurchaseLaw
from clv._log_options import as_options, check_law
from clv._season.choice import refuse_season
from clv._season.season import SeasonChoice
from clv._spend_orders import SpendOrders, as_spend_orders
from clv._stages import as_log
from clv._units import Horizon, Unit, as_unit
from rfm._customers.netting import netted_once
from rfm._defaults import SCHEME
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._options import check_flag, interval_mass, seed_number
from rfm._orders.transactions import Transactions
from rfm._schemes.scheme import Scheme
from rfm._segment import scheme_for
from rfm._words import joined
from rfm.errors import DataError

__all__ = ["MODELS", "Backtest", "backtest"]

MODELS: tuple[PurchaseModel, ...] = ("bg-nbd", "mbg-nbd", "pareto-nbd")
MANY: Final = 1_000  # parameters


@dataclass(frozen=True)
class Backtest:
    """The results of a backtest; made by `backtest`.

    Attributes
    ----------
    table : DataFrame
        A row for each origin and model, laws by their log score and then baselines by their RMSE: `origin`, `model`,
        `kind` ("law" or "baseline"), `counts`
        ("purchases", or "periods" for BG/BB and other laws of discrete time), `customers`, `happened` and `predicted`
        (of what is counted), `log_score` (of laws: the sum over customers of ln P(what happened)), then
        `mae`, `rmse`, `bias`, `correlation`, `gini`, `top_decile_lift`, `coverage` (of the intervals, where asked
        for), and the same of spend before returns, named `spend_…`, and of spend less the refunds that belong to it,
        `net_spend_…`; then your own `measures`.
    calibration : DataFrame
        Means predicted and happened by `origin`, `model` and group: `by` is "decile" (of the prediction),
        "frequency" (repeat purchases, or periods, until the origin) or "segment"; `group`, `customers`,
        `predicted`, `happened`.
    predictions : DataFrame
        A row for each origin, model and customer: `predicted`, `happened`; `predicted_spend`, `happened_spend`, before
        returns; `predicted_net_spend`, `happened_net_spend`; and with intervals `low`, `high`.
    newcomers : DataFrame
        By `origin`: how many customers were first seen in the hold-out, whom no model of known customers predicts,
        and their `purchases` and `spend` in it, the first purchase included.
    first_seen : DataFrame
        The same newcomers by name, a row for each origin and newcomer: `origin`, `customer_id`, `purchases`, `spend`.
    recommendation : str
        Which law to use, by the rule of `clv.Choice`, and how it compares with the other laws and with the baselines,
        of which only those are recommended whose total is no further off; apart for purchases and for periods.
    differences : DataFrame
        Each contender against the recommended one, customer by customer: `counts`; `measure`, the mean a customer of
        "log_score", "squared_error", "absolute_error", and the errors of spend; `model`, `kind`, `value`; `against`,
        the recommended one; `difference` with its 95% interval from a paired bootstrap, `low` and `high`; `verdict`:
        "better", "worse", "tied" where the interval contains 0, or "reference".
    intervals : DataFrame
        How the laws' intervals held, where they were asked for: `origin`, `model`, `counts`; `interval_from`, "law" or
        with the errors that had been seen by then; of the total `happened`, `total_low`, `total_high`, whether it was
        `held`, and the `width` of its interval relative to it; `customers_held`, the share of customers, and
        `customers_width`, the mean width of theirs.

    Of a log without amounts no table has a column of spend.

    See Also
    --------
    backtest : Makes it.
    clv.plot.calibration, clv.plot.deciles_data : Pictures of it.

    Examples
    --------
    >>> import clv, rfm
    >>> few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
    >>> result = clv.backtest(few, "39W", models="bg-nbd")
    >>> result.table[["model", "mae", "bias"]].head(2).round(2)
               model   mae  bias
    0         bg-nbd  0.68  0.07
    1  RFM cell mean  0.97  0.51
    """

    table: pd.DataFrame
    calibration: pd.DataFrame
    predictions: pd.DataFrame
    newcomers: pd.DataFrame
    first_seen: pd.DataFrame
    recommendation: str
    differences: pd.DataFrame
    intervals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n\n{self.recommendation}"

    def _repr_html_(self) -> str:
        return f"{self.table.to_html(index=False)}<p>{escape(self.recommendation)}</p>"


def backtest(
    tx: Transactions | Table,
    holdout: Horizon = "39W",
    *,
    origins: int | str | date | Sequence[str | date] = 1,
    models: PurchaseModel | Sequence[PurchaseModel] = MODELS,
    baselines: bool = True,
    unit: Unit = "W",
    season: SeasonChoice = None,
    entry_after: Horizon | None = None,
    spend_orders: SpendOrders = "repeat",
    scheme: str | Scheme = SCHEME,
    interval: float | None = None,
    seed: int = 0,
    progress: bool = False,
    covariates: Table | None = None,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    spend: str | Sequence[str] = (),
    measures: Mapping[str, Measure] | None = None,
    prior: Prior | None = None,
    forgetting: Forgetting = None,
) -> Backtest:
    """Fit on what was known at each origin, predict the time after it, and compare with what happened.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id` and `date`, and `amount` where money is to be tested.
    holdout : str or timedelta
        Length of the time to predict, in whole days: "39W", "90D".
    origins : int, date or sequence of dates
        Last days that are known, inclusive, at most 500. A number: as many, counted back from the latest that leaves a
        whole hold-out, each half a hold-out before the next; with BG/BB, from the latest that is the end of a period,
        too.
    models : str, type or sequence of them
        The purchase laws: "bg-nbd", "mbg-nbd", "pareto-nbd", "bg-bb" (see Notes), or names or classes of your own.
        "auto" is the law that `clv.fit` would have chosen at each origin from the log until then.
    baselines : bool
        Whether to compare them with rules of thumb, see `clv._backtests.baselines`.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the fits; for BG/BB the length of a period.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`, learned at each origin from what was known until it. One that was learned
        before is learned again, by its shape; its given factors stay.
    entry_after : {"auto"}, str or timedelta, optional
        For a log that begins in the middle of its customers' histories, see `clv.fit`; "auto" decides at each origin by
        what is known then.
    spend_orders : {"repeat", "all", "auto"}
        The orders from which the laws of spend know a customer, see `clv.fit`; "auto" chooses at each origin, from the
        log until then.
    scheme : str or Scheme
        Segments for the calibration by segment; by default "classic", or "lifecycle" for a log without amounts.
    interval : float, optional
        Mass of the predictive intervals whose coverage is to be counted, for instance 0.9; `Backtest.intervals` then
        compares those of the law alone with those that know its past errors, learned at each origin from what was known
        until it.
    seed : int
        Of the parameter draws behind the intervals; with the same seed the answer is the same.
    progress : bool
        Whether to show what is being fitted.
    covariates : dataframe, optional
        `customer_id` and columns that were known of each customer from the start, see `fit`. At each origin only the
        rows of customers who had bought until then are read. Rules of thumb do not use them.
    purchase, dropout, spend : str or sequence of str
        The columns on which the purchase rate, the end of purchases, and the worth of orders depend.
    measures : mapping of str to callable, optional
        Measures of your own, by the name of their column in `table`: each takes two arrays, predicted and happened
        purchases of each customer, and returns a number.
    prior : Prior, optional
        Weak priors for logs that say little of dropout, see `clv.fit`.
    forgetting : {None, "auto"} or float, optional
        The share of each history from which today's rate is known, see `clv.fit`; "auto" is decided at each origin by
        the last part of the log until then.

    Returns
    -------
    Backtest
        Tables of errors, of calibration and of each prediction, and a recommendation.

    Raises
    ------
    DataError
        If an option is invalid; if an origin leaves no day before it, or no whole hold-out after it; with BG/BB,
        if an origin or the end of its hold-out is not the end of a calendar period; with a season, if a law counts
        periods, or the log until an origin is too short to learn one; if a law has no part that depends on covariates.
    FitError
        If the log until an origin does not hold enough information for a purchase law.

    Warns
    -----
    DataWarning
        Once, if no spend law can be fitted to the orders, as in a shop with one price: spend is then predicted at
        the mean of all that was bought until the origin.

    See Also
    --------
    check : Tests the assumptions of the laws.
    fit : Fits the law that the backtest recommends.
    clv.plot.decile_calibration, clv.plot.decile_gain : Pictures of the result.

    Notes
    -----
    BG/BB has at most one purchase per period, so that it predicts periods with a purchase. Compared with purchases it
    would seem to predict too few wherever somebody bought twice in a week. Its row therefore counts the periods with a
    purchase on both sides (`counts` is "periods"), and so do baselines of its own beside it, named
    "… (periods)". Errors in periods and in purchases do not compare; spend is the same money in all rows.

    The log score is ln P(number of purchases) by the law's conditional distribution, a proper score: in expectation no
    law scores better than the true one, while the law with the lowest RMSE may say little that is true of single
    customers. Baselines say no distribution, and are compared by squared error, which is lowest for the true mean.

    Examples
    --------
    >>> import clv, rfm
    >>> result = clv.backtest(rfm.datasets.cdnow_sample(), "39W", models=["bg-nbd"])
    >>> result.table.loc[result.table["model"] == "bg-nbd", ["customers", "happened"]].to_dict("records")
    [{'customers': 2357, 'happened': 1882.0}]
    """
    check_flag("baselines", baselines)
    check_flag("progress", progress)
    orders, own = as_spend_orders(spend_orders), own_measures(measures)
    seed, interval = seed_number(seed), None if interval is None else interval_mass(interval)
    days, unit = whole_days(holdout), as_unit(unit)
    laws = requested_laws(models)
    for law in laws.values():
        refuse_season(season, law)
    contenders = _contenders(laws, baselines)
    depends = _depends(laws, covariates, purchase, dropout, spend)
    begins = as_options(entry_after, None)
    check_prior(prior)
    kept = as_forgetting(forgetting)
    for law in laws.values():
        check_law(begins, law, "native")
        refuse_forgetting(kept, law, begins.asked, season)
    tx = as_log(tx, "clv.backtest")
    scheme = scheme_for(tx, scheme)
    period = unit if "periods" in contenders else None
    counting = next((name for name, law in laws.items() if law.discrete), "")
    days_of = origin_days(tx, origins, days, period, counting)
    terms = Terms(unit, season, begins, depends, prior)
    test = Test(tx, days, scheme, orders, Refits(tx, terms, fit_histories), interval, seed, own, kept)
    steps = len(days_of) * sum(len(names) for names in contenders.values())
    with tqdm(total=steps, disable=not progress, leave=False) as bar, netted_once(tx, days=True):
        return run(test, days_of, laws, contenders, bar)


def run(
    test: Test,
    days_of: Sequence[int],
    laws: Mapping[str, type[PurchaseLaw]],
    contenders: Mapping[Counts, Sequence[str]],
    bar: Any,
    chosen: str | None = None,
) -> Backtest:
    """Test contenders at some origins; `chosen` is the law to recommend if that has been decided on more origins."""
    rows, grouped, single, recommended, differences = [], [], [], [], []
    held: list[dict[str, Any]] = []
    seen: dict[date, pd.DataFrame] = {}
    single_price: dict[date, OnePrice] = {}
    for counts, names in contenders.items():
        by_origin = []
        for day in days_of:
            found = test.at(day, counts, names, laws, bar)
            cut, held = found.cut, held + found.intervals
            seen[cut.origin] = cut.newcomers
            if found.price is not None:
                single_price[cut.origin] = found.price
            for name, predicted in found.predictions.items():
                rows.append(row_of(cut, name, predicted, test.measures))
                grouped.append(groups(cut, name, predicted))
                single.append(predicted.assign(origin=cut.origin, model=label(cut, name)))
            by_origin.append({label(cut, name): rest for name, rest in found.predictions.items()})
        contest = contest_of(
            by_origin,
            {name: _parameters(name, laws) for name in names if name in laws},
            partial(contradicted, test.refits, max(days_of), laws=laws),
            chosen,
        )
        differences.append(compared(contest, counts, reference_of(contest)))
        recommended.append(recommendation(contest, differences[-1], counts))
    _warn_of_one_price(single_price)
    return Backtest(
        _best_first(pd.DataFrame(rows)),
        pd.concat(grouped, ignore_index=True),
        pd.concat(single, ignore_index=True),
        *_newcomers(seen),
        joined("sentences", recommended),
        pd.concat(differences, ignore_index=True),
        pd.DataFrame(held, columns=list(COLUMNS)),
    )


def _parameters(name: str, laws: Mapping[str, type[PurchaseLaw]]) -> int:
    """How many parameters a law has; a law that is chosen anew each time comes after all others."""
    return MANY if name == AUTO else parameters_of(name, laws[name])


def _contenders(laws: dict[str, type[PurchaseLaw]], baselines: bool) -> dict[Counts, list[str]]:
    """Laws, then baselines, by what they count: each count has its own baselines."""
    rules = list(BASELINES) if baselines else []
    by_count: dict[Counts, list[str]] = {
        "purchases": [name for name, law in laws.items() if not law.discrete],
        "periods": [name for name, law in laws.items() if law.discrete],
    }
    found = {counts: [*names, *rules] for counts, names in by_count.items() if names}
    if not found and not rules:
        raise DataError('Nothing to test: models=[] and baselines=False. Hint: models=["bg-nbd"].')
    return found or {"purchases": rules}


def _depends(
    laws: dict[str, type[PurchaseLaw]], covariates: Table | None, purchase: Any, dropout: Any, spend: Any
) -> Depends | None:
    """The covariates, checked as far as they can be without the log; None if there are none."""
    purchase, dropout, spend = roles_of(purchase, dropout, spend)
    if covariates is None and not (purchase or dropout or spend):
        return None
    if covariates is None or not (purchase or dropout or spend):
        raise DataError(
            "A backtest with covariates needs the table of them and what depends on them. "
            'Hint: covariates=table, purchase=["Channel"], dropout=, spend=.'
        )
    if purchase or dropout:
        for law in laws.values():
            effects_of(law, purchase, dropout)
    return Depends(covariates, purchase, dropout, spend)


def _best_first(rows: pd.DataFrame) -> pd.DataFrame:
    """By origin; within it purchases before periods, whose errors do not compare; laws by score, then baselines."""
    by = rows.assign(
        periods=rows["counts"] == "periods", rule=rows["kind"] == "baseline", off=-rows["log_score"]
    )
    order = by.sort_values(["origin", "periods", "rule", "off", "rmse"], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _newcomers(seen: dict[date, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts by origin, and the table of customers."""
    counted = [
        {
            "origin": origin,
            "newcomers": len(new),
            "purchases": int(new["purchases"].sum()),
            **({"spend": float(new["spend"].sum())} if "spend" in new else {}),
        }
        for origin, new in seen.items()
    ]
    named = pd.concat([new.assign(origin=origin) for origin, new in seen.items()], ignore_index=True)
    columns = [name for name in ("origin", "customer_id", "purchases", "spend") if name in named]
    return pd.DataFrame(counted), named[columns]


def _warn_of_one_price(priced: dict[date, OnePrice]) -> None:
    if priced:
        means = ", ".join(f"{found.price:g} until {origin}" for origin, found in priced.items())
        reason = next(iter(priced.values())).reason
        warn(
            f"No spend law can be estimated from the orders: {reason} Spend is predicted at the mean of all that was "
            f"bought ({means}); purchases are predicted by the laws as usual.",
        )
