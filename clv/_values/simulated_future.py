"""A simulated future of the customer base for given laws: customers, times and amounts of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns, at, keys, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw

__all__ = ["Base", "Draw", "Future", "simulate_future"]

Draw: TypeAlias = tuple[PurchaseLaw | ByCovariates[PurchaseLaw], SpendLaw | ByCovariates[SpendLaw] | None]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Base:
    """The customers, arrays of shape (n,): repeat purchases, time of the last, time observed, mean repeat order, the
    share of spend that is not returned (None: all of it), and the covariates on which the laws depend."""  # fmt: skip

    x: Array
    t_x: Array
    T: Array
    m: Array
    kept: Array | None = None
    patterns: Patterns | None = None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Ints) -> Base:
        """Some of the customers."""
        kept = None if self.kept is None else self.kept[rows]
        return Base(
            self.x[rows], self.t_x[rows], self.T[rows], self.m[rows], kept, taken(self.patterns, rows)
        )

    def net(self, spend: Array, rows: Ints | None = None) -> Array:
        """Spend net of returns, of all customers (n,), or of the customers in some rows."""
        if self.kept is None:
            return spend
        return np.asarray(spend * (self.kept if rows is None else self.kept[rows]))

    def order(self, group: Ints | None = None) -> Ints:
        """Rows sorted by the customers' data, so that a simulation does not depend on the table's order."""
        last = (*keys(self.patterns), *(() if self.kept is None else (self.kept,)))
        return np.lexsort((*last, self.m, self.t_x, self.T, self.x) + (() if group is None else (group,)))


@dataclass(frozen=True)
class Future:
    """Orders to come, arrays of shape (orders,): the customer's row in the base, the time from now, the amount, net of
    average returns; 0 without a spend law."""  # fmt: skip

    customer: Ints
    time: Array
    amount: Array


def simulate_future(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    spend: SpendLaw | ByCovariates[SpendLaw] | None,
    base: Base,
    horizon: float,
    rng: np.random.Generator,
) -> Future:
    """One future of the base: each customer has left, or is alive and a new member of the posterior laws.

    Parameters
    ----------
    law, spend : PurchaseLaw, SpendLaw or None
        Laws without arrays of parameters, or with covariates.
    base : Base
        The customers.
    horizon : float
        In the law's unit of time.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    Future
    """
    p_alive = np.asarray(at(law, base.patterns).p_alive(base.x, base.t_x, base.T), dtype=float)
    alive = np.flatnonzero(rng.random(len(base)) < p_alive)
    living = base.take(alive)
    happened = (
        at(law, living.patterns)
        .posterior(living.x, living.t_x, living.T)
        .simulate(np.full(len(living), float(horizon)), rng)
    )
    orders = np.bincount(happened.customer, minlength=len(living))
    amounts = np.zeros(len(happened.times))
    if spend is not None:
        amounts = at(spend, living.patterns).posterior(living.x, living.m).simulate(orders, rng)
    who = alive[happened.customer]
    return Future(who, happened.times, base.net(amounts, who))
