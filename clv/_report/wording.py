"""The report's wording: the words of a language, their replacements, names of segments, lengths of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from clv._report.language import Language
from clv._report.money import NO_BRAND, Brand, in_short, signed
from clv._report.page import Picture, Quote
from clv._report.page_words import PAGE
from clv._report.pictures import draw
from clv._units import LENGTHS
from rfm._issuing import warn
from rfm._schemes.scheme import Scheme
from rfm._words import is_translated
from rfm.plot._fonts import cjk_fonts, has_cjk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Wording"]

PICTURES = "pictures."  # prefix of the keys of words in pictures
LENGTH = re.compile(r"\s*([\d.]+)\s*([DWMQY])\s*")


@dataclass(frozen=True)
class Wording:
    """A language with a scheme and the settings of a report.

    Attributes
    ----------
    language : Language
    scheme : Scheme
        Whose segments have labels and actions in the language.
    in_pictures : bool
        Whether an installed font has the language's characters; otherwise pictures stay English.
    blocks : tuple of str
        Parts of the page's words that replace others if a log lacks something: "without_amounts".
    brand : Brand
        The shop's name and currency sign.
    """

    language: Language
    scheme: Scheme
    in_pictures: bool = True
    blocks: tuple[str, ...] = ()
    brand: Brand = NO_BRAND

    @classmethod
    def of(cls, language: Language, scheme: Scheme, brand: Brand = NO_BRAND) -> Wording:
        """The wording in a language.

        Warns
        -----
        UserWarning
            Once, if pictures would show Chinese characters and no installed font has them.
        """
        wording = cls(language, scheme, brand=brand)
        if not any(map(has_cjk, wording._drawn())) or cjk_fonts():
            return wording
        warn(
            "No CJK font is installed, so the words in the report's pictures stay English. Hint: install one, "
            "such as Noto Sans CJK (Debian: apt-get install fonts-noto-cjk), and start Python again.",
            UserWarning,
        )
        return replace(wording, in_pictures=False)

    def _drawn(self) -> list[str]:
        """The words for pictures in the language."""
        labels = [self.label(name) for name in self.scheme.names if self.label(name) != name]
        return [*labels, *(text for key, text in self.language.texts.items() if key.startswith(PICTURES))]

    def without(self, *blocks: str) -> Wording:
        """The wording with the texts of these blocks in place of its own: for a log without amounts."""
        return replace(self, blocks=blocks)

    def __call__(self, key: str, /, **values: str) -> str:
        """A sentence of the page, filled in."""
        taken = (f"{block}.{key}" for block in reversed(self.blocks))
        return self.language(PAGE(next((over for over in taken if over in PAGE.english), key), **values))

    def quote(self, text: str) -> Quote:
        """A text from elsewhere: translated if the language has it, else in English."""
        translated = is_translated(text, self.language.texts)
        return Quote(self.language(text), self.language.code if translated else "en")

    def label(self, name: str) -> str:
        """A segment's name in the language; the name itself if the scheme has none."""
        code = self.language.code
        return {segment.name: segment.label(code) for segment in self.scheme.segments}.get(name, name)

    def action(self, name: str) -> str:
        """The action for a segment, in the language."""
        code = self.language.code
        return {segment.name: segment.action_in(code) for segment in self.scheme.segments}.get(name, "")

    def money(self, value: float) -> str:
        """An amount in a sentence, with its sign, and in 萬 or 万 where Chinese readers expect them."""
        return signed(in_short(value, self.language.code), self.brand.sign, self.language.code)

    def time(self, length: Any) -> str:
        """A length of time in words: "52W" is 52 weeks; other texts are unchanged.

        Examples
        --------
        >>> wording = Wording(Language("en"), Scheme.load("classic"))
        >>> wording.time("52W"), wording.time("1m"), wording.time("1Q"), wording.time("inf")
        ('52 weeks', '1 month', '3 months', 'inf')
        """
        if isinstance(length, (timedelta, np.timedelta64)):
            length = f"{np.timedelta64(length) / np.timedelta64(1, 'D'):g}D"
        found = LENGTH.fullmatch(str(length).upper())
        if found is None:
            return str(length)
        number, unit = found.groups()
        if unit == "Q":
            number, unit = f"{3 * float(number):g}", "M"
        return self.language(LENGTHS.counted(float(number), number, unit))

    def words_of(self, picture: str) -> dict[str, str]:
        """The words of a picture, if the fonts allow."""
        return self.language.of(f"{PICTURES}{picture}") if self.in_pictures else {}

    def drawn_labels(self) -> dict[str, str]:
        """Segments' labels for a picture, if the fonts allow."""
        return {name: self.label(name) for name in self.scheme.names} if self.in_pictures else {}

    def draw(self, ax: Axes, caption: str) -> Picture:
        """A picture drawn in the language, for the page."""
        english = not self.in_pictures or self.language.code == "en"
        return draw(ax, caption, simplified=self.language.is_simplified, english=english)
