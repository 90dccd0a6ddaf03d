"""What cohorts have spent so far: who is in which, and the net of their rows by age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._payback.cohorts import MONTHS, cohort_days, with_cohorts
from rfm._dynamics.active_days import collected, timeline, warn_of_beginning
from rfm._dynamics.periods import with_steps
from rfm._frames.execution import fetch, materialise
from rfm._frames.mapping import to_pandas
from rfm._frames.native import to_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions

__all__ = ["Observed", "observe"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Observed:
    """Cohorts until today.

    Parameters
    ----------
    names : tuple
        Of the cohorts that have customers: first days, or texts, in order; None last, for customers without one.
    customers : pandas.DataFrame
        A row for each: `customer_id`, `code` (the place of the cohort), and `age`, days since the first purchase.
    spend : ndarray of shape (cohorts, ages + 1)
        Net of all rows at each age, in currency; in the last column at all later ages.
    """

    names: tuple[int | str | None, ...]
    customers: pd.DataFrame
    spend: NDArray[np.float64]

    @property
    def size(self) -> Ints:
        """Customers of each cohort."""
        return np.bincount(self.customers["code"], minlength=len(self.names))

    @property
    def youngest(self) -> Ints:
        """Age of the youngest customer of each cohort."""
        found = np.full(len(self.names), np.iinfo(np.int64).max)
        np.minimum.at(found, self.customers["code"].to_numpy(), self.customers["age"].to_numpy())
        return found


def observe(tx: Transactions[Any], by: str, attributes: Table | None, ends: Ints, last: int) -> Observed:
    """Cohorts until a day.

    Parameters
    ----------
    tx : Transactions
    by : str
        "month", "quarter", "year", or a column of `attributes`.
    attributes : dataframe, optional
        On the log's engine.
    ends : ndarray of shape (ages,)
        The day after each age, counted from the first purchase; rising. A refund before that counts in the first age.
    last : int
        Today.
    """
    day, first = nw.col("day"), nw.col("first")
    rows = with_cohorts(timeline(tx), by, attributes)
    rows = materialise(rows.filter((day <= last) & (first <= last)))
    warn_of_beginning(rows, last, "members of the first cohorts are")
    dated = by in MONTHS
    held = rows.filter((nw.col("bought") == 1) & (day == first))
    found = to_pandas(to_native(fetch(held.select("customer_id", "first", *([] if dated else ["segment"])))))
    joined = found["first"].to_numpy(dtype=np.int64)
    names: tuple[int | str | None, ...]
    if dated:
        key, of_customer = "cohort", cohort_days(joined, by)
        names = tuple(np.unique(of_customer).tolist())
        rows = with_steps(rows, np.array(names[1:], dtype=np.int64), cohort=first)
        code = np.searchsorted(np.array(names, dtype=np.int64), of_customer)
    else:
        key, texts = "segment", [_text(name) for name in found["segment"]]
        known = {text for text in texts if text is not None}
        names = (*sorted(known), *([None] if None in texts else []))
        code = _places(names, texts)
    sums = collected(with_steps(rows, ends, step=day - first), key, "step", net=nw.col("net"))
    place = sums[key] if dated else _places(names, [_text(name) for name in sums[key]])
    units = np.zeros((len(names), len(ends) + 1), dtype=np.int64)
    np.add.at(units, (place, sums["step"]), sums["net"])
    customers = pd.DataFrame({"customer_id": found["customer_id"], "code": code, "age": last - joined})
    return Observed(names, customers, units / 10.0**tx.decimals)


def _places(names: tuple[int | str | None, ...], texts: list[str | None]) -> Ints:
    """The place of each name."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[text] for text in texts], dtype=np.int64)


def _text(name: Any) -> str | None:
    """A name out of a column, in which a missing one may be NaN or NA."""
    return name if isinstance(name, str) else None
