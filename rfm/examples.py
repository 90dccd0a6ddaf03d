"""The first examples of a line of the audit, the same whatever the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import narwhals as nw
import pandas as pd

from rfm.columns import DAY, UNITS, Columns
from rfm.frames import Frame, fetch, new_texts, on_partitions
from rfm.texts import EPOCH

__all__ = ["first_customers", "first_days", "first_rows", "is_missing"]

SHOWN: Final = 3


def first_rows(rows: Frame, columns: Columns) -> str:
    """Customer, local day (or what stands in its place) and amount of the first rows.

    The first are those of the lowest day, then the lowest amount, then the first customer.
    """
    raw = list(dict.fromkeys((columns.customer, columns.date, *columns.money)))
    found = _first(rows.select(*raw, DAY, UNITS), [DAY, UNITS, *raw])
    return "; ".join(_row_text(row, columns) for row in found)


def first_days(days: Frame, customer: str, count: str) -> str:
    """Customers, their days, and how many rows each holds."""
    found = _first(days.select(customer, DAY, count), [DAY, customer])
    return "; ".join(f"{row[customer]} on {_day_text(row[DAY])}: {row[count]} rows" for row in found)


def first_customers(customers: Frame, customer: str) -> str:
    """The first customers by their id."""
    return "; ".join(str(row[customer]) for row in _first(customers.select(customer), [customer]))


def _first(rows: Any, by: list[str]) -> list[Mapping[str, Any]]:
    """The first rows by some columns; values that do not compare are ordered by type name, then text."""
    names, order = rows.collect_schema().names(), list(by)
    if isinstance(rows, nw.DataFrame):
        odd = [name for name in by if rows[name].dtype == nw.Object or rows[name].dtype == nw.Categorical]
        texts = [
            new_texts(rows[name], map(_sort_text, rows[name].to_list())).alias(f"{name} as text")
            for name in odd
        ]
        rows = rows.with_columns(*texts)
        order = [f"{name} as text" if name in odd else name for name in by]
    elif rows.implementation.is_dask():
        rows = fetch(on_partitions(rows, lambda part: part.sort(*order, nulls_last=True).head(SHOWN)))
    first = rows.sort(*order, nulls_last=True).head(SHOWN).select(*names)
    return list(fetch(first).rows(named=True))


def _sort_text(value: Any) -> str:
    return "~" if is_missing(value) else f"{type(value).__name__} {value}"


def _row_text(row: Mapping[str, Any], columns: Columns) -> str:
    customer, when = row[columns.customer], row[columns.date]
    who = "(no customer)" if is_missing(customer) or customer == "" else str(customer)
    # a time with a zone shows in another one on each engine; the local day is the same everywhere
    date_text = (
        _day_text(row[DAY]) if isinstance(when, date) and not is_missing(when) else _text(when, "no date")
    )
    return f"{who} on {date_text}: " + " × ".join(_text(row[name], "no amount") for name in columns.money)


def _text(value: Any, missing: str) -> str:
    if is_missing(value):
        return f"({missing})"
    return repr(value) if isinstance(value, str) else str(value)


def _day_text(day: int) -> str:
    return date.fromordinal(int(day) + EPOCH).isoformat()


def is_missing(value: Any) -> bool:
    """Whether a value is any engine's way of saying nothing: None, NA, NaT, NaN."""
    return value is None or value is pd.NaT or value is pd.NA or value != value
