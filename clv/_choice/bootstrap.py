"""Bootstrap of sums that several contenders have over the same customers: within each origin, and over origins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "MANY_ORIGINS", "RESAMPLES", "SEED", "interval_of", "resampled_totals"]

Array = NDArray[np.float64]

RESAMPLES: Final = 500
GROUPS: Final = 20_000  # at most so many rows are drawn from
SEED: Final = 20_240_229  # of every choice, so that the same log gives the same answer
CONFIDENCE: Final = 0.95
MANY_ORIGINS: Final = 5  # from so many on, origins are drawn as well


def resampled_totals(values: Sequence[Array], resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """Totals over resampled customers, paired: every contender is summed over the same ones.

    Parameters
    ----------
    values : sequence of ndarray of shape (n, k)
        At each origin a row for each customer, a column for each contender. The rows' order must not depend on that of
        the log.
    resamples : int
        B.
    seed : int
        Of the draws.

    Returns
    -------
    ndarray of shape (B, k)
        With five origins or more these are drawn too, with replacement, before the customers within them.

    Examples
    --------
    >>> totals = resampled_totals([np.array([[1.0, 2.0], [3.0, 4.0]])], resamples=4)
    >>> totals.shape, (totals[:, 1] - totals[:, 0]).tolist()
    ((4, 2), [2.0, 2.0, 2.0, 2.0])
    """
    streams = [np.random.default_rng([seed, place]) for place in range(len(values) + 1)]
    within = np.array([_within(each, resamples, rng) for each, rng in zip(values, streams[1:], strict=True)])
    if len(values) < MANY_ORIGINS:
        return np.asarray(within.sum(axis=0))
    origin = streams[0].integers(0, len(values), (resamples, len(values)))
    draw = streams[0].integers(0, resamples, (resamples, len(values)))
    return np.asarray(within[origin, draw].sum(axis=1))


def _within(values: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Totals over the customers of one origin, drawn with replacement, (B, k).

    Many customers are drawn in groups, whose sums vary as much in total; the spread is then known to 1/√(2 GROUPS).
    """
    if len(values) > GROUPS:
        shuffled = values[rng.permutation(len(values))]
        values = np.add.reduceat(shuffled, np.arange(GROUPS) * len(values) // GROUPS)
    n, columns = len(values), np.ascontiguousarray(values.T)
    totals = np.empty((resamples, len(columns)))
    for each in range(resamples):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
        # A product of matrices would start threads for each draw.
        totals[each] = np.einsum("i,ji->j", times, columns)
    return totals


def interval_of(differences: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Percentile intervals of the columns, (B, k) to two of (k,)."""
    low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high
