"""Spells: the stays of customers in segments, with start, stop and next segment; migration counts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers.aggregation import number_customers
from rfm._days import day_text
from rfm._dynamics.periods import stepwise
from rfm._frames.columns import new_column
from rfm._frames.dates import periods_of, with_day_numbers, zone_of
from rfm._frames.execution import by_customer, fetch, materialise
from rfm._frames.native import Frame, from_native
from rfm._frames.small_tables import frame_like
from rfm._orders.dates import read_days
from rfm._requirements import ANY, check_columns, check_groups, check_numbers
from rfm._schemes.recognising import scheme_of
from rfm._words import declare
from rfm.errors import DataError

__all__ = ["NOT_YET", "NOT_YET_WORDS", "Spells", "tally"]

Ints = npt.NDArray[np.int64]

NOT_YET: Final = "not yet"
NOT_YET_WORDS: Final = declare("migration", {NOT_YET: NOT_YET})
MADE: Final = "rfm.snapshots(tx) makes such a table"
COLUMNS: Final = ("customer_id", "date", "segment")
SCORES: Final = ("R", "F", "M")
TALLY: Final = ("segment", "start", "stop", "to", "gap")


@dataclass(frozen=True)
class Spells:
    """Number of customers by segment, start and stop: the counts behind migration, in one table.

    Attributes
    ----------
    segments : tuple of str
        Those that occur, best first; `NOT_YET`, where it occurs, is the last.
    dates : (k,) int64
        Days since 1970-01-01, rising.
    segment : (m,) int64
        Number of the segment.
    start, stop : (m,) int64
        Number of the first date in it, and of the first date no longer in it; k: still there at the
        last date.
    to : (m,) int64
        Number of the segment at ``stop``; −1: still there.
    customers : (m,) int64
    """

    segments: tuple[str, ...]
    dates: Ints
    segment: Ints
    start: Ints
    stop: Ints
    to: Ints
    customers: Ints

    def counts(self) -> Ints:
        """Moves and stays, (k − 1, s, s): customers by period, segment at its start, segment at its end."""
        periods, size = len(self.dates) - 1, len(self.segments)
        counts = np.zeros((periods + 1, size, size), dtype=np.int64)
        left = self.to >= 0
        np.add.at(counts, (self.stop[left] - 1, self.segment[left], self.to[left]), self.customers[left])
        # stays begin at the start of a spell and end before the period in which it is left
        stays = np.zeros((periods + 1, size), dtype=np.int64)
        np.add.at(stays, (self.start, self.segment), self.customers)
        np.subtract.at(stays, (self.stop - 1, self.segment), self.customers)
        counts[:, range(size), range(size)] += stays.cumsum(axis=0)
        return counts[:periods]


def tally(snaps: Any) -> tuple[Frame, Spells]:
    """Count the spells of a table of snapshots, in memory or in the engine.

    Parameters
    ----------
    snaps : dataframe
        ``customer_id, date, segment``: one row per customer and date.

    Raises
    ------
    DataError
        If a column or a date is missing, there are fewer than two dates, or some customer lacks a date
        or has one twice.
    """
    frame = _checked(from_native(snaps, MADE))
    dates = _dates(frame)
    segments = _segments(frame)
    staged = _staged(frame, dates, segments)
    made = by_customer(staged, lambda rows: _in_memory(rows, dates), _in_engine)
    table = fetch(made).to_dict(as_series=False)
    segment, start, stop, to, gap, customers = (
        np.array(table[c], dtype=np.int64) for c in (*TALLY, "customers")
    )
    stop = np.where(to < 0, len(dates), stop)
    if (gap != 1).any():
        _refuse_gap(staged, dates)
    spells = Spells(segments, dates, segment, start, stop, to, customers)
    _check_order(spells)
    return frame, spells


def _checked(frame: Frame) -> Any:
    """The columns that are read, computed once where the engine is lazy."""
    schema = check_columns(frame, COLUMNS, MADE)
    check_groups(frame, ("customer_id", "segment"))
    if isinstance(frame, nw.DataFrame) and frame.get_column("customer_id").is_null().any():
        raise DataError(f"Column 'customer_id' has missing values. Hint: {MADE}.")
    check_numbers(frame, {name: ANY for name in SCORES if name in schema}, MADE)
    frame = _with_last_days(frame)
    schema = frame.collect_schema()
    zone = zone_of(frame.get_column("date")) if isinstance(frame, nw.DataFrame) else None
    if schema["date"] not in (nw.Date, nw.Datetime) and zone is None:
        raise DataError(
            f"Column 'date' holds {schema['date']}, which is not a date. Hint: convert it to dates."
        )
    return materialise(frame.select(*COLUMNS, *(name for name in SCORES if name in schema)))


def _with_last_days(frame: Frame) -> Frame:
    """The frame with the last day of each period where the column holds pandas periods."""
    if not isinstance(frame, nw.DataFrame):
        return frame
    periods = periods_of(frame.get_column("date"))
    if periods is None:
        return frame
    last_days = periods.ends.astype("datetime64[D]").astype("datetime64[s]")
    return frame.with_columns(new_column(frame, "date", last_days))


def _dates(frame: Frame) -> Ints:
    if isinstance(frame, nw.DataFrame):
        _refuse_missing(int(frame.get_column("date").is_null().sum()))
        days, rows = np.unique(_days(frame), return_counts=True)
    else:
        found = fetch(with_day_numbers(frame, "date", "day").group_by("day").agg(rows=nw.len())).sort("day")
        _refuse_missing(int(found.filter(nw.col("day").is_null())["rows"].sum()))
        days, rows = (found[name].to_numpy().astype(np.int64) for name in ("day", "rows"))
    if len(days) < 2:
        raise DataError(
            f"Moves need snapshots of two dates or more; got {len(days)}. Hint: rfm.snapshots(tx, every=…)."
        )
    if rows.min() != rows.max():
        odd = int(rows.argmin())
        raise DataError(
            f"{day_text(int(days[odd]))} has {rows[odd]:,} customers, another date {rows.max():,}. "
            "Hint: every customer needs one row per date, as rfm.snapshots(tx) gives them."
        )
    return days


def _refuse_missing(rows: int) -> None:
    if rows:
        raise DataError(
            f"Column 'date' is missing in {rows:,} of the rows. "
            "Hint: every customer needs one row per date, as rfm.snapshots(tx) gives them."
        )


def _days(frame: nw.DataFrame[Any]) -> Ints:
    return read_days(frame.get_column("date"), date_format=None, tz=None)[0]


def _segments(frame: Frame) -> tuple[str, ...]:
    """The segments that occur, best first: by their order, that of a scheme, by mean score, or else by name."""
    schema = frame.collect_schema()
    scores = [name for name in SCORES if name in schema]
    found = frame.group_by("segment").agg(nw.len().alias("rows"), *(nw.col(name).mean() for name in scores))
    few = fetch(found)
    if few.get_column("segment").is_null().any():
        raise DataError("Column 'segment' has missing values. Hint: fill them with a separate name.")
    table = few.with_columns(nw.col("segment").cast(nw.String)).to_dict(as_series=False)
    names = table["segment"]
    order, scheme = schema["segment"], scheme_of(name for name in names if name != NOT_YET)
    if isinstance(order, nw.Enum):
        place = {name: (float(i), name) for i, name in enumerate(order.categories)}
    elif scheme is not None:
        place = {name: (float(i), name) for i, name in enumerate((*scheme.names, NOT_YET))}
    else:
        place = {name: (-sum(table[s][i] or 0.0 for s in scores), name) for i, name in enumerate(names)}
    return tuple(sorted(names, key=lambda name: (name == NOT_YET, *place[name])))


def _staged(frame: Frame, dates: Ints, segments: tuple[str, ...]) -> Frame:
    """``customer_id``, ``at`` (number of the date) and ``segment`` (its number)."""
    number = nw.lit(0, nw.Int64)
    for i, segment in enumerate(segments[1:], start=1):
        number = number + (nw.col("segment") == segment).cast(nw.Int64) * i
    if isinstance(frame, nw.DataFrame):
        at = new_column(frame, "at", np.searchsorted(dates, _days(frame)))
        return frame.select("customer_id", at, segment=number)
    days: Frame = with_day_numbers(frame, "date", "day")
    return days.select("customer_id", at=stepwise(nw.col("day"), dates[1:]), segment=number)


def _in_memory(rows: nw.DataFrame[Any], dates: Ints) -> nw.DataFrame[Any]:
    code, who = number_customers(rows.get_column("customer_id"))
    at, segment = (rows.get_column(name).to_numpy() for name in ("at", "segment"))
    path = np.full((len(dates), len(who)), -1, dtype=np.int16)
    path[at, code] = segment
    if len(rows) != path.size or path.min(initial=0) < 0:
        _refuse_gap(rows, dates)
    columns = np.concatenate([np.zeros((6, 0), dtype=np.int64), *_spells(path)], axis=1)
    return frame_like(rows, dict(zip((*TALLY, "customers"), columns, strict=True)))


def _spells(path: npt.NDArray[np.int16]) -> Iterator[Ints]:
    """Spells by the date at which they end: columns segment, start, stop, to, gap, customers; (6, m) each.

    ``path`` (k, c): the segment of each customer at each date.
    """
    dates, goals = len(path), int(path.max(initial=0)) + 2
    start = np.zeros(path.shape[1], dtype=np.int64)
    nowhere = np.full_like(path[0], -1)
    for stop in range(1, dates + 1):
        was, now = path[stop - 1], path[stop] if stop < dates else nowhere
        left = np.flatnonzero(was != now)
        key = (was[left].astype(np.int64) * dates + start[left]) * goals + now[left] + 1
        found, customers = np.unique(key, return_counts=True)
        (head, to), once = np.divmod(found, goals), np.ones_like(found)
        yield np.stack([head // dates, head % dates, stop * once, to - 1, once, customers])
        start[left] = stop


def _in_engine(rows: Frame) -> Frame:
    """The same by windows over each customer's dates; the last spell has no ``stop`` and no ``to``."""
    window: dict[str, Any] = {"order_by": "at"}
    at_before = nw.col("at").shift(1).over("customer_id", **window).fill_null(-1)
    was = nw.col("segment").shift(1).over("customer_id", **window)
    starts = rows.with_columns(was=was, gap=nw.col("at") - at_before).filter(
        nw.col("was").is_null() | (nw.col("was") != nw.col("segment")) | (nw.col("gap") != 1)
    )
    spells = starts.select(
        "segment",
        "gap",
        start="at",
        stop=nw.col("at").shift(-1).over("customer_id", **window).fill_null(-1),
        to=nw.col("segment").shift(-1).over("customer_id", **window).fill_null(-1),
    )
    return spells.group_by(*TALLY).agg(customers=nw.len())


