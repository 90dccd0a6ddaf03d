"""Spend and frequency are unrelated: the value of an order against the number of orders."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, percent, student, unknown, verdict
from clv._checks.history import History, Terms
from rfm._words import declare

__all__ = ["per_doubling", "unrelated"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.independence",
    {
        "check": "spend and frequency are unrelated",
        "no amounts": "The log has no amounts.",
        "few": "Only {n} repeat buyers with paid orders, or no spread among them.",
        "few_one": "Only {n} repeat buyer with paid orders, or no spread among them.",
        "change": "With twice the repeat orders the value of an order changes by {change} [{low}, {high}].",
        "fair": "{change} Gamma-Gamma's assumption holds approximately.",
        "undecided": "{change} No relation is detected, but a strong one is not ruled out.",
        "somewhat more": "{change} Gamma-Gamma assumes no change: frequent buyers are worth somewhat more than it "
        "says.",
        "somewhat less": "{change} Gamma-Gamma assumes no change: frequent buyers are worth somewhat less than it "
        "says.",
        "more": "{change} Gamma-Gamma assumes no change: frequent buyers are worth more than it says. {advice}",
        "less": "{change} Gamma-Gamma assumes no change: frequent buyers are worth less than it says. {advice}",
        "advice": "Fit groups of similar frequency separately, or trust totals less.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "change of order value per doubling of repeat orders"
DOUBTFUL, NO = 0.05, 0.15  # changes per doubling; from one order to eight they make a sixth and a half


def unrelated(history: History, terms: Terms) -> Finding:
    """Whether customers who order more often spend more, or less, per order."""
    if history.net is None:
        return unknown(CHECK, STATISTIC, TEXTS("no amounts"))
    customer, _, net = history.paid()
    x = np.bincount(customer, minlength=history.n)
    buyers = int((x > 0).sum())
    if buyers < ENOUGH or x.max() == x[x > 0].min() or np.ptp(net) == 0:
        return unknown(CHECK, STATISTIC, TEXTS.counted(buyers, f"{buyers:,}", "few"), buyers)
    found = per_doubling(customer, net)
    holds = verdict(found, DOUBTFUL, NO)
    low, high = percent(found.low), percent(found.high)
    change = TEXTS("change", change=percent(found.value), low=low, high=high)
    more = "more" if found.value > 0 else "less"
    if holds == "yes":
        words = TEXTS("undecided" if max(-found.low, found.high) > NO else "fair", change=change)
    elif holds == "doubtful":
        words = TEXTS(f"somewhat {more}", change=change)
    else:
        words = TEXTS(more, change=change, advice=TEXTS("advice"))
    return Finding(CHECK, holds, STATISTIC, found, words, buyers)


def per_doubling(customer: NDArray[np.int64], net: Array) -> Estimate:
    """Relative change of an order's value with twice the orders, over customers.

    Parameters
    ----------
    customer : ndarray of shape (d,)
        Number of the customer of each order.
    net : ndarray of shape (d,)
        The order's value, > 0.

    Returns
    -------
    Estimate
        2^β − 1, with β the slope of a customer's mean log value on the log of their number of orders x.

    Notes
    -----
    Ranks, or means of values, depend on x even if spend and frequency are unrelated: means of few orders are as
    skewed as orders, those of many are not. A mean of logarithms has the same expectation for every x, and finite
    moments for any tail of the values. Its variance is A + B/x, with A between and B within customers, which gives the
    weights; the interval is the heteroscedasticity-robust one (HC3).
    """
    seen, place, x = np.unique(customer, return_inverse=True, return_counts=True)
    log_value = np.log(net)
    mean = np.bincount(place, log_value) / x
    freedom = len(net) - len(seen)
    within = float(((log_value - mean[place]) ** 2).sum() / freedom) if freedom else 0.0
    ln_x = np.log(x)
    between = max(float(_regress(mean, ln_x, np.ones(len(x)))[2] - within * (1 / x).mean()), 0.0)
    variance = between + within / x
    slope, error, _ = _regress(mean, ln_x, 1 / variance if variance.all() else np.ones(len(x)))
    return student(slope, error, len(seen) - 1).mapped(lambda b: math.expm1(b * math.log(2)))


def _regress(y: Array, x: Array, weight: Array) -> tuple[float, float, float]:
    """Slope of a weighted line, its HC3 standard error, and the mean squared residual."""
    total = weight.sum()
    from_mean = x - weight @ x / total
    scale = weight @ from_mean**2
    slope = weight @ (from_mean * y) / scale
    residual = y - weight @ y / total - slope * from_mean
    leverage = weight / total + weight * from_mean**2 / scale
    influence = weight * from_mean * residual / np.maximum(1 - leverage, 1e-12)
    return float(slope), float(np.sqrt(influence @ influence) / scale), float(np.mean(residual**2))
