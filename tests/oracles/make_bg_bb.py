"""Regenerate bg_bb.json: BG/BB at 50 digits on rows drawn from the grid of extremes.

    python -m tests.oracles.make_bg_bb

The formulas, from Fader, Hardie & Shang (2010), are in benchmarks/truth/bg_bb.py. Takes about five minutes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpmath import mp, mpf

from benchmarks.truth import bg_bb as truth
from tests.oracles.differences import derivatives
from tests.oracles.tables import write

PARAMETERS = (1e-8, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 2.0, 50.0, 1e6)
PERIODS = (1, 2, 6, 50, 500, 2000, 20000)
SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)
HORIZONS = (1, 2, 10, 52, 500, 10**9)


def law(rng):
    return tuple(float(rng.choice(PARAMETERS)) for _ in range(4))


def history(rng, periods=PERIODS):
    n = int(rng.choice(periods))
    t_x = round(float(rng.choice(SHARES)) * n)
    return (max(round(float(rng.choice(SHARES)) * t_x), min(t_x, 1)), t_x, n)


def histories(rng, rows):
    """Parameters, history, horizon, and ln L, ln P(alive) and the conditional expectation."""
    for _ in range(rows):
        row, (x, t_x, n), t = law(rng), history(rng), int(rng.choice(HORIZONS))
        alpha, beta, gamma, delta = map(mpf, row)
        log_p_alive = truth.log_p_alive(*row, x, t_x, n)
        fresh = truth.expected_purchases(alpha + x, beta + n - x, gamma, delta + n, t)
        values = (truth.log_likelihood(*row, x, t_x, n), log_p_alive, mp.exp(log_p_alive) * fresh)
        yield [*row, x, t_x, n, t, *map(float, values)]


def expectations(rng, rows):
    for _ in range(rows):
        row, t = law(rng), int(rng.choice(HORIZONS))
        yield [*row, t, float(truth.expected_purchases(*row, t))]


def counts(rng, rows):
    for _ in range(rows):
        row, t = law(rng), int(rng.choice(PERIODS))
        n = round(float(rng.choice(SHARES)) * t)
        yield [*row, n, t, float(truth.log_pmf(*row, n, t))]


def slopes(rng, rows):
    """Parameters, history, and gradient and upper Hessian of ln L in the log-parameters."""
    for _ in range(rows):
        row, columns = law(rng), history(rng, PERIODS[:5])
        yield [*row, *columns, *derivatives(truth.log_likelihood, row, columns)]


if __name__ == "__main__":
    mp.dps = truth.DIGITS
    rng = np.random.default_rng(2010)
    tables = {
        "histories": list(histories(rng, 200)),
        "expectations": list(expectations(rng, 400)),
        "counts": list(counts(rng, 150)),
        "derivatives": list(slopes(rng, 40)),
    }
    write(Path(__file__).with_name("bg_bb.json"), tables)
