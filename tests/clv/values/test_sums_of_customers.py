"""Sums over customers: scipy's quantiles, moments of a simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clv._values.sums_of_customers import Luck, mixture_bounds, standardised


@pytest.mark.parametrize("skewness", [-1.2, -0.05, 0.0, 0.3, 2.0])
def test_quantiles_are_scipys_pearson_iii(skewness: float) -> None:
    u = np.array([0.01, 0.05, 0.5, 0.95, 0.99])
    assert standardised(u, skewness) == pytest.approx(stats.pearson3(skewness).ppf(u), abs=1e-9)


def test_bounds_of_a_sum_are_those_of_many_simulated_sums() -> None:
    rng = np.random.default_rng(1)
    customers, futures = 300, 200
    values = rng.gamma(0.2, 5.0, (futures, customers))  # mean 1, variance 5, third moment 50 each
    luck = Luck(*np.zeros((3, 1)))
    for one in values:
        luck += Luck(*np.array([[customers], [((one - 1) ** 2).sum()], [((one - 1) ** 3).sum()]]))
    assert luck.spread(np.array([300.0])) == pytest.approx(np.sqrt(5 * customers), rel=0.05)
    low, high = mixture_bounds(np.full((3, 1), 300.0), luck.over(futures), 0.9)
    known = stats.gamma(0.2 * customers, scale=5.0).ppf([0.05, 0.95])
    assert [low[0], high[0]] == pytest.approx(known, rel=0.01)


def test_without_luck_the_bounds_are_those_of_the_expectations() -> None:
    means = np.linspace(10.0, 20.0, 1001)[:, None] * [1.0, 0.0]
    low, high = mixture_bounds(means, Luck(np.array([15.0, 0.0]), np.zeros(2), np.zeros(2)), 0.9)
    assert low == pytest.approx([10.5, 0.0])
    assert high == pytest.approx([19.5, 0.0])


def test_no_sum_is_negative() -> None:
    few = Luck(np.array([1.0]), np.array([4.0]), np.zeros(1))  # a normal with mean 1 and standard deviation 2
    low, high = mixture_bounds(np.ones((4, 1)), few, 0.9)
    assert low == [0.0]
    assert stats.norm(1, 2).cdf(high) == pytest.approx(
        0.95, abs=1 / 128
    )  # half a step of 64 equally likely ones


def test_a_part_of_the_luck_is_that_of_one_measure() -> None:
    expected, square, cube = np.arange(18.0).reshape(3, 2, 3)
    part = Luck(expected, square, cube).part(1)
    assert [column.tolist() for column in part.stacked] == [[3, 4, 5], [9, 10, 11], [15, 16, 17]]
