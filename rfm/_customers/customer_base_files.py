"""A customer base on disk: a folder with the states as Parquet and the rest as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from rfm._customers.customer_state import FACTS, OPEN, in_order
from rfm._days import as_day, day_text
from rfm._frames.native import Frame, from_native, to_native
from rfm._orders.far_dates import Calendar
from rfm._requirements import refuse_repeated
from rfm.errors import DataError

__all__ = ["Extent", "read_base", "write_base"]

STATES, ABOUT, FORMAT = "customers.parquet", "base.json", "rfm customer base 1"


@dataclass(frozen=True)
class Extent:
    """Facts of a base as a whole.

    ``decimals`` of the money; ``first_day`` and ``last_day`` of all rows; ``size``, the sum of all absolute
    units, which bounds every sum; ``batches``, the mark of each batch; ``calendar``, the rows of each day, by
    which far dates of later batches are recognised (None in a base that was saved before bases kept it);
    ``keeps_returns``, whether every day is a purchase, whatever its sign;
    ``has_amounts``, whether there is money in it.
    """

    decimals: int
    first_day: int
    last_day: int
    size: int
    batches: tuple[str, ...]
    calendar: Calendar | None = field(default=None, compare=False)
    keeps_returns: bool = False
    has_amounts: bool = True


def write_base(path: str | Path, customers: Any, extent: Extent) -> None:
    """Write states and extent to a new folder; the JSON last, so that an incomplete base is not read as one."""
    folder = Path(path)
    if folder.exists():
        raise DataError(f"{folder} exists. Hint: use a new folder for each state, for example one per date.")
    states = from_native(customers)
    _refuse_tuples(states)
    folder.mkdir(parents=True)
    try:
        if isinstance(states, nw.DataFrame):
            states.write_parquet(folder / STATES)
        else:
            states.sink_parquet(str(folder / STATES))
    except (ImportError, TypeError, ValueError) as error:
        raise DataError(f"The states cannot be written as Parquet: {error}") from error
    days = {name: day_text(getattr(extent, name)) for name in ("first_day", "last_day")}
    calendar = None if extent.calendar is None else _calendar_texts(extent.calendar)
    about = {"format": FORMAT, **vars(extent), **days, "calendar": calendar}
    (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _calendar_texts(calendar: Calendar) -> dict[str, str]:
    """Days and their rows as one text each, since JSON lists would take a line per number."""
    return {name: " ".join(map(str, numbers.tolist())) for name, numbers in vars(calendar).items()}


def _read_calendar(texts: dict[str, str] | None) -> Calendar | None:
    if texts is None:
        return None
    days, rows = (np.array([int(number) for number in texts[name].split()]) for name in ("days", "rows"))
    if len(days) != len(rows) or (np.diff(days) <= 0).any() or (rows < 1).any():
        raise ValueError("calendar")
    return Calendar(days, rows)


def _refuse_tuples(states: Frame) -> None:
    """Refuse ids that are tuples: Parquet returns them as lists, which cannot be ids."""
    if not isinstance(states, nw.DataFrame) or states.schema["customer_id"] != nw.Object:
        return
    found = next((one for one in states.get_column("customer_id").to_list() if isinstance(one, tuple)), None)
    if found is not None:
        raise DataError(
            f"customer_id holds tuples, such as {found!r}, which Parquet returns as lists. "
            "Hint: convert them to text before CustomerBase.of."
        )


def read_base(path: str | Path, read: Callable[[str], Any]) -> tuple[Any, Extent]:
    """The states, by ``read``, and the extent of a base that `write_base` wrote."""
    folder = Path(path)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about.pop("format") != FORMAT:
            raise KeyError("format")
        first, last = (as_day(about.pop(name), name) for name in ("first_day", "last_day"))
        calendar = _read_calendar(about.pop("calendar", None))
        extent = Extent(
            first_day=first,
            last_day=last,
            batches=tuple(about.pop("batches")),
            calendar=calendar,
            **about,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f"{folder} holds no customer base. Hint: write one with base.save(path).") from None
    customers = read(str(folder / STATES))
    states = from_native(customers, "read= returns a dataframe, as pandas.read_parquet does")
    names = states.collect_schema().names()
    if names != ["customer_id", *FACTS, *OPEN]:
        raise DataError(
            f"{folder / STATES} holds the columns {', '.join(names)}, which are not a customer base. "
            "Hint: write a base with base.save(path)."
        )
    refuse_repeated(states, argument=str(folder / STATES))
    if isinstance(states, nw.DataFrame):  # an engine writes them in no order
        customers = to_native(in_order(states))
    return customers, extent
