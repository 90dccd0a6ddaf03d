"""A file of orders that is larger than memory, read through DuckDB into a log that the analysis takes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from clv._files.file_format import FileFormat
from clv._files.notes import FileNote
from clv._files.opened import opened
from clv._files.text_files import find_layout
from clv._large_files.chosen_rows import ChosenRows
from clv._large_files.kept_transactions import KeptTransactions
from clv._large_files.plain_text import plain_text
from clv._large_files.size import is_parquet
from clv._large_files.some_customers import ENOUGH, some_customers
from clv._large_files.spelled_columns import read_amounts, read_dates
from clv._large_files.text_rows import (
    REST,
    ROWS,
    WRITTEN,
    Progress,
    as_sql,
    executed,
    free_name,
    load_text,
    plain_columns,
    quoted,
)
from rfm._orders.columns import ROLES
from rfm._orders.spelled_amounts import DecimalMark
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["LargeLog", "large_log"]

MEMORY: Final = "2GB"  # that DuckDB may use; the rest of the analysis takes more the more customers there are
Source = tuple[Any, str | None, tuple[FileNote, ...]]

MONEY: Final = ("amount", "quantity", "price")


@dataclass(frozen=True)
class LargeLog:
    """A log on disk, and the log of some of its customers in memory where it has many.

    Attributes
    ----------
    tx : Transactions
        All orders, of a relation of DuckDB, valid inside the context that made it.
    some : Transactions or None
        See `some_customers`.
    said : tuple of FileNote
        How the file was read.
    left : tuple of str
        Sentences on rows that were not chosen.
    """

    tx: Transactions[Any]
    some: Transactions[Any] | None
    said: tuple[FileNote, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class More:
    """The folder of what is kept, columns to read beside those of the log, and the decimal mark of amounts."""

    kept: Path
    also: tuple[str, ...] = ()
    decimal: DecimalMark | None = None


@contextmanager
def large_log(
    path: Path,
    given: FileFormat,
    options: Mapping[str, Any],
    *,
    folder: Path | None = None,
    most: int = ENOUGH,
    silent: bool = False,
    decimal: DecimalMark | None = None,
    chosen: ChosenRows | None = None,
) -> Iterator[LargeLog]:
    """Read a large file, with a progress bar of its bytes.

    Parameters
    ----------
    path : Path
        A file of text, or a Parquet file.
    given : FileFormat
        How it is written, as far as that is not to be detected.
    options : mapping
        Those of `Transactions`: the columns and how they are read.
    folder : Path, optional
        Where the rows are kept while the context lasts, by default in the system's folder for temporary files. It
        needs about as much room as the file has bytes.
    most : int
        Customers above which some stand for all in the costly steps.
    silent : bool
        Whether there is no progress bar.
    decimal : "." or ",", optional
        The decimal mark of amounts that are written as text.
    chosen : ChosenRows, optional
        The rows that count.

    Yields
    ------
    LargeLog

    Raises
    ------
    DataError
        If DuckDB is not installed, the file cannot be read, or as `Transactions` does.
    """
    duckdb = _duckdb(path)
    kept = Path(tempfile.mkdtemp(prefix="rfm-clv-", dir=folder))
    try:
        with duckdb.connect(str(kept / "rows.duckdb")) as connection:
            connection.execute(
                f"SET memory_limit = '{MEMORY}'; SET temp_directory = {as_sql(str(kept / 'spilled'))}; "
                "SET preserve_insertion_order = false; "
                "SET enable_progress_bar = true; SET enable_progress_bar_print = false"
            )
            with _bytes_read(path, silent) as progress:
                source = _parquet if is_parquet(path) else _text
                relation, written, said = source(
                    connection, path, given, options, progress, More(kept, _also(chosen), decimal)
                )
            left: tuple[str, ...] = ()
            if chosen is not None:
                relation, left = chosen.of(relation, options["date"])
            tx = KeptTransactions(relation, written, **read_so_far(options, written))
            yield LargeLog(tx, some_customers(tx, most), said, left)
    finally:
        shutil.rmtree(kept, ignore_errors=True)


@contextmanager
def _bytes_read(path: Path, silent: bool) -> Iterator[Progress]:
    """A progress bar of the bytes of a file, as a function of the share that is read."""
    size = path.stat().st_size
    with tqdm(total=size, unit="B", unit_scale=True, desc=f"Reading {path.name}", disable=silent) as bar:

        def progress(share: float) -> None:
            bar.update(max(int(share * size) - bar.n, 0))

        yield progress


def _duckdb(path: Path) -> Any:
    """The package.

    Raises
    ------
    DataError
    """
    try:
        import duckdb  # noqa: PLC0415
        import pyarrow  # noqa: F401, PLC0415
    except ImportError as error:
        raise DataError(
            f"{path.name} is too large to be read at once, and reading it in parts needs a package that is not "
            f"installed: {error}. Hint: pip install 'rfm-clv[duckdb]'."
        ) from error
    return duckdb


def read_so_far(options: Mapping[str, Any], written: str | None) -> dict[str, Any]:
    """The options that are left once dates of texts have been read."""
    return dict(options) if written is None else {**options, "date_format": None}


def _wanted(options: Mapping[str, Any], also: tuple[str, ...]) -> list[str]:
    """The columns that are read."""
    mapped = (options[role] for role in ROLES if options.get(role) is not None)
    return list(dict.fromkeys((*mapped, *also)))


def _also(chosen: ChosenRows | None) -> tuple[str, ...]:
    """The columns that are read to choose rows."""
    return () if chosen is None else chosen.columns


def _text(
    connection: Any, path: Path, given: FileFormat, options: Mapping[str, Any], progress: Progress, more: More
) -> Source:
    """The relation of the columns that are read and a hash of each row; its column of dates as written, if any."""
    wanted, date = _wanted(options, more.also), options["date"]
    layout = find_layout(partial(opened, path), path, given)
    _check_named(path, wanted, layout.names)
    load_text(connection, plain_text(path, layout, more.kept), layout, wanted, progress)
    plain = plain_columns(connection, wanted, options["customer"], date)
    money = [name for role in MONEY if (name := options.get(role)) is not None and name not in plain]
    spelled = {name: read_amounts(connection, name, options, more.decimal) for name in money}
    if date not in plain:
        spelled[date] = read_dates(connection, date, options)
    read = {name: quoted(name) for name in wanted} | plain | spelled
    columns = [f"{sql} AS {quoted(name)}" for name, sql in read.items()]
    written = free_name(WRITTEN, layout.names)
    columns += [free_name(REST, layout.names), f"{quoted(date)} AS {written}"]
    return connection.sql(f"SELECT {', '.join(columns)} FROM {ROWS}"), written, layout.notes


def _parquet(
    connection: Any, path: Path, given: FileFormat, options: Mapping[str, Any], progress: Progress, more: More
) -> Source:
    """The same of a Parquet file, in its own types; but whole ids that are stored as floats are whole numbers."""
    wanted, customer = _wanted(options, more.also), options["customer"]
    source = f"read_parquet({as_sql(str(path))})"
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
    _check_named(path, wanted, tuple(types))
    chosen, every = (", ".join(map(quoted, names)) for names in (wanted, types))
    rest = free_name(REST, tuple(types))
    executed(
        connection,
        f"CREATE OR REPLACE TABLE {ROWS} AS SELECT {chosen}, hash({every}) AS {rest} FROM {source}",
        progress,
    )
    column = quoted(customer)
    whole = (
        f"{column} IS NULL OR (isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 9e18)"
    )
    floats = types[customer] in ("FLOAT", "DOUBLE")
    if not floats or not connection.execute(f"SELECT bool_and({whole}) FROM {ROWS}").fetchall()[0][0]:
        return connection.table(ROWS), None, ()
    return connection.sql(f"SELECT * REPLACE (CAST({column} AS BIGINT) AS {column}) FROM {ROWS}"), None, ()


def _check_named(path: Path, wanted: list[str], columns: tuple[str, ...]) -> None:
    """Refuse columns that the file does not have.

    Raises
    ------
    DataError
    """
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise DataError(
            f"No column {', '.join(map(repr, missing))}. {path.name} has: {', '.join(columns)}. "
            "Hint: name one of these."
        )
