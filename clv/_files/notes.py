"""Facts about how a file was read, which the command prints and a language file may put in other words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["ENGLISH", "FileNote", "NoteKey", "note"]

NoteKey = Literal[
    "text",
    "sheet",
    "web_table",
    "other_kind",
    "unsure_encoding",
    "other_sheets",
    "rows_above",
    "rows_below",
    "same_names",
    "empty_rows",
    "repeated_names",
]

ENGLISH: Final[Mapping[NoteKey, str]] = MappingProxyType(
    {
        "text": "Read as {encoding}, separated by {separator}; the column names are in row {row}.",
        "sheet": 'Read from the sheet "{sheet}"; the column names are in row {row}.',
        "web_table": "Read from a table of a web page; the column names are in its row {row}.",
        "other_kind": "{file} is {kind}, whatever its name says.",
        "unsure_encoding": "The encoding is not certain: {here}, read as {encoding}, would be {there} in {other}. "
        "Hint: --encoding {option} reads it so.",
        "other_sheets": "Sheets that are not read: {sheets}.",
        "rows_above": "Rows above the column names are not read: {rows}, such as {example}.",
        "rows_below": "Rows at the end that are totals or remarks are left out: {rows}, such as {example}.",
        "same_names": "Several columns have the same name: they are called {names}.",
        "empty_rows": "Empty rows are left out: {rows}.",
        "repeated_names": "Rows that repeat the column names are left out: {rows}.",
    }
)


@dataclass(frozen=True)
class FileNote:
    """One fact about how a file was read.

    Parameters
    ----------
    key : str
        What kind of fact, a key of `ENGLISH`; a language file has a sentence under the same key.
    facts : mapping of str to str or int
        What the sentence's braces name.

    Examples
    --------
    >>> print(note("sheet", sheet="訂單", row=4))
    Read from the sheet "訂單"; the column names are in row 4.
    """

    key: NoteKey
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.worded(ENGLISH[self.key])

    def worded(self, sentence: str) -> str:
        """The fact in a sentence whose braces name facts; whole numbers with thousands separators."""
        return sentence.format(
            **{name: f"{fact:,}" if isinstance(fact, int) else fact for name, fact in self.facts.items()}
        )


def note(key: NoteKey, **facts: str | int) -> FileNote:
    """A fact by its key."""
    return FileNote(key, MappingProxyType(facts))
