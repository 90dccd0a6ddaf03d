"""Customers were observed long enough: the share who buy again has levelled off."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms
from clv._units import UNIT_WORDS, days_per_unit
from rfm._survival import SurvivalCurve, kaplan_meier
from rfm._words import declare

__all__ = ["levelled", "long_enough", "second_purchase"]

Ints = NDArray[np.int64]

TEXTS: Final = declare(
    "checks.observed_time",
    {
        "check": "customers were observed long enough",
        "few": "Only {n} customers bought again. Wait, or add history.",
        "few_one": "Only {n} customer bought again. Wait, or add history.",
        "all": "Every customer bought again.",
        "shares": "{half} bought again within {half_time} {unit} of their first purchase, {whole} within {time} "
        "{unit} of it",
        "levelled": "{shares}: the share has nearly levelled off; most of those not back by then will not return.",
        "may be rising": "{shares}: the share may still be rising, so the fit cannot distinguish slow customers "
        "from those who left. {advice}",
        "rising": "{shares}: the share is still rising, so the fit cannot distinguish slow customers from "
        "those who left. {advice}",
        "advice": "Add history, or trust long horizons less.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "share who bought again by half the time, over that by all of it"
LEVEL: Final = 0.8


def long_enough(history: History, terms: Terms) -> Finding:
    """Whether most of those who ever return had time to do so."""
    wait, again = second_purchase(history)
    returned = int(again.sum())
    if returned < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(returned, f"{returned:,}", "few"), returned)
    if returned == history.n:
        found = Estimate(1.0, 1.0, 1.0, history.n)
        return Finding(CHECK, "yes", STATISTIC, found, TEXTS("all"), history.n)
    curve = kaplan_meier(wait, again)
    observed = np.sort(history.end - history.first)
    longest = min(float(observed[-min(ENOUGH, history.n)]), curve.longest)
    ratio = levelled(curve, longest)
    holds: Holds = "no" if ratio.value < LEVEL else "doubtful" if ratio.low < LEVEL else "yes"
    half, whole = (float(curve.reached(t)) for t in (longest / 2, longest))
    scale = days_per_unit(terms.unit)
    shares = TEXTS(
        "shares",
        half=f"{half:.0%}",
        half_time=f"{longest / 2 / scale:.1f}",
        whole=f"{whole:.0%}",
        time=f"{longest / scale:.1f}",
        unit=UNIT_WORDS(terms.unit),
    )
    if holds == "yes":
        return Finding(CHECK, holds, STATISTIC, ratio, TEXTS("levelled", shares=shares), history.n)
    rising = "may be rising" if holds == "doubtful" else "rising"
    words = TEXTS(rising, shares=shares, advice=TEXTS("advice"))
    return Finding(CHECK, holds, STATISTIC, ratio, words, history.n - returned)


def second_purchase(history: History) -> tuple[Ints, NDArray[np.bool_]]:
    """Days from each customer's first purchase to the second, or to the end of observation; whether it was made."""
    again = history.orders > 1
    wait = history.end - history.first
    wait[again] = history.gap[history.begins[again] + 1]
    return wait, again


def levelled(curve: SurvivalCurve, longest: float) -> Estimate:
    """F(L/2)/F(L), the share reached by half of the time L over that by all of it, with its 95% interval.

    The share between L/2 and L is independent of that before (Greenwood); the interval is the delta
    method's on the log of the odds.
    """
    early, late = (float(curve.at(t)) for t in (longest / 2, longest))
    value = (1 - early) / (1 - late)
    if early == late:
        return Estimate(1.0, 1.0, 1.0)
    if early == 1:
        return Estimate(0.0, 0.0, 0.0)
    before, after = (float(curve.standard_error(t)) for t in (longest / 2, longest))
    stay = late / early  # share of those left at L/2 who have not bought by L
    left = max((after / late) ** 2 - (before / early) ** 2, 0.0) * stay**2 if late > 0 else 0.0
    # odds of "by L/2" against "between": (1 − e)/(e(1 − stay))
    error = math.sqrt((before / ((1 - early) * early)) ** 2 + left / (1 - stay) ** 2)
    odds = (1 - early) / (early - late)
    low, high = (odds * math.exp(step * error) for step in (-1.96, 1.96))
    return Estimate(value, low / (1 + low), high / (1 + high))
