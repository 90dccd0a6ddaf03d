"""The grid of BG/CNBD-k and MBG/CNBD-k: comparison with true values, and a search for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.grids.invalid import histories, invalid
from benchmarks.truth import erlang as truth
from clv._laws import BGCNBD, MBGCNBD

K = (1, 2, 3, 7, 12)
COUNTS = (0, 1, 2, 7, 50, 1000)
SHARES = (1e-6, 0.1, 0.5, 0.9, 1 - 1e-9, 1.0)  # of t_x in T
AGES = (1e-3, 1.0, 39.0, 1e3, 1e6)
TIMES = (1e-6, 1e-3, 1.0, 52.0, 1e4, 1e9)
A = (1e-8, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
B = (1e-8, 0.1, 0.5, 1.0, 2.4, 50.0, 1e6)
R = (1e-8, 0.1, 0.243, 1.0, 2.0, 50.0, 1e6)
ALPHA = (1e-3, 0.1, 4.4, 100.0, 1e6)

Family = type[BGCNBD] | type[MBGCNBD]


def comparisons(family: Family, rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each pair (x, k) in turn, the rest drawn from the grid."""
    pairs = list(product(COUNTS, K))
    rng.shuffle(pairs)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            x, k = pairs[i % len(pairs)]
            r, alpha, a, b, T, share, t = (rng.choice(v) for v in (R, ALPHA, A, B, AGES, SHARES, TIMES))
            law = family(r, alpha, a, b, k)
            yield from at_history(law, x, share * T if x else 0.0, T, t, rng.choice(COUNTS))


def at_history(law: Any, x: int, t_x: float, T: float, t: float, n: int) -> Iterator[Comparison]:
    """The quantities of one customer, and those of a new member at n = x."""
    coin, k = law.first_coin, law.k
    given = (law.r, law.alpha, law.a, law.b)
    history = (*given, k, 0.0, x, x + coin, t_x, T)
    point = dict(zip(("r", "alpha", "a", "b"), given, strict=True))
    point |= {"k": k, "x": x, "t_x": t_x, "T": T, "t": t}
    log_alive = truth.log_p_alive(*history)
    alive = mp.exp(log_alive)
    ours = law.log_likelihood(x, t_x, T)
    yield Comparison("log_likelihood", point, ours, truth.log_likelihood(*history), True)
    yield Comparison("log_p_alive", point, law.log_p_alive(x, t_x, T), log_alive, True)
    yield Comparison("p_alive", point, law.p_alive(x, t_x, T), alive)

    r, alpha, a, b = map(mpf, given)
    stay = b / (a + b) if coin else mpf(1)
    new = stay * truth.expected_purchases(r, alpha, a, b + coin, k, 0, t)
    yield Comparison("expected_purchases", point, law.expected_purchases(t), new)
    pmf = stay * truth.pmf(r, alpha, a, b + coin, k, 0, x, t) + (1 - stay if x == 0 else 0)
    yield Comparison("pmf", point | {"n": x}, law.pmf(x, t), pmf)
    yield Comparison("log_pmf", point | {"n": x}, law.log_pmf(x, t), mp.log(pmf), True)

    posterior = (r + k * x, alpha + mpf(T), a, b + x + coin, k, mpf(T) - mpf(t_x))
    expected = alive * truth.expected_purchases(*posterior, t)
    ours = law.conditional_expected_purchases(t, x, t_x, T)
    yield Comparison("conditional_expected_purchases", point, ours, expected)
    chance = alive * truth.pmf(*posterior, n, t) + (-mp.expm1(log_alive) if n == 0 else 0)
    ours = law.conditional_pmf(n, t, x, t_x, T)
    yield Comparison("conditional_pmf", point | {"n": n}, ours, chance)


def sweep(family: Family) -> Iterator[str]:
    """Invalid results, over the product of part of the grid, with floating-point events raised."""
    times = np.array([0.0, 1e-6, 1.0, 52.0, 1e9])
    known = histories((0, 1, 7, 1000), (1e-6, 0.5, 1.0), AGES[::2])
    for k, r, alpha, a, b in product((2, 12), R[::2], ALPHA[::2], A[::2], B[::3]):
        law = family(r, alpha, a, b, k)
        yield from invalid(law, known, times, COUNTS, derivatives=False)