def _refuse_gap(rows: Frame, dates: Ints) -> None:
    """Raise for customers with several rows at a date, or else for those who lack one."""
    hint = "Hint: every customer needs one row per date, as rfm.snapshots(tx) gives them."
    counted = rows.group_by("customer_id", "at").agg(rows=nw.len())
    twice = fetch(counted.filter(nw.col("rows") > 1).select("customer_id", "at")).rows()
    if twice:
        customer, at = min(twice, key=lambda row: (int(row[1]), str(row[0])))
        raise DataError(f"Customer {customer!r} has several rows on {day_text(int(dates[at]))}. {hint}")
    seen = counted.group_by("customer_id").agg(dates=nw.len())
    few = fetch(seen.filter(nw.col("dates") < len(dates)).select("customer_id")).rows()
    names = sorted((customer for (customer,) in few), key=str)
    listed = ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")
    many = "s" if len(names) > 1 else ""
    raise DataError(f"Customer{many} {listed} lack{'' if many else 's'} a date. {hint}")


def _check_order(spells: Spells) -> None:
    back = [i for i, to in enumerate(spells.to) if to >= 0 and spells.segments[to] == NOT_YET]
    if back:
        name = spells.segments[spells.segment[back[0]]]
        raise DataError(f"{spells.customers[back].sum()} customers went from {name!r} back to {NOT_YET!r}. "
                        "Hint: dates and customers must come from one rfm.snapshots(tx).")  # fmt: skip
