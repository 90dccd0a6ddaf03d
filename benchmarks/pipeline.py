"""Transactions to scores, segments and a year's value, compared with only the summary on the same engine.

    python -m benchmarks.pipeline [--scale 1.0] [--engines polars duckdb] [--value]

At scale 1 one Parquet file of 50 million rows and 10 million customers. Every run is a separate process that
computes the whole result: in memory on Polars, as a table of the connection on DuckDB, discarded on
Spark, whose memory is that of its JVM (4 GB) and is not measured.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clv
import rfm
from benchmarks.by_hand import open_duckdb
from benchmarks.isolated import isolated
from benchmarks.parquet_log import parquet_log

ROWS, CUSTOMERS = 50_000_000, 10_000_000
STEPS = ("summary", "segments", "value")
PROMISED = {"segments": 3, "value": 5}


def walk(path: Path, engine: str, step: str, memory: str | None = None) -> None:
    """Compute from the file to the result of a step."""
    rows = scanned(path, engine, memory)
    computed({"summary": rfm.summarize, "segments": rfm.segment, "value": value}[step](rows))


def value(rows: Any) -> Any:
    """A year's value of every customer, with scores and segments."""
    return clv.customer_table(rows, horizon="52W")


def scanned(path: Path, engine: str, memory: str | None = None) -> Any:
    """The file as a lazy table."""
    if engine == "spark":
        return spark_session().read.parquet(str(path))
    if engine == "duckdb":
        return open_duckdb(memory).read_parquet(str(path))
    import polars as pl

    return pl.scan_parquet(path)


def spark_session() -> Any:
    """Spark on two cores, in eight partitions, with 4 GB."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g")
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}
    return builder.config(map={**quiet, "spark.sql.shuffle.partitions": "8"}).getOrCreate()


def starting(engine: str) -> Callable[[], Any] | None:
    """What an engine does once, before the first query."""
    return start_spark if engine == "spark" else None


def start_spark() -> None:
    """Start Spark in this process."""
    spark_session()


def computed(table: Any) -> None:
    """Compute all rows of a lazy table: in memory, as a table of the connection, or into nothing on Spark."""
    if hasattr(table, "sparkSession"):
        table.write.format("noop").mode("overwrite").save()
    elif hasattr(table, "collect"):
        table.collect(engine="streaming")
    else:
        table.create("answer")


def run(scale: float, engines: list[str], with_value: bool, memory: str | None) -> None:
    """Print time and memory of each step, and its ratio to the summary alone."""
    rows, customers = int(ROWS * scale), int(CUSTOMERS * scale)
    path = parquet_log(rows, customers)
    print(f"{rows:,} rows, {customers:,} customers, Parquet")
    for engine in engines:
        alone = isolated(walk, path, engine, "summary", memory, before=starting(engine))
        print(f"{engine}: the summary {alone.seconds:.1f} s, {alone.peak:.1f} GB", flush=True)
        for step in STEPS[1 : 3 if with_value else 2]:
            taken = isolated(walk, path, engine, step, memory, before=starting(engine))
            print(
                f"  transactions to {step} {taken.seconds:.1f} s, {taken.peak:.1f} GB: "
                f"{taken.seconds / alone.seconds:.2f} of the summary (at most {PROMISED[step]} promised), "
                f"{taken.work / alone.work:.2f} of its processor time",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument(
        "--engines", nargs="*", default=["polars", "duckdb"], choices=["polars", "duckdb", "spark"]
    )
    parser.add_argument("--value", action="store_true", help="also fit, and value every customer's next year")
    parser.add_argument("--memory", help='memory limit of DuckDB, such as "2GB"')
    arguments = parser.parse_args()
    run(arguments.scale, arguments.engines, arguments.value, arguments.memory)
