"""Checks of tables and options before a step reads them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.execution import fetch, some_rows
from rfm._frames.native import Frame, same_names
from rfm.errors import DataError

__all__ = [
    "check_choice",
    "check_columns",
    "check_confidence",
    "is_number",
    "is_whole",
    "refuse_repeated",
    "refuse_taken",
    "refuse_unknown",
    "repeated_customers",
]

SHOWN = 5  # customers that a message names


def check_choice(name: str, value: Any, choices: Sequence[str], error: type[DataError] = DataError) -> None:
    """Refuse an option that is not one of its choices, with the error class of the step.

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
    """Whether this is a real number, of Python or NumPy; booleans do not count."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether this is a whole number, of Python or NumPy; booleans do not count."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_columns(
    frame: Frame,
    columns: Iterable[str],
    hint: str,
    *,
    argument: str | None = None,
    error: type[DataError] = DataError,
) -> Mapping[str, Any]:
    """Refuse a table that lacks one of the columns; returns the schema, which is costly on lazy engines.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        The table.
    columns : iterable of str
        The columns that will be read.
    hint : str
        Where such a table comes from: the last sentence of the message, without its full stop.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Returns
    -------
    mapping of str to narwhals dtype

    Raises
    ------
    DataError
        Or the given `error`: the message names the missing columns and those of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> check_columns(from_native(pd.DataFrame({"a": [1]})), ["a", "b"], "rfm.score(tx) makes such a table")
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


def refuse_taken(
    frame: Frame, names: Iterable[str], *, argument: str = "", error: type[DataError] = DataError
) -> None:
    """Refuse a table that already has columns named like those that a step adds.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
    names : iterable of str
        What the step adds.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> refuse_taken(from_native(pd.DataFrame({"R": [1]})), ["R", "F", "M"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: The name 'R' is taken by the result. Hint: rename the column, or leave it out.
    """
    held = frame.collect_schema().names()
    taken = sorted(same_names(frame, held, names))
    if taken:
        fact = f"{argument}: the name" if argument else "The name"
        fact += f"s {', '.join(map(repr, taken))} are" if len(taken) > 1 else f" {taken[0]!r} is"
        those = "them" if len(taken) > 1 else "it"
        raise error(f"{fact} taken by the result. Hint: rename the column, or leave {those} out.")


def repeated_customers(frame: Frame) -> list[tuple[Any, int]]:
    """Customers with several rows and the number of these: in memory all, behind an engine the first few by id.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With ``customer_id``.

    Returns
    -------
    list of (customer, rows)

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> repeated_customers(from_native(pd.DataFrame({"customer_id": ["ann", "bob", "ann"]})))
    [('ann', 2)]
    """
    ids = frame.select("customer_id")
    if isinstance(ids, nw.DataFrame):  # so that only the few duplicates are grouped
        ids = ids.filter(ids.get_column("customer_id").is_duplicated())
        if not len(ids):
            return []
    counted = ids.group_by("customer_id").agg(rows=nw.len()).filter(nw.col("rows") > 1)
    if isinstance(counted, nw.LazyFrame):
        counted = some_rows(counted, ["customer_id"], SHOWN)
    return fetch(counted).rows()


def refuse_repeated(frame: Frame, *, argument: str = "", error: type[DataError] = DataError) -> None:
    """Refuse a table in which a customer has several rows, naming some; behind an engine, this is a query.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With ``customer_id``.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> refuse_repeated(from_native(pd.DataFrame({"customer_id": ["ann", "bob", "ann"]})))
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: More than one row for customer 'ann' (2 rows). Hint: keep one row per customer.
    """
    found = sorted(repeated_customers(frame), key=lambda row: (type(row[0]).__name__, str(row[0])))
    if found:
        listed = ", ".join(f"{customer!r} ({rows} rows)" for customer, rows in found[:SHOWN])
        more = ", …" if len(found) > SHOWN else ""
        fact = f"{argument}: more than one row" if argument else "More than one row"
        raise error(f"{fact} for customer {listed}{more}. Hint: keep one row per customer.")


def refuse_unknown(function: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse unknown keyword arguments of a function, naming the nearest known one.

    Examples
    --------
    >>> refuse_unknown("segment", ["as_off"], ["tx", "as_of", "scheme"])
    Traceback (most recent call last):
    ...
    TypeError: segment() got an unexpected keyword argument 'as_off'. Hint: as_of=….
    """
    names = list(dict.fromkeys(known))
    for option in options:
        if option not in names:
            near = difflib.get_close_matches(option, names, n=1)
            hint = f"{near[0]}=…" if near else f"it takes {', '.join(names)}"
            raise TypeError(f"{function}() got an unexpected keyword argument {option!r}. Hint: {hint}.")
