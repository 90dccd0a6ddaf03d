"""Put the example data into warehouse.duckdb, where dbt looks for it, as the table shop.orders."""

from pathlib import Path

import duckdb

import rfm

FILE = Path(__file__).parent / "warehouse.duckdb"

with duckdb.connect(FILE) as warehouse:
    log = rfm.datasets.cdnow()
    warehouse.execute("create schema if not exists shop")
    warehouse.execute("create or replace table shop.orders as select customer_id, date, amount from log")
    [rows] = warehouse.execute("select count(*) from shop.orders").fetchone()
print(f"{rows:,} rows are in shop.orders")
