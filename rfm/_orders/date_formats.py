"""What a `strptime` format reads, made strict: a number that touches another has its full number of digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

__all__ = ["NUMBERS", "is_strict_text", "tight_tokens", "tokens_of"]

NUMBERS: Final = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3, "f": 6}
"""The codes of numbers, with the digits of the longest."""


def tokens_of(date_format: str) -> list[str]:
    """The codes ("%Y") and single characters of a format.

    Examples
    --------
    >>> tokens_of("%Y-%m")
    ['%Y', '-', '%m']
    """
    return re.findall(r"%.|[^%]", date_format)


def tight_tokens(tokens: Sequence[str]) -> list[bool]:
    """Which tokens are codes of numbers that touch another number, so that only their width tells them apart.

    `strptime` reads 1140423 by "%Y%m%d" as 23 April 1140, where it is the year 114 of the Republic of China.

    Examples
    --------
    >>> tight_tokens(tokens_of("%Y%m%d %H:%M"))
    [True, True, True, False, False, False, False]
    """
    number = [_is_number(token) for token in tokens]
    before, after = [False, *number[:-1]], [*number[1:], False]
    return [is_one and (a or b) for is_one, a, b in zip(number, before, after, strict=True)]


def _is_number(token: str) -> bool:
    return token.isdigit() or (token[0] == "%" and token[1:] in NUMBERS)


def is_strict_text(text: str, date_format: str) -> bool:
    """Whether a text has all digits where numbers of the format touch each other.

    Examples
    --------
    >>> is_strict_text("20250423", "%Y%m%d"), is_strict_text("1140423", "%Y%m%d")
    (True, False)
    """
    pattern = _strict_pattern(date_format)
    return pattern is None or pattern.fullmatch(text) is not None


@cache
def _strict_pattern(date_format: str) -> re.Pattern[str] | None:
    """The widths that a format asks for; None where no numbers touch."""
    tokens = tokens_of(date_format)
    tight = tight_tokens(tokens)
    if not any(tight):
        return None
    return re.compile("".join(map(_pattern, tokens, tight)), re.DOTALL)


def _pattern(token: str, is_tight: bool) -> str:
    code = token[1:]
    if token[0] != "%" or len(token) == 1:
        return r"\s+" if token.isspace() else re.escape(token)
    if code not in NUMBERS:
        return "%" if code == "%" else ".+"
    shortest = NUMBERS[code] if code == "Y" or (is_tight and code != "f") else 1
    return rf"\d{{{shortest},{NUMBERS[code]}}}"
