"""What laws of retention refuse, and where a mean is infinite."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import clv
from clv._retention.discounted_sums import discounted_tail
from clv._retention.retention_law import RetentionLaw, force_of
from rfm import DataError


def test_an_infinite_mean_is_said_and_a_discount_makes_it_finite():
    law = clv.SBG(0.668, 3.806)
    assert isinstance(law, RetentionLaw)
    assert law.expected_lifetime() == np.inf
    assert law.discounted_expected_residual_lifetime(3, 0.0) == np.inf
    assert law.discounted_expected_residual_lifetime(3, 1e-6) < np.inf


def test_without_discount_the_residual_lifetime_is_the_mean():
    assert clv.SBG(3.0, 4.0).discounted_expected_residual_lifetime([0, 5], 0.0).tolist() == [2.0, 4.5]
    assert clv.BdW(3.0, 4.0, 1.0).discounted_expected_residual_lifetime([0, 5], 0.0) == pytest.approx(
        [2.0, 4.5], rel=1e-11
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda law: law.retention(0), "The first opportunity to renew is t = 1"),
        (lambda law: law.survival(1.5), "counts whole periods"),
        (lambda law: law.log_likelihood(1, 3, 5), "More contracts are lost than were at risk"),
        (lambda law: law.discounted_expected_lifetime(-0.1), "rate must be a finite number, 0 or more"),
        (lambda law: clv.SBG(0.0, 1.0), "the parameter a must be finite and above 0"),
        (lambda law: clv.SBG(np.ones(2), 1.0).simulate(3, np.random.default_rng(1)), "takes a law of single"),
    ],
)
def test_what_has_no_meaning_is_refused(call, words):
    with pytest.raises(DataError, match=words):
        call(clv.SBG(1.0, 1.0))


def test_the_force_of_a_rate():
    assert force_of(0.1) == pytest.approx(np.log(1.1))


def test_a_likelihood_of_nobody_is_0():
    assert clv.SBG(1.0, 1.0).log_likelihood([1, 2], [0, 4], [0, 0]).tolist() == [
        0.0,
        pytest.approx(4 * np.log(2 / 3)),
    ]


def test_the_sum_of_a_power_law_is_zetas_and_that_of_a_discount_a_geometric_series():
    """Σ (1 + j/10)^(−p) from j = 1, by Hurwitz's zeta; and Σ e^(−δ(j − 1)), by hand."""
    for p in (1.05, 1.5, 4.0):
        found = discounted_tail(
            lambda j, p=p: -p * np.log1p(j / 10), lambda j, p=p: -p / (10 + j), 0.0, np.array(p)
        )
        assert float(found) == pytest.approx(float(10**p * special.zeta(p, 11)), rel=1e-12)
    for force in (1e-9, 1e-4, 0.1, 5.0):
        found = discounted_tail(np.zeros_like, np.zeros_like, force, np.array(0.0))
        assert float(found) == pytest.approx(-1 / np.expm1(-force), rel=1e-12)
