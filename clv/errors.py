"""What can be wrong when a law is fitted."""

from __future__ import annotations

from rfm.errors import DataError

__all__ = ["FitError"]


class FitError(DataError):
    """The data do not hold enough information to fit the law; the message says what is missing.

    Examples
    --------
    >>> import clv
    >>> issubclass(clv.FitError, ValueError)
    True
    """
