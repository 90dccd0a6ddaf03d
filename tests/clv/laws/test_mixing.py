"""Mixing distributions: against scipy and mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import stats

import clv
from rfm.errors import DataError

RATES = clv.Gamma("r", "alpha", of="purchase rate")
LEAVING = clv.Beta("a", "b", of="dropout")


@pytest.mark.parametrize(("r", "alpha"), [(0.4, 12.0), (30.0, 2.0), (1e9, 1e10)])
@pytest.mark.parametrize(("x", "t"), [(0, 0.0), (0, 30.0), (3, 30.0), (250, 40.0)])
def test_the_moments_of_a_gamma_are_exact(r, alpha, x, t):
    with mpmath.workdps(50):
        r_, alpha_, t_ = mpmath.mpf(r), mpmath.mpf(alpha), mpmath.mpf(t)
        exact = (
            mpmath.loggamma(r_ + x)
            - mpmath.loggamma(r_)
            + r_ * mpmath.log(alpha_)
            - (r_ + x) * mpmath.log(alpha_ + t_)
        )
    assert clv.Gamma.log_moment(r, alpha, x, t) == pytest.approx(float(exact), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("a", "b"), [(0.4, 1.2), (30.0, 2.0), (1e9, 1e10)])
@pytest.mark.parametrize(("x", "n"), [(0, 0), (0, 30), (3, 30), (250, 4)])
def test_the_moments_of_a_beta_are_exact(a, b, x, n):
    with mpmath.workdps(50):
        exact = mpmath.log(mpmath.beta(mpmath.mpf(a) + x, mpmath.mpf(b) + n) / mpmath.beta(a, b))
    assert clv.Beta.log_moment(a, b, x, n) == pytest.approx(float(exact), rel=1e-12, abs=1e-13)


def test_shares_and_means_are_scipys():
    value = np.array([0.0, 0.05, 0.3, 0.9])
    np.testing.assert_allclose(
        RATES.cdf(value, 0.4, 12.0), stats.gamma.cdf(value, 0.4, scale=1 / 12), rtol=1e-12
    )
    np.testing.assert_allclose(LEAVING.cdf(value, 0.8, 2.4), stats.beta.cdf(value, 0.8, 2.4), rtol=1e-12)
    assert RATES.mean(0.4, 12.0) == pytest.approx(stats.gamma.mean(0.4, scale=1 / 12))
    assert LEAVING.mean(0.8, 2.4) == pytest.approx(0.25)


@pytest.mark.parametrize("mixing", [RATES, LEAVING])
@pytest.mark.parametrize("mean", [0.02, 0.7])
@pytest.mark.parametrize("level", [-3.0, 0.0, 3.0])
def test_a_location_and_a_concentration_are_the_parameters(mixing, mean, level):
    first, second = np.exp(mixing.at_concentration(mixing.location(mean), level))
    assert mixing.mean(first, second) == pytest.approx(mean)
    size = first if mixing is RATES else first + second
    assert np.log(size) == pytest.approx(level)


def test_what_is_no_distribution_of_a_law_is_refused():
    with pytest.raises(
        DataError,
        match=r'of must be one of "purchase rate", "dropout"; got .spend.\.',
    ):
        clv.Gamma("r", "alpha", of="spend")
    with pytest.raises(
        DataError, match=r'of must be one of "purchase chance", "dropout"; got .purchase rate.'
    ):
        clv.Beta("a", "b", of="purchase rate")


def test_a_law_may_say_it_in_its_own_words():
    own = clv.Beta("a", "b", of="dropout", alike="nobody is different")
    assert own.alike == "nobody is different"
    assert own.extremes == LEAVING.extremes
