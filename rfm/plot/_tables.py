"""Input of the plots: columns of any dataframe as a small pandas table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import Frame, from_native
from rfm._requirements import check_columns, refuse_repeated
from rfm.errors import DataError

from ._columns import check_types, check_values, with_plain_columns

__all__ = ["fetched", "measure", "ordered", "require", "segment_sizes", "value_counts"]

MOST_NAMES = 1_000  # segments that a plot shows
MONEY = frozenset({"spend", "monetary", "refunds", "mean_order", "revenue"})  # columns that need amounts


def require(frame: Any, columns: tuple[str, ...], hint: str) -> Frame:
    """Wrap any dataframe and check that it has `columns`.

    Raises
    ------
    DataError
        `frame` is not a dataframe, or it lacks one of the columns; the message ends with `hint`. Or a column is of
        another type than it must be.
    """
    entered = from_native(frame, hint)
    names = entered.collect_schema().names()
    if knows_no_money(names) and not MONEY.isdisjoint(columns):
        hint = 'its log has no amounts; Transactions(df, amount="…") names their column'
    schema = check_columns(entered, columns, hint)
    check_types(entered, schema, columns)
    return with_plain_columns(entered, columns)


def fetched(frame: Frame) -> pd.DataFrame:
    """Bring a small table into memory as pandas, and check the values of its columns.

    Raises
    ------
    DataError
        A value cannot be shown.
    """
    table = to_plain_pandas(frame)
    for name, dtype in table.dtypes.items():  # of NumPy's types, in which a missing number is NaN
        if pd.api.types.is_extension_array_dtype(dtype) and pd.api.types.is_numeric_dtype(dtype):
            whole = pd.api.types.is_integer_dtype(dtype) and not table[name].isna().any()
            table[name] = (
                table[name].to_numpy(np.int64) if whole else table[name].to_numpy(float, na_value=np.nan)
            )
    check_values(table)
    return table


def value_counts(
    frame: Any, *columns: str, hint: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the distinct values of the sum of `columns`, ascending, and how many rows hold each; no nulls.

    Only the distinct values leave the engine.
    """
    entered = require(frame, columns, hint)
    total: nw.Expr = sum((nw.col(column).cast(nw.Float64) for column in columns[1:]), nw.col(columns[0]))
    name = columns[0]
    values = entered.select(total.cast(nw.Float64).alias(name)).drop_nulls()
    counts = fetched(values.filter(~nw.col(name).is_nan()).group_by(name).agg(customers=nw.len()))
    counts = counts.sort_values(name)
    return counts[name].to_numpy(float), counts["customers"].to_numpy(np.int64)


def measure(
    frame: Any, name: Literal["recency", "frequency", "monetary"]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the distinct values and counts of one of the three measures of customers with an order.

    `frame` is a scored table (``recency, frequency, monetary``) or a customer summary (``recency, orders,
    spend, refunds``: then frequency is orders, and monetary is spend + refunds).
    """
    hint = "rfm.score(tx) or rfm.summarize(tx) makes such a table"
    entered = from_native(frame, hint)
    present = entered.collect_schema().names()
    if name in present or "orders" not in present:
        return value_counts(frame, name, hint=hint)
    columns = {"recency": ("recency",), "frequency": ("orders",), "monetary": ("spend", "refunds")}[name]
    buyers = require(frame, ("orders", *columns), hint).filter(nw.col("orders") > 0)
    return value_counts(buyers, *columns, hint=hint)


def ordered(frame: Frame, column: str, names: pd.Series, value: pd.Series | None = None) -> list[Any]:
    """Return the names in a column of `frame`, best first.

    The order of an ordered categorical counts (including unused names, so that colours do not depend
    on which occur). Names without an order are sorted by `value`, high to low, and then by name; or kept in order of
    appearance.
    """
    dtype = frame.collect_schema()[column]
    if (several := names.nunique()) > MOST_NAMES:
        raise DataError(
            f"Column {column!r} holds {several:,} names; a plot shows at most {MOST_NAMES:,}. Hint: group them first."
        )
    if isinstance(dtype, nw.Enum):
        return list(dtype.categories)
    if value is None:
        return names.dropna().drop_duplicates().tolist()
    rank = pd.DataFrame({"name": names, "text": names.astype(str), "value": value.astype(float)})
    return rank.sort_values(["value", "text"], ascending=[False, True])["name"].drop_duplicates().tolist()


def knows_no_money(names: Sequence[str]) -> bool:
    """Whether a table is from a log without amounts, by its columns: it has orders, but no money."""
    return "orders" in names and MONEY.isdisjoint(names)


def segment_sizes(frame: Any) -> tuple[pd.DataFrame, list[Any]]:
    """Return ``segment, customers, spend``, one row per segment, and all names of segments, best first.

    `frame` holds one row per customer (``segment``, ``spend``, ``refunds``: what `rfm.segment` returns; or
    ``monetary`` in place of these two), or one row per segment (``segment``, ``customers``, ``spend``: what
    `rfm.profile` returns). For a log without amounts, whose tables have orders but no money, ``spend`` is missing.
    """
    entered = from_native(frame, "rfm.segment(tx) makes such a table")
    present = entered.collect_schema().names()
    bare = knows_no_money(present)
    if "customers" in present:
        columns = ("segment", "customers", *(() if bare else ("spend",)))
        sizes = fetched(require(frame, columns, "rfm.profile(segmented) makes such a table").select(*columns))
    else:
        money = ("spend", "refunds") if {"spend", "refunds"} <= set(present) else ("monetary",)
        columns = ("segment", *(() if bare else money))
        entered = require(frame, columns, "rfm.segment(tx) makes such a table")
        if "customer_id" in present:
            refuse_repeated(entered)
        total: nw.Expr = nw.lit(0.0) if bare else sum((nw.col(name) for name in money[1:]), nw.col(money[0]))
        groups = entered.select("segment", spend=total).group_by("segment")
        sizes = fetched(groups.agg(customers=nw.len(), spend=nw.col("spend").sum()))
    if bare:
        sizes["spend"] = np.nan
    mean = sizes["spend"].astype(float) / sizes["customers"].astype(float).clip(lower=1)
    order = ordered(entered, "segment", sizes["segment"], mean)
    place = sizes["segment"].map({name: i for i, name in enumerate(order)}).astype("Int64")
    sizes = sizes.assign(place=place).sort_values("place").drop(columns="place")
    return sizes.reset_index(drop=True).astype({"customers": "int64", "spend": "float64"}), order
