"""Learning a season together with a law.

Two steps alternate. In the time of the season as known so far the law is fitted, and says how many repeat purchases it
expects on each day if all factors were 1. A Poisson regression of those that came, with the logarithm of these as
offset, gives the factors. A trend, linear between turns of a year, is taken out with them: a decline that the law does
not know is then not read as a season.

The coefficients have a normal prior with mean 0. Its variance maximises the marginal likelihood (Laplace's
approximation), so that factors are shrunk by their evidence; months that differ between years by more than chance count
for less, by their overdispersion (quasi-likelihood, as in McCullagh and Nelder 1989, section 6.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._laws.purchase_law import PurchaseLaw
from clv._season.clock import Clock, tau
from clv._season.cycle import Shape, basis, factors_of, slot_of
from clv._season.factors import Factors, factors_on
from clv._season.shop_days import ShopDays

__all__ = ["Learned", "expected_repeats", "learn", "regress"]

Array = NDArray[np.float64]
F = TypeVar("F", bound=Factors)
Ints = NDArray[np.int64]

SAMPLE: Final = 4_096  # rows with and without a purchase to which the law is fitted while factors are learned
ROUNDS: Final = 6  # most alternations
SETTLED: Final = 2e-3  # change of a factor that is none
POINTS: Final = 300  # at which expected purchases are tabulated
WEEK: Final = 7  # days for which the law is evaluated together
SPREADS: Final = np.geomspace(0.003, 3.0, 19)  # standard deviations of the prior that are compared
LEVEL, SLOPE, TURN = 10.0, 1.0, 0.5  # standard deviations of the trend's level, yearly slope and its turns
PAST: Final = 20.0  # evidence below the best at which no smaller spread is tried
LEAST: Final = 1e-9  # purchases expected on a day that counts


@dataclass(frozen=True)
class Learned:
    """Coefficients of a shape with their covariance, and how many parameters they are worth.

    Parameters
    ----------
    coefficients, covariance : ndarray of shape (k,) and (k, k)
        Of the logarithm of the factors.
    freedom : float
        Effective number of parameters: the trace of the shrinkage.
    """

    coefficients: Array
    covariance: Array
    freedom: float


def learn(
    law_class: type[PurchaseLaw],
    data: FitData,
    days: ShopDays,
    shape: Shape,
    given: F,
    unit_days: float,
) -> F:
    """The season of a log, learned together with a law.

    Parameters
    ----------
    law_class : type
        The purchase law, of continuous time.
    data : FitData
        Histories in the calendar's time, at the last of the days.
    days : ShopDays
        First and repeat purchases by day.
    shape : {"month", "week"}
        Of the factors.
    given : Season
        Known factors, which the learned ones multiply.
    unit_days : float
        Days in the unit of time.

    Raises
    ------
    FitError
        If the histories do not hold enough information for the law.
    """
    some = data.sample(SAMPLE)
    season, before = given, np.ones(len(days.day))
    for _ in range(ROUNDS):
        timed = some if season.flat else Clock(season, days.end, unit_days).data(some)
        law: Any = fit_to_data(law_class, timed).law
        expected = expected_repeats(law, days, season, unit_days)
        usual = np.divide(expected, before, out=np.zeros_like(expected), where=before > 0)
        found = regress(shape, days.day, days.repeats, usual)
        season = replace(
            given,
            shape=shape,
            coefficients=tuple(found.coefficients.tolist()),
            covariance=tuple(map(tuple, found.covariance.tolist())),
            freedom=found.freedom,
        )
        now = factors_of(shape, found.coefficients)[slot_of(days.day)]
        settled = np.abs(np.log(now / before)).max() < SETTLED
        before = now
        if settled:
            break
    return season


def expected_repeats(law: PurchaseLaw, days: ShopDays, season: Factors, unit_days: float) -> Array:
    """Repeat purchases that a law expects on each day of those who joined when they did, (days,).

    The law is evaluated for whole weeks; within one, purchases follow the factors of its days.
    """
    length = len(days.day)
    edges = np.unique(np.append(np.arange(0, length, WEEK), length)) + days.start - 1
    gone = tau(season, np.append(edges, days.day)) / unit_days
    at, born = gone[: len(edges)], gone[len(edges) :]
    join = np.flatnonzero(days.firsts)
    age = np.maximum(at[:, None] - born[None, join], 0.0)
    so_far = _tabulated(law, float(age.max(initial=0.0)), age) @ days.firsts[join]
    factor = factors_on(season, days.day)
    week = np.arange(length) // WEEK
    in_week = np.bincount(week, factor)
    per_time = np.divide(np.diff(so_far), in_week, out=np.zeros(len(in_week)), where=in_week > 0)
    return np.asarray(per_time[week] * factor)


def _tabulated(law: PurchaseLaw, longest: float, age: Array) -> Array:
    """E[X(t)] by a spline in the logarithm of time."""
    if longest <= 0:
        return np.zeros_like(age)
    scale = min(float(law.clock()), longest)
    grid = np.linspace(0.0, math.log1p(longest / scale), POINTS)
    values = np.asarray(law.expected_purchases(scale * np.expm1(grid)), dtype=float)
    return np.asarray(CubicSpline(grid, values)(np.log1p(age / scale)))


def regress(shape: Shape, day: Ints, came: Array, usual: Array) -> Learned:
    """A Poisson regression of purchases by day on a shape and a trend, with the prior's variance by the evidence.

    Parameters
    ----------
    shape : {"month", "week"}
        Of the factors.
    day : ndarray of shape (days,)
        Days since 1970-01-01.
    came, usual : ndarray of shape (days,)
        Purchases, and those expected if all factors were 1.

    Notes
    -----
    Days are taken together by quarters of months, seven or eight at a time.
    """
    counts = usual > LEAST
    day, came, usual = day[counts], came[counts], usual[counts]
    month, part = _parts_of_months(day)
    weight = np.asarray(np.bincount(part, usual), dtype=float)

    def of_parts(columns: Array) -> Array:
        means = [np.bincount(part, usual * column) / weight for column in columns.T]
        return np.column_stack(means)

    trend, happened = of_parts(_trend(day)), np.asarray(np.bincount(part, came), dtype=float)
    spread = _overdispersion(month, of_parts(basis("month")[slot_of(day)]), trend, happened, weight)
    waves = of_parts(basis(shape)[slot_of(day)])
    best = _most_evident(waves, trend, happened / spread, weight / spread)
    k = waves.shape[1]
    return Learned(best.beta[:k], best.inverse[:k, :k], best.freedom)


def _most_evident(waves: Array, trend: Array, came: Array, usual: Array) -> _Penalised:
    """The fit whose prior has the greatest evidence: from a wide prior inwards, each from the last one's mode."""
    best = last = _penalised(waves, trend, came, usual, float(SPREADS[-1]))
    for deviation in SPREADS[-2::-1]:
        last = _penalised(waves, trend, came, usual, float(deviation), last.beta)
        if last.evidence > best.evidence:
            best = last
        elif last.evidence < best.evidence - PAST:
            break
    return best


