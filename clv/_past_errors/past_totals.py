"""Totals that a model would have predicted at earlier days of a log, and what happened."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._choice.choose import origins_of
from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._fit import with_spend
from clv._fits.posterior import WIDEST, law_at
from clv._laws.by_covariates import at, members, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._order_sums import orders_reader
from clv._past_errors.past_errors import COLUMNS
from clv._units import days_per_unit
from clv._values.simulated_future import Base, simulate_future
from clv.errors import FitError, FitWarning
from rfm._customers.netting import purchase_days
from rfm._days import day_date
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order

__all__ = ["past_totals", "windows"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

LENGTHS: Final = (28, 56, 91, 182, 364, 546, 728)  # days ahead at which totals are compared
STEPS: Final = 4  # origins in each of the choice's hold-outs, among which the choice's own are
MOST: Final = 13  # origins
FUTURES: Final = (
    2  # simulated from each origin, for the variance of its totals: all customers deviate in each
)
STEP: Final = 1e-3  # in a log-parameter, for a derivative


def windows(first: int, last: int, after: int = 0) -> tuple[list[int], tuple[int, ...]]:
    """The last days of earlier fits inside a log, ascending, and the lengths of time after them.

    Those at which a law is chosen are among them, so that the fits are shared.

    Examples
    --------
    >>> windows(0, 400)
    ([100, 125, 150, 175, 200, 225, 250, 275, 300, 325, 350], (28, 56, 91, 182))
    """
    chosen, days = origins_of(first, last, after)
    if not chosen:
        return [], ()
    step = max(days // STEPS, 1)
    places = range(last - days, first + after + days - 1, -step)
    while len(places) > MOST:
        step *= 2
        places = range(last - days, first + after + days - 1, -step)
    late = [last - part for part in (days * 3 // 4, days // 2) if part >= LENGTHS[0]]  # short lengths only
    found = sorted({*places, *late, *chosen})
    return found, tuple(n for n in LENGTHS if found[0] + n <= last)


def past_totals(
    refits: Refits, law_class: type[PurchaseLaw], last: int, like: CustomerModel | None = None
) -> pd.DataFrame:
    """Predicted and happened totals of the customers known at each origin, a row for each origin and length ahead.

    Parameters
    ----------
    refits : Refits
        The fits at earlier days.
    law_class : type
        The law, of continuous time.
    last : int
        The last day that may be read, in days since 1970-01-01.
    like : CustomerModel, optional
        What it forgets, and the orders that its law of spend reads, are those of the fits.

    Returns
    -------
    DataFrame
        The columns of `PastErrors.table`; without rows where nothing could be fitted.
    """
    refits.table(last)  # its size decides whether customers are sampled
    tx = refits.tx
    origins, lengths = windows(tx.first_day, last, round(refits.terms.begins.entry or 0.0))
    if refits.terms.begins.asked:
        origins = origins[-STEPS:]  # each of these fits takes seconds
    rows: list[dict[str, Any]] = []
    happened = _Happened.of(refits, last) if origins else None
    for origin in origins:
        try:
            model = refits.model(law_class, origin)
        except FitError:  # too few repeat purchases until then
            continue
        if like is not None:
            model = replace(model, memory=like.memory, spend_orders=like.spend_orders)
        if like is None or like.spend is None or not like.spend.law.constant:  # a given price has no errors
            model = _priced(refits, model, origin)
        assert happened is not None
        days = np.array([n for n in lengths if origin + n <= last], dtype=float)
        rows += _compared(model, origin, days, happened, refits.tx.has_amounts)
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class _Happened:
    """Purchases and spend by the customers' first day and the day."""

    first: Ints
    day: Ints
    purchases: Array
    spend: Array

    @classmethod
    def of(cls, refits: Refits, last: int) -> _Happened:
        """Those of the customers who are read."""
        days = purchase_days(refits.tx, last)
        if refits.sampled:
            rows = fetch(days.select("customer_id", "day", "net")).to_pandas()
            days = nw.from_native(rows[rows["customer_id"].isin(refits.table(last)["customer_id"])])
        first = days.group_by("customer_id").agg(first=nw.col("day").min())
        both = join_in_order(days, first)
        counted = fetch(both.group_by("first", "day").agg(purchases=nw.len(), spend=nw.col("net").sum()))
        columns = (counted[name].to_numpy() for name in ("first", "day", "purchases", "spend"))
        first_day, day, purchases, spend = columns
        scale = 10.0**refits.tx.decimals
        return cls(
            first_day.astype(np.int64),
            day.astype(np.int64),
            purchases.astype(float),
            spend.astype(float) / scale,
        )

    def after(self, origin: int, days: Array) -> tuple[Array, Array]:
        """Purchases and spend of those known at a day in times of these lengths after it."""
        later = (self.first <= origin) & (self.day > origin)
        inside = (self.day[later] - origin)[None, :] <= days[:, None]
        return inside @ self.purchases[later], inside @ self.spend[later]


