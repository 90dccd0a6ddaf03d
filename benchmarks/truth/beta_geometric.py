"""BG/NBD and MBG/NBD at 50 digits, from the formulas of the papers.

k counts coins: x in BG/NBD, x + 1 in MBG/NBD, whose coin at time zero is `first_coin` = 1. Fader, Hardie &
Lee (2005), equations (6), (8), (9). Where their ₂F₁ would need too many terms, the expectation over
p ~ Beta(a, b) that it stands for is integrated by mpmath; a test holds one against the other.
"""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 50
LARGE = 3000  # parameters for which the series of ₂F₁ takes long


def log_likelihood(r, alpha, a, b, x, k, t_x, T):
    r, alpha, a, b, x, k, t_x, T = map(mpf, (r, alpha, a, b, x, k, t_x, T))
    alive = (alpha + T) ** -(r + x)
    dead = a / (b + k - 1) * (alpha + t_x) ** -(r + x) if k else mpf(0)
    front = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + log_survival(a, b, k)
    return front + mp.log(alive + dead)


def log_survival(a, b, k):
    """ln B(a, b + k)/B(a, b): k coins survived."""
    return mp.loggamma(a + b) + mp.loggamma(b + k) - mp.loggamma(b) - mp.loggamma(a + b + k)


def log_p_alive(r, alpha, a, b, x, k, t_x, T):
    r, alpha, a, b, x, k, t_x, T = map(mpf, (r, alpha, a, b, x, k, t_x, T))
    odds = a / (b + k - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if k else mpf(0)
    return -mp.log1p(odds)


def expected_purchases(r, alpha, a, b, t, first_coin):
    """Equation (9); a coin at time zero is survived with probability b/(a + b), and then b is one more."""
    r, alpha, a, b, t = map(mpf, (r, alpha, a, b, t))
    way = by_hypergeometric if max(r, a, b) < LARGE else by_integral
    return way(r, alpha, a, b + first_coin, t) * (b / (a + b) if first_coin else 1)


def by_hypergeometric(r, alpha, a, b, t):
    with mp.workdps(DIGITS + 60):
        if 1 in (a, a + b):  # removable poles of the formula: take the limit
            a += mpf(10) ** -(DIGITS + 5)
        z = t / (alpha + t)
        return (a + b - 1) / (a - 1) * (1 - (1 - z) ** r * mp.hyp2f1(r, b, a + b - 1, z))


def by_integral(r, alpha, a, b, t):
    """E[(1 − (1 + p t/α)^(−r))/p] over p ~ Beta(a, b), in the log-odds of p, the two ends taken out."""
    with mp.workdps(DIGITS + 30):
        ratio = t / alpha
        start, end = r * ratio, -mp.expm1(-r * mp.log1p(ratio))
        front = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)

        def integrand(y):
            log_p, log_q = -mp.log1p(mp.exp(-y)), -mp.log1p(mp.exp(y))
            p, q = mp.exp(log_p), mp.exp(log_q)
            g = -mp.expm1(-r * mp.log1p(p * ratio)) / p
            return mp.exp(a * log_p + b * log_q + front) * (g - start * q - end * p)

        centre, width = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
        turn = -mp.log((r + 1) * ratio)
        breaks = {centre + width * c for c in (-30, -12, -6, -3, 0, 3, 6, 12, 30)}
        breaks |= {turn + c for c in (-12, -4, 0, 4, 12)} | {mpf(0), -mp.log(b + 1), mp.log(a + 1)}
        rest = mp.quad(integrand, [-mp.inf, *sorted(breaks), mp.inf])
        return start * b / (a + b) + end * a / (a + b) + rest


def pmf(r, alpha, a, b, n, t, first_coin):
    """Equation (8), after the coin at time zero if there is one."""
    if not first_coin:
        return pmf_after(r, alpha, a, b, n, t)
    a, b = mpf(a), mpf(b)
    return b / (a + b) * pmf_after(r, alpha, a, b + 1, n, t) + (a / (a + b) if n == 0 else 0)


def pmf_after(r, alpha, a, b, n, t):
    """Equation (8): its sum at enough digits, or over the negative binomial's far tail."""
    with mp.workdps(4 * DIGITS):
        r, alpha, a, b, t = map(mpf, (r, alpha, a, b, t))
        z = t / (alpha + t)
        front = (1 - z) ** r
        term, below = front, mpf(0)
        for j in range(n):
            below += term
            term *= (r + j) / (j + 1) * z
        alive = mp.exp(log_survival(a, b, n)) * term
        if n == 0:
            return alive
        tail = 1 - below
        if tail < mpf(10) ** -(2 * DIGITS):
            tail, j = mpf(0), n
            while term > tail * mpf(10) ** -DIGITS:
                tail += term
                term *= (r + j) / (j + 1) * z
                j += 1
        return alive + a / (b + n - 1) * mp.exp(log_survival(a, b, n)) * tail
