"""Cohorts of customers: by the month, quarter or year of the first purchase, or by an attribute such as the channel."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm._customers.attributes import with_attributes
from rfm._days import as_day
from rfm._frames.columns import is_text
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.types import Table
from rfm._options import is_whole, received
from rfm._requirements import check_columns, check_groups
from rfm.errors import DataError

__all__ = ["Calendar", "as_cohort", "cohort_days", "with_cohorts"]

Calendar: TypeAlias = Literal["month", "quarter", "year"]
MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "year": 12}
ATTRIBUTES: Final = "attributes= is a table with customer_id and a column for each attribute"
_YEAR, _MONTH = re.compile(r"\d{4}", re.ASCII), re.compile(r"\d{4}-\d{2}", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.ASCII | re.IGNORECASE)


def cohort_days(days: NDArray[np.int64], by: str) -> NDArray[np.int64]:
    """The first day of the calendar month, quarter or year that holds each day.

    >>> import rfm
    >>> first = cohort_days(np.array([as_day("2024-05-17", "day")]), "quarter")
    >>> first.astype("datetime64[D]")
    array(['2024-04-01'], dtype='datetime64[D]')
    """
    count = MONTHS[by]
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months // count * count).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def as_cohort(key: Any, by: str) -> int | str:
    """The cohort that a key of the costs names: the first day of its period, or an attribute's text.

    >>> as_cohort("2024-Q2", "quarter") == as_cohort("2024-05-17", "quarter")
    True
    """
    if by not in get_args(Calendar):
        if not isinstance(key, str):
            raise DataError(
                f"costs: the cohorts by {by!r} have names; got {received(key)}. Hint: names as in attributes[{by!r}]."
            )
        return key
    day: Any = key.start_time if isinstance(key, pd.Period) else key
    if is_whole(key) and by == "year":
        day = f"{int(key):04d}"
    if isinstance(day, str):
        day = day.strip()
        if _YEAR.fullmatch(day):
            day = f"{day}-01-01"
        elif _MONTH.fullmatch(day):
            day = f"{day}-01"
        elif found := _QUARTER.fullmatch(day):
            day = f"{found[1]}-{3 * int(found[2]) - 2:02d}-01"
    return int(cohort_days(np.array([as_day(day, "costs")], dtype=np.int64), by)[0])


def with_cohorts(rows: Frame, by: str, attributes: Table | None) -> Frame:
    """Rows of customers with the text of their attribute as `segment`, missing where they have none.

    Parameters
    ----------
    rows : Narwhals frame
        With `customer_id`.
    by : str
        "month", "quarter" or "year" need no attribute, and get no column.
    attributes : dataframe, optional
        On the same engine: `customer_id`, one row per customer, and the column `by`.
    """
    if by in get_args(Calendar):
        if attributes is not None:
            raise DataError(
                f'attributes= is not read by cohorts of by="{by}". Hint: by="channel", a column of theirs, or leave '
                "attributes= out."
            )
        return rows
    if attributes is None:
        raise DataError(
            f"by={by!r} is an attribute of customers, and attributes= was not given. Hint: "
            'clv.payback(tx, costs, by="channel", attributes=customers), or by="month", "quarter" or "year".'
        )
    table = from_native(attributes, ATTRIBUTES)
    schema = check_columns(table, ("customer_id", by), ATTRIBUTES, argument="attributes")
    check_groups(table, ("customer_id", by), argument="attributes")
    _check_names(table, by, schema[by])
    # Older pandas makes the text "nan" of what is missing.
    standing = nw.when(~nw.col(by).is_null()).then(nw.col(by).cast(nw.String))
    known = table.select("customer_id", standing=standing)
    joined: Frame = from_native(with_attributes(to_native(rows), to_native(known), "attributes"))
    return joined.rename({"standing": "segment"})


def _check_names(table: Frame, by: str, dtype: Any) -> None:
    """Refuse attributes that are no names."""
    named = is_text(dtype)
    if dtype == nw.Object and isinstance(table, nw.DataFrame):
        named = all(isinstance(name, str) for name in table.get_column(by).drop_nulls().to_list())
    if not named:
        raise DataError(
            f"attributes: column {by!r} holds {dtype}, not names. Hint: names of cohorts, as texts, such as channels."
        )
