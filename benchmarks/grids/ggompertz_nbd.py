"""The grid of GGompertz/NBD: comparison with true values, and a search of all of it for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.grids.invalid import histories, invalid
from benchmarks.truth import ggompertz_nbd as truth
from clv._laws import GGompertzNBD

COUNTS = (0, 1, 2, 7, 50, 500, 2000, 20000)
SHARES = (1e-9, 0.01, 0.5, 0.9, 1 - 1e-9, 1.0)  # of t_x in T
AGES = (1e-3, 1.0, 39.0, 1e3, 1e6)
TIMES = (1e-6, 1e-3, 1.0, 52.0, 1e4, 1e9)
B = (1e-8, 1e-3, 0.05, 1.0, 50.0)
S = (1e-8, 0.1, 0.606, 1.0, 2.0, 50.0, 1e6)
BETA = (1e-8, 1e-3, 0.5, 1.0, 1 + 1e-12, 11.669, 1e3, 1e8)
R = (1e-8, 0.1, 0.553, 1.0, 2.0, 50.0, 1e6)
ALPHA = (1e-8, 1e-3, 1.0, 11.669, 1e3, 1e6)


def comparisons(rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each triple (x, b, β) in turn, the rest drawn from the grid."""
    triples = list(product(COUNTS, B, BETA))
    rng.shuffle(triples)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            x, b, beta = triples[i % len(triples)]
            r, alpha, s, T, share, t = (rng.choice(v) for v in (R, ALPHA, S, AGES, SHARES, TIMES))
            law = GGompertzNBD(r=r, alpha=alpha, b=b, s=s, beta=beta)
            yield from at_history(law, x, share * T if x else 0.0, T, t, rng.choice(COUNTS))


def at_history(law: GGompertzNBD, x: int, t_x: float, T: float, t: float, n: int) -> Iterator[Comparison]:
    given = tuple(getattr(law, name) for name in law.parameters)
    history = (*given, x, t_x, T)
    point = dict(zip(law.parameters, given, strict=True)) | {"x": x, "t_x": t_x, "T": T, "t": t}
    log_alive = truth.log_p_alive(*history)
    alive = mp.exp(log_alive)
    yield Comparison(
        "log_likelihood", point, law.log_likelihood(x, t_x, T), truth.log_likelihood(*history), True
    )
    yield Comparison("log_p_alive", point, law.log_p_alive(x, t_x, T), log_alive, True)
    yield Comparison("p_alive", point, law.p_alive(x, t_x, T), alive)

    yield Comparison(
        "expected_purchases", point, law.expected_purchases(t), truth.expected_purchases(*given, t)
    )
    log_pmf = truth.log_pmf(*given, x, t)
    yield Comparison("log_pmf", point | {"n": x}, law.log_pmf(x, t), log_pmf, True)
    yield Comparison("pmf", point | {"n": x}, law.pmf(x, t), mp.exp(log_pmf))

    r, alpha, b, s, beta = map(mpf, given)
    posterior = (r + x, alpha + mpf(T), b, s, truth.aged(b, beta, mpf(T)))
    expected = alive * truth.expected_purchases(*posterior, t)
    ours = law.conditional_expected_purchases(t, x, t_x, T)
    yield Comparison("conditional_expected_purchases", point, ours, expected)
    chance = alive * mp.exp(truth.log_pmf(*posterior, n, t)) + (-mp.expm1(log_alive) if n == 0 else 0)
    ours = law.conditional_pmf(n, t, x, t_x, T)
    yield Comparison("conditional_pmf", point | {"n": n}, ours, chance)


def sweep() -> Iterator[str]:
    """Invalid results, over the whole product of the grid, with floating-point events raised."""
    times, known = np.array([0.0, *TIMES]), histories(COUNTS, SHARES, AGES)
    for r, alpha, b, s, beta in product(R[::2], ALPHA[::2], B, S[::2], BETA[::2]):
        law = GGompertzNBD(r=r, alpha=alpha, b=b, s=s, beta=beta)
        yield from invalid(law, known, times, COUNTS)
