"""What each customer puts at stake, and from which day a contact can save it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["IN_DOUBT", "Stakes", "in_doubt", "stakes_of"]

Array = NDArray[np.float64]

# P(alive): above, inactivity is not yet unusual; below, most such customers have left already
IN_DOUBT = (0.2, 0.8)


@dataclass(frozen=True)
class Stakes:
    """Of customers, arrays of shape (n,).

    Attributes
    ----------
    gap : ndarray
        Mean days between two purchases; NaN for customers of one purchase.
    if_alive : ndarray
        Value if the customer has not left, value / P(alive); NaN where P(alive) is 0, or as good as 0.
    at_risk : ndarray
        That times 1 − P(alive): what goes if the customer has left.
    wait : ndarray
        Whole days until the customer has been silent for longer than usual: 0 for those who have, infinite where
        there is no usual silence.
    """

    gap: Array
    if_alive: Array
    at_risk: Array
    wait: Array


def stakes_of(
    p_alive: Array, value: Array, recency: Array, orders: Array, observed: Array, due: Array | None = None
) -> Stakes:
    """What is at stake, and when silence becomes unusual by each customer's own rhythm.

    Parameters
    ----------
    p_alive, value : ndarray of shape (n,)
        P(alive), and the value that already contains it: CLV, or expected purchases. NaN where unknown.
    recency : ndarray of shape (n,)
        Days since the last purchase.
    orders : ndarray of shape (n,)
        Purchases, the first among them.
    observed : ndarray of shape (n,)
        Days from the first purchase to the last.
    due : ndarray of shape (n,), optional
        Days until P(alive) falls below one half, in place of the usual gap; NaN where it never does.

    Returns
    -------
    Stakes

    Notes
    -----
    The value contains P(alive), so value · (1 − P(alive)) would put the best customers first, even on the day of a
    purchase.

    Examples
    --------
    >>> found = stakes_of(*np.array([[0.4], [80.0], [60.0], [6.0], [100.0]]))
    >>> found.gap, found.if_alive, found.at_risk, found.wait
    (array([20.]), array([200.]), array([120.]), array([0.]))
    """
    repeats = orders - 1
    gap = np.divide(observed, repeats, out=np.full(len(repeats), np.nan), where=repeats > 0)
    with np.errstate(over="ignore"):  # of a P(alive) of almost 0
        if_alive = np.divide(value, p_alive, out=np.full(len(value), np.nan), where=p_alive > 0)
    if_alive = np.where(np.isfinite(if_alive), if_alive, np.nan)
    after_gap = np.where(recency > gap, 0.0, np.floor(gap - recency) + 1)
    left = after_gap if due is None else np.maximum(due, 0.0)
    return Stakes(gap, if_alive, if_alive * (1 - p_alive), np.where(np.isnan(left), np.inf, left))


def in_doubt(p_alive: Array) -> NDArray[np.bool_]:
    """Where a customer is neither safe nor, most likely, lost.

    >>> in_doubt(np.array([0.1, 0.2, 0.5, 0.8, 0.9, np.nan])).tolist()
    [False, True, True, True, False, False]
    """
    least, most = IN_DOUBT
    return np.asarray((p_alive >= least) & (p_alive <= most), dtype=np.bool_)
