"""The statistics compared with scipy's and statsmodels'."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rfm._dynamics.count_tests import (
    chi_square_bound,
    chi_square_tail,
    homogeneity,
    quadratic_bound,
)

counts = st.lists(st.integers(0, 60), min_size=2, max_size=6)


@given(st.lists(st.tuples(st.integers(40, 90), st.integers(40, 90)), min_size=2, max_size=6))
def test_common_categories_are_tested_as_scipy_tests_them(pairs):
    first, second = np.array(pairs).T
    test = homogeneity(first[None], second[None])
    known = stats.chi2_contingency(np.stack([first, second]), correction=False)
    assert test.statistic[0] == pytest.approx(known.statistic)
    assert (test.df[0], test.pooled[0]) == (known.dof, 0)
    assert test.p_value[0] == pytest.approx(known.pvalue)


@given(counts, counts)
def test_rare_categories_are_pooled_until_every_expected_count_is_five(first, second):
    size = min(len(first), len(second))
    a, b = np.array(first[:size]), np.array(second[:size])
    test = homogeneity(a[None], b[None])
    if test.df[0] == 0:
        assert np.isnan(test.p_value[0])
        return
    # the same pooling, step by step: merge the two rarest until the rarest is common enough
    held = sorted((pair for pair in zip(a.tolist(), b.tolist(), strict=True) if sum(pair)), key=sum)
    smaller = min(a.sum(), b.sum()) / (a.sum() + b.sum())
    rare = [pair for pair in held if sum(pair) * smaller < 5]
    common = held[len(rare) :]
    while rare and sum(map(sum, rare)) * smaller < 5:
        rare.append(common.pop(0))
    table = np.array(([tuple(map(sum, zip(*rare, strict=True)))] if rare else []) + common).T
    known = stats.chi2_contingency(table, correction=False)
    assert known.expected_freq.min() >= 5 - 1e-9
    assert (test.statistic[0], test.df[0]) == (pytest.approx(known.statistic), known.dof)


def test_a_row_without_customers_is_not_tested():
    test = homogeneity(np.array([[0, 0], [30, 30]]), np.array([[30, 30], [30, 30]]))
    assert test.df.tolist() == [0, 1]
    assert test.pooled.tolist() == [0, 0]
    assert np.isnan(test.p_value[0])
    assert test.p_value[1] == 1


def test_the_tail_and_the_bound_are_scipys():
    x, df = np.array([0.0, 1.5, 90.0]), np.array([1, 4, 12])
    assert chi_square_tail(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-12)
    assert np.isnan(chi_square_tail(3.0, 0))
    assert chi_square_bound(4) == pytest.approx(stats.chi2.ppf(0.95, 4))
    assert chi_square_bound(0) == 0


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_bound_of_squares_is_exact_where_it_is_one_chi_square(confidence):
    chi2 = stats.chi2.ppf(confidence, [1, 3])
    assert quadratic_bound(2.5 * np.eye(3), confidence) == pytest.approx(2.5 * chi2[1])
    # three times the same z: 3 z²
    assert quadratic_bound(np.ones((3, 3)), confidence) == pytest.approx(3 * chi2[0])
    assert quadratic_bound(np.zeros((3, 3)), confidence) == 0


def test_the_bound_of_squares_has_the_mean_and_the_variance_of_their_sum():
    root = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-0.3, 0.4, 0.2]])
    covariance = root @ root.T
    mean, variance = np.trace(covariance), 2 * np.trace(covariance @ covariance)
    known = stats.gamma.ppf(0.95, mean**2 / variance, scale=variance / mean)
    assert quadratic_bound(covariance) == pytest.approx(known)


@pytest.mark.nightly
def test_a_chain_that_does_not_change_is_called_changed_one_time_in_twenty():
    rng = np.random.default_rng(4)
    shares = np.array([0.7, 0.2, 0.06, 0.03, 0.01])
    first, second = (rng.multinomial(n, shares, size=20_000) for n in (150, 90))
    test = homogeneity(first, second)
    assert (test.pooled > 0).mean() > 0.5  # the rare ones matter here
    assert 0.04 < (test.p_value < 0.05).mean() < 0.06
