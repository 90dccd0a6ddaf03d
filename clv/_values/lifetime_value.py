"""Lifetime value from purchases, given a horizon, an annual rate and a margin.

CLV = margin × spend × ∫₀ʰ e^(−δt) dE[X(t)], with δ = ln(1 + annual rate) per 365.25 days (Fader, Hardie & Lee
2005, "RFM and CLV", eq. 5, over a finite horizon). The integral is taken by parts,

    ∫₀ʰ e^(−δt) dE[X(t)] = e^(−δh) E[X(h)] + δ ∫₀ʰ e^(−δt) E[X(t)] dt,

so that a law needs only its expected purchases, and at rate 0 the result is E[X(h)] itself.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._season.steps import Steps, discounted_in_steps
from rfm._options import number
from rfm.errors import DataError

__all__ = ["Lump", "annuity_lifetimes", "discount_force", "discounted_purchases", "present_value"]

Array = NDArray[np.float64]
Lump = Literal["lifetimes"]

DAYS_PER_YEAR = 365.25
MOST_RATE = 1e6  # of an annual rate: 100% is 1
# lifetimes pays once a month and counts a month as so many units of time.
LIFETIMES_MONTH = {"D": 30.0, "W": 4.345, "M": 1.0}
# A panel's width in log time and its Gauss–Legendre nodes: 1e-12 of the value at worst, since E[X(t)] is analytic for
# |Im ln(scale + t)| < π. Where e^(−δt) falls far, panels are half as wide, and no wider than its own time 1/δ.
PANEL, NODES = 2.6, 12
FORGOTTEN = 45.0  # e^-45 < 3e-20: later purchases are worth nothing


def discount_force(rate: float, days_per_unit: float) -> float:
    """Force of discount δ for one unit of time, from an annual rate.

    Parameters
    ----------
    rate : float
        Annual rate; 0.10 means that 1.10 next year is worth 1 today.
    days_per_unit : float
        Days in one unit of time.

    Returns
    -------
    float
        ln(1 + rate) · days_per_unit / 365.25.

    Raises
    ------
    DataError
        If the rate is not a finite number above −1.

    Examples
    --------
    >>> round(discount_force(0.10, 7), 6)
    0.001827
    """
    rate = number("discount_rate", rate, "10% a year is discount_rate=0.10", above=-1, most=MOST_RATE)
    return math.log1p(rate) * days_per_unit / DAYS_PER_YEAR


def discounted_purchases(law: PurchaseLaw, horizon: float, delta: float, steps: Steps | None = None) -> Array:
    """Expected purchases of a new member in (0, horizon], each discounted to today.

    Parameters
    ----------
    law : PurchaseLaw
        The law of the customer from today on: `law.posterior(x, t_x, T)` for one who is alive. Its parameters
        may be arrays, with one customer per element.
    horizon : float
        In the law's unit of time; `inf` needs delta > 0.
    delta : float
        Force of discount for one unit, see `discount_force`.
    steps : Steps, optional
        The days of the horizon in a season's time; an order is then discounted by its day in the calendar.

    Returns
    -------
    ndarray
        One value per customer; equal to `law.expected_purchases(horizon)` at delta = 0.

    Raises
    ------
    DataError
        If the horizon is infinite and nothing is discounted.
    """
    if law.discrete:
        return _discounted_periods(law, horizon, delta)
    if steps is not None:
        return discounted_in_steps(law, steps, delta)
    if delta == 0 and math.isfinite(horizon):
        return np.asarray(law.expected_purchases(horizon), dtype=float)
    _refuse_endless(horizon, delta)
    far = min(horizon, FORGOTTEN / delta) if delta > 0 else horizon
    known = law._discounted(far, delta)
    if known is not None:
        return known
    steep = abs(delta) * far >= 1
    scale = np.minimum(law.clock(), 1 / abs(delta)) if steep else law.clock()
    at_horizon = (
        math.exp(-delta * horizon) * np.asarray(law.expected_purchases(horizon)) if far == horizon else 0.0
    )
    span = np.log1p(far / scale)
    width = PANEL / 2 if steep else PANEL
    panels = max(1, math.ceil(float(np.max(span, initial=0.0)) / width))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    place = (np.arange(panels)[:, None] + (nodes + 1) / 2).ravel() / panels
    u = np.multiply.outer(place, span)
    t = scale * np.expm1(u)
    weight = np.multiply.outer(np.tile(weights, panels), scale * span / (2 * panels))
    integral = law.summed_purchases(t, weight * np.exp(u - delta * t))
    return np.asarray(at_horizon + delta * integral, dtype=float)


def _discounted_periods(law: PurchaseLaw, horizon: float, delta: float) -> Array:
    """In discrete time: Σ e^(−δk) P(a purchase in period k)."""
    _refuse_endless(horizon, delta)
    if math.isfinite(horizon) and abs(horizon - round(horizon)) > 1e-9:
        raise DataError(
            f"{law.title} counts whole periods, and the horizon is {horizon:g} of them. "
            "Hint: choose a horizon that is a whole number of the model's periods."
        )
    if delta == 0:
        return np.asarray(law.expected_purchases(round(horizon)), dtype=float)
    return law.discounted_periods(round(min(horizon, FORGOTTEN / delta) if delta > 0 else horizon), delta)


def present_value(spend: Array, purchases: Array, margin: float | Array) -> Array:
    """Margin × spend per order × discounted purchases: present value, one per customer."""
    return np.asarray(margin * spend * purchases, dtype=float)


def annuity_lifetimes(law: PurchaseLaw, horizon: float, rate: float, unit: str) -> Array:
    """Discounted purchases as `lifetimes.utils._customer_lifetime_value` counts them, for users who migrate.

    Payments are monthly, a month is 30 days or 4.345 weeks, the rate is monthly, and months are truncated to whole
    ones.

    Parameters
    ----------
    law : PurchaseLaw
        The law of a customer who is alive, from today on.
    horizon : float
        Months.
    rate : float
        Monthly rate.
    unit : {"D", "W", "M"}
        The unit of time the law was fitted in.

    Raises
    ------
    DataError
        If that package does not have the unit.
    """
    if unit not in LIFETIMES_MONTH:
        raise DataError(f"lump='lifetimes' allows the units D, W and M; got {unit!r}. Hint: leave lump out.")
    month = LIFETIMES_MONTH[unit]
    before = total = np.zeros_like(np.asarray(law.expected_purchases(0.0)))
    for i in range(1, math.floor(horizon) + 1):
        now = np.asarray(law.expected_purchases(i * month))
        total = total + (now - before) / (1 + rate) ** i
        before = now
    return total


def _refuse_endless(horizon: float, delta: float) -> None:
    if math.isinf(horizon) and delta <= 0:
        raise DataError(
            "The value over an infinite horizon is infinite without discounting. "
            'Hint: give discount_rate > 0, or a horizon such as "52W".'
        )
