"""Answers of any engine as plain tables, and what differs between two of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

__all__ = ["Answer", "Refusal", "Table", "difference", "mapped", "plain", "rows_of", "without_order"]

Table = dict[str, list[Any]]
Answer = dict[str, Table]


@dataclass(frozen=True)
class Refusal:
    """The library refused the question: with this kind of error, whose text may quote what differs between two logs."""

    kind: str
    text: str


def plain(native: Any) -> Table:
    """A dataframe as columns of Python's values: dates without a time, None for what is missing."""
    frame = nw.from_native(native)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return {name: [_value(value) for value in frame[name].to_list()] for name in frame.columns}


def _value(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def rows_of(table: Table) -> list[tuple[Any, ...]]:
    """The table row by row."""
    return list(zip(*table.values(), strict=True))


def mapped(table: Table, change: Callable[[str, Any], Any]) -> Table:
    """The table with each value that is there changed."""
    return {
        name: [None if value is None else change(name, value) for value in values]
        for name, values in table.items()
    }


def without_order(table: Table) -> Table:
    """The table with its rows in an order that depends on nothing but their values, floats last."""
    names = sorted(table, key=lambda name: any(isinstance(value, float) for value in table[name]))
    order = sorted(
        range(len(next(iter(table.values()), []))), key=lambda row: [_key(table[name][row]) for name in names]
    )
    return {name: [values[row] for row in order] for name, values in table.items()}


def _key(value: Any) -> tuple[str, Any]:
    kind = "number" if isinstance(value, int | float) else type(value).__name__
    return kind, "" if value is None else value


def difference(found: Table, expected: Table, rtol: float, atol: float = 0.0) -> str | None:
    """The first difference in words; None if there is none. Floats may differ by the tolerance, all else is equal."""
    if list(found) != list(expected):
        return f"columns {list(found)} instead of {list(expected)}"
    for name, values in expected.items():
        if len(found[name]) != len(values):
            return f"{len(found[name])} rows instead of {len(values)}"
    for name, values in expected.items():
        for row, (mine, theirs) in enumerate(zip(found[name], values, strict=True)):
            if not _equal(mine, theirs, rtol, atol):
                return f"{name} in row {row} is {mine!r} instead of {theirs!r}"
    return None


def _equal(mine: Any, theirs: Any, rtol: float, atol: float) -> bool:
    numbers = (int, float)
    if isinstance(mine, numbers) and isinstance(theirs, numbers) and isinstance(mine, float | int):
        if mine == theirs:
            return True
        near = isinstance(mine, float) or isinstance(theirs, float)
        return near and abs(mine - theirs) <= rtol * max(abs(mine), abs(theirs)) + atol
    if isinstance(mine, date) or isinstance(theirs, date):
        return type(mine) is type(theirs) and mine == theirs
    return bool(mine == theirs)
