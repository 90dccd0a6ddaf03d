"""Separators, title rows and odd rows of text files."""

from __future__ import annotations

import pytest

from clv._files.file_format import FileFormat
from clv._files.reading import read_file
from clv._files.text_files import find_layout
from rfm.errors import DataError

ANN, BOB = ["ann", "2024-01-02", "5"], ["bob", "2024-01-03", "6"]


@pytest.fixture
def read(tmp_path):
    """Read bytes or a text as a file."""

    def read(content, name="o.csv", **given):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_file(path, FileFormat(**given))

    return read


def rows(read):
    return read.table.astype(object).where(read.table.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found(read, separator):
    text = "customer,date,amount\nann,2024-01-02,5\nbob,2024-01-03,6\n".replace(",", separator)
    found = read(text)
    assert found.found.separator == separator
    assert rows(found) == [ANN, BOB]


@pytest.mark.parametrize(
    ("text", "separator", "cells"),
    [
        (
            "kunde;datum;betrag\n1;02.01.2024;1.280,50\n2;03.01.2024;45,00\n",
            ";",
            ["1", "02.01.2024", "1.280,50"],
        ),
        ('id,date,paid\n1,2024-01-02,"1,280"\n2,2024-01-03,45\n', ",", ["1", "2024-01-02", "1,280"]),
        ("id|date|paid\n1|2024-01-02|1,280\n2|2024-01-03|1,450\n", "|", ["1", "2024-01-02", "1,280"]),
        ("idx;quando;sum\n1;2024-01-02;1,5\n2;2024-01-03;2,5\n", ";", ["1", "2024-01-02", "1,5"]),
        (
            "customer,date,tags\nann,2024-01-02,a|b|c\nbob,2024-01-03,d;e\n",
            ",",
            ["ann", "2024-01-02", "a|b|c"],
        ),
        ("sep=;\r\nid;date;paid\r\n1;2024-01-02;5\r\n", ";", ["1", "2024-01-02", "5"]),
        ('"sep=|"\r\nid|date|paid\r\n1|2024-01-02|5\r\n', "|", ["1", "2024-01-02", "5"]),
        ("id,date,paid\r1,2024-01-02,5\r", ",", ["1", "2024-01-02", "5"]),
        ('id,note,paid\r\n1,"two\r\nlines, ""quoted""",5\r\n', ",", ["1", 'two\r\nlines, "quoted"', "5"]),
        ("id,date,paid,\n1,2024-01-02,5,\n", ",", ["1", "2024-01-02", "5"]),
        ("id,date,paid\n1,2024-01-02,5,\n", ",", ["1", "2024-01-02", "5"]),
        ('order,who\n="0012",="00123"\n', ",", ["0012", "00123"]),
        ('order,who\n"=""0012""","\t00123"\n', ",", ["0012", "00123"]),
    ],
)
def test_cells_are_as_they_are_written(read, text, separator, cells):
    found = read(text)
    assert found.found.separator == separator
    assert rows(found)[0] == cells


def test_title_rows_empty_rows_and_totals_are_left_out_and_said(read):
    found = read(
        "報表名稱：訂單,,\n匯出時間：2024/01/02,,\n,,\n會員編號,日期,金額\n1,2024/01/02,5\n,,\n2,2024/01/02,6\n"
        "會員編號,日期,金額\n3,2024/01/04,7\n合計,,18\n共 3 筆,,\n\n"
    )
    assert rows(found) == [["1", "2024/01/02", "5"], ["2", "2024/01/02", "6"], ["3", "2024/01/04", "7"]]
    assert found.found.header == 4
    assert [str(each) for each in found.said] == [
        "Read as UTF-8, separated by commas; the column names are in row 4.",
        "Rows above the column names are not read: 2, such as '報表名稱：訂單'.",
        "Empty rows are left out: 1.",
        "Rows that repeat the column names are left out: 1.",
        "Rows at the end that are totals or remarks are left out: 2, such as '合計, 18'.",
    ]


def test_names_lose_what_cannot_be_seen(read):
    found = read('\ufeff 會員編號　,"訂單\n日期",金額,金額\n1,2,3,4\n')
    assert list(found.table) == ["會員編號", "訂單 日期", "金額", "金額.1"]
    assert str(found.said[-1]) == "Several columns have the same name: they are called 金額.1."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,date,paid\n1,2024-01-02,1,280\n",
            "row 2 has 4 cells or more, but there are 3 column names: '1, 2024",
        ),
        ("id,date,paid\n" + "1,2024-01-02,5\n" * 300 + "1,2024-01-02,1,280\n", "row 302 has 4 cells or more"),
        ("id,date,paid\n" + "1,2024-01-02,5\n" * 300 + "\n1,2,3,4,5,6\n", "row 303 has 6 cells or more"),
        (
            "id,date,paid\n1,2024-01-02,5\n1,2,3,4,5\n",
            "row 3 has 4 cells or more, .* such as 1,280 in a file sep",
        ),
    ],
)
def test_a_row_that_would_be_read_wrongly_is_an_error(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text)


def test_a_quotation_mark_that_is_not_closed_takes_no_orders(read):
    orders = [f"c{place},2024-01-02,5,note" for place in range(50)]
    orders[10] = 'c10,2024-01-02,5,"broken'
    orders[30] = 'c30,2024-01-02,5,"also broken'
    with pytest.raises(
        DataError, match="row 12 holds 19 other rows, since it begins with a quotation mark that is"
    ):
        read("\n".join(["customer,date,amount,note", *orders]) + "\n")
    with pytest.raises(DataError, match=r"cannot be read: .*EOF inside string"):
        read("\n".join(["customer,date,amount,note", *orders[:20]]) + "\n")
    text = "line one\nand line two, with a comma\nthree" + "\n".join(["long"] * 30)
    assert len(read(f'customer,date,amount,note\nann,2024-01-02,5,"{text}"\n').table) == 1


def test_a_file_without_names_is_an_error_unless_they_are_said_to_be_there(read):
    text = "00123,2024-01-02,45\n00124,2024-01-03,46\n"
    with pytest.raises(
        DataError, match=r"no row of column names: row 1 is '00123, 2024-01-02, 45'. Hint: .*header 1"
    ):
        read(text)
    assert list(read(text, header=1).table) == ["00123", "2024-01-02", "45"]


def test_what_is_given_is_used(read):
    text = "a\nb;c\ncustomer;date\nann;1,5\n"
    assert rows(read(text, header=3)) == [["ann", "1,5"]]
    assert list(read(text, header=2).table) == ["b", "c"]
    assert read("a,b\n1,2\n", separator=";").table.columns.tolist() == ["a,b"]
    with pytest.raises(DataError, match=r"has nothing in row 9\. Hint: --header is the number of the row"):
        read(text, header=9)


def test_the_layout_says_where_the_table_begins(tmp_path):
    path = tmp_path / "o.csv"
    title, names, cells = "報表\r\n", '"會員\r\n編號",金額\r\n', "1,2\r\n"
    for encoding in ("cp950", "utf-8-sig", "utf-16"):
        path.write_bytes((title + names + cells).encode(encoding))
        layout = find_layout(lambda: path.open("rb"), path, FileFormat())
        assert layout.found == FileFormat(encoding, ",", None, 2)
        assert (layout.names, layout.lines_before, layout.width) == (("會員 編號", "金額"), 3, 2)
        rest = path.read_bytes()[layout.bytes_before :]
        assert rest == cells.encode("utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig"))
