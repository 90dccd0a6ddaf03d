"""BG/CNBD-k and MBG/CNBD-k at 25 digits or more: sums over the phases of a gap (Reutterer et al. 2021).

`coins` counts coins survived: x in BG/CNBD-k, x + 1 in MBG/CNBD-k. A member has bought last some time `waited` ago; a
new member 0 ago. Expectations are taken in two ways that share nothing: as a sum over the numbers of phases, and, where
there would be too many, as an integral over p of a generating function at the k-th roots of unity; a test holds one
against the other.
"""

from __future__ import annotations

from mpmath import mp, mpf

from benchmarks.truth.beta_geometric import DIGITS, log_survival

SUMMED = 20_000  # terms of a sum that are taken one by one
FAR = 100  # log-odds beyond which the integrand is below e^-100
INTEGRAL = 25  # digits of an integral


def phases(power, share, k):
    """(R)_j/j! w^j for j = 0 … k − 1."""
    terms = [mpf(1)]
    for j in range(1, k):
        terms.append(terms[-1] * (power + (j - 1)) / j * share)
    return terms


def odds_alive(r, alpha, a, b, k, waited, x, coins, t_x, T):
    """The two parts of the likelihood's bracket, alive and dead, over (α + T)^−(r + kx)."""
    r, alpha, a, b, waited, t_x, T = map(mpf, (r, alpha, a, b, waited, t_x, T))
    power = r + k * x
    wait = T - t_x if x else waited + T
    alive = mp.fsum(phases(power, wait / (alpha + T), k))
    dead = a / (b + coins - 1) * ((alpha + T) / (alpha + t_x)) ** power if coins else mpf(0)
    return alive, dead


def log_likelihood(r, alpha, a, b, k, waited, x, coins, t_x, T):
    alive, dead = odds_alive(r, alpha, a, b, k, waited, x, coins, t_x, T)
    r, alpha, a, b, waited, T = map(mpf, (r, alpha, a, b, waited, T))
    power = r + k * x
    front = mp.loggamma(power) - mp.loggamma(r) + r * mp.log(alpha) + log_survival(a, b, coins)
    before = mp.log(mp.fsum(phases(r, waited / alpha, k)))
    return front - power * mp.log(alpha + T) + mp.log(alive + dead) - before


def log_p_alive(r, alpha, a, b, k, waited, x, coins, t_x, T):
    alive, dead = odds_alive(r, alpha, a, b, k, waited, x, coins, t_x, T)
    return -mp.log1p(dead / alive)


def expected_purchases(r, alpha, a, b, k, waited, t):
    r, alpha, a, b, waited, t = map(mpf, (r, alpha, a, b, waited, t))
    chances = phases(r, waited / alpha, k)
    chances = [each / mp.fsum(chances) for each in chances]
    ratio = t / alpha
    few = k * ((ratio + 1) * 130 + 4 * r * ratio) < SUMMED
    return (by_sum if few else by_integral)(r, a, b, chances, ratio)


def by_sum(r, a, b, chances, ratio):
    """Σ P(C = c) times what (c + j)/k purchases, rounded down, are worth if each is the last with chance p."""
    with mp.workdps(DIGITS + 20):
        return mp.fsum(
            chance * after(r + j, a, b, len(chances), j, ratio) for j, chance in enumerate(chances) if chance
        )


def after(r, a, b, k, j, ratio):
    """The sum after j phases."""
    z = ratio / (1 + ratio)
    term, total, reached, worth = (1 - z) ** r, mpf(0), mpf(1), mpf(0)
    c = purchases = 0
    while c <= k or c < r * ratio or term * worth > total * mpf(10) ** -(DIGITS + 10):
        while purchases < (c + j) // k:
            worth += reached
            reached *= (b + purchases) / (a + b + purchases)
            purchases += 1
        total += term * worth
        term *= (r + c) / (c + 1) * z
        c += 1
    return total


