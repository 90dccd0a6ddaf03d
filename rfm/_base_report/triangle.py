"""Cohorts by period: the cells of the audit as square tables, of which the upper triangle has happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import Periods, with_steps
from rfm._frames.native import Frame
from rfm.errors import DataError

__all__ = ["Triangle", "ratio", "triangle"]

MOST_COHORTS: Final = 2_000  # their cells are two million
PARTS: Final = ("active", "orders", "spend")
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Triangle:
    """Purchases by cohort and period.

    Parameters
    ----------
    periods : Periods
        Both the cohorts and the periods, p of them.
    active, orders, spend : (p, p) int64
        Customers who bought, their purchase days, and the net of all their rows in whole units of money, by
        cohort (row) and period (column).
    first_orders : (p,) int64
        Net of the first purchase days of each cohort, in whole units of money.
    scale : float
        Whole units of money in one of the log's currency.
    """

    periods: Periods
    active: Ints
    orders: Ints
    spend: Ints
    first_orders: Ints
    scale: float

    @property
    def size(self) -> Ints:
        """Customers of each cohort, (p,): those who bought in its own period."""
        return np.diagonal(self.active)

    @property
    def places(self) -> tuple[Ints, Ints]:
        """Cohort and period of each cell that has happened, of cohorts with customers; by cohort and age."""
        happened = np.triu(np.ones_like(self.active, dtype=np.bool_)) & (self.size > 0)[:, None]
        cohort, period = np.nonzero(happened)
        return cohort, period

    def at(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of a square table at these cells."""
        return values[self.places]

    def head(self) -> dict[str, npt.NDArray[Any]]:
        """Columns ``cohort, age, period, customers`` of these cells."""
        cohort, period = self.places
        starts = self.periods.starts.astype("datetime64[D]")
        return {
            "cohort": starts[cohort],
            "age": period - cohort,
            "period": starts[period],
            "customers": self.size[cohort],
        }

    def complete(self) -> npt.NDArray[np.bool_]:
        """Whether the log covers the whole period of each of these cells."""
        return self.periods.complete[self.places[1]]


def triangle(rows: Frame, periods: Periods, decimals: int) -> Triangle:
    """Add up a log by cohort and period, in one pass.

    Parameters
    ----------
    rows : Narwhals frame
        From `rfm._dynamics.active_days.timeline`: the customers who ever bought.
    periods : Periods
        Both the cohorts and the periods.
    decimals : int
        Of the log's money.

    Returns
    -------
    Triangle
        A refund before its customer's first purchase counts in the cohort's own period.

    Raises
    ------
    DataError
        If there are more than 2,000 periods.
    """
    if len(periods) > MOST_COHORTS:
        raise DataError(
            f"The log has {len(periods):,} periods, so many cohorts; an audit compares at most {MOST_COHORTS:,}. "
            'Hint: a longer period, every="1M" or "1Q", or check for wrong dates.'
        )
    day, gap, bought = nw.col("day"), nw.col("gap"), nw.col("bought")
    again = (gap > 0) & (nw.col("before") == nw.col("period"))
    zero = nw.lit(0).cast(nw.Int64)
    found = collected(
        with_steps(rows, periods.edges[1:-1], cohort=nw.col("first"), period=day, before=day - gap),
        "cohort",
        "period",
        active=nw.when(again).then(zero).otherwise(bought),
        orders=bought,
        spend=nw.col("net"),
        first_orders=nw.when((bought == 1) & (day == nw.col("first"))).then(nw.col("net")).otherwise(zero),
    )
    cohort = found["cohort"]
    place = cohort, np.maximum(found["period"], cohort)
    squares = {name: np.zeros((len(periods), len(periods)), dtype=np.int64) for name in PARTS}
    for name, square in squares.items():
        np.add.at(square, place, found[name])
    first_orders = np.zeros(len(periods), dtype=np.int64)
    np.add.at(first_orders, cohort, found["first_orders"])
    return Triangle(periods, **squares, first_orders=first_orders, scale=10.0**decimals)


def ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    """Quotient of two columns; NaN where the divisor is 0.

    >>> ratio(np.array([1, 0]), np.array([4, 0])).tolist()
    [0.25, nan]
    """
    result: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole != 0)
    return result
