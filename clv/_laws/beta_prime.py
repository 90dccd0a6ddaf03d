"""The BetaPrime(a, b) variable z: density, distribution, quantiles, and the density's derivatives.

The textbook's log-density a·ln u + b·ln(1−u) − ln B(a, b), u = z/(1+z), is a difference of numbers as large
as a and b. Here it is the height at the centre c = a/(a+b) minus a deviance (Loader 2000, "Fast and
accurate computation of binomial probabilities"); both have no cancellation for any a, b > 0.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from clv._numerics import LARGE, STIRLING, Array, stirling_remainder

_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def log_kernel(a: Array, b: Array, z: Array, peak: Array | None = None) -> Array:
    """Log-density of ln z: a·ln u + b·ln(1−u) − ln B(a, b) with u = z/(1+z); `peak` is `log_peak`, if it is known."""
    e1, e2, l1, l2 = departures(a, b, z)
    return (log_peak(a, b) if peak is None else peak) - deviance(a, b, e1, e2, l1, l2)


def departures(a: Array, b: Array, z: Array) -> tuple[Array, Array, Array, Array]:
    """Relative distances of u and 1−u from the centre: u/c − 1, (1−u)/(1−c) − 1, and the logs ln u/c, ln (1−u)/(1−c).

    a·(u/c − 1) + b·((1−u)/(1−c) − 1) = 0, so the logs can be replaced by `ln(1+e) − e`, which is small.
    """
    e1 = (z * b / a - 1) / (1 + z)
    e2 = -(a / b) * e1
    l1 = np.where(e1 > -0.5, np.log1p(np.maximum(e1, -0.5)), np.log(z) - np.log1p(z) + np.log1p(b / a))
    l2 = np.where(e2 > -0.5, np.log1p(np.maximum(e2, -0.5)), np.log1p(a / b) - np.log1p(z))
    return e1, e2, l1, l2


def deviance(a: Array, b: Array, e1: Array, e2: Array, l1: Array, l2: Array) -> Array:
    """(a+b) times the Kullback-Leibler divergence of u from the centre, from what `departures` returns."""
    return a * _excess(e1, l1) + b * _excess(e2, l2)


def log_peak(a: Array, b: Array) -> Array:
    """`log_kernel` at the centre z = a/b."""
    remainders = stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(a + b)
    return np.asarray(0.5 * (np.log(a) + np.log(b) - np.log(a + b)) - _HALF_LOG_2PI - remainders)


def _excess(e: Array, log1p_e: Array) -> Array:
    """e − ln(1+e) ≥ 0, by the series of 2·artanh(e/(2+e)) near 0, where the difference cancels."""
    near = np.where(np.abs(e) < 0.25, e, 0.0)
    r = near / (2 + near)
    r2 = r * r
    series = np.zeros_like(r)
    for k in range(21, 1, -2):
        series = (series + 1 / k) * r2
    return np.where(np.abs(e) < 0.25, r * (near - 2 * series), e - log1p_e)


def digamma_remainder(a: Array) -> Array:
    """ψ(a) − ln a."""
    small = np.minimum(a, LARGE)
    inverse = 1 / np.maximum(a, LARGE)
    series = [-(2 * k + 1) * s for k, s in enumerate(STIRLING)]
    asymptotic = inverse * (-0.5 + inverse * np.polynomial.polynomial.polyval(inverse**2, series))
    return np.where(a < LARGE, special.digamma(small) - np.log(small), asymptotic)


def trigamma_remainder(a: Array) -> Array:
    """ψ′(a) − 1/a."""
    small = np.minimum(a, LARGE)
    inverse = 1 / np.maximum(a, LARGE)
    series = [(2 * k + 1) * (2 * k + 2) * s for k, s in enumerate(STIRLING)]
    square = inverse**2
    asymptotic = square * (0.5 + inverse * np.polynomial.polynomial.polyval(square, series))
    return np.where(a < LARGE, special.zeta(2.0, small) - 1 / small, asymptotic)


def cdf(a: Array, b: Array, z: Array) -> Array:
    """P(Z ≤ z), computed from the tail without cancellation; 0 for z ≤ 0."""
    z = np.maximum(z, 0.0)
    low, high = np.minimum(z, 1.0), np.maximum(z, 1.0)
    with np.errstate(under="ignore"):
        return np.where(z < 1, special.betainc(a, b, low / (1 + low)), special.betaincc(b, a, 1 / (1 + high)))


@np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore")
def quantile(a: Array, b: Array, probability: Array) -> Array:
    """The z with P(Z ≤ z) = probability: 0 or inf where a double cannot hold it.

    The inverse of the incomplete beta is not accurate to the last digits everywhere: a Newton step in ln z, on the
    smaller tail, corrects them.
    """
    share, rest = special.betaincinv(a, b, probability), special.betainccinv(b, a, probability)
    z = np.where(share < 0.5, share / (1 - share), (1 - rest) / rest)
    missing = np.where(probability < 0.5, probability - cdf(a, b, z), cdf(b, a, 1 / z) - (1 - probability))
    step = missing / np.exp(log_kernel(a, b, z))
    return np.where(np.abs(step) < 0.1, z * np.exp(step), z)
