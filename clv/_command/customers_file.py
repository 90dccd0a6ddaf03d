"""The table of all customers as a file: in the report's language, the most valuable first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from clv._command.asked import CUSTOMERS, FOLDER
from clv._files import read_file
from clv._report.findings import Findings
from clv._report.language import Language, built_in_languages
from clv._report.page_words import PAGE
from clv._report.wording import Wording
from rfm._spreadsheets import as_it_was, write_csv
from rfm.errors import DataError

__all__ = ["customers_frame", "headers", "read_customers", "write_customers"]

LABEL, ACTION = "segment_label", "action"
SORTED_BY = ("clv", "expected_purchases")


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
    """The ids, as texts, with the segments of an earlier table in any built-in language, or in this one.

    Raises
    ------
    DataError
        If it is no such table.
    """
    table = read_file(path).table
    languages = [language, *(Language.load(name) for name in built_in_languages())]
    found: dict[str, str] = {}
    for part in ("customer_id", "segment", "clv"):
        known = {part, *(each.texts.get(f"page.columns.{part}", part) for each in languages)}
        found |= {str(name): part for name in table if str(name) in known}
    read = table.rename(columns=found)
    if missing := [part for part in ("customer_id", "segment") if part not in read]:
        raise DataError(
            f"{path.name} has no column {missing[0]!r}. It has: {', '.join(map(str, table))}. "
            f"Hint: --previous names a {CUSTOMERS} that rfm-clv report wrote."
        )
    if read["customer_id"].duplicated().any():
        twice = read["customer_id"][read["customer_id"].duplicated()].iloc[0]
        raise DataError(f"{path.name} has two rows of customer {twice!r}. Hint: one row a customer.")
    kept = read[[name for name in ("customer_id", "segment", "clv") if name in read]]
    return kept.assign(**{name: kept[name].map(as_it_was) for name in ("customer_id", "segment")})
