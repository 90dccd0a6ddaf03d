"""The door of customer tables: one row per customer, histories that can be, one unit of time and one day.

Whatever is fitted to or predicted for customers comes through here once. In memory the columns are looked at as
arrays; of an engine one small aggregate is asked, and the customers themselves only where something is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._laws.arguments import refuse
from clv._laws.purchase_law import PurchaseLaw
from clv._stages import BTYD, refuse_other_stage
from clv._units import Unit, as_unit
from clv.errors import RowError
from rfm._days import as_day, day_date
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native
from rfm._frames.types import Table
from rfm._requirements import check_columns
from rfm.errors import DataError

__all__ = ["Histories", "agreed", "check_spend", "read_histories", "refuse_twice", "stamp"]

Array = NDArray[np.float64]

SPEND = "monetary_value"
SENT_BACK = ("first_order_spend", "refunds")
NAMED = 5  # customers that a message names at most


@dataclass(frozen=True)
class Histories:
    """A BTYD summary that has been looked at, and what it says of itself.

    Attributes
    ----------
    table : dataframe
        As it was given.
    unit : {"D", "W", "M", "Y"} or None
        The unit of its times, None where it has no column `unit`, or no rows.
    end : date or None
        Its last day of observation, None where it has no column `end`, or no rows.
    empty : bool
        Whether it has no rows.
    """

    table: Table
    unit: Unit | None
    end: date | None
    empty: bool = False


def read_histories(
    table: Table, law: type[PurchaseLaw], columns: Sequence[str], argument: str, made: str
) -> Histories:
    """Look at a BTYD summary of any engine.

    Parameters
    ----------
    table : dataframe
        One row per customer. A table without `customer_id` is taken at its word that no customer stands in it twice.
    law : type
        The purchase law that reads it, which says what a history may be.
    columns : sequence of str
        Columns that must be there; those of money, where they are among them, are looked at as well.
    argument : str
        What the table was given as, for messages.
    made : str
        The call that makes such a table, for messages.

    Returns
    -------
    Histories

    Raises
    ------
    DataError
        If a column is missing or holds no numbers, a customer stands in more than one row, a history or a mean spend
        cannot be (the message names the customers), or the table has more than one unit or end.
    """
    refuse_other_stage(table, columns, argument, BTYD, made)
    frame = from_native(table)
    schema = check_columns(frame, columns, f"make it with {made}", argument=argument)
    read = [name for name in (*law.data_columns, SPEND, *SENT_BACK) if name in columns]
    for name in read:
        if not schema[name].is_numeric() and schema[name] != nw.Boolean:
            raise DataError(
                f"{argument}: column {name!r} holds {schema[name]}, not numbers. Hint: turn it into numbers."
            )
    if isinstance(frame, nw.DataFrame):
        refuse_twice(frame, argument)
        _check_rows(frame, law, read, argument)
        return Histories(table, *stamp(frame, argument), empty=len(frame) == 0)
    told = _asked(frame, law, read)
    answer = Histories(table, *_stamp_of(told, argument), empty=int(told["rows"].sum() or 0) == 0)
    if answer.empty:
        return answer
    if told["rows"].item() != told["ids"].item():
        refuse_twice(frame, argument)
    if told["bad"].item():
        _check_rows(fetch(frame.filter(_cannot_be(law, read) > 0).head(NAMED)), law, read, argument)
    return answer


def agreed(name: str, told: Any, given: Any, teller: str) -> Any:
    """What a table or a model tells and an argument says, which must be the same; None where both are silent.

    >>> agreed("unit", "W", None, "the table")
    'W'
    >>> agreed("unit", "D", "W", "the table")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: unit='W' was given, and the table says 'D'. Hint: leave out unit=, or make the table anew.
    """
    if told is None or given is None:
        return told if given is None else given
    if told != given:
        said, asked = (str(value) for value in (told, given))
        raise DataError(
            f"{name}={asked!r} was given, and {teller} says {said!r}. "
            f"Hint: leave out {name}=, or make the table anew."
        )
    return told


def stamp(frame: Frame, argument: str) -> tuple[Unit | None, date | None]:
    """The unit and the last day that a table's constant columns `unit` and `end` tell, None where it has none.

    Raises
    ------
    DataError
        If a column has more than one value, or one that is no unit or no day.
    """
    names = [name for name in ("unit", "end") if name in frame.collect_schema()]
    if not names:
        return None, None
    if isinstance(frame, nw.DataFrame):
        return _stamp_of(frame.select(*names).unique().head(NAMED + 1), argument)
    return _stamp_of(fetch(frame.group_by(*names).agg(rows=nw.len()).head(NAMED + 1)), argument)


def _stamp_of(distinct: nw.DataFrame[Any], argument: str) -> tuple[Unit | None, date | None]:
    """Unit and day of the distinct stamps of a table."""
    held = {name: distinct[name].to_list() for name in ("unit", "end") if name in distinct.columns}
    for name, values in held.items():
        if len(different := sorted(set(map(_text, values)))) > 1:
            raise DataError(
                f"{argument}: the table has more than one {name}: {', '.join(different[:NAMED])}. "
                f"Hint: give the customers of one {name} at a time."
            )
    if not distinct.shape[0]:
        return None, None
    unit = as_unit(held["unit"][0]) if "unit" in held else None
    end = day_date(as_day(held["end"][0], "end")) if "end" in held else None
    return unit, end


def _text(value: Any) -> str:
    """A unit or a day as people read it, without the time of midnight."""
    return str(value.isoformat()[:10]) if isinstance(value, date) else str(value)


def refuse_twice(frame: Frame, argument: str) -> None:
    """Raise DataError, naming some, where a customer stands in more than one row."""
    if "customer_id" not in frame.collect_schema():
        return
    if isinstance(frame, nw.DataFrame):
        column = frame.get_column("customer_id")
        twice = column.is_duplicated()
        ids = column.filter(twice).unique().to_list() if twice.any() else []
    else:
        rows = frame.group_by("customer_id").agg(rows=nw.len()).filter(nw.col("rows") > 1)
        ids = fetch(rows.sort("customer_id").head(NAMED)).get_column("customer_id").to_list()
    if ids:
        try:
            named = sorted(ids)
        except TypeError:  # ids of several types
            named = sorted(ids, key=str)
        raise DataError(
            f"{argument}: more than one row for customer {', '.join(map(str, named[:NAMED]))}. "
            "Hint: keep one row per customer; a join with a table that has several rows of a customer makes doubles."
        )


def _asked(frame: nw.LazyFrame[Any], law: type[PurchaseLaw], read: Sequence[str]) -> nw.DataFrame[Any]:
    """Of a table in an engine: its stamps, and how many rows, customers and bad rows have them."""
    schema = frame.collect_schema()
    stamps = [name for name in ("unit", "end") if name in schema]
    facts = {
        "rows": nw.len(),
        "ids": nw.col("who").n_unique() if "customer_id" in schema else nw.len(),
        "bad": nw.col("cannot").sum(),
    }
    who = {"who": nw.col("customer_id")} if "customer_id" in schema else {}
    looked = frame.select(*stamps, **who, cannot=_cannot_be(law, read))
    told = looked.group_by(*stamps).agg(**facts) if stamps else looked.select(**facts)
    return fetch(told.head(NAMED + 1))


def _cannot_be(law: type[PurchaseLaw], read: Sequence[str]) -> nw.Expr:
    """1 where a row's history or mean spend cannot be, else 0: what `law.to_history` and `check_spend` refuse."""
    x, t_x, T, *money = (nw.col(name).cast(nw.Float64) for name in read)
    can = (x >= 0) & (x % 1 == 0) & (t_x >= 0) & (t_x <= T) & ((x > 0) == (t_x > 0))
    if law.discrete:
        can = can & (t_x % 1 == 0) & (T % 1 == 0) & (x <= t_x)
    for each in (x, T, *money):
        can = can & each.is_finite()
    if SPEND in read:
        can = can & ((x == 0) | (nw.col(SPEND) >= 0))
    if "refunds" in read:
        can = can & (nw.col("refunds") <= 0)
    return nw.when(can).then(0).otherwise(1)


