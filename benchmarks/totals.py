"""Totals and forecasts: processor time, and bounds by the law against a long simulation's.

python -m benchmarks.totals [--customers 1000000]

The simulation is that of tests/oracles/make_totals.py: one future of CDNOW's sample for each of 20,000 draws.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clv
import rfm
from benchmarks.fit import daily_customers
from benchmarks.value import with_spend

ORACLE = Path(__file__).parents[1] / "tests" / "oracles" / "totals.json"
LAWS = ("bg-nbd", "mbg-nbd", "pareto-nbd")
SEGMENTS = 11


def processor(call: Callable[[], object], times: int = 1) -> float:
    """Median processor time of some calls, of all threads."""
    found = []
    for _ in range(times):
        begin = time.process_time()
        call()
        found.append(time.process_time() - begin)
    return statistics.median(found)


def of_cdnow(law: str) -> None:
    """The times of a fitted model's first and of its later calls: draws of the parameters are kept."""
    model = clv.fit(rfm.datasets.cdnow_sample(), law, end="1997-09-30")
    model.total(horizon="4W")  # what is loaded once
    calls: dict[str, Callable[[Any], object]] = {
        "total": lambda m: m.total(horizon="39W"),
        "forecast by week": lambda m: m.forecast("39W"),
        "forecast by quarter": lambda m: m.forecast("39W", every="13W"),
    }
    for name, call in calls.items():
        first = statistics.median(processor(lambda call=call: call(replace(model))) for _ in range(5))  # type: ignore[misc]
        later = processor(lambda call=call: call(model), 5)  # type: ignore[misc]
        print(f"CDNOW's sample, {law}: {name} {first:.2f} s of processor time, {later:.2f} s again")


def against_simulation() -> None:
    """The largest difference of bounds by the law, of any measure."""
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    model = clv.fit(rfm.datasets.cdnow_sample(), "bg-nbd", end="1997-09-30")
    ends = ("low", "high")
    for seed in range(3):
        total = model.total(horizon="39W", interval_from="law", seed=seed).iloc[0]
        by_period = model.forecast("39W", every="13W", interval_from="law", seed=seed)
        apart = {name: [total[f"{name}_{end}"] for end in ends] for name in ("purchases", "clv")}
        apart |= {
            f"{name} {k}": [row[f"{name}_{end}"] for end in ends]
            for name in ("purchases", "revenue", "active")
            for k, row in by_period.iterrows()
        }
        worst = max(apart, key=lambda name: _apart(apart[name], known[name]))
        print(
            f"seed {seed}: bounds within {_apart(apart[worst], known[worst]):.2%} of a long simulation's ({worst})"
        )


def _apart(found: list[float], known: list[float]) -> float:
    return float(np.abs(np.array(found) / np.array(known) - 1).max())


def of_many(customers: int) -> None:
    """Many customers, in eleven segments by their purchases."""
    table = with_spend(daily_customers(customers))
    model = clv.fit_summary(table, "bg-nbd", unit="D")
    rank = table["frequency"].rank(method="first").to_numpy()
    segment = np.minimum((rank - 1) * SEGMENTS // len(table), SEGMENTS - 1).astype(int)
    by = pd.DataFrame({"customer_id": table["customer_id"], "segment": segment})
    spent = processor(lambda: model.total(by, "52W"))
    print(
        f"{customers:,} customers by {SEGMENTS} segments: total {spent:.1f} s of processor time", flush=True
    )
    spent = processor(lambda: replace(model).forecast("52W", every="4W"))
    print(f"{customers:,} customers: forecast by four weeks {spent:.1f} s", flush=True)


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=250_000)
    given = parser.parse_args()
    for law in LAWS:
        of_cdnow(law)
    against_simulation()
    of_many(given.customers)


if __name__ == "__main__":
    main()
