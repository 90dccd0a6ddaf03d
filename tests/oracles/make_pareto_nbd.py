"""Regenerate pareto_nbd.json: Pareto/NBD at 50 digits on rows drawn from the grid of extremes.

    python -m tests.oracles.make_pareto_nbd

The formulas, from Fader & Hardie (2005, 2006), are in benchmarks/truth/pareto_nbd.py. Takes about ten
minutes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpmath import mp, mpf

from benchmarks.truth import pareto_nbd as truth
from tests.oracles.differences import derivatives
from tests.oracles.tables import write

PARAMETERS = (1e-8, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
COUNTS = (0, 1, 2, 7, 50, 500, 2000, 20000)
AGES = (1e-3, 1.0, 39.0, 1e3, 1e6)
RECENCIES = (1e-9, 0.01, 0.5, 0.9, 1 - 1e-9, 1.0)
HORIZONS = (1e-6, 1e-2, 1.0, 52.0, 1e4, 1e9)


def law(rng):
    r, alpha, s, beta = (float(rng.choice(PARAMETERS)) for _ in range(4))
    return (r, alpha, s, alpha if rng.random() < 0.15 else beta)


def history(rng, counts=COUNTS):
    x, T = int(rng.choice(counts)), float(rng.choice(AGES))
    return (x, float(rng.choice(RECENCIES)) * T if x else 0.0, T)


def histories(rng, rows):
    """Parameters, history, horizon, and ln L, ln P(alive) and the conditional expectation."""
    for _ in range(rows):
        row, (x, t_x, T), t = law(rng), history(rng), float(rng.choice(HORIZONS))
        r, alpha, s, beta = map(mpf, row)
        log_p_alive = truth.log_p_alive(*row, x, t_x, T)
        fresh = truth.expected_purchases(r + x, alpha + mpf(T), s, beta + mpf(T), t)
        values = (truth.log_likelihood(*row, x, t_x, T), log_p_alive, mp.exp(log_p_alive) * fresh)
        yield [*row, x, t_x, T, t, *map(float, values)]


def expectations(rng, rows):
    for _ in range(rows):
        row, t = law(rng), float(rng.choice(HORIZONS))
        yield [*row, t, float(truth.expected_purchases(*row, t))]


def counts(rng, rows):
    for _ in range(rows):
        row, n, t = law(rng), int(rng.choice(COUNTS)), float(rng.choice(HORIZONS))
        yield [*row, n, t, float(truth.log_pmf(*row, n, t))]


def slopes(rng, rows):
    """Parameters, history, and gradient and upper Hessian of ln L in the log-parameters."""
    for _ in range(rows):
        row, columns = law(rng), history(rng, COUNTS[:6])
        yield [*row, *columns, *derivatives(truth.log_likelihood, row, columns)]


if __name__ == "__main__":
    mp.dps = truth.DIGITS
    rng = np.random.default_rng(2005)
    tables = {
        "histories": list(histories(rng, 320)),
        "expectations": list(expectations(rng, 400)),
        "counts": list(counts(rng, 240)),
        "derivatives": list(slopes(rng, 24)),
    }
    write(Path(__file__).with_name("pareto_nbd.json"), tables)
