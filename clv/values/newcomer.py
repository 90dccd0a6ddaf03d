"""What someone is worth who has just bought for the first time, and when their acquisition has paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from clv.laws._base import PurchaseLaw
from clv.laws.bg_bb import BGBB
from clv.laws.gamma_gamma import GammaGamma
from clv.options import finite
from clv.values.value import discounted_purchases

__all__ = ["NewCustomer", "new_customer"]

CENTURY = 36_525  # days; who has not paid by then never does


@dataclass(frozen=True)
class NewCustomer:
    """The value of a customer on the day of their first order.

    Attributes
    ----------
    expected_purchases : float
        Repeat purchases in the horizon.
    p_purchase : float
        Probability of at least one.
    expected_spend : float
        Of an order, in currency, before returns.
    clv : float
        Margin of the repeat purchases in the horizon, net of returns, in money of today.
    clv_with_first_order : float
        The same with the margin of the first order.
    payback : timedelta or None
        When the margin, that of the first order included, has paid for the acquisition; None if it never does, or if
        no acquisition cost was given.
    """

    expected_purchases: float
    p_purchase: float
    expected_spend: float
    clv: float
    clv_with_first_order: float
    payback: timedelta | None


def new_customer(
    law: PurchaseLaw,
    spend: GammaGamma,
    *,
    horizon: float,
    delta: float,
    margin: float,
    unit_days: float,
    acquisition_cost: float | None,
) -> NewCustomer:
    """Value a new member of the laws; see `CustomerModel.new_customer`.

    Parameters
    ----------
    horizon, delta : float
        In the law's unit of time, and the force of discount for one unit.
    margin : float
        Share of spend that is kept, after returns.
    unit_days : float
        Days in a unit.
    acquisition_cost : float, optional
        In currency.

    Raises
    ------
    DataError
        If the acquisition cost is negative or not finite.
    """
    order = float(np.asarray(spend.expected_spend()))
    an_order = margin * order

    def repeat_margin(time: float) -> float:
        return an_order * float(discounted_purchases(law, time, delta))

    value, ends = repeat_margin(horizon), np.isfinite(horizon)
    days = None
    if acquisition_cost is not None:
        cost = finite(
            acquisition_cost, "acquisition_cost", "give what one new customer costs, in currency", least=0
        )
        whole = isinstance(law, BGBB)  # its orders come at the ends of periods

        def paid(day: int) -> bool:
            time = day // unit_days if whole else day / unit_days
            return an_order + repeat_margin(time) >= cost

        days = first_day(paid)
    return NewCustomer(
        expected_purchases=float(np.asarray(law.expected_purchases(horizon))) if ends else np.inf,
        p_purchase=1.0 - float(np.asarray(law.pmf(0, horizon))) if ends else np.nan,
        expected_spend=order,
        clv=value,
        clv_with_first_order=an_order + value,
        payback=None if days is None else timedelta(days=days),
    )


def first_day(paid: Callable[[int], bool]) -> int | None:
    """The first whole day, from 0 to a century, on which a condition that stays true holds; None if it never does.

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
