"""Robustness of fits: ordinary and difficult simulated customers, every law, compared with random starting points.

    python -m benchmarks.never_failing [LAW …] [--starts 50] [--designs 80] [--first 0]

For each law, `--designs` sets of parameters drawn log-uniformly from wide ranges, each with 100, 1,000 and 5,000
customers observed for months to years. A row counts exceptions, searches that did not converge, estimates that
diverged to a boundary, data sets refused because no customer bought twice, and those where the best of random starts
beats the fit by more than 1e-6. `--first` is the first design, to run them in parts; faults are printed as they are
found.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

import clv
from clv._fits.data import FitData
from clv._fits.likelihood import Likelihood, informative
from clv._fits.search import climb
from clv._laws.registry import law_named
from clv.errors import FitWarning

RANGES = {
    "bg-nbd": {"r": (0.1, 5), "alpha": (1, 100), "a": (0.1, 5), "b": (0.5, 10)},
    "mbg-nbd": {"r": (0.1, 5), "alpha": (1, 100), "a": (0.1, 5), "b": (0.5, 10)},
    "bg-cnbd-2": {"r": (0.1, 5), "alpha": (0.5, 50), "a": (0.1, 5), "b": (0.5, 10)},
    "mbg-cnbd-3": {"r": (0.1, 5), "alpha": (0.3, 30), "a": (0.1, 5), "b": (0.5, 10)},
    "mbg-cnbd-12": {"r": (0.1, 5), "alpha": (0.1, 10), "a": (0.1, 5), "b": (0.5, 10)},
    "pareto-nbd": {"r": (0.1, 5), "alpha": (1, 100), "s": (0.1, 5), "beta": (1, 100)},
    "ggompertz-nbd": {
        "r": (0.1, 5),
        "alpha": (1, 100),
        "b": (0.001, 0.3),
        "s": (0.1, 5),
        "beta": (0.01, 300),
    },
    "bg-bb": {"alpha": (0.1, 5), "beta": (0.1, 10), "gamma": (0.1, 5), "delta": (0.5, 10)},
    "gamma-gamma": {"p": (0.5, 50), "q": (0.5, 20), "gamma": (1, 100)},
}
NUMBERS = (
    "bg-bb",
    "bg-nbd",
    "gamma-gamma",
    "mbg-nbd",
    "pareto-nbd",
    "bg-cnbd-2",
    "mbg-cnbd-3",
    "mbg-cnbd-12",
    "ggompertz-nbd",
)  # of a law in the seed of its data sets: new ones come last
SIZES = (100, 1_000, 5_000)
WEEKS = (13, 26, 52, 104, 156)


def design(name: str, number: int, n: int) -> tuple[Any, pd.DataFrame]:
    """The law of a design, and a table of n customers simulated from it."""
    rng = np.random.default_rng([NUMBERS.index(name), number, n])
    law = law_named(name)(*(np.exp(rng.uniform(*np.log(bounds))) for bounds in RANGES[name].values()))
    if name == "gamma-gamma":
        orders = rng.geometric(0.4, n)
        amounts = law.simulate(orders, rng)
        mean = np.add.reduceat(amounts, np.cumsum(orders) - orders) / orders
        return law, pd.DataFrame({"frequency": orders, "monetary_value": mean})
    span = float(rng.choice(WEEKS))
    T = rng.integers(4, 13, n) if name == "bg-bb" else rng.uniform(0.3 * span, span, n)
    made = law.simulate(T, rng)
    columns = dict(zip(law.data_columns, (made.x, made.t_x, made.T), strict=True))
    return law, pd.DataFrame(columns)


def best_of_random(law_class: Any, table: pd.DataFrame, starts: int, seed: int) -> float:
    """The best log-likelihood from random starting points."""
    data = informative(law_class, FitData.read(law_class, table))
    likelihood = Likelihood.of(law_class, data)
    rng = np.random.default_rng(seed)
    best = -np.inf
    for start in rng.uniform(-3, 3, (starts, len(law_class.parameters))):
        maximum = climb(likelihood, start)
        best = max(best, likelihood.log_likelihood(maximum.theta, maximum.value))
    return best


def trial(name: str, number: int, n: int, starts: int) -> str:
    """The outcome for one data set."""
    law, table = design(name, number, n)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", FitWarning)
            fit = clv.fit_law(type(law), table)
    except clv.FitError as error:
        once = 1 if name == "gamma-gamma" else 0
        if (table["frequency"] <= once).all():
            return "nobody bought twice"
        print(f"{name} {number} n={n}: {error}", file=sys.stderr)
        return "refused"
    except Exception as error:  # the count of these is the result
        print(f"{name} {number} n={n}: {type(error).__name__}: {error}", file=sys.stderr)
        return "exception"
    behind = best_of_random(type(law), table, starts, number) - fit.log_likelihood
    if behind > 1e-6:
        print(f"{name} {number} n={n}: {fit.law} is {behind:.2g} behind the best start", file=sys.stderr)
        return "behind"
    return "boundary" if fit.at_boundary else "fitted" if fit.converged else "not converged"


def run(names: list[str], designs: int = 80, starts: int = 50, first: int = 0) -> pd.DataFrame:
    """A row of counts for each law."""
    rows = []
    for name in names:
        begin = time.perf_counter()
        numbers = range(first, first + designs)
        counts = Counter(trial(name, number, n, starts) for number in numbers for n in SIZES)
        rows.append(
            {
                "law": name,
                "data sets": designs * len(SIZES),
                **counts,
                "seconds": round(time.perf_counter() - begin, 1),
            }
        )
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).fillna(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("laws", nargs="*", default=list(RANGES))
    parser.add_argument("--starts", type=int, default=50)
    parser.add_argument("--designs", type=int, default=80)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    table = run(options.laws or list(RANGES), options.designs, options.starts, options.first)
    print(table.to_string(index=False))
