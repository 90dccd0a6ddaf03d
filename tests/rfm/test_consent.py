"""A column of consent says yes or no, as shops write it; nothing is no, and anything else is refused."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm._consent import consent_behind_engine, consent_given

YES = [True, 1, 1.0, "yes", "YES ", "y", "true", "True", "1", "是", "同意", np.True_, np.int8(1)]
NO = [False, 0, 0.0, "no", "N", "false", "0", "否", "不同意", np.False_, None, np.nan, pd.NA, pd.NaT, " ", ""]
ODD = ["maybe", 2, -1, 0.5, "2", "subscribed", b"yes", np.inf, pd.Timestamp("2024-01-01")]
COLUMNS = {
    "truths": ([True, False, True], [True, False, True]),
    "numbers": ([1, 0, 1], [True, False, True]),
    "words": (["Yes", "NO ", ""], [True, False, False]),
    "letters": (["y", "N", None], [True, False, False]),
    "Chinese": (["是", "否", "同意"], [True, False, True]),
}


def test_yes_no_and_nothing():
    assert [consent_given([value], "may").tolist() for value in YES] == [[True]] * len(YES)
    assert [consent_given([value], "may").tolist() for value in NO] == [[False]] * len(NO)
    assert consent_given([*YES, *NO], "may").tolist() == [True] * len(YES) + [False] * len(NO)
    assert consent_given([], "may").tolist() == []


def test_columns_of_pandas():
    for column in (
        pd.Series([True, np.nan, False], dtype=object),
        pd.Series([True, pd.NA, False], dtype="boolean"),
        pd.Series(["yes", None, "no"], dtype="category"),
        pd.Series([1.0, np.nan, 0.0]),
    ):
        assert consent_given(column, "may").tolist() == [True, False, False]


@pytest.mark.parametrize("name", COLUMNS)
def test_every_engine_reads_the_same(name, constructor):
    values, expected = COLUMNS[name]
    frame = nw.from_native(constructor(pd.DataFrame({"row": [0, 1, 2], "may": values})))
    if isinstance(frame, nw.LazyFrame):
        frame = frame.with_columns(found=consent_behind_engine(frame, "may")).select("row", "found").collect()
        assert [bool(value) for value in frame.sort("row")["found"].to_list()] == expected
    else:
        assert consent_given(frame["may"].to_numpy(), "may").tolist() == expected


@pytest.mark.parametrize("value", ODD)
def test_neither_yes_nor_no(value):
    with pytest.raises(DataError, match=r"Column 'may' must say .*; it has .*\. Hint: "):
        consent_given([True, value], "may")


@pytest.mark.parametrize("value", ["maybe", 2, -1, "subscribed"])
def test_neither_yes_nor_no_behind_an_engine(value):
    frame = nw.from_native(pd.DataFrame({"may": [value]})).lazy(backend="polars")
    with pytest.raises(DataError, match=rf"it has {value!r}\. Hint: "):
        consent_behind_engine(frame, "may")
