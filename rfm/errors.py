"""What can be wrong with the data, in one family.

Every message states a fact, the value received and the next step.
"""

from __future__ import annotations

__all__ = ["DataError", "EngineError", "RuleError", "SchemeError", "ScoringError", "TransactionsError"]


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


class ScoringError(DataError):
    """Scores cannot be learned from, or applied to, this summary."""


class RuleError(DataError):
    """A segment rule cannot be parsed or compiled; the message points at the character."""


class SchemeError(DataError):
    """A segment scheme leaves gaps, or does not fit the scores."""


class EngineError(DataError):
    """A dataframe engine lacks an operation; the message names the engine and what to do."""
