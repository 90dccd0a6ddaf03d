"""Rows of a large text file in DuckDB: the cells as pandas reads them, typed where a whole column is plain."""

from __future__ import annotations

from functools import partial

import pytest

from clv._files.file_format import FileFormat
from clv._files.opened import opened
from clv._files.text_files import find_layout
from clv._large_files.text_rows import ROWS, as_sql, free_name, load_text, plain_columns, quoted
from rfm.errors import DataError

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        yield connection


def load(connection, path, text, wanted):
    path.write_text(text, encoding="utf-8")
    layout = find_layout(partial(opened, path), path, FileFormat(separator=","))
    shares = []
    load_text(connection, path, layout, wanted, shares.append)
    assert shares[-1] == 1.0
    return connection.execute(f"SELECT {', '.join(map(quoted, wanted))} FROM {ROWS} ORDER BY ALL").fetchall()


def test_cells_are_as_written_and_missing_ones_missing(connection, tmp_path):
    text = 'id,date,note\n007,2024-01-01,"a ""b"", c"\nNA,2024-01-02,"two\nlines"\n,2024-01-03\n'
    found = load(connection, tmp_path / "a.csv", text, ["date", "id", "note"])
    assert found == [
        ("2024-01-01", "007", 'a "b", c'),
        ("2024-01-02", None, "two\nlines"),
        ("2024-01-03", None, None),
    ]


def test_what_is_plain_is_typed(connection, tmp_path):
    text = 'id,date,whole,part,zero,word,tab\n7,2024-01-01 10:00:05,1,1.5,01,x,"\t4"\n8,2024-01-02,-2,1e3,2,4,5\n'
    names = ["id", "date", "whole", "part", "zero", "word", "tab"]
    load(connection, tmp_path / "a.csv", text, names)
    found = plain_columns(connection, names, "id", "date")
    assert set(found) == {"id", "date", "whole", "part", "tab"}
    kinds = {name: sql.rpartition(" AS ")[2] for name, sql in found.items()}
    assert kinds["date"] == "TIMESTAMP)"
    assert (kinds["whole"], kinds["part"], kinds["tab"]) == ("BIGINT)", "DOUBLE)", "BIGINT)")
    assert found["id"] == '"id"'


@pytest.mark.parametrize("number", ["inf", "nan1", "1_000", "0x1F"])
def test_what_only_duckdb_calls_a_number_is_a_text(connection, tmp_path, number):
    load(
        connection,
        tmp_path / "a.csv",
        f"id,date,amount\n7,2024-01-01,{number}\n8,2024-02-30,2\n",
        ["id", "date", "amount"],
    )
    assert set(plain_columns(connection, ["id", "date", "amount"], "id", "date")) == {"id"}


def test_a_row_that_is_too_wide_is_refused(connection, tmp_path):
    with pytest.raises(DataError, match=r"a\.csv cannot be read: .* Hint: is it really a table of text"):
        load(connection, tmp_path / "a.csv", "id,date\n7,2024-01-01\n7,2024-01-01,3,4\n", ["id", "date"])


def test_names_in_sql():
    assert (as_sql("it's"), quoted('a "b"')) == ("'it''s'", '"a ""b"""')
    assert free_name("rest", ("Rest", "rest_")) == "rest__"
