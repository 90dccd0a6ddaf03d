"""The one join: in memory it keeps the order of the left rows, unlike some engines' own joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._frames.engines import engine_of
from rfm._frames.native import INTERNAL

__all__ = ["every_pair", "join_in_order", "merge_in_order"]

How: TypeAlias = Literal["left", "inner", "semi", "anti"]
ROW = f"{INTERNAL}row"


def join_in_order(
    left: Any,
    right: Any,
    on: str | Sequence[str] = "customer_id",
    how: How = "left",
    suffix: str = "_right",
) -> Any:
    """Join two tables of one engine by columns that both have.

    Parameters
    ----------
    left, right : Narwhals frames
        Of one engine, both in memory or both behind it.
    on : str or sequence of str
        The columns.
    how : {"left", "inner", "semi", "anti"}
        All left rows with the right table's columns; matching rows only, with these columns or without; rows
        without a match.
    suffix : str
        Suffix of right columns whose names are also in the left table.

    Returns
    -------
    Narwhals frame
        In memory in the order of the left rows (and of the right ones, where several match), with the index of a
        pandas table if every left row occurs once in the result, and renumbered otherwise. PyArrow's joins shuffle
        rows, Polars' may. Behind an engine rows have no order.

    Examples
    --------
    >>> import pyarrow as pa
    >>> left = nw.from_native(pa.table({"customer_id": [3, 1, 2]}))
    >>> right = nw.from_native(pa.table({"customer_id": [1, 2], "country": ["FR", "NZ"]}))
    >>> join_in_order(left, right)["country"].to_list()
    [None, 'FR', 'NZ']
    """
    keys = [on] if isinstance(on, str) else list(on)
    if not isinstance(left, nw.DataFrame):
        return left.join(right, on=keys, how=how, suffix=suffix)
    numbered, order = left.with_row_index(ROW), [ROW]
    if how in ("left", "inner"):
        right, order = right.with_row_index(f"{ROW}_right"), [ROW, f"{ROW}_right"]
    both = numbered.join(right, on=keys, how=how, suffix=suffix)
    every_row_once = how == "left" and len(both) == len(left)
    both = both.sort(*(order[:1] if every_row_once else order), nulls_last=True).drop(*order)
    return engine_of(left).with_index_of(both, left) if every_row_once else nw.maybe_reset_index(both)


def every_pair(left: Any, right: Any) -> Any:
    """Every row of one table beside every row of another, of one lazy engine."""
    return left.join(right, how="cross")


def merge_in_order(
    left: pd.DataFrame,
    right: pd.DataFrame,
    on: str | Sequence[str] = "customer_id",
    how: How = "left",
    suffix: str = "_right",
) -> pd.DataFrame:
    """`join_in_order` of two pandas tables.

    >>> left, right = pd.DataFrame({"a": [2, 1]}), pd.DataFrame({"a": [1, 3], "b": [5, 6]})
    >>> merge_in_order(left, right, "a", "inner")
       a  b
    0  1  5
    """
    joined: pd.DataFrame = join_in_order(
        nw.from_native(left), nw.from_native(right), on=on, how=how, suffix=suffix
    ).to_native()
    return joined
