"""Text defaults that can be distinguished from the same text given by the user."""

from __future__ import annotations

from typing import Final

__all__ = ["AMOUNT", "SCHEME", "Unsaid"]


class Unsaid(str):
    """A default text, not given by the user: it may be replaced where the data do not suit it.

    >>> isinstance(AMOUNT, Unsaid), AMOUNT == "amount", isinstance("amount", Unsaid)
    (True, True, False)
    """

    __slots__ = ()


AMOUNT: Final = Unsaid("amount")
"""The column of amounts, if the log has one."""

SCHEME: Final = Unsaid("classic")
"""The default scheme; a log without amounts uses "lifecycle" instead, on R and F alone."""
