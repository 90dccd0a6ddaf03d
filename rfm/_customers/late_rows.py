"""Late rows: found, refused, or recomputed from the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import narwhals.stable.v2 as nw

from rfm._customers.customer_state import FACTS, OPEN, as_states, in_order, reduced
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._orders.transactions import Transactions, as_transactions
from rfm.errors import DataError, LateRowsError

__all__ = ["Late", "settled"]

Late = Literal["raise", "recompute"]


def settled(
    states: Any, rows: Any, late: Late, history: Any, check: Callable[[Transactions, str], None]
) -> Any:
    """States that the rows can be added to.

    A customer is late if a row lies before the open day of the state: the state cannot know whether that row makes
    a new purchase day.

    ``check`` refuses a log that does not fit the base, under a name for messages.

    Returns
    -------
    Narwhals frame
        The states unchanged, or with late customers recomputed from the history.

    Raises
    ------
    LateRowsError
        If customers are late and ``late`` is "raise".
    DataError
        If the history is missing, does not fit the base, or contradicts the states.
    """
    tardy = materialise(_late_customers(states, rows))
    names = _names(tardy)
    if not names:
        return states
    if late == "raise":
        raise LateRowsError(
            f"The batch has rows before the last day that the base holds for {_listed(names)}. "
            "These customers must be recomputed. "
            'Hint: add(…, late="recompute", history=log), with the log behind the base.',
            names,
        )
    if history is None:
        raise DataError(
            'late="recompute" needs the history of late customers. Hint: history=log, with the log behind the base.'
        )
    past = as_transactions(history)
    check(past, "history")
    again = as_states(join_in_order(past.ledger, tardy, how="semi"))
    _check_history(join_in_order(states, tardy, how="semi"), again)
    return nw.concat([join_in_order(states, tardy, how="anti"), again])


def _late_customers(states: Any, rows: Any) -> Any:
    known = states.select("customer_id", known_day="open_day")
    late = join_in_order(rows, known, how="inner").filter(nw.col("open_day") < nw.col("known_day"))
    return late.group_by("customer_id").agg(nw.len().alias("rows"))


def _check_history(states: Any, rows: Any) -> None:
    """Refuse a history that contradicts the states."""
    every = ["customer_id", *FACTS, *OPEN]
    names = _names(join_in_order(states, reduced(rows), every, "anti").select("customer_id"))
    if names:
        raise DataError(
            f"history contradicts what the base holds for {_listed(names)}. "
            "Hint: pass the whole log behind the base, without the new batch."
        )


def _names(customers: Any) -> list[Any]:
    """The ids of a small table, in order."""
    return list(in_order(fetch(customers)).get_column("customer_id").to_list())


def _listed(names: list[Any]) -> str:
    """The first names of a list, and how many there are.

    >>> _listed(["ann", "bob"])
    "2 customers: 'ann', 'bob'"
    """
    shown = ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")
    return f"{len(names)} customer{'s' if len(names) > 1 else ''}: {shown}"
