"""Tables as CSV for spreadsheets: texts of the data that a spreadsheet would run as formulas are written as text."""

from __future__ import annotations

import re
from os import PathLike
from typing import Any, Final

import pandas as pd

from rfm._options import received
from rfm._saved_files import replaced

__all__ = ["as_it_was", "changes_in_words", "harmless", "write_csv"]

NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
START: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b|%"
"""First characters of formulas, also in full width and as small forms; "|" and "%" in some programs."""

BLANK: Final = "\\s\\x00-\\x1f\\x7f-\\x9f\u200b-\u200f\u2060\ufeff"
RUN: Final = re.compile(rf"'*([\t\r\n]|[{BLANK}]*[{START}])")
INNER: Final = re.compile(rf"([;\t\r\n])(?=[{BLANK}\"']*[{START}])")
"""Where a spreadsheet that separates cells by semicolons or tabs begins another cell."""


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it if it begins like one.

    Numbers that are written as text stay as they are. Different texts stay different.

    Parameters
    ----------
    text : str
        A cell, or a column's name.

    Returns
    -------
    str

    Examples
    --------
    >>> [harmless(text) for text in ("ann", "=1+1", "-12.5", "@SUM(A1)", "'=1+1", "a;=1+1")]
    ['ann', "'=1+1", '-12.5', "'@SUM(A1)", "''=1+1", "a;'=1+1"]
    """
    if NUMBER.fullmatch(text):
        return text
    inner = INNER.sub(r"\1'", text)
    return f"'{inner}" if RUN.match(text) else inner


def as_it_was(text: str) -> str:
    """The text of which `harmless` made this one; other texts as they are.

    >>> [as_it_was(harmless(text)) for text in ("ann", "=1+1", "'=1+1", "'tis", "-5")]
    ['ann', '=1+1', "'=1+1", "'tis", '-5']
    """
    bare = text[1:]
    return bare if text.startswith("'") and harmless(bare) == text else text


def write_csv(
    table: pd.DataFrame,
    path: str | PathLike[str],
    hint: str,
    keep: tuple[str, ...] = (),
    *,
    for_excel: bool = False,
) -> dict[str, list[str]]:
    """Write a table as CSV, whole or not at all, its texts and names made harmless.

    Parameters
    ----------
    table : pandas.DataFrame
        Its numbers and dates are written as they are.
    path : str or PathLike
        The file.
    hint : str
        The next step if it cannot be written.
    keep : tuple of str
        Columns that are written as they are.
    for_excel : bool
        Whether a file with other than ASCII characters begins with a byte order mark: without it Excel takes UTF-8
        for the encoding of its country.

    Returns
    -------
    dict of str to list of str
        The texts that were changed, by column; only those columns that have any.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    changed: dict[str, list[str]] = {}
    plain = all(str(name).isascii() for name in table)
    columns: dict[str, Any] = {}
    for name in table:
        column = table[name]
        if name not in keep and not pd.api.types.is_numeric_dtype(column.dtype):
            texts = {each: harmless(each) for each in column.dropna().unique() if isinstance(each, str)}
            plain = plain and all(map(str.isascii, texts))
            if odd := [text for text, written in texts.items() if written != text]:
                changed[str(name)] = odd
                column = column.astype(object).map(lambda value, texts=texts: texts.get(value, value))
        elif name in keep and not pd.api.types.is_numeric_dtype(column.dtype):
            plain = plain and all(str(each).isascii() for each in column.dropna().unique())
        columns[harmless(str(name))] = column
    encoding = "utf-8-sig" if for_excel and not plain else "utf-8"
    with replaced(path, hint) as beside:
        pd.DataFrame(columns).to_csv(beside, index=False, encoding=encoding, errors="backslashreplace")
    return changed


def changes_in_words(changed: dict[str, list[str]], file: str) -> list[str]:
    """What was changed, one sentence for each column."""
    return [
        f"{len(texts):,} texts of {name} in {file} begin like a formula of a spreadsheet, such as "
        f"{received(texts[0])}; an apostrophe stands before them there."
        + (" Hint: --raw-ids writes ids as they are." if name == "customer_id" else "")
        for name, texts in changed.items()
    ]
