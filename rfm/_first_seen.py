"""Whether customers first seen at the beginning of a log are new, or old ones who came back: by their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rfm._issuing import warn

__all__ = ["OldCustomers", "is_cohort", "old_among_first_seen", "warn_of_old_customers"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PARTS: Final = 24  # of the log, in which first-seen customers are counted
LATER: Final = 6  # parts from here on say how many join
FEWEST: Final = 300  # customers
SHORTEST: Final = 84  # days of log
# The first part must be larger than the later ones imply, by this factor and so many standard errors; the second part
# by some, too, since old customers come back over a longer time than a launch or a campaign lasts.
FACTOR, SURE, SECOND = 1.5, 4.0, 1.0


@dataclass(frozen=True)
class OldCustomers:
    """Customers who seem to be old.

    Parameters
    ----------
    number : float
        Of those first seen in the first quarter of the log, how many more than the later parts imply.
    days : int
        Days of that quarter.
    """

    number: float
    days: int


def is_cohort(seen: Ints, length: int, times: npt.ArrayLike | None = None) -> bool:
    """Whether customers joined for a while, and then no more.

    In a cohort joining ends sharply: 99% are seen within three times the time of the first half. Returning
    old customers appear more slowly, and 99% of them need six times as long or more.

    Parameters
    ----------
    seen : ndarray of shape (n,)
        Days from the log's start to first purchases.
    length : int
        Days of the log.
    times : array_like, optional
        Customers of each; by default one.
    """
    order = np.argsort(seen, kind="stable")
    weights = np.ones(len(seen)) if times is None else np.asarray(times, dtype=float)
    mass = np.cumsum(weights[order])
    half, most = (float(seen[order][np.searchsorted(mass, q * mass[-1])]) for q in (0.5, 0.99))
    return most <= length / 2 and most <= 3 * half + 7


def old_among_first_seen(seen: Ints, times: npt.ArrayLike, length: int) -> OldCustomers | None:
    """Old customers among the first seen, if their number shows that there are.

    A shop in balance, growth or decline wins customers at a rate that is nearly exponential in time; old customers who
    come back add a number at the log's beginning that fades. Expected is what the last nine of twelve parts imply.

    Parameters
    ----------
    seen : ndarray of shape (n,)
        Days from the log's start to first purchases.
    times : array_like of shape (n,)
        Customers of each.
    length : int
        Days of the log.

    Returns
    -------
    OldCustomers or None
        None if the log seems whole, is a cohort, or is too short or too small to say.

    Examples
    --------
    >>> days = np.arange(360)
    >>> old_among_first_seen(days, np.full(360, 5), 360) is None
    True
    >>> round(old_among_first_seen(days, 5 + 40 * np.exp(-days / 40), 360).number)
    1209
    """
    times = np.asarray(times, dtype=float)
    if times.sum() < FEWEST or length < SHORTEST or is_cohort(seen, length, times):
        return None
    counts = np.histogram(seen, np.linspace(0, length, PARTS + 1), weights=times)[0].astype(float)
    if counts[LATER:].sum() < FEWEST / 3:
        return None
    expected, error = _expected(counts)
    above, ratio = counts - expected, counts[0] / expected[0]
    if ratio < FACTOR or above[0] < SURE * error[0] or above[1] < SECOND * error[1]:
        return None
    return OldCustomers(float(np.maximum(above[:LATER], 0.0).sum()), length * LATER // PARTS)


def _expected(counts: Floats) -> tuple[Floats, Floats]:
    """What the later parts imply for each, by Poisson regression on time, and the standard error of the difference."""
    part = np.arange(PARTS)
    design = np.column_stack([np.ones(PARTS), part - part[LATER:].mean()])
    later, seen = design[LATER:], counts[LATER:]
    beta = np.array([np.log(seen.mean()), 0.0])
    for _ in range(25):
        mean = np.exp(later @ beta)
        information = (later.T * mean) @ later
        beta = beta + np.clip(np.linalg.solve(information, later.T @ (seen - mean)), -1, 1)
    mean = np.exp(later @ beta)
    spread = max(float(((seen - mean) ** 2 / mean).sum()) / (len(seen) - 2), 1.0)
    covariance = spread * np.linalg.inv((later.T * mean) @ later)
    expected = np.exp(design @ beta)
    variance = spread * expected + expected**2 * np.einsum("ij,jk,ik->i", design, covariance, design)
    return expected, np.sqrt(variance)


def warn_of_old_customers(seen: Ints, times: npt.ArrayLike, length: int, what: str) -> None:
    """Warn, once, where customers counted as new seem to be old.

    Parameters
    ----------
    seen, times, length
        See `old_among_first_seen`.
    what : str
        What is made of the first purchases, as the beginning of a sentence: '"new" then means'.

    Warns
    -----
    DataWarning
    """
    found = old_among_first_seen(seen, times, length)
    if found is not None:
        warn(
            f"In its first {found.days} days the log shows about {found.number:,.0f} customers more as new than the "
            f"time after implies: it seems to begin in the middle of their history, and {what} new in the log. "
            "Hint: export from the shop's beginning, or leave out those first seen at first; "
            'clv.check(tx) looks closer, and clv.fit(tx, entry_after="auto") allows for it.'
        )
