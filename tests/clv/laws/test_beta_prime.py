"""The BetaPrime variable against scipy and mpmath, where it is ordinary and where it is not."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from clv._laws.beta_prime import cdf, digamma_remainder, log_kernel, log_peak, quantile, trigamma_remainder

SHAPES = [(0.3, 0.8), (2.0, 5.0), (40.0, 3.0), (700.0, 900.0)]
LEVELS = np.array([0.001, 0.2, 0.5, 0.9, 0.999])


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_density_distribution_and_quantiles_are_scipys(a, b):
    a, b = np.asarray(a), np.asarray(b)
    known = stats.betaprime(a, b)
    z = known.ppf(LEVELS)
    assert log_kernel(a, b, z) == pytest.approx(known.logpdf(z) + np.log(z), rel=1e-9, abs=1e-9)
    assert cdf(a, b, z) == pytest.approx(LEVELS, rel=1e-9)
    assert quantile(a, b, LEVELS) == pytest.approx(z, rel=1e-8)
    assert log_peak(a, b) == pytest.approx(float(known.logpdf(a / b) + np.log(a / b)), rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "z"), [(1e9, 2e9, 0.5001), (1e-9, 3.0, 2.0), (5.0, 1e12, 4e-12), (1e6, 1e6, 1.0)]
)
def test_the_density_keeps_its_digits_where_shapes_are_large_or_small(a, b, z):
    with mpmath.workdps(60):
        u = mpmath.mpf(z) / (1 + mpmath.mpf(z))
        beta = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(mpmath.mpf(a) + mpmath.mpf(b))
        known = float(a * mpmath.log(u) + b * mpmath.log(1 - u) - beta)
    assert log_kernel(np.asarray(a), np.asarray(b), np.asarray(z)) == pytest.approx(known, rel=1e-11)


def test_nothing_lies_below_0():
    assert cdf(np.asarray(2.0), np.asarray(3.0), np.array([-1.0, 0.0])).tolist() == [0, 0]
    assert quantile(np.asarray(2.0), np.asarray(3.0), np.array([0.0, 1.0])).tolist() == [0, np.inf]


@pytest.mark.parametrize("a", [0.01, 1.0, 9.0, 60.0, 1e5, 1e15])
def test_remainders_of_the_polygammas_keep_their_digits(a):
    with mpmath.workdps(60):
        first = float(mpmath.digamma(mpmath.mpf(a)) - mpmath.log(mpmath.mpf(a)))
        second = float(mpmath.polygamma(1, mpmath.mpf(a)) - 1 / mpmath.mpf(a))
    assert digamma_remainder(np.asarray(a)) == pytest.approx(first, rel=1e-11)
    assert trigamma_remainder(np.asarray(a)) == pytest.approx(second, rel=1e-11)
    assert special.digamma(a) == pytest.approx(np.log(a) + digamma_remainder(np.asarray(a)))
