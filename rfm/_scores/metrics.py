"""The metrics behind R, F and M: recency, frequency and monetary value, from the facts of a summary."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Literal, TypeAlias

import narwhals.stable.v2 as nw

from rfm._customers.window import IN_WINDOW
from rfm._frames.columns import not_nullable
from rfm._frames.division import quotient
from rfm._frames.native import Frame
from rfm._requirements import (
    ANY,
    COUNT,
    LARGEST_AMOUNT,
    TIME,
    Held,
    check_columns,
    check_groups,
    check_numbers,
)
from rfm._scores.cut_points import Best
from rfm.errors import ScoringError

__all__ = [
    "METRICS",
    "Frequency",
    "Monetary",
    "check_window",
    "check_windowed",
    "has_money",
    "has_window",
    "is_scored",
    "measured",
    "measures",
]

Frequency: TypeAlias = Literal["days", "orders"]
Monetary: TypeAlias = Literal["total", "mean"]

METRICS: dict[str, tuple[str, Best]] = {
    "R": ("recency", "low"),
    "F": ("frequency", "high"),
    "M": ("monetary", "high"),
}


MONEY = ("spend", "refunds")
ORDER_IDS = ("order_ids", "order_ids_in_window")
MADE = "rfm.summarize(tx) makes the summary that scores are learned from"


def has_money(summary: Frame) -> bool:
    """Whether a summary has money: one of a log without amounts has neither spend nor refunds."""
    return not set(MONEY).isdisjoint(summary.collect_schema().names())


def measured(
    frame: Frame,
    frequency: Frequency,
    monetary: Monetary,
    decimals: int,
    extra: Sequence[str] = (),
    *,
    money: bool = True,
    windowed: bool = False,
) -> Frame:
    """The customers who bought, with their ``recency``, ``frequency`` and ``monetary``, in their order.

    Parameters
    ----------
    frame : Narwhals frame
        A customer summary.
    frequency : {"days", "orders"}
        Purchase days, or order ids (the column ``order_ids``).
    monetary : {"total", "mean"}
        ``spend + refunds``, or that per order.
    decimals : int
        Money is compared in whole units of 10^-decimals: two customers whose money is equal get equal
        numbers on every engine, however the sums were computed.
    extra : sequence of str
        Further columns that are required.
    money : bool
        Whether ``monetary`` is computed.
    windowed : bool
        Whether ``frequency`` and ``monetary`` are those of the summary's window.

    Raises
    ------
    ScoringError
        If a column is missing or not numeric; in memory also if an order count is missing, or a customer who
        bought lacks one of the facts or has an impossible one, such as a negative recency. Behind an engine this is not
        checked, since it would cost a query.
    """
    count, sums = _count(frequency, windowed), _sums(windowed) if money else ()
    facts = tuple(dict.fromkeys(("recency", "orders", *sums, count)))
    if money and not has_money(frame) and {"recency", "orders"} <= set(frame.collect_schema().names()):
        raise ScoringError(
            "This summary has neither spend nor refunds: its log has no amounts. "
            'Hint: Transactions(df, amount="…") names their column.'
        )
    _require(frame, ("customer_id", *facts, *extra))
    check_groups(frame, ("customer_id",), error=ScoringError)
    check_numbers(frame, {"orders": COUNT}, MADE, error=ScoringError)  # which say who bought
    bought = frame.filter(nw.col("orders") > 0)
    check_numbers(
        bought, {name: _held(name, decimals) for name in facts[:1] + facts[2:]}, MADE, error=ScoringError
    )
    check_numbers(frame, dict.fromkeys(extra, ANY), "extra= names columns of numbers", error=ScoringError)
    known: Frame = not_nullable(bought, "recency")  # buyers have no nulls left
    return known.with_columns(
        **measures(frequency, monetary, decimals, money=money, windowed=windowed),
        **{name: _number(frame, name) for name in extra},
    )


def is_scored(frame: Frame) -> bool:
    """Whether the table has ``recency, frequency, monetary`` and scores from `Scorer.score`."""
    return {*METRICS, *(column for column, _ in METRICS.values())} <= set(frame.collect_schema())


def has_window(summary: Frame) -> bool:
    """Whether a summary counts the orders of a window."""
    return IN_WINDOW[0] in summary.collect_schema().names()


def check_window(summary: Frame, windowed: bool) -> None:
    """Refuse a summary with a window where a scorer learned from one without, and the other way round.

    Raises
    ------
    ScoringError
    """
    check_windowed(windowed, has_window(summary))


def check_windowed(windowed: bool, given: bool) -> None:
    """The same where the window was given or not."""
    if windowed == given:
        return
    if windowed:
        raise ScoringError(
            f"The scorer was learned from a window's orders, and here are only whole histories: no {IN_WINDOW[0]}. "
            'Hint: window="365D", or as it was learned; else learn another, without window=.'
        )
    raise ScoringError(
        "The scorer was learned from whole histories, and here is a window: it has "
        f"{IN_WINDOW[0]}. Hint: leave out window=, or learn a scorer from such a summary, rfm.Scorer.fit(summary)."
    )


def measures(
    frequency: Frequency, monetary: Monetary, decimals: int, *, money: bool = True, windowed: bool = False
) -> dict[str, nw.Expr]:
    """``frequency`` and ``monetary`` as expressions over whole facts: see `measured`."""
    count = nw.col(_count(frequency, windowed))
    if not money:
        return {"frequency": count.cast(nw.Int64)}
    scale = 10.0**decimals
    net = functools.reduce(
        operator.add, [(nw.col(name) * scale).round().cast(nw.Int64) for name in _sums(windowed)]
    )
    orders, whole = count, net
    if windowed:  # without an order in the window the mean is 0
        orders = nw.when(count > 0).then(count).otherwise(1)
        whole = nw.when(count > 0).then(net).otherwise(0)
    return {
        "frequency": count.cast(nw.Int64),
        "monetary": quotient(net, scale) if monetary == "total" else whole / (orders * scale),
    }


def _count(frequency: Frequency, windowed: bool) -> str:
    """The column that is a customer's frequency."""
    return ("orders" if frequency == "days" else "order_ids") + ("_in_window" if windowed else "")


def _sums(windowed: bool) -> tuple[str, ...]:
    """The columns that add up to a customer's net spend."""
    return IN_WINDOW[1:] if windowed else MONEY


def _held(name: str, decimals: int) -> Held:
    """What a fact of a customer who bought may be; money is counted in whole units of 10^-decimals, of 64 bits."""
    most = min(LARGEST_AMOUNT, 2.0**62 / 10.0**decimals)
    known = {
        "recency": TIME,
        "spend": Held(-most, most),
        "refunds": Held(-most, 0),
        IN_WINDOW[1]: Held(-most, most),
    }
    return known.get(name, COUNT)


def _number(frame: Frame, column: str) -> nw.Expr:
    dtype = frame.collect_schema()[column]
    return nw.col(column).cast(nw.Int64 if dtype.is_signed_integer() else nw.Float64)


def _require(frame: Frame, columns: Sequence[str]) -> None:
    counts = [name for name in columns if name in ORDER_IDS]
    check_columns(frame, [name for name in columns if name not in counts], MADE, error=ScoringError)
    if counts:
        counted = (
            'order ids are counted by rfm.score(tx, frequency="orders") and rfm.segment, from '
            'Transactions(df, order_id="…")'
        )
        check_columns(frame, counts, counted, error=ScoringError)
