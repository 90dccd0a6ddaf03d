"""How a file is written: its encoding, separator, sheet and row of column names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rfm._options import is_whole, received
from rfm.errors import DataError

__all__ = ["DETECTED", "FileFormat", "check_format"]

SEPARATOR_NAMES: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
ENCODINGS: Final = "utf-8, utf-16, cp950 (Big5), gb18030, cp932 (Shift-JIS), cp949 or cp1252"


@dataclass(frozen=True)
class FileFormat:
    """How a file is written; what is None is detected.

    Parameters
    ----------
    encoding : str, optional
        Of a text file: a name that Python knows, such as "big5", "gb18030", "utf-16" or "cp1252".
    separator : str, optional
        Of a text file: one character, or "tab".
    sheet : str or int, optional
        Of a workbook: the name of a sheet, or its number from 1.
    header : int, optional
        The row of the column names, as a spreadsheet counts rows: from 1.
    """

    encoding: str | None = None
    separator: str | None = None
    sheet: str | int | None = None
    header: int | None = None


DETECTED: Final = FileFormat()


def check_format(given: FileFormat) -> FileFormat:
    """The format with the separator as a character.

    Raises
    ------
    DataError
        If the encoding is unknown, or the separator or the header is none.

    Examples
    --------
    >>> check_format(FileFormat(separator="tab")).separator
    '\\t'
    """
    if given.encoding is not None:
        _check_encoding(given.encoding)
    separator = given.separator
    if separator is not None:
        separator = SEPARATOR_NAMES.get(separator.lower(), separator)
        if len(separator) != 1 or separator.isalnum() or separator in '"\r\n\0':
            raise DataError(
                f"The separator is one character between cells; got {received(given.separator)}. "
                'Hint: --separator ";", or --separator tab.'
            )
    if given.header is not None and (not is_whole(given.header) or given.header < 1):
        raise DataError(
            f"The header is the number of the row of column names, from 1; got {received(given.header)}. "
            "Hint: --header 4."
        )
    return FileFormat(given.encoding, separator, given.sheet, given.header)


def _check_encoding(name: str) -> None:
    """Refuse a name that is no encoding of texts.

    Raises
    ------
    DataError
    """
    try:
        "a".encode(name)  # "hex" and "rot13" are no encodings of texts
    except (LookupError, ValueError):
        raise DataError(
            f"No encoding is called {received(name)}. Hint: --encoding is one of {ENCODINGS}."
        ) from None
