"""A shop's days: how many customers bought for the first time on each, and how many again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._fits.data import FitData
from clv._season.factors import Factors, factors_on
from rfm._customers.netting import purchase_days
from rfm._days import day_text
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["ShopDays", "purchases_of_entered", "refuse_closed", "repeats_of_known"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ShopDays:
    """First and repeat purchases by day.

    Parameters
    ----------
    start : int
        The first day, as days since 1970-01-01.
    firsts, repeats : ndarray of shape (days,)
        Customers who bought for the first time, or again.
    """

    start: int
    firsts: Array
    repeats: Array

    @classmethod
    def of(cls, tx: Transactions, end: int, data: FitData, unit_days: float) -> ShopDays:
        """The days of a log until one, whose customers' histories are known."""
        length = end - tx.first_day + 1
        every = _by_day(purchase_days(tx, end), tx.first_day, length)
        first = np.rint(end - data.columns[2] * unit_days).astype(np.int64) - tx.first_day
        firsts = np.asarray(np.bincount(first, data.weights, length), dtype=float)
        return cls(tx.first_day, firsts, every - firsts)

    @property
    def day(self) -> Ints:
        """The days, as days since 1970-01-01."""
        return self.start + np.arange(len(self.repeats), dtype=np.int64)

    @property
    def end(self) -> int:
        """The last day."""
        return self.start + len(self.repeats) - 1

    def log_factors(self, season: Factors, purchases: Array | None = None) -> float:
        """Σ ln s over the repeat purchases: what a season adds to the log-likelihood of the histories in its time.

        `purchases` are others by day.
        """
        counted = self.repeats if purchases is None else purchases
        bought = counted > 0
        return float(counted[bought] @ np.log(factors_on(season, self.day[bought])))


def refuse_closed(tx: Transactions, end: int, season: Factors) -> None:
    """Raise DataError, naming some customers, if there is a purchase on a day whose factor is 0."""
    day = np.arange(tx.first_day, end + 1)
    closed = day[factors_on(season, day) <= 0]
    if not len(closed):
        return
    found = fetch(
        purchase_days(tx, end).filter(nw.col("day").is_in(closed.tolist())).select("customer_id", "day")
    )
    if not len(found):
        return
    rows = sorted(zip(found["day"].to_list(), map(str, found["customer_id"].to_list()), strict=True))
    day_of, customer = rows[0]
    others = "" if len(rows) == 1 else f", and {len(rows) - 1:,} more purchases are on such days"
    raise DataError(
        f"Customer {customer} bought on {day_text(int(day_of))}, a day whose factor in the season is 0{others}. "
        "Hint: a factor of 0 says that nobody can buy; give a small one, such as 0.1, or leave the day out."
    )


def repeats_of_known(tx: Transactions, origin: int, end: int) -> Array:
    """Purchases on each day after one until another, of those who had bought by the former, (days,)."""
    days = _of_those(purchase_days(tx, end), nw.col("first") <= origin)
    return _by_day(days.filter(nw.col("day") > origin), origin + 1, end - origin)


def purchases_of_entered(tx: Transactions, end: int, entry: float) -> Array:
    """Purchases on each day of the log until one, of those who first bought on a day `entry` or later, (days,)."""
    days = _of_those(purchase_days(tx, end), nw.col("first") >= entry)
    return _by_day(days, tx.first_day, end - tx.first_day + 1)


def _of_those(days: Any, chosen: nw.Expr) -> Any:
    """Purchase days of the customers whose first one, the column `first`, is as the expression says."""
    first = days.group_by("customer_id").agg(first=nw.col("day").min())
    return join_in_order(
        days.select("customer_id", "day"), first.filter(chosen).select("customer_id"), how="semi"
    )


def _by_day(rows: Any, start: int, length: int) -> Array:
    """Number of rows on each day, (length,)."""
    counted = fetch(rows.group_by("day").agg(purchases=nw.len()))
    day = counted["day"].to_numpy().astype(np.int64) - start
    return np.asarray(np.bincount(day, counted["purchases"].to_numpy(), length), dtype=float)
