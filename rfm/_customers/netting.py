"""A log netted by customer and day, in memory or behind an engine, and the facts of customers derived from it.

Netting is most of a summary's cost. Several results from one log are computed inside `netted_once`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers import aggregation as kernel
from rfm._customers import aggregation_expressions as plan
from rfm._days import day_text
from rfm._frames.columns import with_arrays
from rfm._frames.execution import by_customer, fetch, materialise
from rfm._frames.native import Frame
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = [
    "customer_facts",
    "gap_counts",
    "kept_netted",
    "ledger_facts",
    "netted_days",
    "netted_once",
    "purchase_days",
]

Eager = nw.DataFrame[Any]


def customer_facts(
    tx: Transactions, end: int, *, gaps: float | None = None, since: int | None = None
) -> Frame:
    """Whole-number facts of each customer, from the rows up to day ``end``, inclusive.

    Parameters
    ----------
    tx : Transactions
    end : int
    gaps : float, optional
        Days in a unit of time; then also ``log_gaps`` is computed, the sum of the logarithms of the times between
        successive purchase days, as a whole number of 1/`LOG_UNIT`. An engine sorts each customer's days for it.
    since : int, optional
        The first day of a window; then also ``orders_in_window`` and ``spend_in_window`` are computed, the purchase
        days from it on and the net of all rows.

    Returns
    -------
    Narwhals frame
        ``customer_id, first, last, orders, spend, first_spend, refunds``: days since 1970-01-01 and
        money in units of 10^-decimals, all Int64; ``first``, ``last`` and ``first_spend`` are 0 where
        ``orders`` is 0.
    """
    kept, last = _kept(tx), _checked_end(tx, end)
    if kept is not None:
        return kept.facts(last, gaps=gaps, since=since)
    return ledger_facts(_ledger_to(tx, last), _packing(tx), gaps=gaps, since=since)


def gap_counts(tx: Transactions, end: int) -> Eager:
    """How often one purchase day was a customer's next after another, up to day ``end``: ``before, day, repeats``.

    Fetched, in ascending order.
    """
    kept, last = _kept(tx), _checked_end(tx, end)
    pairs = _pairs(_ledger_to(tx, last)) if kept is None else kept.pairs(last)
    return fetch(pairs).sort("before", "day")


def purchase_days(tx: Transactions, end: int) -> Any:
    """The purchase days up to day ``end``, inclusive: ``customer_id, day, net``, in no order."""
    kept, last = _kept(tx), _checked_end(tx, end)
    if kept is not None:
        return kept.rows(last, refunds=False)
    return by_customer(
        _ledger_to(tx, last), lambda ledger: Netted.of(ledger).rows(refunds=False), plan.purchase_days
    )


def netted_days(tx: Transactions, end: int) -> Any:
    """The purchase days up to day ``end``, whose net is 0 or more, and in a second table those that net below 0.

    ``customer_id, day, net``, in no order. A day whose refunds cancel its orders adds nothing and is left out.
    """
    kept, last = _kept(tx), _checked_end(tx, end)
    if kept is not None:
        return kept.rows(last, refunds=True)
    return by_customer(
        _ledger_to(tx, last), lambda ledger: Netted.of(ledger).rows(refunds=True), plan.netted_days
    )


def ledger_facts(
    ledger: Frame,
    packing: plan.Packing | None = None,
    *,
    gaps: float | None = None,
    since: int | None = None,
) -> Frame:
    """The whole-number facts of a ledger's customers; see `customer_facts`."""
    facts: Frame = by_customer(
        ledger,
        lambda rows: Netted.of(rows).facts(gaps=gaps, since=since),
        lambda rows: plan.ledger_facts(rows, packing, gaps=gaps, since=since),
    )
    return facts


def _pairs(ledger: Frame) -> Frame:
    """`gap_counts` of a ledger."""
    return _counted(
        by_customer(
            ledger,
            lambda rows: Netted.of(rows).pairs(),
            lambda rows: plan.gap_pairs(plan.customer_days(rows)),
        )
    )


