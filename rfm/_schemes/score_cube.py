"""The score cube: every combination of R, F and M, and which rules claim it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._printed import Printed, name_in_text
from rfm._rules import Rule
from rfm._scores.bins import Bins, by_metric
from rfm.errors import SchemeError

__all__ = ["Check", "cell_list", "check", "cube", "grid"]

CUBE_COLUMNS = frozenset({"R", "F", "M", "rfm"})


def cube(bins: Bins) -> pd.DataFrame:
    """Every combination of scores: R, F, M and the code ``rfm``; bins³ rows, or the product of the three.

    >>> cube(3).tail(2)
        R  F  M  rfm
    25  3  3  2  332
    26  3  3  3  333
    """
    most = by_metric(bins, "RFM", SchemeError).values()
    cells = pd.DataFrame(itertools.product(*(range(1, n + 1) for n in most)), columns=["R", "F", "M"])
    separator = "-" if max(most) > 9 else ""
    return cells.assign(rfm=[separator.join(map(str, cell)) for cell in cells.to_numpy().tolist()])


def claims(rules: Sequence[Rule], bins: Bins) -> npt.NDArray[np.bool_]:
    """Which rules hold in which cells: (cells, number of rules); for rules that read only scores."""
    frame = nw.from_native(cube(bins), eager_only=True)
    held = np.zeros((len(frame), len(rules)), dtype=bool)
    for i, rule in enumerate(rules):
        held[:, i] = frame.select(held=rule.expression(frame.schema)).get_column("held").to_numpy()
    return held


@dataclass(frozen=True, eq=False)
class Check:
    """The result of checking the whole score cube; its repr is a short report.

    Attributes
    ----------
    cells : int
        Cells in the cube.
    gaps : DataFrame
        R, F, M of the cells that no rule claims.
    overlaps : DataFrame
        R, F, M, the segment that takes the cell (the first that claims it), and ``also``, another that
        claims it; one row for each other. In an ordered scheme this is not an error: earlier rules go first.
    unreachable : tuple of str
        Segments without customers: no cell satisfies the rule, or earlier rules claim all that do.
    conditional : tuple of str
        Segments whose rules read columns beyond R, F and M; they never count as coverage.
    default : str or None
        The segment of the gaps.
    """

    cells: int
    gaps: pd.DataFrame
    overlaps: pd.DataFrame
    unreachable: tuple[str, ...]
    conditional: tuple[str, ...]
    default: str | None

    @property
    def complete(self) -> bool:
        """Whether every cell has a segment, by a rule or by default."""
        return self.gaps.empty or self.default is not None

    @property
    def ok(self) -> bool:
        """Whether every cell has a segment and every segment can be reached."""
        return self.complete and not self.unreachable

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return Printed(self)._repr_html_()

    def __str__(self) -> str:
        claimed = len(self.overlaps[["R", "F", "M"]].drop_duplicates())
        lines = [f"{self.cells} cells: {len(self.gaps)} claimed by no rule, {claimed} by several"]
        if len(self.gaps):
            lines.append(f"{name_in_text(self.default or 'no segment')} at R F M = {cell_list(self.gaps)}")
        for (taker, also), cells in self.overlaps.groupby(["segment", "also"], sort=False):
            lines.append(f"{name_in_text(taker)} goes before {name_in_text(also)} in {len(cells)}")
        if self.unreachable:
            lines.append(f"never reached: {', '.join(map(name_in_text, self.unreachable))}")
        if self.conditional:
            lines.append(
                f"conditional on columns beyond R, F, M: {', '.join(map(name_in_text, self.conditional))}"
            )
        return str(Printed("\n".join(lines)))


def cell_list(cells: pd.DataFrame, most: int = 10) -> str:
    """The first cells of a table of R, F, M in one line: ``1 1 5, 1 2 5, … (17 in all)``."""
    shown = [" ".join(map(str, cell)) for cell in cells[["R", "F", "M"]].head(most).to_numpy().tolist()]
    more = f", … ({len(cells)} in all)" if len(cells) > most else ""
    return ", ".join(shown) + more


def check(ruled: Sequence[tuple[str, Rule]], bins: Bins, default: str | None = None) -> Check:
    """Check the cube with an ordered list of named rules; the first that holds claims the cell."""
    names = [name for name, _ in ruled]
    fixed = np.array([rule.columns <= CUBE_COLUMNS for _, rule in ruled], dtype=bool)
    cells = cube(bins)[["R", "F", "M"]]
    held = np.zeros((len(cells), len(ruled)), dtype=bool)
    held[:, fixed] = claims([rule for _, rule in ruled if rule.columns <= CUBE_COLUMNS], bins)
    free = ~np.logical_or.accumulate(held, axis=1)
    free = np.column_stack([np.ones(len(cells), dtype=bool), free])  # cells that earlier rules leave
    reached = ((held | ~fixed) & free[:, :-1]).any(axis=0)
    unreachable = [name for name, hit in zip(names, reached, strict=True) if not hit]
    if default is not None and default not in names and not free[:, -1].any():
        unreachable.append(default)
    return Check(
        cells=len(cells),
        gaps=cells[free[:, -1]].reset_index(drop=True),
        overlaps=_overlaps(cells, held, names),
        unreachable=tuple(unreachable),
        conditional=tuple(name for name, known in zip(names, fixed, strict=True) if not known),
        default=default,
    )


def _overlaps(cells: pd.DataFrame, held: npt.NDArray[np.bool_], names: Sequence[str]) -> pd.DataFrame:
    others = held & (np.cumsum(held, axis=1) > 1)
    cell, also = np.nonzero(others)
    taker = held[cell].argmax(axis=1).tolist()
    found = cells.iloc[cell].reset_index(drop=True)
    return found.assign(segment=[names[i] for i in taker], also=[names[i] for i in also.tolist()])


def grid(
    ruled: Sequence[tuple[str, Rule]], bins: Bins, default: str | None, order: Sequence[str]
) -> pd.DataFrame:
    """The cube with the segment of each cell; rules that read other columns are left out."""
    fixed = [(name, rule) for name, rule in ruled if rule.columns <= CUBE_COLUMNS]
    held = claims([rule for _, rule in fixed], bins)
    takers = [fixed[int(row.argmax())][0] if row.any() else default for row in held]
    return cube(bins).assign(segment=pd.Categorical(takers, categories=list(order), ordered=True))
