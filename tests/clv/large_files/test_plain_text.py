"""A copy in UTF-8 where DuckDB could not read the file itself."""

from __future__ import annotations

import gzip
from functools import partial

import pytest

from clv._files.file_format import FileFormat
from clv._files.opened import opened
from clv._files.text_files import find_layout
from clv._large_files.plain_text import plain_text

TEXT = "會員編號,日期,金額\n00012,2024-01-02,1280\n"


@pytest.mark.parametrize(("encoding", "packed"), [("cp950", False), ("utf-16", True), ("utf-8", True)])
def test_a_copy_holds_the_text(encoding, packed, tmp_path):
    path = tmp_path / ("orders.csv.gz" if packed else "orders.csv")
    content = TEXT.encode(encoding)
    path.write_bytes(gzip.compress(content) if packed else content)
    layout = find_layout(partial(opened, path), path, FileFormat(encoding=encoding))
    copy = plain_text(path, layout, tmp_path)
    assert copy != path
    assert copy.read_text(encoding="utf-8") == TEXT


def test_plain_utf_8_is_not_copied(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(TEXT, encoding="utf-8-sig")
    layout = find_layout(partial(opened, path), path, FileFormat())
    assert plain_text(path, layout, tmp_path) == path
