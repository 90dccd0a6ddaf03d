"""Columns of a large file that are spelled as people spell amounts and dates: each different text is read once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from clv._large_files.text_rows import ROWS, as_sql, quoted
from rfm._orders.spelled_amounts import DecimalMark, read_spelled_amounts
from rfm._orders.spelled_dates import read_spelled_dates
from rfm.errors import DataError

__all__ = ["read_amounts", "read_dates"]

MOST: Final = 3_000_000  # different texts of a column
SHOWN: Final = 3
BEYOND: Final = "100000-01-01"  # which no text of a date is, and `Transactions` cannot read
TIME_OF_DAY: Final = (  # a superset of the times that `read_spelled_dates` cuts off: texts differ less without them
    r"[T\s]\s*(上午|下午|凌晨|早上|中午|晚上|오전|오후)?\s*\d{1,2}\s*[:時时h]\s*\d{1,2}.*$"
)


def read_amounts(
    connection: Any, name: str, options: Mapping[str, Any], decimal: DecimalMark | None = None
) -> str:
    """Add a column of numbers to the table `ROWS`, read from the texts of another.

    Parameters
    ----------
    connection : DuckDBPyConnection
    name : str
        The column of texts.
    options : mapping
        Of `Transactions`.
    decimal : "." or ",", optional
        The decimal mark; by default what the texts prove.

    Returns
    -------
    str
        The expression of the numbers in SQL: infinite where a text is none.

    Raises
    ------
    DataError
        If texts cannot be read and rows are not to be dropped, or as `read_spelled_amounts` does.
    """
    texts = _different(connection, quoted(name), name)
    found = read_spelled_amounts(texts, decimal=decimal, name=name)
    named = sorted({str(word) for word in found.currencies if word})
    if len(named) > 1:
        raise DataError(
            f"Column {name!r} names several currencies: {', '.join(named[:5])}. Hint: --currency names a column of "
            "currencies, and --rates what one unit of each is worth."
        )
    _refuse(connection, name, quoted(name), texts[found.unreadable], "amounts", options)
    return _joined(
        connection, quoted(name), name, texts, np.where(found.unreadable, np.inf, found.values), "DOUBLE"
    )


def read_dates(connection: Any, name: str, options: Mapping[str, Any]) -> str:
    """Add a column of days to the table `ROWS`; a day far beyond all years where a text is none. See `read_amounts`."""
    given = options.get("date_format")
    key = quoted(name) if given else f"regexp_replace({quoted(name)}, {as_sql(TIME_OF_DAY)}, '')"
    texts = _different(connection, key, name)
    found = read_spelled_dates(texts, date_format=given, name=name)
    _refuse(connection, name, key, texts[found.unreadable], "dates", options)
    days = pd.Series(found.days).astype("datetime64[s]").astype("str").astype(object)
    days = days.where(~np.isnat(found.days), None).mask(found.unreadable, BEYOND)
    return _joined(connection, key, name, texts, days.to_numpy(), "TIMESTAMP")


def _different(connection: Any, key: str, name: str) -> pd.Series[Any]:
    """The different texts of a column, in order.

    Raises
    ------
    DataError
        If they are too many to be read one by one.
    """
    known = f"SELECT DISTINCT {key} AS text FROM {ROWS} WHERE {quoted(name)} IS NOT NULL"
    rows = connection.execute(f"FROM ({known}) ORDER BY text LIMIT {MOST + 1}").fetchall()
    if len(rows) > MOST:
        raise DataError(
            f"Column {name!r} has more than {MOST:,} different texts that are neither plain numbers nor dates of ISO "
            "8601 (2024-05-31 14:05:00). Hint: write them so in a file as large as this."
        )
    return pd.Series([text for (text,) in rows], dtype=object)


def _refuse(
    connection: Any, name: str, key: str, bad: pd.Series[Any], what: str, options: Mapping[str, Any]
) -> None:
    """Refuse texts that cannot be read, unless their rows are to be dropped.

    Raises
    ------
    DataError
    """
    if not len(bad) or options.get("bad_rows") == "drop":
        return
    texts = ", ".join(map(as_sql, bad[:1000]))
    count = connection.execute(f"SELECT count(*) FROM {ROWS} WHERE {key} IN ({texts})").fetchall()[0][0]
    more = "or more " if len(bad) > 1000 else ""
    raise DataError(
        f"Rows that cannot be used: {count:,} {more}whose {what} in column {name!r} cannot be read, such as "
        f"{', '.join(map(repr, bad[:SHOWN]))}. Hint: correct them; --bad-rows drop leaves these rows out and counts "
        "them."
    )


def _joined(connection: Any, key: str, name: str, texts: pd.Series[Any], values: Any, kind: str) -> str:
    """The value of each row's text in a new column; its name in SQL."""
    column = quoted(f"rfm_clv_value_of_{name}")
    rfm_texts = pd.DataFrame({"text": texts, "value": values})
    # DuckDB finds the variable by its name.
    connection.execute(
        f"CREATE OR REPLACE TABLE {ROWS} AS SELECT log.*, CAST(spelled.value AS {kind}) AS {column} "
        f"FROM {ROWS} AS log LEFT JOIN rfm_texts AS spelled ON {key} = spelled.text"
    )
    del rfm_texts
    return column
