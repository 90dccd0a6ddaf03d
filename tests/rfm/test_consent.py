"""A column of consent says yes or no, as shops write it; nothing is no, and anything else is refused."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm._consent import consent_behind_engine, consent_in_memory

COLUMNS = {
    "truths": ([True, False, True], [True, False, True]),
    "numbers": ([1, 0, 1], [True, False, True]),
    "floats": ([1.0, 0.0, np.nan], [True, False, False]),
    "words": (["Yes", "NO ", ""], [True, False, False]),
    "letters": (["y", "N", None], [True, False, False]),
    "Chinese": (["是", "否", "同意"], [True, False, True]),
    "nobody": ([None, None, None], [False, False, False]),
}


def read(series):
    return consent_in_memory(nw.from_native(series, series_only=True)).tolist()


@pytest.mark.parametrize("name", COLUMNS)
def test_yes_no_and_nothing(name):
    values, expected = COLUMNS[name]
    assert read(pd.Series(values, name="may")) == expected


def test_truths_beside_missing_values_and_categories():
    assert read(pd.Series([True, np.nan, False, "yes"], dtype=object, name="may")) == [
        True,
        False,
        False,
        True,
    ]
    assert read(pd.Series([True, pd.NA, False], dtype="boolean", name="may")) == [True, False, False]
    assert read(pd.Series(["yes", None, "no"], dtype="category", name="may")) == [True, False, False]


@pytest.mark.parametrize("name", ["truths", "numbers", "words", "letters", "Chinese"])
def test_every_engine_reads_the_same(name, constructor):
    values, expected = COLUMNS[name]
    frame = nw.from_native(constructor(pd.DataFrame({"row": [0, 1, 2], "may": values})))
    if isinstance(frame, nw.LazyFrame):
        frame = frame.with_columns(found=consent_behind_engine(frame, "may")).select("row", "found").collect()
        assert [bool(value) for value in frame.sort("row")["found"].to_list()] == expected
    else:
        assert consent_in_memory(frame["may"]).tolist() == expected


@pytest.mark.parametrize("value", ["maybe", 2, -1, "subscribed"])
def test_neither_yes_nor_no(value):
    said = rf"Column 'may' must say .*; it has {value!r}\. Hint: "
    with pytest.raises(DataError, match=said):
        read(pd.Series([1, value], name="may", dtype=object))
    frame = nw.from_native(pd.DataFrame({"may": [value]})).lazy(backend="polars")
    with pytest.raises(DataError, match=said):
        consent_behind_engine(frame, "may")
