"""A simulated future of the customer base for given laws: customers, times and amounts of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns, at, keys, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._season.steps import Steps

__all__ = ["Base", "Draw", "Future", "simulate_future"]

Draw: TypeAlias = tuple[PurchaseLaw | ByCovariates[PurchaseLaw], SpendLaw | ByCovariates[SpendLaw] | None]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Base:
    """The customers, arrays of shape (n,): repeat purchases, time of the last, time observed, mean of the orders that
    the spend law knows, the share of spend that is not returned (None: all of it), and the number of the orders that m
    is the mean of (None: the repeat purchases). `growth` is the force of price growth: an order at a time t from now is
    worth e^(growth·t) times what it is worth at today's prices. `steps` are the days ahead, where the law's time is a
    season's, and `patterns` the covariates on which the laws depend."""  # fmt: skip

    x: Array
    t_x: Array
    T: Array
    m: Array
    kept: Array | None = None
    orders: Array | None = None
    growth: float = 0.0
    steps: Steps | None = None
    patterns: Patterns | None = None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Ints) -> Base:
        """Some of the customers."""
        kept, orders = (None if part is None else part[rows] for part in (self.kept, self.orders))
        x, t_x, T, m = (part[rows] for part in (self.x, self.t_x, self.T, self.m))
        patterns = taken(self.patterns, rows)
        return replace(self, x=x, t_x=t_x, T=T, m=m, kept=kept, orders=orders, patterns=patterns)

    def calendar(self, time: Array) -> Array:
        """Units of the calendar's time until orders, from those of the law's time."""
        return time if self.steps is None else self.steps.units_of_calendar(time)

    @property
    def spent(self) -> tuple[Array, Array]:
        """What a spend law knows of the customers: the number of their orders, and its mean."""
        return self.x if self.orders is None else self.orders, self.m

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
        amounts = at(spend, living.patterns).posterior(*living.spent).simulate(orders, rng)
        if base.growth != 0:
            amounts = amounts * np.exp(base.growth * base.calendar(happened.times))
    who = alive[happened.customer]
    return Future(who, happened.times, base.net(amounts, who))
