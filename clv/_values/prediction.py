"""Predictions for each customer: arrays in, columns out.

Everything except P(alive) depends only on (x, T), or under some laws on t_x too, so the laws are evaluated once per
distinct pair and the results gathered; only the last step is as long as the customer list.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns, at, keys, members, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import central_interval, unique_rows
from clv._past_errors.customer_calibration import CustomerCalibration
from clv._past_errors.interval_from import LAW, PAST
from clv._season.steps import Steps
from clv._values.along_ages import along_ages, reads_ages
from clv._values.intervals import Interval, predictive_intervals
from clv._values.knowledge_intervals import Doubt, alive_bounds, order_bounds
from clv._values.lifetime_value import Lump, annuity_lifetimes, discounted_purchases, present_value
from clv._values.simulated_future import Draw

__all__ = ["Terms", "predict_columns"]

Array = NDArray[np.float64]
Rows = tuple[NDArray[np.int64], NDArray[np.int64]]
INTERVAL_FROM = np.array([LAW, PAST], dtype=object)
SPEND_FROM = np.array(["population", "own orders"], dtype=object)


@dataclass(frozen=True)
class Terms:
    """The options of a prediction: horizon, discounting, margin, and the draws behind intervals.

    Parameters
    ----------
    horizon : float
        Units of the model's time (months where `lump` is "lifetimes"); may be infinite.
    delta : float
        Force of discount for one unit (the monthly rate itself where `lump` is "lifetimes").
    margin : float
        Contribution margin: share of spend that is kept.
    silent : float
        Units of time without a purchase since the end of observation.
    lump : {None, "lifetimes"}
        How payments are timed: continuously, or as that package does.
    unit : str
        The model's unit of time.
    interval : float, optional
        Mass of the intervals.
    draws : tuple of (PurchaseLaw, SpendLaw or None)
        Draws of the laws' parameters, if there are intervals.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `horizon` and `silent` then are.
    stretch : tuple of float
        For each draw, the horizon in the season's time over the expected one; empty without uncertain factors.
    calibration : CustomerCalibration, optional
        Where the law's intervals held too little in hold-outs, the masses with which they hold what they should.
    days : float
        Of the horizon, where there is a calibration.
    doubt : Doubt
        Laws a standard error from the estimates, behind the bounds of what is true of a customer.
    """

    horizon: float
    delta: float
    margin: float = 1.0
    silent: float = 0.0
    lump: Lump | None = None
    unit: str = "W"
    interval: float | None = None
    draws: tuple[Draw, ...] = ()
    steps: Steps | None = None
    stretch: tuple[float, ...] = ()
    calibration: CustomerCalibration | None = None
    days: float = 0.0
    doubt: Doubt = field(default_factory=Doubt)

    @property
    def horizons(self) -> Array:
        """The horizon in the law's time at each draw."""
        return self.horizon * np.array(self.stretch or (1.0,) * len(self.draws))


