"""What a table must have, and an option must be, before a step reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import narwhals as nw

from rfm.errors import DataError
from rfm.frames import Frame

__all__ = ["check_choice", "check_columns", "check_confidence", "is_number", "is_whole"]


def check_choice(name: str, value: Any, choices: Sequence[str], error: type[DataError] = DataError) -> None:
    """Refuse an option that is none of its choices, with the error of the step.

    Examples
    --------
    >>> check_choice("late", "recomptue", ["raise", "recompute"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: late must be one of "raise", "recompute"; got 'recomptue'.
    """
    if value not in choices:
        one_of = ", ".join(f'"{choice}"' for choice in choices)
        raise error(f"{name} must be one of {one_of}; got {value!r}.")


def check_confidence(confidence: Any) -> None:
    """Refuse the confidence of an interval that does not lie between 0 and 1.

    Examples
    --------
    >>> check_confidence(95)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: confidence must lie between 0 and 1; got 95. Hint: confidence=0.95.
    """
    if not is_number(confidence) or not 0 < confidence < 1:
        raise DataError(f"confidence must lie between 0 and 1; got {confidence!r}. Hint: confidence=0.95.")


def is_number(value: Any) -> bool:
    """Whether this is a real number, of Python or NumPy; a truth value is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether this is a whole number, of Python or NumPy; a truth value is none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_columns(
    frame: Frame,
    columns: Iterable[str],
    hint: str,
    *,
    argument: str | None = None,
    error: type[DataError] = DataError,
) -> nw.Schema:
    """Refuse a table that lacks one of the columns; the schema is given back, since lazy engines charge for it.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        The table.
    columns : iterable of str
        The columns that will be read.
    hint : str
        Where such a table comes from: the last sentence of the message, without its full stop.
    argument : str, optional
        The argument that the table was given as, where there are several tables.
    error : type
        The error of the step.

    Returns
    -------
    narwhals.Schema

    Raises
    ------
    DataError
        Or the `error` given: the message names what is missing and what the table has.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm.frames import enter
    >>> check_columns(enter(pd.DataFrame({"a": [1]})), ["a", "b"], "rfm.score(tx) makes such a table")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: No column 'b'. The table has: a. Hint: rfm.score(tx) makes such a table.
    """
    schema = frame.collect_schema()
    missing = [repr(column) for column in dict.fromkeys(columns) if column not in schema]
    if missing:
        fact = f"{argument}: no column" if argument else "No column"
        raise error(f"{fact} {', '.join(missing)}. The table has: {', '.join(schema)}. Hint: {hint}.")
    return schema
