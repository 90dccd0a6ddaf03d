"""Pareto/NBD at 50 digits: the integrals over the time of dropout by mpmath, and the papers' ₂F₁s to check them.

Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions", and (2006),
"Deriving an Expression for P(X(t) = x) Under the Pareto/NBD Model". The integrals run over ln(m + τ) in
panels that double away from the integrand's peak until it is below 1e-60 of it; mpmath's own error estimate
is part of the proof.
"""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 50
FALL = 60 * mp.log(10)


def log_likelihood(r, alpha, s, beta, x, t_x, T):
    r, alpha, s, beta, x, t_x, T = map(mpf, (r, alpha, s, beta, x, t_x, T))
    front = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    before = -(r + x) * mp.log(alpha + t_x) - s * mp.log(beta + t_x)
    return front + before + mp.log(alive(r, alpha, s, beta, x, t_x, T) + dead(r, alpha, s, beta, x, t_x, T))


def log_p_alive(r, alpha, s, beta, x, t_x, T):
    row = [mpf(v) for v in (r, alpha, s, beta, x, t_x, T)]
    return -mp.log1p(dead(*row) / alive(*row))


def alive(r, alpha, s, beta, x, t_x, T):
    """Mass of being alive at T, relative to the density of the purchases with a customer alive at t_x."""
    return mp.exp(-(r + x) * mp.log((alpha + T) / (alpha + t_x)) - s * mp.log((beta + T) / (beta + t_x)))


def dead(r, alpha, s, beta, x, t_x, T):
    """Mass of having left between t_x and T, on the same scale."""
    if t_x == T:
        return mpf(0)
    low = min(alpha, beta)

    def log_density(y):  # of y = ln(m + τ)
        later = mp.exp(y) - low - t_x
        decay = (r + x) * mp.log1p(later / (alpha + t_x)) + s * mp.log1p(later / (beta + t_x))
        return y - decay - mp.log(beta + t_x + later) + mp.log(s)

    return mp.exp(log_integral(log_density, mp.log(low + t_x), mp.log(low + T)))


def dead_by_hypergeometric(r, alpha, s, beta, x, t_x, T):
    """The same mass as the paper's difference of two ₂F₁ (eq. 18–20), at enough digits to survive it."""
    with mp.workdps(8 * DIGITS):
        row = [mpf(v) for v in (r, alpha, s, beta, x, t_x, T)]
        r, alpha, s, beta, x, t_x, T = row
        total, second = r + s + x, (s + 1 if alpha >= beta else r + x)

        def part(t):
            high = max(alpha, beta) + t
            return mp.hyp2f1(total, second, total + 1, abs(alpha - beta) / high) / high**total

        scale = (alpha + t_x) ** (r + x) * (beta + t_x) ** s
        return s / total * (part(t_x) - part(T)) * scale


def expected_purchases(r, alpha, s, beta, t):
    r, alpha, s, beta, t = map(mpf, (r, alpha, s, beta, t))
    y = mp.log1p(t / beta)
    bracket = y if s == 1 else -mp.expm1((1 - s) * y) / (s - 1)
    return r * beta / alpha * bracket


def log_pmf(r, alpha, s, beta, n, t):
    r, alpha, s, beta, t = map(mpf, (r, alpha, s, beta, t))
    ways = mp.loggamma(r + n) - mp.loggamma(r) - mp.loggamma(n + 1)

    def log_counts(t):  # a negative binomial
        return ways - r * mp.log1p(t / alpha) + (n * mp.log(t / (alpha + t)) if n else 0)

    def log_density(y):  # of y = ln τ
        later = mp.exp(y)
        return log_counts(later) + mp.log(s) - s * mp.log1p(later / beta) + y - mp.log(beta + later)

    alive_then = mp.exp(log_counts(t) - s * mp.log1p(t / beta))
    return mp.log(alive_then + mp.exp(log_integral(log_density, None, mp.log(t))))


def log_integral(log_density, low, high):
    """ln ∫ exp(log_density) from low (None: −∞) to high, for a concave log_density."""
    with mp.workdps(DIGITS + 20):
        peak = _peak(log_density, low, high)
        top = log_density(peak)
        points = {
            peak,
            *_outwards(log_density, peak, top, high, 1),
            *_outwards(log_density, peak, top, low, -1),
        }
        total, error = mp.quad(
            lambda y: mp.exp(log_density(y) - top), sorted(points), method="gauss-legendre", error=True
        )
        assert error < mpf(10) ** -(DIGITS - 15) * total, f"error {mp.nstr(error / total, 3)} of an integral"
        return top + mp.log(total)


def _peak(log_density, low, high):
    if low is None:
        low = high - 1
        while log_density(low) > log_density(high) - 1 or _slope(log_density, low) < 0:
            low -= 2 * (high - low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _slope(log_density, middle) > 0 else (low, middle)
    return (low + high) / 2


def _slope(log_density, y):
    step = mpf(10) ** -30
    return (log_density(y + step) - log_density(y - step)) / (2 * step)


def _outwards(log_density, peak, top, end, side):
    """Points away from the peak where the density has fallen by 1 and further in doubling steps, to the end."""
    step = mpf(10) ** -9
    while top - log_density(peak + side * step) < 0.5 and (end is None or step < abs(end - peak)):
        step *= 2
    step, at = min(step, mpf(1)), peak
    while (end is None or step < abs(end - at)) and top - log_density(at) < FALL:
        at += side * step
        step = min(2 * step, mpf(1))
        yield at
    if end is not None and top - log_density(at) < FALL:
        yield end
