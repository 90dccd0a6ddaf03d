"""First orders are like later ones: those of the same customers, of those who came back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, percent, student, unknown, verdict
from clv._checks.history import History, Terms
from clv._checks.order_values import drift_of
from clv._units import days_per_unit
from rfm._words import declare

__all__ = ["CHECK", "FirstOrders", "compared", "first_like_later"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.first_orders",
    {
        "check": "first orders are like later ones",
        "no amounts": "The log has no amounts.",
        "few": "Only {n} customers with a paid first order and a paid later one.",
        "few_one": "Only {n} customer with a paid first order and a paid later one.",
        "change": "Of customers who came back, the first order differs by {change} [{low}, {high}] from their later "
        "ones, with which it correlates at {correlation}",
        "drift": "{change}, at prices of one day (they change by {rate} per year)",
        "fair": '{change}: spend_orders="all" may read it too, and one-time buyers are then valued by their own order.',
        "undecided": "{change}: no difference is detected, but a large one is not ruled out. "
        'spend_orders="auto" tests whether first orders improve the prediction.',
        "higher": '{change}: spend_orders="all" would expect too much of one-time buyers. {advice}',
        "lower": '{change}: spend_orders="all" would expect too little of one-time buyers. {advice}',
        "advice": 'The default, "repeat", leaves first orders out; spend_orders="auto" tests whether they still help.',
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "first order against the same customer's later ones"
DOUBTFUL, NO = 0.10, 0.25
ROUNDING: Final = 1e-9  # of the logarithm of equal prices


@dataclass(frozen=True)
class FirstOrders:
    """First orders compared with later ones, over customers with a paid order of both kinds.

    Parameters
    ----------
    difference : Estimate
        Of a first order from the customer's later ones, relative.
    correlation : float
        Of the logarithm of the first order with the mean logarithm of the later ones; NaN where either is constant.
    """

    difference: Estimate
    correlation: float


def first_like_later(history: History, terms: Terms) -> Finding:
    """Whether those who came back spent as much on their first order as on later ones."""
    if history.net is None:
        return unknown(CHECK, STATISTIC, TEXTS("no amounts"))
    drift = drift_of(history)
    steady = drift is None or not drift.excludes_zero
    found = compared(history, 0.0 if steady or drift is None else math.log1p(drift.value))
    if found is None or found.difference.n < ENOUGH:
        n = 0 if found is None else found.difference.n
        return unknown(CHECK, STATISTIC, TEXTS.counted(n, f"{n:,}", "few"), n)
    difference = found.difference
    holds = verdict(difference, DOUBTFUL, NO)
    correlation = "–" if math.isnan(found.correlation) else f"{found.correlation:.2f}"
    bounds = {name: percent(getattr(difference, name)) for name in ("low", "high")}
    change = TEXTS("change", change=percent(difference.value), **bounds, correlation=correlation)
    if not steady and drift is not None:
        change = TEXTS("drift", change=change, rate=percent(drift.value))
    if holds == "yes":
        words = TEXTS("undecided" if max(-difference.low, difference.high) > NO else "fair", change=change)
    else:
        words = TEXTS("higher" if difference.value > 0 else "lower", change=change, advice=TEXTS("advice"))
    return Finding(CHECK, holds, STATISTIC, difference, words, difference.n)


def compared(history: History, force: float = 0.0) -> FirstOrders | None:
    """Relative difference of first orders from later ones of the same customers; None without two such customers.

    Parameters
    ----------
    force : float
        Growth of prices, of log values per year, for which orders are corrected.

    Notes
    -----
    exp(d) − 1, with d the mean over customers of the first order's logarithm less the mean logarithm of their later
    orders. Under Gamma-Gamma its expectation is 0 for any number of later orders and any spread between customers; a
    mean of logarithms is not ruled by the largest orders.
    """
    customer, day, net = history.paid(repeats=False)
    first = day == history.first[customer]
    value = np.log(net) - force * day / days_per_unit("Y")
    firsts = np.bincount(customer[first], minlength=history.n)
    later = np.bincount(customer[~first], minlength=history.n)
    both = (firsts > 0) & (later > 0)
    if both.sum() < 2:
        return None
    own = np.bincount(customer[first], value[first], history.n)[both]
    mean = np.bincount(customer[~first], value[~first], history.n)[both] / later[both]
    apart, n = own - mean, int(both.sum())
    spread = own.std() * mean.std() if min(own.std(), mean.std()) > ROUNDING else 0.0
    together = float(np.mean((own - own.mean()) * (mean - mean.mean())))
    correlation = together / spread if spread > 0 else math.nan
    error = float(apart.std(ddof=1)) / math.sqrt(n)
    estimate = student(float(apart.mean()), error, n - 1)
    return FirstOrders(estimate.mapped(lambda d: math.expm1(min(d, 700.0))), correlation)
