"""Sizes and detectable effects, against simulated experiments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rfm import DataError
from rfm.campaigns import detectable_lift, required_size
from rfm.campaigns._effects import difference_of_means, difference_of_shares
from rfm.campaigns._moments import Cell

RUNS = 3_000


def found(p_values, power):
    """Whether so many significant results are what the power promises."""
    return stats.binomtest(int((np.array(p_values) < 0.05).sum()), RUNS, power).pvalue > 1e-3


@pytest.mark.parametrize(("control", "power"), [(0.5, 0.8), (0.2, 0.9)])
def test_a_lift_of_a_share_is_found_at_the_promised_power(control, power):
    n = required_size(0.1, 0.3, power, control=control)
    rng = np.random.default_rng(0)
    few = round(control * n)
    p = [
        difference_of_shares(Cell(n - few, k / (n - few)), Cell(few, j / few), 0.95).p_value
        for k, j in zip(rng.binomial(n - few, 0.13, RUNS), rng.binomial(few, 0.1, RUNS), strict=True)
    ]
    assert found(p, power)


def test_a_lift_of_a_mean_is_found_at_the_promised_power():
    n = required_size(40.0, 0.1, 0.8, standard_deviation=30.0, control=0.3)
    rng = np.random.default_rng(1)
    few, p = round(0.3 * n), []
    for _ in range(RUNS):
        groups = [rng.normal(mean, 30, size) for mean, size in ((44, n - few), (40, few))]
        cells = [Cell(len(y), y.mean(), yy=((y - y.mean()) ** 2).sum()) for y in groups]
        p.append(difference_of_means(cells[0], cells[1], 0.95).p_value)
    assert found(p, 0.8)


@given(st.floats(0.01, 0.4), st.floats(0.05, 1.0), st.floats(0.5, 0.95), st.floats(0.05, 0.95))
def test_size_and_lift_are_inverse(baseline, lift, power, control):
    n = required_size(baseline, lift, power, control=control)
    assert detectable_lift(baseline, n, power, control=control) <= lift * (1 + 1e-6)
    if n > 5:
        assert detectable_lift(baseline, n - 1, power, control=control) >= lift * (1 - 1e-6)


def test_what_is_explained_is_not_needed_and_looks_cost():
    plain = required_size(40.0, 0.1, standard_deviation=90.0)
    assert required_size(40.0, 0.1, standard_deviation=90.0, explained=0.45) == pytest.approx(
        0.55 * plain, abs=1
    )
    assert required_size(0.05, 0.1, looks=5) == required_size(0.05, 0.1, confidence=0.99)


def test_a_share_cannot_rise_above_one():
    assert detectable_lift(0.9, 4) == math.inf
    with pytest.raises(DataError, match=r"makes a share of 0\.9 one of 1\.8"):
        required_size(0.9, 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baseline": 5}, "baseline must lie between 0 and 1; got 5. Hint: .*standard_deviation="),
        ({"lift": 0}, "lift is 0, which no number of customers finds"),
        ({"power": 80}, "power must lie between 0 and 1"),
        ({"explained": 1}, "explained must be a finite number"),
        ({"lift": 1e-9}, "needs more than"),
        ({"looks": 0}, "looks must be a whole number"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        required_size(**({"baseline": 0.05, "lift": 0.1} | options))
