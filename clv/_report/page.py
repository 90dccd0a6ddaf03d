"""A page of headings, tables and pictures, rendered as one self-contained HTML file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, Literal

import jinja2

__all__ = ["Card", "Column", "Note", "Page", "Picture", "Quote", "Section", "Table", "render"]


@dataclass(frozen=True)
class Card:
    """A headline number, what it counts, and where cautions about it stand, or nothing."""

    value: str
    label: str
    caution: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: its label, and its kind: texts, words (never broken), numbers (flush right), dates."""

    label: str
    kind: Literal["text", "word", "number", "date"] = "text"


@dataclass(frozen=True)
class Quote:
    """A sentence, and the language it is in, which may not be the page's."""

    text: str
    language: str


@dataclass(frozen=True)
class Note:
    """Cautions on the numbers of a section: a sentence, and lines of one or more quotes."""

    lead: str
    lines: tuple[tuple[Quote, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table, every cell a text already, and the notes between its caption and its rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture, inlined as a data URI, and its description."""

    source: str
    alt: str


@dataclass(frozen=True)
class Section:
    """A heading with its content; a note among the paragraphs is on the one before it."""

    title: str
    paragraphs: tuple[str | Note, ...] = ()
    notes: tuple[Note, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """The content of the page, from top to bottom; `notice` is a sentence under the cards, or empty."""

    language: str
    title: str
    subtitle: str
    footer: str
    cards: tuple[Card, ...]
    notice: str
    sections: tuple[Section, ...]


_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def render(page: Page) -> str:
    """The page as HTML; every text is escaped, whatever it holds, and stands in its own direction."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, finalize=_shown
    )
    template = files("clv._report").joinpath("templates", "report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page, version=version("rfm-clv"))


def _shown(value: Any) -> Any:
    """A text without control characters and without those that reorder what follows them; markup as it is."""
    return (
        _UNSEEN.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )
