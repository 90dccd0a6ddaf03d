"""Reading a log behind an engine: one expression that every engine runs, equal to reading in memory."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._consent import consent_behind_engine
from rfm._frames.columns import choose
from rfm._frames.execution import fetch, row_by_row
from rfm._frames.native import INTERNAL
from rfm._orders.amount_expressions import check_money, with_units
from rfm._orders.columns import (
    AMOUNT_VERDICT,
    CURRENCY_VERDICT,
    DATE_VERDICT,
    DAY,
    ROUNDED,
    UNITS,
    VERDICT,
    Columns,
)
from rfm._orders.date_expressions import with_days
from rfm._orders.reading import missing_id, refuse_mixed
from rfm._orders.verdicts import Verdict
from rfm.errors import TransactionsError

__all__ = ["read_behind_engine", "refuse_several_currencies"]

Lazy = nw.LazyFrame[Any]
ROWS: Final = f"{INTERNAL}rows"


def read_behind_engine(frame: Lazy, columns: Columns) -> Lazy:
    """Give every row of a table behind an engine a verdict; nothing is computed yet.

    Returns
    -------
    narwhals.LazyFrame
        As `rfm._orders.reading.read_in_memory`: the table with day, units, rounded and verdict.
    """
    check_money(frame, columns)
    given = None
    if columns.consent is not None:
        given = consent_behind_engine(frame, columns.consent, TransactionsError)
    read: Lazy = row_by_row(frame, lambda rows: _read(rows, columns, given))
    return read


def _read(frame: Any, columns: Columns, given: nw.Expr | None) -> Any:
    schema = frame.collect_schema()
    read = with_units(with_days(frame, columns), columns)
    cases = [(missing_id(columns.customer, schema[columns.customer]), nw.lit(int(Verdict.MISSING_CUSTOMER)))]
    if given is not None:
        cases.append((~given, nw.lit(int(Verdict.WITHOUT_CONSENT))))
    for name in (DATE_VERDICT, AMOUNT_VERDICT, CURRENCY_VERDICT):
        if name != CURRENCY_VERDICT or columns.currency is not None:
            cases.append((nw.col(name) != Verdict.KEPT, nw.col(name)))
    if columns.until is not None:
        cases.append((nw.col(DAY) > columns.until, nw.lit(int(Verdict.AFTER_UNTIL))))
    if columns.drop_returns:
        cases.append((nw.col(UNITS) < 0, nw.lit(int(Verdict.RETURN))))
    verdict = choose(cases, Verdict.KEPT).cast(nw.Int64)
    return read.with_columns(verdict.alias(VERDICT)).select(*schema.names(), DAY, UNITS, ROUNDED, VERDICT)


def refuse_several_currencies(frame: Lazy, columns: Columns) -> None:
    """Query the currencies, if there are no rates, and refuse more than one."""
    if columns.currency is None or columns.rates is not None:
        return
    name = columns.currency
    found = frame.filter(~nw.col(name).is_null()).group_by(name).agg(nw.len().alias(ROWS)).sort(name).head(6)
    refuse_mixed(fetch(found)[name].to_list(), name)
