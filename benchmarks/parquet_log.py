"""A log of orders as one Parquet file in the system's folder for temporary files, made once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

__all__ = ["parquet_log"]

# Customers come in over the first year, buy at rates of their own and leave at times of their own; each buys at
# least once. Days fall on two years, one row in fifty is a refund. Everything is a hash of row and customer.
QUERY = """
COPY (
    WITH chosen AS (
        SELECT i, CASE WHEN i < {customers} THEN i
            ELSE floor({customers} * pow((hash(i) % 1000003) / 1000003.0, 2))::BIGINT END AS who
        FROM range({rows}) AS rows(i)
    ), people AS (
        SELECT i, (who * 7368787) % {customers} AS customer_id,
            hash(who, 4) % 31536000 AS born, -31536000 * ln((hash(who, 5) % 1000003 + 1) / 1000004.0) AS lived,
            20 + 40 * pow((hash(who, 6) % 1000003) / 1000003.0, 3) AS mean_spend
        FROM chosen
    )
    SELECT
        customer_id,
        TIMESTAMP '2023-01-01' + to_seconds((born + CASE WHEN i < {customers} THEN 0 ELSE
            least(lived, 63071999 - born) * (hash(i, 1) % 1000003) / 1000003.0 END)::BIGINT) AS date,
        greatest(0.01, round(-mean_spend * ln((hash(i, 2) % 1000003 + 1) / 1000004.0), 2))
            * CASE WHEN hash(i, 3) % 50 = 0 THEN -1 ELSE 1 END AS amount
    FROM people
) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 1000000)
"""


def parquet_log(rows: int, customers: int) -> Path:
    """The file's path; its columns are customer_id (int64), date (microseconds) and amount (double)."""
    path = Path(tempfile.gettempdir()) / f"rfm-clv-orders-{rows}-{customers}.parquet"
    if not path.exists():
        part = path.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(QUERY.format(rows=rows, customers=customers, path=part))
        part.rename(path)
    return path
