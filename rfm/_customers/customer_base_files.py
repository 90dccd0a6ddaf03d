"""A customer base on disk: a folder with the states as Parquet and the rest as JSON."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers.customer_state import FACTS, OPEN, in_order
from rfm._customers.window import as_window, window_start
from rfm._customers.window_days import DAYS
from rfm._days import as_day, day_text
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native, to_native
from rfm._loaded_files import read_json
from rfm._options import check_flag, check_text, file_path, received, texts, whole
from rfm._orders.columns import MOST_DECIMALS
from rfm._orders.far_dates import Calendar
from rfm._requirements import refuse_repeated
from rfm._saved_files import checksum, new_folder, write_text
from rfm.errors import DataError, fact_of

__all__ = ["Extent", "read_base", "write_base"]

WRITE = "write one with base.save(path)"
NEEDED = {"decimals", "first_day", "last_day", "size", "batches"}
LATER = {
    "calendar",
    "keeps_returns",
    "has_amounts",
    "window",
    "days",
    "covered",
    "names",
}  # not in the oldest bases
WHOLE_NUMBERS = re.compile(r"-?[0-9]{1,18}( -?[0-9]{1,18})*")
STATES, WINDOW, ABOUT, FORMAT = "customers.parquet", "days.parquet", "base.json", "rfm customer base 1"
GENERATION = re.compile(r"state-[0-9a-f]{16}")
UNFINISHED = re.compile(r"\.(state-[0-9a-f]{16}|base\.json)\.[0-9a-f]{16}\.part")


@dataclass(frozen=True)
class Extent:
    """Facts of a base as a whole.

    ``decimals`` of the money; ``first_day`` and ``last_day`` of all rows; ``size``, the sum of all absolute
    units, which bounds every sum; ``batches``, the mark of each batch; ``calendar``, the rows of each day, by
    which far dates of later batches are recognised (None in a base that was saved before bases kept it);
    ``keeps_returns``, whether every day is a purchase, whatever its sign;
    ``has_amounts``, whether there is money in it; ``window``, the one whose days it keeps; ``covered``, the last day
    that a caller said was covered, with orders or without; ``names``, the batches that were given a name, each with
    its mark.
    """

    decimals: int
    first_day: int
    last_day: int
    size: int
    batches: tuple[str, ...]
    calendar: Calendar | None = field(default=None, compare=False)
    keeps_returns: bool = False
    has_amounts: bool = True
    window: str | None = None
    covered: int | None = None
    names: tuple[tuple[str, str], ...] = ()

    @property
    def end(self) -> int:
        """The last day that is known: of the rows, or covered without any."""
        return self.last_day if self.covered is None else max(self.last_day, self.covered)


def write_base(
    path: str | Path, customers: Any, extent: Extent, days: Any = None, *, replace: bool = False
) -> None:
    """Write states, days and extent to a folder, whole or not at all; checksums tie the files together.

    A new folder appears under its name when it is whole. One that is replaced gets a folder of its own for each state,
    and ``base.json``, which says which of them counts, is renamed over the old one when that state is on disk: a
    process that is killed leaves the old or the new base. The state before the last is kept for whoever reads it just
    then, and others are removed.
    """
    states = from_native(customers)
    _refuse_tuples(states)
    window = None if days is None else from_native(days)
    known = file_path(path, WRITE)
    if not (replace and known.exists()):
        hint = "use a new folder for each state, or save(path, replace=True)"
        with new_folder(known, hint) as folder:
            (folder / ABOUT).write_text(_described(folder, states, window, extent), encoding="utf-8")
        return
    before = _generation(known)
    name = f"state-{secrets.token_hex(8)}"
    with new_folder(known / name, "another folder") as folder:
        about = _described(folder, states, window, extent, name)
    write_text(known / ABOUT, about, "another folder")
    _remove_others(known, {before, name})


def _described(
    folder: Path, states: Frame, window: Frame | None, extent: Extent, generation: str | None = None
) -> str:
    """Write the tables to a folder; the text that describes them."""
    _write_states(states, folder / STATES)
    kept: dict[str, Any] = {}
    if window is not None:
        _write_states(window, folder / WINDOW)
        kept = {"days": checksum(folder / WINDOW)}
    if generation is not None:
        kept["generation"] = generation
    days = {name: day_text(getattr(extent, name)) for name in ("first_day", "last_day")}
    about = {
        "format": FORMAT,
        **vars(extent),
        **days,
        "covered": None if extent.covered is None else day_text(extent.covered),
        "calendar": None if extent.calendar is None else _calendar_texts(extent.calendar),
        "states": checksum(folder / STATES),
        **kept,
    }
    return json.dumps(about, indent=2) + "\n"


def _generation(folder: Path) -> str | None:
    """The name of the folder inside that holds the state which counts; None where the base's own does.

    Raises
    ------
    DataError
        If there is no base to replace.
    """
    try:
        about = read_json(folder / ABOUT, "the description of a customer base", WRITE)
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise ValueError(f"{ABOUT} has another format")
        return _checked_generation(about)
    except ValueError as error:
        raise DataError(
            f"{folder} exists and holds no customer base to replace: {fact_of(error)}. Hint: another folder."
        ) from None


def _checked_generation(about: Mapping[str, Any]) -> str | None:
    name = about.get("generation")
    if name is None or (isinstance(name, str) and GENERATION.fullmatch(name)):
        return name
    raise ValueError(f"generation must be a name such as state-0123456789abcdef; got {received(name)}")


def _remove_others(folder: Path, kept: set[str | None]) -> None:
    """Remove earlier states, and what a process that was killed left; a file that is in use elsewhere may stay."""
    for inner in folder.iterdir():
        old = GENERATION.fullmatch(inner.name) and inner.name not in kept
        first = inner.name in (STATES, WINDOW) and None not in kept
        if old or first or UNFINISHED.fullmatch(inner.name):
            if inner.is_dir():
                shutil.rmtree(inner, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    inner.unlink()


def _write_states(states: Frame, path: Path) -> None:
    try:
        if isinstance(states, nw.DataFrame):
            states.write_parquet(path)
        else:
            states.sink_parquet(str(path))
    except (ImportError, TypeError, ValueError) as error:
        raise DataError(f"The states cannot be written as Parquet: {error}") from error


def _calendar_texts(calendar: Calendar) -> dict[str, str]:
    """Days and their rows as one text each, since JSON lists would take a line per number."""
    return {name: " ".join(map(str, values.tolist())) for name, values in vars(calendar).items()}


def _read_calendar(texts: Any, first_day: int, last_day: int) -> Calendar | None:
    if texts is None:
        return None
    if not isinstance(texts, dict) or texts.keys() != {"days", "rows"}:
        raise ValueError(f"a calendar has days and rows; got {received(texts)}")
    days, rows = (_numbers(texts[name]) for name in ("days", "rows"))
    if len(days) != len(rows) or not len(days) or (np.diff(days) <= 0).any() or (rows < 1).any():
        raise ValueError("the calendar's days must rise, each with its number of rows")
    if (int(days[0]), int(days[-1])) != (first_day, last_day):
        raise ValueError("the calendar's days are not those from first_day to last_day")
    return Calendar(days, rows)


def _numbers(text: Any) -> npt.NDArray[np.int64]:
    """The whole numbers of a text, each as `_calendar_texts` writes it."""
    check_text("calendar", text)
    if not WHOLE_NUMBERS.fullmatch(text):
        raise ValueError(f"the calendar must hold whole numbers; got {received(text)}")
    return np.array(text.split(" "), dtype=np.int64)


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


def read_base(path: str | Path, read: Callable[[str], Any]) -> tuple[Any, Extent, Any]:
    """The states, by ``read``, the extent, and the days of a base that `write_base` wrote; None without a window."""
    folder = file_path(path, WRITE)
    try:
        about = read_json(folder / ABOUT, "the description of a customer base", WRITE)
        extent, mark, days_mark = _extent(about)
        held = folder / (_checked_generation(about) or "")
    except ValueError as error:
        fact = fact_of(error)
        raise DataError(f"{folder} holds no customer base: {fact}. Hint: {WRITE}.") from None
    states_path = held / STATES
    _check_file(states_path, mark)
    customers = _read_states(states_path, read)
    states = from_native(customers, "read= returns a dataframe, as pandas.read_parquet does")
    names = states.collect_schema().names()
    if names != ["customer_id", *FACTS, *OPEN]:
        raise DataError(
            f"{states_path} holds the columns {', '.join(names)}, which are not a customer base. Hint: {WRITE}."
        )
    refuse_repeated(states, argument=str(states_path))
    _check_states(states, extent, states_path)
    if isinstance(states, nw.DataFrame):  # an engine writes them in no order
        customers = to_native(in_order(states))
    if extent.window is None:
        return customers, extent, None
    _check_file(held / WINDOW, days_mark)
    return customers, extent, _read_days(held / WINDOW, read, extent, states)


def _read_days(path: Path, read: Callable[[str], Any], extent: Extent, states: Frame) -> Any:
    """The days of the window, on the engine of the states; those that no base can have are refused."""
    native = _read_states(path, read)
    days = from_native(native, "read= returns a dataframe, as pandas.read_parquet does")
    schema, ours = days.collect_schema(), states.collect_schema()
    if schema.names() != ["customer_id", *DAYS] or schema["customer_id"] != ours["customer_id"]:
        raise DataError(
            f"{path} holds the columns {', '.join(schema.names())}, which are not days of this base. Hint: {WRITE}."
        )
    _check_kept_days(days, extent, path)
    return native


def _check_kept_days(days: Frame, extent: Extent, path: Path) -> None:
    """Refuse days outside the window, twice for a customer, or beyond the base's money."""
    schema = days.collect_schema()
    odd = [name for name in DAYS if not schema[name].is_integer()]
    if odd:
        raise DataError(
            f"{path}: {odd[0]} must hold whole numbers; it holds {schema[odd[0]]}. Hint: {WRITE}."
        )
    first = window_start(extent.window, extent.last_day)
    day, net, least = (nw.col(name) for name in DAYS)
    wrong = {
        "missing numbers": nw.any_horizontal(*(nw.col(name).is_null() for name in DAYS), ignore_nulls=False),
        "days outside the window": (day < first) | (day > extent.last_day),
        "money beyond the base's size": net.abs() > extent.size,
        "least other than -1, 0 and 1": (least < -1) | (least > 1),
    }
    _refuse_rows(days, wrong, path)
    twice = days.group_by("customer_id", "day").agg(rows=nw.len())
    _refuse_rows(twice, {"a day twice": nw.col("rows") > 1}, path)


