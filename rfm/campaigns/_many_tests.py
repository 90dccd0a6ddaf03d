"""p-values of many tests at once, such as one for each segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = ["false_discovery", "holm"]


def holm(p_values: Sequence[float]) -> npt.NDArray[np.float64]:
    """p-values adjusted so that any false finding at all is as rare as promised (Holm 1979); missing ones stay so.

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.03]).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    p[order] = np.minimum(np.maximum.accumulate(p[order] * steps), 1.0)
    return p


def false_discovery(p_values: Sequence[float]) -> npt.NDArray[np.float64]:
    """p-values adjusted so that the share of false findings among all is as promised (Benjamini & Hochberg 1995).

    Examples
    --------
    >>> false_discovery([0.01, 0.04, float("nan"), 0.03]).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(p_values, dtype=float)
    known = ~np.isnan(p)
    if known.any():
        p[known] = stats.false_discovery_control(p[known])
    return p
