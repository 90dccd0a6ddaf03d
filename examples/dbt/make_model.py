"""Write the model of dbt: the cut points are learned once, here; the warehouse scores by them every day.

    python make_model.py

To learn them in your warehouse instead, give `rfm.sql.learn_cuts` a connection to it, as below with DuckDB.
"""

from pathlib import Path

import duckdb

import rfm
import rfm.sql

DIALECT = "duckdb"  # or "postgres", "bigquery", "snowflake", "databricks", "redshift", …
SOURCE = "{{ source('shop', 'orders') }}"
MODEL = Path(__file__).parent / "models" / "customer_segments.sql"


def model(scorer, scheme="classic", dialect=DIALECT):
    """The statement of SQL with dbt's name of the table of orders, and where its numbers come from."""
    table = "the_orders_of_the_shop"
    sql = scorer.to_sql(scheme, table=table, dialect=dialect)
    [before, after] = sql.split(dialect_name(table, dialect))  # it is read in one place
    head = f"-- Written by make_model.py: the scheme {scheme}; the cut points do not change by themselves.\n"
    return head + before + SOURCE + after


def dialect_name(table, dialect):
    """The name in the quotes of the dialect."""
    mark = "`" if dialect in ("bigquery", "databricks", "mysql") else '"'
    return f"{mark}{table}{mark}"


def learned():
    """The cut points of the shop; here, of the example data in a DuckDB in memory."""
    with duckdb.connect() as warehouse:
        warehouse.register("orders", rfm.datasets.cdnow())
        return rfm.sql.learn_cuts(warehouse, "orders")


if __name__ == "__main__":
    MODEL.write_text(model(learned()), encoding="utf-8", newline="\n")
    print(f"Written: models/{MODEL.name}")
