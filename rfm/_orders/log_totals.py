"""Totals of a checked log, and whether it is accepted: one small query to the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._days import day_text
from rfm._frames.columns import choose, mixes_types
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, engine_name
from rfm._orders.amounts import SHOWN, magnitude
from rfm._orders.columns import DAY, UNITS, VERDICT, Columns
from rfm._orders.examples import first_rows
from rfm._orders.far_dates import Calendar
from rfm._orders.text_numbers import mixed_recipe
from rfm._orders.verdicts import Verdict
from rfm.errors import EngineError, TransactionsError

__all__ = ["NO_ROWS", "Census", "check_census", "take_census"]

NO_ROWS: Final = "The table has no rows. Hint: check the query or filter that made it."
TOO_MUCH: Final = 2**63
MOST_DAYS: Final = 4_000_000  # from the year 1 to 9999 and more
HALF: Final = 2**31  # sums of the two halves of an int64 cannot overflow below 2^31 rows


@dataclass(frozen=True)
class Census:
    """``rows`` by verdict; of the kept rows their ``calendar``, how many are ``returns`` (negative), and the
    sum of absolute units, ``size``, exactly."""  # fmt: skip

    rows: Mapping[Verdict, int]
    calendar: Calendar
    returns: int
    size: int

    @property
    def kept(self) -> int:
        """Number of kept rows."""
        return self.rows.get(Verdict.KEPT, 0)


def take_census(checked: Frame) -> Census:
    """Count the rows of a log by verdict, and total the kept ones."""
    if isinstance(checked, nw.DataFrame):
        return _in_memory(checked)
    size = nw.col(UNITS).abs()
    parts = checked.select(
        VERDICT,
        DAY,
        (size // HALF).alias("high"),
        (size % HALF).alias("low"),
        choose([(nw.col(UNITS) < 0, 1)], 0).alias("returns"),
    )
    found = fetch(
        parts.group_by(VERDICT, DAY).agg(nw.len().alias("rows"), nw.col("high", "low", "returns").sum())
    )
    lines = list(found.rows(named=True))
    rows: dict[Verdict, int] = {}
    for line in sorted(lines, key=lambda line: int(line[VERDICT])):
        verdict = Verdict(int(line[VERDICT]))
        rows[verdict] = rows.get(verdict, 0) + int(line["rows"])
    kept = [line for line in lines if line[VERDICT] == Verdict.KEPT]
    calendar = Calendar.of(
        *(np.array([int(line[name]) for line in kept], np.int64) for name in (DAY, "rows"))
    )
    total = sum(int(line["high"]) * HALF + int(line["low"]) for line in kept)
    return Census(rows, calendar, sum(int(line["returns"]) for line in kept), total)


def _in_memory(checked: nw.DataFrame[Any]) -> Census:
    verdicts, days, units = (checked[name].to_numpy() for name in (VERDICT, DAY, UNITS))
    rows = {Verdict.KEPT: len(verdicts)}
    if verdicts.any():
        codes, counts = np.unique(verdicts, return_counts=True)
        rows = {Verdict(int(code)): int(count) for code, count in zip(codes, counts, strict=True)}
        kept = verdicts == Verdict.KEPT
        days, units = days[kept], units[kept]
    calendar = _calendar(days)
    negative = units[units < 0]
    if magnitude(units) * len(units) < TOO_MUCH:
        size = int(units.sum()) - 2 * int(negative.sum())
    else:
        size = sum(map(abs, units.tolist()))
    return Census(rows, calendar, len(negative), size)


def _calendar(days: npt.NDArray[np.int64]) -> Calendar:
    """Rows by day, counted in a table of all days from the first to the last: much faster than sorting them."""
    if len(days) == 0:
        return Calendar(days, days)
    first = int(days.min())
    if int(days.max()) - first > MOST_DAYS:
        return Calendar(*np.unique(days, return_counts=True))
    counts = np.bincount(days - first)
    present = np.flatnonzero(counts)
    return Calendar(present + first, counts[present])


def check_census(
    census: Census, checked: Frame, columns: Columns, *, drop_bad: bool, allow_returns: bool
) -> None:
    """Refuse a log that has no rows to keep, rows that cannot be read, or more money than an int64 holds.

    Raises
    ------
    TransactionsError, EngineError
    """
    found = {verdict: count for verdict, count in census.rows.items() if count}
    if not found:
        raise TransactionsError(NO_ROWS)

    def counts(verdicts: Sequence[Verdict]) -> str:
        examples = first_rows([checked.filter(nw.col(VERDICT) == verdict) for verdict in verdicts], columns)
        pairs = zip(verdicts, examples, strict=True)
        return ", ".join(f"{found[verdict]:,} {verdict.rule} ({first})" for verdict, first in pairs)

    if Verdict.UNDECIDED_DATE in found:
        raise EngineError(
            f"{engine_name(checked)} cannot read the dates of column {columns.date!r} without a format: "
            f"{counts([Verdict.UNDECIDED_DATE])}. "
            'Hint: date_format="%d/%m/%Y %H:%M" or similar, if they have no time zone; '
            "or convert the column to timestamps in the engine first."
        )
    if Verdict.AMOUNT_TOO_LARGE in found or census.size >= TOO_MUCH:
        what = (
            counts([Verdict.AMOUNT_TOO_LARGE])
            if Verdict.AMOUNT_TOO_LARGE in found
            else "their sum is too large"
        )
        raise TransactionsError(
            f"Amounts would overflow 64-bit integers of 10^-{columns.decimals}: {what}. "
            f"Hint: check column {columns.money[-1]!r}; fewer decimals= leave more room."
        )
    bad = [verdict for verdict in found if verdict.is_bad]
    if bad == [Verdict.FAR_DATE] and not drop_bad:
        first, last = census.calendar.days[[0, -1]]
        raise TransactionsError(
            f"Dates far from all others: {counts(bad)}. The other {census.kept:,} rows lie from {day_text(first)} to "
            f'{day_text(last)}. Hint: correct the dates; bad_rows="drop" drops these rows and lists them in tx.audit; '
            'far_dates="keep" keeps them as they are.'
        )
    if bad and not drop_bad:
        raise TransactionsError(
            f"Rows that cannot be used: {counts(bad)}. Hint: {_mending(bad, columns, checked) or 'correct them'}; "
            'bad_rows="drop" drops these rows and lists them in tx.audit.'
        )
    if census.kept == 0:
        raise TransactionsError(
            f"No row is left of {sum(found.values()):,}: {counts(list(found))}. "
            f"Hint: {_mending(bad, columns, checked) or _keeping(list(found), columns)}."
        )
    if census.returns and not allow_returns:
        netted = checked.filter((nw.col(VERDICT) == Verdict.KEPT) & (nw.col(UNITS) < 0))
        [returns] = first_rows([netted], columns)
        raise TransactionsError(
            f'{census.returns:,} rows have a negative amount ({returns}), and returns="raise". '
            'Hint: returns="net" nets them with the purchases of their day, returns="drop" drops them, '
            'returns="keep" counts them as purchases (for profits, for example).'
        )


def _mending(bad: Sequence[Verdict], columns: Columns, checked: Frame) -> str:
    """The option or code that reads such rows, if there is one."""
    if Verdict.UNREADABLE_AMOUNT in bad and (code := _text_amounts(columns, checked)):
        return f"{code} converts text to numbers"
    if Verdict.UNREADABLE_DATE in bad and columns.date_format is None:
        return 'date_format="%d/%m/%Y" or similar reads dates other than ISO, "excel" serial dates'
    if Verdict.YEAR_BEFORE_1900 in bad:
        return (
            'date_format="roc" reads years of the Republic of China (114/04/23 is 2025-04-23), '
            'date_format="%Y%m%d" exactly eight digits'
        )
    return "add the currency to rates" if Verdict.UNKNOWN_CURRENCY in bad else ""


def _text_amounts(columns: Columns, checked: Frame) -> str | None:
    """How to read text among the numbers of a column, on engines whose columns may hold both."""
    if not isinstance(checked, nw.DataFrame) or not mixes_types(checked):
        return None
    rows = checked.filter(nw.col(VERDICT) == Verdict.UNREADABLE_AMOUNT).head(SHOWN)
    found = {
        name: [value for value in rows[name].to_list() if isinstance(value, str)] for name in columns.money
    }
    return next((mixed_recipe(name, texts) for name, texts in found.items() if texts), None)


def _keeping(found: Sequence[Verdict], columns: Columns) -> str:
    """The option that would keep some of these rows."""
    if Verdict.AFTER_UNTIL in found and columns.until is not None:
        return f"choose until= after {day_text(columns.until)}"
    if Verdict.RETURN in found:
        return 'returns="net" keeps negative amounts'
    mapped = ", ".join(f"{role}={name!r}" for role, name in columns.names.items())
    return f"check that these are the right columns: {mapped}"
