"""Speed of a fit against lifetimes' BetaGeoFitter in the same run, and how it grows with the customers.

python -m benchmarks.fit [--customers 1000000] [--largest 10000000]
python -m benchmarks fit expectation value      # all that is measured against lifetimes' laws

Times are medians of the fitting calls alone, tables ready; the peer is timed on the same tables, interleaved.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import clv
import rfm
from clv._fits.lifetimes import lifetimes_package

LAW = clv.BGNBD(r=0.243, alpha=4.414 * 7, a=0.793, b=2.426)  # CDNOW's, in days
CHUNK = 1_000_000


def daily_customers(n: int, days: int = 720, seed: int = 0) -> pd.DataFrame:
    """The BTYD summary, in days, of n customers who joined evenly over `days` days."""
    parts = [_part(min(CHUNK, n - start), days, seed + start) for start in range(0, n, CHUNK)]
    return pd.concat(parts, ignore_index=True)


def _part(n: int, days: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    T = rng.integers(1, days, n).astype(float)
    made = LAW.simulate(T, rng)
    day = np.ceil(made.times).astype(np.int64)  # several orders of a day are one
    first = np.append(True, (np.diff(made.customer) != 0) | (np.diff(day) != 0)) if len(day) else day == 0
    customer, day = made.customer[first], day[first]
    last = np.zeros(n)
    last[customer] = day  # ascending within a customer
    return pd.DataFrame({"frequency": np.bincount(customer, minlength=n), "recency": last, "T": T})


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median wall time of a call."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def against_lifetimes(
    name: str, table: pd.DataFrame, repeats: int, peer_repeats: int, wanted: float
) -> dict[str, object]:
    """Time both on one table; the fits must agree, and ours must be the likelier."""
    with lifetimes_package() as lifetimes, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter = lifetimes.BetaGeoFitter()
        columns = (table["frequency"], table["recency"], table["T"])
        ours = seconds(lambda: clv.fit_law(clv.BGNBD, table), repeats)
        theirs = seconds(lambda: fitter.fit(*columns), peer_repeats)
        again = seconds(lambda: clv.fit_law(clv.BGNBD, table), repeats)
    fit = clv.fit_law(clv.BGNBD, table)
    reference = clv.from_lifetimes(fitter)
    assert fit.log_likelihood >= reference.log_likelihood - 1e-6, (
        fit.log_likelihood,
        reference.log_likelihood,
    )
    ours = statistics.median([ours, again])
    return {
        "data": name,
        "customers": len(table),
        "fit_law s": round(ours, 4),
        "lifetimes s": round(theirs, 4),
        "ratio": round(theirs / ours, 1),
        "wanted": wanted,
    }


def peak_over_input(table: pd.DataFrame) -> float:
    """Peak of memory that a fit allocates, as a multiple of the columns it reads."""
    size = sum(table[column].to_numpy().nbytes for column in ("frequency", "recency", "T"))
    tracemalloc.start()
    clv.fit_law(clv.BGNBD, table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / size, 2)


def growth(largest: int) -> pd.DataFrame:
    """Seconds of a fit by number of customers, from 10,000 on."""
    rows = []
    n = 10_000
    while n <= largest:
        table = daily_customers(n)
        took = seconds(lambda table=table: clv.fit_law(clv.BGNBD, table), 3)
        rows.append({"customers": n, "fit_law s": round(took, 4), "µs a customer": round(1e6 * took / n, 3)})
        n *= 10
    return pd.DataFrame(rows)


def run(customers: int = 1_000_000, largest: int = 10_000_000) -> list[pd.DataFrame]:
    """Print and return: ratios to the peer, and growth."""
    cdnow = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    many = daily_customers(customers)
    ratios = pd.DataFrame(
        [
            against_lifetimes("CDNOW sample, weeks", cdnow, 50, 15, wanted=10),
            against_lifetimes("simulated, days", many, 5, 1, wanted=40),
        ]
    )
    print(ratios.to_string(index=False))
    print(
        f"peak memory of the fit of {customers:,} customers: {peak_over_input(many)} times its input, 2 wanted"
    )
    table = growth(largest)
    print(table.to_string(index=False))
    return [ratios, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--largest", type=int, default=10_000_000)
    options = parser.parse_args()
    run(options.customers, options.largest)