def predict_columns(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    spend: SpendLaw | ByCovariates[SpendLaw] | None,
    x: Array,
    t_x: Array,
    T: Array,
    m: Array | None,
    rate: Array,
    terms: Terms,
    orders: Array | None = None,
    patterns: Patterns | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Predicted columns, one value per customer.

    Parameters
    ----------
    law, spend : PurchaseLaw, SpendLaw or None
        The fitted laws.
    x, t_x, T, m : ndarray of shape (n,)
        Repeat purchases, time of the last one, time observed, mean of the orders that the spend law knows (0 if there
        are none); m may be None if the spend law does not use it.
    rate : ndarray of shape (n,)
        The share of spend that each customer returns.
    terms : Terms
        The options of the prediction.
    orders : ndarray of shape (n,), optional
        Number of the orders that m is the mean of; by default the repeat purchases.
    patterns : Patterns, optional
        The customers' covariates, if the laws depend on them.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        `p_alive`, `expected_purchases`, `p_purchase`, and with a spend law `expected_spend` (per order, before
        returns), `spend_from` ("own orders" or "population"), `refund_rate` and `clv` (present value, net of returns).
    """
    T, m = T + terms.silent, np.zeros_like(T, dtype=float) if m is None else m
    orders = x if orders is None else orders
    row = unique_rows(x, t_x, T, *keys(patterns)) if terms.interval is not None else None
    p_alive = np.asarray(at(law, patterns).p_alive(x, t_x, T), dtype=float)
    first, pair = members(law, x, t_x, T, patterns)
    kinds = x[first], t_x[first], T[first]
    purchases, some, discounted = _if_alive(law, *kinds, terms, taken(patterns, first), spend is not None)
    columns: dict[str, NDArray[np.generic]] = {"p_alive": p_alive}
    if terms.lump is None and np.isfinite(terms.horizon):
        columns["expected_purchases"] = p_alive * purchases[pair]
        columns["p_purchase"] = p_alive * some[pair]
    if spend is not None:
        of_customers: SpendLaw = at(spend, patterns)
        expected_spend = np.asarray(of_customers.expected_spend(orders, m), dtype=float)
        own = has_spend(orders, m) & of_customers.reads_own_orders
        columns["expected_spend"] = expected_spend
        columns["spend_from"] = _texts(SPEND_FROM, own)
        columns["refund_rate"] = rate
        columns["clv"] = present_value(
            expected_spend, p_alive * discounted[pair], terms.margin * (1.0 - rate)
        )
    if terms.interval is not None:
        known = _known_bounds(law, spend, x, t_x, T, m, orders, terms, patterns, row)
        columns |= interval_columns(x, t_x, T, m, orders, rate, terms, columns, known, patterns, row)
    return columns


def interval_columns(
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    orders: Array,
    rate: Array,
    terms: Terms,
    predicted: dict[str, NDArray[np.generic]],
    known: dict[str, NDArray[np.generic]],
    patterns: Patterns | None = None,
    row: Rows | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Bounds of each customer's prediction, (n,) each; those of what is true of the customer are `known`.

    `row` are the distinct rows of (x, t_x, T, patterns) and that of each customer, if they have been found.

    `purchases_low`, `purchases_high`, `clv_low` and `clv_high` are predictive: where the customer's purchases and value
    will lie, and `interval_from` says whether by the law alone. Over an infinite horizon there are only `clv_mean_low`
    and `clv_mean_high`, where the expectation lies.

    Notes
    -----
    The value's bounds are those of the spend in the horizon times the customer's mean discount factor, as if each order
    came at the mean time, times the share kept after returns, as if the customer's rate were known.
    """
    mass = terms.interval if terms.interval is not None else 0.9
    if np.isinf(terms.horizon):
        if "clv" not in predicted:
            return known
        point = dataclasses.replace(terms, interval=None, draws=(), silent=0.0)
        history = x, t_x, T, m, rate
        values = [predict_columns(*pair, *history, point, orders, patterns)["clv"] for pair in terms.draws]
        low, high = central_interval(np.array(values, dtype=float), mass)
        return {**known, "clv_mean_low": low, "clv_mean_high": high}
    masses = np.full(len(x), mass)
    if terms.calibration is not None:
        expected = np.asarray(predicted["expected_purchases"], dtype=float)
        masses = terms.calibration.masses(expected, terms.days, mass)
    bounds = _bounds(x, t_x, T, m, orders, terms, masses, patterns, row)
    purchases: dict[str, NDArray[np.generic]] = {
        "purchases_low": bounds.purchases_low,
        "purchases_high": bounds.purchases_high,
        **known,
        "interval_from": _texts(INTERVAL_FROM, masses != mass),
    }
    if "clv" not in predicted:
        return purchases
    undiscounted = (
        terms.margin
        * np.asarray(predicted["expected_spend"], float)
        * np.asarray(predicted["expected_purchases"], float)
    )
    value = np.asarray(predicted["clv"], dtype=float)
    kept = terms.margin * np.divide(value, undiscounted, out=np.ones_like(value), where=undiscounted > 0)
    return {
        "clv_low": bounds.spend_low * kept,
        "clv_high": bounds.spend_high * kept,
        **purchases,
    }


