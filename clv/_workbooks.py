"""Excel workbooks of tables: typed cells, nothing that runs, the same bytes for the same tables."""

from __future__ import annotations

import math
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from rfm._frames.ids import as_text
from rfm._saved_files import replaced
from rfm.errors import DataError

__all__ = ["MOST_ROWS", "Kind", "Sheet", "SheetColumn", "Typed", "check_installed", "write_workbook"]

Kind = Literal["text", "whole", "money", "share", "decimal", "date"]

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, its header among them."""
LONGEST_TITLE: Final = 31
LONGEST_CELL: Final = 32_767
SAMPLED: Final = 500
"""Rows whose texts a column is made wide enough for."""
NARROWEST, WIDEST = 8, 60
FIRST_DAY: Final = date(1900, 3, 1)
"""Days before it are texts: Excel counts a 29 February 1900, which did not exist, and no day before 1900."""
MADE: Final = datetime(2000, 1, 1)  # a stamp that says nothing: files of one table are equal
ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)

FORMATS: Final[dict[Kind, str]] = {
    "text": "@",
    "whole": "#,##0",
    "money": "#,##0.00",
    "share": "0.0%",
    "decimal": "0.000",
    "date": "yyyy-mm-dd",
}
UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and the carriage return, which it reads as a line feed."""
ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: its label, and what its cells hold."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Typed:
    """A cell of another kind than its column."""

    value: Any
    kind: Kind


@dataclass(frozen=True)
class Sheet:
    """A table of a workbook; its rows are read once."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[Any]]


def check_installed() -> None:
    """Refuse at once what cannot be written for want of a package.

    Raises
    ------
    ImportError
    """
    _openpyxl()


def write_workbook(sheets: Iterable[Sheet], path: str | PathLike[str], title: str, hint: str) -> Path:
    """Write an .xlsx file, whole or not at all.

    Texts are cells of text, whatever they begin with, so that no spreadsheet runs them, also not after they have been
    edited there. Missing values are empty cells. The first row stays on the screen.

    Parameters
    ----------
    sheets : iterable of Sheet
        In the order of the tabs. A title that Excel does not allow loses what is not allowed.
    path : str or PathLike
        The file.
    title : str
        Of the workbook, in its properties.
    hint : str
        The next step if it cannot be written.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If a sheet has more rows than Excel has, or the file cannot be written.
    ImportError
        If openpyxl is not installed (extra ``excel``).
    """
    openpyxl = _openpyxl()
    sheets = list(sheets)
    for sheet in sheets:
        if len(sheet.rows) >= MOST_ROWS:
            raise DataError(
                f"A sheet of Excel has {MOST_ROWS:,} rows; {sheet.title!r} needs {len(sheet.rows) + 1:,}. Hint: "
                "write this table as CSV or Parquet (the command rfm-clv writes customers.csv), or fewer customers."
            )
    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "rfm-clv", _text(title)
    taken: list[str] = []
    for sheet in sheets:
        taken.append(_sheet_title(sheet.title, taken))
        _fill(book.create_sheet(taken[-1]), sheet)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "book.xlsx"
        book.save(whole)
        with replaced(path, hint) as beside:
            _repack(whole, beside)
    return Path(path)


def _openpyxl() -> Any:
    try:
        import openpyxl  # noqa: PLC0415
    except ImportError as error:
        raise ImportError("Workbooks need openpyxl. Hint: pip install 'rfm-clv[excel]'.") from error
    return openpyxl


def _fill(page: Any, sheet: Sheet) -> None:
    """Write the header and the rows of a sheet."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    page.freeze_panes = "A2"
    for place, column in enumerate(sheet.columns):
        page.column_dimensions[get_column_letter(place + 1)].width = _width(column, place, sheet.rows)
    header = []
    for column in sheet.columns:
        cell = WriteOnlyCell(page, value="")
        _put(cell, _text(column.label))
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        cell.number_format = FORMATS["text"]
        header.append(cell)
    page.append(header)
    # A cell that has been written is filled anew: one for each column and kind keeps its style.
    cells: dict[tuple[int, Kind], Any] = {}
    for row in sheet.rows:
        line: list[Any] = []
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            given, kind = (value.value, value.kind) if isinstance(value, Typed) else (value, column.kind)
            typed = _typed(given, kind)
            if typed is None:
                line.append(None)
                continue
            if (place, kind) not in cells:
                cells[place, kind] = WriteOnlyCell(page, value="")
                cells[place, kind].number_format = FORMATS[kind]
            line.append(cells[place, kind])
            _put(line[-1], typed)
        page.append(line)
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"


def _put(cell: Any, value: Any) -> None:
    """Give a cell its value and type; openpyxl would make a formula of a text that begins with =."""
    if isinstance(value, str):
        cell._value, cell.data_type = value, "s"
    elif isinstance(value, int | float):
        cell._value, cell.data_type = value, "n"
    else:
        cell._value, cell.data_type = value, "d"


def _typed(value: Any, kind: Kind) -> Any:
    """A value as a text, a number, a date, or None."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
    if kind == "text":
        return _text(as_text(value)) or None
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day if day >= FIRST_DAY else day.isoformat()
    if isinstance(value, str):
        return _text(value) or None
    if kind == "whole" and float(value).is_integer():
        return int(value)
    return float(value)


def _text(text: str) -> str:
    """A text that a cell can hold and that is read back as it is."""
    seen = UNSEEN.sub("\ufffd", text)
    return ESCAPE.sub("_x005F_", seen)[:LONGEST_CELL]


def _sheet_title(title: str, taken: Sequence[str]) -> str:
    """A title as Excel allows it, unlike those before it."""
    plain = " ".join(FORBIDDEN.sub(" ", UNSEEN.sub("\ufffd", title)).split()).strip("'") or "Sheet"
    if plain.casefold() == "history":  # which Excel keeps for itself
        plain = f"{plain} 1"
    folded = {each.casefold() for each in taken}
    made, number = plain[:LONGEST_TITLE].rstrip(), 1
    while made.casefold() in folded:
        number += 1
        end = f" ({number})"
        made = plain[: LONGEST_TITLE - len(end)].rstrip() + end
    return made


def _width(column: SheetColumn, place: int, rows: Sequence[Sequence[Any]]) -> float:
    """The width of a column in characters: of its first cells, and of its header on two lines."""
    shown = {"text": 0, "whole": 11, "money": 14, "share": 9, "decimal": 11, "date": 11}[column.kind]
    texts = [_shown(row[place]) for row in rows[:SAMPLED]] if column.kind == "text" else []
    longest = max([shown, _wide(column.label) / 2 + 3, *map(_wide, texts)])
    return float(min(max(longest + 2, NARROWEST), WIDEST))


def _shown(value: Any) -> str:
    return as_text(value.value if isinstance(value, Typed) else value)


def _wide(text: str) -> int:
    """Characters of a text, those of Chinese and the like as two."""
    return sum(1 + (ord(each) >= 0x1100) for each in text)


def _repack(whole: Path, target: Path) -> None:
    """The same archive without times of day."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.file_size = entry.file_size
            with source.open(entry) as old, made.open(info, "w", force_zip64=entry.file_size > 2**31) as new:
                if entry.filename == "docProps/core.xml":
                    stamp = f"{MADE:%Y-%m-%dT%H:%M:%SZ}".encode()
                    new.write(re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, old.read()))
                else:
                    while piece := old.read(2**20):
                        new.write(piece)