def _check_rows(rows: nw.DataFrame[Any], law: type[PurchaseLaw], read: Sequence[str], argument: str) -> None:
    """Raise DataError, naming the customer, at the first row whose history or mean spend cannot be."""
    columns = {name: _floats(rows, name) for name in read}
    x, t_x, T = (columns[name] for name in law.data_columns)
    try:
        law.to_history(x, t_x, T)
        if SPEND in columns:
            check_spend(x, columns[SPEND])
        _check_sent_back(columns)
    except RowError as error:
        if "customer_id" not in rows.columns or error.row is None:
            raise
        customer = rows["customer_id"][error.row]
        raise DataError(f"{argument}: {error.where(f'for customer {customer}')}") from None


def check_spend(x: Array, m: Array) -> None:
    """Raise RowError at the first mean spend of the repeat orders that cannot be.

    >>> check_spend(np.array([2.0]), np.array([np.nan]))
    Traceback (most recent call last):
    ...
    clv.errors.RowError: monetary_value, the mean spend of the repeat orders, must be finite, got x = 2,
    monetary_value = nan in row 0. Hint: it is 0 without repeat orders; leave out customers whose spend is not known.
    """
    row, what = {"x": x, SPEND: m}, f"{SPEND}, the mean spend of the repeat orders,"
    unknown = "it is 0 without repeat orders; leave out customers whose spend is not known."
    refuse(~np.isfinite(m), f"{what} must be finite", unknown, **row)
    refuse((x > 0) & (m < 0), f"{what} must be 0 or more", "clv.summarize(tx) keeps refunds apart.", **row)


def _check_sent_back(columns: Mapping[str, Array]) -> None:
    """Raise RowError at the first order or the first refunds that cannot be, of those that are read."""
    for name in SENT_BACK:
        if name in columns:
            unknown = "leave out customers for whom it is not known, or the column."
            refuse(~np.isfinite(columns[name]), f"{name} must be finite", unknown, **{name: columns[name]})
    if "refunds" in columns:
        negative = "money sent back is negative, as clv.summarize(tx) sums it."
        refuse(columns["refunds"] > 0, "refunds must be 0 or less", negative, refunds=columns["refunds"])


def _floats(rows: nw.DataFrame[Any], name: str) -> Array:
    """A column of numbers as floats, NaN where it is missing."""
    column = rows.get_column(name)
    values = column.to_numpy()
    if values.dtype.kind not in "iuf":  # the kinds of missing values and of truth
        values = column.cast(nw.Float64).to_numpy()
    return values.astype(float, copy=False)
