"""Later customers return like earlier ones: the time to the second purchase by day of joining."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, percent, student, unknown, verdict
from clv._checks.history import History, Terms
from clv._checks.observed_time import second_purchase
from rfm._days import day_text
from rfm._words import declare

__all__ = ["alike", "hazard_slope"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.cohorts",
    {
        "check": "later customers return like earlier ones",
        "few": "Only {n} customers bought again.",
        "few_one": "Only {n} customer bought again.",
        "one day": "Nearly all customers joined on one day.",
        "no trend": "{difference}: no trend that would matter.",
        "undecided": "{difference}: no trend is detected, but a large one is not ruled out.",
        "too much": "{difference}; a law fitted to all expects too much of the latest customers. {advice}",
        "too little": "{difference}; a law fitted to all expects too little of the latest customers. {advice}",
        "difference": "The rate of second purchases of those who joined about {late} differs by {change} "
        "[{low}, {high}] from that of those of {early}",
        "advice": "Fit the later ones separately, or use the joining date as a covariate (clv.fit_covariates).",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "rate of second purchases, latest customers against earliest"
DOUBTFUL, NO = 0.10, 0.25
TAIL: Final = 0.05  # share of the customers trimmed at either end for "latest" and "earliest"


def alike(history: History, terms: Terms) -> Finding:
    """Whether customers who joined later make a second purchase at the same rate as earlier ones."""
    wait, again = second_purchase(history)
    chosen = history.first < history.end
    events = int((again & chosen).sum())
    if events < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(events, f"{events:,}", "few"), events)
    joined = history.first[chosen]
    early, late = (int(q) for q in np.quantile(joined, (TAIL, 1 - TAIL), method="nearest"))
    if early == late:
        return unknown(CHECK, STATISTIC, TEXTS("one day"), history.n)
    slope = hazard_slope(wait[chosen], again[chosen], (joined - early) / (late - early))
    change = slope.mapped(lambda b: math.expm1(min(b, 700.0)))
    holds = verdict(change, DOUBTFUL, NO)
    difference = TEXTS(
        "difference",
        late=day_text(late),
        early=day_text(early),
        change=percent(change.value),
        low=percent(change.low),
        high=percent(change.high),
    )
    if holds == "yes":
        words = TEXTS(
            "undecided" if max(-change.low, change.high) > NO else "no trend", difference=difference
        )
        return Finding(CHECK, holds, STATISTIC, change, words, history.n)
    too = "too much" if change.value < 0 else "too little"
    later = int((history.first > (early + late) / 2).sum())
    words = TEXTS(too, difference=difference, advice=TEXTS("advice"))
    return Finding(CHECK, holds, STATISTIC, change, words, later)


def hazard_slope(wait: NDArray[np.int64], event: NDArray[np.bool_], z: Array) -> Estimate:
    """Cox's slope of the log rate of an event on z, with its 95% interval; n is the number of rows.

    Parameters
    ----------
    wait : ndarray of shape (n,)
        Time to the event or to censoring.
    event : ndarray of shape (n,), bool
        Whether the event happened.
    z : ndarray of shape (n,)
        The covariate. Censoring may depend on it.

    Notes
    -----
    Cox (1972), "Regression models and life-tables", with Breslow's treatment of ties. At slope 0 the test is the
    log-rank test for trend.
    """
    order = np.argsort(-wait, kind="stable")
    wait, event = wait[order], event[order]
    z = z[order] - z.mean()
    times, deaths = np.unique(-wait[event], return_counts=True)  # longest first
    last = np.searchsorted(-wait, times, side="right") - 1  # the risk set: all rows up to here
    hit = float(z[event].sum())
    slope, information = 0.0, 0.0
    for _ in range(50):
        weight = np.exp(slope * z)
        s0, s1, s2 = (np.cumsum(weight * z**k)[last] for k in range(3))
        mean = s1 / s0
        information = float(deaths @ (s2 / s0 - mean**2))
        step = (hit - float(deaths @ mean)) / information if information > 0 else 0.0
        slope += max(min(step, 1.0), -1.0)
        if abs(step) < 1e-9:
            break
    if information <= 0:
        return Estimate(0.0, n=len(z))
    return student(slope, 1 / math.sqrt(information), len(z) - 1)
