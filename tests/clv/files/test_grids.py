"""The sheet with the orders among others."""

from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest

from clv._files.file_format import FileFormat
from clv._files.reading import read_file
from rfm.errors import DataError

NAMES = ["會員編號", "日期", "金額"]
DAY = datetime(2024, 1, 2)


def orders(count, amount=5):
    return [NAMES, *([f"{place:05d}", DAY, amount] for place in range(count))]


@pytest.fixture
def book(tmp_path):
    """Write a workbook, and read it."""

    def book(sheets, hidden=(), **given):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
            sheet.sheet_state = "hidden" if name in hidden else "visible"
        made.save(tmp_path / "o.xlsx")
        return read_file(tmp_path / "o.xlsx", FileFormat(**given))

    return book


def test_the_sheet_with_most_parts_of_a_log_is_read(book):
    read = book(
        {"封面": [["銷售報表"]], "會員": [["會員編號", "姓名"], *[["1", "王"]] * 90], "訂單": orders(3)}
    )
    assert (read.found.sheet, len(read.table)) == ("訂單", 3)
    assert str(read.said[1]) == "Sheets that are not read: 封面, 會員."


def test_a_much_longer_sheet_is_read_and_a_hidden_one_is_not(book):
    assert book({"退貨": orders(3), "訂單": orders(90)}).found.sheet == "訂單"
    assert book({"舊": orders(90), "訂單": orders(30)}, hidden=("舊",)).found.sheet == "訂單"
    assert book({"訂單": orders(3), "x": [["note"]]}, hidden=("訂單",)).found.sheet == "訂單"


def test_several_sheets_of_orders_are_an_error_that_lists_them(book):
    message = r'2 sheets look like orders. Hint: --sheet names .*: "1月" \(3 rows\), "2月" \(4 rows\), "x"'
    with pytest.raises(DataError, match=message):
        book({"1月": orders(3), "2月": orders(4), "x": []})


@pytest.mark.parametrize(("sheet", "rows"), [("2月", 4), (2, 4), ("1", 3)])
def test_a_sheet_by_name_or_number(book, sheet, rows):
    assert len(book({"1月": orders(3), "2月": orders(4)}, sheet=sheet).table) == rows


def test_no_such_sheet_and_no_orders(book):
    with pytest.raises(DataError, match=r"o\.xlsx has no sheet '3月'. Hint: --sheet names .*: \"1月\""):
        book({"1月": orders(3)}, sheet="3月")
    with pytest.raises(DataError, match=r'The sheet "x" of o\.xlsx is empty'):
        book({"1月": orders(3), "x": []}, sheet="x")
    with pytest.raises(DataError, match="has no sheet with cells"):
        book({"x": [], "y": []})
    with pytest.raises(DataError, match="has no row of column names"):
        book({"x": orders(3)[1:]})


def test_a_header_that_is_given(book):
    rows = [["title"], ["who", "when", "what"], *orders(2)]
    assert list(book({"x": rows}, header=2).table) == ["who", "when", "what"]
    assert list(book({"x": rows}).table) == NAMES


def test_values_stay_values_and_ids_are_texts_as_they_show(book):
    read = book(
        {"x": [NAMES, [1001.0, DAY, 1], ["007", DAY, 2.5], [12346, date(2024, 1, 3), -3], [None, DAY, 4]]}
    )
    assert read.table["會員編號"].tolist() == ["1001", "007", "12346", None]
    assert read.table["金額"].tolist() == [1, 2.5, -3, 4]
    assert read.table["日期"].tolist()[:2] == [DAY, DAY]


def test_mixed_amounts_and_errors_of_excel(book):
    read = book({"x": [NAMES, ["1", DAY, "NT$1,280"], ["2", "114/01/02", 5], ["3", DAY, "#N/A"]]})
    assert read.table["金額"].tolist() == ["NT$1,280", 5, None]
    assert read.table["日期"].tolist() == [DAY, "114/01/02", DAY]
