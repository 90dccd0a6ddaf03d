"""The first examples of a line of the audit, independent of the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._days import day_text
from rfm._frames.columns import new_texts
from rfm._frames.execution import fetch, some_rows
from rfm._frames.native import INTERNAL, Frame
from rfm._options import received
from rfm._orders.columns import DAY, UNITS, VERDICT, Columns
from rfm._orders.verdicts import Verdict
from rfm._printed import name_in_text
from rfm._words import declare, joined

__all__ = ["first_customers", "first_days", "first_rows", "is_missing"]

SHOWN: Final = 3
TAG: Final = f"{INTERNAL}tag"
TEXTS: Final = declare(
    "audit.example",
    {
        "row": "{customer} on {date}",
        "row with amount": "{customer} on {date}: {amount}",
        "day": "{customer} on {date}: {rows} rows",
        "no customer": "(no customer)",
        "no date": "(no date)",
        "other year": "(a date outside the years 1 to 9999)",
        "no amount": "(no amount)",
    },
)


def first_rows(selections: Sequence[Frame], columns: Columns) -> list[str]:
    """Customer, local day (or what stands in its place) and amount of the first rows of each selection.

    The first are those of the lowest day, then the lowest amount, then the first customer. Behind an engine
    all selections are one query.
    """
    raw = list(dict.fromkeys((columns.customer, columns.date, *columns.money)))
    order = [DAY, UNITS, *raw]
    parts = [
        _head(_without_far_years(rows, columns.date).select(*raw, DAY, UNITS, VERDICT), order)
        for rows in selections
    ]
    if parts and isinstance(parts[0], nw.LazyFrame):
        tagged = [part.with_columns(nw.lit(tag).alias(TAG)) for tag, part in enumerate(parts)]
        found = fetch(nw.concat(tagged))
        parts = [_head(found.filter(nw.col(TAG) == tag), order) for tag in range(len(parts))]
    return [_listed([_row_text(row, columns) for row in part.rows(named=True)]) for part in parts]


def first_days(days: Frame, customer: str, count: str) -> str:
    """Customers, their days, and how many rows each holds."""
    found = fetch(_head(days.select(customer, DAY, count), [DAY, customer]))
    rows = _head(found, [DAY, customer]).rows(named=True)
    return _listed(
        [
            TEXTS("day", customer=name_in_text(row[customer]), date=day_text(row[DAY]), rows=str(row[count]))
            for row in rows
        ]
    )


def first_customers(customers: Frame, customer: str) -> str:
    """The first customers by their id."""
    found = fetch(_head(customers.select(customer), [customer]))
    return _listed([name_in_text(row[customer]) for row in _head(found, [customer]).rows(named=True)])


def _without_far_years(rows: Any, name: str) -> Any:
    """The rows with a missing date where this lies outside the years of Python's dates, to which it is converted."""
    if rows.collect_schema()[name] not in (nw.Date, nw.Datetime):
        return rows
    readable = nw.col(VERDICT) != Verdict.UNREADABLE_DATE
    return rows.with_columns(nw.when(readable).then(nw.col(name)).alias(name))


def _listed(texts: Sequence[str]) -> str:
    return joined("examples", texts) if texts else ""


def _head(rows: Any, by: Sequence[str]) -> Any:
    """The first rows by some columns; values that do not compare are ordered by type name, then text.

    Behind an engine, a few rows that include them.
    """
    names, order = rows.collect_schema().names(), list(by)
    if isinstance(rows, nw.DataFrame):
        odd = [name for name in by if rows[name].dtype in (nw.Object, nw.Categorical)]
        texts = [new_texts(rows[name], map(_sort_text, rows[name].to_list())) for name in odd]
        rows = rows.with_columns(*(text.alias(f"{INTERNAL}{text.name}") for text in texts))
        order = [f"{INTERNAL}{name}" if name in odd else name for name in by]
    return some_rows(rows, order, SHOWN).select(*names)


def _sort_text(value: Any) -> str:
    return (
        "~"
        if is_missing(value)
        else f"{type(value).__name__} {received(value) if isinstance(value, int) else value}"
    )


def _row_text(row: Mapping[str, Any], columns: Columns) -> str:
    customer, when = row[columns.customer], row[columns.date]
    who = TEXTS("no customer") if is_missing(customer) or customer == "" else name_in_text(customer)
    unreadable = int(row[VERDICT]) == Verdict.UNREADABLE_DATE
    # engines print a time with a zone differently; the local day is the same everywhere
    is_day = isinstance(when, date) and not is_missing(when) and not unreadable
    date_text = day_text(row[DAY]) if is_day else _text(when, "other year" if unreadable else "no date")
    if not columns.money:
        return TEXTS("row", customer=who, date=date_text)
    amount = joined("product", [_text(row[name], "no amount") for name in columns.money])
    return TEXTS("row with amount", customer=who, date=date_text, amount=amount)


def _text(value: Any, missing: str) -> str:
    if is_missing(value):
        return TEXTS(missing)
    return received(value) if isinstance(value, str) else name_in_text(value)


def is_missing(value: Any) -> bool:
    """Whether a value is any engine's missing value: None, NA, NaT, NaN."""
    return value is None or value is pd.NaT or value is pd.NA or value != value
