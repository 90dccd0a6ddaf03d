"""A query's rows as a dataframe, through SQLAlchemy and pandas."""

from __future__ import annotations

import importlib
from typing import Any

import pandas as pd

from rfm._options import check_text, received
from rfm.errors import DataError

__all__ = ["read"]


def read(connection: Any, query: str) -> pd.DataFrame:
    """The rows of a query as a dataframe, for `Transactions`.

    Rows come to this machine; to leave them where they are, give `Transactions` an Ibis table of the database.

    Parameters
    ----------
    connection : connection
        SQLAlchemy's engine or connection, a connection of the DB-API, or an Ibis backend.
    query : str
        It may have columns of its own: ``select buyer, ordered_at, paid from shop.orders where status = 'paid'``.
        Numbers of exact decimals come as floats.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        If the query is no text, or this is no connection.

    See Also
    --------
    Transactions : Reads the table.
    learn_cuts : Leaves the rows where they are.

    Examples
    --------
    >>> import rfm, rfm.sql, sqlite3
    >>> shop = sqlite3.connect(":memory:")
    >>> _ = shop.execute("create table orders (buyer, day, paid)")
    >>> _ = shop.execute("insert into orders values ('ann', '2024-03-01', 12.5)")
    >>> rfm.Transactions(rfm.sql.read(shop, "select * from orders"), customer="buyer", date="day", amount="paid")
    Transactions(rows=1, first=2024-03-01, last=2024-03-01)
    """
    check_text("query", query, 'query="select * from orders"', DataError)
    if not any(hasattr(connection, name) for name in ("exec_driver_sql", "dialect", "cursor", "raw_sql")):
        raise DataError(
            f"Not a connection to a database: {received(connection)}. "
            'Hint: sqlalchemy.create_engine("postgresql+psycopg://…"), or a connection of the DB-API.'
        )
    if hasattr(connection, "raw_sql"):  # Ibis
        rows: pd.DataFrame = connection.sql(query).to_pandas()
        return rows
    if hasattr(connection, "exec_driver_sql") or hasattr(connection, "dialect"):
        text = importlib.import_module("sqlalchemy").text
        return pd.read_sql_query(text(query), connection, coerce_float=True)
    return pd.read_sql_query(query, connection, coerce_float=True)
