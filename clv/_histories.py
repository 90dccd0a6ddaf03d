"""Validation of customer tables: one row per customer, valid histories, one unit of time and one day.

Every table of customers to fit to or predict for is checked here once. In memory the columns are checked as
arrays; an engine computes one small aggregate, and customers are fetched only if something is wrong.
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
from rfm._requirements import (
    ANY,
    LARGEST_AMOUNT,
    LARGEST_COUNT,
    check_columns,
    check_groups,
    check_numbers,
    column_of_floats,
    repeated_customers,
)
from rfm.errors import DataError

__all__ = ["Histories", "agreed", "check_spend", "read_histories", "refuse_twice", "stamp"]

Array = NDArray[np.float64]

SPEND = "monetary_value"
SENT_BACK = ("first_order_spend", "refunds")
NAMED = 5  # largest number of customers named in a message


@dataclass(frozen=True)
class Histories:
    """A checked BTYD summary, with its unit and day.

    Attributes
    ----------
    table : dataframe
        As given.
    unit : {"D", "W", "M", "Y"} or None
        The unit of its times, None if it has no column `unit`, or no rows.
    end : date or None
        Its last day of observation, None if it has no column `end`, or no rows.
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
    """Check a BTYD summary of any engine.

    Parameters
    ----------
    table : dataframe
        One row per customer. A table without `customer_id` is assumed to have no customer twice.
    law : type
        The purchase law that reads it, which defines valid histories.
    columns : sequence of str
        Required columns; those of money among them are checked as well.
    argument : str
        Name of the argument, for messages.
    made : str
        The call that makes such a table, for messages.

    Returns
    -------
    Histories

    Raises
    ------
    DataError
        If a column is missing or not numeric, a customer is in more than one row, a history or a mean spend
        is invalid (the message names the customers), or the table has more than one unit or end.
    """
    refuse_other_stage(table, columns, argument, BTYD, made)
    frame = from_native(table)
    schema = check_columns(frame, columns, f"make it with {made}", argument=argument)
    read = [name for name in (*law.data_columns, SPEND, *SENT_BACK) if name in columns]
    check_numbers(frame, dict.fromkeys(read, ANY), f"{made} makes such a table", argument=argument)
    if "customer_id" in schema:
        check_groups(frame, ("customer_id",), argument=argument)
    if isinstance(frame, nw.DataFrame):
        refuse_twice(frame, argument)
        _check_rows(frame, law, read, argument)
        return Histories(table, *stamp(frame, argument), empty=len(frame) == 0)
    facts = _facts(frame, law, read)
    answer = Histories(table, *_stamp_of(facts, argument), empty=int(facts["rows"].sum() or 0) == 0)
    if answer.empty:
        return answer
    if facts["rows"].item() != facts["ids"].item():
        refuse_twice(frame, argument)
    if facts["bad"].item():
        _check_rows(fetch(frame.filter(_cannot_be(law, read) > 0).head(NAMED)), law, read, argument)
    return answer


def agreed(name: str, found: Any, given: Any, source: str) -> Any:
    """The value from a table or model and from an argument, which must agree; None if neither gives one.

    >>> agreed("unit", "W", None, "the table")
    'W'
    >>> agreed("unit", "D", "W", "the table")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: unit='W' was given, and the table says 'D'. Hint: leave out unit=, or make the table again.
    """
    if found is None or given is None:
        return found if given is None else given
    if found != given:
        known, passed = (str(value) for value in (found, given))
        raise DataError(
            f"{name}={passed!r} was given, and {source} says {known!r}. "
            f"Hint: leave out {name}=, or make the table again."
        )
    return found


def stamp(frame: Frame, argument: str) -> tuple[Unit | None, date | None]:
    """The unit and the last day from a table's constant columns `unit` and `end`, None if it has none.

    Raises
    ------
    DataError
        If a column has more than one value, or one that is not a unit or not a day.
    """
    names = [name for name in ("unit", "end") if name in frame.collect_schema()]
    if not names:
        return None, None
    check_groups(frame, names, argument=argument)
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
    """A unit or a day as text, without the time of midnight."""
    return str(value.isoformat()[:10]) if isinstance(value, date) else str(value)


