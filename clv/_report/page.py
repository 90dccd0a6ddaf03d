"""A page of headings, tables and pictures, rendered as one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, Literal

import jinja2
from markupsafe import Markup, escape

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
    """The content of the page, from top to bottom.

    `shop` stands above the title, `first` are the sentences of what to do first under the heading `first_title`, and
    `notice` is a sentence under the cards; each may be empty.
    """

    language: str
    title: str
    subtitle: str
    footer: str
    cards: tuple[Card, ...]
    notice: str
    sections: tuple[Section, ...]
    shop: str = ""
    first_title: str = ""
    first: tuple[str, ...] = ()


_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


DAY: Final = re.compile(r"(?<![\w-])(\d{4}-\d{2}-\d{2})(?![\w-])")


def render(page: Page) -> str:
    """The page as HTML; every text is escaped, whatever it holds, and stands in its own direction.

    The one script, which sorts tables, is this library's own: the page's policy allows it by its hash, and no other.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, finalize=_shown
    )
    environment.filters["days"] = _days_whole
    script = _template("sort.js").strip()
    return environment.from_string(_template("report.html.j2")).render(
        page=page,
        version=version("rfm-clv"),
        style=Markup(_template("report.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
    )


def _template(name: str) -> str:
    return files("clv._report").joinpath("templates", name).read_text(encoding="utf-8")


def _days_whole(text: str) -> Markup:
    """A text, escaped, with its dates as elements, which are not broken at the hyphen."""
    return Markup(DAY.sub(r"<time>\1</time>", str(escape(_shown(text)))))


def _shown(value: Any) -> Any:
    """A text without control characters and without those that reorder what follows them; markup as it is."""
    return (
        _UNSEEN.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )
