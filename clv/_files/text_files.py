"""Tables in text files: CSV and its kin, all cells as they are written."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import pandas as pd

from clv._files.encodings import Encoding, Opened, detect_encoding, encoding_title, given_encoding
from clv._files.file_format import FileFormat
from clv._files.header import LOOKED_AT, Header, find_header, header_at, is_empty, shown
from clv._files.notes import FileNote, note
from clv._files.suggesting import known_parts
from clv._files.tidying import without_other_rows
from rfm.errors import DataError

__all__ = ["Layout", "find_layout", "read_text"]

SEPARATORS: Final = (",", ";", "\t", "|")
SPOKEN: Final = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars (|)"}
SAMPLE: Final = 1 << 18  # characters by which separator and header are found
MANY: Final = 1 << 24  # characters of a cell that the sample may hold
EXCEL_TEXT: Final = re.compile(r'="(.*)"')  # how exports keep Excel from reading a number
PARSER_ROW: Final = re.compile(r"Expected \d+ fields in line (\d+), saw (\d+)")


@dataclass(frozen=True)
class Layout:
    """How a text file is to be read, by whatever reader.

    Parameters
    ----------
    found : FileFormat
        Encoding, separator and row of the column names.
    names : tuple of str
        Of the columns, none twice.
    lines_before : int
        Lines of the file up to and including the column names …
    bytes_before : int
        … and how many bytes they are.
    width : int
        Most cells of a row at the beginning of the file: names may be fewer, if rows end in separators.
    notes : tuple of FileNote
    """

    found: FileFormat
    names: tuple[str, ...]
    lines_before: int
    bytes_before: int
    width: int
    notes: tuple[FileNote, ...]


def find_layout(opened: Opened, path: Path, given: FileFormat) -> Layout:
    """Encoding, separator and column names of a text file. Its bytes are decoded once, whole; nothing is kept.

    Parameters
    ----------
    opened : callable
        Opens the file's bytes.
    path : Path
        For messages.
    given : FileFormat
        What need not be detected.

    Returns
    -------
    Layout

    Raises
    ------
    DataError
        If the file is empty, is no text, or has no column names.
    """
    encoding = (
        detect_encoding(opened, path.name)
        if given.encoding is None
        else given_encoding(opened, given.encoding, path.name)
    )
    start, whole = _sample(opened, encoding.name)
    sample = start.removeprefix("\ufeff")
    if not sample.strip():
        raise DataError(
            f"{path.name} cannot be read: it is empty. Hint: is it really a {''.join(path.suffixes[-2:])} file, and is "
            "it whole?"
        )
    separator = given.separator or _separator(sample, whole)
    rows, ends = _rows(sample, separator, whole)
    if _excel_separator(sample):
        rows[0] = []
    header = (
        header_at(rows, given.header, path.name) if given.header is not None else find_header(rows, path.name)
    )
    if header is None:
        raise DataError(f"{path.name} has no cells. Hint: give a file of orders with column names.")
    width = max(len(row) for row in rows[header.row - 1 :])
    found = replace(given, encoding=encoding.name, separator=separator, header=header.row)
    lines = ends[header.row - 1]
    before = "".join(io.StringIO(start, newline="").readlines()[:lines]).encode(encoding.name)
    return Layout(found, header.names, lines, len(before), width, _notes(encoding, separator, header))


def read_text(opened: Opened, path: Path, given: FileFormat) -> tuple[pd.DataFrame, Layout, list[FileNote]]:
    """The cells of a text file as they are written; an empty cell is missing.

    Parameters
    ----------
    opened : callable
        Opens the file's bytes.
    path : Path
        For messages.
    given : FileFormat
        What need not be detected.

    Returns
    -------
    table : pandas.DataFrame
        Of texts.
    layout : Layout
    notes : list of FileNote
        On rows that are left out.

    Raises
    ------
    DataError
        As `find_layout`; or if a row has more cells than there are columns.
    """
    layout = find_layout(opened, path, given)
    with opened() as raw:
        table = _parsed(raw, layout, path)
    table = _named(table, layout, path)
    table, notes = without_other_rows(table)
    return table, layout, notes


def _sample(opened: Opened, encoding: str) -> tuple[str, bool]:
    """The beginning of a file, and whether that is all."""
    with opened() as raw, io.TextIOWrapper(cast(Any, raw), encoding=encoding, newline="") as text:
        sample = text.read(SAMPLE)
        whole = not text.read(1)
    return sample, whole


def _rows(sample: str, separator: str, whole: bool) -> tuple[list[list[str]], list[int]]:
    """The first rows, empty ones too, and the line on which each ends; without a last row that may be cut."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    rows, ends = [], []
    limit = csv.field_size_limit(MANY)
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == LOOKED_AT:
                return rows, ends
    except csv.Error:  # a line end of another kind, which pandas reads or refuses
        pass
    finally:
        csv.field_size_limit(limit)
    if not whole and len(rows) > 1:
        rows.pop(), ends.pop()
    return rows, ends


def _excel_separator(sample: str) -> str | None:
    """What Excel's own first line "sep=;" names."""
    match = re.match(r'"?sep=(.)"?[\r\n]', sample, re.IGNORECASE)
    return match.group(1) if match else None


def _separator(sample: str, whole: bool) -> str:
    """The separator by which most rows are as wide as the row of names, and by which names are known."""
    named = _excel_separator(sample)
    return named or max(SEPARATORS, key=lambda separator: _fit(_rows(sample, separator, whole)[0]))


