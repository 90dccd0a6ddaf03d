"""What can be wrong when a law is fitted."""

from __future__ import annotations

from rfm.errors import DataError

__all__ = ["FitError", "FitWarning"]


class FitError(DataError):
    """The data do not hold enough information to fit the law; the message says what is missing.

    Examples
    --------
    >>> import clv
    >>> issubclass(clv.FitError, ValueError)
    True
    """


class FitWarning(UserWarning):
    """A fit is usable, but says something that its reader should know; the same text is in `Fit.warnings`.

    Examples
    --------
    >>> from clv.errors import FitWarning
    >>> issubclass(FitWarning, UserWarning)
    True
    """
