"""Whether orders look like the renewals of contracts: one after each month, quarter or year, within days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._units import days_per_unit
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._words import declare

__all__ = ["LENGTHS", "WORDS", "Length", "advice_for", "renewed_every"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Length:
    """A usual period of contracts, and the gaps in days between payments that it allows.

    Parameters
    ----------
    key : str
        Of its word.
    low, high : int
        Days between two payments: the calendar's, and three days of delay of either (one for a week, two for two).
    mean : float
        Days between payments on average.
    slack : float
        How far the mean of a customer's gaps may be from it.
    """

    key: str
    low: int
    high: int
    mean: float
    slack: float


LENGTHS: Final = (
    Length("week", 6, 8, 7.0, 0.5),
    Length("two weeks", 12, 16, 14.0, 1.0),
    Length("month", 25, 34, 365.25 / 12, 1.5),
    Length("four weeks", 25, 31, 28.0, 0.8),
    Length("quarter", 87, 95, 365.25 / 4, 2.0),
    Length("half-year", 178, 187, 365.25 / 2, 2.5),
    Length("year", 362, 369, 365.25, 2.5),
)
WORDS: Final = declare(
    "fits.renewals",
    {
        "week": "once a week",
        "two weeks": "every two weeks",
        "month": "once a month",
        "four weeks": "every four weeks",
        "quarter": "once a quarter",
        "half-year": "twice a year",
        "year": "once a year",
        "advice": "{share} of the customers with two repeat purchases or more buy {often}, as under a contract that is "
        "renewed; then whoever leaves is seen to leave. Hint: clv.fit_retention, from contracts with a start and an "
        "end, is for them.",
    },
)
MOSTLY: Final = 0.75  # share of a customer's gaps that are of the length
ENOUGH: Final = 30  # customers
MANY: Final = 0.6  # share of customers, judged by their mean gaps alone


def renewed_every(customer: Ints, gap: Ints) -> tuple[Length, int, int]:
    """The length that most customers' gaps have, and how many have it, of how many with two gaps at least.

    Parameters
    ----------
    customer, gap : ndarray of shape (n,)
        Number of the customer, and days between two successive purchases.

    Returns
    -------
    Length, int, int

    Examples
    --------
    >>> length, renewed, looked_at = renewed_every(np.array([0, 0, 0, 1, 1]), np.array([31, 28, 33, 5, 70]))
    >>> length.key, renewed, looked_at
    ('month', 1, 2)
    """
    _, place, gaps = np.unique(customer, return_inverse=True, return_counts=True)
    several = gaps >= 2
    found = []
    for length in LENGTHS:
        regular = np.bincount(place, (gap >= length.low) & (gap <= length.high), len(gaps))
        found.append(int(np.sum(several & (regular >= MOSTLY * gaps))))
    best = int(np.argmax(found))
    return LENGTHS[best], found[best], int(several.sum())


def advice_for(summary: Table, unit: str) -> str | None:
    """The advice to fit contracts, if a BTYD summary looks like one of renewals; else None.

    It holds no gaps: judged are the mean gaps t_x/x of customers with two repeat purchases or more.

    Parameters
    ----------
    summary : dataframe
        With `frequency` and `recency` in continuous time.
    unit : {"D", "W", "M", "Y"}
        Of its times.
    """
    frame: Any = from_native(summary)
    x, days = nw.col("frequency").cast(nw.Float64), nw.col("recency").cast(nw.Float64) * days_per_unit(unit)
    gaps = frame.filter(x >= 2).select(mean=days / x)
    near = {
        f"near_{place}": ((nw.col("mean") - each.mean).abs() <= each.slack).cast(nw.Int64).sum()
        for place, each in enumerate(LENGTHS)
    }
    row = fetch(gaps.select(nw.len().alias("n"), **near)).row(0)
    n, counts = int(row[0] or 0), [int(each or 0) for each in row[1:]]
    best = int(np.argmax(counts))
    if n < ENOUGH or counts[best] < MANY * n:
        return None
    return WORDS("advice", share=f"{counts[best] / n:.0%}", often=WORDS(LENGTHS[best].key))
