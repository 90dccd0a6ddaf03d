"""Errors and warnings of fitting a law."""

from __future__ import annotations

from typing import Any

from rfm.errors import DataError, plain

__all__ = ["FitError", "FitWarning", "RowError"]


class FitError(DataError):
    """The data do not hold enough information to fit the law; the message says what is missing.

    Examples
    --------
    >>> import clv
    >>> issubclass(clv.FitError, ValueError)
    True
    """


class FitWarning(UserWarning):
    """A fit is usable, but with a reservation that its reader should know; the same text is in `Fit.warnings`.

    Examples
    --------
    >>> from clv.errors import FitWarning
    >>> issubclass(FitWarning, UserWarning)
    True
    """

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


class RowError(DataError):
    """An invalid row of arrays; a caller that knows its customer can name it.

    Examples
    --------
    >>> error = RowError("T must be 0 or more, got T = -1", 3, "count from the first purchase.")
    >>> str(error)
    'T must be 0 or more, got T = -1 in row 3. Hint: count from the first purchase.'
    >>> error.where("for customer ann")
    'T must be 0 or more, got T = -1 for customer ann. Hint: count from the first purchase.'
    """

    def __init__(self, fact: str, row: int | None, hint: str) -> None:
        self.fact, self.row, self.hint = fact, row, hint
        super().__init__(self.where("" if row is None else f"in row {row}"))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fact, self.row, self.hint)

    def where(self, place: str) -> str:
        """The message with another place."""
        return f"{self.fact} {place}".rstrip() + f". Hint: {self.hint}"
