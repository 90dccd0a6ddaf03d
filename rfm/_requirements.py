"""Checks of tables before a step reads them: their columns, what these hold, and one row per customer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import fetch, some_rows
from rfm._frames.native import Frame, engine_name, same_engine, same_names
from rfm._options import received
from rfm.errors import DataError, EngineError

__all__ = [
    "ANY",
    "COUNT",
    "FLAG",
    "KNOWN_REFUNDS",
    "LARGEST_AMOUNT",
    "LARGEST_COUNT",
    "MONEY",
    "NUMBER",
    "SHARE",
    "TIME",
    "Held",
    "check_columns",
    "check_dates",
    "check_groups",
    "check_numbers",
    "check_same_customers",
    "column_of_floats",
    "outside",
    "refuse_repeated",
    "refuse_taken",
    "repeated_customers",
]

SHOWN = 5  # customers that a message names


@dataclass(frozen=True)
class Held:
    """What a column of numbers may hold.

    Attributes
    ----------
    least, most : float
        Bounds, both allowed.
    whole : bool
        Whether the numbers are whole.
    missing : bool
        Whether values may be missing.
    booleans : bool
        Whether the column may be one of booleans, which are then 0 and 1.
    anything : bool
        Whether every number will do, missing and infinite ones included.
    """

    least: float = -math.inf
    most: float = math.inf
    whole: bool = False
    missing: bool = False
    booleans: bool = False
    anything: bool = False

    def __str__(self) -> str:
        numbers = "whole numbers" if self.whole else "finite numbers"
        low, high = math.isfinite(self.least), math.isfinite(self.most)
        if low and high:
            return f"{numbers} from {self.least:,.16g} to {self.most:,.16g}"
        return numbers


LARGEST_COUNT: Final = 1e9  # orders of a customer, and days or units of time: as in the laws
LARGEST_AMOUNT: Final = 1e15  # beyond, a float has no cents

COUNT: Final = Held(0, LARGEST_COUNT, whole=True)
TIME: Final = Held(0, LARGEST_COUNT)
MONEY: Final = Held(-LARGEST_AMOUNT, LARGEST_AMOUNT)
KNOWN_REFUNDS: Final = Held(-LARGEST_AMOUNT, 0)
SHARE: Final = Held(0, 1, missing=True)
NUMBER: Final = Held(booleans=True)
FLAG: Final = Held(0, 1, whole=True, booleans=True)
ANY: Final = Held(anything=True)


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


def check_numbers(
    frame: Frame,
    columns: Mapping[str, Held],
    hint: str,
    *,
    argument: str = "",
    error: type[DataError] = DataError,
) -> None:
    """Refuse columns that do not hold the numbers that will be read; behind an engine only their types.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With these columns. The values of a table behind an engine are not looked at, which would be a query.
    columns : mapping of str to Held
        The columns, and what they may hold.
    hint : str
        Where such a table comes from, without its full stop.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Raises
    ------
    DataError
        Or the given `error`: the message names the column, and the first value that is wrong with its customer.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> table = from_native(pd.DataFrame({"customer_id": ["ann", "bob"], "orders": [2, -1]}))
    >>> check_numbers(table, {"orders": COUNT}, "rfm.summarize(tx) makes such a table")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: Column 'orders' must hold whole numbers from 0 to 1,000,000,000; got -1 for customer 'bob'.
    Hint: rfm.summarize(tx) makes such a table.
    """
    schema = frame.collect_schema()
    start = _column_of(argument)
    for name, held in columns.items():
        dtype = schema[name]
        if not dtype.is_numeric() and not (held.booleans and dtype == nw.Boolean):
            if isinstance(frame, nw.DataFrame) and not len(frame):
                continue  # an empty column has no type
            raise error(f"{start} {name!r} holds {dtype}, not numbers. Hint: convert it to numbers; {hint}.")
        if not isinstance(frame, nw.DataFrame):
            continue
        values = column_of_floats(frame, name)
        wrong = outside(values, held)
        if wrong.any():
            row = int(wrong.argmax())
            got = "a missing value" if np.isnan(values[row]) else f"{values[row]:.15g}"
            place = f"in row {row}"
            if "customer_id" in schema:
                [customer] = frame.get_column("customer_id")[row : row + 1].to_list()
                place = f"for customer {received(customer)}"
            raise error(f"{start} {name!r} must hold {held}; got {got} {place}. Hint: {hint}.")


def column_of_floats(frame: nw.DataFrame[Any], name: str) -> npt.NDArray[np.float64]:
    """A column of numbers as floats, NaN where it is missing."""
    column = frame.get_column(name)
    values = column.to_numpy()
    if values.dtype.kind not in "iuf":  # objects: missing values, decimals and booleans
        values = column.cast(nw.Float64).to_numpy()
    return values.astype(float, copy=False)


def outside(values: npt.NDArray[np.float64], held: Held) -> npt.NDArray[np.bool_]:
    """Where the numbers are not what a column may hold."""
    if held.anything:
        return np.zeros(len(values), dtype=np.bool_)
    inside = np.isfinite(values) & (values >= held.least) & (values <= held.most)
    if held.whole:
        inside &= np.floor(values) == values
    if held.missing:
        inside |= np.isnan(values)
    return ~inside


def check_groups(
    frame: Frame,
    names: Iterable[str],
    *,
    missing: bool = True,
    argument: str = "",
    error: type[DataError] = DataError,
) -> None:
    """Refuse columns whose values cannot be compared, such as lists: ids of customers, and names of groups.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With these columns.
    names : iterable of str
        The columns.
    missing : bool
        Whether values may be missing; looked at only in memory.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> check_groups(from_native(pd.DataFrame({"segment": [["a"], ["b"]]})), ["segment"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: Column 'segment' holds lists or structs, such as ['a']. Hint: convert it to texts.
    """
    schema = frame.collect_schema()
    start = _column_of(argument)
    for name in names:
        dtype = schema[name]
        if not missing and isinstance(frame, nw.DataFrame) and frame.get_column(name).is_null().any():
            raise error(f"{start} {name!r} has missing values. Hint: fill them with a separate name.")
        if dtype.is_nested():
            example = f", {dtype}"
        elif dtype == nw.Object and isinstance(frame, nw.DataFrame):
            odd = [each for each in frame.get_column(name).to_list() if not _is_hashable(each)]
            if not odd:
                continue
            example = f", such as {received(odd[0])}"
        else:
            continue
        raise error(f"{start} {name!r} holds lists or structs{example}. Hint: convert it to texts.")


def check_dates(
    frame: Frame, names: Iterable[str], *, argument: str = "", error: type[DataError] = DataError
) -> None:
    """Refuse columns that do not hold dates, or (in memory) dates beyond the years 1 to 9999.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With these columns.
    names : iterable of str
        The columns.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> check_dates(from_native(pd.DataFrame({"date": [20240101]})), ["date"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: Column 'date' holds Int64, which is not a date. Hint: convert it to dates.
    """
    schema = frame.collect_schema()
    start = _column_of(argument)
    for name in names:
        if schema[name] not in (nw.Date, nw.Datetime):
            raise error(
                f"{start} {name!r} holds {schema[name]}, which is not a date. Hint: convert it to dates."
            )
        if isinstance(frame, nw.DataFrame) and len(frame):
            years = frame.get_column(name).drop_nulls().dt.year().to_numpy()
            if len(years) and (years.min() < 1 or years.max() > MAXYEAR):
                raise error(f"{start} {name!r} has dates beyond the years 1 to 9999. Hint: correct them.")


def _column_of(argument: str) -> str:
    """How a message on a column begins: with the name of its table, where there are several."""
    return f"{argument}: column" if argument else "Column"


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


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


def repeated_customers(
    frame: Frame, *, argument: str = "", error: type[DataError] = DataError
) -> list[tuple[Any, int]]:
    """Customers with several rows and the number of these: in memory all, behind an engine the first few by id.

    Parameters
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        With ``customer_id``.
    argument : str, optional
        Name of the argument, if there are several tables.
    error : type
        Error class of the step.

    Returns
    -------
    list of (customer, rows)

    Raises
    ------
    DataError
        Or the given `error`, if ids cannot be compared, or (in memory) one is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> repeated_customers(from_native(pd.DataFrame({"customer_id": ["ann", "bob", "ann"]})))
    [('ann', 2)]
    """
    check_groups(frame, ("customer_id",), argument=argument, error=error)
    ids = frame.select("customer_id")
    if isinstance(ids, nw.DataFrame) and (missing := int(ids.get_column("customer_id").is_null().sum())):
        start = _column_of(argument)
        fact = f"{start} 'customer_id' is missing in {missing:,} of {len(ids):,} rows"
        raise error(f"{fact}. Hint: drop these rows, or name them.")
    if isinstance(ids, nw.DataFrame):  # so that only the few duplicates are grouped
        ids = ids.filter(ids.get_column("customer_id").is_duplicated())
        if not len(ids):
            return []
    counted = ids.group_by("customer_id").agg(rows=nw.len()).filter(nw.col("rows") > 1)
    if isinstance(counted, nw.LazyFrame):
        counted = some_rows(counted, ["customer_id"], SHOWN)
    return fetch(counted).rows()


def check_same_customers(one: Frame, other: Frame, names: tuple[str, str]) -> None:
    """Refuse two tables that cannot be joined by customer: on two engines, or with ids of two types.

    Parameters
    ----------
    one, other : narwhals.DataFrame or narwhals.LazyFrame
        With ``customer_id``.
    names : tuple of str
        Names of the arguments.

    Raises
    ------
    EngineError
    DataError

    Examples
    --------
    >>> import pandas as pd
    >>> from rfm._frames.native import from_native
    >>> frames = [from_native(pd.DataFrame({"customer_id": ids})) for ids in ([1], ["1"])]
    >>> check_same_customers(*frames, ("lines", "segmented"))
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: customer_id is Int64 in lines and String in segmented. Hint: cast one of them.
    """
    if not same_engine(one, other):
        raise EngineError(
            f"{names[0]} is on {engine_name(one)} and {names[1]} on {engine_name(other)}. "
            "Hint: convert both to one engine."
        )
    types = [frame.collect_schema()["customer_id"] for frame in (one, other)]
    if types[0] != types[1]:
        raise DataError(
            f"customer_id is {types[0]} in {names[0]} and {types[1]} in {names[1]}. Hint: cast one of them."
        )


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
    found = repeated_customers(frame, argument=argument, error=error)
    found = sorted(found, key=lambda row: (type(row[0]).__name__, str(row[0])))
    if found:
        listed = ", ".join(f"{customer!r} ({rows} rows)" for customer, rows in found[:SHOWN])
        more = ", …" if len(found) > SHOWN else ""
        fact = f"{argument}: more than one row" if argument else "More than one row"
        raise error(f"{fact} for customer {listed}{more}. Hint: keep one row per customer.")
