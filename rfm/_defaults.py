"""Defaults that are texts, told from the same text given by the user."""

from __future__ import annotations

from typing import Final

__all__ = ["AMOUNT", "SCHEME", "Unsaid"]


class Unsaid(str):
    """A text that nobody has given: the default, which may yield where the data are others than it was meant for.

    >>> isinstance(AMOUNT, Unsaid), AMOUNT == "amount", isinstance("amount", Unsaid)
    (True, True, False)
    """

    __slots__ = ()


AMOUNT: Final = Unsaid("amount")
"""The column of amounts, if the log has one."""

SCHEME: Final = Unsaid("classic")
"""The scheme, which yields to "lifecycle", on R and F alone, where a log has no amounts."""
