"""From a file to a log: the file as the shop exported it, its columns, its rows."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from clv._command.asked import COLUMNS
from clv._command.columns_taken import Taken, take_columns
from clv._command.doubts import repeated_totals_note, status_notes
from clv._command.row_rules import rows_where
from clv._command.spelled_columns import CURRENCY, ReadColumns, rates_of, read_columns
from clv._files import FileFormat, ReadFile, read_file
from clv._large_files.size import columns_alone, is_large
from rfm._days import as_day, day_text
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["Orders", "as_log", "future_notes", "guessed_note", "open_orders", "rates_given"]

PARTS: Final = (*COLUMNS, "quantity", "price")
GIVEN: Final = ("order_id", "consent", "bad_rows", "returns", "duplicates", "far_dates", "until")


@dataclass(frozen=True)
class Orders:
    """A file that was read, and which of its columns are what; ``taken`` is None where this must be asked."""

    file: ReadFile
    taken: Taken | None
    large: bool = False  # then the file's table has its columns only

    @property
    def names(self) -> list[str]:
        """The columns of the file."""
        return [str(name) for name in self.file.table]


def open_orders(options: argparse.Namespace) -> Orders:
    """Read the file that the options name."""
    how = FileFormat(options.encoding, options.separator, _sheet(options.sheet), options.header)
    large = is_large(options.file)
    read = columns_alone(options.file, how) if large else read_file(options.file, how, options.customer)
    named = {part: getattr(options, part) for part in PARTS}
    taken = take_columns(named, [str(name) for name in read.table])
    if not large and taken is not None and "customer" in taken.guessed:
        read = read_file(options.file, how, taken.guessed["customer"])  # ids of workbooks as they are shown
    return Orders(read, taken, large)


def _sheet(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else text


def as_log(orders: Orders, options: argparse.Namespace) -> tuple[Transactions[Any], list[str]]:
    """The log, and what the person who gave the file should know of how it was read.

    Raises
    ------
    DataError
    """
    assert orders.taken is not None
    columns, table, notes = orders.taken.columns, orders.file.table, [str(note) for note in orders.file.said]
    notes += guessed_note(orders.taken)
    if options.where is not None:
        table, left = _kept(table, rows_where(table, options.where, options.decimal))
        notes += [f"Left out by --where {received(options.where)}: {left:,} rows of {len(table) + left:,}."]
    money = [str(columns[part]) for part in ("amount", "quantity", "price") if columns[part] is not None]
    if not money and options.amount is None and "amount" in table:
        money = ["amount"]
    read = read_columns(
        table,
        date=str(columns["date"]),
        money=money,
        date_format=options.date_format,
        decimal=options.decimal,
    )
    notes += _date_notes(read, str(columns["date"]))
    table = read.table
    if options.first is not None and str(columns["date"]) in table:
        first = np.datetime64(as_day(options.first, "first"), "D")
        table, left = _kept(table, ~_is_before(table[columns["date"]], first))
        notes += [f"Left out by --from {options.first}: {left:,} rows before it."]
        if left and table.empty:
            raise DataError(
                f"--from {options.first} leaves no rows: all {left:,} are before it. Hint: an earlier day."
            )
    given: dict[str, Any] = {name: getattr(options, name) for name in GIVEN}
    currency, rates = _currencies(read, options)
    notes += [] if rates is not None else _nameless(read)
    notes += [] if rates is None else [f"Amounts are in one currency at these rates: {_listed(rates)}."]
    mapped: dict[str, Any] = {
        part: name for part, name in columns.items() if name is not None or part == "amount"
    }
    log = Transactions(table, **mapped, **given, currency=currency, rates=rates, date_format=read.date_format)
    notes += status_notes(table, options.where)
    if len(money) == 1:
        notes += repeated_totals_note(table, money[0], options.order_id)
    return log, notes + future_notes(log)


def guessed_note(taken: Taken) -> list[str]:
    """Which columns were taken by their names, if any."""
    pairs = ", ".join(f"{part} {name!r}" for part, name in taken.guessed.items())
    return [f"Columns taken by their names: {pairs}."] if pairs else []


def _kept(table: pd.DataFrame, rows: Any) -> tuple[pd.DataFrame, int]:
    return table[rows], int((~rows).sum())


def _is_before(dates: pd.Series, first: np.datetime64) -> Any:
    """Which dates are before a day, by their own clock; those that are no dates are not: the audit counts them."""
    kind = dates.dtype
    if getattr(kind, "tz", None) is not None:
        dates = dates.dt.tz_localize(None)
    elif not pd.api.types.is_datetime64_any_dtype(kind):
        days = [value if isinstance(value, date) else None for value in dates.array]
        dates = pd.to_datetime(pd.Series(days, index=dates.index, dtype=object), errors="coerce")
    return (dates < first).to_numpy(dtype=bool, na_value=False)


def _nameless(read: ReadColumns) -> list[str]:
    """That some amounts name a currency and others none."""
    if not read.currencies or not read.without_currency:
        return []
    return [
        f"{read.without_currency:,} amounts name no currency, the others {read.currencies[0]}: all are read as of one "
        "currency."
    ]


def _currencies(
    read: ReadColumns, options: argparse.Namespace
) -> tuple[str | None, Mapping[str, float] | None]:
    """The column of currencies, and their rates."""
    rates = None if options.rates is None else rates_given(options.rates)
    if options.currency is not None:
        return options.currency, rates
    if rates is not None and not read.currencies:
        raise DataError(
            "--rates has no currencies to convert: the amounts name none. Hint: --currency COLUMN names their column."
        )
    if rates is None and len(read.currencies) < 2:
        return None, None
    if rates is None:
        raise DataError(
            f"The amounts name several currencies: {', '.join(read.currencies)}. "
            f"Hint: --rates {','.join(f'{name}=1' for name in read.currencies)}, with what one unit of each is worth."
        )
    return CURRENCY, rates


def rates_given(text: str) -> Mapping[str, float]:
    """The rates of the option --rates.

    Raises
    ------
    DataError
    """
    try:
        return rates_of(text) if "=" in text else _rates_in(Path(text))
    except ValueError:
        raise DataError(
            f"--rates must be currencies, each once, and numbers, or a file of the two columns currency and rate; "
            f"got {received(text)}. Hint: --rates TWD=1,USD=32.5."
        ) from None


def _rates_in(path: Path) -> Mapping[str, float]:
    """The rates of a file with the columns currency and rate."""
    table = read_file(path).table
    if not {"currency", "rate"} <= set(table):
        raise ValueError
    pairs = zip(table["currency"], table["rate"], strict=True)
    return rates_of(",".join(f"{name}={rate}" for name, rate in pairs))


def _listed(rates: Mapping[str, float]) -> str:
    return ", ".join(f"1 {name} = {rate:g}" for name, rate in rates.items())


def _date_notes(read: ReadColumns, name: str) -> list[str]:
    """How dates were read that could have been written in another way."""
    words = {"roc": "in years of the Republic of China", "excel": "as Excel's serial days"}
    return [f"Dates of {name!r} are read {words.get(read.written, read.written)}."] if read.written else []


def future_notes(log: Transactions[Any]) -> list[str]:
    """That the log has days after today."""
    today = as_day(date.today(), "today")
    if log.last_day <= today:
        return []
    return [f"Orders are dated after today: the last on {day_text(log.last_day)}."]
