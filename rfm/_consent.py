"""Consent: columns of yes and no, as shops keep them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rfm._options import received
from rfm.errors import DataError

__all__ = ["consent_given"]

WORDS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "是"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否"), False),
}


def consent_given(column: Iterable[Any]) -> npt.NDArray[np.bool_]:
    """Who has consented: yes, true and 1; a missing or blank value is no consent.

    Parameters
    ----------
    column : iterable
        Booleans, 0 and 1, or texts: yes/no, true/false, y/n, 1/0 in any case, 是/否.

    Returns
    -------
    array of bool, shape (n,)

    Raises
    ------
    DataError
        If a value is none of these: nobody's consent is guessed.

    Examples
    --------
    >>> consent_given(["Yes", "no", None, "是", "N"]).tolist()
    [True, False, False, True, False]
    >>> consent_given(["maybe"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: A column of consent holds yes or no; got 'maybe'. Hint: True/False, 1/0, yes/no, y/n or 是/否.
    """
    return np.fromiter(map(_given, column), dtype=np.bool_)


def _given(value: Any) -> bool:
    """Whether one value is a yes."""
    if value is None or value is np.ma.masked or type(value).__name__ == "NAType":
        return False
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        text = value.strip().casefold()
        if not text:
            return False
        if text in WORDS:
            return WORDS[text]
    elif isinstance(value, int | float | np.number):
        if np.isnan(value):
            return False
        if value in (0, 1):
            return bool(value)
    elif value != value:  # a missing date
        return False
    raise DataError(
        f"A column of consent holds yes or no; got {received(value)}. Hint: True/False, 1/0, yes/no, y/n or 是/否."
    )
