"""Which further cells to hide, until none that must be hidden can be computed from the totals and what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rfm.errors import DataError

__all__ = ["Measure", "complemented"]

Line = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
CLOSE: Final = 1e-6  # relative to what is needed: what a linear programme may be off by

SIZE: Final = 1e6
"""The largest number that the solver sees, since its tolerances are absolute: a customer is then far above them."""


@dataclass(frozen=True)
class Measure:
    """A column whose hidden cells a reader might compute.

    Attributes
    ----------
    values : array
        Of all cells.
    least : float
        What a reader knows every hidden cell to have at least: a customer, since empty groups are never hidden.
    needed : array
        How wide the range must be to which each cell is known; 0 where it needs no protection.
    """

    values: Array
    least: float
    needed: Array


def complemented(measures: Sequence[Measure], primary: Mask, lines: Sequence[Line], k: int) -> Mask:
    """The hidden cells: those that must be, and more until each is known only to a range that is wide enough.

    The first measure is the number of customers. Hiding more makes ranges wider only, so that each cell is proven once.
    """
    hidden, n = primary.copy(), measures[0].values
    lines_of = {int(cell): [line for line in lines if cell in line] for line in lines for cell in line}
    for measure in measures:
        for cell in map(int, np.flatnonzero(primary & (measure.needed > 0))):
            while _range(cell, measure, hidden, lines) < measure.needed[cell] * (1 - CLOSE):
                more = _rectangle(cell, n, hidden, lines_of, k) or _smallest(cell, n, hidden, lines_of)
                if not more:
                    raise DataError(
                        f"No group can be shown: what hides groups below {k} customers, or of one dominating customer, "
                        "hides all. Hint: larger groups, or a smaller k."
                    )
                hidden[more] = True
    return hidden


def _rectangle(cell: int, n: Array, hidden: Mask, lines_of: dict[int, list[Line]], k: int) -> list[int]:
    """The cheapest three cells that make a rectangle with a cell: what one corner gains, its neighbours lose.

    The cell may then be larger by what both neighbours can lose, and smaller by what it and the corner across can.
    """
    if len(lines_of[cell]) < 2:
        return []
    best: tuple[float, list[int]] = (np.inf, [])
    for left, right, corner in _rectangles(cell, lines_of):
        if min(n[left], n[right]) + min(n[cell], n[corner]) - 2 < k - 1:
            continue
        added = [each for each in (left, right, corner) if not hidden[each]]
        lost = float(sum(n[each] for each in added))
        if added and lost < best[0]:
            best = (lost, added)
    return best[1]


def _rectangles(cell: int, lines_of: dict[int, list[Line]]) -> Iterator[tuple[int, int, int]]:
    across = {(id(a), id(b)): c for c, (a, b) in lines_of.items()}
    row, column = lines_of[cell]
    for left in map(int, row):
        for right in map(int, column):
            corner = across.get((id(lines_of[right][0]), id(lines_of[left][1])))
            if cell not in (left, right) and corner is not None:
                yield left, right, corner


def _smallest(cell: int, n: Array, hidden: Mask, lines_of: dict[int, list[Line]]) -> list[int]:
    """The smallest cell that is still shown, of the cell's own lines if there is one."""
    shown = [int(each) for each in np.flatnonzero(~hidden & (n > 0))]
    own = [each for each in shown if any(each in line for line in lines_of[cell])]
    return sorted(own or shown, key=lambda each: (n[each], each))[:1]


def _range(cell: int, measure: Measure, hidden: Mask, lines: Sequence[Line]) -> float:
    """How wide the range is that a hidden cell is known to, from the totals and the cells that are shown."""
    cells = np.flatnonzero(hidden)
    place = {int(each): i for i, each in enumerate(cells)}
    rows = [found for line in lines if (found := [place[int(each)] for each in line if hidden[each]])]
    equalities = np.zeros((len(rows), len(cells)))
    for i, row in enumerate(rows):
        equalities[i, row] = 1.0
    scale = (float(measure.values[cells].max()) or 1.0) / SIZE
    totals = equalities @ (measure.values[cells] / scale)
    goal = np.zeros(len(cells))
    goal[place[cell]] = 1.0
    ends = [_least(sign * goal, equalities, totals, measure.least / scale) for sign in (1.0, -1.0)]
    return -(ends[0] + ends[1]) * scale


def _least(goal: Array, equalities: Array, totals: Array, least: float) -> float:
    found: Any = optimize.linprog(goal, A_eq=equalities, b_eq=totals, bounds=(least, None))
    if found.status != 0:
        raise RuntimeError(f"The linear programme of a hidden cell was not solved: {found.message}")
    return float(found.fun)
