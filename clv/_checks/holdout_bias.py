"""The last part of the log is predicted: one hold-out, by a law fitted to the earlier part."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clv._checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, Holds, percent, unknown
from clv._checks.history import History, Terms, fitted
from clv._fits.fit_law import Fit
from clv._laws.purchase_law import PurchaseLaw
from clv._units import days_per_unit
from clv.errors import FitError
from rfm._days import day_text
from rfm._words import Message, declare

__all__ = ["holdout_bias", "relative_error", "slopes_of_total"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.holdout_bias",
    {
        "check": "the last part of the log is predicted",
        "short": "The last quarter of the log has {days} days; {needed} are needed.",
        "few": "Only {n} customers had bought again by {origin}.",
        "few_one": "Only {n} customer had bought again by {origin}.",
        "no law": "No law can be fitted up to {origin}. {error}",
        "prediction": "{law}, fitted up to {origin}, predicted {expected} purchases of the {customers} customers known "
        "then for the {days} days after it; {came} were made",
        "too few": "{prediction}: too few to judge.",
        "yes": "{prediction} ({error}).",
        "by chance": "{prediction} ({error}). This is a large error, but with so few purchases it may be chance.",
        "too large": "{prediction} ({error}). Expect totals that are too large by as much; {advice}",
        "too small": "{prediction} ({error}). Expect totals that are too small by as much; {advice}",
        "advice": "the other checks may show why, and clv.backtest compares the laws.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "purchases predicted against those made"
PART: Final = 0.25  # of the log
SHORTEST: Final = 28  # days of the last part
NO, DOUBTFUL = 0.25, 0.10


def holdout_bias(history: History, terms: Terms) -> Finding:
    """Whether a law fitted to the first three quarters of the log predicts the purchases of the last."""
    days = int(history.length * PART)
    if days < SHORTEST:
        return unknown(CHECK, STATISTIC, TEXTS("short", days=str(days), needed=str(SHORTEST)))
    origin = history.end - days
    known = history.until(origin)
    before = int((known.orders > 1).sum())
    if before < ENOUGH:
        words = TEXTS.counted(before, f"{before:,}", "few", origin=day_text(origin))
        return unknown(CHECK, STATISTIC, words, known.n)
    try:
        fit = fitted(terms.model, known, terms.unit)
    except FitError as refused:
        words = TEXTS("no law", origin=day_text(origin), error=str(refused))
        return unknown(CHECK, STATISTIC, words, known.n)
    expected, variance = _predict(fit, known, days, terms)
    came = history.orders - np.bincount(history.customer[history.day <= origin], minlength=history.n)
    in_part = came[history.first <= origin].astype(np.float64)
    words = TEXTS(
        "prediction",
        law=fit.law.name,
        origin=day_text(origin),
        expected=f"{expected.sum():,.0f}",
        customers=f"{known.n:,}",
        days=str(days),
        came=f"{in_part.sum():,.0f}",
    )
    if max(expected.sum(), in_part.sum()) < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS("too few", prediction=words), known.n)
    error = relative_error(expected, in_part, variance)
    significant = error.excludes_zero and abs(error.value) > DOUBTFUL
    holds: Holds = "no" if significant and abs(error.value) > NO else "yes"
    if holds == "yes" and (significant or abs(error.value) > NO):
        holds = "doubtful"
    return Finding(CHECK, holds, STATISTIC, error, _sentence(words, holds, error), known.n)


def _sentence(prediction: Message, holds: Holds, error: Estimate) -> Message:
    """The prediction, and the consequences of its error."""
    values = {"prediction": prediction, "error": percent(error.value)}
    if holds == "yes":
        return TEXTS("yes", **values)
    if not error.excludes_zero:
        return TEXTS("by chance", **values)
    return TEXTS("too large" if error.value > 0 else "too small", **values, advice=TEXTS("advice"))


def _predict(fit: Fit[PurchaseLaw], known: History, days: int, terms: Terms) -> tuple[Array, float]:
    """Expected purchases of each customer in the days ahead, and the variance of their total due to the fit's error."""
    law, table = fit.law, known.btyd(terms.unit)
    columns = tuple(table[c] for c in law.data_columns)

    def purchases(log_parameters: Array) -> Array:
        member = type(law).from_log(log_parameters)
        return np.asarray(member.conditional_expected_purchases(days / days_per_unit(terms.unit), *columns))

    slopes = slopes_of_total(purchases, law.log_parameters)
    return purchases(law.log_parameters), float(slopes @ fit.log_covariance @ slopes)


def relative_error(expected: Array, came: Array, variance: float = 0.0) -> Estimate:
    """Expected total over the actual one, minus 1, with its 95% interval; infinite if there were no purchases.

    Parameters
    ----------
    expected, came : ndarray of shape (n,)
        One value per customer.
    variance : float
        Of the expected total, due to the error of the fit; the customers' own randomness is added.
    """
    total, happened = float(expected.sum()), float(came.sum())
    n = len(came)
    if happened == 0:
        return Estimate(math.inf, math.inf, math.inf, n)
    miss = expected - came
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    half = z * math.sqrt(float(miss @ miss) + variance) / happened
    value = total / happened - 1
    return Estimate(value, value - half, value + half, n)


def slopes_of_total(purchases: Callable[[Array], Array], log_parameters: Array, step: float = 1e-3) -> Array:
    """Central differences of the expected total by each log-parameter, (k,)."""
    steps = step * np.eye(len(log_parameters))
    return np.array(
        [
            (purchases(log_parameters + e).sum() - purchases(log_parameters - e).sum()) / (2 * step)
            for e in steps
        ]
    )
