"""Rows that are equal in every column: counted, or all but one left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.columns import new_texts
from rfm._frames.native import INTERNAL, Frame

__all__ = ["COPIES", "equal_rows", "without_copies"]

COPIES: Final = f"{INTERNAL}copies"


def without_copies(frame: Frame, names: Sequence[str]) -> Frame:
    """The rows of a frame, one of each set that is equal in the columns `names`."""
    rows: Frame = _comparable(frame, names).unique(subset=list(names), keep="any")
    return rows


def equal_rows(frame: Frame, names: Sequence[str]) -> Frame:
    """One row of each set of two or more that are equal in `names`, and in `COPIES` how many they are.

    Any other column must be a function of these.
    """
    frame = _comparable(frame, names)
    if isinstance(frame, nw.DataFrame):  # so that only the few duplicates are grouped
        frame = frame.filter(frame.select(*names).is_duplicated())
    sets = frame.group_by(frame.collect_schema().names()).agg(nw.len().alias(COPIES))
    return sets.filter(nw.col(COPIES) > 1)


def _comparable(frame: Any, names: Sequence[str]) -> Any:
    """The frame with values that do not compare, such as lists in a pandas column, as text."""
    if isinstance(frame, nw.LazyFrame):
        return frame
    texts = [
        new_texts(frame[name], map(repr, frame[name].to_list())) for name in names if _is_nested(frame[name])
    ]
    return frame.with_columns(*texts) if texts else frame


def _is_nested(series: nw.Series[Any]) -> bool:
    if series.dtype == nw.Object:
        return any(kind.__hash__ is None for kind in set(map(type, series.to_list())))
    return series.dtype.is_nested()
