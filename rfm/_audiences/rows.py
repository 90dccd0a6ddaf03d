"""The rows of an upload: addresses written as a platform wants them, each person once, every row accounted for."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rfm._audiences.layouts import Field, Layout
from rfm._audiences.normalising import clean, country_code, is_hash
from rfm._frames.ids import as_text
from rfm._spreadsheets import harmless

__all__ = ["Cells", "Rows", "cells_of", "chosen_rows"]

NO_CONSENT: Final = "without consent"
REFUSED: Final = "refused in another row"
BLANK: Final = "no address"
UNREADABLE: Final = "unreadable address"
TWICE: Final = "same address twice"

Cell = str | None
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Cells:
    """The cells of the file by field, and for each field how many could not be read.

    Attributes
    ----------
    columns : dict of str to list
        None where there is nothing to write.
    unreadable : dict of str to list of bool
        Where there was a text that could not be read.
    """

    columns: dict[str, list[Cell]]
    unreadable: dict[str, list[bool]]

    def of(self, chosen: Iterable[Any]) -> Cells:
        """Those of some rows."""
        rows = [row for row, take in enumerate(chosen) if take]
        return Cells(
            {name: [cells[row] for row in rows] for name, cells in self.columns.items()},
            {name: [odd[row] for row in rows] for name, odd in self.unreadable.items()},
        )


@dataclass(frozen=True)
class Rows:
    """Which rows are written, in the order of the file, and why the others are not."""

    written: list[int]
    left_out: dict[str, int]


def cells_of(
    layout: Layout,
    columns: Mapping[str, Sequence[Any]],
    countries: Sequence[Any] | None,
    country: str,
    hashed: bool,
) -> Cells:
    """Write the cells of all rows.

    Parameters
    ----------
    layout : Layout
    columns : mapping of str to sequence
        The values of the table by field; missing countries are the shop's.
    countries : sequence, optional
        The country of each row, also where the file has none.
    country : str
        Two lower-case letters for rows whose country is missing; or empty.
    hashed : bool
        Whether cells are hashed where the platform takes hashes.
    """
    texts = {name: [_text(value) for value in values] for name, values in columns.items()}
    if "country" in texts:
        texts["country"] = [text or country for text in texts["country"]]
    rows = len(next(iter(texts.values())))
    regions = [country] * rows
    if countries is not None:
        known = [_text(value) or country for value in countries]
        regions = [(country_code(text) or "") if text else "" for text in known]
    written: dict[str, list[Cell]] = {}
    unreadable: dict[str, list[bool]] = {}
    for name, held in texts.items():
        made = _cell_maker(layout.fields[name], hashed)
        cells = [made(text, region) if text else None for text, region in zip(held, regions, strict=True)]
        written[name] = cells
        unreadable[name] = [bool(text) and cell is None for text, cell in zip(held, cells, strict=True)]
    return Cells(written, unreadable)


def chosen_rows(
    layout: Layout, cells: Cells, consenting: Sequence[bool], values: Sequence[float] | None
) -> Rows:
    """The rows that identify somebody who has consented, each person once, sorted by their cells.

    A person is known by the e-mail address, without one by the phone number, and so on in the layout's order. Who has
    refused in one row is not written because of another. Of several rows of a person the one with the highest value
    stays, then the one with most cells, then the first by its cells: so the order of the table has no influence.
    """
    lines = list(zip(*cells.columns.values(), strict=True))
    keys = _keys(layout, cells, lines)
    refused = {key for row, given in enumerate(consenting) if not given for key in keys[row] if len(key) == 2}
    left_out = dict.fromkeys((NO_CONSENT, REFUSED, BLANK, UNREADABLE, TWICE), 0)
    people: dict[Key, list[int]] = {}
    for row, given in enumerate(consenting):
        if not given:
            left_out[NO_CONSENT] += 1
        elif not keys[row]:
            left_out[UNREADABLE if any(odd[row] for odd in cells.unreadable.values()) else BLANK] += 1
        elif not refused.isdisjoint(keys[row]):
            left_out[REFUSED] += 1
        else:
            people.setdefault(keys[row][0], []).append(row)

    def rank(row: int) -> tuple[Any, ...]:
        line = tuple(cell or "" for cell in lines[row])
        return (0.0 if values is None else -values[row], -sum(map(bool, line)), line)

    best = {key: min(rows, key=rank) for key, rows in people.items()}
    left_out[TWICE] = sum(map(len, people.values()))
    seen: set[Key] = set()
    written = []
    for key in sorted(best, key=lambda key: key[0]):  # a phone number may be that of a person known by e-mail
        if key not in seen:
            written.append(best[key])
            seen.update(keys[best[key]])
    left_out[TWICE] -= len(written)
    return Rows(sorted(written, key=lambda row: rank(row)[2]), left_out)


def _keys(layout: Layout, cells: Cells, lines: Sequence[tuple[Cell, ...]]) -> list[list[Key]]:
    """For each row what identifies it: its number among the layout's sets, and the address, or all cells with a name.

    Two people may have one name, so that a name alone makes nobody the same.
    """
    held = list(cells.columns)
    sets = [
        (number, [held.index(name) for name in each])
        for number, each in enumerate(layout.identifying)
        if all(name in held for name in each)
    ]
    return [
        [
            (number, line[places[0]]) if len(places) == 1 else (number, *line, None)
            for number, places in sets
            if all(line[place] is not None for place in places)
        ]
        for line in lines
    ]


def _text(value: Any) -> str:
    """A value as a text without what cannot be seen; empty if it is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    return clean(as_text(value))


def _cell_maker(field: Field, hashed: bool) -> Callable[[str, str], Cell]:
    """From a text and a country to a cell; each pair is read once."""
    known: dict[tuple[str, str], Cell] = {}

    def made(text: str, region: str) -> Cell:
        key = (text, region)
        if key not in known:
            known[key] = _cell(field, hashed, text, region)
        return known[key]

    return made


def _cell(field: Field, hashed: bool, text: str, region: str) -> Cell:
    if field.hashed and is_hash(text):
        return text.lower()
    written = field.written(text, region)
    if written is None:
        return None
    if hashed and field.hashed:
        return hashlib.sha256(written.encode()).hexdigest()
    # An apostrophe would spoil the address, and no address needs to begin like a formula.
    return written if harmless(written) == written else None