def _extent(about: Any) -> tuple[Extent, str | None, str | None]:
    """The extent of a base from its JSON, and the checksums of its states and days (None where there is none).

    Raises
    ------
    ValueError
    """
    if not isinstance(about, dict) or about.pop("format", None) != FORMAT:
        raise ValueError(f"{ABOUT} has another format")
    mark = about.pop("states", None)
    if mark is not None:
        check_text("states", mark)
    window, days = about.get("window"), about.pop("days", None)
    if (window is None) != (days is None) or (window is not None and as_window(window) != window):
        raise ValueError(f"a base with a window has its days; got {received(window)} and {received(days)}")
    missing, strange = NEEDED - about.keys(), about.keys() - NEEDED - LATER - {"generation"}
    if missing or strange:
        raise ValueError(
            f"{ABOUT} has the fields {received(sorted(about))}; it needs {', '.join(sorted(NEEDED))}"
        )
    first, last = (_day(name, about[name]) for name in ("first_day", "last_day"))
    if first > last:
        raise ValueError("first_day lies after last_day")
    batches = tuple(texts("batches", about["batches"], "a mark of each batch"))
    if not isinstance(about["batches"], list) or not batches:
        raise ValueError(f"batches must be a list of marks; got {received(about['batches'])}")
    flags = {name: about[name] for name in ("keeps_returns", "has_amounts") if name in about}
    for name, flag in flags.items():
        check_flag(name, flag)
    return (
        Extent(
            decimals=whole("decimals", about["decimals"], most=MOST_DECIMALS),
            first_day=first,
            last_day=last,
            size=whole("size", about["size"]),
            batches=batches,
            calendar=_read_calendar(about.get("calendar"), first, last),
            window=window,
            covered=None if about.get("covered") is None else _day("covered", about["covered"]),
            names=_read_names(about.get("names", [])),
            **flags,
        ),
        mark,
        days,
    )


