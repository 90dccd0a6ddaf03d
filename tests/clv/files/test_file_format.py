"""Options of a file, checked before it is read."""

from __future__ import annotations

import pytest

from clv._files.file_format import FileFormat, check_format
from rfm.errors import DataError


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"encoding": "klingon"},
            "No encoding is called 'klingon'. Hint: --encoding is one of utf-8, utf-16, cp950",
        ),
        ({"encoding": "hex"}, "No encoding is called 'hex'"),
        ({"encoding": "a\0"}, "No encoding is called"),
        ({"separator": ";;"}, "The separator is one character between cells; got ';;'. Hint: --separator"),
        ({"separator": ""}, "The separator is one character"),
        ({"separator": "a"}, "The separator is one character"),
        ({"separator": '"'}, "The separator is one character"),
        (
            {"header": 0},
            "The header is the number of the row of column names, from 1; got 0. Hint: --header 4",
        ),
        ({"header": 1.5}, "The header is the number"),
    ],
)
def test_what_is_no_format_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        check_format(FileFormat(**given))


def test_separators_by_name():
    names = ("tab", "\\t", "TAB", "comma", "semicolon", "pipe", ":")
    found = [check_format(FileFormat(separator=name)).separator for name in names]
    assert found == ["\t", "\t", "\t", ",", ";", "|", ":"]
