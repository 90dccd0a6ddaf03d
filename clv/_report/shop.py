"""Whose report it is: the shop's name and the sign of its currency."""

from __future__ import annotations

from dataclasses import dataclass

from rfm._options import check_text
from rfm.errors import DataError

__all__ = ["Shop"]


@dataclass(frozen=True)
class Shop:
    """The shop's name, in the title, and the sign of its currency, before amounts.

    Parameters
    ----------
    name : str, optional
    currency_sign : str, optional
        Such as "NT$", "€" or "USD".

    Raises
    ------
    DataError
        If one of them is no text, or empty.

    Examples
    --------
    >>> Shop("Green Tea", "NT$").money("-1,280"), Shop(currency_sign="USD").money("12.50"), Shop().money("5")
    ('-NT$1,280', 'USD\\xa012.50', '5')
    """

    name: str | None = None
    currency_sign: str | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            check_text("shop", self.name, 'shop="Green Tea"', DataError)
        if self.currency_sign is not None:
            check_text("currency_sign", self.currency_sign, 'currency_sign="NT$"', DataError)

    def money(self, amount: str) -> str:
        """An amount with the sign; a minus stands before it, and a space after letters that does not break."""
        if self.currency_sign is None:
            return amount
        gap = "\u00a0" if self.currency_sign[-1].isalpha() else ""
        minus = "-" if amount.startswith("-") else ""
        return f"{minus}{self.currency_sign}{gap}{amount.removeprefix('-')}"

    def titled(self, title: str) -> str:
        """A title under the shop's name."""
        return title if self.name is None else f"{self.name} · {title}"
