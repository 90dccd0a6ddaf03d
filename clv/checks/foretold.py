"""The last part of the log is foretold: one hold-out, by a law fitted to what came before."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from clv.checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, Holds, percent, unknown
from clv.checks.history import History, Terms, fitted
from clv.units import days_per_unit
from rfm.days import day_text

__all__ = ["foretold", "relative_error"]

CHECK: Final = "the last part of the log is foretold"
STATISTIC: Final = "purchases foretold against those that came"
PART: Final = 0.25  # of the log
SHORTEST: Final = 28  # days of the last part
NO, DOUBTFUL = 0.25, 0.10


def foretold(history: History, terms: Terms) -> Finding:
    """Whether a law fitted to the first three quarters of the log foretells the purchases of the last."""
    days = int(history.length * PART)
    if days < SHORTEST:
        words = f"The last quarter of the log is {days} days; {SHORTEST} are needed."
        return unknown(CHECK, STATISTIC, words)
    origin = history.end - days
    known = history.until(origin)
    if known.n < ENOUGH or int((known.orders > 1).sum()) < ENOUGH:
        few = f"Only {int((known.orders > 1).sum())} customers had bought again by {day_text(origin)}."
        return unknown(CHECK, STATISTIC, few, known.n)
    law, _ = fitted(terms.model, known, terms.unit)
    table = known.btyd(terms.unit)
    columns = (table[c] for c in law.data_columns)
    expected = np.asarray(law.conditional_expected_purchases(days / days_per_unit(terms.unit), *columns))
    came = (history.orders - np.bincount(history.customer[history.day <= origin], minlength=history.n))[
        history.first <= origin
    ]
    error = relative_error(expected, came.astype(float))
    if max(expected.sum(), came.sum()) < ENOUGH:
        few = f"Only {came.sum()} purchases came after {day_text(origin)}."
        return unknown(CHECK, STATISTIC, few, known.n)
    holds: Holds = "yes"
    if error.excludes_zero and abs(error.value) > DOUBTFUL:
        holds = "no" if abs(error.value) > NO else "doubtful"
    elif abs(error.value) > NO:
        holds = "doubtful"
    words = (
        f"{terms.model}, fitted up to {day_text(origin)}, foretold {expected.sum():,.0f} purchases of the "
        f"{known.n:,} customers known then for the {days} days after it; {came.sum():,} came "
        f"({percent(error.value)})."
    )
    follows = (
        ""
        if holds == "yes"
        else f" Expect totals that are too {'large' if error.value > 0 else 'small'} by as much; see the other lines "
        "for why, and clv.backtest for other laws."
    )
    return Finding(CHECK, holds, STATISTIC, error, words + follows, known.n)


def relative_error(expected: np.ndarray, came: np.ndarray) -> Estimate:
    """Expected total over what came, minus 1, with a 95% interval for the chance of single customers.

    Where what came were drawn around what was expected, the interval holds 0 nineteen times in twenty but for the
    error of the fit; infinite where nothing came.
    """
    total, happened = float(expected.sum()), float(came.sum())
    n = len(came)
    if happened == 0:
        return Estimate(math.inf, math.inf, math.inf, n)
    miss = expected - came
    z = 1.959963984540054 if CONFIDENCE == 0.95 else math.nan
    half = z * math.sqrt(float(miss @ miss)) / happened
    value = total / happened - 1
    return Estimate(value, value - half, value + half, n)
