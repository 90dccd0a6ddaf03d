"""Spelled amounts and dates in DuckDB: every row has what its text says."""

from __future__ import annotations

from datetime import datetime

import pytest

from clv._large_files.spelled_columns import read_amounts, read_dates
from clv._large_files.text_rows import ROWS, quoted
from rfm.errors import DataError

duckdb = pytest.importorskip("duckdb")


def values(read, texts, **options):
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE {ROWS} AS SELECT unnest(?::VARCHAR[]) AS cell", [texts]).fetchall()
        column = read(connection, "cell", options)
        return dict(connection.execute(f"SELECT {quoted('cell')}, {column} FROM {ROWS}").fetchall())


def test_amounts_and_texts_that_are_none():
    found = values(read_amounts, ["NT$1,280", "(45.00)", "１２", None, "1,280.5", "five"], bad_rows="drop")
    assert found == {
        "NT$1,280": 1280,
        "(45.00)": -45,
        "１２": 12,
        None: None,
        "1,280.5": 1280.5,
        "five": float("inf"),
    }


def test_dates_without_their_times_of_day():
    texts = ["114/04/23 10:05", "民國114年4月3日", "114/04/23 下午 2:07", None, "one day"]
    found = values(read_dates, texts, bad_rows="drop")
    day = datetime(2025, 4, 23)
    assert found[texts[0]] == found[texts[2]] == day
    assert found[texts[1]] == datetime(2025, 4, 3)
    assert found[None] is None
    assert found["one day"] not in (None, day)  # a day that no log can have


def test_two_currencies_and_unreadable_texts_are_refused():
    with pytest.raises(DataError, match=r"names several currencies: EUR, USD.*--currency"):
        values(read_amounts, ["EUR 5", "USD 7"])
    with pytest.raises(
        DataError, match=r"2 whose dates in column 'cell' cannot be read, such as 'x'\. Hint.*--bad-rows drop"
    ):
        values(read_dates, ["2024/1/5", "x", "x"])
