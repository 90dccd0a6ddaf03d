"""A log of orders as one Parquet file in the system's folder for temporary files, made once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

__all__ = ["parquet_log"]

# Every customer buys at least once; days fall on two years, one row in fifty is a refund.
QUERY = """
COPY (
    SELECT
        CASE WHEN i < {customers} THEN i ELSE (hash(i) % {customers})::BIGINT END AS customer_id,
        TIMESTAMP '2023-01-01' + to_seconds((hash(i, 1) % 63072000)::BIGINT) AS date,
        round(-30 * ln((hash(i, 2) % 1000000 + 1) / 1000001.0), 2)
            * CASE WHEN hash(i, 3) % 50 = 0 THEN -1 ELSE 1 END AS amount
    FROM range({rows}) AS rows(i)
) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 1000000)
"""


def parquet_log(rows: int, customers: int) -> Path:
    """The file's path; its columns are customer_id (int64), date (microseconds) and amount (double)."""
    path = Path(tempfile.gettempdir()) / f"rfm-clv-log-{rows}-{customers}.parquet"
    if not path.exists():
        part = path.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute(QUERY.format(rows=rows, customers=customers, path=part))
        part.rename(path)
    return path
