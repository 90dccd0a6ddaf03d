"""Who moved between segments and why: since yesterday's table, or over the last quarter of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from rfm._customers.summary import summarize
from rfm._days import day_date
from rfm._dynamics.segment_changes import compare_segments
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm._requirements import check_columns
from rfm._schemes.scheme import Scheme
from rfm._scores.scorer import Scorer
from rfm._segment import segment

__all__ = ["COMPARED", "Moves", "check_previous", "moved_customers", "moves_in_log", "moves_since"]

COMPARED: Final = ("customer_id", "segment", "R", "F", "recency", "frequency")

OF_A_CUSTOMER: Final = ("customer_id", "previous_segment", "segment", "since", "metric", "cause", "why")


@dataclass(frozen=True)
class Moves:
    """The moves between two days.

    Attributes
    ----------
    since : date or None
        The earlier day; None if yesterday's table does not tell it.
    given : bool
        Whether the earlier table was given, and not made from the log.
    by_cause : DataFrame
        `previous_segment, segment, metric, cause, customers`, of those who moved, came or went, the largest first.
    """

    since: date | None
    given: bool
    by_cause: pd.DataFrame


def check_previous(previous: Any) -> None:
    """Refuse what is no earlier table of customers, before anything is fitted.

    Raises
    ------
    DataError
    """
    if previous is not None:
        made = "clv.customer_table made such a table on an earlier day"
        check_columns(from_native(previous, made), COMPARED, made, argument="previous")


def moves_in_log(
    tx: Transactions, first: int, last: int, scheme: Scheme, attributes: Table | None = None
) -> Moves:
    """The moves between two days of the log, by cut points learned on the later one, with today's attributes."""
    scorer = Scorer.fit(summarize(tx, as_of=day_date(last)))
    before, after = (
        segment(tx, day_date(day), scheme, attributes=attributes, scorer=scorer) for day in (first, last)
    )
    moved = compare_segments(before, after, scheme, scorer=scorer, per="move")
    return Moves(day_date(first), False, _moved_only(to_pandas(moved)))


def moves_since(previous: Table, table: pd.DataFrame, scheme: Scheme) -> Moves:
    """The moves since an earlier customer table, whose cut points may have been others.

    Raises
    ------
    DataError
        See `rfm.compare_segments`.
    """
    before, after = _comparable(previous, table)
    moved = compare_segments(before, after, scheme, per="move")
    return Moves(_day_of(before), True, _moved_only(to_pandas(moved)))


def moved_customers(
    previous: Table, table: pd.DataFrame, scheme: Scheme, language: str = "en"
) -> pd.DataFrame:
    """Every customer who moved, came or went since an earlier customer table, with the reason.

    Returns
    -------
    DataFrame
        `customer_id, previous_segment, segment, since, metric, cause, why`, and `clv` where the table has it; the most
        valuable first.

    Raises
    ------
    DataError
        See `rfm.compare_segments`.
    """
    before, after = _comparable(previous, table)
    changes = to_pandas(compare_segments(before, after, scheme, language=language))
    moved = changes.loc[changes["cause"].notna(), list(OF_A_CUSTOMER)]
    by = []
    if "clv" in table:
        by = ["clv"]
        moved["clv"] = table.set_index("customer_id")["clv"].reindex(moved["customer_id"]).to_numpy()
    moved = moved.sort_values([*by, "customer_id"], ascending=[*(False for _ in by), True], kind="stable")
    return moved.reset_index(drop=True)


def _comparable(previous: Table, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with ids of one kind."""
    before = to_pandas(previous)
    if "customer_id" in before and before["customer_id"].dtype != table["customer_id"].dtype:
        before = before.assign(customer_id=_as_ids(before["customer_id"], table["customer_id"]))
    return before, table.assign(segment=table["segment"].astype(str))


def _as_ids(ids: pd.Series[Any], like: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as today's table has them: a file may have made numbers of texts, or texts of numbers."""
    texts = pd.api.types.infer_dtype(like) == "string"
    try:
        return (ids.astype(str) if texts else ids).astype(like.dtype)
    except (TypeError, ValueError):
        return ids  # the comparison says that they are of another kind


def _moved_only(moves: pd.DataFrame) -> pd.DataFrame:
    """The moves without those who stayed."""
    columns = ["previous_segment", "segment", "metric", "cause", "customers"]
    return moves.loc[moves["cause"].notna(), columns].reset_index(drop=True)


def _day_of(before: pd.DataFrame) -> date | None:
    """The day of a customer table: that of its column `as_of`, or of last purchases and the days since."""
    if before.empty or not {"last_purchase", "recency"} <= set(before):
        return None
    days = pd.to_datetime(before["last_purchase"], errors="coerce") + pd.to_timedelta(before["recency"], "D")
    found = days.dropna().to_numpy().astype("datetime64[D]")
    return found[0].item() if len(found) and (found == found[0]).all() else None
