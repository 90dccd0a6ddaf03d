"""Counting on an engine, a few values at a time, against counting in memory."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._scores import value_counts as room
from rfm._scores.cut_points import CutPoints, counts, cut_points, ranks
from rfm._scores.value_counts import levels

numbers = st.one_of(
    st.integers(-(2**40), 2**40),
    st.integers(-20, 20),
)
floats = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 1), st.sampled_from([0.0, -0.0])
)


def lazily(values, dtype):
    return nw.from_native(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}).lazy())


def in_memory(values):
    return levels(nw.from_native(pd.DataFrame({"x": values})), "x")


@pytest.fixture
def few(monkeypatch):
    """An engine may bring no more than 16 values at a time."""
    monkeypatch.setattr(room, "MOST", 16)


@given(st.lists(numbers, min_size=1, max_size=200), st.integers(3, 10), st.sampled_from(["low", "high"]))
def test_two_passes_find_the_cuts_of_whole_numbers(values, bins, best):
    _same_cuts(values, pl.Int64, bins, best, given=())


@given(st.lists(floats, min_size=1, max_size=200), st.integers(3, 10), st.lists(floats, max_size=3))
def test_two_passes_find_the_cuts_of_any_floats(values, bins, chosen):
    given = tuple(sorted(cut for cut in [*chosen, *values[:3]] if np.isfinite(cut)))
    _same_cuts(values, pl.Float64, bins, "high", given)


def _same_cuts(values, dtype, bins, best, given):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "MOST", 16)
        found = levels(lazily(values, dtype), "x", lambda n: ranks(n, bins, best), given)
    whole = in_memory(values)
    assert found.customers.sum() == whole.customers.sum()
    assert np.isclose(found.total.sum(), whole.total.sum(), rtol=1e-9, atol=1e-9, equal_nan=True)
    if len(whole.values):
        cuts = cut_points(whole.values, whole.customers, bins, best)
        assert cut_points(found.values, found.customers, bins, best) == cuts
        for chosen in (cuts, given):
            if len(chosen) == bins - 1:
                ruler = CutPoints("F", "x", best, bins, chosen)
                assert counts(found.values, found.customers, ruler) == counts(
                    whole.values, whole.customers, ruler
                )


def test_few_values_come_whole(few):
    found = levels(lazily([3.0, 1.0, 1.0, None, float("nan"), float("inf")], pl.Float64), "x")
    assert found.values.tolist() == [1.0, 3.0]
    assert found.customers.tolist() == [2, 1]
    assert found.total.tolist() == [2.0, 3.0]


def test_many_values_come_as_runs_with_the_asked_for_ranks_themselves(few):
    values = np.random.default_rng(1).lognormal(3, 2, 5_000).round(2)
    found = levels(lazily(values, pl.Float64), "x", lambda n: [n // 2], (10.0,))
    assert len(found.values) < 1_000 < len(np.unique(values))
    assert found.customers.sum() == 5_000
    middle = np.sort(values)[2_499]
    assert found.values[np.searchsorted(np.cumsum(found.customers), 2_500)] == middle
    assert found.customers[found.values <= 10.0].sum() == (values <= 10.0).sum()
    assert found.values[-2:].tolist() == np.unique(values)[-2:].tolist()


def test_an_empty_column_has_no_levels(few):
    assert len(levels(lazily([], pl.Float64), "x").values) == 0
    assert len(levels(lazily([None, None], pl.Int64), "x").values) == 0


def test_a_narrow_range_of_large_numbers_ends(few):
    values = [2**52 + i for i in range(400)]
    found = levels(lazily(values, pl.Int64), "x", lambda n: [100])
    assert found.values[np.searchsorted(np.cumsum(found.customers), 100)] == 2**52 + 99


@pytest.mark.parametrize("unit", [5e-324, 2.0**-1040, 2.0**-1000, 2.0**-900, 2.0**950])
def test_values_at_the_ends_of_what_floats_can_hold(few, unit):
    values = unit * np.arange(-300, 300)
    found = levels(lazily(values, pl.Float64), "x", lambda n: [100], (float(values[17]),))
    assert found.values[np.searchsorted(np.cumsum(found.customers), 100)] == values[99]
    assert found.customers.sum() == 600
    assert values[17] in found.values


def test_buckets_that_are_all_asked_for_end(few):
    values = list(range(17))
    found = levels(lazily(values, pl.Int64), "x", lambda n: range(1, n + 1))
    assert found.values.tolist() == values
    assert found.customers.tolist() == [1] * 17
