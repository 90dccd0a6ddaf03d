"""Numbers of customers and exact sums of clamped columns by group: what noise is then added to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame
from rfm._options import received
from rfm._scores.value_counts import finite
from rfm.errors import DataError

__all__ = ["Grid", "clamped_sums"]

STEPS: Final = 6
"""Decimal digits of the larger bound that are kept: rounding is then far below any noise."""
SHOWN: Final = 20  # groups that a message lists
GROUP: Final = f"{INTERNAL}group"


@dataclass(frozen=True)
class Grid:
    """The whole multiples of a unit between two bounds, which a column is clamped and rounded to.

    Sums of whole numbers are exact in every order and on every engine. Sums of floats are not, and a customer may
    change them by more than the bound: noise made for the bound would then protect less than it promises
    (Casacuberta, Shoemate, Vadhan & Wagaman 2022, CCS, 471–484).

    Parameters
    ----------
    low, high : float
        The bounds.

    Examples
    --------
    >>> grid = Grid(0, 2000)
    >>> grid.unit, grid.sensitivity
    (0.001, 2000000)
    """

    low: float
    high: float

    @property
    def unit(self) -> float:
        """The power of ten that makes the larger bound a number of seven digits."""
        return float(f"1e{self._exponent}")

    @property
    def _exponent(self) -> int:
        return math.floor(math.log10(max(abs(self.low), abs(self.high)))) - STEPS

    @property
    def ends(self) -> tuple[int, int]:
        """The bounds in units."""
        return round(self.low / self.unit), round(self.high / self.unit)

    @property
    def sensitivity(self) -> int:
        """The most that one customer can add to a sum or take from it, in units."""
        return max(map(abs, self.ends))

    def amounts(self, units: npt.NDArray[Any] | Sequence[int] | int) -> npt.NDArray[np.float64]:
        """Sums in units as amounts."""
        return np.round(np.asarray(units, dtype=float) * self.unit, max(0, -self._exponent))

    def units(self, column: nw.Expr) -> nw.Expr:
        """A column of finite floats as whole numbers of units, clamped before and after they are rounded."""
        low, high = self.ends
        clamped = column.clip(self.low, self.high)
        return (clamped / self.unit).round(0).cast(nw.Int64).clip(low, high)


def clamped_sums(
    frame: Frame, by: str, names: Sequence[str], grids: Mapping[str, Grid]
) -> tuple[list[int], dict[str, list[int]]]:
    """The number of customers of each group, and the sum of each column in units of its grid.

    Parameters
    ----------
    frame : Narwhals frame
        One row per customer; behind an engine it is read once.
    by : str
        The column of groups.
    names : sequence of str
        All groups, also those without a customer.
    grids : mapping of column to Grid

    Raises
    ------
    DataError
        If a row has a group that is not among these, or a value is missing.
    """
    columns: dict[str, nw.Expr] = {GROUP: nw.col(by).cast(nw.String)}
    for place, (name, grid) in enumerate(grids.items()):
        value = nw.col(name).cast(nw.Float64)
        known = finite(value).fill_null(False)
        columns[_sum(place)] = grid.units(nw.when(known).then(value).otherwise(nw.lit(0.0)))
        columns[_unknown(place)] = nw.when(known).then(nw.lit(0)).otherwise(nw.lit(1)).cast(nw.Int64)
    sums = [nw.col(each).sum() for place in range(len(grids)) for each in (_sum(place), _unknown(place))]
    found = fetch(frame.select(**columns).group_by(GROUP).agg(nw.len().alias("customers"), *sums))
    rows = {row[GROUP]: row for row in found.iter_rows(named=True)}
    _refuse_others(rows, by, names)
    for place, name in enumerate(grids):
        if unknown := sum(int(row[_unknown(place)]) for row in rows.values()):
            raise DataError(
                f"Column {name!r} is missing or infinite for {unknown:,} customers. Hint: fill it, such as with 0 for "
                "those who have not bought, or leave these customers out."
            )
    customers = [int(rows[name]["customers"]) if name in rows else 0 for name in names]
    return customers, {
        column: [int(rows[name][_sum(place)]) if name in rows else 0 for name in names]
        for place, column in enumerate(grids)
    }


def _refuse_others(rows: Mapping[Any, Any], by: str, names: Sequence[str]) -> None:
    """Refuse groups that are not public, which would be left out in silence."""
    known = set(names)
    others = [name for name in rows if name not in known]
    if not others:
        return
    shown = "missing values" if any(not isinstance(name, str) for name in others) else received(min(others))
    listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    raise DataError(
        f"Column {by!r} holds {shown}, which is none of the groups to show: {listed}. Groups are not read "
        "from the data, since that somebody is in one may tell who it is. Hint: scheme= names the scheme that made "
        "the table, or segments= lists all groups."
    )


def _sum(place: int) -> str:
    return f"{INTERNAL}sum{place}"


def _unknown(place: int) -> str:
    return f"{INTERNAL}unknown{place}"
