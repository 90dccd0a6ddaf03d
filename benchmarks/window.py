"""Frequency and monetary value of the last year, against hand-written queries in Polars, DuckDB and NumPy.

    python -m benchmarks.window [--scale 1.0] [--repeats 3]

At scale 1 the log has 5 million rows of a million customers over two years. `rfm.summarize(log, window="365D")` gives
whole histories and the window beside them; the hand-written queries return the same columns, which is checked, and
check nothing themselves. Both sides of a ratio take turns in one process, and the fastest run of each counts.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

import rfm
from benchmarks.isolated import cost
from benchmarks.snapshots import computed, log, on_engine

UNITS, DAYS = 10_000, 365


def by_polars(frame: Any) -> Any:
    """Two group-bys, the first purchase packed with its spend in one number."""
    import polars as pl

    net, day = pl.col("net"), pl.col("day")
    bought = (net > 0) | ((net == 0) & (pl.col("least") >= 0))
    rows = frame.lazy().select(
        "customer_id",
        day=pl.col("date").dt.date().cast(pl.Int32).cast(pl.Int64),
        units=(pl.col("amount") * UNITS).round().cast(pl.Int64),
    )
    end = rows.select(day.max()).collect().item()
    days = rows.group_by("customer_id", "day").agg(net=pl.col("units").sum(), least=pl.col("units").min())
    inside = day > end - DAYS
    facts = days.with_columns(bought=bought).group_by("customer_id").agg(
        first=pl.when("bought").then(day * 2**46 + net).min(),
        last=pl.when("bought").then("day").max(),
        orders=pl.col("bought").sum().cast(pl.Int64),
        spend=pl.when("bought").then(net).sum(),
        refunds=pl.when("bought").then(0).otherwise(net).sum(),
        orders_in_window=(pl.col("bought") & inside).sum().cast(pl.Int64),
        spend_in_window=pl.when(inside).then(net).sum(),
    )  # fmt: skip
    return facts.select(
        "customer_id",
        first_purchase=(pl.col("first") // 2**46).cast(pl.Int32).cast(pl.Date),
        last_purchase=pl.col("last").cast(pl.Int32).cast(pl.Date),
        recency=end - pl.col("last"),
        orders="orders",
        spend=pl.col("spend") / UNITS,
        first_order_spend=pl.col("first").fill_null(0) % 2**46 / UNITS,
        refunds=pl.col("refunds") / UNITS,
        orders_in_window="orders_in_window",
        spend_in_window=pl.col("spend_in_window") / UNITS,
    ).collect()


SQL = """
WITH days AS (
    SELECT customer_id, date::DATE AS day, sum(units)::BIGINT AS net, min(units) AS least
    FROM (SELECT customer_id, date, round(amount * 10000)::BIGINT AS units FROM log) GROUP BY ALL
), marked AS (SELECT *, net > 0 OR (net = 0 AND least >= 0) AS bought FROM days),
last AS (SELECT max(day) AS day FROM days)
SELECT
    customer_id,
    min(day) FILTER (bought) AS first_purchase,
    max(day) FILTER (bought) AS last_purchase,
    (SELECT day FROM last) - max(day) FILTER (bought) AS recency,
    count(*) FILTER (bought) AS orders,
    coalesce(sum(net) FILTER (bought), 0) / 10000.0 AS spend,
    coalesce(arg_min(net, day) FILTER (bought), 0) / 10000.0 AS first_order_spend,
    coalesce(sum(net) FILTER (NOT bought), 0) / 10000.0 AS refunds,
    count(*) FILTER (bought AND day > (SELECT day FROM last) - 365) AS orders_in_window,
    coalesce(sum(net) FILTER (day > (SELECT day FROM last) - 365), 0) / 10000.0 AS spend_in_window
FROM marked GROUP BY customer_id
"""


def by_duckdb(connection: Any) -> Any:
    """Two group-bys in SQL, kept as a table."""
    connection.execute(f"CREATE OR REPLACE TABLE summary AS {SQL}")
    return connection.table("summary")


def same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Both hold every customer, with equal counts and days, and money to 1e-6."""
    mine, hand = (table.sort_values("customer_id", ignore_index=True) for table in (ours, theirs))
    for name in ("customer_id", "orders", "orders_in_window"):
        assert np.array_equal(mine[name], hand[name]), name
    for name in ("spend", "first_order_spend", "refunds", "spend_in_window"):
        assert np.allclose(mine[name], hand[name], rtol=0, atol=1e-6), name
    bought = mine["orders"] > 0
    for name in ("first_purchase", "last_purchase"):
        days = [pd.to_datetime(table.loc[bought, name]).to_numpy("datetime64[D]") for table in (mine, hand)]
        assert np.array_equal(*days), name


def fastest(calls: list[Callable[[], Any]], repeats: int) -> list[tuple[float, float]]:
    """The least time on the clock and of processors of each call, which take turns."""
    runs: list[list[tuple[float, float]]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, taken in zip(calls, runs, strict=True):
            gc.collect()
            seconds, work, _ = cost(call)
            taken.append((seconds, work))
    return [(min(seconds), min(work)) for seconds, work in (zip(*taken, strict=True) for taken in runs)]


def sides(table: pd.DataFrame) -> Iterator[tuple[str, Callable[..., Any], str, Callable[[], Any]]]:
    """Each engine with our summary on it, whose options are `rfm.summarize`'s, and a hand-written one."""
    import duckdb

    frame = on_engine(table, "polars")
    for engine in ("polars", "polars-lazy", "pandas"):
        native = on_engine(table, engine)
        yield engine, partial(_ours, native), "Polars", partial(by_polars, frame)
    connection = duckdb.connect()
    connection.register("rows", table)
    connection.execute("CREATE TABLE log AS SELECT * FROM rows")
    yield "duckdb", partial(_ours_in_duckdb, connection), "SQL", partial(by_duckdb, connection)


def _ours(native: Any, **options: Any) -> Any:
    return computed(rfm.summarize(native, **options))


def _ours_in_duckdb(connection: Any, **options: Any) -> Any:
    connection.execute("DROP TABLE IF EXISTS ours")
    rfm.summarize(connection.table("log"), **options).create("ours")
    return connection.table("ours")


def run(scale: float = 1.0, repeats: int = 3) -> dict[str, float]:
    """Time each engine, check that it agrees with the hand-written query, print and return the ratios."""
    table = log(scale)
    wanted = by_polars(on_engine(table, "polars")).to_pandas()
    window, ratios = f"{DAYS}D", {}
    for engine, ours, name, by_hand in sides(table):
        found = ours(window=window)
        same(found.df() if engine == "duckdb" else found.to_pandas(), wanted)
        del found
        calls = [partial(ours, window=window), ours, by_hand]
        (mine, work), (whole, _), (theirs, their_work) = fastest(calls, repeats)
        ratios[engine] = mine / theirs
        print(
            f"{engine}, {len(table):,} rows: window={window!r} {mine:.2f} s, without {whole:.2f} s; "
            f"by hand in {name} {theirs:.2f} s: ratio {mine / theirs:.2f}, of processor time {work / their_work:.2f}",
            flush=True,
        )
    return ratios


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    run(arguments.scale, arguments.repeats)
