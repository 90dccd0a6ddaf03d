"""Effects: published intervals, least squares, and coverage in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rfm.campaigns import _effects
from rfm.campaigns._effects import (
    adjusted,
    bootstrapped,
    difference_of_means,
    difference_of_shares,
    strata_of,
)
from rfm.campaigns._moments import Cell, merged


def cell(y, x=None):
    x = np.zeros(len(y)) if x is None else x
    dy, dx = y - y.mean(), x - x.mean()
    return Cell(len(y), y.mean(), x.mean(), (dy * dy).sum(), (dx * dx).sum(), (dx * dy).sum())


@pytest.mark.parametrize(
    ("treated", "control", "interval"),
    [  # Newcombe 1998, Statistics in Medicine 17, table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombes_table(treated, control, interval):
    pair = [Cell(n, k / n) for k, n in (treated, control)]
    effect = difference_of_shares(*pair, 0.95)
    assert (effect.low, effect.high) == pytest.approx(interval, abs=6e-5)


@pytest.mark.parametrize("seed", range(5))
def test_welchs_interval_and_students_test_are_scipys(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.gamma(1, 3, 30), rng.gamma(2, 9, 12)
    ours, theirs = difference_of_means(cell(a), cell(b), 0.9), stats.ttest_ind(a, b, equal_var=False)
    assert ours.p_value == pytest.approx(stats.ttest_ind(a, b).pvalue, rel=1e-10)
    constant = adjusted({"": cell(a)}, {"": cell(b)}, {"": cell(np.append(a, b))}, 0.9)
    assert constant.p_value == pytest.approx(ours.p_value, rel=1e-10)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval(0.9)), rel=1e-10)


@pytest.mark.parametrize("customers", [12, 60])
def test_the_adjusted_effects_error_is_that_of_two_lines_at_everybodys_covariate(customers):
    """Small arms differ in the covariate, and the slope's error moves with it."""
    statsmodels = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    t, x = np.arange(customers) % 3 == 0, rng.gamma(0.5, 20, customers)
    y = 2 + x * (1 + 0.5 * t) + rng.normal(size=customers) * (1 + t)
    lines = [
        statsmodels.OLS(y[arm], statsmodels.add_constant(x[arm])).fit().get_prediction([[1, x.mean()]])
        for arm in (t, ~t)
    ]
    effect = adjusted({"": cell(y[t], x[t])}, {"": cell(y[~t], x[~t])}, {"": cell(y, x)}, 0.95)
    assert effect.difference == pytest.approx(
        lines[0].predicted_mean[0] - lines[1].predicted_mean[0], rel=1e-10
    )
    assert effect.standard_error == pytest.approx(math.hypot(*(line.se_mean[0] for line in lines)), rel=1e-10)


def test_the_adjusted_effect_is_least_squares_with_a_slope_for_each_arm():
    rng = np.random.default_rng(1)
    n, t = 200, np.arange(200) % 3 == 0
    x = rng.gamma(2, 2, n)
    y = 2 + x * (1 + 0.5 * t) + t + rng.normal(size=n)
    centred = x - x.mean()
    design = np.column_stack([np.ones(n), t, centred, centred * t])
    expected = np.linalg.lstsq(design, y, rcond=None)[0][1]
    effect = adjusted({"": cell(y[t], x[t])}, {"": cell(y[~t], x[~t])}, {"": cell(y, x)}, 0.95)
    assert effect.difference == pytest.approx(expected, rel=1e-10)


def test_without_a_covariate_and_with_one_stratum_it_is_welch():
    rng = np.random.default_rng(2)
    a, b = cell(rng.normal(size=20)), cell(rng.normal(size=30))
    assert adjusted({"": a}, {"": b}, {"": merged([a, b])}, 0.95) == difference_of_means(a, b, 0.95)