def _read_names(pairs: Any) -> tuple[tuple[str, str], ...]:
    """Names of batches and their marks."""
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError(f"names must be a list of names and marks; got {received(pairs)}")
    found = []
    for name, mark in pairs:
        check_text("names", name)
        check_text("names", mark)
        found.append((name, mark))
    if len({name for name, _ in found}) < len(found):
        raise ValueError("names must differ")
    return tuple(found)


def _day(name: str, text: Any) -> int:
    """A day as `day_text` writes it."""
    check_text(name, text)
    day = as_day(text, name)
    if day_text(day) != text:
        raise ValueError(f"{name} must be a day such as 2011-12-09; got {received(text)}")
    return day


def _check_file(states: Path, mark: str | None) -> None:
    """Refuse states that are missing or no file, or those of another base.

    Raises
    ------
    DataError
    """
    try:
        if not (states.is_file() or states.is_dir()):  # an engine writes a folder of files
            raise DataError(f"No file {str(states)!r}. Hint: {WRITE}.")
        same = mark is None or checksum(states) == mark
    except OSError as reason:
        raise DataError(f"{states} cannot be read: {reason.strerror or reason}. Hint: {WRITE}.") from reason
    if not same:
        raise DataError(f"{states} is damaged, or of another base than {ABOUT} beside it. Hint: {WRITE}.")


