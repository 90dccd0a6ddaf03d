"""A file of orders that is larger than memory, read through DuckDB into a log that the analysis takes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from clv._large_files.kept_transactions import KeptTransactions
from clv._large_files.some_customers import ENOUGH, some_customers
from clv._large_files.text_rows import (
    REST,
    ROWS,
    WRITTEN,
    TextForm,
    as_sql,
    executed,
    free_name,
    load_text,
    quoted,
    typed_columns,
)
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["LargeLog", "large_log"]

MEMORY: Final = "2GB"  # that DuckDB may use; the rest of the analysis takes more the more customers there are
ROLES: Final = ("customer", "date", "amount", "order_id", "quantity", "price", "currency", "source", "consent")


@dataclass(frozen=True)
class LargeLog:
    """A log on disk, and the log of some of its customers in memory where it has many.

    Attributes
    ----------
    tx : Transactions
        All orders, of a relation of DuckDB, valid inside the context that made it.
    some : Transactions or None
        See `some_customers`.
    """

    tx: Transactions[Any]
    some: Transactions[Any] | None


@contextmanager
def large_log(
    path: Path,
    form: TextForm | None,
    options: Mapping[str, Any],
    *,
    folder: Path | None = None,
    most: int = ENOUGH,
    silent: bool = False,
) -> Iterator[LargeLog]:
    """Read a large file, with a progress bar of its bytes.

    Parameters
    ----------
    path : Path
        A file of text, or a Parquet file.
    form : TextForm or None
        How the text is written; None for Parquet.
    options : mapping
        Those of `Transactions`: the columns and how they are read.
    folder : Path, optional
        Where the rows are kept while the context lasts, by default in the system's folder for temporary files. It
        needs about as much room as the file has bytes.
    most : int
        Customers above which some stand for all in the costly steps.
    silent : bool
        Whether there is no progress bar.

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
                "SET preserve_insertion_order = false; SET enable_progress_bar = false"
            )
            relation, written = _relation(connection, path, form, options, silent)
            tx = KeptTransactions(relation, written, **options)
            yield LargeLog(tx, some_customers(tx, most))
    finally:
        shutil.rmtree(kept, ignore_errors=True)


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


def _relation(
    connection: Any, path: Path, form: TextForm | None, options: Mapping[str, Any], silent: bool
) -> tuple[Any, str | None]:
    """The relation of the columns that are read and a hash of each row, and its column of dates as written, if any."""
    size = path.stat().st_size
    wanted = list(dict.fromkeys(options[role] for role in ROLES if options.get(role) is not None))
    with tqdm(
        total=size, unit="B", unit_scale=True, desc=f"Reading {path.name}", disable=silent
    ) as bar:

        def progress(share: float) -> None:
            bar.update(max(int(share * size) - bar.n, 0))

        if form is None:
            return _parquet(connection, path, wanted, options["customer"], progress), None
        _check_named(path, wanted, form.columns)
        load_text(connection, path, form, wanted, progress)
    typed = typed_columns(connection, wanted, options["customer"], options["date"])
    rest = quoted(free_name(REST, form.columns))
    columns = [f"{sql} AS {quoted(name)}" for name, sql in typed.items()]
    written = None
    if typed[options["date"]] != quoted(options["date"]):
        written = free_name(WRITTEN, form.columns)
        columns.append(f"{quoted(options['date'])} AS {quoted(written)}")
    return connection.sql(f"SELECT {', '.join(columns)}, {rest} FROM {ROWS}"), written


def _parquet(connection: Any, path: Path, wanted: list[str], customer: str, progress: Any) -> Any:
    """The same of a Parquet file: its own types, but whole numbers stored as floats are whole ids, as in a small one."""
    source = f"read_parquet({as_sql(str(path))})"
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    _check_named(path, wanted, tuple(types))
    chosen = ", ".join(map(quoted, wanted))
    every = ", ".join(map(quoted, types))
    executed(
        connection,
        f"CREATE OR REPLACE TABLE {ROWS} AS SELECT {chosen}, hash({every}) AS {quoted(free_name(REST, tuple(types)))} "
        f"FROM {source}",
        progress,
    )
    if types[customer] not in ("FLOAT", "DOUBLE"):
        return connection.table(ROWS)
    column = quoted(customer)
    whole = f"{column} IS NULL OR (isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 9e18)"
    if not connection.execute(f"SELECT bool_and({whole}) FROM {ROWS}").fetchall()[0][0]:
        return connection.table(ROWS)
    return connection.sql(f"SELECT * REPLACE (CAST({column} AS BIGINT) AS {column}) FROM {ROWS}")


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
