"""Intervals of shares and of their differences."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

__all__ = ["newcombe", "wilson"]

Floats = npt.NDArray[np.float64]


def wilson(successes: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share.

    Parameters
    ----------
    successes, n : array_like
        Counts, 0 ≤ successes ≤ n; they broadcast.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float arrays
        Within [0, 1]; NaN where n = 0.

    Notes
    -----
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927).

    Examples
    --------
    >>> low, high = wilson(8, 10)
    >>> f"{low:.4f} {high:.4f}"
    '0.4902 0.9433'
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # at k = 0 and k = n the formula gives 0 and 1 up to rounding
    low = np.where(k == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(k == n, 1.0, np.minimum(centre + half, 1.0))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def newcombe(
    successes: npt.ArrayLike,
    n: npt.ArrayLike,
    other_successes: npt.ArrayLike,
    other_n: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Newcombe's interval of the difference of two shares, ``successes/n − other_successes/other_n``.

    Parameters
    ----------
    successes, n, other_successes, other_n : array_like
        Counts; they broadcast.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float arrays
        NaN where a group is empty.

    Notes
    -----
    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), method 10: from two intervals of Wilson.

    Examples
    --------
    Newcombe's table II, case a: 56/70 less 48/80.

    >>> [f"{float(end):.4f}" for end in newcombe(56, 70, 48, 80)]
    ['0.0524', '0.3339']
    """
    k, n, other_k, m = (np.asarray(each, np.float64) for each in (successes, n, other_successes, other_n))
    (low_p, high_p), (low_q, high_q) = wilson(k, n, confidence), wilson(other_k, m, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = k / n, other_k / m
    return p - q - np.hypot(p - low_p, high_q - q), p - q + np.hypot(high_p - p, q - low_q)
