"""Notes on a page: cautions beside the numbers that they touch."""

from __future__ import annotations

from clv._checks.finding import Finding
from clv._report.cautions import OF_VALUES, Touched
from clv._report.findings import Findings
from clv._report.page import Column, Note, Quote, Table
from clv._report.wording import Wording

__all__ = ["checked", "note_of", "notes_on", "objections", "where_cautions_stand"]


def notes_on(found: Findings, words: Wording, *touched: Touched) -> tuple[Note, ...]:
    """A note for each of these numbers on which there are cautions."""
    notes = (note_of(words, each, found.cautions_on(each)) for each in touched)
    return tuple(note for each in notes for note in each)


def note_of(words: Wording, key: str, texts: tuple[str, ...]) -> tuple[Note, ...]:
    """A note with these texts; none without texts."""
    lines = tuple((words.quote(text),) for text in texts)
    return (Note(words(f"notes.{key}"), lines),) if lines else ()


def where_cautions_stand(found: Findings, words: Wording) -> str:
    """For a number far from the cautions on it: how many there are, and in which section; empty if there are none."""
    count = len(found.cautions_on(*OF_VALUES))
    return words("notes.elsewhere", count=str(count), title=words("value.title")) if count else ""


def objections(found: Findings, words: Wording) -> tuple[Note, ...]:
    """The laws' assumptions that the log contradicts or leaves in doubt."""
    lines = tuple(
        (words.quote(doubt.check), _verdict(doubt, words), words.quote(doubt.finding))
        for doubt in found.objections
    )
    return (Note(words("notes.doubts"), lines),) if lines else ()


def checked(found: Findings, words: Wording) -> tuple[Table, ...]:
    """The assumptions that the log does not object to, or cannot judge, as a table."""
    others = [each for each in found.checks if each not in found.objections]
    labels = (("check", "text"), ("holds", "word"), ("finding", "text"))
    columns = tuple(Column(words(f"workbook.columns.{name}"), kind) for name, kind in labels)  # type: ignore[arg-type]
    rows = tuple(
        (words.language(each.check), words(f"workbook.holds.{each.holds}"), words.language(each.finding))
        for each in others
    )
    return (Table(words("trust.caption_checks"), columns, rows),) if rows else ()


def _verdict(doubt: Finding, words: Wording) -> Quote:
    return Quote(words(f"notes.{doubt.holds}"), words.language.code)