def _counted(pairs: Any) -> Frame:
    """Pairs of days of customers, or of pieces of a table, counted."""
    counted: Frame = pairs.group_by("before", "day").agg(nw.col("repeats").sum())
    return counted.with_columns(nw.col("repeats").cast(nw.Int64))


def kept_netted(tx: Transactions) -> Netted | None:
    """The customer-days of a log in memory that the current context keeps; none behind an engine, or outside one."""
    kept = _kept(tx)
    return None if kept is None or not isinstance(tx.ledger, nw.DataFrame) else kept.in_memory


@contextmanager
def netted_once(tx: Transactions, *, days: bool) -> Iterator[None]:
    """A context in which a log is netted once, for any number of requests for facts or days, up to any day.

    In memory its customer-days stay until the end. Behind an engine it keeps the customer-days, or else the facts of
    each requested day, which are fewer rows; so nothing is kept there before the first request.

    Parameters
    ----------
    tx : Transactions
    days : bool
        Whether an engine keeps customer-days: needed for days as well as facts, or for facts at several days.
    """
    kept = _kept(tx) or (_Kept(tx) if isinstance(tx.ledger, nw.DataFrame) or days else _KeptFacts(tx))
    token = _SCOPE.set((kept, *_SCOPE.get()))
    try:
        yield
    finally:
        _SCOPE.reset(token)


@dataclass(frozen=True)
class Netted:
    """Customer-days in memory, and the one-column frame of ids that their codes number."""

    days: kernel.CustomerDays
    customers: Eager

    @classmethod
    def of(cls, ledger: Eager) -> Netted:
        """Net a ledger."""
        code, row = kernel.number_customers(ledger.get_column("customer_id"))
        columns = (ledger.get_column(c).to_numpy() for c in ("day", "units"))
        days = kernel.customer_days(code, *columns, keep=plan.keeps_returns(ledger))
        return cls(days, ledger.select("customer_id")[row])

    @classmethod
    def of_days(cls, rows: Eager, *, keep: bool) -> Netted:
        """Of customer-days as a table: ``customer_id, day, net, least``."""
        code, row = kernel.number_customers(rows.get_column("customer_id"))
        day, net, least = (rows.get_column(c).to_numpy() for c in ("day", "net", "least"))
        return cls(
            kernel.customer_days(code, day, net, least < 0, keep=keep), rows.select("customer_id")[row]
        )

    def until(self, end: int) -> Netted:
        """The same as of an earlier day."""
        if self.days.day.max(initial=end) <= end:
            return self
        days = self.days.take(self.days.day <= end)
        seen, code = np.unique(days.code, return_inverse=True)
        return Netted(replace(days, code=code.astype(np.int64)), self.customers[seen])

    def facts(self, *, gaps: float | None = None, since: int | None = None) -> Eager:
        """The facts of the customers, in the order of their ids."""
        columns = dict(vars(kernel.facts(self.days, len(self.customers))))
        if gaps is not None:
            columns[plan.LOG_GAPS] = kernel.log_gaps(self.days, len(self.customers), gaps)
        if since is not None:
            columns |= kernel.window_facts(self.days, len(self.customers), since)
        return with_arrays(self.customers, columns)

    def pairs(self) -> Eager:
        """Each repeat purchase day beside the one before it, and 1: ``customer_id, before, day, repeats``."""
        days = self.days.take(self.days.purchase)
        again = np.zeros(len(days.code), np.bool_)
        again[1:] = days.code[1:] == days.code[:-1]
        repeat, before = days.take(again), days.day[np.flatnonzero(again) - 1]
        columns = {"before": before, "day": repeat.day, "repeats": np.ones(len(before), np.int64)}
        return self._table(repeat, columns)

    def rows(self, *, refunds: bool) -> Eager:
        """The purchase days, ``customer_id, day, net``, and those that net below zero."""
        purchase = self.days.purchase
        days = self.days.take(purchase | (self.days.net < 0) if refunds else purchase)
        return self._table(days, {"day": days.day, "net": days.net})

    def table(self) -> Eager:
        """All customer-days: ``customer_id, day, net, least``, where ``least`` serves as the smallest row."""
        days = self.days
        least = np.ones(len(days.net), np.int64) if days.keep else -days.refund.astype(np.int64)
        return self._table(days, {"day": days.day, "net": days.net, "least": least})

    def _table(self, days: kernel.CustomerDays, columns: dict[str, npt.NDArray[np.int64]]) -> Eager:
        return with_arrays(self.customers[days.code], columns)


