"""The state of each customer in a customer base, as tables: frames in, frames out.

A state has one row per customer: ``customer_id``; the facts of the *closed* days, ``first, last, orders, spend,
first_spend, refunds``; and the *open* day, the customer's last active one, as ``open_day``, ``open_net`` and
``open_refund`` (1 if it holds a refund row, else 0; -1 where every day is a purchase, whatever its sign). Days count
from 1970-01-01, money in whole units. A single row of a log is the state of a customer who did nothing else, so states
and rows stack in one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers import aggregation as kernel
from rfm._customers.aggregation_expressions import FACTS, PURCHASE, day_facts, keeps_returns, merged, net_days
from rfm._frames.columns import with_arrays
from rfm._frames.execution import by_customer, fold
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame

__all__ = ["FACTS", "OPEN", "alike", "as_states", "facts", "fingerprint", "in_order", "reduced"]

OPEN = ("open_day", "open_net", "open_refund")


def as_states(ledger: Frame) -> Any:
    """Each row of a ledger as the state of a customer who did nothing else."""
    zero = nw.lit(0).cast(nw.Int64)
    refund = nw.when(nw.col("units") < 0).then(1).otherwise(0)
    return ledger.select(
        "customer_id",
        **dict.fromkeys(FACTS, zero),
        open_day="day",
        open_net="units",
        open_refund=(nw.lit(-1) if keeps_returns(ledger) else refund).cast(nw.Int64),
    )


def alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Two tables whose ids are of one type: on pandas, a column of mixed ids has a type of its own."""
    types = {frame.collect_schema()["customer_id"] for frame in (left, right)}
    if len(types) == 1:
        return left, right
    return tuple(frame.with_columns(nw.col("customer_id").cast(nw.Object)) for frame in (left, right))


def reduced(states: Frame) -> Any:
    """One state per customer from stacked states; exact if no open day lies among another state's closed days."""
    return by_customer(states, _reduced_in_memory, _reduced)


def _reduced_in_memory(states: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    code, row = kernel.number_customers(states.get_column("customer_id"))
    day, net, refund = (states.get_column(name).to_numpy() for name in OPEN)
    days = kernel.customer_days(code, day, net, refund > 0, keep=bool((refund < 0).any()))
    is_open = np.ones(len(days.code), dtype=np.bool_)
    is_open[:-1] = days.code[1:] != days.code[:-1]  # a customer's last day
    opened, closed = days.take(is_open), kernel.facts(days.take(~is_open), len(row))
    before = kernel.Facts(*(states.get_column(name).to_numpy() for name in FACTS))
    parts = kernel.Facts(
        *(np.concatenate(pair) for pair in zip(*map(astuple, (before, closed)), strict=True))
    )
    facts = kernel.merged(np.append(code, np.arange(len(row))), parts, len(row))
    refunded = np.full(len(opened.net), -1) if days.keep else opened.refund.astype(np.int64)
    opening = dict(zip(OPEN, (opened.day, opened.net, refunded), strict=True))
    return with_arrays(states.select("customer_id")[row], {**vars(facts), **opening})


def _reduced(states: Any) -> Any:
    refund = nw.col("open_refund")
    days = net_days(states.select("customer_id", day="open_day", units="open_net", least=0 - refund))
    latest = days.group_by("customer_id").agg(nw.col("day").max().alias("open_day"))
    days = join_in_order(days, latest, how="inner")
    closed = states.filter((nw.col("orders") > 0) | (nw.col("refunds") < 0)).select("customer_id", *FACTS)
    known = merged(nw.concat([closed, day_facts(days, nw.col("day") < nw.col("open_day"))]))
    opened = days.filter(nw.col("day") == nw.col("open_day")).select(
        "customer_id", "open_day", open_net="net", open_refund=0 - nw.col("least")
    )
    return join_in_order(known, opened, how="inner")


def in_order(rows: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Rows in memory, one per customer, in the order of the ids."""
    return nw.maybe_reset_index(rows[kernel.number_customers(rows.get_column("customer_id"))[1]])


def facts(states: Frame) -> Any:
    """The facts of closed and open days together, from which the summary is made."""
    days = states.with_columns(net=nw.col("open_net"), least=0 - nw.col("open_refund"))
    bought, known = PURCHASE, nw.col("orders") > 0
    net = nw.col("open_net")
    return days.select(
        "customer_id",
        first=nw.when(known).then("first").otherwise(nw.when(bought).then("open_day").otherwise(0)),
        last=nw.when(bought).then("open_day").otherwise("last"),
        orders=nw.col("orders") + nw.when(bought).then(1).otherwise(0),
        spend=nw.col("spend") + nw.when(bought).then(net).otherwise(0),
        first_spend=nw.when(known).then("first_spend").otherwise(nw.when(bought).then(net).otherwise(0)),
        refunds=nw.col("refunds") + nw.when(bought).then(0).otherwise(net),
    )


def fingerprint(ledger: Frame) -> str:
    """A mark of a ledger's rows: their number, and the 64-bit sum of a hash of each.

    It does not depend on the order of rows, their partitions or the engine, and different rows share it with
    probability 2^-64.
    """
    rows, low, high = fold(ledger.select("customer_id", "day", "units"), _hash_sums)
    return f"{rows}-{((high << 32) + low) % 2**64:016x}"


def _hash_sums(rows: nw.DataFrame[Any]) -> Sequence[int]:
    """Number of rows, and the sums of the low and the high 32 bits of their hashes."""
    mixed = _hash_ids(rows.get_column("customer_id"))
    for name in ("day", "units"):
        values = rows.get_column(name).to_numpy().astype(np.int64)
        mixed = pd.util.hash_array(mixed + values.view(np.uint64))
    low, high = mixed & np.uint64(2**32 - 1), mixed >> np.uint64(32)
    return len(mixed), int(low.sum()), int(high.sum())


def _hash_ids(ids: nw.Series[Any]) -> npt.NDArray[np.uint64]:
    values = ids.to_numpy()
    if values.dtype.kind in "iu":
        return pd.util.hash_array(values.astype(np.int64))
    code, uniques = pd.factorize(values)
    texts = np.array([str(value) for value in uniques], dtype=object)
    return pd.util.hash_array(texts, categorize=False)[code]
