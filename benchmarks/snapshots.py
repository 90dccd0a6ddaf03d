"""24 monthly snapshots in one pass, against 24 separate calls of `rfm.segment`, timed in the same run.

    python -m benchmarks.snapshots [--scale 1.0] [--engine pandas]

At scale 1 the log has 5 million rows of a million customers over two years. Both ways use the same cut
points and the same `Transactions`, and the segments of every date are compared customer by customer.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

import rfm

CUSTOMERS, ROWS, MONTHS = 1_000_000, 5_000_000, 24


def log(scale: float, seed: int = 0) -> pd.DataFrame:
    """Orders of two years: customers come in over 18 months, one row in fifty is a refund."""
    rng = np.random.default_rng(seed)
    customers, rows = int(CUSTOMERS * scale), int(ROWS * scale)
    came = rng.integers(0, 548, customers)
    who = np.concatenate([np.arange(customers), rng.integers(0, customers, rows - customers)])
    later = rng.uniform(size=rows - customers) ** 2 * (731 - came[who[customers:]])
    day = came[who] + np.concatenate([np.zeros(customers), later]).astype(np.int64)
    amount = np.round(rng.lognormal(3.5, 0.8, rows), 2) * np.where(rng.uniform(size=rows) < 0.02, -1, 1)
    order = rng.permutation(rows)
    date = np.datetime64("2024-01-01", "s") + day.astype("timedelta64[D]")
    return (
        pd.DataFrame({"customer_id": who, "date": date, "amount": amount}).iloc[order].reset_index(drop=True)
    )


def on_engine(table: pd.DataFrame, engine: str) -> Any:
    """The same table on an engine."""
    if engine == "pandas":
        return table
    if engine == "duckdb":
        import duckdb

        connection = duckdb.connect()
        connection.register("rows", table)
        connection.execute("CREATE TABLE log AS SELECT * FROM rows")
        return connection.table("log")
    import polars as pl

    return pl.from_pandas(table) if engine == "polars" else pl.from_pandas(table).lazy()


def computed(frame: Any) -> Any:
    """The rows of a result, in memory as Narwhals."""
    entered: Any = nw.from_native(frame)
    return entered.collect() if isinstance(entered, nw.LazyFrame) else entered


def run(scale: float = 1.0, engine: str = "pandas") -> float:
    """Time both ways, check that they agree, print and return how many times faster one pass is."""
    tx = rfm.Transactions(on_engine(log(scale), engine))
    dates = pd.date_range("2024-01-31", periods=MONTHS, freq="ME").strftime("%Y-%m-%d").tolist()
    scorer = rfm.Scorer.fit(rfm.summarize(tx, as_of=dates[-1]))
    start = time.perf_counter()
    snapshots = computed(rfm.snapshots(tx, dates=dates, scorer=scorer))
    one_pass = time.perf_counter() - start
    separate = 0.0
    for date in dates:
        start = time.perf_counter()
        photograph = computed(rfm.segment(tx, as_of=date, scorer=scorer))
        separate += time.perf_counter() - start
        check(snapshots, photograph, date)
    ratio = separate / one_pass
    print(
        f"{MONTHS} snapshots, {int(ROWS * scale):,} rows, {int(CUSTOMERS * scale):,} customers, {engine}: "
        f"one pass {one_pass:.1f} s, {MONTHS} calls of segment {separate:.1f} s, {ratio:.1f} times faster"
    )
    return ratio


def check(snapshots: Any, photograph: Any, date: str) -> None:
    """Both ways give every customer of the date the same scores and segment."""
    columns = ["customer_id", "R", "F", "M", "segment"]
    day = pd.Timestamp(date)
    there = snapshots.filter((nw.col("date") == day) & (nw.col("segment").cast(nw.String) != "not yet"))
    left, right = (
        frame.select(columns).to_pandas().sort_values("customer_id") for frame in (there, photograph)
    )
    for column in columns:
        same = left[column].astype(object).to_numpy() == right[column].astype(object).to_numpy()
        if len(left) != len(right) or not same.all():
            raise AssertionError(f"{column} differs on {date}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--engine", default="pandas", choices=("pandas", "polars", "polars-lazy", "duckdb"))
    arguments = parser.parse_args()
    run(arguments.scale, arguments.engine)


if __name__ == "__main__":
    main()
