"""Tables of web pages and of Excel's XML of 2003, which many shop systems export under the name .xls."""

from __future__ import annotations

import re
from functools import partial
from html.parser import HTMLParser
from typing import Any

from clv._files.grids import Grid

__all__ = ["declared_encoding", "looks_like_page", "page_tables"]

ROWS = frozenset({"tr", "row"})
CELLS = frozenset({"td", "th", "cell"})
TABLES = frozenset({"table"})
SILENT = frozenset({"style", "script", "title", "styles", "documentproperties"})
PAGE = re.compile(rb"\s*<(?:!doctype|html|head|meta|table|style|body|\?xml|!--|div|workbook)", re.IGNORECASE)
DECLARED = re.compile(rb"(?:charset\s*=\s*[\"']?|encoding\s*=\s*[\"'])([\w-]+)", re.IGNORECASE)


def looks_like_page(start: bytes) -> bool:
    """Whether a file's beginning is that of a web page or of XML.

    Examples
    --------
    >>> looks_like_page(b"<html><table>"), looks_like_page(b"a,b")
    (True, False)
    """
    return PAGE.match(start.removeprefix(b"\xef\xbb\xbf")) is not None


def declared_encoding(start: bytes) -> str | None:
    """The encoding that a page names.

    Examples
    --------
    >>> declared_encoding(b'<meta http-equiv="Content-Type" content="text/html; charset=big5">')
    'big5'
    """
    found = DECLARED.search(start)
    return found.group(1).decode("ascii") if found else None


def page_tables(text: str) -> list[Grid]:
    """The tables of a page.

    Examples
    --------
    >>> [grid.rows() for grid in page_tables("<table><tr><th>a<th>b<tr><td>1<td>2</table>")]
    [[['a', 'b'], ['1', '2']]]
    """
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return [
        Grid(f"table {place}", partial(list[Any], rows))
        for place, rows in enumerate(parser.tables, 1)
        if rows
    ]


class _Tables(HTMLParser):
    """Collects cells; a cell of several columns is followed by empty ones."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str | None]]] = []
        self._open: list[list[list[str | None]]] = []  # tables may be within tables
        self._cell: list[str] | None = None
        self._span = 1
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in SILENT:
            self._silent += 1
        elif tag in TABLES:
            self._end_cell()
            self.tables.append([])
            self._open.append(self.tables[-1])
        elif tag in ROWS and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in CELLS and self._open and self._open[-1]:
            self._end_cell()
            self._skip_to(given.get("ss:index"))
            self._cell, self._span = (
                [],
                _number(given.get("colspan")) or (_number(given.get("ss:mergeacross")) + 1),
            )
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in CELLS | ROWS:
            self._end_cell()
        elif tag in TABLES and self._open:
            self._end_cell()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    def _skip_to(self, index: str | None) -> None:
        row = self._open[-1][-1]
        row.extend([None] * (_number(index) - 1 - len(row)))

    def _end_cell(self) -> None:
        if self._cell is not None and self._open and self._open[-1]:
            text = "".join(self._cell).strip()
            self._open[-1][-1].extend([text or None, *([None] * (min(self._span, 1_000) - 1))])
        self._cell = None


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 6 else 0