def _fit(rows: Sequence[Sequence[str]]) -> tuple[float, float, int]:
    """How well a separator divides rows: names known, share of rows of the usual width, that width."""
    widths = Counter(len(row) for row in rows if any(not is_empty(cell) for cell in row))
    if not widths:
        return 0, 0.0, 0
    usual, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if usual == 1:
        return 0, 0.0, 1
    known = max((known_parts(row) for row in rows[:40] if len(row) > 1), default=0)
    return known, round(count / widths.total(), 1), usual


def _parsed(raw: BinaryIO, layout: Layout, path: Path) -> pd.DataFrame:
    """All cells below the names as texts, in columns that are numbered; one more than there are, to notice others.

    Raises
    ------
    DataError
    """
    count = max(len(layout.names), layout.width) + 1
    start = raw.read(layout.bytes_before)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                raw,
                sep=layout.found.separator,
                encoding=_after_mark(str(layout.found.encoding), start),
                header=None,
                names=range(count),
                dtype=str,
                index_col=False,
                skip_blank_lines=False,  # so that rows can be counted
            )
        except pd.errors.ParserWarning:  # the first row has still more cells
            raise _too_wide(path, layout, layout.lines_before + 1, count + 1, "") from None
        except pd.errors.ParserError as error:
            match = PARSER_ROW.search(str(error))
            if match is None:
                raise
            row = layout.lines_before + int(match.group(1))
            raise _too_wide(path, layout, row, int(match.group(2)), "") from None


def _after_mark(encoding: str, start: bytes) -> str:
    """The encoding of what follows the mark by which a file begins.

    Examples
    --------
    >>> _after_mark("utf-16", b"\\xff\\xfea\\x00")
    'utf-16-le'
    """
    if encoding in ("utf-16", "utf-32"):
        return f"{encoding}-{'be' if start[:2] in (codecs.BOM_UTF16_BE, bytes(2)) else 'le'}"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _named(table: pd.DataFrame, layout: Layout, path: Path) -> pd.DataFrame:
    """The columns by their names, without those that only end rows with a separator.

    Raises
    ------
    DataError
        If a row has cells beyond the last name.
    """
    names = layout.names
    for place in range(len(names), len(table.columns)):
        beyond = table[place].notna()
        if beyond.any():
            first = int(beyond.to_numpy().argmax())
            row = layout.lines_before + first + 1
            raise _too_wide(path, layout, row, place + 1, shown(list(table.iloc[first])))
    table = table.iloc[:, : len(names)]
    table.columns = pd.Index(list(names))
    for name in names:
        _refuse_rows_in_cells(table[name], layout, path)
    return table.assign(**{name: _unwrapped(table[name]) for name in names})


def _refuse_rows_in_cells(texts: pd.Series[Any], layout: Layout, path: Path) -> None:
    """Refuse a cell that holds whole rows: a quotation mark that is never closed takes all up to the next one.

    Raises
    ------
    DataError
    """
    if texts.isna().all():
        return
    cells = max(len(layout.names) - 1, 1)
    for place in np.flatnonzero(texts.str.contains("\n", regex=False, na=False)):
        text = str(texts.iloc[place])
        inner = text.splitlines()[1:-1]
        if inner and all(line.count(str(layout.found.separator)) == cells for line in inner):
            raise DataError(
                f"{path.name} cannot be read: a cell of row {layout.lines_before + place + 1:,} holds {len(inner):,} "
                f"other rows, since it begins with a quotation mark that is not closed: {text[:30]!r}. Hint: delete "
                "that mark."
            )


def _unwrapped(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts without what keeps Excel from reading them as numbers: ="00123" is 00123, and a tab around it is none."""
    if texts.isna().all():
        return texts
    wrapped = texts.str.startswith('="', na=False)
    if wrapped.any():
        texts = texts.mask(wrapped, texts.str.replace(EXCEL_TEXT, r"\1", regex=True))
    tabbed = texts.str.contains("\t", regex=False, na=False)
    return texts.mask(tabbed, texts.str.strip("\t")) if tabbed.any() else texts


def _too_wide(path: Path, layout: Layout, row: int, cells: int, text: str) -> DataError:
    """A row that would be read wrongly."""
    separator = str(layout.found.separator)
    quoted = f": {text}" if text else ""
    return DataError(
        f"{path.name} cannot be read: row {row:,} has {cells:,} cells or more, but there are {len(layout.names):,} "
        f"column names{quoted}. Hint: does a cell hold a separator without quotation marks, such as 1,280 in a file "
        f"separated by {SPOKEN.get(separator, repr(separator))}? Or name the separator, such as --separator tab."
    )


def _notes(encoding: Encoding, separator: str, header: Header) -> tuple[FileNote, ...]:
    """What the person who gave the file should know of how it is read."""
    notes = [
        note(
            "text",
            encoding=encoding_title(encoding.name),
            separator=SPOKEN.get(separator, repr(separator)),
            row=header.row,
        )
    ]
    if encoding.rival is not None:
        notes.append(
            note(
                "unsure_encoding",
                encoding=encoding_title(encoding.name),
                other=encoding_title(encoding.rival),
                option=encoding.rival,
                here=repr(encoding.example),
                there=repr(encoding.rival_example),
            )
        )
    return (*notes, *header_notes(header))


def header_notes(header: Header) -> list[FileNote]:
    """Rows above the names, and names that were changed."""
    notes = []
    if header.above:
        notes.append(note("rows_above", rows=len(header.above), example=header.above[0]))
    if header.renamed:
        notes.append(note("same_names", names=", ".join(header.renamed)))
    return notes
