"""`Scorer.to_sql`: its options checked, and the statement written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rfm._schemes.assigning import other_bins
from rfm._schemes.scheme import Scheme, as_scheme
from rfm._scores.bins import by_metric
from rfm._sql.dialects import as_dialect
from rfm._sql.orders_table import OrdersTable
from rfm._sql.statement import segments_sql
from rfm.errors import SchemeError

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
    return segments_sql(
        scorer, None if scheme is None else _fitting(as_scheme(scheme), scorer), orders, spoken
    )


def _fitting(scheme: Scheme, scorer: Any) -> Scheme:
    """The scheme, if it is for as many scores as the scorer gives."""
    ours, theirs = (by_metric(each.bins, "RFM", SchemeError) for each in (scorer, scheme))
    if any(ours[ruler.name] != theirs[ruler.name] for ruler in scorer.rulers if ruler.name in theirs):
        raise SchemeError(other_bins(scheme.name, scheme.bins, scorer.bins))
    return scheme
