"""A population's mean that is known from more than the parameters."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.gamma_gamma import GammaGamma
from clv._laws.shrunken_gamma_gamma import ShrunkenGammaGamma

X, M = np.array([0, 1, 7, 3]), np.array([0.0, 12.0, 40.0, 0.0])


def test_with_the_weight_q_less_1_it_is_gamma_gamma():
    plain, same = GammaGamma(6.25, 3.74, 15.44), ShrunkenGammaGamma(6.25, 3.74, 15.44, 2.74)
    assert same.expected_spend(X, M) == pytest.approx(plain.expected_spend(X, M))


def test_one_time_buyers_spend_the_mean_and_others_lie_between_it_and_their_own():
    law = ShrunkenGammaGamma(6.25, 0.9, 15.44, 2.0)  # of q below 1 Gamma-Gamma has no finite mean
    population = 6.25 * 15.44 / 2.0
    expected = law.expected_spend(X, M)
    assert expected[[0, 3]] == pytest.approx(population)  # orders of no worth say nothing
    own = 6.25 * X / (6.25 * X + 2.0)
    assert expected[1:3] == pytest.approx((own * M + (1 - own) * population)[1:3])


def test_all_else_is_the_laws_own():
    plain, law = GammaGamma(6.25, 3.74, 15.44), ShrunkenGammaGamma(6.25, 3.74, 15.44, 9.0)
    assert law.log_likelihood(3, 20.0) == plain.log_likelihood(3, 20.0)
    assert law.posterior(3, 20.0) == plain.posterior(3, 20.0)
    assert law.total_spend_cdf(50.0, 2) == plain.total_spend_cdf(50.0, 2)
