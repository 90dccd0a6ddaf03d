"""A query's rows from whatever connects to a database: DB-API, SQLAlchemy, DuckDB, Ibis."""

from __future__ import annotations

from typing import Any

from rfm._options import received
from rfm._sql.dialects import Dialect, as_dialect
from rfm.errors import DataError

__all__ = ["dialect_of", "rows_of"]

NAMES = {
    "postgresql": "postgres",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "mysql": "mysql",
    "mariadb": "mysql",
    "pymysql": "mysql",
    "bigquery": "bigquery",
    "snowflake": "snowflake",
    "databricks": "databricks",
    "redshift": "redshift",
    "redshift_connector": "redshift",
}


def dialect_of(connection: Any, dialect: Any = None) -> Dialect:
    """The dialect that a connection speaks, by the package it comes from, unless it is given.

    Raises
    ------
    DataError
        If it is not known.
    """
    if dialect is not None:
        return as_dialect(dialect)
    own = getattr(getattr(connection, "dialect", None), "name", None)  # SQLAlchemy's
    named = own or getattr(connection, "name", None) or type(connection).__module__.partition(".")[0]
    if isinstance(named, str) and named in NAMES:
        return as_dialect(NAMES[named])
    raise DataError(
        f'The dialect of this connection is not known; got {received(connection)}. Hint: dialect="postgres".'
    )


def rows_of(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query.

    Parameters
    ----------
    connection : connection
        SQLAlchemy's engine or connection, a connection of the DB-API, DuckDB's, or an Ibis backend.
    sql : str

    Raises
    ------
    DataError
        If it is no connection.
    """
    if hasattr(connection, "exec_driver_sql"):  # SQLAlchemy
        return [tuple(row) for row in connection.exec_driver_sql(sql)]
    if hasattr(connection, "raw_sql"):  # Ibis
        return [tuple(row) for row in connection.raw_sql(sql).fetchall()]
    if hasattr(connection, "connect") and hasattr(connection, "dialect"):  # SQLAlchemy's engine
        with connection.connect() as opened:
            return [tuple(row) for row in opened.exec_driver_sql(sql)]
    if hasattr(connection, "execute"):  # DuckDB, sqlite3, psycopg
        cursor = connection.execute(sql)
    elif hasattr(connection, "cursor"):
        cursor = connection.cursor()
        cursor.execute(sql)
    else:
        raise DataError(
            f"Not a connection to a database: {received(connection)}. "
            "Hint: SQLAlchemy's engine, duckdb.connect(), sqlite3.connect(), psycopg.connect() or an Ibis backend."
        )
    return [tuple(row) for row in cursor.fetchall()]
