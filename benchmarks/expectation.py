"""Speed of conditional expectations against lifetimes in the same run.

python -m benchmarks.expectation [--customers 1000000] [--repeats 7]

Daily customers as in benchmarks/fit.py. Times are medians, ours and the peer's interleaved; the answers must agree.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.fit import LAW, daily_customers
from clv._fits.lifetimes import lifetimes_package

YEAR = 365.0


def interleaved(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median wall time of each call, all called in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def run(customers: int = 1_000_000, repeats: int = 7) -> pd.DataFrame:
    """Print and return: seconds of both, and the ratio, for the conditional expectation and P(alive)."""
    columns = [
        c.to_numpy(dtype=float) for _, c in daily_customers(customers)[["frequency", "recency", "T"]].items()
    ]
    with lifetimes_package() as lifetimes, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = lifetimes.BetaGeoFitter()
        peer.params_ = pd.Series({name: getattr(LAW, name) for name in LAW.parameters})
        calls = {
            "conditional expectation, a year": (
                lambda: LAW.conditional_expected_purchases(YEAR, *columns),
                lambda: peer.conditional_expected_number_of_purchases_up_to_time(YEAR, *columns),
            ),
            "P(alive)": (
                lambda: LAW.p_alive(*columns),
                lambda: peer.conditional_probability_alive(*columns),
            ),
        }
        rows = []
        for wanted, (name, (ours, theirs)) in zip((5, np.nan), calls.items(), strict=True):
            gap = np.nanmax(np.abs(np.asarray(ours()) / np.asarray(theirs()) - 1))
            assert gap < 1e-6, (name, gap)
            took = interleaved({"clv s": ours, "lifetimes s": theirs}, repeats)
            rows.append(
                {"customers": customers, "call": name}
                | took
                | {"ratio": took["lifetimes s"] / took["clv s"], "wanted": wanted}
            )
    table = pd.DataFrame(rows).round(4)
    print(f"{len(np.unique(columns[0] * 1e6 + columns[2])):,} distinct pairs (x, T)")
    print(table.to_string(index=False))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    run(options.customers, options.repeats)
