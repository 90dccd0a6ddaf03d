"""The errors and warnings about data and options.

Every message states a fact, the value received and the next step.
"""

from __future__ import annotations

from typing import Any

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


class DataError(ValueError):
    """The base class of every error that `rfm` and `clv` raise about data or options.

    Examples
    --------
    >>> import rfm
    >>> issubclass(rfm.DataError, ValueError)
    True
    """


class TransactionsError(DataError):
    """The table of orders cannot be read as transactions."""


class LateRowsError(TransactionsError):
    """A batch has rows before the last day that a customer base holds for a customer; ``customers`` lists these."""

    def __init__(self, message: str, customers: list[Any]) -> None:
        super().__init__(message)
        self.customers = customers


class ScoringError(DataError):
    """Scores cannot be learned from, or applied to this summary."""


class RuleError(DataError):
    """A segment rule cannot be parsed or compiled; the message points at the character."""


class SchemeError(DataError):
    """A segment scheme leaves gaps, or does not fit the scores."""


class EngineError(DataError):
    """A dataframe engine lacks an operation; the message names the engine and the remedy."""


class DataWarning(UserWarning):
    """The data give a less reliable or less complete result than requested; the message says why."""