def _known_bounds(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    spend: SpendLaw | ByCovariates[SpendLaw] | None,
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    orders: Array,
    terms: Terms,
    patterns: Patterns | None,
    row: Rows | None,
) -> dict[str, NDArray[np.generic]]:
    """Bounds of P(alive), and of the customer's own mean order if there is a law of spend."""
    mass = terms.interval if terms.interval is not None else 0.9
    low, high = alive_bounds(law, terms.doubt.purchases, x, t_x, T, mass, patterns, row)
    found: dict[str, NDArray[np.generic]] = {"p_alive_low": low, "p_alive_high": high}
    if spend is not None:
        low, high = order_bounds(spend, terms.doubt.spend, orders, m, mass, patterns)
        found |= {"expected_spend_low": low, "expected_spend_high": high}
    return found


def _bounds(
    x: Array,
    t_x: Array,
    T: Array,
    m: Array,
    orders: Array,
    terms: Terms,
    masses: Array,
    patterns: Patterns | None,
    row: Rows | None,
) -> Interval:
    """Predictive intervals of customers, each of its own mass, of which there are few."""
    if len(masses) and (masses == masses[0]).all():
        return predictive_intervals(
            terms.draws,
            x,
            t_x,
            T,
            m,
            horizon=terms.horizons,
            mass=float(masses[0]),
            orders=orders,
            patterns=patterns,
            row=row,
        )
    answer = np.empty((4, len(x)))
    for mass in np.unique(masses).tolist():
        rows = np.flatnonzero(masses == mass)
        history = (column[rows] for column in (x, t_x, T, m))
        found = predictive_intervals(
            terms.draws,
            *history,
            horizon=terms.horizons,
            mass=mass,
            orders=orders[rows],
            patterns=taken(patterns, rows),
        )
        answer[:, rows] = found.purchases_low, found.purchases_high, found.spend_low, found.spend_high
    return Interval(*answer)


def _texts(choices: NDArray[np.object_], which: NDArray[np.bool_]) -> NDArray[np.object_]:
    """The first or the second text for each customer; one that all have is not copied."""
    if which.all() or not which.any():
        of_all = int(which.any())
        return np.broadcast_to(choices[of_all : of_all + 1], which.shape)
    return choices[which.astype(np.intp)]


def has_spend(x: Array, m: Array) -> NDArray[np.bool_]:
    """Customers whose own x orders inform their expected spend: those with orders of a positive mean."""
    return np.asarray((x > 0) & (m > 0))


def _if_alive(
    law: Any, x: Array, t_x: Array, T: Array, terms: Terms, patterns: Patterns | None, priced: bool
) -> Array:
    """Of customers who are alive: expected purchases, the chance of one, and expected discounted purchases.

    The first two are 0 where nothing is counted, the third if orders have no price. (3, h).
    """
    counted = terms.lump is None and np.isfinite(terms.horizon)

    def quantities(x: Array, t_x: Array, T: Array) -> Array:
        alive = at(law, patterns).posterior(x, t_x, T)
        found = np.zeros((3, len(x)))
        if counted:
            found[0] = alive.expected_purchases(terms.horizon)
            found[1] = 1.0 - np.asarray(alive.pmf(0, terms.horizon))
        if priced:
            found[2] = _discounted(alive, terms)
        return found

    if not reads_ages(law):
        return quantities(x, t_x, T)
    return along_ages(lambda x, T: quantities(x, np.where(x > 0, T, 0.0), T), x, T, float(law.clock()))


def _discounted(alive: PurchaseLaw, terms: Terms) -> Array:
    if terms.lump == "lifetimes":
        return annuity_lifetimes(alive, terms.horizon, terms.delta, terms.unit)
    return discounted_purchases(alive, terms.horizon, terms.delta, terms.steps)
