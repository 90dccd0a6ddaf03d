"""The numbers of a season: its factors by day, given and learned, with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from clv._season.cycle import SLOTS, Shape, factors_of, mean_of, month_of_slot, slot_of

__all__ = ["NO_WAVES", "Factors", "drawn_factors", "factors_on"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_WAVES: Final = (1.0,) * SLOTS


@dataclass(frozen=True, repr=False)
class Factors:
    """The factors of a season; see `clv.Season`, which learns and reads them."""

    yearly: tuple[float, ...] = NO_WAVES
    dated: tuple[tuple[int, float], ...] = ()
    shape: Shape | None = None
    coefficients: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    freedom: float = 0.0
    note: str = ""

    @cached_property
    def by_slot(self) -> Array:
        """Factors of every year, by the day of the year, (366,)."""
        learned = 1.0 if self.shape is None else factors_of(self.shape, np.array(self.coefficients))
        return np.array(self.yearly) * learned

    @property
    def given(self) -> Self:
        """The given factors alone, without what was learned."""
        return replace(self, shape=None, coefficients=(), covariance=(), freedom=0.0, note="")

    @property
    def mean(self) -> float:
        """Mean factor over the cycle, without those of single days."""
        return float(mean_of(self.by_slot))

    @property
    def flat(self) -> bool:
        """Whether every day has the factor 1, so that the season's time is the calendar's."""
        return not self.dated and bool((self.by_slot == 1.0).all())

    @property
    def by_month(self) -> Array:
        """Mean factor of each calendar month, without those of single days, (12,)."""
        month = month_of_slot()
        return np.bincount(month, weights=self.by_slot) / np.bincount(month)

    @cached_property
    def dates(self) -> tuple[Ints, Array]:
        """The single days that have a factor, as days since 1970-01-01, and these factors."""
        return (
            np.array([day for day, _ in self.dated], dtype=np.int64),
            np.array([factor for _, factor in self.dated], dtype=float),
        )


def factors_on(season: Factors, day: Ints) -> Array:
    """The factors on days since 1970-01-01, (n,)."""
    factors = season.by_slot[slot_of(day)]
    if season.dated:
        known, given = season.dates
        place = np.minimum(np.searchsorted(known, day), len(known) - 1)
        factors = np.where(known[place] == day, factors * given[place], factors)
    return factors


def drawn_factors(season: Factors, count: int, rng: np.random.Generator) -> Array:
    """Draws of the factors by day of the year from the learned ones' uncertainty, (count, 366)."""
    if season.shape is None:
        return np.tile(season.by_slot, (count, 1))
    variance, axes = np.linalg.eigh(np.array(season.covariance))
    steps = rng.standard_normal((count, len(variance))) * np.sqrt(np.maximum(variance, 0.0))
    coefficients = np.array(season.coefficients) + steps @ axes.T
    return np.asarray(np.array(season.yearly) * factors_of(season.shape, coefficients))
