"""The row of column names among title rows, and names that can be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from clv._files.suggesting import known_parts
from rfm.errors import DataError

__all__ = ["LOOKED_AT", "Header", "clean_names", "find_header", "header_at", "is_empty", "shown"]

LOOKED_AT: Final = 200  # rows among which the names are looked for
TITLES: Final = 40  # rows that may be above the names
VALUE: Final = re.compile(  # numbers, amounts, dates and times: what is below a name, not a name
    r"[\s(+\-]*(?:[A-Z]{1,3}\$?|[$€£¥￥])?\s*[\d０-９][\d０-９.,/\-:年月日 T　]*\s*(?:元|[$€£¥%)]|[A-Z]{3})?\s*"
)
AROUND: Final = "\ufeff\u200b \t\r\n\u3000\xa0"


@dataclass(frozen=True)
class Header:
    """Where the column names are.

    Parameters
    ----------
    row : int
        As a spreadsheet counts rows: from 1.
    names : tuple of str
        One a column, none twice.
    above : tuple of str
        What the rows above say, row by row.
    parts : int
        How many of customer, date and amount are recognised among the names.
    renamed : tuple of str
        Names that were made so that none is there twice.
    """

    row: int
    names: tuple[str, ...]
    above: tuple[str, ...]
    parts: int
    renamed: tuple[str, ...] = ()


def is_empty(cell: Any) -> bool:
    """Whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip(AROUND)) or cell != cell


def shown(cells: Sequence[Any]) -> str:
    """A row as messages quote it: its cells that are not empty, at most 60 characters."""
    text = ", ".join(str(cell).strip(AROUND) for cell in cells if not is_empty(cell))
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


def find_header(rows: Sequence[Sequence[Any]], file: str) -> Header | None:
    """The row of column names: the first that is about as wide as the table and holds names that are known.

    Parameters
    ----------
    rows : sequence of rows
        The first rows of the table, empty ones too.
    file : str
        For the message.

    Returns
    -------
    Header or None
        None if no row has any cell.

    Raises
    ------
    DataError
        If all rows look like orders, so that one would be lost as column names.
    """
    filled = [sum(not is_empty(cell) for cell in row) for row in rows]
    usual = Counter(count for count in filled if count).most_common(1)
    if not usual:
        return None
    width = min(usual[0][0], max(filled))
    wide = [place for place, count in enumerate(filled[:TITLES]) if count >= max(width * 0.6, min(width, 2))]
    named = [place for place in wide if not _is_data(rows[place])]
    if not named:
        first = next(place for place, count in enumerate(filled) if count)
        raise DataError(
            f"{file} has no row of column names: row {first + 1} is {shown(rows[first])}. Hint: put names above the "
            "columns, such as customer, date, amount; or if they are there, give the number of their row: --header 1."
        )
    best = max(
        named, key=lambda place: (known_parts([str(c) for c in rows[place] if not is_empty(c)]), -place)
    )
    return header_at(rows, best + 1, file)


def header_at(rows: Sequence[Sequence[Any]], row: int, file: str) -> Header:
    """The column names in a row that is known.

    Raises
    ------
    DataError
        If there is no such row, or it is empty.
    """
    if row > len(rows) or all(map(is_empty, rows[row - 1])):
        raise DataError(
            f"{file} has nothing in row {row:,}. Hint: --header is the number of the row of column names, from 1."
        )
    cells = list(rows[row - 1])
    while is_empty(cells[-1]):
        cells.pop()
    names, renamed = clean_names(cells)
    above = tuple(shown(each) for each in rows[: row - 1] if not all(map(is_empty, each)))
    return Header(row, names, above, known_parts(names), renamed)


def _is_data(row: Sequence[Any]) -> bool:
    """Whether most cells of a row are values."""
    cells = [cell for cell in row if not is_empty(cell)]
    return sum(_is_value(cell) for cell in cells) * 2 >= len(cells)


def _is_value(cell: Any) -> bool:
    if not isinstance(cell, str):
        return isinstance(cell, int | float | date)
    text = cell.strip(AROUND)
    return VALUE.fullmatch(text) is not None or ("@" in text and "." in text)


def clean_names(cells: Sequence[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names without spaces around them and line breaks in them; a second "x" is "x.1"; and those that were renamed.

    Examples
    --------
    >>> clean_names(["\\ufeff會員\\n編號　", "金額", "金額", None])
    (('會員 編號', '金額', '金額.1', 'column 4'), ('金額.1',))
    """
    names: list[str] = []
    renamed = []
    for place, cell in enumerate(cells, start=1):
        name = f"column {place}" if is_empty(cell) else re.sub(r"[\s\u3000]+", " ", str(cell).strip(AROUND))
        number, unique = 0, name
        while unique in names:
            number += 1
            unique = f"{name}.{number}"
        if number:
            renamed.append(unique)
        names.append(unique)
    return tuple(names), tuple(renamed)
