"""Sums from which every estimate is computed: all that leaves an engine of customers' outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame

__all__ = ["Cell", "merged", "moments"]

X = f"{INTERNAL}x"
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
    frame: Frame, stratum: str | None, outcome: str, covariate: str | None
) -> dict[tuple[str, Any], Cell]:
    """The cells of an outcome by ``arm`` and stratum; the stratum is "" where there is none.

    Sums of squares are taken about the means of all customers, so that a large mean costs no digits.

    Parameters
    ----------
    frame : Narwhals frame
        One row per customer with ``arm``; no value missing in these columns.
    stratum : str, optional
        A column of groups.
    outcome : str
        A column of numbers or truths.
    covariate : str, optional
        A column of numbers.
    """
    y, x = nw.col(outcome).cast(nw.Float64), nw.lit(0.0) if covariate is None else nw.col(covariate)
    columns = {"y": y, X: x.cast(nw.Float64), GROUP: nw.lit("") if stratum is None else nw.col(stratum)}
    values = frame.select("arm", **columns)
    means = fetch(values.select(nw.col("y").mean(), nw.col(X).mean()))
    middle = [float(means[name][0] or 0.0) for name in ("y", X)]
    dy, dx = nw.col("y") - middle[0], nw.col(X) - middle[1]
    sums = values.select("arm", GROUP, y=dy, x=dx, yy=dy * dy, xx=dx * dx, xy=dx * dy)
    grouped = sums.group_by("arm", GROUP).agg(nw.len().alias("n"), nw.col("y", "x", "yy", "xx", "xy").sum())
    rows = fetch(grouped).rows(named=True)
    return {(row["arm"], row[GROUP]): _about_the_mean(row, *middle) for row in rows}


def _about_the_mean(row: dict[str, Any], middle_y: float, middle_x: float) -> Cell:
    """A cell from its sums about the means of everybody."""
    n, y, x = int(row["n"]), float(row["y"]), float(row["x"])
    return Cell(
        n, middle_y + y / n, middle_x + x / n,
        max(float(row["yy"]) - y * y / n, 0.0), max(float(row["xx"]) - x * x / n, 0.0), float(row["xy"]) - x * y / n,
    )  # fmt: skip
