"""Words of tables and pictures in another language: phrases with places for what is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

__all__ = ["Terms"]

NUMBER = r"([-−+]?[\d.,]+[kMB]?%?)"
ANYTHING = r"(.+?)"
PLACE = re.compile(r"\{n?\}")


class Terms:
    """A dictionary of phrases, asked for one text at a time.

    Parameters
    ----------
    phrases : mapping of text to text
        On the left "{n}" stands for a number and "{}" for anything, itself perhaps a phrase; on the right "{0}",
        "{1}", … take them in. A text that no phrase matches as a whole stays as it is.

    Examples
    --------
    >>> terms = Terms({"kept": "保留", "{n} customers": "{0} 位顧客", "Use {}.": "使用{0}。"})
    >>> [terms(text) for text in ("kept", "23.6k customers", "Use kept.", "good customers")]
    ['保留', '23.6k 位顧客', '使用保留。', 'good customers']
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._phrases = dict(phrases)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [(_pattern(phrase), said) for phrase, said in self._phrases.items() if PLACE.search(phrase)]

    def __call__(self, text: str) -> str:
        """The text in the language."""
        if text in self._phrases:
            return self._phrases[text]
        for pattern, said in self._patterns:
            if found := pattern.fullmatch(text):
                return said.format(*(self(part) for part in found.groups()))
        return text


def _pattern(phrase: str) -> re.Pattern[str]:
    """A phrase as a pattern: what stands between the places, to the letter."""
    parts = [re.escape(part) for part in PLACE.split(phrase)]
    places = [NUMBER if place == "{n}" else ANYTHING for place in PLACE.findall(phrase)]
    return re.compile("".join(a + b for a, b in zip(parts, [*places, ""], strict=True)))
