"""Which customers are alike for their intervals, and in which parts they are tabulated.

What comes after a day depends on (x, T) alone, under some laws on t_x too: a *pair*. P(alive) depends on t_x as well:
a *row*. The distribution of spend, in units of the customer's scale, depends on the number of known orders, too: a
*cell*.
A million customers have tens of thousands of pairs, and all that is expensive is done once for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import Patterns, keys, members
from clv._numerics import unique_rows

__all__ = ["Kinds", "Part"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLES = 20_000  # pairs × draws tabulated at a time, of customers without purchases
HALF = 16.0  # and half as many of customers with so many purchases, whose tables are longer
ALIKE = 1.3  # greatest ratio of 1 + x within a part, so that its tables are about equally long


@dataclass(frozen=True)
class Kinds:
    """The first customer of each pair, row and cell, and the row and cell of each customer."""

    pair_first: Ints
    row_first: Ints
    row_pair: Ints
    row: Ints
    cell_first: Ints
    cell_row: Ints
    cell_known: Array
    cell: Ints

    @classmethod
    def of(
        cls,
        law: Any,
        x: Array,
        t_x: Array,
        T: Array,
        known: Array,
        patterns: Patterns | None,
        rows: tuple[Ints, Ints] | None = None,
    ) -> Kinds:
        """Sort customers into kinds; `known` is the number of the orders of which the mean is known."""
        pair_first, pair = members(law, x, t_x, T, patterns)
        row_first, row = unique_rows(x, t_x, T, *keys(patterns)) if rows is None else rows
        cell_first, cell = (
            (row_first, row) if np.array_equal(known, x) else unique_rows(row.astype(float), known)
        )
        numbers = pair[row_first], row, cell_first, row[cell_first], known[cell_first], cell
        return cls(pair_first, row_first, *numbers)

    def parts(self, x: Array, draws: int) -> Iterator[Part]:
        """Parts of the pairs, each with about equal x and a limited size of tables."""
        level = x[self.pair_first]
        order = np.argsort(level, kind="stable")
        stops = _stops(level[order], TABLES / draws)
        part = np.empty(len(order), dtype=np.int64)
        part[order] = np.repeat(np.arange(len(stops)), np.diff(stops, prepend=0))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order)) - np.append(0, stops)[part[order]]
        pairs = np.split(order, stops[:-1])
        rows = _split(part[self.row_pair], len(stops))
        cells = _split(part[self.row_pair[self.cell_row]], len(stops))
        for which in range(len(stops)):
            yield Part(pairs[which], rows[which], place[self.row_pair[rows[which]]], cells[which])

    def customers(self, cells: Ints) -> tuple[Ints, Ints]:
        """The customers of some cells, and which of these cells each is in."""
        order, sizes, starts = self._by_cell
        many = sizes[cells]
        cell = np.repeat(np.arange(len(cells)), many)
        within = np.arange(len(cell)) - np.repeat(np.cumsum(many) - many, many)
        return order[starts[cells][cell] + within], cell

    @cached_property
    def _by_cell(self) -> tuple[Ints, Ints, Ints]:
        """The customers in the order of their cells, and how many there are of each and before it."""
        sizes = np.bincount(self.cell, minlength=len(self.cell_first))
        return np.argsort(self.cell, kind="stable"), sizes, np.cumsum(sizes) - sizes


@dataclass(frozen=True)
class Part:
    """Pairs that are tabulated together; their rows, with the place of each row's pair among them; and their cells."""

    pairs: Ints
    rows: Ints
    pair: Ints
    cells: Ints

    def of_known(self, kinds: Kinds) -> Iterator[tuple[float, Ints, Ints, Ints]]:
        """For each number of known orders: the cells, and the place of each cell's row and pair in this part."""
        known = kinds.cell_known[self.cells]
        row = np.searchsorted(self.rows, kinds.cell_row[self.cells])  # rows ascend
        distinct, which = np.unique(known, return_inverse=True)
        for number, some in zip(distinct.tolist(), _split(which, len(distinct)), strict=True):
            yield number, self.cells[some], row[some], self.pair[row[some]]


def _split(part: Ints, parts: int) -> list[Ints]:
    """The ascending members of each part."""
    order = np.argsort(part, kind="stable")
    return np.split(order, np.cumsum(np.bincount(part, minlength=parts))[:-1])


def _stops(level: Array, most: float) -> Ints:
    """Ends of runs of ascending levels, each with about equal levels and a limited sum of table lengths."""
    if not len(level):
        return np.empty(0, dtype=np.int64)
    levels, first, many = np.unique(level, return_index=True, return_counts=True)
    stops: list[int] = []
    start, length = 0.0, np.inf
    for value, begin, count in zip(levels.tolist(), first.tolist(), many.tolist(), strict=True):
        each = 1 + value / HALF
        if 1 + value > ALIKE * (1 + start) or length + each * count > most:
            stops.append(begin)
            start, length = value, 0.0
        step = max(1, int(most / each))
        stops.extend(range(begin + step, begin + count, step))
        length += each * ((count - 1) % step + 1)
    return np.array([*stops[1:], len(level)], dtype=np.int64)
