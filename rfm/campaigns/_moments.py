"""Sums from which every estimate is computed: all that leaves an engine of customers' outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame

__all__ = ["ROUNDING", "Cell", "about_the_mean", "mean_of", "merged", "moments"]

ROUNDING = 1e-12
GROUP = f"{INTERNAL}group"


@dataclass(frozen=True)
class Cell:
    """The customers of one arm in one stratum, with an outcome y and a covariate x.

    Attributes
    ----------
    n : int
        Customers.
    y, x : float
        Means.
    yy, xx, xy : float
        Sums of squares and products about the means.
    """

    n: int
    y: float
    x: float = 0.0
    yy: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @property
    def variance(self) -> float:
        """The sample variance of the outcome; not a number for fewer than two customers."""
        return self.yy / (self.n - 1) if self.n > 1 else float("nan")


def merged(cells: Iterable[Cell]) -> Cell:
    """All customers of several cells in one.

    Examples
    --------
    >>> merged([Cell(n=2, y=1.0, yy=2.0), Cell(n=1, y=4.0)])
    Cell(n=3, y=2.0, x=0.0, yy=8.0, xx=0.0, xy=0.0)
    """
    held = list(cells)
    n = sum(cell.n for cell in held)
    if not n:
        return Cell(0, float("nan"), float("nan"))
    y, x = (sum(cell.n * mean for cell, mean in zip(held, means, strict=True)) / n for means in (
        [cell.y for cell in held], [cell.x for cell in held],
    ))  # fmt: skip
    return Cell(
        n, y, x,
        sum(cell.yy + cell.n * (cell.y - y) ** 2 for cell in held),
        sum(cell.xx + cell.n * (cell.x - x) ** 2 for cell in held),
        sum(cell.xy + cell.n * (cell.x - x) * (cell.y - y) for cell in held),
    )  # fmt: skip


def moments(
    frame: Frame, stratum: str | None, outcomes: Mapping[str, str | None]
) -> dict[str, dict[tuple[str, Any], Cell]]:
    """The cells of each outcome by ``arm`` and stratum; the stratum is "" where there is none.

    Sums of squares are taken about the means of all customers, so that a large mean costs no digits. An engine is asked
    twice, however many outcomes there are.

    Parameters
    ----------
    frame : Narwhals frame
        One row per customer with ``arm``; no value missing in these columns.
    stratum : str, optional
        A column of groups.
    outcomes : mapping of str to str
        From columns of numbers or truths to those of their covariates, if there are any.
    """
    columns = {GROUP: nw.lit("") if stratum is None else nw.col(stratum)}
    for i, (outcome, covariate) in enumerate(outcomes.items()):
        columns[f"y{i}"] = nw.col(outcome).cast(nw.Float64)
        columns[f"x{i}"] = nw.lit(0.0) if covariate is None else nw.col(covariate).cast(nw.Float64)
    values = frame.select("arm", **columns)
    numbers = [name for name in columns if name != GROUP]
    means = fetch(values.select(nw.col(*numbers).mean()))
    middle = {name: float(means[name][0] or 0.0) for name in numbers}
    sums: dict[str, nw.Expr] = {}
    for i in range(len(outcomes)):
        y, x = (nw.col(name) - middle[name] for name in (f"y{i}", f"x{i}"))
        sums |= {f"y{i}": y, f"x{i}": x, f"yy{i}": y * y, f"xx{i}": x * x, f"xy{i}": x * y}
    grouped = values.select("arm", GROUP, **sums).group_by("arm", GROUP)
    rows = fetch(grouped.agg(nw.len().alias("n"), nw.col(*sums).sum())).rows(named=True)
    return {
        outcome: {(row["arm"], row[GROUP]): _about_the_mean(row, i, middle) for row in rows}
        for i, outcome in enumerate(outcomes)
    }


def _about_the_mean(row: dict[str, Any], i: int, middle: Mapping[str, float]) -> Cell:
    """A cell of the outcome number i from its sums about the means of everybody."""
    n, y, x, yy, xx, xy = int(row["n"]), *(float(row[f"{name}{i}"]) for name in ("y", "x", "yy", "xx", "xy"))
    return Cell(
        n, mean_of(middle[f"y{i}"], y, n), mean_of(middle[f"x{i}"], x, n),
        about_the_mean(yy, y, n), about_the_mean(xx, x, n), xy - x * y / n,
    )  # fmt: skip


def mean_of(middle: float, total: float, n: int) -> float:
    """A group's mean from its sum about the mean of everybody; 0 where only rounding is left.

    Examples
    --------
    >>> 0.3 + -0.9000000000000001 / 3, mean_of(0.3, -0.9000000000000001, 3), mean_of(2.0, 3.0, 3)
    (-5.551115123125783e-17, 0.0, 3.0)
    """
    mean = middle + total / n
    return mean if abs(mean) > ROUNDING * abs(middle) else 0.0


def about_the_mean(squares: float, total: float, n: int) -> float:
    """The sum of squares about the mean; 0 where only rounding is left, as of values that are all the same.

    Examples
    --------
    >>> about_the_mean(14.0, 6.0, 3), about_the_mean(0.1 * 0.1 * 7, 0.1 * 7, 7)
    (2.0, 0.0)
    """
    rest = squares - total * total / n
    return rest if rest > ROUNDING * squares else 0.0
