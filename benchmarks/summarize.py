"""The customer summary against lifetimes, a bare NumPy kernel and hand-written queries, in time and memory.

    python -m benchmarks.summarize [--scale 1.0] [--parts pandas parquet gaps] [--repeats 3]

At scale 1: from pandas 5 million rows of a million customers; from one Parquet file 50 million rows of 10
million customers, through lazy Polars and DuckDB, the latter also with 2 GB of memory. Both sides of a ratio
take turns, on Parquet in processes of their own, and the fastest run of each counts. The hand-written queries
return the same table, which is checked, and check nothing themselves.
"""

from __future__ import annotations

import argparse
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import rfm
from benchmarks.by_hand import by_duckdb, by_numpy, by_polars, open_duckdb
from benchmarks.isolated import cost, isolated
from benchmarks.parquet_log import parquet_log
from clv._summary import btyd_summary_of
from rfm._frames.execution import materialise
from rfm._frames.native import from_native

PANDAS, PARQUET = (5_000_000, 1_000_000), (50_000_000, 10_000_000)  # rows, customers


def in_memory_log(scale: float) -> pd.DataFrame:
    """Orders of 545 days as pandas gives them: int64, datetime64[ns], float64."""
    rows, customers = (int(number * scale) for number in PANDAS)
    rng = np.random.default_rng(0)
    day = rng.integers(0, 545, rows).astype("timedelta64[D]").astype("timedelta64[ns]")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(10**6, 10**6 + customers, rows),
            "date": np.datetime64("1997-01-01", "ns") + day,
            "amount": np.round(rng.gamma(2, 15, rows), 2),
        }
    )


def by_lifetimes(log: pd.DataFrame) -> Any:
    """The function of lifetimes, which sums days with refunds otherwise: it is timed, not compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

        return summary_data_from_transaction_data(
            log, "customer_id", "date", "amount", freq="D", freq_multiplier=7
        )


def from_pandas(scale: float, repeats: int) -> None:
    """Print the ratios and the memory of `rfm.summarize` on a pandas frame."""
    log = in_memory_log(scale)
    arrays = [log[name].to_numpy() for name in log]
    same_table(rfm.summarize(log), pd.DataFrame(by_numpy(*arrays)))
    calls = (lambda: rfm.summarize(log), lambda: by_numpy(*arrays), lambda: by_lifetimes(log))
    runs = np.array([[cost(call) for call in calls] for _ in range(repeats)])
    (ours, work, _), (bare, bare_work, _), (theirs, their_work, _) = np.min(runs, axis=0)
    print(f"pandas, {len(log):,} rows: rfm.summarize {ours:.2f} s")
    print(f"  lifetimes {theirs:.2f} s: {theirs / ours:.1f} times as long (at least 6 promised), "
          f"{their_work / work:.1f} times the processor time")  # fmt: skip
    print(f"  bare NumPy {bare:.2f} s: rfm.summarize takes {ours / bare:.2f} of it (at most 1.4 promised), "
          f"{work / bare_work:.2f} of its processor time")  # fmt: skip
    tracemalloc.start()
    rfm.summarize(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = sum(array.nbytes for array in arrays)
    print(f"  peak memory {peak / size:.2f} times the input's columns (below 3 promised)")


def check(path: Path) -> None:
    """The hand-written query on DuckDB returns our table."""
    same_table(duckdb_ours(path).df(), by_duckdb(path).df())


def same_table(ours: Any, theirs: pd.DataFrame) -> None:
    """Both hold every customer with the same counts, and money to 1e-6."""
    ours = ours.sort_values("customer_id", ignore_index=True)
    theirs = theirs.sort_values("customer_id", ignore_index=True)
    for name in ("customer_id", "orders"):
        assert np.array_equal(ours[name], theirs[name]), name
    for name in ("spend", "first_order_spend", "refunds"):
        assert np.allclose(ours[name], theirs[name], rtol=0, atol=1e-6), name
    bought = ours["orders"].to_numpy() > 0
    for name in ("first_purchase", "last_purchase"):
        days = [
            pd.to_datetime(table[name]).to_numpy()[bought].astype("datetime64[D]") for table in (ours, theirs)
        ]
        assert np.array_equal(*days), name


def polars_ours(path: Path) -> Any:
    import polars as pl

    return rfm.summarize(pl.scan_parquet(path)).collect(engine="streaming")


def duckdb_ours(path: Path, memory: str | None = None) -> Any:
    connection = open_duckdb(memory)
    table = rfm.summarize(connection.read_parquet(str(path)))
    table.create("summary")
    return connection.table("summary")


def from_parquet(scale: float, repeats: int) -> None:
    """Print the ratios to hand-written queries, and the run with 2 GB of memory."""
    rows, customers = (int(number * scale) for number in PARQUET)
    path = parquet_log(rows, customers)
    isolated(check, path)
    for engine, ours, hand in (("polars", polars_ours, by_polars), ("duckdb", duckdb_ours, by_duckdb)):
        runs = [(isolated(ours, path), isolated(hand, path)) for _ in range(repeats)]
        (mine, work, peak), (theirs, their_work, their_peak) = np.min(runs, axis=0)
        print(
            f"{engine}, {rows:,} rows, {customers:,} customers, Parquet: rfm.summarize {mine:.1f} s, {peak:.1f} GB"
        )
        print(f"  by hand {theirs:.1f} s, {their_peak:.1f} GB: ratio {mine / theirs:.2f} (at most 1.3 promised), "
              f"of processor time {work / their_work:.2f}")  # fmt: skip
    taken, _, peak = isolated(duckdb_ours, path, "2GB")
    print(f"duckdb with 2 GB of memory: {taken:.1f} s; the process held {peak:.1f} GB at most")


def with_gaps(scale: float, repeats: int) -> None:
    """Print what the column `sum_log_gaps` adds to the processor time of `clv.summarize`, on each of some engines."""
    import duckdb
    import polars as pl
    import pyarrow as pa

    log = in_memory_log(scale)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE log AS FROM log")
    kinds = {
        "pandas": log,
        "polars": pl.from_pandas(log),
        "pyarrow": pa.Table.from_pandas(log, preserve_index=False),
        "polars-lazy": pl.from_pandas(log).lazy(),
        "duckdb": connection.table("log"),
    }
    for name, frame in kinds.items():

        def summarised(gaps: bool, frame: Any = frame) -> Any:
            tx = rfm.Transactions(frame)
            return materialise(from_native(btyd_summary_of(tx, "W", tx.last_day, None, gaps=gaps)))

        runs = [(cost(lambda: summarised(False)), cost(lambda: summarised(True))) for _ in range(repeats)]
        (_, without, _), (_, with_them, _) = np.min(runs, axis=0)
        print(
            f"{name}, {len(log):,} rows: clv.summarize {without:.2f} s of a processor, with sum_log_gaps "
            f"{with_them:.2f} s: {with_them / without:.2f} times"
        )


PARTS = {"pandas": from_pandas, "parquet": from_parquet, "gaps": with_gaps}


def run(scale: float = 1.0, parts: list[str] | None = None, repeats: int = 3) -> None:
    """Run the parts named, or all."""
    for name in parts or PARTS:
        PARTS[name](scale, repeats)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--parts", nargs="*", choices=list(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    run(arguments.scale, arguments.parts, arguments.repeats)
