"""Pareto smoothing: the tail's shape, and the use of the weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from clv._fits.psis import fit_tail, smooth_weights

ARVIZ = json.loads((Path(__file__).parents[2] / "oracles" / "psis.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ARVIZ, ids=lambda case: f"{case['size']}-{case['spread']}")
def test_shape_and_weights_are_those_of_arviz(case):
    """Its shape is shrunk towards ½ as the paper says, which matters most where the tail has few draws."""
    size = case["size"]
    place = (np.arange(size) * 7 % size + 0.5) / size
    weights, k = smooth_weights(case["spread"] * np.log(place / (1 - place)))
    assert k == pytest.approx(case["k"], rel=1e-10)
    assert np.sort(weights)[::-1][:8] == pytest.approx(case["largest"], rel=1e-10)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 0.9])
def test_the_tails_shape_is_found(shape):
    excess = np.sort(
        stats.genpareto.rvs(shape, scale=2.0, size=20_000, random_state=np.random.default_rng(1))
    )
    k, sigma = fit_tail(excess)
    assert k == pytest.approx(shape, abs=0.05)
    assert sigma == pytest.approx(2.0, rel=0.05)


def test_weights_correct_a_proposal_that_is_off():
    rng = np.random.default_rng(2)
    points = stats.t.rvs(5, size=20_000, random_state=rng)
    weights, k = smooth_weights(stats.norm.logpdf(points, 0.5, 0.8) - stats.t.logpdf(points, 5))
    assert weights.sum() == pytest.approx(1)
    assert weights @ points == pytest.approx(0.5, abs=0.02)
    assert weights @ points**2 - 0.25 == pytest.approx(0.64, abs=0.03)
    assert k < 0.5


def test_a_proposal_that_misses_the_target_is_told():
    rng = np.random.default_rng(3)
    points = rng.normal(0, 1, 2_000)
    _, k = smooth_weights(stats.norm.logpdf(points, 0, 4) - stats.norm.logpdf(points))
    assert k > 0.7


def test_equal_ratios_stay_equal():
    weights, k = smooth_weights(np.full(50, -1234.5))
    assert weights == pytest.approx(np.full(50, 0.02))
    assert k == -np.inf
