"""The rows that count: those for which a rule of the rule language holds, and those from a first day on."""

from __future__ import annotations

import re
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._options import received
from rfm._orders.spelled_amounts import read_spelled_amounts
from rfm._rules.rule import Rule
from rfm.errors import DataError, RuleError

__all__ = ["rows_where", "without_backquotes"]

QUOTED = re.compile("`([^`]+)`")


def rows_where(table: pd.DataFrame, text: str) -> Any:
    """For which rows the rule holds.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of texts that hold only numbers are numbers where the rule compares them with numbers.
    text : str
        A rule, such as ``status not in ('cancelled', 'returned')``; a name that is no word stands between backquotes.

    Returns
    -------
    (n,) array of bool

    Raises
    ------
    RuleError
        If it is no rule, or compares text with numbers.
    DataError
        If there is no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"Order Status": ["paid", "cancelled"], "units": ["1", "12"]})
    >>> rows_where(table, "`Order Status` != 'cancelled'")
    array([ True, False])
    >>> rows_where(table, "units > 2")
    array([False,  True])
    """
    plain, names = without_backquotes(text)
    rule = Rule(plain)
    columns = {alias: names.get(alias, alias) for alias in sorted(rule.columns)}
    if missing := [name for name in columns.values() if name not in table]:
        raise DataError(
            f"--where {received(text)}: no column {missing[0]!r}. The file has: {', '.join(map(str, table))}. "
            "Hint: a name with spaces stands between backquotes (`Order Status`), texts between quotes ('paid')."
        )
    read = pd.DataFrame({alias: table[name] for alias, name in columns.items()})
    try:
        return _holds(rule, read)
    except RuleError:
        numbers = read.apply(_as_numbers)
        if numbers.dtypes.equals(read.dtypes):
            raise
        return _holds(rule, numbers)


def without_backquotes(text: str) -> tuple[str, dict[str, str]]:
    """A rule with aliases in place of names between backquotes, and the names by alias.

    Examples
    --------
    >>> without_backquotes("`Order Status` == 'paid'")
    ("column_0 == 'paid'", {'column_0': 'Order Status'})
    """
    names = {f"column_{n}": name for n, name in enumerate(dict.fromkeys(QUOTED.findall(text)))}
    plain = QUOTED.sub(lambda match: next(alias for alias, name in names.items() if name == match[1]), text)
    return plain, names


def _holds(rule: Rule, table: pd.DataFrame) -> Any:
    frame = nw.from_native(table, eager_only=True)
    return frame.select(holds=rule.expression(frame.schema))["holds"].to_numpy().astype(np.bool_)


def _as_numbers(column: pd.Series) -> pd.Series:
    """The numbers of a column whose texts are all numbers; else the column."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    read = read_spelled_amounts(column.where(column.map(lambda value: isinstance(value, str))))
    return column if read.unreadable.any() else pd.Series(read.values, index=column.index)
