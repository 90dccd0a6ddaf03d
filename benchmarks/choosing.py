"""What choosing a law costs: `model="auto"` beside a named law, on CDNOW and on a million customers.

python -m benchmarks.choosing [--customers 1000000]

Wanted: 60 seconds on two cores for a million customers, and 1.5 seconds for the choice on CDNOW's sample.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd

import clv
import rfm
from clv._choice.choose import choose_law
from clv._fit import refits_for

LAW, SPEND = clv.MBGNBD(r=0.6, alpha=9.0, a=0.5, b=2.0), clv.GammaGamma(6.0, 4.0, 15.0)


def shop(customers: int, seed: int = 0) -> pd.DataFrame:
    """Two years of a shop whose customers join all through the first 80 weeks."""
    rng = np.random.default_rng(seed)
    return clv.simulate(LAW, SPEND, customers, rng=rng, start="2022-01-03", joining="80W", observed="104W")


def measured(name: str, log: pd.DataFrame) -> dict[str, object]:
    """Wall and CPU seconds of a fit with a named law, with "auto", and of the choice alone."""
    tx = rfm.Transactions(log)
    row: dict[str, object] = {"data": name, "customers": log["customer_id"].nunique(), "orders": len(log)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in ("bg-nbd", "auto"):
            begin, cpu = time.perf_counter(), time.process_time()
            fitted = clv.fit(tx, model)
            row[f"{model} s"] = round(time.perf_counter() - begin, 2)
            row[f"{model} CPU s"] = round(time.process_time() - cpu, 2)
        cpu = time.process_time()
        choice = choose_law(refits_for(tx), tx.last_day)
        row["choice CPU s"] = round(time.process_time() - cpu, 2)
    assert fitted.choice == choice
    print(f"{name}: {choice.sentence}\n{choice.table.round(4).to_string(index=False)}\n", flush=True)
    return row


def run(customers: int = 1_000_000) -> pd.DataFrame:
    """Print and return the times."""
    clv.fit(rfm.datasets.cdnow_sample().head(2_000), "auto")  # imports
    logs = {"CDNOW sample": rfm.datasets.cdnow_sample(), "CDNOW": rfm.datasets.cdnow()}
    rows = [measured(name, log) for name, log in logs.items()]
    rows.append(measured("simulated", shop(customers)))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    run(parser.parse_args().customers)
