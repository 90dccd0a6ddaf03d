"""`Scorer.to_sql`: its options checked, and the statement written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rfm._schemes.scheme import as_scheme
from rfm._sql.dialects import as_dialect
from rfm._sql.orders_table import OrdersTable
from rfm._sql.statement import segments_sql

__all__ = ["scorer_sql"]


def scorer_sql(
    scorer: Any,
    scheme: Any,
    *,
    table: str | Sequence[str],
    dialect: Any,
    customer: str,
    date: str,
    amount: str | None,
    as_of: Any,
    window: Any,
) -> str:
    """The statement; see `Scorer.to_sql`."""
    spoken = as_dialect(dialect)
    orders = OrdersTable.of(table, customer, date, amount, as_of, window, scorer.decimals)
    return segments_sql(scorer, None if scheme is None else as_scheme(scheme), orders, spoken)
