"""Formatted values: shares in per cent, money and counts with thousands separators, dates as days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from clv._report.page import Column, Table
from clv._report.wording import Wording

__all__ = ["table"]

NAMES = {  # columns with the library's own names, not the data's, and the prefix of their keys
    "effect": "audit.effect",
    "kind": "backtest.kind",
    "model": "backtest.model",
    "rule": "audit.rule",
}
WORDS = ("effect", "kind", "law", "model", "parameter", "segment")  # columns of short words


def table(frame: pd.DataFrame, columns: list[str], caption: str, words: Wording, care: str = "") -> Table:
    """A frame's columns as text, under the labels of the language; those that the frame lacks are left out.

    `care` says where cautions on the numbers stand, after the caption.
    """
    columns = [name for name in columns if name in frame]
    shown = tuple(Column(_label(name, words), _kind(name, frame[name])) for name in columns)
    cells = [[_cell(name, value, words) for value in frame[name]] for name in columns]
    caption = words("notes.captioned", caption=caption, care=care) if care else caption
    return Table(caption, shown, tuple(zip(*cells, strict=True)))


def _label(name: str, words: Wording) -> str:
    """A column's label, with the currency sign if it holds money."""
    label = words(f"columns.{name}")
    if name not in MONEY or not words.brand.sign:
        return label
    return words("columns.with_sign", label=label, sign=words.brand.sign)


def _kind(name: str, values: pd.Series[Any]) -> Any:
    if name in WORDS:
        return "word"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _cell(name: str, value: Any, words: Wording) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if name in FORMATS:
        return FORMATS[name](value)
    if name == "segment":
        return words.label(str(value))
    if name in NAMES:
        return words.language.value(NAMES[name], str(value))
    return words.language(value) if isinstance(value, str) else str(value)


def _share(value: float) -> str:
    return f"{value:.1%}" if value < 1 else "100%"


def _money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


MONEY: Final = (
    "amount",
    "monetary",
    "expected_spend",
    "clv",
    "clv_per_customer",
    "median_monetary",
    "value_if_alive",
    "value_at_risk",
    "order_value",
    "revenue",
)
FORMATS: Final[dict[str, Callable[[Any], str]]] = {
    **dict.fromkeys(
        ("share_of_customers", "share_of_spend", "share_of_clv", "p_alive", "refund_rate"), _share
    ),
    **dict.fromkeys(
        (
            "amount",
            "monetary",
            "expected_spend",
            "clv",
            "clv_per_customer",
            "median_monetary",
            "value_if_alive",
            "value_at_risk",
        ),
        _money,
    ),
    **dict.fromkeys(("rows", "customers", "frequency", "recency"), "{:,}".format),
    **dict.fromkeys(("estimate", "standard_error"), "{:.4g}".format),
    **dict.fromkeys(("orders_per_customer", "order_value"), "{:,.2f}".format),
    "median_frequency": "{:,g}".format,
    "log_score": "{:,.1f}".format,
    **dict.fromkeys(("rmse", "mae", "correlation"), "{:.3f}".format),
    **dict.fromkeys(
        ("predicted", "usual_gap", "median_recency", "purchases", "revenue", "active"), "{:,.0f}".format
    ),
    "bias": "{:+.1%}".format,
    **dict.fromkeys(("expected_purchases", "purchases_if_alive", "purchases_at_risk"), "{:.1f}".format),
}