class _Kept:
    """The customer-days of a log, netted at the first request."""

    def __init__(self, tx: Transactions) -> None:
        self.tx = tx

    @cached_property
    def in_memory(self) -> Netted:
        """The customer-days of a log in memory."""
        ledger = self.tx.ledger
        assert isinstance(ledger, nw.DataFrame)
        return Netted.of(ledger)

    @cached_property
    def _behind_engine(self) -> Any:
        return materialise(
            by_customer(self.tx.ledger, lambda ledger: Netted.of(ledger).table(), plan.customer_days)
        )

    def facts(self, end: int, *, gaps: float | None = None, since: int | None = None) -> Frame:
        if isinstance(self.tx.ledger, nw.DataFrame):
            return self.in_memory.until(end).facts(gaps=gaps, since=since)
        keep, packing = self.tx.keeps_returns, _packing(self.tx)
        facts: Frame = by_customer(
            self._until(end),
            lambda rows: Netted.of_days(rows, keep=keep).facts(gaps=gaps, since=since),
            lambda rows: plan.days_facts(rows, packing, gaps=gaps, since=since),
        )
        return facts

    def pairs(self, end: int) -> Frame:
        if isinstance(self.tx.ledger, nw.DataFrame):
            return _counted(self.in_memory.until(end).pairs())
        keep = self.tx.keeps_returns
        return _counted(
            by_customer(
                self._until(end), lambda rows: Netted.of_days(rows, keep=keep).pairs(), plan.gap_pairs
            )
        )

    def rows(self, end: int, *, refunds: bool) -> Any:
        if isinstance(self.tx.ledger, nw.DataFrame):
            return self.in_memory.until(end).rows(refunds=refunds)
        chosen = plan.PURCHASE | (nw.col("net") < 0) if refunds else plan.PURCHASE
        return self._until(end).filter(chosen).select("customer_id", "day", "net")

    def _until(self, end: int) -> Any:
        days = self._behind_engine
        return days if end >= self.tx.last_day else days.filter(nw.col("day") <= end)


class _KeptFacts(_Kept):
    """The facts of a log behind an engine, computed once for each requested day."""

    def __init__(self, tx: Transactions) -> None:
        super().__init__(tx)
        self._facts: dict[tuple[int, float | None, int | None], Frame] = {}

    def facts(self, end: int, *, gaps: float | None = None, since: int | None = None) -> Frame:
        more = next((kept for (day, *_), kept in self._facts.items() if day == end), None)
        if gaps is None and since is None and more is not None:
            return more.select("customer_id", *plan.FACTS)
        if (end, gaps, since) not in self._facts:
            facts = ledger_facts(_ledger_to(self.tx, end), _packing(self.tx), gaps=gaps, since=since)
            self._facts[end, gaps, since] = materialise(facts)
        return self._facts[end, gaps, since]


_SCOPE: ContextVar[tuple[_Kept, ...]] = ContextVar("rfm_netted_once", default=())


def _kept(tx: Transactions) -> _Kept | None:
    """The netting that the current context, or one around it, keeps of this log."""
    return next((kept for kept in _SCOPE.get() if kept.tx is tx), None)


def _packing(tx: Transactions) -> plan.Packing:
    return plan.Packing.of(tx.first_day, tx.last_day, tx.size, tx.keeps_returns)


def _checked_end(tx: Transactions, end: int) -> int:
    """The last day that counts, which may lie after the log's end; one before its first day is refused."""
    if end < tx.first_day:
        raise DataError(
            f"No rows on or before {day_text(end)}: the log runs from {day_text(tx.first_day)} to "
            f"{day_text(tx.last_day)}. Hint: choose a day on or after the first day."
        )
    return min(end, tx.last_day)


def _ledger_to(tx: Transactions, end: int) -> Frame:
    return tx.ledger if end >= tx.last_day else tx.ledger.filter(nw.col("day") <= end)
