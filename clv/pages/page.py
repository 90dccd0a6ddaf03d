"""A page of headings, tables and pictures, rendered as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, get_args

import jinja2

from rfm.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Card", "Column", "Language", "Page", "Picture", "Section", "Table", "draw", "render", "words"]

Language = Literal["en", "zh-Hant", "zh-Hans"]
PICTURE_DPI = 120


@dataclass(frozen=True)
class Card:
    """A number people ask for first, and what it counts."""

    value: str
    label: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its label, and whether it holds numbers (set flush right)."""

    label: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table: every cell is text already."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture, inlined as a data URI, and what it shows, in words."""

    source: str
    alt: str


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """What stands on the page, from top to bottom."""

    language: Language
    title: str
    subtitle: str
    footer: str
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]


def words(language: Language) -> dict[str, Any]:
    """The report's words in a language, as `templates/<language>.toml` holds them.

    Raises
    ------
    DataError
        If there are no words in that language.
    """
    if language not in get_args(Language):
        raise DataError(
            f"No words in language {language!r}. Hint: choose one of {', '.join(get_args(Language))}."
        )
    return tomllib.loads(_template(f"{language}.toml"))


def draw(ax: Axes, alt: str) -> Picture:
    """A drawn picture as a PNG data URI; the same bytes for the same picture."""
    buffer = io.BytesIO()
    figure: Any = ax.get_figure(root=True)
    figure.savefig(buffer, format="png", dpi=PICTURE_DPI, metadata={"Software": None})
    figure.clear()
    return Picture("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii"), alt)


def render(page: Page) -> str:
    """The page as HTML; every text is escaped, whatever it holds."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(_template("report.html.j2"))
    return template.render(page=page, version=version("rfm-clv"))


def _template(name: str) -> str:
    return files("clv.pages").joinpath("templates", name).read_text(encoding="utf-8")
