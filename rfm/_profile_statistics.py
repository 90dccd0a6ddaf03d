"""Sums, means and medians of a table's columns by group: few numbers leave an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame, is_eager
from rfm._scores.value_counts import MOST, finite, levels

__all__ = ["FUNCTIONS", "Grouped", "by_group", "medians"]

FUNCTIONS: Final = ("mean", "sum", "min", "max", "median")
KEY, VALUE, GROUP = f"{INTERNAL}key", f"{INTERNAL}value", f"{INTERNAL}group"


@dataclass(frozen=True)
class Grouped:
    """A table with its groups under plain names, since some engines read a name as an expression.

    Attributes
    ----------
    frame : Narwhals frame
        Columns `KEY` and a number for each key, and the columns to describe.
    keys : tuple of str
        The names of the keys outside.
    """

    frame: Frame
    keys: tuple[str, ...]

    @property
    def plain(self) -> dict[str, str]:
        """The plain name of each key, and its name outside."""
        return {f"{KEY}{place}": key for place, key in enumerate(self.keys)}

    def first(self, number: int) -> Grouped:
        """The same rows in the larger groups of the first keys; 0: all in one."""
        return Grouped(self.frame, self.keys[:number])


def by_group(grouped: Grouped, sums: Sequence[str], aggregates: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row per group: its keys, ``customers``, each of the sums, and what is asked of other columns.

    Parameters
    ----------
    grouped : Grouped
    sums : sequence of str
        Columns without missing values.
    aggregates : mapping of str to sequence of str
        By column, some of `FUNCTIONS`; missing values are left out, and a group without any value has none.

    Returns
    -------
    pandas.DataFrame
        ``<column>_<function>`` for each aggregate.
    """
    asked = {f"{VALUE}{place}": name for place, name in enumerate(aggregates)}
    columns: dict[str, Any] = {}
    for plain, name in asked.items():
        value = nw.col(name).cast(nw.Float64)
        known = finite(value).fill_null(False)
        columns |= {plain: nw.when(known).then(value)}
        columns |= {f"{plain}_n": nw.when(known).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)}
    numbered = grouped.frame.with_columns(**columns, **{GROUP: nw.lit(0)})
    groups = numbered.group_by(*(grouped.plain or [GROUP]))
    wanted = [nw.len().alias("customers"), *(nw.col(name).sum() for name in sums)]
    for plain in asked:
        column = nw.col(plain)
        wanted += [column.sum().alias(f"{plain}_sum"), column.min().alias(f"{plain}_min")]
        wanted += [column.max().alias(f"{plain}_max"), nw.col(f"{plain}_n").sum()]
    found = groups.agg(*wanted)
    counts = ["customers", *(name for name in sums if grouped.frame.collect_schema()[name].is_integer())]
    found = found.with_columns(nw.col(*counts).cast(nw.Int64))  # DuckDB widens the sum of whole numbers
    table = pd.DataFrame(fetch(found).to_dict(as_series=False)).rename(columns=grouped.plain)
    table = table.drop(columns=GROUP, errors="ignore")
    for plain, name in asked.items():
        held = table[f"{plain}_n"].to_numpy(dtype=float)
        filled = np.where(held > 0, held, np.nan)
        values = {part: table[f"{plain}_{part}"].to_numpy(dtype=float) for part in ("sum", "min", "max")}
        values = {part: np.where(held > 0, numbers, np.nan) for part, numbers in values.items()}
        values["mean"] = values["sum"] / filled
        for function in aggregates[name]:
            if function == "median":
                values["median"] = medians(grouped, name, table)
            table[f"{name}_{function}"] = values[function]
    return table.drop(columns=[name for name in table if str(name).startswith(VALUE)])


def medians(grouped: Grouped, column: str, groups: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The exact median of a column in each of the groups, in their order; missing values are left out."""
    plain = list(grouped.plain)
    value = grouped.frame.select(*plain, **{VALUE: nw.col(column).cast(nw.Float64)})
    value = value.filter(finite(nw.col(VALUE)))
    counted: Any = value.group_by(*plain, VALUE).agg(customers=nw.len())
    if not is_eager(counted):
        some = fetch(counted.head(MOST + 1))
        if len(some) > MOST:
            return np.array([_median_in_engine(value, plain, key) for key in _keys(grouped, groups)])
        counted = some
    rows = pd.DataFrame(counted.to_dict(as_series=False))
    place_of = {key: place for place, key in enumerate(_keys(grouped, groups))}
    place = np.array([place_of[key] for key in _tuples(rows[plain])], dtype=np.int64)
    found = np.full(len(groups), np.nan)
    for number in range(len(groups)):
        here = rows[place == number]
        found[number] = weighted_median(here[VALUE].to_numpy(dtype=float), here["customers"].to_numpy())
    return found


def _keys(grouped: Grouped, groups: pd.DataFrame) -> list[tuple[Any, ...]]:
    return _tuples(groups[list(grouped.keys)])


def _tuples(keys: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as tuples, in which every missing value is None, since NaN does not equal itself."""
    if not len(keys.columns):
        return [()] * len(keys)
    columns = [[None if pd.isna(each) else each for each in keys[name].tolist()] for name in keys]
    return list(zip(*columns, strict=True))


def _median_in_engine(value: Any, plain: Sequence[str], key: Sequence[Any]) -> float:
    """Of one group with too many values to fetch: those around the middle are found by a histogram."""
    for name, each in zip(plain, key, strict=True):
        value = value.filter(nw.col(name).is_null() if each is None else nw.col(name) == each)
    found = levels(value, VALUE, lambda n: [(n + 1) // 2, n // 2 + 1])
    return weighted_median(found.values.astype(float), found.customers)


def weighted_median(values: npt.NDArray[np.float64], customers: npt.NDArray[Any]) -> float:
    """The median of values that several customers hold; missing if there are none.

    >>> weighted_median(np.array([5.0, 1.0, 9.0]), np.array([1, 2, 1]))
    3.0
    """
    if not len(values):
        return float("nan")
    order = np.argsort(values)
    up_to = np.cumsum(customers[order])
    middle = np.searchsorted(up_to, [(up_to[-1] - 1) // 2, up_to[-1] // 2], side="right")
    return float(values[order][middle].mean())