def _check_states(states: Frame, extent: Extent, path: Path) -> None:
    """Refuse states that no base can have: texts or missing values for numbers, days outside the base's, …

    Raises
    ------
    DataError
    """
    schema = states.collect_schema()
    odd = [name for name in (*FACTS, *OPEN) if not schema[name].is_integer()]
    if odd:
        raise DataError(
            f"{path}: {odd[0]} must hold whole numbers; it holds {schema[odd[0]]}. Hint: {WRITE}."
        )
    col, days = nw.col, (extent.first_day, extent.last_day)
    wrong = {
        "missing numbers": nw.any_horizontal(
            *(col(name).is_null() for name in (*FACTS, *OPEN)), ignore_nulls=False
        ),
        "days outside the base's": (col("open_day") < days[0]) | (col("open_day") > days[1]),
        "closed days after the open one": (col("orders") > 0) & (col("last") >= col("open_day")),
        "last days before the first": (col("orders") > 0)
        & ((col("first") < days[0]) | (col("last") < col("first"))),
        "numbers of orders below 0": col("orders") < 0,
        "open_refund other than -1, 0 and 1": (col("open_refund") < -1) | (col("open_refund") > 1),
        "money beyond the base's size": nw.any_horizontal(
            *(col(name).abs() > extent.size for name in ("spend", "refunds", "open_net")), ignore_nulls=False
        ),
    }
    _refuse_rows(states, wrong, path)


def _refuse_rows(table: Frame, wrong: Mapping[str, nw.Expr], path: Path) -> None:
    """Refuse a table with rows that no base can have."""
    counts = [
        nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64).sum().alias(f"wrong{number}")
        for number, condition in enumerate(wrong.values())
    ]
    found = fetch(table.select(*counts)).rows()[0]
    for what, count in zip(wrong, found, strict=True):
        if count:
            raise DataError(f"{path} holds {what}, which is no customer base. Hint: {WRITE}.")


def _read_states(path: Path, read: Callable[[str], Any]) -> Any:
    """Whatever a reader of Parquet raises on a file that is none is told in one way."""
    try:
        return read(str(path))
    except DataError:
        raise
    except Exception as error:  # each engine's reader has errors of its own
        raise DataError(f"{path} cannot be read as Parquet by read=: {error}. Hint: {WRITE}.") from error
