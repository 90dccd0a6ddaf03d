"""The value of a customer who has just made a first purchase, and the payback of the acquisition cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._season.steps import Steps
from clv._units import LENGTHS
from clv._values.lifetime_value import discounted_purchases
from rfm._options import money
from rfm._printed import Printed
from rfm.errors import DataError

__all__ = ["NewCustomer", "new_customer"]

CENTURY = 36_525  # days; a customer who has not paid back by then never does


@dataclass(frozen=True)
class NewCustomer:
    """The value of a customer on the day of their first order.

    Attributes
    ----------
    expected_purchases : float
        Repeat purchases in the horizon.
    p_purchase : float
        Probability of at least one.
    first_order : float or None
        Mean of the first orders, in currency, before returns; None if the model has no money. A model
        of an earlier version uses the mean repeat order.
    expected_spend : float or None
        Of a repeat order, in currency, before returns.
    clv : float or None
        Present value of the margin of the repeat purchases in the horizon, net of returns.
    clv_with_first_order : float or None
        The same with the margin of the first order.
    payback : timedelta or None
        Time until the margin, including that of the first order, has paid for the acquisition; None if it never does,
        or if no acquisition cost was given.
    """

    expected_purchases: float
    p_purchase: float
    first_order: float | None
    expected_spend: float | None
    clv: float | None
    clv_with_first_order: float | None
    payback: timedelta | None

    def summary(self) -> Printed:
        """The value of a new customer, line by line; without money, only the purchases.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.
        """
        money = {
            "first order": self.first_order,
            "repeat order": self.expected_spend,
            "value of what comes later": self.clv,
            "value with the first order": self.clv_with_first_order,
        }
        days = None if self.payback is None else self.payback.days
        lines = {
            "expected repeat purchases": f"{self.expected_purchases:.3f}",
            "probability of at least one": "–" if np.isnan(self.p_purchase) else f"{self.p_purchase:.1%}",
            **{name: f"{value:,.2f}" for name, value in money.items() if value is not None},
            **({} if days is None else {"pays back after": LENGTHS.counted(days, f"{days:,}", "D")}),
        }
        return Printed("\n".join(f"{name:<28}{value:>12}" for name, value in lines.items()))

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def new_customer(
    law: PurchaseLaw,
    spend: SpendLaw | None,
    *,
    horizon: float,
    delta: float,
    margin: float,
    unit_days: float,
    acquisition_cost: float | None,
    first_order: float | None = None,
    steps: Steps | None = None,
) -> NewCustomer:
    """Value a new member of the laws; see `CustomerModel.new_customer`.

    Parameters
    ----------
    horizon, delta : float
        In the law's unit of time, and the force of discount for one unit.
    margin : float
        Contribution margin, after returns.
    unit_days : float
        Days in a unit.
    acquisition_cost : float, optional
        In currency.
    first_order : float, optional
        Mean of the first orders, in currency; by default that of repeat orders.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `horizon` then is.

    Raises
    ------
    DataError
        If the acquisition cost is negative or not finite, or there is no spend law.
    """
    if spend is None:
        return _without_money(law, horizon, acquisition_cost)
    order = float(np.asarray(spend.expected_spend()))
    first = order if first_order is None else first_order
    an_order, at_once = margin * order, margin * first

    def repeat_margin(time: float, known: Steps | None) -> float:
        return an_order * float(discounted_purchases(law, time, delta, known))

    value = repeat_margin(horizon, steps)
    days = None
    if acquisition_cost is not None:
        cost = money("acquisition_cost", acquisition_cost, "pass the cost of one new customer, in currency")
        whole = law.discrete  # in discrete time, orders are at the ends of periods

        def paid(day: int) -> bool:
            time = day // unit_days if whole else day / unit_days
            return (
                at_once + repeat_margin(time, None if steps is None else replace(steps, days=float(day)))
                >= cost
            )

        days = first_day(paid)
    return NewCustomer(
        **_purchases(law, horizon),
        first_order=first,
        expected_spend=order,
        clv=value,
        clv_with_first_order=at_once + value,
        payback=None if days is None else timedelta(days=days),
    )


def _purchases(law: PurchaseLaw, horizon: float) -> dict[str, float]:
    """Expected repeat purchases, and the probability of at least one, by the end of the horizon."""
    if np.isinf(horizon):
        return {"expected_purchases": np.inf, "p_purchase": np.nan}
    return {
        "expected_purchases": float(np.asarray(law.expected_purchases(horizon))),
        "p_purchase": 1.0 - float(np.asarray(law.pmf(0, horizon))),
    }


def _without_money(law: PurchaseLaw, horizon: float, acquisition_cost: float | None) -> NewCustomer:
    if acquisition_cost is not None:
        raise DataError(
            f"acquisition_cost={acquisition_cost!r} is paid back in money, but this model was fitted to a log without "
            "amounts. Hint: give the value of an order, value_per_order=20."
        )
    return NewCustomer(
        **_purchases(law, horizon),
        first_order=None,
        expected_spend=None,
        clv=None,
        clv_with_first_order=None,
        payback=None,
    )


def first_day(paid: Callable[[int], bool]) -> int | None:
    """The first whole day, from 0 to a century, on which a condition holds that then stays true; None if it never does.

    >>> first_day(lambda day: day * 2 >= 5)
    3
    """
    if not paid(CENTURY):
        return None
    low, high = -1, CENTURY  # false at low, true at high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if paid(middle) else (middle, high)
    return high