def test_adjusted_intervals_cover_and_are_as_much_narrower_as_the_covariate_explains():
    rng = np.random.default_rng(3)
    n, runs, strata = 400, 1_500, np.repeat([0, 1, 2, 3], 100)
    x = rng.gamma(0.7, 30, n)
    nothing = 0.8 * x + np.array([0.0, 5.0, 20.0, 60.0])[strata] + rng.gamma(0.5, 20, n)
    lift = 5 + 0.1 * x
    held = widths = plain_widths = 0
    for _ in range(runs):
        t = rng.random(n) < 0.7
        y = nothing + lift * t
        arms = [{s: cell(y[m & (strata == s)], x[m & (strata == s)]) for s in range(4)} for m in (t, ~t)]
        everybody = {s: cell(y[strata == s], x[strata == s]) for s in range(4)}
        effect = adjusted(*arms, everybody, 0.95)
        plain = difference_of_means(cell(y[t]), cell(y[~t]), 0.95)
        held += effect.low <= lift.mean() <= effect.high
        widths += effect.high - effect.low
        plain_widths += plain.high - plain.low
    assert 0.94 - 0.011 < held / runs < 0.96 + 0.011  # two standard errors of 1,500 runs
    design = np.column_stack([*(strata == s for s in range(4)), x])
    residual = nothing - design @ np.linalg.lstsq(design, nothing, rcond=None)[0]
    promised = np.sqrt(residual.var() / nothing.var())
    assert widths / plain_widths == pytest.approx(promised, rel=0.05)


def test_the_bootstrap_covers_where_a_tail_is_long():
    rng = np.random.default_rng(4)
    held, runs = 0, 150
    for run in range(runs):
        groups = [np.where(rng.random(300) < 0.3, rng.lognormal(3, 1.2, 300), 0.0) for _ in range(2)]
        counted = [np.unique(group, return_counts=True) for group in groups]
        low, high = bootstrapped(counted[0], counted[1], 0.9, seed=run)
        held += low <= 0 <= high
    assert stats.binomtest(held, runs, 0.9).pvalue > 1e-3


def test_small_strata_are_joined_until_both_arms_have_two():
    one, two, many = Cell(1, 1.0), Cell(2, 1.0, yy=1.0), Cell(50, 1.0, yy=9.0)
    treated, control = {"a": many, "b": one, "c": two}, {"a": many, "b": two, "d": one}
    everybody = {"a": many, "b": many, "c": many, "d": many}
    left, right, all_of_it, joined = strata_of(treated, control, everybody)
    assert joined == ["b", "c", "d"]
    assert set(left) == set(right) == set(all_of_it) == {"a", None}
    assert left[None].n == 3 == right[None].n
    assert all_of_it[None].n == 150


def test_nothing_can_be_said_of_one_customer():
    lonely, many = Cell(1, 1.0), Cell(50, 1.0, yy=9.0)
    assert np.isnan(difference_of_means(lonely, many, 0.95).low)
    assert np.isnan(adjusted({"": lonely}, {"": many}, {"": many}, 0.95).low)
    assert np.isnan(difference_of_shares(Cell(0, np.nan), many, 0.95).low)


@pytest.mark.parametrize("many", [1, 10**9])
@pytest.mark.parametrize("block", [7, 2**16])
def test_both_ways_of_resampling_have_the_samples_moments(monkeypatch, many, block):
    monkeypatch.setattr(_effects, "MANY", many)
    monkeypatch.setattr(_effects, "BLOCK", block * 40)
    values, customers = np.array([1e6, 1e6 + 3, 1e6 + 10]), np.array([20.0, 15.0, 5.0])
    means, variances = _effects._resampled(np.random.default_rng(0), values, customers)
    everybody = np.repeat(values, customers.astype(int))
    assert len(means) == _effects.DRAWS
    expected = everybody.var() / 40
    assert means.mean() == pytest.approx(everybody.mean(), abs=4 * np.sqrt(expected / len(means)))
    assert means.var() == pytest.approx(expected, rel=0.1)
    assert variances.mean() == pytest.approx(expected, rel=0.1)


def test_a_share_of_rounded_sums_has_an_interval():
    above = 1 + 2**-52
    effect = difference_of_shares(Cell(7, above), Cell(9, above), 0.95)
    assert (effect.difference, effect.p_value) == (0.0, 1.0)
    assert effect.low < 0 < effect.high


def test_groups_of_one_number_each_have_no_interval():
    """Welch's would have no width, whatever the difference."""
    effect = difference_of_means(Cell(2, 10.0), Cell(2, 0.0), 0.95)
    assert effect.difference == 10
    assert np.isnan([effect.low, effect.high, effect.p_value]).all()
