"""Reading a log in memory, column by column, into days, units and a verdict for every row."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._consent import consent_given
from rfm._frames.columns import is_text, new_column
from rfm._orders.amounts import Money, no_money, product, read_numbers, read_units, with_quiet_nans
from rfm._orders.columns import DAY, ROUNDED, UNITS, VERDICT, Columns
from rfm._orders.dates import read_days
from rfm._orders.verdicts import Verdict
from rfm.errors import TransactionsError

__all__ = ["missing_id", "read_in_memory", "refuse_mixed"]

Verdicts = npt.NDArray[np.int8]


def read_in_memory(frame: nw.DataFrame[Any], columns: Columns) -> nw.DataFrame[Any]:
    """Give every row of a table in memory a verdict.

    Returns
    -------
    narwhals.DataFrame
        The table with four more columns: the day and the units (int64, 0 where there is none), whether
        the amount was rounded, and the row's `Verdict` (int8). Nothing of the input is copied.
    """
    frame = with_quiet_nans(frame, columns.money)
    days, date_verdicts = read_days(
        frame[columns.date], date_format=columns.date_format, tz=columns.tz, name=columns.date
    )
    money, currency_verdicts = _read_money(frame, columns)
    verdicts = _read_customers(frame[columns.customer], columns.customer)
    if columns.consent is not None:
        refused = ~consent_given(frame[columns.consent].to_numpy(), columns.consent, TransactionsError)
        verdicts[(verdicts == Verdict.KEPT) & refused] = Verdict.WITHOUT_CONSENT
    for more in (date_verdicts, money.verdicts, currency_verdicts):
        if more is not None:
            np.copyto(verdicts, more, where=verdicts == Verdict.KEPT)
    if columns.until is not None:
        verdicts[(verdicts == Verdict.KEPT) & (days > columns.until)] = Verdict.AFTER_UNTIL
    if columns.drop_returns:
        verdicts[(verdicts == Verdict.KEPT) & (money.units < 0)] = Verdict.RETURN
    return frame.with_columns(
        new_column(frame, DAY, days),
        new_column(frame, UNITS, money.units),
        new_column(frame, ROUNDED, money.rounded),
        new_column(frame, VERDICT, verdicts),
    )


def missing_id(name: str, dtype: Any) -> nw.Expr:
    """Where an id of a customer or an order is missing: null, NaN, or empty text."""
    column = nw.col(name)
    if dtype.is_float():
        return column.is_null() | column.is_nan()
    return column.is_null() | (column.cast(nw.String) == "") if is_text(dtype) else column.is_null()


def _read_customers(series: nw.Series[Any], name: str) -> Verdicts:
    """Where the customer is missing: null, NaN, or empty text."""
    missing = series.is_null()
    if series.dtype.is_float():
        missing = missing | series.is_nan().fill_null(True)
    elif is_text(series.dtype):
        missing = missing | (series.cast(nw.String) == "").fill_null(True)
    elif series.dtype == nw.Object:
        _refuse_unclear_ids(series, name)
    return missing.to_numpy().astype(np.int8) * np.int8(Verdict.MISSING_CUSTOMER)


def _refuse_unclear_ids(series: nw.Series[Any], name: str) -> None:
    """Refuse ids that are equal but of two types."""
    ids = series.to_list()
    if len(set(map(type, ids))) == 1:
        return
    alike: dict[Any, list[str]] = {}
    for kind, value in {(type(value), value) for value in ids}:
        alike.setdefault(value, []).append(f"{value!r} ({kind.__name__})")
    if unclear := sorted(sorted(texts) for texts in alike.values() if len(texts) > 1):
        raise TransactionsError(
            f"Column {name!r} holds {' and '.join(unclear[0][:2])}, which are equal: one customer or several? "
            "Hint: convert all ids to one type."
        )


def _read_money(frame: nw.DataFrame[Any], columns: Columns) -> tuple[Money, Verdicts | None]:
    if not columns.money:
        return no_money(len(frame)), None
    values = read_numbers(frame[columns.money[0]], columns.money[0])
    for name in columns.money[1:]:
        values = product(values, read_numbers(frame[name], name))
    if columns.currency is None:
        return read_units(values, columns.decimals), None
    rates, verdicts = _read_rates(frame[columns.currency], columns)
    if rates is not None:
        values = product(values, rates)
    return read_units(values, columns.decimals), verdicts


def _read_rates(series: nw.Series[Any], columns: Columns) -> tuple[npt.NDArray[Any] | None, Verdicts]:
    """The rate of each row (1 where the currency has none), or None if there is only one currency."""
    codes, currencies = pd.factorize(np.asarray(series.to_numpy(), dtype=object))
    verdicts = np.where(codes < 0, np.int8(Verdict.MISSING_CURRENCY), np.int8(Verdict.KEPT))
    if columns.rates is None:
        refuse_mixed(currencies.tolist(), columns.currency or "")
        return None, verdicts
    known = [currency in columns.rates for currency in currencies]
    verdicts[~np.array([*known, True])[codes]] = Verdict.UNKNOWN_CURRENCY
    rates = np.array([*(columns.rates.get(currency, 1.0) for currency in currencies), 1.0])
    return rates[codes], verdicts


def refuse_mixed(currencies: list[Any], name: str) -> None:
    """Refuse several currencies without rates between them."""
    if len(currencies) > 1:
        found = ", ".join(sorted(map(str, currencies))[:5])
        raise TransactionsError(
            f"Column {name!r} mixes currencies: {found}. "
            "Hint: rates={…} gives the value of one unit of each in a common currency."
        )
