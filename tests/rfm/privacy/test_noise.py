"""Noise: OpenDP's scale is the stated one, its distribution the discrete Laplace, and its switch stays as it was."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("opendp")

from opendp import mod

from rfm.privacy._noise import load_opendp, release


@pytest.mark.parametrize(("sensitivity", "epsilon"), [(1, 0.1), (1, 2.0), (2_000_000, 0.25), (37, 1e-6)])
def test_the_scale_is_sensitivity_over_epsilon_and_no_more_is_spent(sensitivity, epsilon):
    made = release([1, 2], sensitivity, epsilon)
    assert made.scale == pytest.approx(sensitivity / epsilon, rel=1e-12)
    assert made.epsilon <= epsilon
    assert made.epsilon == pytest.approx(epsilon, rel=1e-9)


@pytest.mark.parametrize(("confidence", "scale"), [(0.95, 4.0), (0.975, 1.0), (0.5, 300.0)])
def test_the_half_width_is_the_smallest_that_holds(confidence, scale):
    made = release([0], 1, 1 / scale)
    width = made.half_width(confidence)
    law = stats.dlaplace(1 / scale)
    beyond = [2 * law.sf(each) for each in (width - 1, width)]
    assert beyond[1] <= 1 - confidence < beyond[0]


def test_two_releases_have_different_noise_which_no_seed_repeats():
    drawn = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002 - a global seed must not matter
        drawn.append(release([0] * 50, 1000, 0.1).values)
    assert drawn[0] != drawn[1]


def test_the_users_switch_of_features_and_threads_stay_as_they_were(monkeypatch):
    before = set(threading.enumerate())
    monkeypatch.setattr(mod, "GLOBAL_FEATURES", set())
    release([1], 1, 1.0)
    assert set() == mod.GLOBAL_FEATURES
    mod.enable_features("contrib")
    release([1], 1, 1.0)
    assert {"contrib"} == mod.GLOBAL_FEATURES
    assert set(threading.enumerate()) <= before


def test_without_opendp_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opendp", None)
    with pytest.raises(ImportError, match=r"needs OpenDP\. Hint: pip install 'rfm-clv\[privacy\]'\."):
        load_opendp()
