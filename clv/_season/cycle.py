"""The year as 366 days, the shapes that learned factors can have over it, and cumulated factors.

Day 59 is 29 February, which counts a quarter, so that means over the cycle are those of four calendar years.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["CYCLE", "SLOTS", "Shape", "basis", "factors_of", "mean_of", "month_of_slot", "slot_of"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Shape = Literal["month", "week"]

SLOTS: Final = 366
CYCLE: Final = 364
"""Days of a cycle that has been observed in full: 52 weeks."""
LEAP: Final = 59
HARMONICS: Final = 26  # waves a year of the shape "week", the shortest two weeks long
_LENGTHS: Final = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_STARTS: Final = np.concatenate([[0], np.cumsum(_LENGTHS)])


def slot_of(day: Ints) -> Ints:
    """The day of the year, 0 … 365, of days since 1970-01-01.

    >>> slot_of(np.array([0, 58, 59]))  # 1 January, 28 February and 1 March 1970
    array([ 0, 58, 60])
    """
    date = np.asarray(day, dtype=np.int64).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    return np.asarray(
        _STARTS[month.astype(np.int64) % 12] + (date - month.astype("datetime64[D]")).astype(np.int64),
        dtype=np.int64,
    )


def month_of_slot() -> Ints:
    """The month, 0 … 11, of each day of the year."""
    return np.repeat(np.arange(12), _LENGTHS)


@cache
def basis(shape: Shape) -> Array:
    """What coefficients multiply in the logarithm of the factors, (366, k).

    "month" has a column for each month. "week" has the waves of 1, 1/2, … 1/26 year, divided by their number a
    year, so that equal independent coefficients are a random walk around the year.
    """
    if shape == "month":
        return np.eye(12)[month_of_slot()]
    number = np.arange(1, HARMONICS + 1)
    angle = 2 * np.pi * (np.arange(SLOTS)[:, None] + 0.5) / SLOTS * number
    return np.hstack([np.cos(angle) / number, np.sin(angle) / number])


def mean_of(factors: Array) -> Array:
    """The mean over the cycle of factors by day of the year, (…, 366)."""
    weights = np.ones(SLOTS)
    weights[LEAP] = 0.25
    return np.asarray(factors @ weights / weights.sum())


def factors_of(shape: Shape, coefficients: Array) -> Array:
    """Factors by day of the year with mean 1, (…, 366), of coefficients (…, k)."""
    factors = np.exp(np.clip(np.asarray(coefficients) @ basis(shape).T, -30, 30))
    return np.asarray(factors / mean_of(factors)[..., None])
