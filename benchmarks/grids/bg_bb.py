"""The grid of BG/BB: comparison with true values, and a search of all of it for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.truth import bg_bb as truth
from clv._laws import BGBB

PERIODS = (1, 2, 6, 50, 500, 20000)
SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)  # of x in t_x, and of t_x in n
TIMES = (1, 2, 10, 52, 500, 20000)
FAR = 10**9  # for the expectation, which takes no sum
GAMMA = (1e-8, 0.1, 0.657, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
DELTA = (1e-8, 0.1, 1.0, 2.783, 50.0, 1e6)
ALPHA = (1e-8, 0.1, 1.204, 50.0, 1e6)
BETA = (1e-8, 0.1, 0.75, 1.0, 50.0, 1e6)


def histories() -> list[tuple[int, int, int]]:
    """Every (x, t_x, n) of the grid."""
    found = set()
    for n, last, bought in product(PERIODS, SHARES, SHARES):
        t_x = round(last * n)
        found.add((min(max(round(bought * t_x), 1), t_x), t_x, n))
    return sorted(found)


def comparisons(rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each history in turn, the parameters drawn from the grid."""
    rows = histories()
    rng.shuffle(rows)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            alpha, beta, gamma, delta, t = (rng.choice(v) for v in (ALPHA, BETA, GAMMA, DELTA, TIMES))
            law = BGBB(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
            yield from at_history(law, *rows[i % len(rows)], t, round(rng.choice(SHARES) * t))


def at_history(law: BGBB, x: int, t_x: int, T: int, t: int, n: int) -> Iterator[Comparison]:
    given = (law.alpha, law.beta, law.gamma, law.delta)
    history = (*given, x, t_x, T)
    point = dict(zip(law.parameters, given, strict=True)) | {"x": x, "t_x": t_x, "n_periods": T, "t": t}
    log_alive = truth.log_p_alive(*history)
    alive = mp.exp(log_alive)
    yield Comparison(
        "log_likelihood", point, law.log_likelihood(x, t_x, T), truth.log_likelihood(*history), True
    )
    yield Comparison("log_p_alive", point, law.log_p_alive(x, t_x, T), log_alive, True)
    yield Comparison("p_alive", point, law.p_alive(x, t_x, T), alive)

    for far in (t, FAR):
        truly = truth.expected_purchases(*given, far)
        yield Comparison("expected_purchases", point | {"t": far}, law.expected_purchases(far), truly)
    log_pmf = truth.log_pmf(*given, n, t)
    yield Comparison("log_pmf", point | {"n": n}, law.log_pmf(n, t), log_pmf, True)
    yield Comparison("pmf", point | {"n": n}, law.pmf(n, t), mp.exp(log_pmf))

    alpha, beta, gamma, delta = map(mpf, given)
    posterior = (alpha + x, beta + T - x, gamma, delta + T)
    expected = alive * truth.expected_purchases(*posterior, t)
    ours = law.conditional_expected_purchases(t, x, t_x, T)
    yield Comparison("conditional_expected_purchases", point, ours, expected)
    chance = alive * mp.exp(truth.log_pmf(*posterior, n, t)) + (-mp.expm1(log_alive) if n == 0 else 0)
    ours = law.conditional_pmf(n, t, x, t_x, T)
    yield Comparison("conditional_pmf", point | {"n": n}, ours, chance)


def sweep() -> Iterator[str]:
    """Invalid results, over the whole product of the grid, with floating-point events raised.

    The laws of one (alpha, beta) are one law of arrays, so that they share the loop over periods.
    """
    pairs = np.array(list(product(GAMMA, DELTA)))
    grid = np.array(histories(), dtype=float)
    gamma, delta = np.repeat(pairs, len(grid), axis=0).T
    x, t_x, T = np.tile(grid, (len(pairs), 1)).T
    for alpha, beta in product(ALPHA, BETA):
        law = BGBB(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
        with np.errstate(all="raise"):
            for quantity, values in answers(law, x, t_x, T).items():
                if not np.all(np.isfinite(values)):
                    yield f"{quantity} is not finite at alpha={alpha:g}, beta={beta:g}"
            times = np.array([0.0, *TIMES, FAR])[:, None]
            expected = law.posterior(x, t_x, T).expected_purchases(times)
        if np.any(np.diff(expected, axis=0) < -1e-12 * expected[1:]):
            yield f"expected_purchases falls in t at alpha={alpha:g}, beta={beta:g}"
        if np.any(expected[0] != 0):
            yield f"expected_purchases is not 0 at t = 0 at alpha={alpha:g}, beta={beta:g}"


def answers(law: BGBB, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
    """Every quantity of a law of arrays; derivatives and distributions up to 500 periods."""
    few = T <= 500
    short = BGBB(alpha=law.alpha, beta=law.beta, gamma=law.gamma[few], delta=law.delta[few])
    columns = (x[few], t_x[few], T[few])
    value, gradient, hessian = short.derivatives(*columns)
    found = {
        "log_likelihood": law.log_likelihood(x, t_x, T),
        "log_p_alive": law.log_p_alive(x, t_x, T),
        "conditional_expected_purchases": law.conditional_expected_purchases(52, x, t_x, T),
        "derivatives": np.concatenate([value, gradient.ravel(), hessian.ravel()]),
    }
    for n in (0, 1, 30):
        found[f"log_pmf({n})"] = short.log_pmf(n, 52)
        found[f"conditional_pmf({n})"] = short.conditional_pmf(n, 52, *columns)
    return found
