"""The log of a file, small or large, for as long as the report needs it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from clv._command.orders import Orders, as_log, future_notes, guessed_note, rates_given
from clv._command.row_rules import without_backquotes
from clv._large_files.chosen_rows import ChosenRows
from clv._large_files.large_log import large_log
from rfm._days import as_day, day_text
from rfm._orders.transactions import Transactions

__all__ = ["ReadOrders", "given_log", "read_orders"]

OPTIONS: Final = ("order_id", "currency", "consent", "bad_rows", "returns", "duplicates", "far_dates", "until",
                  "date_format")  # fmt: skip


@dataclass(frozen=True)
class ReadOrders:
    """A log, that of some of its customers where it is large, and what is to be said of how it was read."""

    log: Any
    some: Transactions[Any] | None = None
    notes: list[str] = field(default_factory=list)


@contextmanager
def given_log(log: Any) -> Iterator[ReadOrders]:
    """A log that is in memory."""
    yield ReadOrders(log)


@contextmanager
def read_orders(orders: Orders, options: argparse.Namespace) -> Iterator[ReadOrders]:
    """The log of a file: at once, or through DuckDB where it is large.

    Raises
    ------
    DataError
    """
    if not orders.large:
        log, notes = as_log(orders, options)
        yield ReadOrders(log, None, notes)
        return
    assert orders.taken is not None
    columns = {
        part: name for part, name in orders.taken.columns.items() if name is not None or part == "amount"
    }
    read: dict[str, Any] = {name: getattr(options, name) for name in OPTIONS}
    read["rates"] = None if options.rates is None else rates_given(options.rates)
    first = None if options.first is None else day_text(as_day(options.first, "first"))
    rule, names = (None, {}) if options.where is None else without_backquotes(options.where)
    chosen = ChosenRows(rule, names, options.where or "", first)
    with large_log(
        options.file, orders.file.found, {**columns, **read}, decimal=options.decimal, chosen=chosen
    ) as large:
        notes = [
            *map(str, orders.file.said),
            *guessed_note(orders.taken),
            *large.left,
            *future_notes(large.tx),
        ]
        yield ReadOrders(large.tx, large.some, notes)
