"""The groups that totals are made for: the group of each customer, by customer_id and never by position."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._histories import refuse_twice
from rfm._frames.columns import group_column
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._orders.transactions import Transactions
from rfm._requirements import check_groups
from rfm.errors import DataError

__all__ = ["groups_of"]

Ints = NDArray[np.int64]

HINT = 'Hint: model.total(by=table[["customer_id", "segment"]]).'


def groups_of(
    by: Table | pd.Series[Any] | str | None, customers: Table, n: int, *, named: bool
) -> tuple[Ints, list[Any]]:
    """Number the groups: each customer's code (n,), and the groups' names in their order.

    Parameters
    ----------
    by : dataframe, str, Series or None
        A table of `customer_id` and one more column; the name of a column of the customers; a pandas Series whose
        index is named `customer_id`. None is one group, "all".
    customers : dataframe
        The customers, of any engine.
    n : int
        Number of customers.
    named : bool
        Whether the caller passed them, so that `by` may name a column of theirs.

    Returns
    -------
    codes : ndarray of shape (n,)
        0 … groups − 1, in the customers' order.
    names : list
        An ordered categorical keeps its order; other names are in the order of their text. Customers without a group
        are the last, None.

    Raises
    ------
    DataError
        If `by` is anything else, has a customer twice, or has none of the customers.

    Warns
    -----
    DataWarning
        If `by` has rows of other customers, which are left out.
    """
    if by is None:
        return np.zeros(n, dtype=np.int64), ["all"]
    if isinstance(by, str):
        return _coded(_column(customers, by, named))
    ids, groups = _table(by)
    ids_of_customers = pd.Index(
        fetch(from_native(customers).select("customer_id")).get_column("customer_id").to_pandas()
    )
    place = ids.get_indexer(ids_of_customers)
    if n and not (place >= 0).any():
        raise DataError(
            f"by has none of the {n} customers: its ids are like {ids[:1].tolist()}, theirs like "
            f"{ids_of_customers[:1].tolist()}. Hint: give the groups of these customers, with ids of the same type."
        )
    others = len(ids) - len(np.unique(place[place >= 0]))
    if others:
        warn(
            f"by has rows of {others} customers who are not among the {n} summed; they are left out.",
        )
    return _coded(groups.take(np.maximum(place, 0)).reset_index(drop=True).where(place >= 0))


def _column(customers: Table, name: str, named: bool) -> pd.Series[Any]:
    """A column of the given customers, by its name."""
    frame = from_native(customers)
    if re.fullmatch(r"\s*[\d.]+\s*[DWMQY]\s*", name):
        raise DataError(f"by={name!r} is a length of time, not groups. Hint: model.total(horizon={name!r}).")
    if not named:
        raise DataError(f"by={name!r} names a column of customers=, but no customers were given. {HINT}")
    schema = frame.collect_schema()
    if name not in schema:
        raise DataError(f"by={name!r} is not a column of customers=, which has: {', '.join(schema)}. {HINT}")
    check_groups(frame, (name,), argument="customers")
    return group_column(fetch(frame.select(name)).get_column(name), schema[name])


def _table(by: Any) -> tuple[pd.Index[Any], pd.Series[Any]]:
    """Ids and groups of a table, or of a Series indexed by customer_id."""
    if isinstance(by, Transactions):
        raise DataError(f"by must assign customers to groups, got a log of orders. {HINT}")
    if isinstance(by, pd.Series) and by.index.name == "customer_id":
        by = by.rename("group").reset_index()
    try:
        frame = from_native(by)
        columns = frame.collect_schema()
    except DataError:
        raise DataError(
            f"by must assign customers to groups, got {_named(by)}. {HINT} Positions do not identify customers."
        ) from None
    others = [name for name in columns if name != "customer_id"]
    if "customer_id" not in columns or len(others) != 1:
        raise DataError(
            f"by must be a table of customer_id and exactly one more column, got {', '.join(columns)}. {HINT}"
        )
    refuse_twice(frame, "by")
    check_groups(frame, others, argument="by")
    rows = fetch(frame)
    return pd.Index(rows.get_column("customer_id").to_pandas()), group_column(
        rows.get_column(others[0]), columns[others[0]]
    )


def _named(by: Any) -> str:
    """A description of what was passed, for the message."""
    kind = type(by).__name__
    return f"a Series with the index {by.index.name!r}" if isinstance(by, pd.Series) else f"{kind}"


def _coded(groups: pd.Series[Any]) -> tuple[Ints, list[Any]]:
    """Codes and names of a column of groups."""
    if not isinstance(groups.dtype, pd.CategoricalDtype):
        groups = groups.astype(pd.CategoricalDtype(sorted(groups.dropna().unique(), key=str)))
    groups = groups.cat.remove_unused_categories()
    names = list(groups.cat.categories)
    codes = np.asarray(groups.cat.codes, dtype=np.int64)
    if (codes < 0).any():
        return np.asarray(np.where(codes < 0, len(names), codes)), [*names, None]
    return codes, names
