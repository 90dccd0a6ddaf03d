"""What customers are expected to buy in a horizon and what that is worth, at the fitted laws and at draws near them.

At the fitted laws the expectation of each kind of customer is exact. At many draws of the parameters it is interpolated
in T from that of some nodes (`alike_members`), if this gives the exact answers at the fitted laws.
"""

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
from clv._values.alike_members import Alike, smooth_in_age
from clv._values.lifetime_value import discounted_purchases
from clv._values.simulated_future import Base, Draw

__all__ = ["Expectations"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TOGETHER = 6_000  # members whose laws are evaluated together
NEAR = 1e-5  # largest relative error of the interpolation, at the fitted laws


@dataclass(frozen=True)
class Expectations:
    """Expected purchases and value of customers in a horizon, by law.

    Parameters
    ----------
    base : Base
        The customers.
    alike : Alike
        Their kinds.
    draw_alike : Alike
        The same, with the nodes that are used at draws of the parameters.
    histories : ndarray of shape (distinct,)
        Row of the first customer of each distinct history.
    history : ndarray of shape (n,)
        The distinct history of each customer.
    exact : ndarray of shape (2, n)
        Purchases and value at the fitted laws.
    horizon, force, margin, steps
        Of the value; `force` is the discount's less the growth of prices.
    """

    base: Base
    alike: Alike
    draw_alike: Alike
    histories: Ints
    history: Ints
    exact: Array
    horizon: float
    force: float
    margin: float
    steps: Steps | None

    @classmethod
    def of(
        cls, point: Draw, base: Base, *, horizon: float, delta: float, margin: float, steps: Steps | None
    ) -> Expectations:
        """For some customers, and the fitted laws."""
        law, spend = point
        alike = Alike.exactly(law, base)
        histories, history = unique_rows(base.x, base.t_x, base.T, *keys(base.patterns))
        terms: dict[str, Any] = {"horizon": horizon, "force": delta - base.growth, "margin": margin}
        whole = cls(base, alike, alike, histories, history, np.empty(0), steps=steps, **terms)
        ahead = whole._alive(law, alike)
        exact = whole._of_customers(law, spend, ahead)
        near = alike
        if smooth_in_age(law) and len(alike.nearly.x) < len(alike.x):
            apart = np.abs(whole._alive(law, alike.nearly) - ahead)
            near = alike.nearly if (apart <= NEAR * np.abs(ahead)).all() else alike
        return cls(base, alike, near, histories, history, exact, steps=steps, **terms)

    def at(self, draws: Sequence[Draw]) -> Iterator[Array]:
        """Purchases and value of each customer under other laws of the same kind, (2, n) for each."""
        nodes = len(self.draw_alike.x)
        step = max(1, TOGETHER // max(nodes, 1))
        for start in range(0, len(draws), step):
            some = draws[start : start + step]
            found = self._ahead(self.draw_alike.alive_at([law for law, _ in some]))
            for (law, spend), values in zip(some, found.reshape(len(some), nodes, 2), strict=True):
                yield self._of_customers(law, spend, self.draw_alike.spread(values))

    def _alive(self, law: Any, alike: Alike) -> Array:
        """Purchases, and discounted ones, of each kind if alive, (kinds, 2)."""
        ahead = self._ahead([alike.alive(law)])
        return alike.spread(np.broadcast_to(ahead, (len(alike.x), 2)))

    def _ahead(self, laws: Sequence[PurchaseLaw]) -> Array:
        """Purchases, and discounted ones, of new members of some laws, (members, 2)."""
        found = []
        for law in laws:
            discounted = purchases = discounted_purchases(law, self.horizon, 0.0, self.steps)
            if self.force != 0:
                discounted = discounted_purchases(law, self.horizon, self.force, self.steps)
            found.append(np.stack(np.broadcast_arrays(purchases, discounted), axis=-1).reshape(-1, 2))
        return np.concatenate(found)

    def _of_customers(self, law: Any, spend: Any, ahead: Array) -> Array:
        rows = self.histories
        some = at(law, taken(self.base.patterns, rows))
        alive = np.asarray(some.p_alive(self.base.x[rows], self.base.t_x[rows], self.base.T[rows]), dtype=float)
        of_history = alive[:, None] * ahead[self.alike.kind[rows]]
        purchases, discounted = of_history[self.history].T
        if spend is None:
            return np.array([purchases, np.zeros(len(purchases))])
        each = np.asarray(at(spend, self.base.patterns).expected_spend(*self.base.spent), dtype=float)
        return np.array([purchases, self.margin * discounted * self.base.net(each)])
