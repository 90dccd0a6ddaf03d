"""The BetaPrime(a, b) variable z: density, distribution, quantiles, and the density's derivatives.

The textbook's log-density a·ln u + b·ln(1−u) − ln B(a, b), u = z/(1+z), is a difference of numbers as large
as a and b. Here it is the height at the centre c = a/(a+b) minus a deviance (Loader 2000, "Fast and
accurate computation of binomial probabilities"); both have no cancellation for any a, b > 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_LARGE = 10.0  # from here on the asymptotic series below hold to double precision
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def log_kernel(a: Floats, b: Floats, z: Floats) -> Floats:
    """Log-density of ln z: a·ln u + b·ln(1−u) − ln B(a, b) with u = z/(1+z)."""
    e1, e2, l1, l2 = departures(a, b, z)
    return log_peak(a, b) - deviance(a, b, e1, e2, l1, l2)


def departures(a: Floats, b: Floats, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """How far u and 1−u are from the centre: u/c − 1, (1−u)/(1−c) − 1, and the logs ln u/c, ln (1−u)/(1−c).

    a·(u/c − 1) + b·((1−u)/(1−c) − 1) = 0, so the logs can be traded for `ln(1+e) − e`, which is small.
    """
    e1 = (z * b / a - 1) / (1 + z)
    e2 = -(a / b) * e1
    l1 = np.where(e1 > -0.5, np.log1p(np.maximum(e1, -0.5)), np.log(z) - np.log1p(z) + np.log1p(b / a))
    l2 = np.where(e2 > -0.5, np.log1p(np.maximum(e2, -0.5)), np.log1p(a / b) - np.log1p(z))
    return e1, e2, l1, l2


def deviance(a: Floats, b: Floats, e1: Floats, e2: Floats, l1: Floats, l2: Floats) -> Floats:
    """(a+b) times the Kullback-Leibler divergence of u from the centre, from what `departures` returns."""
    return a * _excess(e1, l1) + b * _excess(e2, l2)


def log_peak(a: Floats, b: Floats) -> Floats:
    """`log_kernel` at the centre z = a/b."""
    remainders = stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(a + b)
    return np.asarray(0.5 * (np.log(a) + np.log(b) - np.log(a + b)) - _HALF_LOG_2PI - remainders)


def _excess(e: Floats, log1p_e: Floats) -> Floats:
    """e − ln(1+e) ≥ 0, by the series of 2·artanh(e/(2+e)) near 0, where the difference cancels."""
    near = np.where(np.abs(e) < 0.25, e, 0.0)
    r = near / (2 + near)
    r2 = r * r
    series = np.zeros_like(r)
    for k in range(21, 1, -2):
        series = (series + 1 / k) * r2
    return np.where(np.abs(e) < 0.25, r * (near - 2 * series), e - log1p_e)


def stirling_remainder(a: Floats) -> Floats:
    """ln Γ(a) − [(a − ½) ln a − a + ½ ln 2π]."""
    small = np.minimum(a, _LARGE)
    direct = special.gammaln(small) - (small - 0.5) * np.log(small) + small - _HALF_LOG_2PI
    inverse = 1 / np.maximum(a, _LARGE)
    return np.where(a < _LARGE, direct, inverse * np.polynomial.polynomial.polyval(inverse**2, _STIRLING))


def digamma_remainder(a: Floats) -> Floats:
    """ψ(a) − ln a."""
    small = np.minimum(a, _LARGE)
    inverse = 1 / np.maximum(a, _LARGE)
    series = [-(2 * k + 1) * s for k, s in enumerate(_STIRLING)]
    asymptotic = inverse * (-0.5 + inverse * np.polynomial.polynomial.polyval(inverse**2, series))
    return np.where(a < _LARGE, special.digamma(small) - np.log(small), asymptotic)


def trigamma(a: Floats) -> Floats:
    """ψ′(a), by the Hurwitz zeta function."""
    return np.asarray(special.zeta(2.0, a))


def pieces(a: Floats, b: Floats, z: Floats) -> tuple[Floats, ...]:
    """What the derivatives need of each row: the deviance, then what adds up over rows with one (a, b)."""
    e1, e2, l1, l2 = departures(a, b, z)
    share, rest = z / (1 + z), 1 / (1 + z)
    return deviance(a, b, e1, e2, l1, l2), e1 - e2, l1, l2, share, rest, share * rest


def assemble(a: Floats, b: Floats, w: Floats, *sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Peak, gradient and Hessian in (log a, log b, log γ) of w rows with shapes (a, b), from their pieces.

    γ is the scale: z = (what was observed)/γ. The `sums` are those of `pieces` after the deviance.
    """
    e, l1, l2, share, rest, bend = sums
    psi_a, psi_b, psi_s = (digamma_remainder(v) for v in (a, b, a + b))
    tri_a, tri_b, tri_s = (trigamma(v) for v in (a, b, a + b))
    g_p, g_q, g_g = a * (l1 + w * (psi_s - psi_a)), b * (l2 + w * (psi_s - psi_b)), a * b / (a + b) * e
    h_pp, h_pq, h_pg = g_p + a * a * w * (tri_s - tri_a), a * b * w * tri_s, -a * rest
    h_qq, h_qg, h_gg = g_q + b * b * w * (tri_s - tri_b), b * share, -(a + b) * bend
    hessian = np.array([[h_pp, h_pq, h_pg], [h_pq, h_qq, h_qg], [h_pg, h_qg, h_gg]])
    return w * log_peak(a, b), np.array([g_p, g_q, g_g]), hessian


def cdf(a: Floats, b: Floats, z: Floats) -> Floats:
    """P(Z ≤ z), from the side where the answer keeps its digits; 0 for z ≤ 0."""
    z = np.maximum(z, 0.0)
    lower = special.betainc(a, b, np.minimum(z, 1.0) / (1 + np.minimum(z, 1.0)))
    upper = special.betaincc(b, a, 1 / (1 + np.maximum(z, 1.0)))
    return np.where(z < 1, lower, upper)


def quantile(a: Floats, b: Floats, probability: Floats) -> Floats:
    """The z with P(Z ≤ z) = probability."""
    share = special.betaincinv(a, b, probability)
    rest = special.betainccinv(b, a, probability)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share < 0.5, share / (1 - share), (1 - rest) / rest)
