"""Customers to come: how many a week, and what they will have bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.by_covariates import Patterns, at
from clv._segment_forecast.facts import Orders
from clv._segment_forecast.timeline import OwnTime
from clv._values.simulated_future import Draw
from rfm._options import number
from rfm.errors import DataError

__all__ = ["LAST_YEAR", "Newcomers", "NewcomersOption", "as_newcomers"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
NewcomersOption: TypeAlias = float | Literal["last year"] | None

LAST_YEAR: Final = "last year"
YEAR: Final = 364  # days: 52 weeks
BLOCK: Final = 28  # days, between which the number of newcomers varies
MOST: Final = 1e7  # newcomers a week
HINT: Final = (
    'newcomers=20 for twenty a week, newcomers="last year" for the rate of the last 52 weeks, or None'
)


def as_newcomers(value: Any) -> NewcomersOption:
    """The option `newcomers=`, checked.

    Raises
    ------
    DataError
        If it is neither None, "last year" nor a number ≥ 0.
    """
    if value is None or (isinstance(value, str) and value == LAST_YEAR):
        return value  # type: ignore[return-value]
    return number("newcomers", value, HINT, least=0, most=MOST)


@dataclass(frozen=True)
class Newcomers:
    """New customers a week: the rate, and how it may differ in the future.

    Parameters
    ----------
    rate : float
        Expected number a week.
    shape : float
        Of the gamma distribution of the future's rate; infinite where the rate is given.
    patterns : Patterns, optional
        Of covariates, of the customers whom newcomers will be like.
    first_order : float, optional
        Mean of first orders, in currency; by default that of repeat orders.
    sent_back : float
        Share of spend.
    """

    rate: float
    shape: float = np.inf
    patterns: Patterns | None = None
    first_order: float | None = None
    sent_back: float = 0.0

    @staticmethod
    def rate_of(
        option: NewcomersOption, first: pd.Series[Any], today: int, begin: int
    ) -> tuple[float, float]:
        """The rate a week and its shape; of the last 52 weeks, or of the log if it is shorter.

        Parameters
        ----------
        option : float or "last year"
        first : Series of datetime64
            First purchases of all customers.
        today, begin : int
            The last day, and the log's first, in days since 1970-01-01.
        """
        if option is None or not isinstance(option, str):
            return (0.0 if option is None else option), np.inf
        days = min(YEAR, today - begin + 1)
        age = today - first.to_numpy().astype("datetime64[D]").astype(np.int64)
        recent = age[age < days]
        if days < BLOCK:
            raise DataError(
                f'newcomers="last year": the log has {days} days, too few to know a rate. Hint: newcomers=20.'
            )
        blocks = days // BLOCK
        counts = np.bincount(recent[recent < blocks * BLOCK] // BLOCK, minlength=blocks)
        mean = max(float(counts.mean()), 1 / blocks)
        dispersion = max(float(counts.var(ddof=1)) / mean, 1.0) if blocks > 1 else 1.0
        return 7 * len(recent) / days, max(len(recent), 1) / dispersion

    def of_future(
        self, laws: Draw, own: OwnTime, worth: Array, share: float, rng: np.random.Generator
    ) -> tuple[int, Orders]:
        """How many come in a future, and their orders.

        Parameters
        ----------
        laws : (PurchaseLaw, SpendLaw or None)
            Of new members.
        own : OwnTime
            Of the future.
        worth : ndarray of shape (m,)
            An order's worth in each period, relative to what the law expects.
        share : float
            The part of the shop that is simulated.
        rng : numpy.random.Generator
        """
        line, (law, spend) = own.line, laws
        weeks = float(line.reached[-1]) * line.unit_days / 7
        rate = self.rate if np.isinf(self.shape) else self.rate * rng.gamma(self.shape) / self.shape
        n = int(rng.poisson(rate * weeks * share))
        like = None
        if self.patterns is not None:
            like = self.patterns.take(rng.integers(len(self.patterns.row), size=n))
        joined = own.at(rng.uniform(0, float(line.reached[-1]), n))
        if line.discrete:
            joined = np.ceil(joined)
        happened = at(law, like).simulate(np.maximum(own.horizon - joined, 0.0), rng)
        who = np.concatenate([np.arange(n), happened.customer])
        time = np.concatenate([joined, joined[happened.customer] + happened.times])
        order = np.lexsort((time, who))
        who, time, first = who[order], time[order], order < n
        spent = np.zeros(len(who))
        if spend is not None and n:
            members = at(spend, like)
            spent = members.simulate(np.bincount(who, minlength=n), rng)
            if self.first_order is not None:
                spent[first] *= self.first_order / float(np.mean(members.expected_spend()))
        day = own.day(time, rng)
        spent = spent * worth[np.clip(np.searchsorted(line.days[1:], day), 0, len(worth) - 1)]
        keep = day <= line.days[-1]
        return n, Orders(who[keep], day[keep], spent[keep], -self.sent_back * spent[keep])
