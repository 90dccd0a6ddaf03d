"""Sums that noise is added to: what one customer changes, exactly, on every engine."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import DataError
from rfm._frames.native import from_native
from rfm.privacy._clamped_sums import Grid, clamped_sums

AMOUNTS = st.floats(-1e300, 1e300, allow_nan=False)
BOUNDS = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).filter(
    lambda pair: pair[0] < pair[1] and max(-pair[0], pair[1]) >= 1e-6
)


def sums(table, grid):
    counts, found = clamped_sums(from_native(table), "segment", ["a", "b"], {"x": grid})
    return counts, found["x"]


@given(BOUNDS, st.lists(AMOUNTS, min_size=1, max_size=30), AMOUNTS)
def test_one_customer_changes_one_number_by_one_and_one_sum_by_the_bound_at_most(bounds, values, more):
    grid = Grid(*bounds)
    without = pd.DataFrame({"segment": ["a", "b"] * len(values), "x": np.repeat(values, 2)})
    with_them = pd.concat([pd.DataFrame({"segment": ["b"], "x": [more]}), without])
    (n, x), (m, y) = sums(without, grid), sums(with_them, grid)
    assert [b - a for a, b in zip(n, m, strict=True)] == [0, 1]
    assert x[0] == y[0]
    assert abs(y[1] - x[1]) <= grid.sensitivity


def test_float_sums_would_break_the_promise_that_these_keep():
    """What makes the grid needed: a customer with 1 changes this float sum by 2."""
    values = [2.0**53, 1.0]
    assert math.fsum(values) - 2.0**53 == 0  # the exact sum cannot even be held
    assert (2.0**53 + 2.0 + 1.0) - (2.0**53 + 2.0) == 2.0
    grid = Grid(0, 2.0**53)
    assert grid.sensitivity == 9007199  # seven digits of it


def test_values_beyond_the_bounds_count_as_the_bounds():
    table = pd.DataFrame({"segment": ["a", "a", "a", "b"], "x": [-5.0, 1e12, 12.3456, 3.0]})
    grid = Grid(2.0, 50.0)
    counts, found = sums(table, grid)
    assert counts == [3, 1]
    assert grid.amounts(found).tolist() == [2 + 50 + 12.3456, 3.0]


def test_negative_bounds_have_the_sensitivity_of_the_larger_one():
    grid = Grid(-300, 20)
    assert grid.sensitivity * grid.unit == 300
    assert grid.amounts(sums(pd.DataFrame({"segment": ["a"], "x": [-1000.0]}), grid)[1]).tolist() == [-300, 0]


def test_every_engine_and_every_order_of_rows_gives_the_same_whole_numbers(constructor):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"segment": rng.choice(["a", "b"], 400), "x": np.round(rng.lognormal(3, 2, 400), 2)})
    expected = sums(table, Grid(0, 500))
    assert sums(constructor(table), Grid(0, 500)) == expected
    assert sums(table.sample(frac=1, random_state=0), Grid(0, 500)) == expected


def test_missing_values_are_refused_on_every_engine(constructor):
    table = pd.DataFrame({"segment": ["a", "b", "b"], "x": [1.0, None, 2.0]})
    with pytest.raises(DataError, match=r"Column 'x' is missing or infinite for 1 customers\. Hint: fill it"):
        sums(constructor(table), Grid(0, 5))


@pytest.mark.parametrize("other", ["c", None])
def test_a_group_that_is_not_public_is_refused_and_not_left_out(other):
    with pytest.raises(DataError, match="which is none of the groups to show: a, b"):
        sums(pd.DataFrame({"segment": ["a", other], "x": [1.0, 2.0]}), Grid(0, 5))
