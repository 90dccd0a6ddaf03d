"""Running a step where the rows are, and fetching its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.engines import Eager, Frame, engine_of, lazy_engine_of

__all__ = ["by_customer", "fetch", "fold", "materialise", "row_by_row", "some_rows"]


def by_customer(frame: Frame, in_memory: Callable[[Eager], Any], in_engine: Callable[[Frame], Any]) -> Any:
    """Reduce rows to one row per customer, in memory or in the engine.

    Parameters
    ----------
    frame : Narwhals frame
        Rows with a ``customer_id``.
    in_memory, in_engine : functions of a frame
        The same computation twice: for rows in memory, and as an expression for an engine. Both treat
        each customer separately.

    Returns
    -------
    Narwhals frame
    """
    return engine_of(frame).by_customer(frame, in_memory, in_engine)


def row_by_row(frame: Any, function: Callable[[Any], Any]) -> Any:
    """Run a row-wise function of a frame."""
    return engine_of(frame).row_by_row(frame, function)


def some_rows(frame: Any, by: Sequence[str], n: int) -> Any:
    """The first rows by some columns, or a few more rows that include them."""
    return engine_of(frame).some_rows(frame, by, n)


def fetch(frame: Frame) -> Eager:
    """Compute a small table and bring it into memory."""
    return frame if isinstance(frame, nw.DataFrame) else lazy_engine_of(frame).fetch(frame)


def materialise(frame: Any) -> Any:
    """Compute a lazy table once and keep its rows with the engine, so that later steps do not recompute it.

    DuckDB and Ibis keep them in a temporary table of the connection, Spark and Dask as a persisted frame,
    Polars in memory; all for as long as something reads them (see `rfm._frames.temporary_tables`).
    """
    return frame if isinstance(frame, nw.DataFrame) else lazy_engine_of(frame).materialise(frame)


def fold(frame: Frame, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
    """Sum whole numbers of all pieces of a table; no row leaves Spark's or Dask's workers.

    Parameters
    ----------
    frame : Narwhals frame
        Any table.
    numbers : function of an eager frame
        Takes a piece of the rows and gives its numbers, each below 2^63 when summed.

    Returns
    -------
    list of int
    """
    if isinstance(frame, nw.DataFrame):
        return list(numbers(frame))
    return lazy_engine_of(frame).fold(frame, numbers)
