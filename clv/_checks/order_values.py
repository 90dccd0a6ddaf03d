"""Order values are steady: the same customer's orders, early and late."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, percent, student, unknown, verdict
from clv._checks.history import History, Terms
from clv._units import days_per_unit
from rfm._words import declare

__all__ = ["drift_of", "steady", "yearly_change"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TEXTS: Final = declare(
    "checks.order_values",
    {
        "check": "order values are steady",
        "no amounts": "The log has no amounts.",
        "few": "Only {n} customers with two paid repeat orders.",
        "few_one": "Only {n} customer with two paid repeat orders.",
        "change": "The same customer's repeat orders change by {change} per year [{low}, {high}]",
        "no drift": "{change}: no drift that would matter.",
        "undecided": "{change}: no drift is detected, but a large one is not ruled out.",
        "too little": "{change}: order values drift, and Gamma-Gamma expects the same value for ever, which is too "
        "little. {advice}",
        "too much": "{change}: order values drift, and Gamma-Gamma expects the same value for ever, which is too much. "
        "{advice}",
        "advice": "If it goes on, model.predict(price_growth={rate}) values orders at the prices of their day.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "change of order value per year, within customers"
DOUBTFUL, NO = 0.05, 0.15


def steady(history: History, terms: Terms) -> Finding:
    """Whether what a customer spends on an order rises or falls with the years."""
    if history.net is None:
        return unknown(CHECK, STATISTIC, TEXTS("no amounts"))
    customer, day, net = _several(history)
    n = len(np.unique(customer))
    if n < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(n, f"{n:,}", "few"), n)
    rate = yearly_change(customer, day, net)
    holds = verdict(rate, DOUBTFUL, NO)
    change = TEXTS("change", change=percent(rate.value), low=percent(rate.low), high=percent(rate.high))
    if holds == "yes":
        words = TEXTS("undecided" if max(-rate.low, rate.high) > NO else "no drift", change=change)
    else:
        too = "too little" if rate.value > 0 else "too much"
        words = TEXTS(too, change=change, advice=TEXTS("advice", rate=f"{rate.value:.2f}"))
    return Finding(CHECK, holds, STATISTIC, rate, words, n)


def drift_of(history: History) -> Estimate | None:
    """The yearly change of order values within customers; None where too few have two paid repeat orders."""
    customer, day, net = _several(history)
    return yearly_change(customer, day, net) if len(np.unique(customer)) >= ENOUGH else None


def _several(history: History) -> tuple[Ints, Ints, Array]:
    """The paid repeat orders of customers with at least two: customer, day, value."""
    customer, day, net = history.paid()
    several = np.bincount(customer, minlength=history.n)[customer] > 1
    return customer[several], day[several], net[several]


def yearly_change(customer: Ints, day: Ints, net: Array) -> Estimate:
    """Relative change per year of the value of a customer's orders, with its 95% interval.

    Parameters
    ----------
    customer, day : ndarray of shape (d,)
        Number of the customer, and the day.
    net : ndarray of shape (d,)
        Value of the order, > 0.

    Notes
    -----
    exp(β) − 1, with β the slope of the log value on time in years, with each customer's means removed from both, so
    that customers who joined later may spend differently. The standard error is clustered by customer.
    """
    _, place, orders = np.unique(customer, return_inverse=True, return_counts=True)
    time, value = day / days_per_unit("Y"), np.log(net)
    time, value = (c - (np.bincount(place, c) / orders)[place] for c in (time, value))
    scale = float(time @ time)
    slope = float(time @ value) / scale
    score = np.bincount(place, time * (value - slope * time))
    n = len(orders)
    error = math.sqrt(float(score @ score) * n / (n - 1)) / scale
    return student(slope, error, n - 1).mapped(math.expm1)
