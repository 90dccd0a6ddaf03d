"""The report's own sentences: its headings, paragraphs, columns and captions."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Final

from rfm._words import declare

__all__ = ["FOLDER", "PAGE", "flatten"]

FOLDER: Final = files("clv._report").joinpath("languages")


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The texts of nested tables under the names of these, joined by points.

    >>> flatten({"page": {"title": "Customers", "cards": {"spend": "spent"}}})
    {'page.title': 'Customers', 'page.cards.spend': 'spent'}
    """
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def _english() -> dict[str, str]:
    text = FOLDER.joinpath("en.toml").read_text(encoding="utf-8")
    return flatten(tomllib.loads(text)["page"])


PAGE: Final = declare("page", _english())
