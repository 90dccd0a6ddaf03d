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


def test_ties_with_the_cut_are_no_part_of_the_tail():
    """As in arviz: of 100 ratios the 20 largest would be the tail, and 10 of these are as small as the others."""
    log_ratios = np.concatenate([np.zeros(90), np.linspace(0.5, 3.0, 10)])
    weights, k = smooth_weights(log_ratios)
    known, sigma = fit_tail(np.exp(log_ratios[90:] - 3.0) - np.exp(-3.0))
    assert k == known
    assert weights[:90] == pytest.approx(weights[0])
    quantiles = stats.genpareto(k, loc=np.exp(-3.0), scale=sigma).ppf((np.arange(10) + 0.5) / 10)
    assert weights[90:] / weights[0] == pytest.approx(np.minimum(quantiles, 1.0) / np.exp(-3.0))


@pytest.mark.parametrize("carrying", [1, 2, 4])
def test_where_a_few_points_carry_the_weight_it_cannot_be_trusted(carrying):
    """The others are smaller by more than a double can hold."""
    log_ratios = np.concatenate(
        [np.full(96, -2_000.0) - np.arange(96), np.arange(carrying), [-1_900] * (4 - carrying)]
    )
    weights, k = smooth_weights(log_ratios)
    assert k == np.inf
    top = np.exp(np.arange(carrying))
    assert weights[96 : 96 + carrying] == pytest.approx(top / top.sum())


def test_ratios_of_any_size_have_weights():
    """Spread over 700 powers of e: the shape is far above 0.7, and the weights stay finite."""
    weights, k = smooth_weights(np.linspace(-700, 0, 100))
    assert k > 10
    assert np.isfinite(weights).all()
    assert weights.sum() == pytest.approx(1)
