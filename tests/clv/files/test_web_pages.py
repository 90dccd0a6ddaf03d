"""Web pages and Excel's XML, which shop systems export as .xls."""

from __future__ import annotations

import pytest

from clv._files.reading import read_file
from clv._files.web_pages import declared_encoding, looks_like_page, page_tables
from rfm.errors import DataError

PAGE = (
    "<html><head><meta charset='{}'><title>訂單</title><style>td{{}}</style></head><body>"
    "<table><tr><td>選單</td></tr></table>"
    "<table border=1><tr><td colspan=3>銷售報表</td></tr><tr><th>會員編號</th><th>訂單<br>日期</th><th>金額</th></tr>"
    "<tr><td style='mso-number-format:\"\\@\"'>00123</td><td>2024/01/02</td><td>1,280</td></tr>"
    "<tr><td>00124<td>2024/01/03<td>&nbsp;</tr></table></body></html>"
)
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>'
    '<Row><Cell><Data ss:Type="String">customer</Data></Cell><Cell><Data>date</Data></Cell>'
    "<Cell><Data>amount</Data></Cell></Row>"
    '<Row><Cell><Data>00123</Data></Cell><Cell ss:Index="3"><Data>5</Data></Cell></Row>'
    "<Row><Cell><Data>00124</Data></Cell><Cell><Data>2024-01-03</Data></Cell><Cell><Data>6</Data></Cell></Row>"
    "</Table></Worksheet></Workbook>"
)


@pytest.mark.parametrize(
    ("declared", "written", "found"),
    [("utf-8", "utf-8", "utf-8"), ("big5", "cp950", "cp950"), ("big5", "utf-8", "utf-8"), ("x", "cp950", "cp950"),
     ("utf-16", "utf-16", "utf-16"), ("gb2312", "gb18030", "gb18030")],
)  # fmt: skip
def test_a_page_by_the_name_of_a_workbook(tmp_path, declared, written, found):
    path = tmp_path / "o.xls"
    path.write_bytes(PAGE.format(declared).encode(written))
    read = read_file(path)
    assert list(read.table) == ["會員編號", "訂單 日期", "金額"]
    assert read.table.iloc[0].tolist() == ["00123", "2024/01/02", "1,280"]
    assert read.table.isna().sum().sum() == 1
    assert read.found.encoding == found
    assert [str(each) for each in read.said] == [
        "o.xls is a web page or XML, whatever its name says.",
        "Read from a table of a web page; the column names are in its row 2.",
        "Rows above the column names are not read: 1, such as '銷售報表'.",
    ]


def test_xml_of_excel(tmp_path):
    path = tmp_path / "o.xls"
    path.write_text(XML, encoding="utf-8")
    table = read_file(path).table
    assert table["customer"].tolist() == ["00123", "00124"]
    assert table["date"].isna().tolist() == [True, False]
    assert table["amount"].tolist() == ["5", "6"]


def test_a_page_without_a_table(tmp_path):
    (tmp_path / "o.xls").write_text("<html><body>Please log in</body></html>")
    with pytest.raises(DataError, match=r"o\.xls is a web page without a table"):
        read_file(tmp_path / "o.xls")


def test_tables_within_tables_and_what_is_no_page():
    inner = "<table><tr><td>a</td><td><table><tr><td>b</td></tr></table></td></tr></table>"
    assert [grid.rows() for grid in page_tables(inner)] == [[["a", None]], [["b"]]]
    assert not looks_like_page(b"id,<b>\n")
    assert declared_encoding(b"<html>") is None
