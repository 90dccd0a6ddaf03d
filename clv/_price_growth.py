"""Prices that grow by a rate a year: past orders at the prices of the day from which a prediction starts.

With prices that grow by g a year, κ = ln(1 + g) for a unit of time, an order that is z at the prices of one day is
z·e^(κt) at those of a time t later. The spend law then holds of orders at the prices of one day, and its parameters
were learned from orders at the prices of their own days. Of an order placed at an age a before the end of
observation, e^(−κa) of today's price was paid.

A summary does not hold the day of each order. But while a customer is alive purchases are a Poisson process, so that
given x, t_x and T the last of the repeat orders has age T − t_x, and the others are uniform between T − t_x and T. The
mean of e^(−κa) over a customer's repeat orders therefore has the expectation

    ω = e^(−κ(T − t_x)) · [1 + (x − 1)·(1 − e^(−κ·t_x))/(κ·t_x)] / x,

and the mean of a customer's repeat orders at today's prices is estimated without bias by m/ω (with orders on whole
days, or in whole periods, as good as that). The first order, of age T, is known exactly. What the law expects of the
population is divided by the mean Ω of e^(−κa) over the orders that it was fitted to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import exprel

from clv._fits.fit_law import Fit
from clv._laws.by_covariates import ByCovariates
from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.spend_law import SpendLaw
from clv._summary import Compressed
from rfm._issuing import warn
from rfm._options import number
from rfm.errors import DataError

__all__ = ["OrderAges", "PriceGrowth", "growth_force", "growth_rate", "mean_deflator", "risen"]

Array = NDArray[np.float64]
S = TypeVar("S", bound=SpendLaw | ByCovariates[SpendLaw] | None)
P = TypeVar("P")

DAYS_PER_YEAR: Final = 365.25
MOST_GROWTH: Final = 100.0  # a year: prices 101 times as high
FARTHEST: Final = 100.0  # of κt: prices grow by a factor of e^100 at most
BINS: Final = 64  # of ages: with 10 years of log and 50% a year, e^(−κa) is off by less than 1e-3


def growth_rate(value: Any) -> float:
    """The annual rate, checked: a finite number above −1."""
    return number("price_growth", value, "3% a year is price_growth=0.03", above=-1, most=MOST_GROWTH)


def growth_force(rate: float, unit_days: float) -> float:
    """κ = ln(1 + rate) for a unit of time, from a checked annual rate.

    Raises
    ------
    DataError
        If the rate is not a finite number above −1.

    Warns
    -----
    DataWarning
        If it is above 100%.

    Examples
    --------
    >>> round(growth_force(0.5, 365.25), 4)
    0.4055
    """
    rate = growth_rate(rate)
    if rate > 1:
        warn(
            f"price_growth={rate:g} is {rate:.0%} a year: prices more than double. Write 3% a year as 0.03.",
        )
    return math.log1p(rate) * unit_days / DAYS_PER_YEAR


def mean_deflator(x: Array, t_x: Array, T: Array, force: float) -> Array:
    """Expected mean of e^(−κa) over the repeat orders of customers, (n,); 1 where there are none.

    >>> mean_deflator(np.array([1.0]), np.array([4.0]), np.array([5.0]), np.log(2)).tolist()
    [0.5]
    """
    some = np.maximum(x, 1.0)
    last, before = (np.clip(-force * time, -FARTHEST, FARTHEST) for time in (T - t_x, t_x))
    return np.asarray(np.where(x > 0, np.exp(last) * (1.0 + (some - 1.0) * exprel(before)) / some, 1.0))


def risen(rate: float, force: float, time: float) -> float:
    """e^(κt), by how much prices grow in a time.

    Raises
    ------
    DataError
        If they grow, or fall, beyond any number that is money.
    """
    if abs(force * time) > FARTHEST:
        raise DataError(
            f"price_growth={rate:g} multiplies prices by e^{force * time:,.0f} over the time that is asked for. "
            "Hint: a lower rate, or a shorter time."
        )
    return math.exp(force * time)


@dataclass(frozen=True)
class OrderAges:
    """How old the orders were that a spend law was fitted to, and first orders, at the end of observation.

    Parameters
    ----------
    width : float
        Of a bin of ages, in units of time; the first begins at 0.
    fitted, first : tuple of float
        Shares of the fit's orders, and of first orders, by bin; each sums to 1.
    """

    width: float
    fitted: tuple[float, ...]
    first: tuple[float, ...]

    @classmethod
    def of(cls, customers: Compressed, spend: Fit[GammaGamma | CredibilitySpend]) -> OrderAges:
        """From the distinct histories of the fit's customers: x, t_x, T, with their weights.

        A customer's orders count together as much as they tell of the scale of spend.
        """
        x, t_x, T = (np.asarray(column, dtype=float) for column in customers.arrays)
        weights = customers.weights.astype(float)
        width = float(T.max(initial=0.0)) / BINS or 1.0
        edges = width * np.arange(BINS + 1)
        each = weights * spend.law._information(x) / np.maximum(x, 1.0)  # 0 at x = 0
        last, before = T - t_x, each * np.maximum(x - 1.0, 0.0)
        span = np.where(t_x > 0, t_x, 1.0)
        spread = [float(before @ np.clip((edge - last) / span, 0.0, 1.0)) for edge in edges]
        fitted = np.diff(spread) + _binned(last, each, width)
        return cls(width, _shares(fitted), _shares(_binned(T, weights, width)))

    def deflator(self, force: float, *, first: bool = False) -> float:
        """Mean of e^(−κa) over the orders that the law was fitted to, or over first orders."""
        shares = np.array(self.first if first else self.fitted)
        ages = self.width * (np.arange(len(shares)) + 0.5)
        return float(shares @ np.exp(np.clip(-force * ages, -FARTHEST, FARTHEST)))


def _binned(age: Array, weights: Array, width: float) -> Array:
    place = np.minimum((age / width).astype(np.int64), BINS - 1)
    return np.asarray(np.bincount(place, weights, BINS), dtype=float)


def _shares(counts: Array) -> tuple[float, ...]:
    total = float(counts.sum())
    return tuple(float(count) for count in (counts / total if total > 0 else np.full(BINS, 1 / BINS)))


@dataclass(frozen=True)
class PriceGrowth:
    """Prices that grow, as seen from the day on which a prediction starts; by default they do not.

    Parameters
    ----------
    force : float
        κ for a unit of time.
    since : float
        Time from the table's last day to that day.
    level, first_level : float
        Prices of that day over those of the orders that the spend law, and the mean of first orders, were learned from.
    """

    force: float = 0.0
    since: float = 0.0
    level: float = 1.0
    first_level: float = 1.0

    def repeats(self, x: Array, t_x: Array, T: Array, m: Array) -> Array:
        """Means of customers' repeat orders at the prices of that day, (n,)."""
        return m if self.force == 0 else m / mean_deflator(x, t_x, T + self.since, self.force)

    def firsts(self, T: Array, first: Array) -> Array:
        """Customers' first orders at the prices of that day, (n,)."""
        if self.force == 0:
            return first
        return first * np.exp(np.clip(self.force * (T + self.since), -FARTHEST, FARTHEST))

    def law(self, spend: S) -> S:
        """A spend law at the prices of that day."""
        return spend if spend is None or self.level == 1 else cast(S, spend.scaled(self.level))

    def laws(self, pairs: Sequence[tuple[P, S]]) -> tuple[tuple[P, S], ...]:
        """Pairs of laws, those of spend at the prices of that day."""
        return tuple((law, self.law(spend)) for law, spend in pairs)
