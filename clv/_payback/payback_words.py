"""What is said of the payback of each cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from rfm._words import Words

__all__ = ["LENGTH_OF", "TEXTS", "Found", "payback_note"]

LENGTH_OF: Final = {"1W": "week", "1M": "month", "1Q": "quarter", "1Y": "year"}
TEXTS: Final = Words(
    "payback",
    {
        "back": "paid back in {length} {n}",
        "back_between": "paid back, between {length} {low} and {length} {high}",
        "back_and_below": "reached its cost in {length} {n}, and is below it again after refunds",
        "expected": "expected in {length} {n}",
        "unlikely": "probably not within {n} {lengths}",
        "never": "not within {n} {lengths}",
        "free": "has no cost",
        "no cost": "no cost was given",
        "nobody": "a cost, and no customers",
        **{length: length for length in LENGTH_OF.values()},
        **{f"{length}s": f"{length}s" for length in LENGTH_OF.values()},
    },
)


@dataclass(frozen=True)
class Found:
    """What was found of a cohort.

    Parameters
    ----------
    customers : int
    cost, to_date : float
        Its cost, missing where none was given, and its value until today.
    seen : float
        The age at which it was paid back, where all customers have reached it; else infinite.
    low, middle, high : float
        Bounds and median of that age; infinite beyond the horizon.
    share : float
        Of the futures in which it is paid back within the horizon.
    """

    customers: int
    cost: float
    to_date: float
    seen: float
    low: float
    middle: float
    high: float
    share: float


def payback_note(found: Found, ages: int, every: str) -> str:
    """The note of a cohort, for a horizon of so many ages.

    Examples
    --------
    >>> payback_note(Found(100, 5000.0, 2500.0, np.inf, 9.0, 14.0, np.inf, 0.9), 60, "1M")
    'expected in month 14'
    """
    one = LENGTH_OF[every]
    length, horizon = TEXTS(one), {"n": f"{ages:,}", "lengths": TEXTS(f"{one}s")}
    if np.isnan(found.cost):
        return TEXTS("no cost")
    if found.customers == 0:
        return TEXTS("nobody")
    if found.cost == 0:
        return TEXTS("free")
    if np.isfinite(found.seen):
        key = "back" if found.to_date >= found.cost else "back_and_below"
        return TEXTS(key, length=length, n=f"{found.seen:.0f}")
    if found.share == 0:
        return TEXTS("never", **horizon)
    if not np.isfinite(found.middle):
        return TEXTS("unlikely", **horizon)
    if found.to_date >= found.cost and found.share == 1 and found.low < found.high:
        return TEXTS("back_between", length=length, low=f"{found.low:.0f}", high=f"{found.high:.0f}")
    key = "back" if found.to_date >= found.cost and found.share == 1 else "expected"
    return TEXTS(key, length=length, n=f"{found.middle:.0f}")
