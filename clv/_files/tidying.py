"""Rows of an export that are no orders: empty ones, repeated names, totals and remarks at the end."""

from __future__ import annotations

import re
from typing import Any, Final

import pandas as pd

from clv._files.header import is_empty, shown
from clv._files.notes import FileNote, note

__all__ = ["without_other_rows"]

AT_THE_END: Final = 6  # rows that may be totals and remarks
FILLED: Final = 0.95  # share of the rows in which a column must have a value for an empty cell to be odd
TOTALS: Final = frozenset(  # without case, spaces and a colon
    re.split(
        r"\s+",
        """合計 總計 共計 總和 小計 總額 合计 总计 共计 总和 小计 总额 総計 計 합계 총계
        total totals grandtotal sum subtotal totalgeneral summe gesamt gesamtsumme somme totalgénéral suma sumatotal
        totale totalecomplessivo totaal eindtotaal razem summa totalt""",
    )
)


def without_other_rows(table: pd.DataFrame) -> tuple[pd.DataFrame, list[FileNote]]:
    """The rows that are orders, and what was left out.

    A row at the end is left out if it has a word for "total" and lacks a value that nearly all others have, or if it
    has one cell only where the others have several.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a file, its column names known.

    Returns
    -------
    table
        Numbered from 0.
    notes

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"customer": ["ann", "bob", "Total"], "date": ["1 May", "2 May", None], "paid": ["5", "7", "12"]}
    ... )
    >>> kept, notes = without_other_rows(rows)
    >>> len(kept), str(notes[0])
    (2, "Rows at the end that are totals or remarks are left out: 1, such as 'Total, 12'.")
    """
    notes: list[FileNote] = []
    empty = table.isna().all(axis=1).to_numpy()
    if empty.any():
        between = int(
            empty[: len(empty) - int((~empty[::-1]).argmax() if not empty.all() else len(empty))].sum()
        )
        if between:
            notes.append(note("empty_rows", rows=between))
        table = table[~empty]
    repeated = _repeats_names(table)
    if repeated.any():
        notes.append(note("repeated_names", rows=int(repeated.sum())))
        table = table[~repeated]
    ends = _rows_below(table)
    if ends:
        example = shown(list(table.iloc[-len(ends)]))
        notes.append(note("rows_below", rows=len(ends), example=example))
        table = table.iloc[: -len(ends)]
    return table.reset_index(drop=True), notes


def _repeats_names(table: pd.DataFrame) -> pd.Series[bool]:
    """Rows whose cells are the names of their columns: reports that were printed page by page have them."""
    repeats = pd.Series(True, index=table.index)
    for name in table:
        if repeats.any():
            repeats &= (table[name] == name).to_numpy(dtype=bool)
    return repeats if len(table.columns) > 1 else pd.Series(False, index=table.index)


def _rows_below(table: pd.DataFrame) -> list[int]:
    """How far from the end, counted from 1, the rows are that are no orders: an unbroken run up to the end."""
    last = table.tail(AT_THE_END)
    if len(table) <= 1 or len(table.columns) < 2:
        return []
    filled = [place for place, share in enumerate(table.notna().mean()) if share >= FILLED or len(table) < 20]
    usual = int(table.notna().sum(axis=1).median())
    found = []
    for back, cells in enumerate(reversed(last.to_numpy(dtype=object).tolist()), start=1):
        if back == len(table) or not _is_below(cells, filled, usual):
            break
        found.append(back)
    return found


def _is_below(cells: list[Any], filled: list[int], usual: int) -> bool:
    """Whether a row is a total or a remark."""
    there = [cell for cell in cells if not is_empty(cell)]
    if len(there) == 1 and usual >= 3:
        return True
    words = {"".join(str(cell).split()).casefold().strip(":：.") for cell in there if isinstance(cell, str)}
    return bool(words & TOTALS) and any(is_empty(cells[place]) for place in filled)
