"""The purchase days of a log as arrays, which every check uses, and the laws fitted to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._fits.data import FitData
from clv._fits.fit_law import Fit, fit_to_data
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import law_named, laws_of
from clv._retention.looks_renewed import Length, renewed_every
from clv._spend_orders import ReadOrders
from clv._summary import LOG_GAPS
from clv._units import Unit, days_per_unit
from rfm._customers.aggregation import number_customers
from rfm._customers.netting import purchase_days
from rfm._frames.execution import fetch
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["History", "Terms", "as_law"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """Purchase days, sorted by customer, then day; days are numbers since 1970-01-01.

    Parameters
    ----------
    ids : ndarray of shape (n,)
        The customers' ids.
    customer, day : ndarray of shape (d,), int64
        Number 0 … n−1 of the customer, and the day.
    net : ndarray of shape (d,) or None
        Net spend of the day, in currency; None where the log has no amounts.
    start, end : int
        First day of the log, and last day of observation.
    """

    ids: NDArray[Any]
    customer: Ints
    day: Ints
    net: Array | None
    start: int
    end: int

    @classmethod
    def of(cls, tx: Transactions, end: int) -> History:
        """The purchase days of a log up to a day, inclusive, independent of the order of its rows."""
        days = fetch(purchase_days(tx, end).select("customer_id", "day", "net"))
        code, row = number_customers(days.get_column("customer_id"))
        day = days.get_column("day").to_numpy().astype(np.int64)
        net = days.get_column("net").to_numpy() / 10.0**tx.decimals
        order = np.lexsort((day, code))
        ids = days.get_column("customer_id")[row].to_numpy()
        known = net[order] if tx.has_amounts else None
        return cls(ids, code[order], day[order], known, tx.first_day, end)

    def until(self, end: int) -> History:
        """The history as of an earlier day."""
        known = self.day <= end
        seen, customer = np.unique(self.customer[known], return_inverse=True)
        net = None if self.net is None else self.net[known]
        return replace(self, ids=self.ids[seen], customer=customer, day=self.day[known], net=net, end=end)

    @property
    def n(self) -> int:
        """Customers."""
        return len(self.ids)

    @property
    def length(self) -> int:
        """Days from the log's first day to the end of observation."""
        return self.end - self.start

    @cached_property
    def begins(self) -> Ints:
        """Index of each customer's first purchase day, (n,)."""
        return np.searchsorted(self.customer, np.arange(self.n)).astype(np.int64)

    @cached_property
    def orders(self) -> Ints:
        """Purchase days of each customer, (n,)."""
        return np.bincount(self.customer, minlength=self.n).astype(np.int64)

    @cached_property
    def first(self) -> Ints:
        """Each customer's first purchase day, (n,)."""
        return self.day[self.begins]

    @cached_property
    def number(self) -> Ints:
        """Which purchase of its customer each day is: 0 the first, 1 the second, …, (d,)."""
        return np.arange(len(self.day)) - self.begins[self.customer]

    @cached_property
    def gap(self) -> Ints:
        """Days since the customer's previous purchase, (d,); 0 for the first."""
        return np.where(self.number > 0, np.diff(self.day, prepend=self.day[:1]), 0).astype(np.int64)

    @cached_property
    def renewed(self) -> tuple[Length, int, int]:
        """The length that most customers' gaps have, and how many have it, of how many; see `renewed_every`."""
        later = self.number > 0
        return renewed_every(self.customer[later], self.gap[later])

    def paid(self, repeats: bool = True) -> tuple[Ints, Ints, Array]:
        """Customer, day and net spend of the (repeat) purchases with a positive amount."""
        net = np.zeros(0) if self.net is None else self.net
        chosen = np.flatnonzero((net > 0) & (self.number >= int(repeats)))
        return self.customer[chosen], self.day[chosen], net[chosen]

    def btyd(self, unit: Unit) -> dict[str, Array]:
        """Columns of the BTYD summary that purchase laws read, (n,) each."""
        last, scale = self.day[self.begins + self.orders - 1], days_per_unit(unit)
        return {
            "frequency": self.orders - 1.0,
            "recency": (last - self.first) / scale,
            "T": (self.end - self.first) / scale,
            LOG_GAPS: np.bincount(self.customer, self._log_gap(scale), self.n),
        }

    def _log_gap(self, scale: float) -> Array:
        """The logarithm of each gap, in units of some days, (d,); 0 for first purchases."""
        return np.asarray(np.log(np.where(self.gap > 0, self.gap, scale) / scale))


@dataclass(frozen=True)
class Terms:
    """The context of the checks: the unit of time, the law that predicts, and laws fitted once for all checks.

    Parameters
    ----------
    history : History
        What the laws are fitted to.
    unit : {"D", "W", "M", "Y"}
        Unit of time.
    model : str or type
        The purchase law that will be used, in continuous time.
    spend_orders : {"repeat", "all"}
        The orders that the spend law will read.
    """

    history: History
    unit: Unit
    model: str | type[PurchaseLaw]
    spend_orders: ReadOrders = "repeat"

    @cached_property
    def stays(self) -> Fit[PurchaseLaw]:
        """BG/NBD, in which no customer leaves after the first purchase, fitted."""
        return fitted("bg-nbd", self.history, self.unit)

    @cached_property
    def leaves(self) -> Fit[PurchaseLaw]:
        """MBG/NBD, in which customers may leave after the first purchase too, fitted."""
        return fitted("mbg-nbd", self.history, self.unit)

    @cached_property
    def fit(self) -> Fit[PurchaseLaw]:
        """The law that will be used, fitted."""
        name = as_law(self.model).name
        known = {"bg-nbd": "stays", "mbg-nbd": "leaves"}
        return getattr(self, known[name]) if name in known else fitted(self.model, self.history, self.unit)


def fitted(model: str | type[PurchaseLaw], history: History, unit: Unit) -> Fit[PurchaseLaw]:
    """A purchase law fitted to a history, with its warnings only in the fit.

    Raises
    ------
    FitError
        If the history does not hold enough information.
    """
    law = as_law(model)
    return fit_to_data(law, FitData.read(law, pd.DataFrame(history.btyd(unit))), unit)


def as_law(model: str | type[PurchaseLaw]) -> type[PurchaseLaw]:
    """The law by its name or class, or an error that lists the possible names."""
    found: type[PurchaseLaw] | None = law_named(model, PurchaseLaw)
    if found is None or found.discrete:
        known = [name for name, law in laws_of(PurchaseLaw).items() if not law.discrete]
        raise DataError(
            f"model={received(model)} is not a purchase law that check can test on the last part of a log. "
            f"Hint: choose one of {', '.join(known)}."
        )
    return found
