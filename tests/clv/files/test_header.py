"""The row of column names among title rows."""

from __future__ import annotations

from datetime import datetime

import pytest

from clv._files.header import clean_names, find_header, header_at, is_empty, shown
from rfm.errors import DataError

NAMES = ["會員編號", "日期", "金額"]
ORDER = ["00123", "2024/01/02", "NT$1,280"]


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ([], 1),
        ([["銷售報表"], []], 3),
        ([["銷售報表", None, None], ["期間", "2024/01/01", "2024/12/31"], []], 4),
        ([["Report", "Orders"], ["From", "To"], ["2024-01-01", "2024-12-31"]], 4),
        ([["本報表", "僅供", "內部使用"]], 2),
    ],
)
def test_the_names_are_found_below_titles(above, row):
    header = find_header([*above, NAMES, ORDER, ORDER, ORDER], "o.csv")
    assert (header.row, header.names, header.parts) == (row, tuple(NAMES), 3)
    assert len(header.above) == sum(any(each) for each in above)


def test_names_that_nobody_knows_are_the_first_wide_row_of_words():
    header = find_header([["title"], ["aa", "bb", "cc"], ["x1", "y", "z"], ["x2", "y", "z"]], "o.csv")
    assert (header.row, header.parts) == (2, 0)


def test_numbers_dates_and_addresses_are_no_names():
    values = [
        ["00123", "114/04/23", "(45.00)"],
        [12, datetime(2024, 1, 2), 4.5],
        ["a@b.c", "民國114年4月3日", "5元"],
    ]
    for row in values[:2]:
        with pytest.raises(DataError, match="has no row of column names: row 1 is"):
            find_header([row] * 3, "o.csv")
    assert find_header([*values, NAMES, ORDER], "o.csv").row == 4


def test_nothing_is_no_header():
    assert find_header([], "o.csv") is None
    assert find_header([[], [None, " "]], "o.csv") is None
    with pytest.raises(DataError, match="o has nothing in row 2"):
        header_at([["a"], [None]], 2, "o")


def test_what_is_empty_and_how_rows_are_quoted():
    assert [is_empty(cell) for cell in (None, "　\t", float("nan"), 0, "0")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert shown(["合計", None, 5]) == "'合計, 5'"
    assert len(shown(["x" * 100])) == 62
    assert clean_names(["a", "a", None, "a.1"]) == (("a", "a.1", "column 3", "a.1.1"), ("a.1", "a.1.1"))
