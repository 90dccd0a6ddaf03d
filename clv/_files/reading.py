"""Read a file of orders as a shop exported it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from clv._files.encodings import detect_encoding, given_encoding
from clv._files.file_format import DETECTED, FileFormat, check_format
from clv._files.grids import Grid, chosen_grid, table_of
from clv._files.notes import FileNote, note
from clv._files.opened import COMPRESSED, opened
from clv._files.parquet_files import read_parquet
from clv._files.text_files import header_notes, read_text
from clv._files.web_pages import declared_encoding, looks_like_page, page_tables
from clv._files.workbooks import old_sheets, sheets
from rfm._options import file_path
from rfm.errors import DataError

__all__ = ["FileFormat", "ReadFile", "read_file"]

TEXTS: Final = (".csv", ".tsv", ".tab", ".txt")
BOOKS: Final = (".xlsx", ".xlsm", ".xls")
PAGES: Final = (".html", ".htm")
ENDINGS: Final = (*TEXTS, *BOOKS, *PAGES, ".parquet")
OLD_BOOK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET: Final = b"PAR1"
ZIP: Final = b"PK\x03\x04"
WORDS: Final = {
    "book": "a workbook (.xlsx)",
    "old book": "a workbook (.xls)",
    "page": "a web page or XML",
    "text": "a text file",
    "parquet": "a Parquet file",
}
USUAL: Final = {
    **dict.fromkeys(TEXTS, "text"),
    ".xlsx": "book",
    ".xlsm": "book",
    ".xls": "old book",
    **dict.fromkeys(PAGES, "page"),
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class ReadFile:
    """A table as it was read.

    Parameters
    ----------
    table : pandas.DataFrame
        Cells of text files and web pages as they are written, as text; those of workbooks as their values; those of
        Parquet files in their types.
    found : FileFormat
        How it was read: what was given and what was detected.
    said : tuple of FileNote
        What the person who gave the file should know; ``str`` of each is an English sentence.
    """

    table: pd.DataFrame
    found: FileFormat
    said: tuple[FileNote, ...]


def read_file(path: str | Path, file_format: FileFormat = DETECTED, ids: str | None = None) -> ReadFile:
    """Read a file of orders as a shop exported it.

    The kind of file is told by its content: a web page or a text file whose name ends in .xls is read as what it is.
    Encoding, separator, sheet and the row of the column names are detected, unless they are given.

    Parameters
    ----------
    path : str or Path
        A text file such as .csv (also compressed), a workbook, a web page with a table, or a Parquet file.
    file_format : FileFormat
        What need not be detected.
    ids : str, optional
        The column of the customers: of workbooks it is read as text, and 1001.0 is "1001".

    Returns
    -------
    ReadFile

    Raises
    ------
    DataError
        If an option does not suit the file; if it does not exist, is empty or has no rows, is of another kind, is cut
        short, has a byte that its encoding does not have, has no column names, or if several sheets may hold the
        orders.

    Warns
    -----
    DataWarning
        If ids are stored as numbers with more digits than their file keeps exactly.
    """
    path = _ordinary(path)
    given = check_format(file_format)
    ending = _ending(path)
    try:
        kind = _kind(path, ending)
        read = _READERS[kind](path, given, ids)
    except ImportError as error:
        raise DataError(
            f"Reading {path.name} needs a package that is not installed: {error}. Hint: install it, or save the "
            "file as .csv."
        ) from error
    except (KeyboardInterrupt, MemoryError, DataError):
        raise
    except Exception as error:  # readers of zip, gzip, xz, Excel and Parquet each have errors of their own
        raise _unreadable(path, error) from error
    if not len(read.table):
        names = ", ".join(map(str, read.table.columns))
        raise DataError(
            f"{path.name} has no rows below its column names, {names}. Hint: give a file with orders."
        )
    if USUAL[ending] != kind:
        return replace(read, said=(note("other_kind", file=path.name, kind=WORDS[kind]), *read.said))
    return read


def _unreadable(path: Path, error: Exception) -> DataError:
    """The error of a reader, in a sentence."""
    reason = str(error).strip().removesuffix(".") or type(error).__name__
    if isinstance(error, LookupError):
        reason = f"it lacks a part, {reason}"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    whole = "".join(suffixes[suffixes.index(_ending(path)) :])
    return DataError(
        f"{path.name} cannot be read: {reason}. Hint: is it really a {whole} file, and is it whole?"
    )


def _ordinary(path: str | Path) -> Path:
    """The path of a file that exists and is neither a folder nor a pipe or device.

    Raises
    ------
    DataError
    """
    hint = "give the path of a CSV, Parquet or Excel file"
    found = file_path(path, hint, name="file")
    try:
        kind = found.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"No file {str(found)!r}. Hint: {hint}.") from None
    except OSError as reason:
        raise DataError(f"{found} cannot be read: {reason.strerror or reason}. Hint: {hint}.") from None
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "a pipe or device"
        raise DataError(f"{str(found)!r} is {what}. Hint: {hint}.")
    return found


def _ending(path: Path) -> str:
    """The last ending that is not one of compression.

    Raises
    ------
    DataError
        If it is none that is known.
    """
    ending = next((s.lower() for s in reversed(path.suffixes) if s.lower() not in COMPRESSED), "")
    if ending not in ENDINGS:
        raise DataError(
            f"{path.name} ends in {ending or 'nothing'!r}. Hint: give a .csv, .tsv, .parquet or .xlsx file."
        )
    return ending


def _kind(path: Path, ending: str) -> str:
    """What a file is by its content; a compressed one is a text file, or a Parquet file that its own reader opens."""
    if path.stat().st_size == 0:
        raise _unreadable(path, EOFError("it is empty"))
    if path.suffix.lower() in COMPRESSED:
        return "parquet" if ending == ".parquet" else "text"
    with path.open("rb") as file:
        start = file.read(1_024)
    if start.startswith(OLD_BOOK):
        return "old book"
    if start.startswith(PARQUET):
        return "parquet"
    if start.startswith(ZIP):
        return "book"
    if looks_like_page(start) or (
        looks_like_page(start.replace(b"\0", b"")[2:]) and start[:1] in b"\xff\xfe"
    ):
        return "page"
    return "text" if ending == ".xls" else USUAL[ending]


def _refuse(path: Path, given: FileFormat, kind: str, *names: str) -> None:
    """Refuse options that this kind of file does not have, rather than leave them out silently.

    Raises
    ------
    DataError
    """
    for name in names:
        if getattr(given, name) is not None:
            raise DataError(f"{path.name} is {WORDS[kind]}, which has no {name}. Hint: leave out --{name}.")


def _read_parquet(path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    _refuse(path, given, "parquet", "encoding", "separator", "sheet", "header")
    return ReadFile(read_parquet(path, ids), given, ())


def _read_text(path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    _refuse(path, given, "text", "sheet")
    table, layout, notes = read_text(partial(opened, path), path, given)
    return ReadFile(table, layout.found, (*layout.notes, *notes))


def _read_book(path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    with sheets(path) as grids:
        return _read_grid(grids, path, given, ids)


def _read_old_book(path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    return _read_grid(old_sheets(path), path, given, ids)


def _read_grid(grids: list[Grid], path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    """The sheet with the orders."""
    _refuse(path, given, "book", "encoding", "separator")
    grid, rows, header = chosen_grid(grids, given, path.name)
    table, notes = table_of(rows, header, [ids] if ids is not None else [], path.name)
    said = [note("sheet", sheet=grid.name, row=header.row), *header_notes(header), *notes]
    others = [each.name for each in grids if each is not grid]
    if others:
        said.insert(1, note("other_sheets", sheets=", ".join(others)))
    return ReadFile(table, replace(given, sheet=grid.name, header=header.row), tuple(said))


def _read_page(path: Path, given: FileFormat, ids: str | None) -> ReadFile:
    """The table with the orders; cells are text."""
    _refuse(path, given, "page", "separator")
    open_page = partial(opened, path)
    with open_page() as file:
        declared = declared_encoding(file.read(4_096))
    name = (
        given.encoding
        or _if_right(open_page, declared, path.name)
        or detect_encoding(open_page, path.name).name
    )
    with open_page() as file:
        grids = page_tables(file.read().decode(given_encoding(open_page, name, path.name).name))
    if not grids:
        raise DataError(f"{path.name} is a web page without a table. Hint: give a .csv or .xlsx file.")
    _, rows, header = chosen_grid(grids, given, path.name)
    table, notes = table_of(rows, header, [], path.name)
    said = (note("web_table", row=header.row), *header_notes(header), *notes)
    return ReadFile(table, replace(given, encoding=name, header=header.row), said)


def _if_right(open_page: Callable[[], Any], name: str | None, file: str) -> str | None:
    """The encoding that a page names, if all its bytes decode by it: some exports name another."""
    if name is None:
        return None
    try:
        check_format(FileFormat(encoding=name))
        return given_encoding(open_page, name, file).name
    except DataError:
        return None


_READERS: Final[dict[str, Callable[[Path, FileFormat, str | None], ReadFile]]] = {
    "parquet": _read_parquet,
    "text": _read_text,
    "book": _read_book,
    "old book": _read_old_book,
    "page": _read_page,
}
