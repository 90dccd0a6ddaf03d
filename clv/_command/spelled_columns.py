"""Columns of texts turned into amounts and days; texts that are none stay as they are, for the audit to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from rfm._orders.spelled_amounts import DecimalMark, read_spelled_amounts
from rfm._orders.spelled_dates import read_spelled_dates

__all__ = ["CURRENCY", "ReadColumns", "read_columns"]

CURRENCY: Final = "currency of the amounts"
"""The column that is added where amounts name several currencies."""
ISO: Final = "%Y-%m-%d"


@dataclass(frozen=True)
class ReadColumns:
    """The table with days and numbers in place of texts.

    Parameters
    ----------
    table : pandas.DataFrame
    date_format : str or None
        What `rfm.Transactions` needs to read the dates.
    written : str
        How ambiguous dates were read; "" if none was.
    currencies : tuple of str
        Those that the amounts name.
    without_currency : int
        The amounts that name none.
    """

    table: pd.DataFrame
    date_format: str | None
    written: str
    currencies: tuple[str, ...]
    without_currency: int = 0


def read_columns(
    table: pd.DataFrame,
    *,
    date: str,
    money: Sequence[str],
    date_format: str | None,
    decimal: DecimalMark | None,
) -> ReadColumns:
    """Read the texts of a table's columns of dates and of money.

    Raises
    ------
    TransactionsError
        If texts can be read in two ways.
    """
    read: dict[str, Any] = {}
    currencies: set[str] = set()
    nameless = 0
    for name in money:
        if name in table and _has_texts(table[name]):
            read[name], met = _amounts(table[name], decimal)
            currencies |= set(met) - {""}
            if set(met) - {""}:
                nameless += int(((met == "") & table[name].notna().to_numpy()).sum())
                read[CURRENCY] = pd.Series(met, index=table.index, dtype=object).replace("", None)
    written = ""
    if date in table and (_has_texts(table[date]) or pd.api.types.is_numeric_dtype(table[date].dtype)):
        read[date], written = _days(table[date], date_format)
        date_format = ISO if _has_texts(read[date]) else None
    return ReadColumns(table.assign(**read), date_format, written, tuple(sorted(currencies)), nameless)


def _has_texts(column: pd.Series) -> bool:
    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
        return False
    return any(isinstance(value, str) for value in column.array)


def _amounts(column: pd.Series, decimal: DecimalMark | None) -> tuple[pd.Series, Any]:
    """Numbers; where a text is none, the text."""
    texts = column.map(lambda value: value if isinstance(value, str) else None)
    read = read_spelled_amounts(texts, decimal=decimal, name=str(column.name))
    is_text = texts.notna().to_numpy()
    numbers = pd.to_numeric(column.where(~is_text), errors="coerce").to_numpy(float, na_value=np.nan)
    values = pd.Series(np.where(is_text, read.values, numbers), index=column.index, name=column.name)
    if read.unreadable.any():
        values = values.astype(object).where(~read.unreadable, column)
    return values, read.currencies


def _days(column: pd.Series, date_format: str | None) -> tuple[pd.Series, str]:
    """Days; where a text is none, the text."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        column = column.map(lambda value: f"{value:.15g}", na_action="ignore")
    texts = column.map(lambda value: value if isinstance(value, str) else None)
    read = read_spelled_dates(texts, date_format=date_format, name=str(column.name))
    is_text = texts.notna()
    days = pd.Series(read.days.astype("datetime64[s]"), index=column.index, name=column.name)
    if not is_text.all():
        others = pd.to_datetime(column.where(~is_text), errors="coerce").astype("datetime64[s]")
        days = days.where(is_text, others)
    if read.unreadable.any():
        days = days.astype(object).where(~read.unreadable, column)
    return days, read.written


def rates_of(text: str) -> Mapping[str, float]:
    """Currencies with what one unit of each is worth.

    Examples
    --------
    >>> rates_of("TWD=1, USD=32.5")
    {'TWD': 1.0, 'USD': 32.5}

    Raises
    ------
    ValueError
        If they are no rates, or a currency has two.
    """
    pairs = [part.split("=") for part in text.split(",")]
    rates = {name.strip(): float(rate) for name, rate in pairs}
    if len(rates) < len(pairs):
        raise ValueError("a currency has two rates")
    return rates
