"""sBG and BdW against mpmath at 40 digits, on points of a grid of extremes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import clv

CASES = json.loads((Path(__file__).parents[2] / "oracles" / "retention.json").read_text(encoding="utf-8"))


def law_at(at):
    return clv.SBG(at["a"], at["b"]) if at["c"] == 1 else clv.BdW(at["a"], at["b"], at["c"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["at"]))
def test_formulas_are_exact(case):
    at, truth = case["at"], {name: float(value) for name, value in case["truth"].items()}
    law, t, k = law_at(at), at["t"], at["k"]
    assert law.survival(t) == pytest.approx(truth["survival"], rel=3e-12, abs=1e-300)
    assert law.survival(t, k) == pytest.approx(truth["residual_survival"], rel=3e-12, abs=1e-300)
    assert law.churn(t) == pytest.approx(truth["churn"], rel=3e-11, abs=1e-300)
    found = law.discounted_expected_residual_lifetime(k, at["rate"])
    assert found == pytest.approx(truth["residual"], rel=1e-12)
    if at["c"] == 1:  # the sum of BdW is another way to the same number
        same = clv.BdW(at["a"], at["b"], 1.0).discounted_expected_residual_lifetime(k, at["rate"])
        assert same == pytest.approx(truth["residual"], rel=1e-12)


@pytest.mark.parametrize("law", [clv.SBG(0.668, 3.806), clv.BdW(0.8, 2.0, 0.7), clv.BdW(2.0, 3.0, 1.8)])
def test_retention_survival_and_churn_agree(law):
    t = np.arange(1, 200)
    assert np.cumprod(law.retention(t)) == pytest.approx(law.survival(t), rel=1e-12)
    assert 1 - np.cumsum(law.churn(t)) == pytest.approx(law.survival(t), abs=1e-13)
    assert law.survival(0) == 1.0


def test_parameters_may_be_arrays():
    law = clv.SBG(np.array([0.5, 2.0]), 3.0)
    assert law.survival(4).tolist() == [clv.SBG(a, 3.0).survival(4) for a in (0.5, 2.0)]
    lifetimes = law.expected_lifetime()
    assert lifetimes[0] == np.inf
    assert lifetimes[1] == pytest.approx(4.0)
    both = clv.BdW(np.array([0.5, 2.0]), 3.0, np.array([3.0, 1.0])).expected_lifetime()
    assert both[1] == pytest.approx(4.0, rel=1e-12)
    assert np.isfinite(both[0])


@pytest.mark.parametrize("c", [0.6, 1.0, 2.2])
def test_simulated_lifetimes_follow_the_law(c):
    law, n = clv.BdW(1.4, 2.5, c), 200_000
    drawn = law.simulate(n, np.random.default_rng(8))
    t = np.arange(1, 9)
    counts = np.array([(drawn == each).sum() for each in t])
    expected = n * law.churn(t)
    assert (np.abs(counts - expected) < 4.5 * np.sqrt(expected)).all()
    discounted = np.mean((1 - 1.1**-drawn) / (1 - 1 / 1.1))
    assert discounted == pytest.approx(law.discounted_expected_lifetime(0.1), rel=0.01)
