"""Sheets of Excel workbooks."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from clv._files.grids import Grid, Rows
from clv._files.header import is_empty
from rfm.errors import DataError

__all__ = ["old_sheets", "sheets"]

ERRORS = frozenset({"", "#N/A", "#NULL!"})  # what Excel shows where there is no value
PROTECTED = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def sheets(path: Path) -> Iterator[list[Grid]]:
    """The sheets of an .xlsx or .xlsm file, read when their rows are asked for.

    Raises
    ------
    ImportError
        Without openpyxl.
    """
    openpyxl = importlib.import_module("openpyxl")
    with path.open("rb") as file:
        with _quietly():
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        with closing(book):
            yield [
                Grid(sheet.title, _reader(sheet), sheet.sheet_state != "visible") for sheet in book.worksheets
            ]


@contextmanager
def _quietly() -> Iterator[None]:
    """Without openpyxl's warnings of styles that it leaves out: other programs write such, and no cell is lost."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        yield


def _reader(sheet: Any) -> Any:
    def rows() -> Rows:
        sheet.reset_dimensions()  # some shop systems write a wrong size
        with _quietly():
            return _ending([[_value(cell) for cell in row] for row in sheet.iter_rows(values_only=True)])

    return rows


def _value(cell: Any) -> Any:
    """A cell without Excel's signs for no value; a day as openpyxl gives it, whichever the reader."""
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return dt.datetime.combine(cell, dt.time())
    return None if isinstance(cell, str) and cell in ERRORS else cell


def _ending(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows without the empty ones at the end, which only have a format."""
    while rows and all(map(is_empty, rows[-1])):
        rows.pop()
    return rows


def old_sheets(path: Path) -> list[Grid]:
    """The sheets of an .xls file of Excel 97 to 2003, through python-calamine if it is installed.

    Raises
    ------
    DataError
        If it is not, or if the file is protected by a password.
    """
    if PROTECTED in path.read_bytes():
        raise DataError(
            f"{path.name} is protected by a password. Hint: open it in Excel with the password, save it without one "
            "(File, Info, Protect Workbook), and give that file."
        )
    if importlib.util.find_spec("python_calamine") is None:
        raise DataError(
            f"{path.name} is a workbook of Excel 97 to 2003 (.xls). Hint: open it in Excel and save it as .xlsx or as "
            "CSV UTF-8, or install python-calamine, which reads it."
        )
    calamine = importlib.import_module("python_calamine")
    book = calamine.CalamineWorkbook.from_path(path)
    hidden = {each.name: not str(each.visible).endswith("Visible") for each in book.sheets_metadata}

    def reader(name: str) -> Any:
        return lambda: _ending(
            [
                [_value(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
        )

    return [Grid(name, reader(name), hidden.get(name, False)) for name in book.sheet_names]
