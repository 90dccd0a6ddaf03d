"""Cut points learned where the orders lie: only how many customers hold each value comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rfm._options import check_choice
from rfm._scores.bins import Bins, by_metric
from rfm._scores.cut_points import CutPoints, counts, cut_points
from rfm._scores.metrics import METRICS, Monetary
from rfm._scores.scorer import Scorer
from rfm._sql.connections import dialect_of, rows_of
from rfm._sql.dialects import Dialect, column, glot
from rfm._sql.orders_table import OrdersTable, table_of
from rfm._sql.statement import measured_stages, written
from rfm.errors import DataError, ScoringError

__all__ = ["learn_cuts"]


def learn_cuts(
    connection: Any,
    table: str | Sequence[str],
    bins: Bins = 5,
    *,
    customer: str = "customer_id",
    date: str = "date",
    amount: str | None = "amount",
    as_of: Any = None,
    window: Any = None,
    monetary: Monetary = "total",
    decimals: int = 4,
    dialect: Dialect | None = None,
) -> Scorer:
    """Learn cut points in a database, equal to those of `Scorer.fit` on the same orders.

    The rule is that of `Scorer`: equal values get equal scores, whatever the order of the rows, which ``NTILE`` does
    not promise. One query a metric counts the customers at each value; rows stay where they are.

    Parameters
    ----------
    connection : connection
        SQLAlchemy's engine or connection, a connection of the DB-API (psycopg, sqlite3, …), DuckDB's, or an Ibis
        backend.
    table : str or sequence of str
        The table of orders: ``"shop.orders"``, or up to three names.
    bins : int or mapping of str to int
        Number of scores, 3 to 10, of all metrics or by metric.
    customer, date, amount : str
        The columns; ``amount=None`` reads no money. Rows without a customer, a day or an amount do not count.
    as_of : date, optional
        The last day that counts, to which recency is counted; by default the last day of the table.
    window : str or date, optional
        Frequency and monetary value of a window that ends on ``as_of``, which must be given then: see `rfm.score`.
    monetary : {"total", "mean"}
        Net spend, or net spend per order.
    decimals : int
        Money is counted in whole units of 10^-decimals.
    dialect : str, optional
        By default that of the connection: "postgres", "bigquery", "snowflake", "databricks", "redshift", "duckdb",
        "sqlite" or "mysql".

    Returns
    -------
    Scorer
        Its `Scorer.to_sql` writes the statement that scores there.

    Raises
    ------
    DataError
        If an option is wrong, or this is no connection.
    ScoringError
        If nobody has bought.
    ImportError
        If sqlglot is not installed (extra ``sql``).

    See Also
    --------
    Scorer.to_sql : The statement from orders to segments.
    Scorer.fit : The same on a summary.

    Examples
    --------
    >>> import duckdb, rfm, rfm.sql
    >>> warehouse = duckdb.connect()
    >>> _ = warehouse.register("orders", rfm.datasets.cdnow())
    >>> scorer = rfm.sql.learn_cuts(warehouse, "orders")
    >>> scorer.edges["F"]
    (1, 1, 2, 4)
    """
    check_choice("monetary", monetary, ("total", "mean"), DataError)
    spoken = dialect_of(connection, dialect)
    orders = OrdersTable.of(table, customer, date, amount, as_of, window, decimals)
    names = [name for name in METRICS if name != "M" or amount is not None]
    numbers = by_metric(bins, names, ScoringError)
    rulers, customers = [], []
    for name in names:
        values, held, active = _levels(rows_of(connection, _counting(orders, name, monetary, spoken)))
        if not len(values):
            raise ScoringError(
                f"No customer of {'.'.join(orders.name)} has bought. Hint: check as_of, and the columns' names."
            )
        if name == "M" and monetary == "total":
            values = values / float(orders.scale)
        metric, best = METRICS[name]
        learned = (
            active if active.any() and name != "R" else held
        )  # nobody has an order in the window: of all
        known = learned > 0
        cuts = cut_points(values[known], learned[known], numbers[name], best)
        ruler = CutPoints(name, metric, best, numbers[name], cuts)
        rulers.append(ruler)
        customers.append(counts(values, held, ruler))
    return Scorer(
        bins,
        tuple(rulers),
        tuple(customers),
        monetary=monetary,
        decimals=decimals,
        windowed=window is not None,
    )


def _counting(orders: OrdersTable, name: str, monetary: Monetary, dialect: Dialect) -> str:
    """The query of each value of a metric, the customers who hold it, and those of them with an order in the window."""
    exp = glot().exp
    value = column("units" if name == "M" and monetary == "total" else METRICS[name][0])
    has_any = exp.GT(this=column("frequency"), expression=exp.Literal.number(0))
    columns = [
        value.as_("value", quoted=True),
        exp.Count(this=exp.Star()).as_("customers", quoted=True),
        exp.Count(this=exp.Case().when(has_any, exp.Literal.number(1))).as_("active", quoted=True),
    ]
    last = exp.select(*columns).from_(table_of(orders.stage("measured"))).group_by(value.copy())
    return written(last, measured_stages(orders, monetary, dialect), dialect)


def _levels(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, Any, Any]:
    """The values in rising order, with how many customers hold each, and how many of these are active."""
    if not rows:
        return (np.zeros(0),) * 3
    values = np.array([_plain(value) for value, _, _ in rows])
    order = np.argsort(values, kind="stable")
    counted = np.array([(int(held), int(active)) for _, held, active in rows], dtype=np.int64)[order]
    return values[order], counted[:, 0], counted[:, 1]


def _plain(value: Any) -> float:
    """A database's number; a Decimal that is whole is whole."""
    return value if isinstance(value, int | float) else int(value) if value == int(value) else float(value)
