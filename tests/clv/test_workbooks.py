"""Workbooks: typed cells that another reader reads alike, nothing that runs, sheets that Excel opens."""

from __future__ import annotations

import datetime as dt
import time
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pandas as pd
import pytest

from clv._workbooks import MOST_ROWS, Sheet, SheetColumn, Typed, check_installed, write_workbook
from rfm import DataError

openpyxl = pytest.importorskip("openpyxl")

ODD = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "#N/A",
    "0017",
    " lead ",
    "'quoted",
    "1e5",
    "TRUE",
    "2024-01-01",
    "=HYPERLINK(1)",
]


def written(path, *sheets):
    return write_workbook(sheets, path, "Title", "another folder")


def cells(path, sheet=0):
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book.worksheets[sheet].iter_rows()]


def test_texts_stay_texts_whatever_they_begin_with(tmp_path):
    path = written(tmp_path / "a.xlsx", Sheet("x", (SheetColumn("=id"),), [(each,) for each in ODD]))
    column = [row[0] for row in cells(path)]
    assert [cell.value for cell in column] == ["=id", *ODD]
    assert {cell.data_type for cell in column} == {"s"}
    assert {cell.number_format for cell in column} == {
        "@"
    }  # so that editing a cell does not make a formula of it
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    assert pd.read_excel(path, dtype=str, keep_default_na=False)["=id"].tolist() == ODD


def test_numbers_and_dates_are_such_and_missing_values_are_empty(tmp_path):
    columns = (
        SheetColumn("id"),
        SheetColumn("n", "whole"),
        SheetColumn("m", "money"),
        SheetColumn("d", "date"),
    )
    day = dt.date(2024, 2, 29)
    rows = [
        (17, np.int64(3), 1.25, pd.Timestamp(day)),
        (17.0, 3.0, np.float64(2), day),
        ("17", 2.5, np.nan, pd.NaT),
        (np.int32(17), pd.NA, None, dt.date(1899, 12, 31)),
        ("a", np.inf, -np.inf, dt.datetime(2024, 2, 29, 23, 59)),
    ]
    path = written(tmp_path / "a.xlsx", Sheet("x", columns, rows))
    found = [[cell.value for cell in row] for row in cells(path)[1:]]
    stamp = dt.datetime(2024, 2, 29)
    assert found == [
        ["17", 3, 1.25, stamp],
        ["17", 3, 2, stamp],
        ["17", 2.5, None, None],
        ["17", None, None, "1899-12-31"],
        ["a", "∞", "−∞", stamp],
    ]
    assert [cell.number_format for cell in cells(path)[1]] == ["@", "#,##0", "#,##0.00", "yyyy-mm-dd"]


def test_each_cell_keeps_its_own_kind(tmp_path):
    rows = [("day", Typed(dt.date(2024, 1, 2), "date")), ("rate", Typed(0.1, "share")), ("n", Typed(7, "whole")),
            ("law", Typed("=x", "text")), ("again", Typed(dt.date(2024, 1, 3), "date"))]  # fmt: skip
    path = written(tmp_path / "a.xlsx", Sheet("x", (SheetColumn("what"), SheetColumn("value")), rows))
    found = [(row[1].value, row[1].number_format) for row in cells(path)[1:]]
    assert found == [
        (dt.datetime(2024, 1, 2), "yyyy-mm-dd"),
        (0.1, "0.0%"),
        (7, "#,##0"),
        ("=x", "@"),
        (dt.datetime(2024, 1, 3), "yyyy-mm-dd"),
    ]


def test_characters_that_xml_lacks_and_escapes(tmp_path):
    texts = ["a\x00b", "a\ud800b", "a\r\nb", "a\x1fb", "\uffff", "_x0041_", "x" * 40_000, "表\U0001f600"]
    path = written(
        tmp_path / "a.xlsx", Sheet("x\ud800", (SheetColumn("t\x07"),), [(each,) for each in texts])
    )
    found = [row[0].value for row in cells(path)]
    assert found == ["t�", "a�b", "a�b", "a�\nb", "a�b", "�", "_x005F_x0041_", "x" * 32_767, "表\U0001f600"]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["a/b\\c:d*e?f[g]h"], ["a b c d e f g h"]),
        (["x" * 40, "X" * 40], ["x" * 31, "X" * 27 + " (2)"]),
        (["'quoted'", "", "History", "???"], ["quoted", "Sheet", "History 1", "Sheet (2)"]),
        (["顧客", "顧客"], ["顧客", "顧客 (2)"]),
    ],
)
def test_titles_are_legal(tmp_path, titles, expected):
    path = written(tmp_path / "a.xlsx", *(Sheet(title, (SheetColumn("a"),), [("b",)]) for title in titles))
    found = openpyxl.load_workbook(path).sheetnames
    assert found == expected
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\") for title in found)


def test_header_row_stays_and_columns_fit(tmp_path):
    path = written(
        tmp_path / "a.xlsx", Sheet("x", (SheetColumn("a"), SheetColumn("長" * 50)), [("b" * 30, "c")])
    )
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:B2"
    assert page.column_dimensions["A"].width == 32
    assert page.column_dimensions["B"].width == 55
    assert page["A1"].font.bold


def test_the_same_tables_are_the_same_bytes(tmp_path):
    sheet = Sheet("x", (SheetColumn("a"), SheetColumn("b", "money")), [("c", 1.5)] * 50)
    first = written(tmp_path / "a.xlsx", sheet).read_bytes()
    time.sleep(2.1)  # archives know times to two seconds
    assert written(tmp_path / "b.xlsx", sheet).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))  # every part is XML


class Many:
    """A table of more rows than a sheet has, without them."""

    def __len__(self):
        return MOST_ROWS

    def __getitem__(self, item):
        raise AssertionError("refused before it is read")


def test_more_rows_than_a_sheet_has_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"1,048,576 rows; 'customers' needs 1,048,577\. Hint: write this"):
        written(tmp_path / "a.xlsx", Sheet("customers", (SheetColumn("a"),), Many()))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path):
    sheet = Sheet("x", (SheetColumn("a"),), [])
    with pytest.raises(
        DataError, match=r"cannot be written: No such file or directory\. Hint: another folder"
    ):
        written(tmp_path / "none" / "a.xlsx", sheet)
    assert cells(written(tmp_path / "empty.xlsx", sheet))[0][0].value == "a"


def test_without_openpyxl_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"pip install 'rfm-clv\[excel\]'"):
        check_installed()
