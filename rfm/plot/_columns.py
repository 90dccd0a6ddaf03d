"""What the columns of the tables of plots hold, by their names: checked once, before a plot is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.native import Frame
from rfm._requirements import COUNT, MONEY, SHARE, TIME, Held, check_dates, check_groups, outside
from rfm.errors import DataError

__all__ = ["check_types", "check_values", "with_plain_columns"]

MOST_PERIODS: Final = 10_000
HINT: Final = "Hint: pass the table as the library made it."

NUMBERS: Final[Mapping[str, Held]] = {
    **dict.fromkeys(("R", "F", "M"), Held(1, 100, whole=True, missing=True)),
    **dict.fromkeys(("customers", "rows", "frequency", "active", "new", "returning", "lapsed"), COUNT),
    **dict.fromkeys(("days", "observed", "bought_again"), COUNT),
    "decile": Held(1, 10, whole=True),
    "age": replace(COUNT, most=MOST_PERIODS),
    **dict.fromkeys(("T", "n_periods"), TIME),
    "orders": replace(COUNT, missing=True),
    "recency": replace(TIME, missing=True),
    **dict.fromkeys(("happened", "predicted", "bar_start", "bar_end"), MONEY),
    **dict.fromkeys(
        (
            "monetary",
            "spend",
            "refunds",
            "amount",
            "mean_order",
            "revenue_to_date",
            "spend_to_date",
            "spend_per_customer",
            "order_value",
            "first_order_value",
            "later_order_value",
            "share_of_orders",
            "cumulative_share_of_spend",
            "low",
            "high",
            "revenue",
            "monetary_value",
            "value",
            "value_low",
            "value_high",
            "cost_per_customer",
        ),
        replace(MONEY, missing=True),
    ),
    **dict.fromkeys(("clv", "clv_low", "clv_high"), replace(MONEY, missing=True)),
    **dict.fromkeys(("share_of_customers", "share_of_spend", "share_of_clv"), replace(MONEY, missing=True)),
    **dict.fromkeys(("share", "share_low", "share_high", "share_again", "active_share"), SHARE),
    **dict.fromkeys(("orders_per_customer", "orders_per_active"), replace(TIME, missing=True)),
}
DATES: Final = frozenset({"date", "period", "end", "cohort"})
FLAGS: Final = frozenset({"complete", "holdout"})
NAMES: Final = frozenset(
    {"segment", "segment_from", "segment_to", "rule", "effect", "group", "step", "measure"}
)
"""Kinds of columns, which have the library's own names; other columns are not checked."""


def check_types(frame: Frame, schema: Mapping[str, Any], columns: Iterable[str]) -> None:
    """Refuse a table whose columns are of other types than they must be, before any computation.

    Raises
    ------
    DataError
        The message names the column and its type.
    """
    for column in columns:
        dtype = schema[column]
        what = _wrong_type(column, dtype)
        # Behind Spark every time has a zone, that of the session.
        if column in DATES and isinstance(frame, nw.DataFrame) and getattr(dtype, "time_zone", None):
            what = "dates without a time zone"
        if what is not None:
            raise DataError(f"Column {column!r} must hold {what}; got {dtype}. {HINT}")
    check_dates(frame, [column for column in columns if column in DATES])
    check_groups(frame, columns)


def _wrong_type(column: str, dtype: Any) -> str | None:
    """What a column must hold instead; None if it holds that."""
    if column in NUMBERS:
        return None if dtype.is_numeric() else "numbers"
    if column in FLAGS:
        return None if dtype == nw.Boolean else "True and False"
    if column in NAMES:
        return "names" if dtype.is_nested() or dtype.is_temporal() or dtype == nw.Unknown else None
    return None


def with_plain_columns(frame: Frame, columns: Iterable[str]) -> Frame:
    """The table without lone surrogates, which are no text; only pandas has them, in its columns of objects."""
    if not isinstance(frame, nw.DataFrame):
        return frame
    for column in columns:
        native = nw.to_native(frame)[column]
        if not pd.api.types.is_object_dtype(native):
            continue
        texts = {each: _encoded(each) for each in set(native) if isinstance(each, str)}
        if any(old != new for old, new in texts.items()):
            plain = [texts.get(each, each) for each in native]
            frame = nw.from_native(nw.to_native(frame).assign(**{column: plain}), eager_only=True)
    return frame


def _encoded(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def check_values(table: pd.DataFrame) -> None:
    """Refuse values that a plot cannot show: infinite, missing where there must be one, outside their bounds.

    Raises
    ------
    DataError
        The message names the column and the first such value.
    """
    for column in table.columns:
        if column in NUMBERS:
            _check_column(table[column], NUMBERS[column])
        elif column in DATES | FLAGS and table[column].isna().any():
            raise DataError(
                f"Column {column!r} has missing values. Hint: fill them in, or leave out the rows."
            )


def _check_column(column: pd.Series[Any], held: Held) -> None:
    if not held.missing and column.isna().any():
        raise DataError(
            f"Column {column.name!r} has missing values. Hint: fill them in, or leave out the rows."
        )
    values = column.dropna().to_numpy(dtype=float)
    wrong = outside(values, held)
    if wrong.any():
        raise DataError(f"Column {column.name!r} must hold {held}; got {values[np.argmax(wrong)]:g}. {HINT}")
