"""Tables whose cells hold values, such as a workbook's sheets: the one with the orders, and its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from clv._files.file_format import FileFormat
from clv._files.header import LOOKED_AT, Header, find_header, header_at, is_empty
from clv._files.notes import FileNote
from clv._files.suggesting import suggestions
from clv._files.tidying import without_other_rows
from rfm._issuing import warn
from rfm._options import received
from rfm.errors import DataError

__all__ = ["Grid", "chosen_grid", "table_of", "warn_of_rounding"]

DIGITS: Final = 15  # decimal digits that an Excel cell and a 64-bit float always keep
DOMINATES: Final = 10  # times as many rows: a sheet of orders beside others that look like it
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Grid:
    """A sheet, or a table of a page.

    Parameters
    ----------
    name : str
    rows : callable
        Its rows of cells, all of them.
    hidden : bool
        Whether people do not see it.
    """

    name: str
    rows: Callable[[], Rows]
    hidden: bool = False


def chosen_grid(grids: Sequence[Grid], given: FileFormat, file: str) -> tuple[Grid, Rows, Header]:
    """The sheet with the orders, and its column names.

    Parameters
    ----------
    grids : sequence of Grid
        All sheets, hidden ones too.
    given : FileFormat
        Its sheet and header, if they are known.
    file : str
        For messages.

    Returns
    -------
    grid
    rows
        All its rows.
    header

    Raises
    ------
    DataError
        If there is no such sheet, or none or several look like orders: all are listed.
    """
    if given.sheet is not None:
        grid = _named(grids, given.sheet, file)
        rows = grid.rows()
        header = _header(rows, given, f'The sheet "{grid.name}" of {file}')
        if header is None:
            raise DataError(f'The sheet "{grid.name}" of {file} is empty. Hint: {_listed(grids)}.')
        return grid, rows, header
    return _likeliest(_with_names(grids, given, file), grids, file)


def _with_names(grids: Sequence[Grid], given: FileFormat, file: str) -> list[tuple[Grid, Rows, Header]]:
    """The sheets that have a row of column names, those that people see before hidden ones.

    Raises
    ------
    DataError
        Of a workbook with one sheet, whose rows all look like orders.
    """
    found = []
    for grid in sorted(grids, key=lambda grid: grid.hidden):
        rows = grid.rows()
        try:
            header = _header(rows, given, file)
        except DataError:
            if len(grids) == 1:
                raise
            continue
        if header is not None:
            found.append((grid, rows, header))
    return found


def _likeliest(
    found: list[tuple[Grid, Rows, Header]], grids: Sequence[Grid], file: str
) -> tuple[Grid, Rows, Header]:
    """The sheet with most of customer, date and amount; among equals, one that is much longer or the only one seen.

    Raises
    ------
    DataError
    """
    if not found:
        raise DataError(f"{file} has no sheet with cells. Hint: {_listed(grids)}.")
    most = max(header.parts for _, _, header in found)
    best = [each for each in found if each[2].parts == most]
    best = [each for each in best if not each[0].hidden] or best
    best.sort(key=lambda each: len(each[1]), reverse=True)
    if len(best) > 1 and len(best[0][1]) < DOMINATES * len(best[1][1]):
        what = "look like orders" if most else "may be the one with the orders"
        raise DataError(f"{file}: {len(best):,} sheets {what}. Hint: {_listed(grids, best)}.")
    return best[0]


def _header(rows: Rows, given: FileFormat, name: str) -> Header | None:
    if given.header is not None:
        return header_at(rows, given.header, name) if len(rows) >= given.header else None
    return find_header(rows[:LOOKED_AT], name)


def _named(grids: Sequence[Grid], sheet: str | int, file: str) -> Grid:
    """The sheet by its name, or by its number from 1.

    Raises
    ------
    DataError
    """
    for grid in grids:
        if grid.name == sheet or grid.name.strip() == str(sheet).strip():
            return grid
    number = str(sheet).strip()
    if number.isdecimal() and 1 <= int(number) <= len(grids):
        return grids[int(number) - 1]
    raise DataError(f"{file} has no sheet {received(sheet)}. Hint: {_listed(grids)}.")


def _listed(grids: Sequence[Grid], found: Sequence[tuple[Grid, Rows, Header]] = ()) -> str:
    """The sheets to choose from."""
    rows = {grid.name: max(len(rows) - header.row, 0) for grid, rows, header in found}
    names = [
        f'"{grid.name}"' + (f" ({rows[grid.name]:,} rows)" if grid.name in rows else "")
        for grid in grids[:20]
    ]
    more = ", …" if len(grids) > 20 else ""
    return f"--sheet names one of its sheets: {', '.join(names)}{more}"


def table_of(
    rows: Rows, header: Header, ids: Sequence[str], file: str
) -> tuple[pd.DataFrame, list[FileNote]]:
    """The rows below the column names, and what was left out.

    Parameters
    ----------
    rows : sequence of rows
        All of them.
    header : Header
    ids : sequence of str
        Columns whose values are names, not numbers: 1001.0 is "1001".
    file : str
        For messages.

    Returns
    -------
    table : pandas.DataFrame
        Dates as dates, numbers as numbers, and the columns of ids, and those that look like the customer and the
        order, as text.
    notes

    Warns
    -----
    DataWarning
        If ids are stored as numbers with more digits than the file keeps exactly.
    """
    below = rows[header.row :]
    count = max(len(header.names), *(len(row) for row in below)) if below else len(header.names)
    names = [*header.names, *(f"column {place + 1}" for place in range(len(header.names), count))]
    columns = {
        name: [None if place >= len(row) or is_empty(row[place]) else row[place] for row in below]
        for place, name in enumerate(names)
    }
    kept = {
        name: pd.Series(cells, dtype=object)
        for place, (name, cells) in enumerate(columns.items())
        if place < len(header.names)
        and (not name.startswith("column ") or any(cell is not None for cell in cells))
    }
    table, notes = without_other_rows(pd.DataFrame(kept))
    looks = suggestions(header.names)
    texts = {*ids, *(name for part in ("customer", "order_id") for name in _columns(looks, part))}
    for name in table:
        if name in texts:
            warn_of_rounding(table[name], file) if name in ids else None
            table[name] = pd.Series(
                [_as_shown(value) for value in table[name]], index=table.index, dtype=object
            )
        else:
            table[name] = table[name].infer_objects()
    return table, notes


def _columns(looks: Any, part: str) -> tuple[str, ...]:
    return looks[part].columns if part in looks else ()


def _as_shown(value: Any) -> str | None:
    """A cell's value as text; an empty cell stays empty."""
    if is_empty(value):
        return None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def warn_of_rounding(ids: pd.Series[Any], file: str) -> None:
    """Warn of numbers with more digits, which may have been rounded when the file was written."""
    numbers = [
        value for value in ids.dropna() if isinstance(value, int | float) and abs(value) >= 10.0**DIGITS
    ]
    if numbers:
        warn(
            f"{file}: {len(numbers):,} ids are numbers of more than {DIGITS} digits, such as {numbers[0]:.0f}; "
            "the file keeps no more digits, so different customers may have been merged. Hint: write the ids as text.",
        )
