"""p-values of many tests at once, such as one for each segment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["false_discovery", "holm"]

Floats = npt.NDArray[np.float64]


def holm(p_values: npt.ArrayLike) -> Floats:
    """p-values adjusted so that any false finding at all is as rare as promised.

    Parameters
    ----------
    p_values : (m,) float
        NaN for tests that were not made; they do not count.

    Returns
    -------
    (m,) float

    Notes
    -----
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(4).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    p = np.array(p_values, dtype=np.float64)
    made = np.flatnonzero(~np.isnan(p))
    order = made[np.argsort(p[made], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    p[order] = np.minimum(np.maximum.accumulate(p[order] * steps), 1.0)
    return p


def false_discovery(p_values: npt.ArrayLike, tests: int | None = None) -> Floats:
    """p-values adjusted so that the share of false findings among all is as promised.

    Parameters
    ----------
    p_values : (m,) float
        NaN for tests that were not made; they do not count.
    tests : int, optional
        How many tests were made, where only those with the smallest p-values are given: the others count as 1.

    Returns
    -------
    (m,) float

    Notes
    -----
    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57
    (1995).

    Examples
    --------
    >>> false_discovery([0.01, 0.04, float("nan"), 0.03]).round(4).tolist()
    [0.03, 0.04, nan, 0.04]
    >>> false_discovery([0.01, 0.04], tests=8).round(4).tolist()
    [0.08, 0.16]
    """
    p = np.array(p_values, dtype=np.float64)
    made = np.flatnonzero(~np.isnan(p))
    order = made[np.argsort(-p[made], kind="stable")]
    rank = np.arange(len(order), 0, -1)
    p[order] = np.minimum.accumulate(np.minimum(p[order] * (tests or len(order)) / rank, 1.0))
    return p
