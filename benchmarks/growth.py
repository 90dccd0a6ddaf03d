"""The cost of transactions to segments from 10^5 to 10^7 customers, on DuckDB, Polars and Spark.

    python -m benchmarks.growth [--engines duckdb polars spark] [--most 10000000] [--to docs/_static/growth.csv]

Five orders per customer, from one Parquet file; every run is a separate process. With ``--to`` the times are
stored, keeping those of other engines and sizes; the documentation's plot uses them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.isolated import isolated
from benchmarks.parquet_log import parquet_log
from benchmarks.pipeline import starting, walk

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
ROWS = 5  # of a customer
KEY = ["engine", "customers"]


def measured(engine: str, customers: int) -> dict[str, float | str]:
    """One run."""
    path = parquet_log(ROWS * customers, customers)
    taken = isolated(walk, path, engine, "segments", before=starting(engine))
    return {
        "engine": engine,
        "customers": customers,
        "rows": ROWS * customers,
        "seconds": round(taken.seconds, 2),
    }


def store(table: pd.DataFrame, to: Path) -> None:
    """Replace older times by these."""
    if to.exists():
        table = pd.concat([pd.read_csv(to), table]).drop_duplicates(KEY, keep="last")
    table.sort_values(KEY).to_csv(to, index=False)


def run(engines: list[str], most: int, to: Path | None) -> None:
    """Print the time of each size, and the power of the number of customers that it grows with."""
    for engine in engines:
        rows = []
        for customers in (size for size in SIZES if size <= most):
            rows.append(measured(engine, customers))
            print(f"{engine}, {customers:,} customers: {rows[-1]['seconds']} s", flush=True)
            if to is not None:
                store(pd.DataFrame(rows), to)
        large = pd.DataFrame(rows).query("customers >= 300_000")
        if len(large) > 1:
            power = np.polyfit(np.log(large["customers"]), np.log(large["seconds"]), 1)[0]
            print(f"  from 300,000 customers on it grows as customers^{power:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choices = ["duckdb", "polars", "spark"]
    parser.add_argument("--engines", nargs="*", default=choices, choices=choices)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--to", type=Path)
    arguments = parser.parse_args()
    run(arguments.engines, arguments.most, arguments.to)
