"""The result of a check: whether an assumption holds, a statistic with its interval, and a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["ENOUGH", "Estimate", "Finding", "Holds", "percent", "student", "unknown", "verdict"]

Holds = Literal["yes", "doubtful", "no", "unknown"]
Array = NDArray[np.float64]

CONFIDENCE: Final = 0.95
ENOUGH: Final = 30  # customers, or events, below which the finding is "unknown"


@dataclass(frozen=True)
class Estimate:
    """A statistic with its 95% interval and the number of customers behind it; NaN if there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0

    def mapped(self, scale: Callable[[float], float]) -> Estimate:
        """The same on another scale, by an increasing function."""
        value, low, high = (float(scale(bound)) for bound in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.n)


@dataclass(frozen=True)
class Finding:
    """One line of `clv.check`; its texts are messages with keys for translation.

    Parameters
    ----------
    check : str
        The assumption, as a sentence that should be true.
    holds : {"yes", "doubtful", "no", "unknown"}
        Whether it is true for this log.
    statistic : str
        What `estimate` is.
    estimate : Estimate
        Its value and 95% interval.
    finding : str
        The result and its consequences.
    customers : int
        Number of customers: those from whom the statistic was computed, or, if the sentence counts the
        customers it warns of, these.
    """

    check: str
    holds: Holds
    statistic: str
    estimate: Estimate
    finding: str
    customers: int

    @property
    def row(self) -> dict[str, Any]:
        """As a row of the table; its texts are English."""
        return {
            "check": str(self.check),
            "holds": self.holds,
            "statistic": self.statistic,
            "value": self.estimate.value,
            "low": self.estimate.low,
            "high": self.estimate.high,
            "finding": str(self.finding),
            "customers": self.customers,
        }


def unknown(check: str, statistic: str, finding: str, customers: int = 0) -> Finding:
    """The finding if there are too few data to conclude anything."""
    return Finding(check, "unknown", statistic, Estimate(math.nan), finding, customers)


def verdict(estimate: Estimate, doubtful: float, no: float) -> Holds:
    """Whether an effect is absent: small or not significantly different from none is "yes"; from `no` upwards, "no".

    >>> verdict(Estimate(0.2, 0.1, 0.3), doubtful=0.1, no=0.3)
    'doubtful'
    """
    size = abs(estimate.value)
    if not estimate.excludes_zero or size < doubtful:
        return "yes"
    return "no" if size >= no else "doubtful"


def student(value: float, error: float, freedom: int) -> Estimate:
    """An estimate with its 95% interval by Student's t; `freedom` + 1 is the number of customers."""
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, max(freedom, 1))) * error
    return Estimate(value, value - half, value + half, freedom + 1)


def percent(share: float) -> str:
    """A change in percent, with its sign.

    >>> percent(0.123), percent(-0.5), percent(1e5)
    ('+12%', '-50%', '+10,000,000%')
    """
    return f"{share:+,.0%}"
