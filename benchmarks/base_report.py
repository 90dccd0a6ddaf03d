"""The customer-base audit of 5 million rows, against its tables written by hand in Polars, timed in the same run.

    python -m benchmarks.base_report [--scale 1.0] [--engine polars]

At scale 1 the log has 5 million rows of a million customers over two years, and the periods are quarters. By hand,
Polars makes the factors of revenue, the groups of the last two quarters, the deciles and the cells of the stacked
chart, and nothing else: no check of the log, no bands, no times to the second purchase. Customers, orders and revenue
of both ways are compared. On engines other than Polars the rows are in that engine, and by hand still in Polars.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import pandas as pd
import polars as pl

import rfm
from benchmarks.snapshots import log, on_engine
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native

TABLES = ("revenue_tree", "changes", "deciles", "stacked_cohorts")


def by_hand(frame: pl.DataFrame) -> dict[str, pd.DataFrame]:
    """The four tables, of the net of each customer's days."""
    days = (
        frame.lazy()
        .group_by("customer_id", pl.col("date").cast(pl.Date).alias("day"))
        .agg(net=(pl.col("amount") * 100).round().cast(pl.Int64).sum(), least=pl.col("amount").min())
        .with_columns(bought=(pl.col("net") > 0) | ((pl.col("net") == 0) & (pl.col("least") >= 0)))
    )
    first = days.filter("bought").group_by("customer_id").agg(first=pl.col("day").min())
    cells = (
        days.join(first, on="customer_id")
        .with_columns(period=pl.col("day").dt.truncate("1q"), cohort=pl.col("first").dt.truncate("1q"))
        .group_by("customer_id", "cohort", "period")
        .agg(orders=pl.col("bought").sum(), spend=pl.col("net").sum())
        .collect()
    )
    bought = pl.col("orders") > 0
    sums = (bought.sum().alias("customers"), pl.col("orders").sum(), pl.col("spend").sum() / 100)
    tree = cells.group_by("period").agg(*sums).sort("period")
    stacked = cells.group_by("period", "cohort").agg(*sums).sort("period", "cohort")
    before, after = tree["period"][-2:]
    buyers = (
        cells.filter((pl.col("period") == after) & bought).sort("spend", descending=True).with_row_index()
    )
    tenths = (
        buyers.with_columns(decile=pl.col("index") * 10 // len(buyers) + 1)
        .group_by("decile")
        .agg(customers=pl.len(), spend=pl.col("spend").sum() / 100)
        .sort("decile")
    )
    sides = [
        cells.filter(pl.col("period") == each).select("customer_id", "cohort", "orders", "spend")
        for each in (before, after)
    ]
    pair = sides[0].join(sides[1], on="customer_id", how="full", coalesce=True, suffix="_after").fill_null(0)
    was, now, change = (
        pl.col("orders") > 0,
        pl.col("orders_after") > 0,
        pl.col("spend_after") - pl.col("spend"),
    )
    group = (
        pl.when(~was & ~now).then(pl.lit("refunds only")).when(~now).then(pl.lit("left"))
        .when(~was & (pl.col("cohort_after") == after)).then(pl.lit("new")).when(~was).then(pl.lit("returned"))
        .when(change > 0).then(pl.lit("up")).when(change < 0).then(pl.lit("down")).otherwise(pl.lit("same"))
    )  # fmt: skip
    changes = pair.group_by(group=group).agg(customers=pl.len(), change=change.sum() / 100)
    made = {"revenue_tree": tree, "changes": changes, "deciles": tenths, "stacked_cohorts": stacked}
    return {name: table.to_pandas() for name, table in made.items()}


def check(ours: dict[str, pd.DataFrame], theirs: dict[str, pd.DataFrame]) -> None:
    """Both ways have the same customers, orders and spend."""
    tree = ours["revenue_tree"]
    assert tree["customers"].tolist() == theirs["revenue_tree"]["customers"].tolist()
    assert tree["orders"].tolist() == theirs["revenue_tree"]["orders"].tolist()
    assert ours["deciles"]["customers"].sum() == theirs["deciles"]["customers"].sum()
    assert (
        ours["deciles"]["spend"] - theirs["deciles"]["spend"]
    ).abs().max() < 1000  # tenths differ by one customer
    groups = [ours["changes"].set_index("group"), theirs["changes"].set_index("group")]
    for name in ("new", "returned", "up", "down", "left", "same"):
        one, other = (table["customers"].get(name, 0) for table in groups)
        assert one == other, f"{name}: {one} and {other} customers"
    cells = [
        table[["customers", "orders"]].sum().tolist()
        for table in (ours["stacked_cohorts"], theirs["stacked_cohorts"])
    ]
    assert cells[0] == cells[1]


def run(scale: float = 1.0, engine: str = "polars", repeats: int = 3) -> float:
    """Time both ways, check that they agree, print and return the ratio of the fastest of several runs."""
    table = log(scale)
    rows, frame = on_engine(table, engine), pl.from_pandas(table)
    times: dict[str, list[float]] = {"reading": [], "audit": [], "by hand": []}
    for _ in range(repeats):
        start = time.perf_counter()
        tx = rfm.Transactions(rows)
        read = time.perf_counter()
        report = rfm.base_report(tx, every="1Q")
        ours = {name: to_plain_pandas(from_native(getattr(report, name))) for name in TABLES}
        done = time.perf_counter()
        theirs = by_hand(frame)
        times["by hand"].append(time.perf_counter() - done)
        times["reading"].append(read - start)
        times["audit"].append(done - read)
    check(ours, theirs)
    best: dict[str, Any] = {name: min(seconds) for name, seconds in times.items()}
    ratio = (best["reading"] + best["audit"]) / best["by hand"]
    print(
        f"{len(table):,} rows, {table['customer_id'].nunique():,} customers, {engine}: "
        f"base_report {best['audit']:.2f} s after {best['reading']:.2f} s of reading and checking; "
        f"four of its ten tables by hand in Polars {best['by hand']:.2f} s; {ratio:.1f} times as long"
    )
    return float(ratio)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--engine", choices=("pandas", "polars", "lazy", "duckdb"), default="polars")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    run(options.scale, options.engine, options.repeats)
