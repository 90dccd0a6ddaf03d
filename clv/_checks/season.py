"""Orders come evenly through the year: repeat purchases by calendar month, relative to those expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clv._checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, percent, unknown, verdict
from clv._checks.history import History, Terms
from rfm._words import declare, joined

__all__ = ["Season", "evenly", "expected_repeats", "season_of"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEXTS: Final = declare(
    "checks.season",
    {
        "check": "orders come evenly through the year",
        "few": "Only {n} customers bought again.",
        "few_one": "Only {n} customer bought again.",
        "short": "Seasonality needs every calendar month at least {cycles} times, and the log has {months} "
        "months with enough repeat purchases: it cannot be separated from a trend or from ageing. If your trade "
        "is seasonal, beware of a fit that ends in high season: it expects too much. Factors that you know can be "
        "given: season=clv.Season.from_factors(…).",
        "none": "No calendar month stands out (p = {p}).",
        "months": "Repeat purchases against the year's average: {months} (p = {p}).",
        "season": "Repeat purchases against the year's average: {months} (p = {p}). Without season= the laws have "
        "no seasonality: a forecast for part of a year is off by as much, and a fit that ends in high season expects "
        'too much. Hint: clv.fit(tx, season="auto"), or forecast whole years, from a log of whole years.',
        "month": "{month} {change}",
        **{month: month for month in MONTHS},
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "month farthest from the year's average"
DOUBTFUL, NO = 0.10, 0.30
LEAST: Final = 5.0  # repeat purchases expected in a month for it to count
CYCLES: Final = 2


@dataclass(frozen=True)
class Season:
    """Effects of the calendar months on the rate of repeat purchases.

    Parameters
    ----------
    effects, errors : ndarray of shape (12,)
        Logarithm of each month's rate over the year's (geometric) average, and its standard error.
    p_value : float
        Of the F test that no month differs.
    freedom : int
        Residual degrees of freedom: months of the log less parameters.
    """

    effects: Array
    errors: Array
    p_value: float
    freedom: int

    @property
    def farthest(self) -> int:
        """The month whose rate differs most from the average, 0 for January."""
        return int(np.argmax(np.abs(self.effects)))

    @property
    def strength(self) -> Estimate:
        """Relative difference of the most extreme month, with a 95% interval corrected for the choice among twelve."""
        t = float(stats.t.ppf(1 - (1 - CONFIDENCE) / 24, self.freedom))
        effect, half = float(self.effects[self.farthest]), t * float(self.errors[self.farthest])
        return Estimate(effect, effect - half, effect + half).mapped(lambda e: math.expm1(min(e, 700.0)))


def evenly(history: History, terms: Terms) -> Finding:
    """Whether the same calendar months of different years have more, or fewer, repeat purchases than others."""
    buyers = int((history.orders > 1).sum())
    if buyers < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(buyers, f"{buyers:,}", "few"), buyers)
    month, came, expected = _by_month(history)
    counts = expected >= LEAST
    month, came, expected = month[counts], came[counts], expected[counts]
    if (np.bincount(month % 12, minlength=12) < CYCLES).any():
        return unknown(CHECK, STATISTIC, TEXTS("short", cycles=str(CYCLES), months=str(len(month))), buyers)
    season = season_of(month, came, expected)
    holds = verdict(season.strength, DOUBTFUL, NO) if season.p_value < 1 - CONFIDENCE else "yes"
    if holds == "yes" and season.p_value < 1 - CONFIDENCE and abs(season.strength.value) >= DOUBTFUL:
        holds = "doubtful"  # jointly the months differ, though no single one significantly
    words = TEXTS("none", p=f"{season.p_value:.2f}")
    if season.p_value < 1 - CONFIDENCE:
        differ = "months" if holds == "yes" else "season"
        words = TEXTS(differ, months=_months(season), p=f"{season.p_value:.2g}")
    return Finding(CHECK, holds, STATISTIC, season.strength, words, buyers)


def _months(season: Season) -> str:
    """The two highest and the two lowest months in words."""
    order = np.argsort(season.effects, kind="stable")
    chosen = [*order[::-1][:2], *order[:2][::-1]]
    return joined(
        "list",
        [
            TEXTS("month", month=TEXTS(MONTHS[m]), change=percent(math.expm1(season.effects[m])))
            for m in chosen
        ],
    )


def _by_month(history: History) -> tuple[Ints, Array, Array]:
    """Number of each calendar month (12 a year, January a multiple of 12), repeat purchases, and those expected."""
    days = history.length + 1
    expected = expected_repeats(history)
    came = np.bincount(history.day[history.number > 0] - history.start, minlength=days).astype(float)
    dates = np.arange(history.start, history.end + 1).astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(np.int64) + 12 * 1970
    first = int(month[0])
    numbers = np.arange(first, int(month[-1]) + 1, dtype=np.int64)
    purchases, foreseen = (np.bincount(month - first, c).astype(np.float64) for c in (came, expected))
    return numbers, purchases, foreseen


def expected_repeats(history: History) -> Array:
    """Expected repeat purchases on each day of the log if the rate depended only on customers' age.

    Ages (days since the first purchase) are grouped in classes that double in width: a log with many young
    customers has more purchases per customer than one with old ones, whatever the season.
    """
    days = history.length + 1
    joined = np.cumsum(np.bincount(history.first - history.start, minlength=days))
    repeat = history.number > 0
    age = (history.day - history.first[history.customer])[repeat]
    day = np.arange(days)

    def before(lag: int) -> Array:
        """Number of customers who joined a given number of days before each day."""
        return np.where(day >= lag, joined[np.maximum(day - lag, 0)], 0).astype(float)

    expected = np.zeros(days)
    for low in 2 ** np.arange(int(days).bit_length()):
        there = before(int(low)) - before(2 * int(low))
        if there.any():
            expected += there * (((age >= low) & (age < 2 * low)).sum() / there.sum())
    return expected


def season_of(month: Ints, came: Array, expected: Array) -> Season:
    """Effects of calendar months together with a trend, piecewise linear by year.

    Parameters
    ----------
    month : ndarray of shape (m,)
        Number of each month of the log; every remainder modulo 12 at least twice.
    came, expected : ndarray of shape (m,)
        Purchases, and those expected without season and trend, > 0.

    Notes
    -----
    A Poisson regression with the log of the expected number as offset; standard errors are widened by the
    overdispersion of a month between years (quasi-likelihood, never narrowed), which distinguishes a season from
    single events.
    """
    time = (month - month[0]) / 12.0
    knots = np.arange(1, max(math.ceil(time[-1]), 2))
    trend = np.column_stack([np.ones(len(month)), time, *(np.maximum(time - k, 0) for k in knots)])
    names = np.eye(12)[month % 12]
    sum_to_zero = names[:, :11] - names[:, 11:]
    full = np.column_stack([trend, sum_to_zero])
    freedom = len(month) - np.linalg.matrix_rank(full)
    mean, covariance, beta = _poisson(full, came, expected)
    plain = _poisson(trend, came, expected)[0]
    spread = max(float(((came - mean) ** 2 / mean).sum() / freedom), 1.0)
    gain = (_deviance(came, plain) - _deviance(came, mean)) / 11
    back = np.vstack([np.eye(11), -np.ones(11)])
    effects = back @ beta[-11:]
    errors = np.sqrt(spread * np.einsum("ij,jk,ik->i", back, covariance[-11:, -11:], back))
    return Season(effects, errors, float(stats.f.sf(gain / spread, 11, freedom)), int(freedom))


def _poisson(design: Array, came: Array, expected: Array) -> tuple[Array, Array, Array]:
    """Fitted means, inverse information and coefficients of a Poisson regression with an offset."""
    beta = np.linalg.lstsq(design, np.log((came + 0.5) / expected), rcond=None)[0]
    for _ in range(50):
        mean = expected * np.exp(np.clip(design @ beta, -30, 30))
        information = design.T @ (mean[:, None] * design)
        step = np.linalg.lstsq(information, design.T @ (came - mean), rcond=None)[0]
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    mean = expected * np.exp(np.clip(design @ beta, -30, 30))
    inverse = np.linalg.pinv(design.T @ (mean[:, None] * design))
    return mean, np.asarray(inverse, dtype=np.float64), np.asarray(beta, dtype=np.float64)


def _deviance(came: Array, mean: Array) -> float:
    logs = np.where(came > 0, came * np.log(np.where(came > 0, came, 1) / mean), 0.0)
    return float(2 * (logs - (came - mean)).sum())
