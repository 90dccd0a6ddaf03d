"""Gamma-Gamma at 50 digits, from Fader & Hardie (2013), with the incomplete beta and gamma by their fractions.

The total of n orders is γ·BetaPrime(p·n, q), a customer's own mean inverse-gamma(q, p·γ). mpmath's own
incomplete functions take long where a parameter is large; the continued fractions do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from mpmath import mp, mpf

DIGITS = 50


def log_likelihood(p, q, gamma, x, m):
    """Equation (1a)."""
    p, q, gamma, x, m = map(mpf, (p, q, gamma, x, m))
    a = p * x
    front = mp.loggamma(a + q) - mp.loggamma(a) - mp.loggamma(q) + q * mp.log(gamma)
    return front + (a - 1) * mp.log(m) + a * mp.log(x) - (a + q) * mp.log(gamma + x * m)


def expected_spend(p, q, gamma, x, m):
    """Equation (5); for q ≤ 1, where the population has no mean, q stands for q − 1."""
    p, q, gamma, x, m = map(mpf, (p, q, gamma, x, m))
    return p * (gamma + x * m) / (p * x + (q - 1 if q > 1 else q))


def log_mean_spend_pdf(p, q, gamma, value):
    """Equation (4)."""
    p, q, gamma, value = map(mpf, (p, q, gamma, value))
    ratio = p * gamma / value
    return q * mp.log(ratio) - ratio - mp.loggamma(q) - mp.log(value)


def mean_spend_cdf(p, q, gamma, value):
    p, q, gamma, value = map(mpf, (p, q, gamma, value))
    return upper_gamma(q, p * gamma / value)


def log_total_spend_pdf(p, q, gamma, value, n):
    return log_likelihood(p, q, gamma, n, mpf(value) / n) - mp.log(n)


def total_spend_cdf(p, q, gamma, value, n):
    p, q, gamma, value = map(mpf, (p, q, gamma, value))
    return lower_beta(p * n, q, value / (gamma + value), gamma / (gamma + value))


def upper_gamma(a, x):
    """Γ(a, x)/Γ(a): one minus DLMF 8.11.4's series, or the fraction 8.9.2, each where it is fast."""
    with mp.workdps(DIGITS + 30):
        front = mp.exp(a * mp.log(x) - x - mp.loggamma(a))
        if x < a + 1:
            term = total = 1 / a
            k = 1
            while term > total * mp.eps:
                term *= x / (a + k)
                total += term
                k += 1
            return 1 - front * total
        parts = ((-k * (k - a), x + 2 * k + 1 - a) for k in count(1))
        return front / fraction(x + 1 - a, parts)


def lower_beta(a, b, x, y):
    """I_x(a, b), y = 1 − x, by the fraction DLMF 8.17.22 on the side of the mean where it is fast."""
    with mp.workdps(DIGITS + 30):
        if x * (a + b + 2) > a + 1:
            return 1 - lower_beta(b, a, y, x)
        front = (
            mp.exp(a * mp.log(x) + b * mp.log(y) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)) / a
        )
        return front / fraction(mpf(1), ((part, mpf(1)) for part in _beta_parts(a, b, x)))


def _beta_parts(a, b, x) -> Iterator[mpf]:
    for m in count(0):
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        yield (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))


def fraction(first, parts):
    """first + a₁/(b₁ + a₂/(b₂ + …)), by Lentz's method."""
    value = above = first
    below = mpf(0)
    for a, b in parts:
        below = 1 / (b + a * below)
        above = b + a / above
        value *= above * below
        if abs(above * below - 1) < mp.eps:
            return value
