"""GGompertz/NBD at 30 digits: the integrals over dropout by mpmath, with v = −ln S/s in place of its time.

Bemmaor & Glady (2012), "Modeling Purchasing Behavior with Sudden 'Death'", Management Science 58(5), from the
definition of the law: S(t) = (β/(β + e^(bt) − 1))^s is the share alive at t, so that a dropout at v has the density
s e^(−sv) and the time ln(1 + β(e^v − 1))/b. The library integrates over that time instead. Panels double away from 0
and from the v at which the time's growth turns from exponential to linear; mpmath's own error estimate is part of the
proof.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from mpmath import mp, mpf

DIGITS = 30
FALL = 32 * mp.log(10)


def log_likelihood(r, alpha, b, s, beta, x, t_x, T):
    r, alpha, b, s, beta, x, t_x, T = map(mpf, (r, alpha, b, s, beta, x, t_x, T))
    front = mp.loggamma(r + x) - mp.loggamma(r) - r * mp.log1p(t_x / alpha) - x * mp.log(alpha + t_x)
    alive, dead = masses(r, alpha, b, s, beta, x, t_x, T)
    return front - s * fall(b, beta, t_x) + mp.log(alive + dead)


def log_p_alive(r, alpha, b, s, beta, x, t_x, T):
    alive, dead = masses(*map(mpf, (r, alpha, b, s, beta, x, t_x, T)))
    return -mp.log1p(dead / alive)


@lru_cache(maxsize=4)
def masses(r, alpha, b, s, beta, x, t_x, T):
    """Of being alive at T and of having left since t_x, relative to the purchases of a customer alive at t_x."""
    late, span, decay = aged(b, beta, t_x), T - t_x, r + x

    def bought(v):
        return decay * mp.log1p(time(b, late, v) / (alpha + t_x))

    last = fall(b, late, span)
    alive = mp.exp(-decay * mp.log1p(span / (alpha + t_x)) - s * last)
    return alive, mp.exp(log_integral(lambda v: -s * v - bought(v) + mp.log(s), b, s, late, last))


def expected_purchases(r, alpha, b, s, beta, t):
    r, alpha, b, s, beta, t = map(mpf, (r, alpha, b, s, beta, t))
    last = fall(b, beta, t)
    lost = log_integral(lambda v: -s * v + mp.log(s * time(b, beta, v)), b, s, beta, last)
    return r / alpha * (mp.exp(lost) + t * mp.exp(-s * last))


def log_pmf(r, alpha, b, s, beta, n, t):
    r, alpha, b, s, beta, t = map(mpf, (r, alpha, b, s, beta, t))
    ways = mp.loggamma(r + n) - mp.loggamma(r) - mp.loggamma(n + 1)

    def log_counts(t):  # a negative binomial
        return ways - r * mp.log1p(t / alpha) + (n * mp.log(t / (alpha + t)) if n else 0)

    last = fall(b, beta, t)
    gone = log_integral(lambda v: mp.log(s) - s * v + log_counts(time(b, beta, v)), b, s, beta, last)
    return mp.log(mp.exp(log_counts(t) - s * last) + mp.exp(gone))


def aged(b, beta, t):
    """β of those alive at t, counted from t."""
    return 1 + (beta - 1) * mp.exp(-b * t)


def fall(b, beta, t):
    return mp.log1p(mp.expm1(b * t) / beta)


def time(b, beta, v):
    return mp.log1p(beta * mp.expm1(v)) / b


def log_integral(log_density, b, s, beta, last):
    """ln ∫ exp(log_density) from 0 to `last`."""
    if not last:
        return -mp.inf
    with mp.workdps(DIGITS + 8):
        end = min(last, 3 * FALL / s)
        points = {end / mpf(2) ** k for k in range(240)}
        if beta < 0.5:
            bend = mp.log(1 / beta - 1)
            points |= {bend + side * mpf(2) ** k for k in range(-1, 12) for side in (-1, 1)}
        points = _with_peak(log_density, sorted(v for v in points if 0 < v <= end))
        heights = [log_density(v) + mp.log(v) for v in points]
        top = max(heights)
        kept = [i for i, height in enumerate(heights) if height > top - FALL]
        points = [*([mpf(0)] if kept[0] < 2 else []), *points[max(kept[0] - 1, 0) : kept[-1] + 2]]
        scale = max(map(log_density, points[1:]))
        total, error = mp.quad(
            lambda v: mp.exp(log_density(v) - scale) if v else mpf(0),
            points,
            method="gauss-legendre",
            error=True,
            maxdegree=9,
        )
        assert error < mpf(10) ** -(DIGITS - 13) * total, f"error {mp.nstr(error / total, 3)} of an integral"
        return scale + mp.log(total)


def _with_peak(log_density, points):
    """The points, and ever finer ones around the highest of all."""
    for _ in range(12):
        best = max(range(len(points)), key=lambda i: log_density(points[i]))
        near = points[max(best - 1, 0) : best + 2]
        points = sorted({*points, *((v + w) / 2 for v, w in pairwise(near))})
    return points
