"""Quantities of customers with equally many purchases as functions of their age, read off a few ages.

Among a million customers each small number of purchases x comes with hundreds of ages T, in which what is expected of
those alive is analytic. Its polynomial in ln(T + c) through Chebyshev's points is exact to the last digits once its
coefficients have died away and it meets the youngest and the oldest age, which is seen; else every age is evaluated
(Trefethen 2019, *Approximation Theory and Approximation Practice*, chapters 3 and 8).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._numerics import unique_rows
from clv._values.alike_members import smooth_in_age

__all__ = ["along_ages", "reads_ages"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

POINTS = 28  # Chebyshev's points of ln(T + c)
DENSE = 128  # ages of one x from which on few are evaluated: only large tables have as many
LAST = 4  # coefficients that must be negligible, so that those which follow are too
SMALL = 1e-12  # relative to the smallest value


def reads_ages(law: Any) -> TypeGuard[PurchaseLaw]:
    """Whether what follows of a customer who is alive depends on (x, T) alone, and T may be any number."""
    return isinstance(law, PurchaseLaw) and law.log_parameters.ndim == 1 and smooth_in_age(law)


def along_ages(quantities: Callable[[Array, Array], Array], x: Array, T: Array, shift: float) -> Array:
    """`quantities(x, T)`, (k, n), evaluated at few ages of each x with many.

    Parameters
    ----------
    quantities : callable
        Takes x and T of shape (h,) and gives (k, h); elementwise, and smooth in T where it is to be fast.
    x, T : ndarray of shape (n,)
        Purchases and ages, distinct pairs.
    shift : float
        c, at about the distance of the singularity below T = 0.

    Returns
    -------
    ndarray of shape (k, n)
        To about 1e-12 of an x's smallest value where ages were left out, and else exact. The order of the pairs changes
        no digit.
    """
    order = np.lexsort((T, x))
    answer = _of_ascending(quantities, x[order], T[order], shift)
    found = np.empty_like(answer)
    found[:, order] = answer
    return found


def _of_ascending(quantities: Callable[[Array, Array], Array], x: Array, T: Array, shift: float) -> Array:
    """The same for pairs in the order of x and T."""
    first, level = unique_rows(x)
    sizes = np.bincount(level, minlength=len(first))
    dense = np.flatnonzero(sizes >= DENSE)
    rows = np.split(np.argsort(level, kind="stable"), np.cumsum(sizes)[:-1]) if len(dense) else []
    place = np.log(T + shift)
    ends = np.array([(place[rows[each]].min(), place[rows[each]].max()) for each in dense]).reshape(-1, 2)
    cosines = np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    nodes = ends.mean(axis=1)[:, None] + np.diff(ends, axis=1) / 2 * cosines
    ages = np.maximum(np.exp(nodes) - shift, 0.0)
    ends_T = np.array([(T[rows[each]].min(), T[rows[each]].max()) for each in dense]).reshape(-1, 2)
    asked = np.hstack([ages, ends_T])
    rest = np.flatnonzero(sizes[level] < DENSE)
    levels = np.repeat(x[first[dense]], asked.shape[1])
    found = quantities(np.append(x[rest], levels), np.append(T[rest], asked.ravel()))
    answer = np.empty((len(found), len(x)))
    answer[:, rest] = found[:, : len(rest)]
    order = np.arange(POINTS)
    transform = (
        np.cos(np.multiply.outer(np.pi * (order + 0.5) / POINTS, order)) * np.where(order, 2.0, 1.0) / POINTS
    )
    values = found[:, len(rest) :].reshape(len(found), *asked.shape)
    coefficients = values[..., :POINTS] @ transform
    left_out = np.abs(coefficients[..., -LAST:]).max(axis=2)
    signs = np.array([(-1.0) ** order, np.ones(POINTS)]).T  # Chebyshev's polynomials at the ends
    missed = np.abs(coefficients @ signs - values[..., POINTS:]).max(axis=2)
    size = SMALL * np.abs(values).min(axis=2)
    smooth = ((left_out <= size) & (missed <= 10 * size)).all(axis=0)
    for each in np.flatnonzero(smooth):
        some = rows[dense[each]]
        low, high = ends[each]
        angle = np.arccos(np.clip((2 * place[some] - low - high) / (high - low), -1.0, 1.0))
        answer[:, some] = coefficients[:, each] @ np.cos(np.multiply.outer(order, angle))
    if not smooth.all():
        some = np.concatenate([rows[each] for each in dense[~smooth]])
        answer[:, some] = quantities(x[some], T[some])
    return answer
