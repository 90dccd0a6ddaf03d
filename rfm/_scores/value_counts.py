"""How many customers hold each value of a metric: exact, and bounded in memory on an engine."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import materialise
from rfm._frames.native import Frame

__all__ = ["Levels", "finite", "levels"]

MOST = 65_536  # values fetched from an engine at a time, and buckets of its histogram
ENDS = 2  # the best value and the next must be exact
SMALL, LARGER = 2.0**-900, 2.0**600  # a range below the first is multiplied by the second, which is exact

Array = npt.NDArray[Any]
Ranks = Callable[[int], Iterable[int]]


@dataclass(frozen=True)
class Levels:
    """The distribution of a metric over customers, exact at both ends.

    Attributes
    ----------
    values : (m,) array
        In ascending order. A run of values between two requested ranks may be merged into one
        entry, its largest value.
    customers : (m,) int64 array
        How many customers hold the value, or a value of the run.
    total : (m,) float array
        The sum of the metric over them.
    """

    values: Array
    customers: npt.NDArray[np.int64]
    total: npt.NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Levels:
        """From rows of value and customers, and their total if they are a run, in any order."""
        values = np.array([row[0] for row in rows])
        customers = np.array([row[1] for row in rows], dtype=np.int64)
        total = np.array([row[2] if len(row) > 2 else row[0] * row[1] for row in rows], dtype=float)
        distinct, code = np.unique(values, return_inverse=True)
        counted = np.bincount(code, weights=customers, minlength=len(distinct)).astype(np.int64)
        summed = np.bincount(code, weights=total, minlength=len(distinct)).astype(np.float64)
        return cls(distinct, counted, summed)


def finite(value: nw.Expr) -> nw.Expr:
    """Whether a number is present: not null, not NaN, not infinite."""
    return value.abs() <= sys.float_info.max


def levels(frame: Frame, column: str, ranks: Ranks = lambda n: (), cuts: Sequence[float] = ()) -> Levels:
    """Distinct values of a column, and how many rows hold each; missing and infinite values do not count.

    Parameters
    ----------
    frame : Narwhals frame
        In memory, or on an engine and materialised there.
    column : str
    ranks : function of the number of values
        The ranks, from 1 in ascending order, at which the values must be exact.
    cuts : sequence of float
        Values that must be exact if present.

    Returns
    -------
    Levels
        In memory, and on an engine where the column has no more than 65,536 distinct values, all of
        them. Beyond that, two passes or more: a histogram by the engine, whose buckets represent their
        values, and then the values of only those buckets that hold a requested rank or cut.

    Examples
    --------
    >>> import pandas as pd
    >>> found = levels(nw.from_native(pd.DataFrame({"orders": [1, 3, 1]})), "orders")
    >>> found.values, found.customers
    (array([1, 3]), array([2, 1]))
    """
    held = frame.filter(finite(nw.col(column))).select(value=nw.col(column))
    if isinstance(held, nw.DataFrame):
        values, customers = np.unique(held.get_column("value").to_numpy(), return_counts=True)
        customers = customers.astype(np.int64)
        with np.errstate(over="ignore"):
            return Levels(values, customers, (values * customers).astype(np.float64))
    counted = held.group_by("value").agg(customers=nw.len())
    rows: list[Sequence[Any]] = [*counted.head(MOST + 1).collect().rows()]
    if len(rows) <= MOST:
        return Levels.of(rows)
    counted = materialise(counted)
    value, people = nw.col("value"), nw.col("customers").sum().cast(nw.Int64)
    low, high, n = counted.select(low=value.min(), high=value.max(), n=people).collect().rows()[0]
    return Levels.of([*_condensed(counted, Bucket(low, high, len(rows), n, 0.0), 0, sorted(ranks(n)), cuts)])


@dataclass(frozen=True)
class Bucket:
    """The values from ``low`` to ``high``, both observed: their number, and that of their customers."""

    low: float
    high: float
    distinct: int
    customers: int
    total: float


def _condensed(
    counted: nw.LazyFrame[Any], part: Bucket, below: int, ranks: Sequence[int], cuts: Sequence[float]
) -> Iterator[Sequence[Any]]:
    """A part's values, of the ranks after ``below``: exact where requested, runs elsewhere."""
    buckets = _histogram(counted, part)
    edges = below + np.cumsum([0, *(bucket.customers for bucket in buckets)])
    wanted = np.zeros(len(buckets), dtype=bool)
    wanted[:ENDS] = wanted[-ENDS:] = True
    inside = [rank for rank in ranks if edges[0] < rank <= edges[-1]]
    wanted[np.searchsorted(edges, inside, side="left") - 1] = True
    for i, bucket in enumerate(buckets):
        wanted[i] |= any(bucket.low <= cut <= bucket.high for cut in cuts)
    few = max(MOST // max(int(wanted.sum()), 1), 1)
    exact = []
    for bucket, start, requested in zip(buckets, edges[:-1].tolist(), wanted.tolist(), strict=True):
        if not requested:
            yield bucket.high, bucket.customers, bucket.total
        elif bucket.distinct <= few or len(buckets) == 1:
            exact.append(bucket)
        else:
            yield from _condensed(counted, bucket, start, inside, cuts)
    if exact:
        chosen = functools.reduce(operator.or_, [_within(bucket) for bucket in exact])
        yield from counted.filter(chosen).select("value", "customers").collect().rows()


def _histogram(counted: nw.LazyFrame[Any], part: Bucket) -> list[Bucket]:
    """A part's values in buckets of equal width, ascending, the empty ones left out.

    Engines may differ in the last bit of a bucket's number; since it never decreases with the value, and each
    bucket is identified by its observed ends, this changes no result.
    """
    # An engine may divide by multiplying with the inverse, which overflows for a width near the smallest float.
    larger = LARGER if float(part.high) - float(part.low) < SMALL else 1.0
    low, high = float(part.low) * larger, float(part.high) * larger
    width = high / MOST - low / MOST
    number = (nw.col("value").cast(nw.Float64) * larger / width - low / width).cast(nw.Int64)
    weighed = nw.col("value").cast(nw.Float64) * nw.col("customers")
    found = (
        counted.filter(_within(part))
        .with_columns(bucket=number, total=weighed)
        .group_by("bucket")
        .agg(
            low=nw.col("value").min(),
            high=nw.col("value").max(),
            distinct=nw.len(),
            customers=nw.col("customers").sum().cast(nw.Int64),
            total=nw.col("total").sum(),
        )
        .select("low", "high", "distinct", "customers", "total")
    )
    rows = [Bucket(low, high, int(k), int(c), total) for low, high, k, c, total in found.collect().rows()]
    return sorted(rows, key=lambda bucket: bucket.low)


def _within(part: Bucket) -> nw.Expr:
    return (nw.col("value") >= part.low) & (nw.col("value") <= part.high)
