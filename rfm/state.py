"""What a customer base knows of each customer, as tables: frames in, frames out.

A state has one row a customer: ``customer_id``; the facts of the *closed* days, ``first, last, orders, spend,
first_spend, refunds``; and the *open* day, the customer's last active one, as ``open_day, open_net, open_least``
(its net, and its smallest row: negative for a refund). Days count from 1970-01-01, money in whole units. A single
row of a log is the state of a customer who did nothing else, so states and rows stack in one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm.engines import by_customer, fold
from rfm.frames import Frame
from rfm.kernel import number_customers
from rfm.plan import FACTS, PURCHASE, day_facts, merged, net_days

__all__ = ["as_states", "facts", "fingerprint", "late_customers", "reduced", "unexplained"]

OPEN = ("open_day", "open_net", "open_least")


def as_states(ledger: Frame) -> Any:
    """Each row of a ledger as the state of a customer who did nothing else."""
    nothing = {name: nw.lit(0).cast(nw.Int64) for name in FACTS}
    return ledger.select("customer_id", **nothing, open_day="day", open_net="units", open_least="units")


def reduced(states: Frame) -> Any:
    """One state a customer from stacked states, exact where no open day lies inside another's closed days."""
    return by_customer(states, lambda rows: in_order(_reduced(rows)), _reduced)


def _reduced(states: Any) -> Any:
    days = net_days(states.select("customer_id", day="open_day", units="open_net", least="open_least"))
    latest = days.group_by("customer_id").agg(nw.col("day").max().alias("open_day"))
    days = days.join(latest, on="customer_id", how="inner")
    closed = states.filter((nw.col("orders") > 0) | (nw.col("refunds") < 0)).select("customer_id", *FACTS)
    known = merged(nw.concat([closed, day_facts(days, nw.col("day") < nw.col("open_day"))]))
    opened = days.filter(nw.col("day") == nw.col("open_day"))
    return known.join(
        opened.select("customer_id", "open_day", open_net="net", open_least="least"),
        on="customer_id",
        how="inner",
    )


def in_order(rows: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Rows in memory, one a customer, in the order of the ids."""
    return nw.maybe_reset_index(rows[number_customers(rows.get_column("customer_id"))[1]])


def facts(states: Frame) -> Any:
    """The facts of closed and open days together, as the summary is made of."""
    days = states.with_columns(net=nw.col("open_net"), least=nw.col("open_least"))
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


def late_customers(states: Any, rows: Any) -> Any:
    """Customers with a row before the open day of their state: ``customer_id``, ``rows``."""
    known = states.select("customer_id", known_day="open_day")
    late = rows.join(known, on="customer_id", how="inner").filter(nw.col("open_day") < nw.col("known_day"))
    return late.group_by("customer_id").agg(nw.len().alias("rows"))


def unexplained(states: Any, rows: Any) -> Any:
    """States that the rows do not lead to: ``customer_id``."""
    every = ["customer_id", *FACTS, *OPEN]
    return states.join(reduced(rows), on=every, how="anti").select("customer_id")


def fingerprint(ledger: Frame) -> str:
    """A mark of a ledger's rows that does not depend on their order, their partitions or the engine.

    The number of rows and the 64-bit sum of a hash of each row, so that different rows share a mark once in
    2^64 times.
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
    return len(mixed), int(low.sum(dtype=np.uint64)), int(high.sum(dtype=np.uint64))


def _hash_ids(ids: nw.Series[Any]) -> npt.NDArray[np.uint64]:
    values = ids.to_numpy()
    if values.dtype.kind in "iu":
        return pd.util.hash_array(values.astype(np.int64))
    code, uniques = pd.factorize(values)
    texts = np.array([str(value) for value in uniques], dtype=object)
    return pd.util.hash_array(texts, categorize=False)[code]
