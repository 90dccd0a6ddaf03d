"""The share of spend that customers return: an overall rate, and each customer's own, shrunken towards it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rfm._options import is_number, items, number, received
from rfm.errors import DataError

__all__ = ["RefundRate"]

Array = NDArray[np.float64]

ENOUGH = 10  # repeat customers with refunds needed to estimate how customers differ
ROUNDS = 6  # rounds of reweighting: the weights depend on the estimate
LEAST = (
    1e-3  # smallest variance of an order's refunds, relative to a Bernoulli variable at the population's rate
)


@dataclass(frozen=True)
class RefundRate:
    """The share of gross spend that customers send back, and when.

    A customer's rate is the best linear estimate of it (Bühlmann & Straub 1970, "Glaubwürdigkeit für
    Schadensätze"): (k·ρ + refunds) / (k + orders), where ρ is the rate of all, k the prior's weight, and
    refunds and orders are counted in the customer's own mean order. For orders that are returned whole or not at all,
    at rates that differ between customers as a Beta variable does, it is the posterior mean. Of young orders only that
    part counts whose returns can have come by now.

    Parameters
    ----------
    rate : float
        ρ, refunds per unit of gross spend once all have come, from 0 to 1.
    prior_orders : float
        k: how many orders of their own weigh as much as what is known of all. Infinite where customers do not
        differ, or where it cannot be estimated.
    ages, come : tuple of float
        Days after an order, rising, and the share of its refunds that have come by then, up to 1; linear in
        between. Empty where refunds come at once.

    See Also
    --------
    CustomerModel : Holds one, as `refunds`.

    Examples
    --------
    >>> import numpy as np
    >>> refunds = RefundRate(rate=0.2, prior_orders=4.0)
    >>> one = np.ones(2)  # two customers with two orders of 10 each; one of them sent one order back
    >>> refunds.of_customers(one, one, one, 10 * one, 10 * one, np.array([0.0, -10.0]), unit_days=7)
    array([0.13333333, 0.3       ])
    """

    rate: float = 0.0
    prior_orders: float = math.inf
    ages: tuple[float, ...] = field(default=(), repr=False)
    come: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse shares outside 0 to 1, a negative weight, and ages that do not rise."""
        number("rate", self.rate, "clv.RefundRate(rate=0.1), a share of spend", least=0, most=1)
        if not (
            is_number(self.prior_orders)
            and (0 <= self.prior_orders <= 1e300 or self.prior_orders == math.inf)
        ):
            raise DataError(
                f"prior_orders must be a number, 0 or more; got {received(self.prior_orders)}. "
                "Hint: clv.RefundRate(0.1, prior_orders=4.0)."
            )
        hint = "clv.RefundRate(0.1, ages=(0, 30), come=(0.5, 1.0)), days after an order and shares of its refunds"
        ages = [number("ages", age, hint, least=0) for age in items("ages", self.ages, hint)]
        come = [number("come", share, hint, least=0, most=1) for share in items("come", self.come, hint)]
        rising = all(a < b for a, b in pairwise(ages)) and all(a <= b for a, b in pairwise(come))
        if len(ages) != len(come) or not rising:
            raise DataError(f"ages and come must be rising numbers, one share for each age. Hint: {hint}.")

    def of_customers(
        self, x: Array, t_x: Array, T: Array, m: Array, first: Array, refunds: Array, *, unit_days: float
    ) -> Array:
        """Each customer's rate, (n,), from 0 to 1.

        Parameters
        ----------
        x, t_x, T, m : ndarray of shape (n,)
            Repeat purchases, time of the last one, time observed, mean repeat order.
        first, refunds : ndarray of shape (n,)
            Spend of the first order, and the sum of refunds (at most 0), in currency.
        unit_days : float
            Days in a unit of time.

        Returns
        -------
        ndarray of shape (n,)
            Refunds per unit of gross spend; `rate` where a customer has no orders of their own that count.

        See Also
        --------
        with_prior : Estimates how much own orders weigh.
        CustomerModel.predict : Its column `refund_rate`.

        Examples
        --------
        >>> import clv, numpy as np
        >>> one, back = np.ones(2), np.array([0.0, -10.0])
        >>> clv.RefundRate(0.2, prior_orders=4.0).of_customers(one, one, one, 10 * one, 10 * one, back, unit_days=7)
        array([0.13333333, 0.3       ])
        """
        order, orders, back = self._in_orders(x, t_x, T, m, first, refunds, unit_days=unit_days)
        if math.isinf(self.prior_orders):
            return np.full(len(order), self.rate)
        seen = orders + self.prior_orders > 0
        rates = np.divide(
            self.prior_orders * self.rate + back,
            self.prior_orders + orders,
            out=np.full(len(order), self.rate),
            where=seen,
        )
        return np.asarray(np.clip(np.where(order > 0, rates, self.rate), 0.0, 1.0))

    def with_prior(
        self, x: Array, t_x: Array, T: Array, m: Array, first: Array, refunds: Array, *, unit_days: float
    ) -> RefundRate:
        """The same rate, with the weight of the prior estimated from how customers differ.

        Parameters
        ----------
        x, t_x, T, m : ndarray of shape (n,)
            Repeat purchases, time of the last one, time observed, mean repeat order.
        first, refunds : ndarray of shape (n,)
            Spend of the first order, and the sum of refunds (at most 0), in currency.
        unit_days : float
            Days in a unit of time.

        Returns
        -------
        RefundRate
            `prior_orders` is infinite where fewer than ten repeat customers have refunds.

        See Also
        --------
        of_customers : What the weight is for.

        Examples
        --------
        >>> import clv, numpy as np
        >>> x, m = np.tile([2.0, 8.0], 20), np.full(40, 10.0)  # 3 or 9 orders of 10 each
        >>> refunds = np.repeat([-0.4, 0.0], 20) * (x + 1) * 10  # half send back 40%, half nothing
        >>> round(clv.RefundRate(rate=0.2).with_prior(x, x, x, m, m, refunds, unit_days=7).prior_orders, 4)
        0.005
        """
        order, orders, back = self._in_orders(x, t_x, T, m, first, refunds, unit_days=unit_days)
        known = (order > 0) & (orders > 0) & (x > 0)
        k = _prior_orders(orders[known], back[known], self.rate)
        return RefundRate(self.rate, k, self.ages, self.come)

    def come_by(self, age: Array) -> Array:
        """The share of an order's refunds that have come so many days after it.

        Parameters
        ----------
        age : ndarray
            Days since the order.

        Returns
        -------
        ndarray of the same shape
            Between 0 and 1, linear between `ages`.

        See Also
        --------
        of_customers : Each customer's rate, from orders whose refunds have come.

        Examples
        --------
        >>> import clv, numpy as np
        >>> refunds = clv.RefundRate(rate=0.2, ages=(10.0, 30.0), come=(0.5, 1.0))
        >>> refunds.come_by(np.array([5.0, 20.0, 40.0]))
        array([0.25, 0.75, 1.  ])
        """
        if not self.ages:
            return np.ones_like(np.asarray(age, dtype=float))
        return np.interp(age, (0.0, *self.ages), (0.0, *self.come))

    def _in_orders(
        self, x: Array, t_x: Array, T: Array, m: Array, first: Array, refunds: Array, *, unit_days: float
    ) -> tuple[Array, Array, Array]:
        """Mean order, and in units of it the orders whose refunds are complete and the refunds, each (n,)."""
        spend = first + x * m
        order = np.where(spend > 0, spend, 0.0) / (x + 1)
        last, oldest = (T - t_x) * unit_days, T * unit_days
        between = np.maximum(x - 1, 0) * self._mean_come(last, oldest)  # orders spread evenly over time
        repeats = m * (np.minimum(x, 1) * self.come_by(last) + between)
        seen = first * self.come_by(oldest) + repeats
        scale = np.where(order > 0, order, 1.0)
        return order, np.maximum(seen, 0.0) / scale, -refunds / scale

    def _mean_come(self, start: Array, stop: Array) -> Array:
        """The mean of `come_by` over ages evenly spread between two."""
        if not self.ages:
            return np.ones_like(start)
        ages, come = np.array([0.0, *self.ages]), np.array([0.0, *self.come])
        areas = np.append(0.0, np.cumsum(np.diff(ages) * (come[1:] + come[:-1]) / 2))

        def area(age: Array) -> Array:
            """Of `come_by` up to an age: below a straight line between ages, and 1 after the last."""
            i = np.clip(np.searchsorted(ages, age, side="right") - 1, 0, len(ages) - 1)
            return np.asarray(areas[i] + (age - ages[i]) * (come[i] + self.come_by(age)) / 2)

        span = stop - start
        mean = np.divide(area(stop) - area(start), span, out=self.come_by(start), where=span > 1e-9)
        return np.asarray(np.clip(mean, 0.0, 1.0))


def _prior_orders(orders: Array, back: Array, rate: float) -> float:
    """σ²/τ²: the variance of an order's refunds within a customer, over that of the rates between customers.

    For a customer with n orders, (refunds − ρn)²/n has the mean σ² + τ²·n: a regression line over the customers,
    weighted as if the standard deviation were equal to the mean.
    """
    if np.count_nonzero(back > 0) < ENOUGH:
        return math.inf
    squares = (back - rate * orders) ** 2 / orders
    within, between = rate * (1 - rate), 0.0
    for _ in range(ROUNDS):
        weights = (within + between * orders) ** -2.0 if within > 0 else np.ones_like(orders)
        centre = np.average(orders, weights=weights)
        spread = np.average((orders - centre) ** 2, weights=weights)
        if spread <= 0:
            return math.inf
        mean = np.average(squares, weights=weights)
        between = float(np.average((orders - centre) * squares, weights=weights) / spread)
        between = max(between, 0.0)
        within = max(float(mean - between * centre), LEAST * rate)
    return within / between if between > 0 else math.inf
