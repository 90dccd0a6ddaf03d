"""The grid of Pareto/NBD: comparison with true values, and a search of all of it for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.grids.invalid import histories, invalid
from benchmarks.truth import pareto_nbd as truth
from clv._laws import ParetoNBD

COUNTS = (0, 1, 2, 7, 50, 500, 2000, 20000)
SHARES = (1e-9, 0.01, 0.5, 0.9, 1 - 1e-9, 1.0)  # of t_x in T
AGES = (1e-3, 1.0, 39.0, 1e3, 1e6)
TIMES = (1e-6, 1e-3, 1.0, 52.0, 1e4, 1e9)
S = (1e-8, 0.1, 0.606, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
R = (1e-8, 0.1, 0.553, 1.0, 2.0, 50.0, 1e6)
ALPHA = BETA = (1e-8, 1e-3, 1.0, 11.669, 1e3, 1e6)


def comparisons(rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each pair (x, s) in turn, the rest drawn from the grid."""
    pairs = list(product(COUNTS, S))
    rng.shuffle(pairs)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            x, s = pairs[i % len(pairs)]
            r, alpha, beta, T, share, t = (rng.choice(v) for v in (R, ALPHA, BETA, AGES, SHARES, TIMES))
            law = ParetoNBD(r=r, alpha=alpha, s=s, beta=beta)
            yield from at_history(law, x, share * T if x else 0.0, T, t, rng.choice(COUNTS))


def at_history(law: ParetoNBD, x: int, t_x: float, T: float, t: float, n: int) -> Iterator[Comparison]:
    given = (law.r, law.alpha, law.s, law.beta)
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

    r, alpha, s, beta = map(mpf, given)
    posterior = (r + x, alpha + mpf(T), s, beta + mpf(T))
    expected = alive * truth.expected_purchases(*posterior, t)
    ours = law.conditional_expected_purchases(t, x, t_x, T)
    yield Comparison("conditional_expected_purchases", point, ours, expected)
    chance = alive * mp.exp(truth.log_pmf(*posterior, n, t)) + (-mp.expm1(log_alive) if n == 0 else 0)
    ours = law.conditional_pmf(n, t, x, t_x, T)
    yield Comparison("conditional_pmf", point | {"n": n}, ours, chance)


def sweep() -> Iterator[str]:
    """Invalid results, over the whole product of the grid, with floating-point events raised."""
    times, known = np.array([0.0, *TIMES]), histories(COUNTS, SHARES, AGES)
    for r, alpha, s, beta in product(R, ALPHA, S, BETA):
        law = ParetoNBD(r=r, alpha=alpha, s=s, beta=beta)
        yield from invalid(law, known, times, COUNTS)
