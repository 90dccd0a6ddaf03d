"""Consent: a column that says whether a customer may be used, read as yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.columns import choose
from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL
from rfm._options import received
from rfm.errors import DataError

__all__ = ["consent_behind_engine", "consent_given"]

YES: Final = frozenset({"yes", "y", "true", "t", "1", "1.0", "是", "同意"})
NO: Final = frozenset({"", "no", "n", "false", "f", "0", "0.0", "否", "不同意"})
MOST: Final = 1_000  # distinct values that are looked at behind an engine; yes and no are far fewer
ROWS: Final = f"{INTERNAL}rows"


def consent_given(
    values: Sequence[Any] | npt.NDArray[Any], name: str, error: type[DataError] = DataError
) -> npt.NDArray[np.bool_]:
    """Where a column says yes; it holds truth values, 1 and 0, or words.

    Parameters
    ----------
    values : (n,)
        Nothing (null, NaN, blank text) is no: who was never asked has not agreed.
    name : str
        The column, for messages.
    error : exception type
        Raised for values that are neither yes nor no.

    Returns
    -------
    (n,) bool

    Raises
    ------
    DataError
        Or `error`.

    Examples
    --------
    >>> consent_given(["Yes", "no", None, " 是 ", 1], "may").tolist()
    [True, False, False, True, True]
    """
    held = np.empty(len(values), dtype=object)
    held[:] = values
    codes, distinct = pd.factorize(held)
    yes = [_says_yes(value, name, error) for value in distinct]
    answer: npt.NDArray[np.bool_] = np.array([*yes, False])[codes]  # the last is for code −1, missing
    return answer


def consent_behind_engine(frame: nw.LazyFrame[Any], name: str, error: type[DataError] = DataError) -> nw.Expr:
    """The same as an expression for an engine; the column's distinct values are queried."""
    column = nw.col(name)
    present = frame.filter(~column.is_null()).select(name)
    found = fetch(present.group_by(name).agg(nw.len().alias(ROWS)).sort(name).head(MOST))[name].to_list()
    yes = [value for value in found if _says_yes(value, name, error)]
    return choose([(column.is_in(yes), True)], False) if yes else nw.lit(False)


def _says_yes(value: Any, name: str, error: type[DataError]) -> bool:
    text = str(value).strip().casefold()
    if text in YES or text in NO or text == "nan":  # a number of an engine that keeps NaN beside null
        return text in YES
    raise error(
        f"Column {name!r} must say whether each customer may be used, with True and False, 1 and 0, or yes and no; "
        f"it has {received(value)}. Hint: make such a column from it."
    )
