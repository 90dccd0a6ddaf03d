"""What customers are expected to buy in a horizon and what that is worth, at the fitted laws and at draws near them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import at, keys, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._numerics import unique_rows
from clv._season.steps import Steps
from clv._values.ahead_at_draws import AheadAtDraws
from clv._values.alike_members import Alike
from clv._values.lifetime_value import discounted_purchases
from clv._values.simulated_future import Base, Draw

__all__ = ["Expectations", "Standing"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Standing:
    """Where customers stand today: whether they are alive, and what their orders are worth.

    Parameters
    ----------
    base : Base
        The customers.
    first : ndarray of shape (distinct,)
        Row of the first customer of each distinct history.
    history : ndarray of shape (n,)
        The distinct history of each customer.
    """

    base: Base
    first: Ints
    history: Ints

    @classmethod
    def of(cls, base: Base) -> Standing:
        """Of some customers."""
        return cls(base, *unique_rows(base.x, base.t_x, base.T, *keys(base.patterns)))

    def p_alive(self, law: Any) -> Array:
        """P(alive) of each distinct history."""
        base, rows = self.base, self.first
        some = at(law, taken(base.patterns, rows))
        return np.asarray(some.p_alive(base.x[rows], base.t_x[rows], base.T[rows]), dtype=float)

    def spend(self, spend: Any) -> Array:
        """Expected value of an order of each customer, net of returns; 0 without a spend law."""
        if spend is None:
            return np.zeros(len(self.base))
        each = at(spend, self.base.patterns).expected_spend(*self.base.spent)
        return self.base.net(np.asarray(each, dtype=float))


@dataclass(frozen=True)
class Expectations:
    """Expected purchases and value of customers in a horizon.

    Parameters
    ----------
    standing : Standing
        Of the customers.
    ahead : AheadAtDraws
        Purchases and discounted purchases of each kind of customer, if alive.
    exact : ndarray of shape (2, n)
        Purchases and value at the fitted laws.
    margin : float
        Share of spend that is kept.
    """

    standing: Standing
    ahead: AheadAtDraws
    exact: Array
    margin: float

    @classmethod
    def of(
        cls, point: Draw, base: Base, *, horizon: float, delta: float, margin: float, steps: Steps | None
    ) -> Expectations:
        """For some customers, and the fitted laws."""
        force = delta - base.growth

        def measure(law: PurchaseLaw) -> Array:
            discounted = purchases = discounted_purchases(law, horizon, 0.0, steps)
            if force != 0:
                discounted = discounted_purchases(law, horizon, force, steps)
            shape = law.log_parameters.shape[1:]
            return np.stack(
                [np.broadcast_to(each, shape).ravel() for each in (purchases, discounted)], axis=-1
            )

        ahead = AheadAtDraws(Alike.exactly(point[0], base), measure, point[0])
        whole = cls(Standing.of(base), ahead, np.empty(0), margin)
        return cls(whole.standing, ahead, whole._of_customers(*point, ahead.exact), margin)

    @property
    def alike(self) -> Alike:
        """The kinds of customers."""
        return self.ahead.alike

    def at(self, draws: Sequence[Draw]) -> Iterator[Array]:
        """Purchases and value of each customer under laws near the fitted ones, (2, n) for each."""
        for (law, spend), found in zip(draws, self.ahead.at([law for law, _ in draws]), strict=True):
            yield self._of_customers(law, spend, found)

    def _of_customers(self, law: Any, spend: Any, ahead: Array) -> Array:
        standing = self.standing
        alive = standing.p_alive(law)
        of_history = alive[:, None] * ahead[self.alike.kind[standing.first]]
        purchases, discounted = of_history[standing.history].T
        return np.array([purchases, self.margin * discounted * standing.spend(spend)])
