"""What forgetting gains where customers' rates drift, and how often it is chosen where they do not.

    python -m benchmarks.forgetting [--seeds 5] [--customers 600] [--laws bg-nbd pareto-nbd]

Customers buy for two years at rates whose logarithms move around each customer's own mean, month by month (an
autoregression with .9, and the standard deviation `drift`), and leave by a coin after a purchase. The factor is chosen
by `forgetting="auto"` on the first 78 weeks; the half year after them, which it has not seen, is the test. A row is a
drift and a law: the factors chosen, and means over seeds, without forgetting and with it, of the log score of a
customer's purchases, the predicted total relative to what happened, and the share of customers within their 90%
intervals.
"""

from __future__ import annotations

import argparse
import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

import clv
from clv._forgetting import Memory, scores
from clv._laws.forgetting import forgetful

MONTH = 28  # days
KEPT = 0.9  # of a month's deviation from a customer's own mean
AHEAD = 182  # days of the test
INSIDE = 150  # customers of each log whose intervals are computed, which takes most of the time


def drifting(drift: float, seed: int = 1, customers: int = 600, weeks: int = 104) -> pd.DataFrame:
    """Orders of customers whose log-rates move with this standard deviation; with 0 a rate is for ever."""
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(2.0, 1 / 4.0, customers), rng.beta(0.6, 20.0, customers)
    move, alive, orders = drift * rng.normal(size=customers), np.ones(customers, dtype=bool), []
    for day in range(7 * weeks):
        if day % MONTH == 0:
            move = KEPT * move + np.sqrt(1 - KEPT**2) * drift * rng.normal(size=customers)
        today = rate * np.exp(move - drift**2 / 2) / 7
        buys = alive & (rng.random(customers) < -np.expm1(-today)) if day else alive
        orders.append(np.stack([np.flatnonzero(buys), np.full(buys.sum(), day)]))
        alive &= ~(buys & (rng.random(customers) < leaving) & (day > 0))
    who, when = np.concatenate(orders, axis=1)
    return pd.DataFrame(
        {"customer_id": who, "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(when, unit="D")}
    )


def measured(drift: float, law: str, seed: int, customers: int) -> dict[str, float]:
    """Of one log."""
    log = drifting(drift, seed, customers)
    last = log["date"].max()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", clv.FitWarning)
        model: Any = clv.fit(log, law, end=last - pd.Timedelta(days=AHEAD), forgetting="auto")
    known = model.customers
    later = clv.summarize(log).set_index("customer_id")["frequency"].loc[known["customer_id"]].to_numpy()
    came = (later - known["frequency"]).to_numpy(dtype=float)
    base, found = model._reader.base(known), {"factor": model.memory.factor}
    for name, factor in (("whole", 1.0), ("kept", model.memory.factor)):
        some = dataclasses.replace(model, memory=Memory(factor))
        predicted = some.predict(f"{AHEAD}D")
        bounds = some.predict(f"{AHEAD}D", interval=0.9, customers=known.head(INSIDE))
        inside = (bounds["purchases_low"] <= came[:INSIDE]) & (came[:INSIDE] <= bounds["purchases_high"])
        found |= {
            f"score {name}": scores(forgetful(model.purchases.law, factor), base, came, AHEAD / 7).mean(),
            f"bias {name}": predicted["expected_purchases"].sum() / came.sum() - 1,
            f"coverage {name}": inside.mean(),
        }
    return found


def run(seeds: int, customers: int, laws: list[str]) -> None:
    """Print the table."""
    print("drift | law | factors | log score | bias | coverage of 90%")
    for drift in (0.0, 0.3, 0.6, 1.0):
        for law in laws:
            table = pd.DataFrame([measured(drift, law, seed, customers) for seed in range(seeds)])
            factors = " ".join(f"{factor:g}" for factor in table["factor"])
            means = table.mean()
            parts = (
                f"{means[f'{name} whole']:{form}} → {means[f'{name} kept']:{form}}"
                for name, form in (("score", ".3f"), ("bias", "+.1%"), ("coverage", ".1%"))
            )
            print(" | ".join([f"{drift:g}", law, factors, *parts]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=600)
    parser.add_argument("--laws", nargs="*", default=["bg-nbd", "pareto-nbd"])
    arguments = parser.parse_args()
    run(arguments.seeds, arguments.customers, arguments.laws)
