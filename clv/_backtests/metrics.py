"""Measures of prediction error, computed from two columns.

Results do not depend on the order of the customers: customers with tied predictions count as their mean.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "METRICS",
    "bias",
    "calibration",
    "correlation",
    "coverage",
    "errors",
    "gini",
    "mae",
    "rmse",
    "top_lift",
]

Array = NDArray[np.float64]

TIED = 12  # predictions that agree to this many decimals of the largest are tied


def mae(predicted: Array, happened: Array) -> float:
    """Mean absolute error of the columns, each (n,)."""
    return float(np.abs(predicted - happened).mean())


def rmse(predicted: Array, happened: Array) -> float:
    """Root mean squared error: minimised by the conditional mean."""
    return float(np.sqrt(np.square(predicted - happened).mean()))


def bias(predicted: Array, happened: Array) -> float:
    """Relative error of the total: −0.1 is a tenth too low; NaN where nothing happened."""
    total = happened.sum()
    return float(predicted.sum() / total - 1) if total else float("nan")


def correlation(predicted: Array, happened: Array) -> float:
    """Pearson's correlation; NaN where one of the columns is constant."""
    if np.ptp(predicted) == 0 or np.ptp(happened) == 0:
        return float("nan")
    return float(np.corrcoef(predicted, happened)[0, 1])


def gini(predicted: Array, happened: Array) -> float:
    """Normalised Gini: 1 if the prediction ranks customers as the outcome does, 0 for a random ranking.

    Notes
    -----
    The area between the concentration curve of what happened, customers ordered by the prediction, and the diagonal,
    over the same area with customers ordered by what happened itself.

    Examples
    --------
    >>> gini(np.array([3.0, 2.0, 1.0]), np.array([9.0, 4.0, 1.0])), gini(np.ones(3), np.array([9.0, 4.0, 1.0]))
    (1.0, 0.0)
    """
    best = _concentration(happened, happened)
    return float(_concentration(predicted, happened) / best) if best else float("nan")


def top_lift(predicted: Array, happened: Array, share: float = 0.1) -> float:
    """Mean outcome of the best-ranked `share` of the customers over that of all.

    Examples
    --------
    >>> top_lift(np.arange(10.0), np.array([0, 0, 0, 0, 0, 0, 0, 0, 5.0, 15.0]))
    7.5
    """
    mean = happened.mean()
    if not mean:
        return float("nan")
    top = share * len(happened)
    reached = np.interp(top, *_curve(predicted, happened))
    return float(reached / top / mean)


def coverage(low: Array, high: Array, happened: Array) -> float:
    """Share of the customers whose outcome lies within the interval, bounds included."""
    return float(((low <= happened) & (happened <= high)).mean())


def calibration(
    predicted: Array, happened: Array, groups: int = 10
) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Predicted and happened by groups of similar prediction, lowest first; ties are never split.

    Returns
    -------
    group, customers, predicted, happened : ndarray of shape (g,)
        The group's number from 1 to `groups`, its customers, and the two means; empty groups are left out.
    """
    edges = np.quantile(predicted, np.arange(1, groups) / groups)
    place = np.searchsorted(edges, predicted, side="left")
    customers = np.bincount(place, minlength=groups).astype(float)
    sums = [np.bincount(place, weights=w, minlength=groups) for w in (predicted, happened)]
    held = np.flatnonzero(customers)
    first, second = (s[held] / customers[held] for s in sums)
    return held + 1, customers[held], first, second


METRICS: Final = {
    "mae": mae,
    "rmse": rmse,
    "bias": bias,
    "correlation": correlation,
    "gini": gini,
    "top_decile_lift": top_lift,
}


def errors(predicted: Array, happened: Array) -> dict[str, float]:
    """Every measure of two columns, by name."""
    return {name: measure(predicted, happened) for name, measure in METRICS.items()}


def _curve(predicted: Array, happened: Array) -> tuple[Array, Array]:
    """Customers and outcomes, cumulated from the highest prediction down; tied customers in one step.

    Predictions that differ in their last digits, as sums in a different order do, are tied.
    """
    largest = np.abs(predicted).max(initial=0.0)
    level, place = np.unique(np.round(-predicted / (largest or 1.0), TIED), return_inverse=True)
    customers = np.bincount(place, minlength=len(level)).astype(float)
    did = np.bincount(place, weights=happened, minlength=len(level))
    return np.append(0.0, customers.cumsum()), np.append(0.0, did.cumsum())


def _concentration(predicted: Array, happened: Array) -> float:
    """Area between the concentration curve and the diagonal, in customers × total."""
    customers, did = _curve(predicted, happened)
    area = float(np.sum((did[1:] + did[:-1]) / 2 * np.diff(customers)))
    return area - float(did[-1] * customers[-1]) / 2
