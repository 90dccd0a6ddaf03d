"""Reading amounts in memory as whole units, exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import Transactions, TransactionsError
from rfm._orders.amounts import product, read_numbers, read_units
from rfm._orders.verdicts import Verdict

KEPT = Verdict.KEPT


def numbers(values, **kwargs):
    return read_numbers(nw.from_native(pd.Series(values, name="amount", **kwargs), series_only=True))


def units(values, decimals=4, **kwargs):
    money = read_units(numbers(values, **kwargs), decimals)
    return money.units.tolist(), money.rounded.tolist(), money.verdicts.tolist()


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "float64", "Int64", "Float64",
                                   "int32[pyarrow]", "double[pyarrow]"])  # fmt: skip
def test_any_numeric_type(dtype):
    assert units([1, 3, 0], dtype=dtype) == ([10_000, 30_000, 0], [False] * 3, [KEPT] * 3)


def test_missing_in_every_way():
    missing = Verdict.MISSING_AMOUNT
    assert units([1.5, np.nan, None])[2] == [KEPT, missing, missing]
    assert units([1, None, 2], dtype="Int64") == ([10_000, 0, 20_000], [False] * 3, [KEPT, missing, KEPT])
    objects = [Decimal("1.5"), None, pd.NA, Decimal("NaN"), float("nan")]
    assert units(objects, dtype=object)[2] == [KEPT, missing, missing, missing, missing]


def test_large_integers_with_missing_values_stay_exact():
    large = 2**53 + 1
    assert units([large, None], decimals=0, dtype="Int64")[0] == [large, 0]


def test_infinite_and_too_large():
    infinite, large = Verdict.INFINITE_AMOUNT, Verdict.AMOUNT_TOO_LARGE
    assert units([np.inf, -np.inf, 1e300, 4e14])[2] == [infinite, infinite, large, KEPT]
    assert units([2**61, 5])[2] == [large, KEPT]
    assert units([Decimal("Infinity"), Decimal("1e99999"), Decimal(2)], dtype=object)[2] == [
        infinite,
        large,
        KEPT,
    ]


def test_half_goes_to_even_and_is_marked():
    assert units([0.5, 1.5, 2.5, -0.5, -1.5, 3.0], decimals=0) == (
        [0, 2, 2, 0, -2, 3],
        [True] * 5 + [False],
        [KEPT] * 6,
    )
    exact = [Decimal("0.00005"), Decimal("0.00015"), Decimal("-0.00025"), Decimal("0.0001")]
    assert units(exact, dtype=object) == ([0, 2, -2, 1], [True, True, True, False], [KEPT] * 4)


def test_text_and_truth_values_are_refused():
    with pytest.raises(
        TransactionsError,
        match=r"'amount' must hold numbers; got text, such as '12\.50'.*Hint: pandas.to_numeric",
    ):
        numbers(["12.50", "3"])
    with pytest.raises(TransactionsError, match="'amount' must hold numbers; got Boolean"):
        numbers([True, False])
    with pytest.raises(TransactionsError, match="must hold numbers"):
        numbers([True, None], dtype=object)
    with pytest.raises(TransactionsError, match="must hold numbers; got Datetime"):
        numbers(pd.to_datetime(["2020-01-01"]))


def test_what_is_no_number_among_numbers():
    bad = Verdict.UNREADABLE_AMOUNT
    assert units([1, "£5", True, 2.5, [3]], dtype=object) == (
        [10_000, 0, 0, 25_000, 0],
        [False] * 5,
        [KEPT, bad, bad, KEPT, bad],
    )


def test_a_nan_that_signals_is_a_missing_amount():
    values = [Decimal("1.5"), Decimal("sNaN"), Decimal("NaN"), None]
    table = pd.DataFrame(
        {"customer_id": list("abcd"), "date": "2020-01-01", "amount": pd.Series(values, dtype=object)}
    )
    for options in ({}, {"quantity": "pieces", "price": "amount"}, {"duplicates": "drop"}):
        audit = Transactions(table.assign(pieces=1), bad_rows="drop", **options).audit
        assert audit[["rule", "rows"]].to_numpy().tolist() == [["kept", 1], ["missing amount", 3]]
    with pytest.raises(TransactionsError, match=r"3 missing amount \(b on '2020-01-01': \(no amount\)"):
        Transactions(table)
    assert values[1].is_snan()
    assert table["amount"].iloc[1].is_snan()  # the input is as it was


def test_decimals_of_polars_and_arrow_are_exact():
    values = [Decimal("12345678901.2345"), None, Decimal("-0.0001")]
    for table in (pl.DataFrame({"amount": values}), pa.table({"amount": values})):
        money = read_units(read_numbers(nw.from_native(table)["amount"]), 4)
        assert money.units.tolist() == [123_456_789_012_345, 0, -1]
        assert money.verdicts.tolist() == [KEPT, Verdict.MISSING_AMOUNT, KEPT]


def test_products():
    assert read_units(product(numbers([3, -2]), numbers([1.1, 0.1])), 4).units.tolist() == [33_000, -2_000]
    assert not read_units(product(numbers([3, 7]), numbers([1.1, 0.7])), 4).rounded.any()
    exact = product(
        numbers([1000, None], dtype="Int64"), numbers([Decimal("0.12345"), Decimal(1)], dtype=object)
    )
    money = read_units(exact, 4)
    assert (money.units.tolist(), money.rounded.tolist()) == ([1_234_500, 0], [False, False])
    assert money.verdicts.tolist() == [KEPT, Verdict.MISSING_AMOUNT]
    assert read_units(product(numbers([2**40]), numbers([2**40])), 0).verdicts.tolist() == [
        Verdict.AMOUNT_TOO_LARGE
    ]
    assert read_units(product(numbers(["x", 1], dtype=object), numbers([2, 2])), 0).verdicts.tolist() == [
        Verdict.UNREADABLE_AMOUNT,
        KEPT,
    ]


@given(st.lists(st.decimals(-(10**9), 10**9, places=6), min_size=1, max_size=20), st.integers(0, 6))
def test_units_are_the_exact_half_even_rounding(values, decimals):
    found = units(values, decimals, dtype=object)[0]
    step = Decimal(1).scaleb(-decimals)
    assert found == [int(value.quantize(step, ROUND_HALF_EVEN).scaleb(decimals)) for value in values]


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=30), st.integers(0, 4))
def test_a_float_that_prints_within_the_decimals_is_never_rounded(cents, decimals):
    values = [float(Fraction(cent, 10**decimals)) for cent in cents]
    assert units(values, decimals, dtype="float64") == (cents, [False] * len(cents), [KEPT] * len(cents))


def test_nothing_but_missing_amounts():
    missing = Verdict.MISSING_AMOUNT
    assert units([None, None], dtype=object)[2] == [missing, missing]
    assert units([None, None], dtype="Int64")[2] == [missing, missing]


@pytest.mark.parametrize("dtype", ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt32", "UInt64"])
def test_narrow_whole_numbers_with_missing_ones(dtype):
    series = nw.from_native(pl.Series("amount", [5, None], dtype=getattr(pl, dtype)), series_only=True)
    money = read_units(read_numbers(series), 4)
    assert money.units.tolist()[0] == 50_000
