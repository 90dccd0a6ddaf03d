"""Regenerate ggompertz_nbd.json: GGompertz/NBD at 30 digits on rows drawn from the grid of extremes.

    python -m tests.oracles.make_ggompertz_nbd

The formulas, from Bemmaor & Glady (2012), are in benchmarks/truth/ggompertz_nbd.py. Takes two minutes of one core.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpmath import mp, mpf

from benchmarks.grids.ggompertz_nbd import AGES, ALPHA, BETA, COUNTS, SHARES, TIMES, B, R, S
from benchmarks.truth import ggompertz_nbd as truth
from tests.oracles.differences import derivatives
from tests.oracles.tables import write

STEP = mpf(10) ** -6  # with values to some 26 digits, differences to 12


def law(rng):
    return tuple(float(rng.choice(values)) for values in (R, ALPHA, B, S, BETA))


def history(rng, counts=COUNTS):
    x, T = int(rng.choice(counts)), float(rng.choice(AGES))
    return (x, float(rng.choice(SHARES)) * T if x else 0.0, T)


def histories(rng, rows):
    """Parameters, history, horizon, and ln L, ln P(alive) and the conditional expectation."""
    for _ in range(rows):
        row, (x, t_x, T), t = law(rng), history(rng), float(rng.choice(TIMES))
        r, alpha, b, s, beta = map(mpf, row)
        log_p_alive = truth.log_p_alive(*row, x, t_x, T)
        fresh = truth.expected_purchases(r + x, alpha + mpf(T), b, s, truth.aged(b, beta, mpf(T)), t)
        values = (truth.log_likelihood(*row, x, t_x, T), log_p_alive, mp.exp(log_p_alive) * fresh)
        yield [*row, x, t_x, T, t, *map(float, values)]


def expectations(rng, rows):
    for _ in range(rows):
        row, t = law(rng), float(rng.choice(TIMES))
        yield [*row, t, float(truth.expected_purchases(*row, t))]


def counts(rng, rows):
    for _ in range(rows):
        row, n, t = law(rng), int(rng.choice(COUNTS)), float(rng.choice(TIMES))
        yield [*row, n, t, float(truth.log_pmf(*row, n, t))]


def slopes(rng, rows):
    """Parameters, history, and gradient and upper Hessian of ln L in the log-parameters."""
    for _ in range(rows):
        row, columns = law(rng), history(rng, COUNTS[:6])
        yield [*row, *columns, *derivatives(truth.log_likelihood, row, columns, STEP)]


if __name__ == "__main__":
    mp.dps = truth.DIGITS
    rng = np.random.default_rng(2012)
    tables = {
        "histories": list(histories(rng, 50)),
        "expectations": list(expectations(rng, 30)),
        "counts": list(counts(rng, 30)),
        "derivatives": list(slopes(rng, 3)),
    }
    write(Path(__file__).with_name("ggompertz_nbd.json"), tables)
