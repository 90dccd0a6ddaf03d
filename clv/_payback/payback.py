"""When the cost of acquiring each cohort is paid back, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel
from clv._fits.posterior import Budget
from clv._given_model import period_of
from clv._horizons import MOST_MARGIN
from clv._past_errors.interval_from import LAW, IntervalFrom, as_interval_from
from clv._payback.ahead import Ahead, order_of, spend_ahead
from clv._payback.costs import Costs, Per, name_of, read_costs
from clv._payback.observed import Observed, observe
from clv._payback.payback_words import LENGTH_OF
from clv._payback.tables import Asked, Every, tables_of
from clv._periods import last_whole_end
from clv._season.season import SeasonChoice
from clv._segment_forecast.log_model import (
    base_of,
    errors_of,
    futures_of,
    laws_drawn,
    line_of,
    modelled,
    ratios_drawn,
)
from clv._stages import as_log
from clv._units import Horizon, Unit, days_per_unit, horizon_days
from clv._values.forecast import period_edges
from clv._values.totals import refuse_endless
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_date
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._options import check_choice, check_text, interval_mass, number, seed_number
from rfm._orders.transactions import Transactions
from rfm._printed import Printed
from rfm.errors import DataError

__all__ = ["Payback", "payback"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FUTURES: Final = 400
DRAWS: Final = Budget(1e6, 100, FUTURES)  # of the laws, which futures share where there are many customers
MOST_AGES: Final = 1_000
MOST_CELLS: Final = 100_000  # cohorts × ages, of which each future has a value


@dataclass(frozen=True, repr=False)
class Payback:
    """When cohorts pay back what it cost to acquire them; made by `payback`.

    Attributes
    ----------
    cohorts : pandas.DataFrame
        One row per cohort:

        ``cohort, customers``
            The first day of its month, quarter or year, or its name (None: customers whose attribute is missing); and
            its size.
        ``cost, cost_per_customer``
            Of acquiring it; missing where none was given.
        ``value_to_date, share_paid_back``
            Margin × net spend of all its customers until `as_of`; and relative to the cost.
        ``payback, payback_low, payback_high``
            The age at which it is paid back, counted as `every` says: median over futures, and the bounds of the
            interval. Missing where this lies beyond the horizon; 0 where it cost nothing.
        ``p_paid_back``
            The share of futures in which it is paid back within the horizon.
        ``note``
            In words, "paid back in month 3", "expected in month 14", "not within 60 months".
    curve : pandas.DataFrame
        One row per cohort with customers and age, 1 … horizon: ``cohort, age``; ``days``, after which the age ends;
        ``complete``, whether all customers of the cohort have reached that day; ``value, value_low, value_high``,
        margin × net spend per customer from the first purchase until then: observed where it is complete, else the
        median and the interval over futures; and ``cost_per_customer``.
    every : str
        Length of an age.
    as_of : date
        The day until which values are observed.
    interval : float
        Mass of the intervals.
    interval_from : str
        Which errors they hold, see `payback`.

    See Also
    --------
    payback : Makes it.
    clv.plot.payback : A picture of it.

    Examples
    --------
    >>> import clv, rfm
    >>> few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
    >>> costs = {"1997-01": 20_000}
    >>> found = clv.payback(few, costs, model="bg-nbd", interval_from="law", as_of="1997-09-30", horizon="2Y")
    >>> found.every, found.interval
    ('1M', 0.9)
    """

    cohorts: pd.DataFrame
    curve: pd.DataFrame
    every: str
    as_of: date
    interval: float
    interval_from: str

    def __repr__(self) -> str:
        shown = self.cohorts.to_string(index=False, float_format=lambda value: f"{value:,.2f}")
        head = f"Payback until {self.as_of}: ages in {LENGTH_OF[self.every]}s, {self.interval:.0%} intervals"
        return str(Printed(f"{head}, {self.interval_from}\n\n{shown}"))

    def _repr_html_(self) -> str:
        return Printed(repr(self))._repr_html_()


def payback(
    tx: Transactions[Any] | Table,
    costs: Costs,
    *,
    by: str = "month",
    attributes: Table | None = None,
    per: Per = "cohort",
    margin: float = 1.0,
    every: Every = "1M",
    horizon: Horizon = "5Y",
    as_of: str | date | None = None,
    model: PurchaseModel | CustomerModel = "auto",
    unit: Unit | None = None,
    season: SeasonChoice = None,
    interval: float = 0.9,
    interval_from: IntervalFrom | None = None,
    seed: int = 0,
) -> Payback:
    """When each cohort pays back what it cost to acquire it: value to date joined to predicted value.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    costs : mapping or dataframe
        The cost of acquiring each cohort, in currency: by cohort, or a table with the columns `cohort` and `cost`. A
        month is named by "2024-05", a quarter by "2024-Q2", a year by "2024", or each by a day in it.
    by : str
        "month", "quarter" or "year" of the first purchase, or a column of `attributes`, such as "channel".
    attributes : dataframe, optional
        `customer_id` and the column `by`, one row per customer, on the log's engine.
    per : {"cohort", "customer"}
        Whether a cost is of the whole cohort or of each of its customers.
    margin : float
        Share of spend that is kept: only it pays costs back.
    every : {"1M", "1W", "1Q", "1Y"}
        What ages count: months since the first purchase of each customer (30.4375 days), or weeks, quarters, years.
    horizon : str or timedelta
        The age at which a cohort is given up; finite.
    as_of : str or date, optional
        The last day that counts, inclusive; by default the log's last day. With "bg-bb" the last whole period ends
        there or before it.
    model : str, type or CustomerModel
        The purchase law to fit to this log, see `clv.fit`, by default the one that predicts held-out parts of it best;
        or a model that has been fitted already, whose options are its own.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of the fit, by default "W"; a fitted model has its own.
    season : {None, "auto", "month", "week"} or Season
        The season of the shop, see `clv.fit`; a fitted model has its own.
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
    Payback
        With the frames `cohorts` and `curve`.

    Raises
    ------
    DataError
        If an option is invalid; the log has no amounts; no cohort of the costs has customers; a cost is negative or
        given twice; or past errors are asked for, and the log is too short for them. See also `clv.fit`.
    FitError
        See `clv.fit`.

    Warns
    -----
    DataWarning
        If a cohort has a cost and no customers; it has a row all the same, as cohorts without a cost do. If the log
        seems to begin in the middle of its customers' histories, so that the first cohorts hold old customers.
    FitWarning
        See `clv.fit` and `CustomerModel.predict`.

    See Also
    --------
    clv.plot.payback : A picture of it.
    rfm.base_report : What cohorts have spent so far, by calendar period (`spend_to_date`).
    CustomerModel.total : Predicted value of groups of customers.

    Notes
    -----
    The value of a cohort at an age is what all its customers spent from their first purchases until that age: observed
    where they have reached it, and simulated from `as_of` on where they have not. In each of 400 futures the parameters
    are drawn from their posterior, each customer is alive or has left, and buys, spends and leaves as the law says, as
    in `segment_forecast`; the first age at whose end the value reaches the cost is that future's payback, and its
    median and bounds are quantiles over futures. Predicted value never falls, since orders are net of the share that
    the customer usually returns. Observed value falls where refunds exceed orders; the first age still counts, and the
    note says so. Values are not discounted.

    All customers have one law. A channel whose customers are young is known from its own few purchases, and beyond them
    expected to be like the others; a model that depends on the channel (`clv.fit(tx, covariates=…)`) knows better.

    Examples
    --------
    CDNOW's customers of the first months of 1997, as of the end of September, at a cost of 60 dollars each and a margin
    of 80%:

    >>> import clv, rfm
    >>> log = rfm.datasets.cdnow_sample()
    >>> costs = {"1997-01": 60, "1997-02": 60, "1997-03": 60}
    >>> options = {"per": "customer", "margin": 0.8, "as_of": "1997-09-30", "horizon": "2Y"}
    >>> found = clv.payback(log, costs, model="mbg-nbd", interval_from="law", **options)
    >>> shown = ["cohort", "customers", "share_paid_back", "p_paid_back"]
    >>> found.cohorts[shown].round({"share_paid_back": 2})
          cohort  customers  share_paid_back  p_paid_back
    0 1997-01-01        781             1.00          1.0
    1 1997-02-01        857             0.98          1.0
    2 1997-03-01        719             0.96          1.0
    >>> found.cohorts["note"].iloc[0]
    'paid back in month 9'
    """
    asked = _asked(by, per, margin, every, horizon, interval, interval_from, seed)
    prices = read_costs(costs, by)
    tx = as_log(tx, "clv.payback")
    if not tx.has_amounts:
        raise DataError(
            'The log has no amounts, of which costs could be paid back. Hint: Transactions(df, amount="…").'
        )
    last = tx.last_day if as_of is None else as_day(as_of, "as_of")
    if (period := period_of(model, unit)) is not None:
        last = last_whole_end(last, period, tx.first_day)
    day = day_date(last)
    with netted_once(tx, days=True):
        observed = observe(tx, by, attributes, asked.ends, last)
        _check_cohorts(observed, prices, by)
        fitted, table, refits = modelled(tx, model, unit, day, season)
        source = as_interval_from(interval_from)
        errors = errors_of(fitted, tx, day, source, refits, given=isinstance(model, CustomerModel))
    if fitted.spend is None:
        raise DataError("The model has no law of spend. Hint: a model of a log with amounts, clv.fit(tx).")
    paths = _paths(observed, fitted, table, errors, asked, last)
    cohorts, curve = tables_of(observed, prices, asked.margin * paths, asked)
    return Payback(cohorts, curve, every, day, asked.mass, LAW if errors is None else errors.source)


def _asked(
    by: str, per: Any, margin: Any, every: Any, horizon: Horizon, interval: Any, interval_from: Any, seed: Any
) -> Asked:
    check_text("by", by, 'by="month", "quarter", "year", or a column of attributes=')
    check_choice("per", per, ("cohort", "customer"))
    check_choice("every", every, tuple(LENGTH_OF))
    as_interval_from(interval_from)
    share = number("margin", margin, "margin=0.3", above=0, most=MOST_MARGIN)
    days, length = horizon_days(horizon), horizon_days(every, "every")
    refuse_endless(days, "payback")
    ages = int(days / length + 1e-9)
    if not 1 <= ages <= MOST_AGES:
        raise DataError(
            f'horizon={horizon!r} holds {ages:,} ages of every="{every}"; from 1 to {MOST_AGES:,} are possible. '
            'Hint: horizon="5Y" with every="1M".'
        )
    ends = np.floor(np.arange(1, ages + 1) * length + 1e-9).astype(np.int64)
    return Asked(by, per, share, every, ends, interval_mass(interval), seed_number(seed))


def _check_cohorts(observed: Observed, prices: dict[int | str, float], by: str) -> None:
    """Refuse costs of none of the cohorts, and warn of those of nobody."""
    nobody = [name_of(cohort) for cohort in prices if cohort not in observed.names]
    if len(nobody) == len(prices):
        known = ", ".join(name_of(name) for name in observed.names[:5] if name is not None)
        raise DataError(
            f"costs: no cohort of the costs has customers, such as {nobody[0]}. Hint: the cohorts by {by!r} are "
            f"{known or 'none'}{', …' if len(observed.names) > 5 else ''}."
        )
    if observed.spend.size > MOST_CELLS:
        raise DataError(
            f"by={by!r} makes {len(observed.names):,} cohorts of {observed.spend.shape[1] - 1:,} ages; "
            f"of these cells at most {MOST_CELLS:,} are simulated. Hint: fewer cohorts, or fewer ages, "
            'every="1M" or "1Q".'
        )
    if nobody:
        warn(
            f"{len(nobody)} cohorts of the costs have no customers in the log: {', '.join(nobody[:5])}"
            f"{', …' if len(nobody) > 5 else ''}. They have a row without a payback."
        )


def _paths(
    observed: Observed, model: CustomerModel, table: Table | None, errors: Any, asked: Asked, last: int
) -> Array:
    """Net spend of each cohort until the end of each age, (futures, cohorts, ages)."""
    known = observed.spend[:, :-1].cumsum(axis=1)
    code, age = (observed.customers[name].to_numpy(dtype=np.int64) for name in ("code", "age"))
    open_ = np.flatnonzero(age < asked.ends[-1] - 1)
    if not len(open_):
        return known[None]
    day = day_date(last)
    base = base_of(model, table, observed.customers["customer_id"]).take(open_)
    days = float(asked.ends[-1] - 1 - age[open_].min())
    law, spend = model._laws
    ahead_of = np.ceil(days / days_per_unit(model.unit))
    rows = order_of(base, code[open_], age[open_], (model._as_seen(law, day), spend), float(ahead_of))
    code, age = code[open_][rows], age[open_][rows]
    edges = period_edges(days, "1M", None if model.purchases.law.discrete else last)
    line = line_of(model, base.take(rows), edges, day)
    m, seed = len(edges) - 1, asked.seed
    factors = np.broadcast_to(np.ones((2, m)), (FUTURES, 2, m))
    if errors is not None:
        factors = errors.error_factors(line.days, FUTURES, np.random.default_rng([seed, 6]))
    members = laws_drawn(model, DRAWS, seed)
    futures = futures_of(model, members, factors, ratios_drawn(model, line, day, FUTURES, seed), day)
    ahead = Ahead(line, code, age, asked.ends, len(observed.names))
    return known + spend_ahead(ahead, futures, np.random.default_rng([seed, 8]))
