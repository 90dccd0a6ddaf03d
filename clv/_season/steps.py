"""A horizon day by day in a season's time: for discounting, and for the dates of simulated orders.

On day k the season's time runs from c(k − 1) to c(k), evenly, so that purchases which fall into it fall evenly into the
day. An order of day k is then worth v(k) = ∫ e^(−δt) dt over the day, and the discounted purchases are

    Σ v(k) (M(c(k)) − M(c(k − 1))) = v(n) M(c(n)) + Σ (v(k) − v(k + 1)) M(c(k)),

with M the expected purchases in a season's time, and the sum by parts. M is analytic for |Im ln(scale + c)| < π (see
`clv._values.lifetime_value`): on panels of this logarithm it is a polynomial through some nodes, to 1e-11 at worst,
so that the sum over days is one over nodes, with weights that do not depend on the customer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._season.cycle import slot_of
from clv._season.factors import Factors, factors_on
from rfm._days import LAST
from rfm.errors import DataError

__all__ = ["Steps", "discounted_in_steps"]

Array = NDArray[np.float64]

DAILY: Final = 1_000 * 365.25  # days that are counted one by one
YEARS: Final = 1_461.0  # days of four years, whose season is the same again and again
GROWTH: Final = 1e-4  # longest step beyond, relative to the time until it
FORGOTTEN: Final = 45.0  # e^-45 < 3e-20: later purchases are worth nothing
PANEL, NODES = 2.6, 20


@dataclass(frozen=True)
class Steps:
    """The days after one, in a season's time.

    Parameters
    ----------
    season : Season
        The factors.
    begin : int
        The day before the first, as days since 1970-01-01.
    days : float
        Their number; may have a part of a day, and be infinite.
    unit_days : float
        Days in the unit of the law's time.
    """

    season: Factors
    begin: int
    days: float
    unit_days: float

    @cached_property
    def ends(self) -> Array:
        """Ends of the days that are counted one by one, in days from the beginning, with 0."""
        days = min(self.days, DAILY)
        whole = np.arange(math.floor(days) + 1.0)
        return whole if days == whole[-1] else np.append(whole, days)

    @cached_property
    def reached(self) -> Array:
        """The season's time, in units, at these ends."""
        day = np.minimum(self.begin + np.ceil(self.ends[1:]).astype(np.int64), LAST)
        gone = np.cumsum(factors_on(self.season, day) * np.diff(self.ends))
        return np.append(0.0, gone) / self.unit_days

    @property
    def length(self) -> float:
        """The horizon in the season's time."""
        beyond = self.days - self.ends[-1]
        if beyond <= 0:
            return float(self.reached[-1])
        return float(
            self.reached[-1] + (beyond * self.season.mean / self.unit_days if self.season.mean else 0.0)
        )

    def units_of_calendar(self, time: Array) -> Array:
        """Units of the calendar's time after which some of the season's has gone, for the days counted one by one."""
        return np.interp(time, self.reached, self.ends) / self.unit_days

    def worth(self, force: float) -> tuple[Array, Array]:
        """Ends of steps in the season's time, (n,), and what an order of each is worth today at a daily force."""
        width = np.diff(self.ends)
        worth = np.exp(-force * self.ends[:-1]) * _mean_discount(force * width)
        far = min(self.days, FORGOTTEN / force) if force > 0 else self.days
        if far <= DAILY or self.days <= DAILY:
            return self.reached[1:], worth
        edges = self._far_edges(far)
        cycles = np.diff(edges) / YEARS
        day = self.begin + np.arange(int(DAILY), int(DAILY + YEARS))
        factors = self.season.by_slot[slot_of(day)]
        total = factors.sum()
        within = (factors * np.exp(-force * np.arange(YEARS)) * _mean_discount(force)).sum() / max(
            total, 1e-300
        )
        # the discount of a step's cycles is a geometric sum
        q = force * YEARS
        sums = within * np.exp(-force * edges[:-1]) * _mean_discount(q * cycles) / _mean_discount(q)
        ends = self.reached[-1] + np.cumsum(cycles) * total / self.unit_days
        return np.append(self.reached[1:], ends), np.append(worth, sums)

    def nodes(self, force: float, scale: int) -> tuple[Array, Array]:
        """Nodes in the season's time and their weights at a daily force, for laws of the time scale 2^scale."""
        key = (force, scale)
        if key not in self._known:
            reached, worth = self.worth(force)
            self._known[key] = gathered(reached, worth - np.append(worth[1:], 0.0), 2.0**scale)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[float, int], tuple[Array, Array]]:
        return {}

    def _far_edges(self, far: float) -> Array:
        """Ends of the steps of whole cycles from `DAILY` on, each a small part of the time until it."""
        edges = [DAILY]
        while edges[-1] < far:
            cycles = max(1.0, math.floor(edges[-1] * GROWTH / YEARS))
            edges.append(min(edges[-1] + cycles * YEARS, far))
        return np.array(edges)


