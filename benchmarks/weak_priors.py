"""What a weak prior on the dropout costs and gains, where a log says little of it and where it says much.

    python -m benchmarks.weak_priors [--seeds 20] [--laws bg-nbd mbg-nbd pareto-nbd]

In every world customers buy at rates of their own, with Erlang gaps, and after each purchase leave with a chance of
their own. The laws are fitted by maximum likelihood and with `clv.Prior()`, and predict the 52 weeks after the log,
whose purchases and whose survivors are known here. A row is a world and a law; each number is a median over seeds,
without the prior and with it: |predicted/happened − 1| of the total, mean absolute error by customer, the mean squared
error of P(alive) against who was alive (Brier's score), and |mean P(alive) − share alive|. `edge` is in how many fits
an estimate ran to a boundary.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import clv

Array = NDArray[np.float64]
AHEAD = 52.0  # weeks
PURCHASES = 400  # of a customer at most, in the longest world


@dataclass(frozen=True)
class World:
    """Customers who joined evenly over `joining` weeks, known for `observed` weeks of a log.

    Rates are Gamma(r, alpha) purchases a week, chances to leave Beta(a, b), gaps Erlang with `shape`.
    """

    name: str
    customers: int
    joining: float
    observed: float
    r: float
    alpha: float
    a: float
    b: float
    shape: int = 1

    def drawn(self, rng: np.random.Generator) -> tuple[pd.DataFrame, Array, NDArray[np.bool_]]:
        """The BTYD summary in weeks, the purchases in the weeks ahead, and who is alive at the end of the log."""
        n = self.customers
        known = self.observed - rng.uniform(0, self.joining, n)
        rate = np.maximum(rng.gamma(self.r, 1 / self.alpha, n), 1e-9)
        gaps = rng.gamma(self.shape, 1 / self.shape, (n, PURCHASES)) / rate[:, None]
        times = np.cumsum(gaps, axis=1)
        last = rng.geometric(
            np.clip(rng.beta(self.a, self.b, n), 1e-12, 1.0)
        )  # purchase after which one leaves
        made = np.arange(1, PURCHASES + 1) <= last[:, None]
        before = made & (times <= known[:, None])
        x = before.sum(axis=1)
        t_x = np.where(before, times, 0.0).max(axis=1)
        happened = (made & (times > known[:, None]) & (times <= known[:, None] + AHEAD)).sum(axis=1)
        table = pd.DataFrame({"customer_id": np.arange(n), "frequency": x, "recency": t_x, "T": known})
        return table, happened.astype(float), x < last


WORLDS = (
    World("young: 8 to 16 weeks", 300, 8, 16, 0.8, 8.0, 0.8, 3.2),
    World("small: 100 customers", 100, 26, 39, 0.6, 6.0, 0.8, 3.2),
    World("slow: two purchases a year", 500, 26, 52, 1.5, 40.0, 0.8, 3.2),
    World("loyal: 1 in 50 leaves", 300, 26, 52, 1.2, 8.0, 0.5, 24.5),
    World("regular: Erlang-3 gaps", 1000, 26, 52, 2.0, 8.0, 0.8, 7.2, 3),
    World("regular and young", 500, 10, 20, 2.0, 8.0, 0.8, 7.2, 3),
    World("well known: 2,000 for 78 weeks", 2000, 26, 78, 0.6, 6.0, 0.8, 3.2),
)


def errors(world: World, law: str, prior: clv.Prior | None, seed: int) -> dict[str, float]:
    """Of one fit, on the log of this seed."""
    table, happened, alive = world.drawn(np.random.default_rng([seed, WORLDS.index(world)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", clv.FitWarning)  # counted in `edge`
        fit = clv.fit_law(law, table, unit="W", prior=prior)
    history = tuple(table[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    expected = np.asarray(fit.law.conditional_expected_purchases(AHEAD, *history))
    p_alive = np.asarray(fit.law.p_alive(*history))
    return {
        "total": abs(expected.sum() / happened.sum() - 1),
        "bias": expected.sum() / happened.sum() - 1,
        "mae": float(np.abs(expected - happened).mean()),
        "brier": float(np.mean((p_alive - alive) ** 2)),
        "alive": abs(float(p_alive.mean() - alive.mean())),
        "edge": float(fit.at_boundary),
    }


def compared(world: World, law: str, seeds: int) -> Iterator[str]:
    """The parts of a row: every measure without and with the prior."""
    priors = (None, clv.Prior())
    found = [pd.DataFrame([errors(world, law, prior, seed) for seed in range(seeds)]) for prior in priors]
    for name, form in (
        ("total", ".1%"),
        ("bias", "+.1%"),
        ("mae", ".3f"),
        ("brier", ".3f"),
        ("alive", ".3f"),
    ):
        yield " → ".join(format(float(each[name].median()), form) for each in found)
    yield " → ".join(f"{each['edge'].sum():.0f}" for each in found)


def run(seeds: int, laws: list[str]) -> None:
    """Print the table."""
    print("world | law | total off | bias | MAE | Brier | P(alive) off | edge")
    for world in WORLDS:
        for law in laws:
            print(" | ".join([world.name, law, *compared(world, law, seeds)]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--laws", nargs="*", default=["bg-nbd", "mbg-nbd", "pareto-nbd"])
    arguments = parser.parse_args()
    run(arguments.seeds, arguments.laws)
