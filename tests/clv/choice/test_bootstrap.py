"""The bootstrap's spread is that of theory, the same each time, and paired."""

from __future__ import annotations

import numpy as np
import pytest

from clv._choice.bootstrap import GROUPS, interval_of, resampled_totals


def test_the_spread_of_a_total_is_root_n_times_that_of_a_customer():
    values = np.random.default_rng(1).gamma(2.0, 3.0, (400, 1))
    totals = resampled_totals([values], resamples=4_000)
    assert totals.mean() == pytest.approx(values.sum(), rel=0.005)
    assert totals.std() == pytest.approx(np.sqrt(400) * values.std(), rel=0.05)  # of 4,000 draws: ±1.1%


def test_many_customers_are_drawn_in_groups_with_the_same_spread():
    values = np.random.default_rng(1).gamma(0.1, 3.0, (GROUPS * 3 + 11, 1))
    totals = resampled_totals([values], resamples=2_000)
    assert totals.mean() == pytest.approx(values.sum(), rel=0.002)
    assert totals.std() == pytest.approx(np.sqrt(len(values)) * values.std(), rel=0.06)


def test_origins_add_up_and_are_drawn_from_five_on():
    """With four origins that differ only in their level nothing varies; with five, how often each is drawn does."""
    levels = [np.full((10, 1), float(level)) for level in range(5)]
    assert resampled_totals(levels[:4]).std() == 0
    totals = resampled_totals(levels, resamples=4_000)
    assert totals.mean() == pytest.approx(100, rel=0.02)
    assert totals.std() == pytest.approx(10 * np.sqrt(5) * np.arange(5).std(), rel=0.05)


def test_contenders_share_their_customers():
    values = np.random.default_rng(2).normal(size=(50, 1))
    totals = resampled_totals([np.hstack([values, values + 1.0])])
    np.testing.assert_allclose(totals[:, 1] - totals[:, 0], 50.0)


def test_the_same_draws_each_time_whatever_the_global_seed():
    values = [np.arange(20.0).reshape(10, 2)]
    np.random.seed(3)  # noqa: NPY002 - it must not matter
    first = resampled_totals(values)
    np.random.seed(4)  # noqa: NPY002
    np.testing.assert_array_equal(first, resampled_totals(values))
    assert (first != resampled_totals(values, seed=1)).any()


def test_an_interval_holds_the_middle():
    low, high = interval_of(np.column_stack([np.arange(1_001.0), np.full(1_001, 7.0)]))
    np.testing.assert_allclose(low, [25, 7])
    np.testing.assert_allclose(high, [975, 7])