def _compared(
    model: CustomerModel, origin: int, days: Array, happened: _Happened, has_amounts: bool
) -> list[dict[str, Any]]:
    """The rows of one origin."""
    base, ahead = _base(model, days)
    law, spend = model._as_seen(model._laws[0], model.end), model._laws[1]
    found = _Ahead.of(law, base, ahead)
    expected, money = found.purchases, found.money(spend, base)
    luck, doubt = _luck(law, base, ahead, found, origin), _doubt(model, base, ahead, expected)
    purchases, spent = happened.after(origin, days)
    return [
        {
            "origin": day_date(origin),
            "days": int(days[k]),
            "predicted": float(expected[k]),
            "happened": float(purchases[k]),
            "predicted_spend": float(money[k]),
            "happened_spend": float(spent[k]) if has_amounts else np.nan,
            "law_sd": float(np.hypot(np.sqrt(luck[k]) / expected[k], doubt[k]))
            if expected[k] > 0
            else np.nan,
            "parameters_sd": float(doubt[k]),
        }
        for k in range(len(days))
    ]


def _base(model: CustomerModel, days: Array) -> tuple[Base, Array]:
    """The customers of a fit, and ends of times ahead in the law's time."""
    clock = model._clock(model.end)
    assert model.customers is not None
    base = replace(model._reader, clock=clock).base(model.customers)
    unit_days = days_per_unit(model.unit)
    ahead = days / unit_days if clock is None else clock.ahead(clock.end, np.append(0.0, days))[1:]
    return base, np.asarray(ahead, dtype=float)


def _priced(refits: Refits, model: CustomerModel, origin: int) -> CustomerModel:
    """With the law of spend as it would have been fitted then, if there are amounts and it can be fitted."""
    tx, terms = refits.tx, refits.terms
    if not tx.has_amounts:
        return model
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            orders = orders_reader(tx, origin, False)
            return with_spend(model, model.spend_orders, None, terms.depends, terms.prior, orders)
    except FitError:  # too few repeat orders, or all orders have one price
        return model


class _Ahead(NamedTuple):
    """P(alive) of each customer, purchases of each distinct one in each time ahead if alive, and which one each is."""

    p_alive: Array
    reached: Array
    pair: Ints

    @classmethod
    def of(cls, law: Any, base: Base, ahead: Array) -> _Ahead:
        """By one law."""
        first, pair = members(law, base.x, base.t_x, base.T, base.patterns)
        alive = at(law, taken(base.patterns, first)).posterior(base.x[first], base.t_x[first], base.T[first])
        p_alive = np.asarray(at(law, base.patterns).p_alive(base.x, base.t_x, base.T), dtype=float)
        reached = np.array([np.asarray(alive.expected_purchases(t), dtype=float) for t in ahead])
        return cls(p_alive, reached, pair)

    @property
    def purchases(self) -> Array:
        """Of all customers, in each time ahead."""
        return self._summed(self.p_alive)

    def money(self, spend: Any, base: Base) -> Array:
        """Of all customers; not a number without a law of spend."""
        if spend is None:
            return np.full(len(self.reached), np.nan)
        each = np.asarray(at(spend, base.patterns).expected_spend(*base.spent), dtype=float)
        return self._summed(self.p_alive * each)

    def _summed(self, weight: Array) -> Array:
        return self.reached @ np.bincount(self.pair, weights=weight, minlength=self.reached.shape[1])


def _luck(law: Any, base: Base, ahead: Array, expected: _Ahead, seed: int) -> Array:
    """Variance of the totals given the law: deviations of customers in some futures, squared and summed."""
    rows = base.order()
    base, p_alive, pair = base.take(rows), expected.p_alive[rows], expected.pair[rows]
    rng, n = np.random.default_rng([seed, len(base)]), len(base)
    found = np.zeros(len(ahead))
    for _ in range(FUTURES):
        future = simulate_future(law, None, base, float(ahead[-1]), rng)
        for k, t in enumerate(ahead):
            count = np.bincount(future.customer[future.time <= t], minlength=n)
            found[k] += ((count - p_alive * expected.reached[k][pair]) ** 2).sum() / FUTURES
    return found


def _doubt(model: CustomerModel, base: Base, ahead: Array, expected: Array) -> Array:
    """Standard deviations of the totals' logarithms due to the estimated parameters, by the delta method."""
    behind, covariance = model._laws[0], np.asarray(model.purchases.log_covariance)
    theta = behind.log_parameters
    slopes = []
    for k in range(len(theta)):
        moved = theta.copy()
        moved[k] += STEP
        there = _Ahead.of(model._as_seen(law_at(behind, moved), model.end), base, ahead).purchases
        slopes.append((np.log(np.maximum(there, 1e-300)) - np.log(np.maximum(expected, 1e-300))) / STEP)
    slope = np.array(slopes)
    variance = np.einsum("ka,kl,la->a", slope, np.clip(covariance, -(WIDEST**2), WIDEST**2), slope)
    return np.asarray(np.sqrt(np.clip(variance, 0.0, WIDEST**2)))
