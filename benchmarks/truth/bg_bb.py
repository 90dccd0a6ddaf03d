"""BG/BB at 50 digits, from Fader, Hardie & Shang (2010): the sums over the period of dropout, term by term."""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 50


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def log_masses(alpha, beta, gamma, delta, x, t_x, n, ways=None):
    """ln of the masses of being alive at n and of having left in a period from t_x to n, of the likelihood.

    `ways` multiplies the term of period j: in the distribution of X(n), the ways to place the purchases.
    """
    alpha, beta, gamma, delta = map(mpf, (alpha, beta, gamma, delta))
    front = log_beta(alpha, beta) + log_beta(gamma, delta)
    alive = log_beta(alpha + x, beta + n - x) + log_beta(gamma, delta + n) - front
    first = log_beta(alpha + x, beta + t_x - x) + log_beta(gamma + 1, delta + t_x) - front
    term, total = mpf(1), mpf(0)
    for j in range(t_x, n):
        total += term
        term *= (beta + j - x) / (alpha + beta + j) * (delta + j) / (gamma + delta + j + 1)
        if ways == "placed":
            term *= mpf(j + 1) / (j + 1 - x)
    if ways == "placed":
        alive += mp.log(mp.binomial(n, x))
    return alive, first + mp.log(total) if total else -mp.inf


def log_likelihood(alpha, beta, gamma, delta, x, t_x, n):
    return log_sum(log_masses(alpha, beta, gamma, delta, x, t_x, n))


def log_p_alive(alpha, beta, gamma, delta, x, t_x, n):
    alive, dead = log_masses(alpha, beta, gamma, delta, x, t_x, n)
    return -mp.log1p(mp.exp(dead - alive))


def log_pmf(alpha, beta, gamma, delta, n, t):
    """Equation (7)."""
    return log_sum(log_masses(alpha, beta, gamma, delta, n, n, t, ways="placed"))


def log_sum(logs):
    top = max(logs)
    return top + mp.log(sum(mp.exp(v - top) for v in logs))


def expected_purchases(alpha, beta, gamma, delta, t):
    """The chance of a purchase times the sum of the chances to be alive, telescoped; its limit at γ = 1."""
    with mp.workdps(DIGITS + 50):
        alpha, beta, gamma, delta = map(mpf, (alpha, beta, gamma, delta))
        chance = alpha / (alpha + beta)
        if gamma == 1:
            return chance * delta * (mp.digamma(1 + delta + t) - mp.digamma(1 + delta))
        stay = mp.loggamma(gamma + delta) - mp.loggamma(gamma + delta + t)
        return (
            chance
            * delta
            / (gamma - 1)
            * -mp.expm1(stay + mp.loggamma(1 + delta + t) - mp.loggamma(1 + delta))
        )
