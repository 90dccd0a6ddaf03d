"""The table of all customers as a file: in the report's language, the most valuable first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from clv._command.asked import CUSTOMERS, FOLDER
from clv._files import read_file
from clv._report.findings import Findings
from clv._report.language import Language, built_in_languages
from clv._report.moves import COMPARED
from clv._report.page_words import PAGE
from clv._report.wording import Wording
from rfm._spreadsheets import as_it_was, write_csv
from rfm.errors import DataError

__all__ = ["customers_frame", "headers", "read_customers", "write_customers"]

LABEL, ACTION = "segment_label", "action"
SORTED_BY = ("clv", "expected_purchases")
COLUMN: Final = "columns."  # of the page's words: how a column is called
TEXTS: Final = ("customer_id", "segment", "rfm")
DAYS: Final = ("first_purchase", "last_purchase", "as_of")
FIRST: Final = ("customer_id", "segment", "recency", "frequency", "monetary", *DAYS, "clv")


def write_customers(found: Findings, path: Path, language: Language, keep_ids: bool) -> dict[str, list[str]]:
    """Write the table; texts that a spreadsheet would run as formulas begin with an apostrophe.

    Returns
    -------
    dict of str to list of str
        The texts that were changed, by column.
    """
    words = Wording(language, found.scheme)
    frame = customers_frame(found, words)
    names = headers([str(name) for name in frame], words)
    keep = (names["customer_id"],) if keep_ids else ()
    return write_csv(frame.rename(columns=names), path, FOLDER, keep, for_excel=True)


def customers_frame(found: Findings, words: Wording) -> pd.DataFrame:
    """Every customer, the most valuable first, with the segment's label, where it has one, and its action."""
    table = found.table
    by = next(name for name in SORTED_BY if name in table)
    ids = table["customer_id"].astype(str)
    order = (
        pd.DataFrame({"by": -table[by].fillna(0.0), "id": ids}).sort_values(["by", "id"], kind="stable").index
    )
    frame = table.loc[order].reset_index(drop=True)
    segments = [str(name) for name in frame["segment"]]
    labels = {name: words.label(name) for name in set(segments)}
    at = list(frame).index("segment") + 1
    if any(name != label for name, label in labels.items()):
        frame.insert(at, LABEL, [labels[name] for name in segments])
        at += 1
    actions = {name: words.action(name) for name in labels}
    frame.insert(at, ACTION, [actions[name] for name in segments])
    return frame


def headers(names: Sequence[str], words: Wording) -> dict[str, str]:
    """The columns' names in the language; two that it calls the same have their own names in brackets after it."""
    said = {name: _header(name, words) for name in names}
    met = Counter(said.values())
    return {name: text if met[text] == 1 else f"{text} ({name})" for name, text in said.items()}


def _header(name: str, words: Wording) -> str:
    """A column's name in the language; in English its own, which is what notebooks call it."""
    key = f"columns.{name}"
    if words.language.code == "en" or key not in PAGE.english:
        return name
    said = words(key)
    return name if said == PAGE.english[key] else said


def read_customers(path: Path, language: Language) -> pd.DataFrame:
    """An earlier table of customers, whose columns may have their names in any built-in language, or in this one.

    Returns
    -------
    DataFrame
        With the names of `clv.customer_table`: ids and segments are texts, days are dates, and columns of numbers only
        are numbers.

    Raises
    ------
    DataError
        If it is no such table.
    """
    table = read_file(path).table
    read = table.rename(columns=_own_names([str(name) for name in table], language))
    if missing := [part for part in COMPARED if part not in read]:
        raise DataError(
            f"{path.name} has no column {missing[0]!r}. It has: {', '.join(map(str, table))}. "
            f"Hint: --previous names a {CUSTOMERS} that rfm-clv report wrote."
        )
    if read["customer_id"].duplicated().any():
        twice = read["customer_id"][read["customer_id"].duplicated()].iloc[0]
        raise DataError(f"{path.name} has two rows of customer {twice!r}. Hint: one row a customer.")
    return pd.DataFrame({name: _typed(str(name), cells) for name, cells in read.items()})


def _own_names(names: Sequence[str], language: Language) -> dict[str, str]:
    """The names of `clv.customer_table` for headers in one of the languages, as `headers` writes them."""
    languages = [language, *(Language.load(name) for name in built_in_languages())]
    known = [key.removeprefix(COLUMN) for key in PAGE.english if key.startswith(COLUMN)]
    known.sort(key=lambda name: name not in FIRST)  # of columns with one name, those of the customers
    found: dict[str, str] = {}
    for name in names:
        bracketed = name[:-1].rpartition(" (")[2] if name.endswith(")") else ""
        said = [own for own in known for each in languages if each.texts.get(f"page.{COLUMN}{own}") == name]
        own = bracketed if bracketed in known else name if name in known or not said else said[0]
        if own not in found.values():
            found[name] = own
    return found


def _typed(name: str, cells: pd.Series[Any]) -> pd.Series[Any]:
    """A column of an earlier table as the table had it before it became a file."""
    if name in TEXTS:
        return cells.map(as_it_was)
    if name in DAYS:
        return pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
    numbers = pd.to_numeric(cells, errors="coerce")
    return cells if (numbers.isna() & cells.notna()).any() else numbers
