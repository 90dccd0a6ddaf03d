"""How the report speaks: its words in a language, the names of segments, lengths of time, and pictures that join in."""

from __future__ import annotations

import re
import tomllib
import warnings
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, get_args

from clv._report.page import Picture, Quote
from clv._report.pictures import draw
from clv._report.translation import Terms
from rfm._schemes.scheme import Scheme
from rfm.errors import DataError
from rfm.plot._fonts import cjk_fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Language", "Wording", "texts_in"]

Language = Literal["en", "zh-Hant", "zh-Hans"]


def texts_in(language: Language) -> dict[str, Any]:
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
    text = files("clv._report").joinpath("templates", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Wording:
    """A language, and whom the report speaks of.

    Attributes
    ----------
    language : {"en", "zh-Hant", "zh-Hans"}
    texts : dict
        See `texts_in`.
    terms : Terms
        What stands in tables and pictures in English, in the language.
    scheme : Scheme
        Whose segments have labels and actions in the language.
    in_pictures : bool
        Whether pictures can show the language; else they stay English.
    """

    language: Language
    texts: dict[str, Any]
    terms: Terms
    scheme: Scheme
    in_pictures: bool

    @classmethod
    def of(cls, language: Language, scheme: Scheme) -> Wording:
        """The wording in a language.

        Raises
        ------
        DataError
            See `texts_in`.

        Warns
        -----
        UserWarning
            Once, if the language is Chinese and no font is installed that has its characters.
        """
        texts = texts_in(language)
        in_pictures = language == "en" or bool(cjk_fonts())
        if not in_pictures:
            warnings.warn(
                "No CJK font is installed, so the words in the report's pictures stay English. Hint: install one, "
                "such as Noto Sans CJK (Debian: apt-get install fonts-noto-cjk), and start Python again.",
                UserWarning,
                stacklevel=2,
            )
        return cls(language, texts, Terms(texts["terms"]), scheme, in_pictures)

    def __getitem__(self, key: str) -> Any:
        return self.texts[key]

    def quote(self, text: str) -> Quote:
        """A sentence that is written in English: in the language where it has words for it, else as it stands."""
        said = self.terms(text)
        return Quote(said, self.language if said != text else "en")

    def without(self, *blocks: str) -> Wording:
        """The wording with the texts of these blocks in place of its own: of a log that knows nothing of money."""
        texts = self.texts
        for block in blocks:
            texts = _over(texts, texts[block])
        return replace(self, texts=texts)

    def label(self, name: str) -> str:
        """A segment's name in the language; the name itself where the scheme has none."""
        return {segment.name: segment.label(self.language) for segment in self.scheme.segments}.get(
            name, name
        )

    def action(self, name: str) -> str:
        """What to do about a segment, in the language."""
        return {segment.name: segment.action_in(self.language) for segment in self.scheme.segments}.get(
            name, ""
        )

    def time(self, length: str) -> str:
        """A length of time as people say it: "52W" is 52 weeks; other texts stay as they are.

        Examples
        --------
        >>> wording = Wording.of("en", Scheme.load("classic"))
        >>> wording.time("52W"), wording.time("1m"), wording.time("1Q"), wording.time("inf")
        ('52 weeks', '1 month', '3 months', 'inf')
        """
        found = re.fullmatch(r"\s*([\d.]+)\s*([DWMQY])\s*", length.upper())
        if found is None:
            return length
        number, unit = found.groups()
        if unit == "Q":
            number, unit = f"{3 * float(number):g}", "M"
        word = self["units"][unit]
        return f"{number} {word.removesuffix('s') if number == '1' else word}"

    def draw(self, ax: Axes, caption: str) -> Picture:
        """A picture with its words in the language, as far as fonts allow."""
        terms = self.terms if self.in_pictures else Terms({})
        return draw(ax, caption, terms, simplified=self.language == "zh-Hans")

    def drawn_labels(self) -> dict[str, str]:
        """Segments' labels for a picture, as far as fonts allow."""
        return {name: self.label(name) for name in self.scheme.names} if self.in_pictures else {}


def _over(texts: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Texts with others in the place of theirs, table by table."""
    nested = {key: _over(texts[key], value) for key, value in others.items() if isinstance(value, dict)}
    return texts | others | nested
