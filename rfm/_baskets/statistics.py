"""Intervals and tests of shares of buyers: pure functions of counts, for many items at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = ["corrected", "difference_interval", "exact_p_values", "index_interval", "wilson"]

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]


def wilson(k: Floats, n: Floats, level: float) -> Ends:
    """Wilson's (1927) interval of a share.

    Examples
    --------
    >>> [end.round(4).tolist() for end in wilson(np.array([56.0]), np.array([70.0]), 0.95)]
    [[0.6918], [0.877]]
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low: Floats = np.where(k == 0, 0.0, np.maximum(middle - half, 0.0))
    high: Floats = np.where(k == n, 1.0, np.minimum(middle + half, 1.0))
    return low, high


def difference_interval(k: Floats, n: Floats, other_k: Floats, other_n: Floats, level: float) -> Ends:
    """Newcombe's (1998, method 10) interval of ``k/n − other_k/other_n``, from two of Wilson.

    Examples
    --------
    Newcombe's table II, case a: 56/70 less 48/80.

    >>> arrays = [np.array([float(count)]) for count in (56, 70, 48, 80)]
    >>> [end.round(4).tolist() for end in difference_interval(*arrays, 0.95)]
    [[0.0524], [0.3339]]
    """
    p, q = k / n, other_k / other_n
    (low_p, high_p), (low_q, high_q) = wilson(k, n, level), wilson(other_k, other_n, level)
    return p - q - np.hypot(p - low_p, high_q - q), p - q + np.hypot(high_p - p, q - low_q)


def index_interval(k: Floats, n: Floats, all_k: Floats, everybody: float, level: float) -> Ends:
    """The interval of the index ``(k/n) / (all_k/everybody)`` of a group to all, of whom it is a part.

    The index is 1/(w + (1 − w)/r), which rises with the ratio r of the group's share to the others'; w is the group's
    share of all. The ratio's interval comes from two of Wilson (Donner & Zou 2012): unlike one from logarithms
    it also holds where all, or none, of a group bought the item.
    """
    rest, rest_k = everybody - n, all_k - k
    weight = n / everybody
    one_group = rest == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = k / n, np.where(one_group, 1.0, rest_k / rest)
        (low_p, high_p) = wilson(k, n, level)
        (low_q, high_q) = wilson(rest_k, np.where(one_group, 1.0, rest), level)
        low = _lower_ratio(p, low_p, q, high_q)
        high = 1 / _lower_ratio(q, low_q, p, high_p)  # of the reciprocal
        low, high = (1 / (weight + (1 - weight) / end) for end in (low, high))
    return np.where(one_group, 1.0, low), np.where(one_group, 1.0, high)


def _lower_ratio(p: Floats, low_p: Floats, q: Floats, high_q: Floats) -> Floats:
    """The lower end of p/q (Donner & Zou 2012, Statistical Methods in Medical Research 21, 347–359, equation 9)."""
    inside = (p * q) ** 2 - low_p * high_q * (2 * p - low_p) * (2 * q - high_q)
    # Their (pq − √…) / (u(2q − u)), multiplied by pq + √… above and below, which has no 0/0 at 2q = u.
    low: Floats = np.where(p == 0, 0.0, low_p * (2 * p - low_p) / (p * q + np.sqrt(np.maximum(inside, 0.0))))
    return low


def exact_p_values(k: Floats, n: Floats, all_k: Floats, everybody: float) -> Floats:
    """Twice the smaller tail of the hypergeometric distribution: whether k of n is as all_k of everybody.

    Examples
    --------
    >>> exact_p_values(np.array([0.0, 2.0]), np.array([4.0, 4.0]), np.array([5.0, 5.0]), 10.0).round(4).tolist()
    [0.0476, 1.0]
    """
    many = np.broadcast_arrays(k, n, all_k, np.asarray(everybody, dtype=float))
    k, n, all_k, everyone = (np.asarray(each, dtype=float) for each in many)
    upper = k * everyone > n * all_k
    tail = _tail(k, n, all_k, everyone, upper)
    middle = tail > 0.25  # near the middle the other tail may be the smaller one
    other = _tail(k[middle], n[middle], all_k[middle], everyone[middle], ~upper[middle])
    tail[middle] = np.minimum(tail[middle], other)
    p: Floats = np.minimum(1.0, 2 * tail)
    return p


def _tail(k: Floats, n: Floats, all_k: Floats, everybody: Floats, upper: npt.NDArray[np.bool_]) -> Floats:
    """The chance of k or more where ``upper``, and of k or fewer elsewhere."""
    lower, tail = ~upper, np.empty(len(k))
    tail[upper] = stats.hypergeom.sf(k[upper] - 1, everybody[upper], all_k[upper], n[upper])
    tail[lower] = stats.hypergeom.cdf(k[lower], everybody[lower], all_k[lower], n[lower])
    return tail


def corrected(p: Floats, tests: int | None = None) -> Floats:
    """p-values corrected for the number of tests (Benjamini & Hochberg 1995), those not given included, as 1.

    Examples
    --------
    >>> corrected(np.array([0.01, 0.04])).tolist(), corrected(np.array([0.01, 0.04]), 8).tolist()
    ([0.02, 0.04], [0.08, 0.16])
    """
    if not len(p):
        return p
    order = np.argsort(-p, kind="stable")
    rank = np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(np.minimum(p[order] * (tests or len(p)) / rank, 1.0))
    return q
