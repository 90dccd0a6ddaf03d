"""The grid of BG/NBD and MBG/NBD: comparison with true values, and a search for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.grids.invalid import histories, invalid
from benchmarks.truth import beta_geometric as truth
from clv._laws import BGNBD, MBGNBD

COUNTS = (0, 1, 2, 7, 50, 500, 2000, 20000)
SHARES = (1e-6, 0.1, 0.5, 0.9, 1 - 1e-9, 1.0)  # of t_x in T
AGES = (1e-3, 1.0, 39.0, 1e3, 1e6)
TIMES = (1e-6, 1e-3, 1.0, 52.0, 1e4, 1e9)
A = (1e-8, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
B = (1e-8, 0.1, 0.5, 1.0, 2.4, 50.0, 1e6)
R = (1e-8, 0.1, 0.243, 1.0, 2.0, 50.0, 1e6)
ALPHA = (1e-3, 0.1, 4.4, 100.0, 1e6)

Law = BGNBD | MBGNBD


def comparisons(law_class: type[Law], rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each pair (x, a) in turn, the rest drawn from the grid."""
    pairs = list(product(COUNTS, A))
    rng.shuffle(pairs)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            x, a = pairs[i % len(pairs)]
            r, alpha, b, T, share, t = (rng.choice(v) for v in (R, ALPHA, B, AGES, SHARES, TIMES))
            law = law_class(r=r, alpha=alpha, a=a, b=b)
            yield from at_history(law, x, share * T if x else 0.0, T, t, rng.choice(COUNTS))


def at_history(law: Law, x: int, t_x: float, T: float, t: float, n: int) -> Iterator[Comparison]:
    """The quantities of one customer, and those of a new member at n = x."""
    first_coin = int(isinstance(law, MBGNBD))
    given = (law.r, law.alpha, law.a, law.b)
    history = (*given, x, x + first_coin, t_x, T)
    point = dict(zip(("r", "alpha", "a", "b"), given, strict=True)) | {"x": x, "t_x": t_x, "T": T, "t": t}
    log_alive = truth.log_p_alive(*history)
    alive = mp.exp(log_alive)
    ours = law.log_likelihood(x, t_x, T)
    yield Comparison("log_likelihood", point, ours, truth.log_likelihood(*history), True)
    yield Comparison("log_p_alive", point, law.log_p_alive(x, t_x, T), log_alive, True)
    yield Comparison("p_alive", point, law.p_alive(x, t_x, T), alive)

    new = truth.expected_purchases(*given, t, first_coin)
    yield Comparison("expected_purchases", point, law.expected_purchases(t), new)
    pmf = truth.pmf(*given, x, t, first_coin)
    yield Comparison("pmf", point | {"n": x}, law.pmf(x, t), pmf)
    yield Comparison("log_pmf", point | {"n": x}, law.log_pmf(x, t), mp.log(pmf), True)

    r, alpha, a, b = map(mpf, given)
    posterior = (r + x, alpha + mpf(T), a, b + x + first_coin)
    expected = alive * truth.expected_purchases(*posterior, t, 0)
    ours = law.conditional_expected_purchases(t, x, t_x, T)
    yield Comparison("conditional_expected_purchases", point, ours, expected)
    chance = alive * truth.pmf(*posterior, n, t, 0) + (-mp.expm1(log_alive) if n == 0 else 0)
    ours = law.conditional_pmf(n, t, x, t_x, T)
    yield Comparison("conditional_pmf", point | {"n": n}, ours, chance)


def sweep(law_class: type[Law]) -> Iterator[str]:
    """Invalid results, over the whole product of the grid, with floating-point events raised."""
    times, known = np.array([0.0, *TIMES]), histories(COUNTS, SHARES, AGES)
    for r, alpha, a, b in product(R, ALPHA, A, B):
        law = law_class(r=r, alpha=alpha, a=a, b=b)
        yield from invalid(law, known, times, COUNTS)
