"""Intervals and tests of shares of buyers: pure functions of counts, for many items at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from rfm._statistics.shares import wilson

__all__ = ["exact_p_values", "index_interval"]

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]


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
