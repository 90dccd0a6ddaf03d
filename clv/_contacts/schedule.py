"""The most that a team can reach: which customers, each in which period."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from rfm._issuing import warn
from rfm.errors import DataError

__all__ = ["best_periods"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
NODES = 10_000  # of the search for the numbers to begin with in each period
NEVER = -1
LIMIT = 1  # scipy's status of a search that was ended


def best_periods(gain: Array, release: Whole, room: Whole, contacts: Sequence[Sequence[int]]) -> Whole:
    """The period in which each customer's contacts begin, −1 for those who are not reached.

    Parameters
    ----------
    gain : ndarray of shape (n,)
        What reaching each brings, above 0, the greatest first: equal ones are taken in this order.
    release : ndarray of shape (n,)
        The first period in which reaching them brings it.
    room : ndarray of shape (m,)
        Contacts that the team can make in each period.
    contacts : sequence of sequences of int
        By period in which a customer's contacts may begin: the periods of all of them, that one among them.

    Returns
    -------
    ndarray of shape (n,)
        The sum of the gains is the largest that there is, and the contacts begin as early as it allows.

    Notes
    -----
    Let n_d customers begin in period d. A set of customers fits if and only if, for each t, no more than Σ_{d≥t} n_d of
    them are released in t or later: Hall's condition, as the periods that serve a customer are all from the release on,
    and of two such sets one contains the other. The sets that fit are the independent sets of a laminar matroid,
    in which taking the greatest gains as long as they fit is optimal (Edmonds 1971). With one contact each, n_d is the
    room. With several, the n_d are the whole numbers of a linear programme. Its other variables, the customers, are
    whole by themselves once the n_d are: they flow from one period to the next, and such matrices are totally
    unimodular.

    Examples
    --------
    >>> best_periods(np.array([9.0, 5.0, 3.0]), np.array([1, 0, 0]), np.array([1, 1]), [[0], [1]]).tolist()
    [1, 0, -1]
    """
    starts = np.asarray(room[: len(contacts)], dtype=np.int64)
    single = all(len(each) == 1 for each in contacts)
    use = _use_of(contacts, len(room))
    tried = _worth_trying(release, int(starts.sum()) if single else _most(room, use))
    if not single:
        starts = _most_valuable(gain[tried], release[tried], room, use)
    chosen = tried[_fitting(release[tried], starts)]
    if not single:
        starts = _earliest(release[chosen], room, use)
    answer = np.full(len(gain), NEVER, dtype=np.int64)
    answer[chosen] = _placed(release[chosen], starts)
    return answer


def _worth_trying(release: Whole, most: int) -> Whole:
    """Rows of customers before whom fewer come who could take their place, released with them or earlier, than fit.

    In a best plan with one of the others, one of those before is missing, and could take the place.
    """
    kept = np.zeros(len(release), dtype=np.bool_)
    for period in np.unique(release):
        could = np.flatnonzero(release <= period)[:most]
        kept[could[release[could] == period]] = True
    return np.flatnonzero(kept)


def _from_on(numbers: Whole) -> Whole:
    """Sums from each period to the last."""
    return np.cumsum(numbers[::-1])[::-1]


def _fitting(release: Whole, starts: Whole) -> Whole:
    """Rows of customers who fit, each taken if it fits with those before."""
    left = _from_on(starts)
    chosen = []
    for row, period in enumerate(release.tolist()):
        if left[: period + 1].min() > 0:
            left[: period + 1] -= 1
            chosen.append(row)
            if not left[0]:
                break
    return np.array(chosen, dtype=np.int64)


def _placed(release: Whole, starts: Whole) -> Whole:
    """The period of each customer who fits: in each period the first of those who are released and wait."""
    answer = np.full(len(release), NEVER, dtype=np.int64)
    waiting: list[int] = []
    for period, number in enumerate(starts.tolist()):
        for row in np.flatnonzero(release == period).tolist():
            heapq.heappush(waiting, row)
        for _ in range(min(number, len(waiting))):
            answer[heapq.heappop(waiting)] = period
    return answer


def _use_of(contacts: Sequence[Sequence[int]], periods: int) -> Array:
    """How many contacts of each period (a row) a customer needs who begins in one (a column)."""
    use = np.zeros((periods, len(contacts)))
    for begins, each in enumerate(contacts):
        np.add.at(use[:, begins], list(each), 1)
    return use


def _most(room: Whole, use: Array) -> int:
    """No more customers than these fit: what would fit if they could be divided."""
    bound: Any = linprog(-np.ones(use.shape[1]), A_ub=use, b_ub=room)
    return math.floor(-float(bound.fun) + 1e-6)


def _most_valuable(gain: Array, release: Whole, room: Whole, use: Array) -> Whole:
    """Numbers to begin with in each period, for which the customers who fit bring most.

    The variables are these numbers, the numbers who are released and still wait at each period's end (nobody at the
    last), and the customers: those who waited and those who are released begin or wait.
    """
    periods, n = use.shape[1], len(gain)
    if not n:
        return np.zeros(periods, dtype=np.int64)
    waits = sparse.eye_array(periods) - sparse.eye_array(periods, k=-1)
    comes = sparse.csr_array((np.ones(n), (release, np.arange(n))), shape=(periods, n))
    blank = sparse.csr_array((len(room), periods + n))
    rows = sparse.vstack(
        [
            sparse.hstack([sparse.csr_array(use), blank]),
            sparse.hstack([sparse.eye_array(periods), waits, -comes]),
        ]
    )
    least = np.concatenate([np.full(len(room), -np.inf), np.zeros(periods)])
    most = np.concatenate([room, np.zeros(periods)])
    highest = np.concatenate([np.full(periods, float(room.max())), np.full(periods, float(n)), np.ones(n)])
    highest[2 * periods - 1] = 0
    cost = np.concatenate([np.zeros(2 * periods), -gain / gain.max()])
    whole = np.concatenate([np.ones(periods), np.zeros(periods + n)])
    return _solved(cost, rows, least, most, highest, whole)[:periods]


def _earliest(release: Whole, room: Whole, use: Array) -> Whole:
    """Numbers to begin with in each period so that these customers fit, as early as possible."""
    periods = use.shape[1]
    if not len(release):
        return np.zeros(periods, dtype=np.int64)
    later = np.triu(np.ones((periods, periods)))
    needed = _from_on(np.bincount(release, minlength=periods))
    least = np.concatenate([np.full(len(room), -np.inf), needed])
    most = np.concatenate([room, [float(len(release))], np.full(periods - 1, np.inf)])
    highest = np.full(periods, float(room.max()))
    rows = np.vstack([use, later])
    return _solved(np.arange(periods, dtype=float), rows, least, most, highest, np.ones(periods))


def _solved(
    cost: Array,
    rows: Any,
    least: Array,
    most: Array,
    highest: Array,
    whole: Array,
) -> Whole:
    """The whole-numbered part of the cheapest point of a linear programme; other numbers are cut off."""
    found = milp(
        cost,
        constraints=LinearConstraint(rows, least, most),
        bounds=Bounds(0, highest),
        integrality=whole.astype(np.int64),
        options={"mip_rel_gap": 0.0, "node_limit": NODES},
    )
    if found.x is None:
        raise DataError(
            f"The plan was not found: {found.message} Hint: fewer periods, or cadence=(0,) for one contact."
        )
    if found.status == LIMIT:
        warn(
            f"The search for the best plan ended before it was proven: another may be {found.mip_gap:.1%} better. "
            "Hint: fewer periods, or a shorter cadence."
        )
    return np.rint(found.x).astype(np.int64)
