"""Workbooks of Excel that cannot be read as they are, and sizes that are wrong."""

from __future__ import annotations

import importlib.util
import re
import sys
import types
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from clv._files.reading import read_file
from clv._files.workbooks import old_sheets
from rfm.errors import DataError

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("ending", ["xls", "xlsx", "csv"])
def test_a_file_with_a_password_says_so(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    path.write_bytes(OLD + bytes(100) + "EncryptedPackage".encode("utf-16-le") + bytes(100))
    with pytest.raises(
        DataError, match=rf"o\.{ending} is protected by a password. Hint: open it in Excel with"
    ):
        read_file(path)


@pytest.mark.skipif(importlib.util.find_spec("python_calamine") is not None, reason="it can be read")
def test_an_old_workbook_says_what_to_do(tmp_path):
    (tmp_path / "o.xls").write_bytes(OLD + bytes(600))
    message = r"workbook of Excel 97 to 2003 \(\.xls\)\. Hint: open it in Excel and .* python-calamine"
    with pytest.raises(DataError, match=message):
        read_file(tmp_path / "o.xls")


def test_an_old_workbook_is_read_through_calamine(tmp_path, monkeypatch):
    """With a stand-in that has calamine's names, as it is no dependency."""
    rows = {
        "cover": [["報表"]],
        "訂單": [["會員編號", "日期", "金額"], ["007", date(2024, 1, 2), 5.0], ["008", "", 6.0]],
        "old": [],
    }

    class Book:
        sheet_names = tuple(rows)
        sheets_metadata = tuple(
            types.SimpleNamespace(name=name, visible=f"SheetVisibleEnum.{seen}")
            for name, seen in (("cover", "Visible"), ("訂單", "Visible"), ("old", "Hidden"))
        )

        @classmethod
        def from_path(cls, path):
            return cls()

        def get_sheet_by_name(self, name):
            return types.SimpleNamespace(to_python=lambda skip_empty_area: rows[name])

    stand_in = types.ModuleType("python_calamine")
    stand_in.CalamineWorkbook = Book
    stand_in.__spec__ = importlib.util.spec_from_loader("python_calamine", loader=None)
    monkeypatch.setitem(sys.modules, "python_calamine", stand_in)
    (tmp_path / "o.xls").write_bytes(OLD + bytes(600))
    assert [sheet.hidden for sheet in old_sheets(tmp_path / "o.xls")] == [False, False, True]
    read = read_file(tmp_path / "o.xls")
    assert read.table["會員編號"].tolist() == ["007", "008"]
    assert read.table["日期"].tolist()[0] == datetime(2024, 1, 2)
    assert read.table["日期"].isna().tolist() == [False, True]
    assert read.found.sheet == "訂單"


def test_a_wrong_size_of_a_sheet_is_not_believed(tmp_path):
    made = openpyxl.Workbook()
    for row in (["customer", "date", "amount"], ["a", "2024-01-02", 1], ["b", "2024-01-03", 2]):
        made.active.append(row)
    made.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as right,
        zipfile.ZipFile(tmp_path / "o.xlsx", "w") as wrong,
    ):
        for name in right.namelist():
            content = right.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content)
            wrong.writestr(name, content)
    assert len(read_file(tmp_path / "o.xlsx").table) == 2


def test_a_style_that_openpyxl_leaves_out_is_no_note(tmp_path, recwarn):
    made = openpyxl.Workbook()
    for row in (["customer", "date", "amount"], ["a", "2024-01-02", 1]):
        made.active.append(row)
    made.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as right,
        zipfile.ZipFile(tmp_path / "o.xlsx", "w") as plain,
    ):
        for name in right.namelist():
            content = right.read(name)
            if name.endswith("styles.xml"):  # other programs write none
                content = re.sub(rb"<cellStyles.*</cellStyles>", b"", content, flags=re.DOTALL)
            plain.writestr(name, content)
    with pytest.warns(UserWarning, match="Workbook contains no default style"):
        openpyxl.load_workbook(tmp_path / "o.xlsx")
    recwarn.clear()
    assert len(read_file(tmp_path / "o.xlsx").table) == 1
    assert not recwarn.list
