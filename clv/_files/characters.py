"""How likely a decoded text is: shares of characters that are common in the writing of its encoding."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

__all__ = ["likelihood"]

# Encodings of East Asia list their frequent characters first: Big5's level 1, GB 2312's level 1, JIS level 1 with kana,
# and the syllables of KS X 1001 (see Lunde, CJKV Information Processing, 2nd ed., 2009, chapters 3 and 4).
FREQUENT: Final = {
    "cp950": ((0xA4, 0xC6, ((0x40, 0x7E), (0xA1, 0xFE))),),
    "big5hkscs": ((0xA4, 0xC6, ((0x40, 0x7E), (0xA1, 0xFE))),),
    "gb18030": ((0xB0, 0xD7, ((0xA1, 0xFE),)),),
    "cp932": ((0x82, 0x83, ((0x40, 0xFC),)), (0x88, 0x97, ((0x40, 0xFC),))),
    "cp949": ((0xB0, 0xC8, ((0xA1, 0xFE),)),),
}
FULL_WIDTH: Final = ((0x3000, 0x303F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x2010, 0x2026))
SIGNS: Final = frozenset("€£¥§°’‘“”„–—…®™«»©²³½·×ºª¿¡")
RARE: Final = -0.5
ODD: Final = -1.0


@cache
def _frequent(encoding: str) -> frozenset[str]:
    """The characters of an encoding that its standard lists as frequent."""
    found = set()
    for first, last, trails in FREQUENT[encoding]:
        for lead in range(first, last + 1):
            pairs = [bytes((lead, trail)) for low, high in trails for trail in range(low, high + 1)]
            found.update(_decoded(pair, encoding) for pair in pairs)
    return frozenset(
        char for char in found if len(char) == 1 and ord(char) >= 0x80 and not 0xE000 <= ord(char) <= 0xF8FF
    )


def _decoded(pair: bytes, encoding: str) -> str:
    """A character, or nothing."""
    try:
        return pair.decode(encoding)
    except UnicodeDecodeError:
        return ""


def likelihood(text: str, encoding: str) -> float:
    """How much a text looks like writing, judged by its characters outside ASCII: at most about 1; 0 if there are none.

    Parameters
    ----------
    text : str
        Decoded, some hundred characters or more if there are as many.
    encoding : str
        By which it was decoded.

    Returns
    -------
    float

    Examples
    --------
    >>> raw = "會員編號,日期,金額".encode("cp950")
    >>> [round(likelihood(raw.decode(name), name), 1) for name in ("cp950", "gb18030", "cp1252")]
    [1.0, -0.2, -1.0]
    """
    if encoding in FREQUENT:
        scores = _of_ideographs(text, encoding)
    else:
        scores = _of_letters(text)
    return sum(scores) / len(scores) if scores else 0.0


def _of_ideographs(text: str, encoding: str) -> list[float]:
    """Frequent characters count 1 (Korean syllables a little more, as Chinese files have no run of them)."""
    frequent, best = _frequent(encoding), 1.1 if encoding == "cp949" else 1.0
    scores = []
    for char in text:
        code = ord(char)
        if code < 0x80:
            continue
        if char in frequent:
            scores.append(best)
        elif any(low <= code <= high for low, high in FULL_WIDTH):
            scores.append(0.5)
        elif (
            0xE000 <= code <= 0xF8FF or 0xFF61 <= code <= 0xFF9F or unicodedata.category(char) in ("Cn", "Cc")
        ):
            scores.append(ODD)
        else:
            scores.append(RARE)
    return scores


def _of_letters(text: str) -> list[float]:
    """A letter in a word of ASCII letters counts 1, and one that is the second such in a row little."""
    scores = []
    for place, char in enumerate(text):
        if ord(char) < 0x80:
            continue
        before, after = text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "
        scores.append(_of_letter(char, before, after))
    return scores


def _of_letter(char: str, before: str, after: str) -> float:
    if char in SIGNS or char == "\xa0":
        in_word = before.isalpha() and after.isalpha() and char not in "’·"
        return ODD if in_word or ord(before) >= 0x80 or ord(after) >= 0x80 else 0.5
    if not char.isalpha():
        return ODD
    if char.isupper() and before.islower():
        return ODD
    near = [side for side in (before, after) if side.isalpha()]
    if not near:
        return RARE
    return 1.0 if any(ord(side) < 0x80 for side in near) else RARE
