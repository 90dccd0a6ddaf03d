"""Hand-written customer summaries for single libraries, following their authors' advice on speed."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["by_duckdb", "by_numpy", "by_polars", "open_duckdb"]

UNITS = 10_000  # of money in a unit of currency

DUCKDB = """
CREATE TABLE summary AS
WITH days AS (
    SELECT customer_id, date::DATE AS day, sum(units)::BIGINT AS net, min(units) AS least
    FROM (SELECT customer_id, date, round(amount * 10000)::BIGINT AS units FROM read_parquet('{path}'))
    GROUP BY ALL
), marked AS (SELECT *, net > 0 OR (net = 0 AND least >= 0) AS bought FROM days)
SELECT
    customer_id,
    min(day) FILTER (bought) AS first_purchase,
    max(day) FILTER (bought) AS last_purchase,
    (SELECT max(day) FROM days) - max(day) FILTER (bought) AS recency,
    count(*) FILTER (bought) AS orders,
    coalesce(sum(net) FILTER (bought), 0) / 10000.0 AS spend,
    coalesce(arg_min(net, day) FILTER (bought), 0) / 10000.0 AS first_order_spend,
    coalesce(sum(net) FILTER (NOT bought), 0) / 10000.0 AS refunds
FROM marked GROUP BY customer_id
"""


def open_duckdb(memory: str | None) -> Any:
    """A connection in memory, which spills to its own folder beyond ``memory``."""
    import duckdb

    folder = Path(tempfile.gettempdir()) / f"rfm-clv-spill-{uuid.uuid4().hex}"  # made and removed by DuckDB
    connection = duckdb.connect(config={"temp_directory": str(folder), "preserve_insertion_order": False})
    connection.execute("SET enable_progress_bar = false")
    if memory is not None:
        connection.execute(f"SET memory_limit = '{memory}'")
    return connection


def by_duckdb(path: Path) -> Any:
    """Two group-bys in SQL."""
    connection = open_duckdb(None)
    connection.execute(DUCKDB.format(path=path))
    return connection.table("summary")


def by_polars(path: Path) -> Any:
    """Two group-bys on the streaming engine, the first purchase packed with its spend in one number."""
    import polars as pl

    net, bought = pl.col("net"), (pl.col("net") > 0) | ((pl.col("net") == 0) & (pl.col("least") >= 0))
    log = pl.scan_parquet(path).select(
        "customer_id",
        day=pl.col("date").dt.date().cast(pl.Int32).cast(pl.Int64),
        units=(pl.col("amount") * UNITS).round().cast(pl.Int64),
    )
    end = log.select(pl.col("day").max()).collect(engine="streaming").item()
    days = log.group_by("customer_id", "day").agg(net=pl.col("units").sum(), least=pl.col("units").min())
    facts = (
        days.with_columns(bought=bought)
        .group_by("customer_id")
        .agg(
            first=pl.when("bought").then(pl.col("day") * 2**46 + net).min(),
            last=pl.when("bought").then("day").max(),
            orders=pl.col("bought").sum().cast(pl.Int64),
            spend=pl.when("bought").then(net).sum(),
            refunds=pl.when("bought").then(0).otherwise(net).sum(),
        )
    )
    return facts.select(
        "customer_id",
        first_purchase=(pl.col("first") // 2**46).cast(pl.Int32).cast(pl.Date),
        last_purchase=pl.col("last").cast(pl.Int32).cast(pl.Date),
        recency=end - pl.col("last"),
        orders="orders",
        spend=pl.col("spend") / UNITS,
        first_order_spend=pl.col("first").fill_null(0) % 2**46 / UNITS,
        refunds=pl.col("refunds") / UNITS,
    ).collect(engine="streaming")


def by_numpy(ids: Any, date: Any, amount: Any) -> dict[str, Any]:
    """Factorize, argsort, reduceat."""
    code, customers = pd.factorize(ids, sort=True)
    day = date.astype("datetime64[D]").astype(np.int64)
    units = np.rint(amount * UNITS).astype(np.int64)
    key = code * (day.max() - day.min() + 1) + (day - day.min())
    order = np.argsort(key)
    key, units = key[order], units[order]
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    net, least = np.add.reduceat(units, starts), np.minimum.reduceat(units, starts)
    who, day = code[order[starts]], day[order[starts]]
    bought = (net > 0) | ((net == 0) & (least >= 0))
    refunds = np.bincount(who[~bought], net[~bought], len(customers)) / UNITS
    who, day, net = who[bought], day[bought], net[bought]
    starts = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    stops, held = np.append(starts[1:], len(who)), who[starts]
    end = date.max().astype("datetime64[D]").astype(np.int64)
    columns = {
        "first_purchase": day[starts].astype("datetime64[D]"),
        "last_purchase": day[stops - 1].astype("datetime64[D]"),
        "recency": end - day[stops - 1],
        "orders": stops - starts,
        "spend": np.add.reduceat(net, starts) / UNITS,
        "first_order_spend": net[starts] / UNITS,
    }
    table: dict[str, Any] = {"customer_id": customers}
    for name, values in columns.items():
        table[name] = np.zeros(len(customers), values.dtype)
        table[name][held] = values
    return {**table, "refunds": refunds}
