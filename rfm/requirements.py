"""What a table must have before a step reads it."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw

from rfm.errors import DataError
from rfm.frames import Frame

__all__ = ["check_columns"]


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
