"""The errors and warnings about data and options.

Every message states a fact, the value received and the next step.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "DataError",
    "DataWarning",
    "EngineError",
    "LateRowsError",
    "RuleError",
    "SchemeError",
    "ScoringError",
    "TransactionsError",
]


LONGEST: Final = 1_000
"""Most characters of a message: what is longer loses its middle, and keeps its hint."""


def plain(text: str, longest: int = LONGEST) -> str:
    """A message as it may be printed or logged: short, and on one line.

    Values come from the data: a customer id may hold a line break, which would forge a line of a log, or a code that a
    terminal obeys. Characters that do not print are written as escapes.

    Parameters
    ----------
    text : str
        The message as composed.
    longest : int
        Most characters that are kept; what is longer loses its middle.

    Returns
    -------
    str

    Examples
    --------
    >>> plain("No customer ann\\nERROR root: no disk.")
    'No customer ann\\\\nERROR root: no disk.'
    """
    if len(text) > longest:
        tail = longest // 3
        text = f"{text[: longest - tail - 3]} … {text[-tail:]}"
    return printable(text)


def printable(text: str) -> str:
    """A text with every character escaped that does not print, such as a line break or a code of terminals.

    Examples
    --------
    >>> printable("ann\\x1b[31m")
    'ann\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def fact_of(error: Exception) -> str:
    """A message without its hint and full stop, to be quoted in another.

    Examples
    --------
    >>> fact_of(DataError("bins must be a whole number; got 5.5. Hint: bins=5."))
    'bins must be a whole number; got 5.5'
    """
    return str(error).partition(" Hint:")[0].removesuffix(".")


class DataError(ValueError):
    """The base class of every error that `rfm` and `clv` raise about data or options.

    Parameters
    ----------
    message : str
        Characters of it that do not print are escaped, and it is cut to 1,000 characters.

    Examples
    --------
    >>> import rfm
    >>> issubclass(rfm.DataError, ValueError)
    True
    """

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


class TransactionsError(DataError):
    """The table of orders cannot be read as transactions."""


class LateRowsError(TransactionsError):
    """A batch has rows before the last day that a customer base holds for a customer; ``customers`` lists these."""

    def __init__(self, message: str, customers: list[Any]) -> None:
        super().__init__(message)
        self.customers = customers

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.customers)  # so that it crosses from one process to another


class ScoringError(DataError):
    """Scores cannot be learned from, or applied to this summary."""


class RuleError(DataError):
    """A segment rule cannot be parsed or compiled; the message points at the character.

    Parameters
    ----------
    message : str
        In several lines: what is wrong, the rule, a mark below it, and a hint.
    """

    def __init__(self, message: str) -> None:
        ValueError.__init__(self, "\n".join(map(plain, message.split("\n"))))


class SchemeError(DataError):
    """A segment scheme leaves gaps, or does not fit the scores."""


class EngineError(DataError):
    """A dataframe engine lacks an operation; the message names the engine and the remedy."""


class DataWarning(UserWarning):
    """The data give a less reliable or less complete result than requested; the message says why.

    Parameters
    ----------
    message : str
        Characters of it that do not print are escaped, and it is cut to 1,000 characters.
    """

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))
