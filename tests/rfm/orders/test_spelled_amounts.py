"""Amounts as they are written; the truths are read by eye."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import TransactionsError
from rfm._orders.spelled_amounts import read_spelled_amounts

NAN = math.nan
COLUMNS = [
    (["NT$1,280", "NT$ 61"], [1280, 61]),
    (["$1,280.00", "$0.50"], [1280, 0.5]),
    (["1.280,50", "12", "-3,5"], [1280.5, 12, -3.5]),
    (["1 280,50", "1\u202f280", "1\u00a0280,5"], [1280.5, 1280, 1280.5]),
    (["1'280.50", "1’280"], [1280.5, 1280]),
    (["(45.00)", "45-", "−45", "-NT$45", "NT$-45", "($45.00)"], [-45] * 6),
    (["１，２８０", "１２"], [1280, 12]),
    (["1,280元", "人民币 1,280.00", "¥5"], [1280, 1280, 5]),
    (["€ 12,50", "12,50 EUR"], [12.5, 12.5]),
    (["Rp 15.000", "Rp 1.500.000"], [15_000, 1_500_000]),
    (["1,23,456.00", "Rs. 500"], [123_456, 500]),
    (["45,-", "45.-"], [45, 45]),
    (["1.5E+03", "2"], [1500, 2]),
    (["-", "", None, "  ", "n/a", "5 kg", "1.2.3,4", "12,34,5", "--5", "7"], [NAN] * 9 + [7]),
    (["1,280"], [1280]),  # only the comma is met: it separates thousands
    (["1.280", "0.500"], [1.28, 0.5]),  # the second proves the point
    (["1,280", "1.280,5"], [1.28, 1280.5]),  # and here the comma
]


@pytest.mark.parametrize(("texts", "values"), COLUMNS)
def test_a_column(texts, values):
    read = read_spelled_amounts(pd.Series(texts, dtype=object, name="paid"))
    np.testing.assert_array_equal(read.values, values)
    blank = [text is None or not text.strip() for text in texts]
    np.testing.assert_array_equal(read.unreadable, np.isnan(values) & ~np.array(blank))


def test_the_currencies():
    texts = pd.Series(["US$ 5", "NT$150", "12 EUR", "7", "$3", "1,280元"])
    assert read_spelled_amounts(texts).currencies.tolist() == ["USD", "TWD", "EUR", "", "$", "元"]


def test_a_point_before_three_digits_is_not_guessed():
    texts = pd.Series(["1.280", "2.500"], name="Betrag")
    with pytest.raises(
        TransactionsError, match=r"'Betrag' can be read in two ways: '1.280' is 1280 if .* 1.28 if"
    ):
        read_spelled_amounts(texts)
    assert read_spelled_amounts(texts, decimal=",").values.tolist() == [1280, 2500]
    assert read_spelled_amounts(texts, decimal=".").values.tolist() == [1.28, 2.5]


def test_two_decimal_marks_are_refused():
    texts = pd.Series(["12.5", "12,5", "7"], name="paid")
    with pytest.raises(
        TransactionsError, match=r"in two ways: '12.5' has a decimal point, '12,5' a decimal comma"
    ):
        read_spelled_amounts(texts)
    read = read_spelled_amounts(texts, decimal=",")
    np.testing.assert_array_equal(read.values, [NAN, 12.5, 7])
    assert read.unreadable.tolist() == [True, False, False]


def test_a_wrong_mark():
    with pytest.raises(TransactionsError, match=r"decimal must be '.' or ','; got ';'"):
        read_spelled_amounts(pd.Series(["1"]), decimal=";")


WRITTEN = {  # cents as written by Python's own formats, with its marks exchanged
    "{:,.2f}": str.maketrans({}),
    "NT${:,.2f}": str.maketrans({}),
    "{:,.2f} EUR": str.maketrans(",.", ".,"),
    "{:,.2f} kr": str.maketrans(",.", " ,"),
    "CHF {:,.2f}": str.maketrans(",", "'"),
}


@given(st.lists(st.integers(-(10**11), 10**11), min_size=1), st.sampled_from(sorted(WRITTEN)))
def test_what_is_written_is_read(cents, how):
    amounts = [cent / 100 for cent in cents]
    texts = pd.Series([how.format(amount).translate(WRITTEN[how]) for amount in amounts])
    assert read_spelled_amounts(texts).values.tolist() == amounts