def _trend(day: Ints) -> Array:
    """A level, a yearly slope, and its turns a year apart, not in the last half year."""
    time = (day - day[0]) / 365.25
    turns = np.arange(1, time[-1] - 0.5)
    return np.column_stack([np.ones(len(day)), time, *(np.maximum(time - turn, 0) for turn in turns)])


def _parts_of_months(day: Ints) -> tuple[Ints, Ints]:
    """The month, numbered on through the years, of each quarter of a month that has days, and each day's quarter."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    quarter = (date - month.astype("datetime64[D]")).astype(np.int64) * 4 // 31
    found, part = np.unique(month.astype(np.int64) * 4 + quarter, return_inverse=True)
    return found // 4, part.astype(np.int64)


def _overdispersion(month: Ints, names: Array, trend: Array, came: Array, usual: Array) -> float:
    """By how much the variance of months' purchases between years exceeds Poisson's; at least 1."""
    fit = _penalised(names, trend, came, usual, float(SPREADS[-1]))
    cell = month - month[0]
    happened, expected = np.bincount(cell, came), np.bincount(cell, fit.mean)
    held = expected > 0
    left = held.sum() - len(np.unique(month % 12)) - trend.shape[1] + 1
    apart = float(((happened[held] - expected[held]) ** 2 / expected[held]).sum())
    return float(max(apart / max(left, 1), 1.0))


@dataclass(frozen=True)
class _Penalised:
    beta: Array
    inverse: Array
    mean: Array
    evidence: float
    freedom: float


def _penalised(
    waves: Array, trend: Array, came: Array, usual: Array, deviation: float, start: Array | None = None
) -> _Penalised:
    """The mode of the coefficients under a prior, by Newton, with Laplace's evidence."""
    design = np.hstack([waves, trend])
    k = waves.shape[1]
    own = np.array([LEVEL, SLOPE, *[TURN] * (trend.shape[1] - 2)])
    precision = np.concatenate([np.full(k, deviation**-2.0), own**-2.0])
    beta = np.zeros(design.shape[1]) if start is None else start
    if start is None:
        beta[k] = math.log(max(came.sum(), 0.5) / usual.sum())
    for _ in range(60):
        mean = usual * np.exp(np.clip(design @ beta, -30, 30))
        information = design.T @ (mean[:, None] * design) + np.diag(precision)
        step = np.linalg.solve(information, design.T @ (came - mean) - precision * beta)
        longest = float(np.abs(design @ step).max())  # of the logarithm of a day's purchases
        beta = beta + step * min(1.0, 1.0 / max(longest, 1e-300))
        if longest < 1e-6:
            break
    eta = np.clip(design @ beta, -30, 30)
    mean = usual * np.exp(eta)
    plain = design.T @ (mean[:, None] * design)
    inverse = np.asarray(np.linalg.inv(plain + np.diag(precision)), dtype=float)
    log_posterior = float(came @ eta - mean.sum() - 0.5 * (precision * beta**2).sum())
    log_det = float(np.log(precision).sum() + np.linalg.slogdet(inverse)[1])
    freedom = float(np.trace((inverse @ plain)[:k, :k]))
    return _Penalised(beta, inverse, mean, log_posterior + 0.5 * log_det, freedom)
