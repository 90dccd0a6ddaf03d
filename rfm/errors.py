"""What can be wrong with the data, in one family.

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
    """The root of every error that `rfm` and `clv` raise about data or options.

    Examples
    --------
    >>> import rfm
    >>> issubclass(rfm.DataError, ValueError)
    True
    """


class TransactionsError(DataError):
    """The table of orders cannot be read as transactions."""


class LateRowsError(TransactionsError):
    """A batch holds rows before the last day that a customer base knows of; ``customers`` lists whose."""

    def __init__(self, message: str, customers: list[Any]) -> None:
        super().__init__(message)
        self.customers = customers


class ScoringError(DataError):
    """Scores cannot be learned from, or applied to, this summary."""


class RuleError(DataError):
    """A segment rule cannot be parsed or compiled; the message points at the character."""


class SchemeError(DataError):
    """A segment scheme leaves gaps, or does not fit the scores."""


class EngineError(DataError):
    """A dataframe engine lacks an operation; the message names the engine and what to do."""


class DataWarning(UserWarning):
    """The data allow an answer, but a thinner one than was asked for; the message says how thin."""
