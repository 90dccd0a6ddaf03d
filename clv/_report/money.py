"""Money as a language writes it: the sign on its side of the number, and 萬 and 億 in Chinese sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from rfm._options import received
from rfm.errors import DataError

__all__ = ["NO_BRAND", "Brand", "in_short", "signed"]

# Languages that write 1,234 € with the sign behind the number; others write it before.
SIGN_BEHIND: Final = frozenset(
    {
        "be", "bg", "ca", "cs", "da", "de", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "is", "it",
        "lt", "lv", "mk", "nb", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "uk", "vi",
    }
)  # fmt: skip
BEHIND_ANYWHERE: Final = frozenset("元円원원圓")  # words rather than signs
MYRIADS: Final = {True: ("万", "亿"), False: ("萬", "億")}  # of simplified characters, and of others
FROM: Final = 100_000  # below, a number is read digit by digit
NARROW: Final = "\u00a0"  # never broken


@dataclass(frozen=True)
class Brand:
    """Whose report it is.

    Parameters
    ----------
    shop : str
        Name of the shop, or empty.
    sign : str
        Currency sign, such as "NT$", "¥" or "€", or empty.
    """

    shop: str = ""
    sign: str = ""

    @classmethod
    def of(cls, shop: str | None, sign: str | None) -> Brand:
        """From the options of a report.

        Raises
        ------
        DataError
            If one of them is no text.
        """
        for name, value, hint in (
            ("shop", shop, 'shop="My shop"'),
            ("currency_sign", sign, 'currency_sign="NT$"'),
        ):
            if value is not None and not isinstance(value, str):
                raise DataError(f"{name} must be a text; got {received(value)}. Hint: {hint}.")
        return cls((shop or "").strip(), (sign or "").strip())


NO_BRAND: Final = Brand()


def signed(number: str, sign: str, code: str) -> str:
    """A number as text with its currency sign, on the side on which a language writes it.

    >>> signed("1,234", "NT$", "zh-Hant"), signed("-45", "$", "en"), signed("1,234", "元", "zh-Hans")
    ('NT$1,234', '-$45', '1,234元')
    >>> signed("1,234", "€", "fr").replace(chr(160), "_"), signed("1,234", "EUR", "en").replace(chr(160), "_")
    ('1,234_€', 'EUR_1,234')
    """
    if not sign or not any(letter.isdigit() for letter in number):
        return number
    if sign in BEHIND_ANYWHERE:
        return f"{number}{sign}"
    if code.split("-")[0] in SIGN_BEHIND:
        return f"{number}{NARROW}{sign}"
    minus, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    return f"{minus}{sign}{NARROW if sign.isalpha() else ''}{digits}"


def in_short(value: float, code: str) -> str:
    """An amount in a sentence: whole, and in Chinese in units of 萬 and 億 (or 万 and 亿) where it is large.

    >>> in_short(12345678, "zh-Hant"), in_short(12345678, "zh-Hans"), in_short(12345678, "en")
    ('1,234.6萬', '1,234.6万', '12,345,678')
    >>> in_short(99999, "zh-Hant"), in_short(2e8, "zh-Hans"), in_short(100000, "zh-Hant")
    ('99,999', '2亿', '10萬')
    """
    if not math.isfinite(value):
        return "–"
    if not code.startswith("zh") or round(abs(value)) < FROM:
        return f"{value:,.0f}" if round(value) else "0"
    myriad, more = MYRIADS[code.startswith(("zh-Hans", "zh-CN", "zh-SG"))]
    unit, name = (1e8, more) if abs(value) >= 1e8 else (1e4, myriad)
    return f"{value / unit:,.1f}".removesuffix(".0") + name
