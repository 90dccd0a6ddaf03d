"""Intervals cover what they promise, counted over every outcome; tests are exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import optimize, stats

from rfm._baskets.statistics import exact_p_values, index_interval
from rfm._statistics.shares import wilson


def outcomes(n, p, m, q, least=5):
    """All numbers of buyers in a group and the rest with their probabilities, where the item has enough buyers."""
    k, other = np.meshgrid(np.arange(n + 1.0), np.arange(m + 1.0), indexing="ij")
    chance = np.outer(stats.binom.pmf(np.arange(n + 1), n, p), stats.binom.pmf(np.arange(m + 1), m, q))
    kept = k + other >= least
    return k[kept], other[kept], chance[kept] / chance[kept].sum()


@pytest.mark.parametrize(
    ("n", "everybody", "p", "q"),
    [
        *((200, 1000, p, q) for p, q in ((0.3, 0.3), (0.05, 0.05), (0.98, 0.98), (0.3, 0.15), (0.02, 0.05))),
        *((50, 500, p, q) for p, q in ((0.3, 0.3), (0.98, 0.98), (0.05, 0.3), (0.99, 0.8))),
        *((10, 100, p, q) for p, q in ((0.5, 0.5), (0.9, 0.9), (0.98, 0.98), (0.6, 0.3))),
    ],
)  # with nothing planted, and with an affinity; the interval from logarithms falls to 64% at (50, 500, 0.98, 0.98)
def test_the_interval_of_the_index_covers_it(n, everybody, p, q):
    k, other, chance = outcomes(n, p, everybody - n, q)
    low, high = index_interval(k, np.full(len(k), float(n)), k + other, float(everybody), 0.95)
    true = p / (n / everybody * p + (1 - n / everybody) * q)
    assert 0.94 < chance[(low <= true + 1e-12) & (true <= high + 1e-12)].sum() < 0.98


@pytest.mark.nightly
def test_the_interval_covers_what_its_docstring_says():
    """In 484 shops, counted over all outcomes."""
    shares, held = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99), []
    for n, everybody in ((10, 100), (20, 400), (50, 500), (100, 1000)):
        for p, q in itertools.product(shares, shares):
            k, other, chance = outcomes(n, p, everybody - n, q)
            likely = chance > 1e-9
            k, other, chance = k[likely], other[likely], chance[likely]
            low, high = index_interval(k, np.full(len(k), float(n)), k + other, float(everybody), 0.95)
            true = p / (n / everybody * p + (1 - n / everybody) * q)
            held.append(chance[(low <= true + 1e-9) & (true <= high + 1e-9)].sum())
    assert min(held) > 0.9135
    assert max(held) < 0.9845
    assert np.quantile(held, 0.05) > 0.93
    assert np.quantile(held, 0.95) < 0.9705


@pytest.mark.parametrize(
    ("p", "q", "n", "m"), [(0.2, 0.5, 50, 70), (0.9, 0.95, 20, 400), (0.4, 0.02, 10, 100)]
)
def test_the_ends_of_the_ratio_are_where_its_contrast_is_zero(p, q, n, m):
    """p − L q has a lower limit of 0 at the lower end L, and an upper limit of 0 at the upper end."""
    counts = [np.array([each]) for each in (p * n, q * m)]
    (low_p, high_p), (low_q, high_q) = wilson(counts[0], n, 0.95), wilson(counts[1], m, 0.95)

    def lower(ratio):
        return p - ratio * q - np.hypot(p - low_p[0], ratio * (high_q[0] - q))

    def upper(ratio):
        return p - ratio * q + np.hypot(high_p[0] - p, ratio * (q - low_q[0]))

    ratios = optimize.brentq(lower, 0, p / q), optimize.brentq(upper, p / q, 1e4)
    weight = n / (n + m)
    ends = index_interval(counts[0], np.array([float(n)]), counts[0] + counts[1], float(n + m), 0.95)
    assert [end[0] for end in ends] == pytest.approx(
        [1 / (weight + (1 - weight) / r) for r in ratios], rel=1e-9
    )


def test_no_count_breaks_the_interval():
    n, everybody = 7.0, 20.0
    k, other = (each.ravel() for each in np.meshgrid(np.arange(8.0), np.arange(14.0)))
    k, other = k[k + other > 0], other[k + other > 0]
    low, high = index_interval(k, np.full(len(k), n), k + other, everybody, 0.95)
    index = (k / n) / ((k + other) / everybody)
    assert np.isfinite([low, high]).all()
    assert (
        (low >= 0) & (low <= index + 1e-12) & (index <= high + 1e-12) & (high <= everybody / n + 1e-9)
    ).all()
    assert (low[k == 0] == 0).all()
    assert (low < high).all()
    whole_shop = index_interval(*(np.array([x]) for x in (3.0, 20.0, 3.0)), 20.0, 0.95)
    assert [end[0] for end in whole_shop] == [1, 1]


def test_p_values_are_exact_and_never_too_small_where_nothing_is():
    rng = np.random.default_rng(1)
    k = rng.hypergeometric(60, 240, 50, 4000).astype(float)
    p = exact_p_values(k, np.full(4000, 50.0), np.full(4000, 60.0), 300)
    assert (p < 0.05).mean() < 0.05 + 0.01
    one = exact_p_values(np.array([20.0]), np.array([50.0]), np.array([60.0]), 300)[0]
    law = stats.hypergeom(300, 60, 50)
    assert one == pytest.approx(2 * sum(law.pmf(j) for j in range(20, 51)), rel=1e-10)