def discounted_in_steps(law: PurchaseLaw, steps: Steps, delta: float) -> Array:
    """Expected purchases of a new member in the horizon, each discounted to its beginning.

    Parameters
    ----------
    law : PurchaseLaw
        The law of the customer from the horizon's beginning on; its parameters may be arrays.
    steps : Steps
        The horizon.
    delta : float
        Force of discount for one unit of the calendar's time.

    Returns
    -------
    ndarray
        One value per customer.

    Raises
    ------
    DataError
        If the horizon is infinite and nothing is discounted.
    """
    if delta == 0 and math.isfinite(steps.days):
        return np.asarray(law.expected_purchases(steps.length), dtype=float)
    if math.isinf(steps.days) and delta <= 0:
        raise DataError(
            "The value over an infinite horizon is infinite without discounting. "
            'Hint: give discount_rate > 0, or a horizon such as "52W".'
        )
    scale = float(np.min(law.clock(), initial=np.inf))
    if steps.days <= 0 or not math.isfinite(scale):
        return np.zeros(law.log_parameters.shape[1:])
    # rounded down, so that customers and draws whose scales are similar share their nodes
    nodes, weights = steps.nodes(delta / steps.unit_days, math.floor(math.log2(scale)))
    return _summed(law, nodes, weights)


def gathered(place: Array, weights: Array, scale: float) -> tuple[Array, Array]:
    """Few nodes and weights whose sum is that over all places, for functions analytic in ln(scale + place)."""
    u = np.log1p(place / scale)
    panels = max(1, math.ceil(float(u[-1]) / PANEL))
    if len(place) <= panels * NODES:
        return place, weights
    width = float(u[-1]) / panels
    chebyshev = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    panel = np.minimum((u / width).astype(np.int64), panels - 1)
    at, summed = [], []
    for each in range(panels):
        inside = panel == each
        if not inside.any():
            continue
        local = 2 * u[inside] / width - 2 * each - 1
        # coefficients of the interpolant are sums over the nodes of Chebyshev's polynomials; so is their transpose
        moments = _moments(local, weights[inside])
        moments[1:] *= 2
        summed.append(np.cos(np.outer(np.arccos(chebyshev), np.arange(NODES))) @ moments / NODES)
        at.append(scale * np.expm1((chebyshev + 2 * each + 1) / 2 * width))
    return np.concatenate(at), np.concatenate(summed)


def _moments(place: Array, weights: Array) -> Array:
    """Σ w T_k(place) of Chebyshev's polynomials, k = 0 … NODES − 1, by their recurrence."""
    before, now = weights, weights * place
    found = [before.sum(), now.sum()]
    for _ in range(NODES - 2):
        before, now = now, 2 * place * now - before
        found.append(now.sum())
    return np.array(found)


def _summed(law: PurchaseLaw, nodes: Array, weights: Array) -> Array:
    """Σ w M over nodes, for weights of both signs."""
    total = np.zeros(law.log_parameters.shape[1:])
    ones = (1,) * total.ndim
    for sign in (1.0, -1.0):
        some = sign * weights > 0
        if some.any():
            t, w = (v[some].reshape(-1, *ones) for v in (nodes, sign * weights))
            total = total + sign * np.asarray(law.summed_purchases(t, w))
    return total


def _mean_discount(x: Array | float) -> Array:
    """∫ e^(−xt) dt for t from 0 to 1."""
    x = np.asarray(x, dtype=float)
    small = np.abs(x) < 1e-8
    return np.where(small, 1 - x / 2, -np.expm1(-x) / np.where(small, 1.0, x))