def refuse_twice(frame: Frame, argument: str) -> None:
    """Raise DataError, naming some, if a customer is in more than one row."""
    if "customer_id" not in frame.collect_schema():
        return
    ids = [customer for customer, _ in repeated_customers(frame, argument=argument)]
    if ids:
        try:
            named = sorted(ids)
        except TypeError:  # ids of several types
            named = sorted(ids, key=str)
        raise DataError(
            f"{argument}: more than one row for customer {', '.join(map(str, named[:NAMED]))}. "
            "Hint: keep one row per customer; a join with a table that has several rows per customer makes duplicates."
        )


def _facts(frame: nw.LazyFrame[Any], law: type[PurchaseLaw], read: Sequence[str]) -> nw.DataFrame[Any]:
    """For a table in an engine: its units and days, with the numbers of rows, customers and invalid rows."""
    schema = frame.collect_schema()
    stamps = [name for name in ("unit", "end") if name in schema]
    check_groups(frame, stamps)
    facts = {
        "rows": nw.len(),
        "ids": nw.col("who").n_unique() if "customer_id" in schema else nw.len(),
        "bad": nw.col("cannot").sum(),
    }
    who = {"who": nw.col("customer_id")} if "customer_id" in schema else {}
    checked = frame.select(*stamps, **who, cannot=_cannot_be(law, read))
    summed = checked.group_by(*stamps).agg(**facts) if stamps else checked.select(**facts)
    return fetch(summed.head(NAMED + 1))


def _cannot_be(law: type[PurchaseLaw], read: Sequence[str]) -> nw.Expr:
    """1 where a row's history or mean spend is invalid, else 0: what `law.to_history` and `check_spend` refuse."""
    x, t_x, T, *money = (nw.col(name).cast(nw.Float64) for name in read)
    can = (x >= 0) & (x % 1 == 0) & (t_x >= 0) & (t_x <= T) & ((x > 0) == (t_x > 0))
    if law.discrete:
        can = can & (t_x % 1 == 0) & (T % 1 == 0) & (x <= t_x)
    for each in (x, T, *money):
        can = can & each.is_finite()
    for each in (x, T):
        can = can & (each <= LARGEST_COUNT)
    for each in money:
        can = can & (each.abs() <= LARGEST_AMOUNT)
    if SPEND in read:
        can = can & ((x == 0) | (nw.col(SPEND) >= 0))
    if "refunds" in read:
        can = can & (nw.col("refunds") <= 0)
    return nw.when(can).then(0).otherwise(1)


def _check_rows(rows: nw.DataFrame[Any], law: type[PurchaseLaw], read: Sequence[str], argument: str) -> None:
    """Raise DataError, naming the customer, at the first row whose history or mean spend is invalid."""
    columns = {name: column_of_floats(rows, name) for name in read}
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
    """Raise RowError at the first invalid mean spend of the repeat orders.

    >>> check_spend(np.array([2.0]), np.array([np.nan]))
    Traceback (most recent call last):
    ...
    clv.errors.RowError: monetary_value, the mean spend of the repeat orders, must be finite, got x = 2,
    monetary_value = nan in row 0. Hint: it is 0 without repeat orders; leave out customers whose spend is unknown.
    """
    row, what = {"x": x, SPEND: m}, f"{SPEND}, the mean spend of the repeat orders,"
    unknown = "it is 0 without repeat orders; leave out customers whose spend is unknown."
    refuse(~np.isfinite(m), f"{what} must be finite", unknown, **row)
    refuse(np.abs(m) > LARGEST_AMOUNT, f"{what} is above {LARGEST_AMOUNT:g}", "money is in currency.", **row)
    refuse((x > 0) & (m < 0), f"{what} must be 0 or more", "clv.summarize(tx) keeps refunds apart.", **row)


def _check_sent_back(columns: Mapping[str, Array]) -> None:
    """Raise RowError at the first invalid first order or refunds, of those that are read."""
    for name in SENT_BACK:
        if name in columns:
            unknown = "leave out customers for whom it is unknown, or the column."
            refuse(~np.isfinite(columns[name]), f"{name} must be finite", unknown, **{name: columns[name]})
            beyond = np.abs(columns[name]) > LARGEST_AMOUNT
            refuse(
                beyond,
                f"{name} is beyond {LARGEST_AMOUNT:g}",
                "money is in currency.",
                **{name: columns[name]},
            )
    if "refunds" in columns:
        negative = "refunds are negative, as in clv.summarize(tx)."
        refuse(columns["refunds"] > 0, "refunds must be 0 or less", negative, refunds=columns["refunds"])