def by_integral(r, a, b, chances, ratio):
    """E[(1 − E[q^X])/p] over p ~ Beta(a, b), q = 1 − p, in the log-odds of p, the two ends taken out."""
    k = len(chances)
    with mp.workdps(INTEGRAL + FAR):
        roots = [mp.expjpi(mpf(2 * m) / k) for m in range(k)]
    with mp.workdps(INTEGRAL + 15):

        def kept(q):
            """E[q^X], X = (C + j)/k rounded down, as a sum over the roots of E[u^(C + j)] (1 + … + u^(1−k))."""
            s, total = q ** (mpf(1) / k), mpf(0)
            for root in roots:
                u = s * root
                base = 1 + (1 - u) * ratio
                of_phases = mpf(0)
                for chance in reversed(chances):
                    of_phases = of_phases * (u / base) + chance
                total += mp.re(base**-r * of_phases * (1 / q - 1) / (1 / u - 1)) / k
            return total

        with mp.workdps(INTEGRAL + FAR):
            start = sum(chance * mean_count(r + j, k, j, ratio, roots) for j, chance in enumerate(chances))
            end = sum(chance * at_end(r + j, k - j, ratio) for j, chance in enumerate(chances))
        front = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)

        def integrand(y):
            log_p, log_q = -mp.log1p(mp.exp(-y)), -mp.log1p(mp.exp(y))
            p, q = mp.exp(log_p), mp.exp(log_q)
            with mp.workdps(INTEGRAL + 30 + int(abs(y) / 2)):
                g = (1 - kept(1 / (1 + mp.exp(y)))) * (1 + mp.exp(-y))
            return mp.exp(a * log_p + b * log_q + front) * (g - start * q - end * p)

        centre, width = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
        turn = -mp.log((r + 1) * ratio)
        breaks = {centre + width * c for c in (-30, -12, -6, -3, 0, 3, 6, 12, 30)}
        breaks |= {turn + c for c in (-12, -4, 0, 4, 12)} | {mpf(0), -mp.log(b + 1), mp.log(a + 1)}
        inside = sorted(y for y in breaks if abs(y) < FAR)
        rest = mp.quad(integrand, [-FAR, *inside, FAR])
        return start * b / (a + b) + end * a / (a + b) + rest


def mean_count(r, k, j, ratio, roots):
    """E[(C + j)/k, rounded down]: the mean of C + j less that of its remainder, from the roots of unity."""
    odd = [root ** (j - i) * (1 + (1 - root) * ratio) ** -r * i for root in roots for i in range(k)]
    return (r * ratio + j - mp.fsum(map(mp.re, odd)) / k) / k


def at_end(r, first, ratio):
    """P(C ≥ first)."""
    below, term = mpf(0), (1 + ratio) ** -r
    for c in range(first):
        below += term
        term *= (r + c) / (c + 1) * (ratio / (1 + ratio))
    return 1 - below


def pmf(r, alpha, a, b, k, waited, n, t):
    """n purchases and alive, or gone with the n-th of n or more."""
    with mp.workdps(4 * DIGITS):
        r, alpha, a, b, waited, t = map(mpf, (r, alpha, a, b, waited, t))
        chances, z, total = phases(r, waited / alpha, k), t / (alpha + t), mpf(0)
        for j, chance in enumerate(chances):
            power, low = r + j, max(k * n - j, 0)
            log_first = mp.loggamma(power + low) - mp.loggamma(power) - mp.loggamma(low + 1)
            first = mp.exp(log_first + power * mp.log(1 - z) + low * mp.log(z))
            term, alive = first, mpf(0)
            for c in range(low, k * n - j + k):
                alive += term
                term *= (power + c) / (c + 1) * z
            gone = a / (b + n - 1) * at_least(power, z, low, first) if n else mpf(0)
            total += chance * (alive + gone)
        return mp.exp(log_survival(a, b, n)) * total / mp.fsum(chances)


def at_least(power, z, low, first):
    """P(C ≥ low), of which P(C = low) is given: upwards, or what is left by all below."""
    if low > power * z / (1 - z) and 150 / (1 - z) < max(low, SUMMED):
        total, term, c = mpf(0), first, low
        while term > total * mpf(10) ** -(DIGITS + 10):
            total += term
            term *= (power + c) / (c + 1) * z
            c += 1
        return total
    below, term = mpf(0), first
    for c in range(low, 0, -1):
        term *= c / ((power + c - 1) * z)
        below += term
        if term < below * mpf(10) ** -(3 * DIGITS):
            break
    return 1 - below
