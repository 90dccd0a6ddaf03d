"""Columns of the tables of plots hold what their names say, or the table is refused."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from rfm import DataError

PROFILE = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("customers", ["a", "b"], "Column 'customers' must hold numbers; got String"),
        ("customers", [1.5, 2], "must hold whole numbers from 0 to 1,000,000,000; got 1.5"),
        ("customers", [-1, 2], "must hold whole numbers from 0 to 1,000,000,000; got -1"),
        ("customers", [1, None], "Column 'customers' has missing values"),
        ("spend", [1.0, float("inf")], "Column 'spend' must hold finite numbers from -.* to .*; got inf"),
        ("segment", [["a"], ["b"]], "Column 'segment' holds lists or structs, such as \\['a'\\]"),
    ],
)
def test_wrong_columns_are_refused_by_name(column, values, message):
    with pytest.raises(DataError, match=message):
        rfm.plot.shares(PROFILE.assign(**{column: values}))


def test_plots_of_too_many_names_are_refused():
    many = pd.DataFrame({"segment": [f"s{i}" for i in range(1_001)], "customers": 1, "spend": 1.0})
    with pytest.raises(DataError, match=r"Column 'segment' holds 1,001 names; a plot shows at most 1,000"):
        rfm.plot.treemap(many)


def test_floats_of_16_bits_and_lone_surrogates_are_read():
    halves = PROFILE.assign(
        spend=pd.Series([900, 100], dtype="float16"), segment=pd.Series(["a\ud800", "b"], dtype=object)
    )
    assert rfm.plot.shares_data(halves)["share_of_spend"].tolist() == [0.9, 0.1]
    assert rfm.plot.shares_data(halves)["segment"].tolist() == ["a?", "b"]
