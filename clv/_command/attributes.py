"""A file of the customers' attributes, for the rules of a scheme."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from clv._files import read_file, suggest
from rfm._orders.spelled_amounts import read_spelled_amounts
from rfm.errors import DataError

__all__ = ["read_attributes"]


def read_attributes(path: Path, customer: str) -> pd.DataFrame:
    """The table with the column ``customer_id``; columns of texts that are all numbers are numbers.

    Parameters
    ----------
    path : Path
    customer : str
        The column of the customers in the file of orders, which is likely to have the same name here.

    Raises
    ------
    DataError
        If no column is that of the customers.
    """
    names = [str(name) for name in read_file(path).table]
    ids = customer if customer in names else suggest(names).get("customer")
    if ids is None:
        raise DataError(
            f"{path.name} has no column {customer!r}. It has: {', '.join(names)}. "
            "Hint: the column of the customers has the same name in --attributes as in the file of orders."
        )
    table = read_file(path, ids=ids).table.rename(columns={ids: "customer_id"})
    return table.assign(**{str(name): _numbers(table[name]) for name in table if name != "customer_id"})


def _numbers(column: pd.Series) -> pd.Series:
    texts = column.map(lambda value: value if isinstance(value, str) else None)
    if texts.isna().any() and column.notna().any() and texts.notna().sum() < column.notna().sum():
        return column  # it holds values of other kinds
    try:
        read = read_spelled_amounts(texts)
    except DataError:
        return column  # it can be read in two ways
    return (
        column if read.unreadable.any() or texts.isna().all() else pd.Series(read.values, index=column.index)
    )
