"""A large file of text as a table of DuckDB: the needed columns as they are written, then typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from clv._files.text_files import Layout
from rfm.errors import DataError

__all__ = [
    "REST",
    "ROWS",
    "WRITTEN",
    "as_sql",
    "executed",
    "free_name",
    "load_text",
    "plain_columns",
    "quoted",
]

Progress = Callable[[float], None]

ROWS: Final = "rfm_clv_rows"
WRITTEN: Final = "date_as_written"
REST: Final = "hash_of_row"
BEYOND: Final = (
    "rfm_clv_beyond"  # a hash of all cells, since rows that are equal in all of them are duplicates
)
# What pandas reads as nothing, so that a large file has the same missing cells as a small one.
NOTHING: Final = ("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
                  "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")  # fmt: skip
ISO: Final = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?"
POLLED: Final = 0.3  # seconds between two looks at how far a query is


def as_sql(text: str) -> str:
    """A text as a constant of SQL."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def free_name(name: str, columns: Sequence[str]) -> str:
    """A name that no column has."""
    while name.casefold() in {column.casefold() for column in columns}:
        name += "_"
    return name


def load_text(connection: Any, path: Path, layout: Layout, wanted: Sequence[str], progress: Progress) -> None:
    """Copy the columns that are wanted into the table `ROWS`, as texts, with a hash of each whole row.

    Parameters
    ----------
    connection : DuckDBPyConnection
    path : Path
        A text file in UTF-8 that is not compressed.
    layout : Layout
        Its separator and its columns.
    wanted : sequence of str
        Columns.
    progress : callable
        Gets the share of the file that is read.

    Raises
    ------
    DataError
        If a row has more cells than columns, or a column that is wanted is not there.
    """
    import duckdb  # noqa: PLC0415

    beyond = [free_name(f"beyond_{place}", layout.names) for place in range(len(layout.names), layout.width)]
    columns = ", ".join(f"{as_sql(name)}: 'VARCHAR'" for name in (*layout.names, *beyond))
    chosen = ", ".join(map(quoted, wanted))
    every = ", ".join(map(quoted, layout.names))
    odd = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in beyond) or "false"

    def query(more: str) -> str:
        return (
            f"CREATE OR REPLACE TABLE {ROWS} AS SELECT {chosen}, hash({every}) AS {free_name(REST, layout.names)}, "
            f"CASE WHEN {odd} THEN error('a row has more cells than there are column names') END AS {BEYOND} "
            f"FROM read_csv({as_sql(str(path))}, auto_detect = false, header = false, skip = {layout.lines_before}, "
            f"columns = {{{columns}}}, delim = {as_sql(str(layout.found.separator))}, quote = '\"', escape = '\"', "
            f"nullstr = [{', '.join(map(as_sql, NOTHING))}], null_padding = true, max_line_size = 20000000{more})"
        )

    try:
        try:
            executed(connection, query(""), progress)
        except duckdb.Error as error:
            if "null_padding" not in str(error):  # a quoted cell with a line break, which one thread can read
                raise
            executed(connection, query(", parallel = false"), progress)
    except duckdb.Error as error:
        raise DataError(
            f"{path.name} cannot be read: {_first_lines(error)}. Hint: is it really a table of text, with no more "
            "cells in a row than it has column names?"
        ) from error


def _first_lines(error: Exception, most: int = 3) -> str:
    """The fact of a message of DuckDB, without its list of options."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:most]).removesuffix(".")


def plain_columns(connection: Any, wanted: Sequence[str], customer: str, date: str) -> dict[str, str]:
    """The expressions of those columns that a cast reads: ids as texts, numbers where all texts of a column are.

    Returns
    -------
    dict of str to str
        SQL by column; the date is a timestamp where all are written as ISO 8601 does, and is else missing here.
    """
    others = [name for name in wanted if name not in (customer, date)]
    counts = [f"count({quoted(name)}), {_numbers(name)}" for name in others]
    wrapped = [
        f"bool_or(starts_with({quoted(name)}, '=\"') OR contains({quoted(name)}, chr(9)))" for name in wanted
    ]
    found = connection.execute(f"SELECT {', '.join([*counts, *wrapped])} FROM {ROWS}").fetchall()[0]
    if any(found[3 * len(others) :]):
        _unwrap(connection, wanted)
        return plain_columns(connection, wanted, customer, date)
    plain = {customer: quoted(customer)}
    for place, name in enumerate(others):
        known, numbers, whole = found[3 * place : 3 * place + 3]
        if known and numbers == known:
            plain[name] = f"CAST(trim({quoted(name)}) AS {'BIGINT' if whole == known else 'DOUBLE'})"
    if _are_times(connection, date):
        plain[date] = f"CAST({quoted(date)} AS TIMESTAMP)"
    return plain


def _unwrap(connection: Any, wanted: Sequence[str]) -> None:
    """Take off what keeps Excel from reading texts as numbers: ="00123" is 00123, and a tab around it is none."""
    bare = (
        f"trim(regexp_replace({quoted(name)}, '^=\"(.*)\"$', '\\1'), chr(9)) AS {quoted(name)}"
        for name in wanted
    )
    connection.execute(f"CREATE OR REPLACE TABLE {ROWS} AS SELECT * REPLACE ({', '.join(bare)}) FROM {ROWS}")


def _numbers(name: str) -> str:
    """Two counts: cells that are numbers and do not begin with 0 and a digit, and of these those that are whole.

    DuckDB reads 1_000, inf and nan as numbers too, which pandas does not read, or not as numbers of orders.
    """
    column = quoted(name)
    plain = (
        f"TRY_CAST({column} AS DOUBLE) IS NOT NULL AND {column} NOT SIMILAR TO '0[0-9].*|.*[_a-df-zA-DF-Z].*'"
    )
    whole = f"{plain} AND TRY_CAST({column} AS BIGINT) IS NOT NULL AND NOT contains({column}, '.')"
    return f"count(*) FILTER ({plain}), count(*) FILTER ({whole} AND NOT contains(lower({column}), 'e'))"


def _are_times(connection: Any, name: str) -> bool:
    """Whether all cells are dates or times as ISO 8601 writes them, without a zone."""
    column = quoted(name)
    odd = f"TRY_CAST({column} AS TIMESTAMP) IS NULL OR NOT regexp_full_match({column}, {as_sql(ISO)})"
    found = connection.execute(
        f"SELECT 1 FROM {ROWS} WHERE {column} IS NOT NULL AND ({odd}) LIMIT 1"
    ).fetchall()
    return not found


def executed(connection: Any, query: str, progress: Progress) -> None:
    """Run a query, and tell how much of it is done, from 0 to 1, while it runs."""
    done = Event()

    def watch() -> None:
        while not done.wait(POLLED):
            percent = connection.query_progress()
            if percent > 0:
                progress(min(percent / 100, 1.0))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        connection.execute(query)
    finally:
        done.set()
        watcher.join()
    progress(1.0)
