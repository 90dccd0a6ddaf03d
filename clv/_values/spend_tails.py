"""The distribution of future spend of members with equal x, tabulated on a grid.

The value of n orders of a customer is the customer's scale (Gamma-Gamma: γ + x·m̄) times a variable that depends only
on x and n, so that for one x the distribution of the value of N orders, in units of the scale, depends only on T.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._values.pmf_tables import counts_alive

__all__ = ["Tails", "count_table", "tails"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP = 0.2  # step of the grid of ln u at x = 0; it shrinks with the spread, as 1/√(1 + x/25)
NEWTON = 4  # steps from the linear root of a cubic to its own
FAR = 1e-6  # mass beyond either end of the table, for the fewest and for the most orders


@dataclass(frozen=True)
class Tails:
    """Distributions of spend by parameter draw for members with equal x who are alive, for each T.

    Attributes
    ----------
    spends : ndarray of shape (draws, pairs, points)
        P(spend > u·v) on the grid of u, with v the customer's own scale.
    grid : ndarray of shape (points,)
        ln u, whole multiples of `step`, so that a customer's result does not depend on the others.
    step : float
        Between two points.
    """

    spends: Array
    grid: Array
    step: float

    def spend_beyond(self, draw: int, pair: Ints, log_u: Array) -> Array:
        """P(spend > u·v) between the grid's points: Catmull–Rom cubics in ln u, flat beyond the ends."""
        points = len(self.grid)
        place = np.clip((log_u - self.grid[0]) / self.step, 0, points - 1.000001)
        left = place.astype(np.int64)
        s, table = place - left, self.spends[draw].ravel()
        row = pair * points
        columns = (np.maximum(left - 1, 0), left, left + 1, np.minimum(left + 2, points - 1))
        p0, p1, p2, p3 = (table[row + column] for column in columns)
        return np.asarray(
            p1 + s / 2 * (p2 - p0 + s * (2 * p0 - 5 * p1 + 4 * p2 - p3 + s * (3 * (p1 - p2) + p3 - p0)))
        )

    def spend_root(self, draw: int, pair: Ints, beyond: Array) -> Array:
        """ln u at which the cubics of `spend_beyond` fall to `beyond`, by Newton's method between two points."""
        points = len(self.grid)
        left, part = self._bracket(draw, pair, beyond)
        table, row = self.spends[draw].ravel(), pair * points
        columns = (np.maximum(left - 1, 0), left, left + 1, np.minimum(left + 2, points - 1))
        p0, p1, p2, p3 = (table[row + column] for column in columns)
        one, two, three = (p2 - p0) / 2, p0 - 2.5 * p1 + 2 * p2 - p3 / 2, 1.5 * (p1 - p2) + (p3 - p0) / 2
        s = part
        for _ in range(NEWTON):
            slope = np.minimum(one + s * (2 * two + s * 3 * three), -1e-12)
            s = np.clip(s - (p1 + s * (one + s * (two + s * three)) - beyond) / slope, 0.0, 1.0)
        return np.asarray(self.grid[left] + self.step * s)

    def spend_quantile(self, draw: int, pair: Ints, beyond: Array) -> Array:
        """ln u at which P(spend > u·v) falls to `beyond`, by linear interpolation between the grid's points."""
        left, part = self._bracket(draw, pair, beyond)
        return np.asarray(self.grid[left] + self.step * part)

    def _bracket(self, draw: int, pair: Ints, beyond: Array) -> tuple[Ints, Array]:
        """The last point at which P(spend > u·v) lies above `beyond`, and the part of the step until it falls to it."""
        points = len(self.grid)
        table, row = self.spends[draw].ravel(), pair * points
        left, right = np.zeros(len(pair), dtype=np.int64), np.full(len(pair), points - 1)
        while np.any(right - left > 1):
            middle = (left + right) // 2
            above = table[row + middle] > beyond
            left, right = np.where(above, middle, left), np.where(above, right, middle)
        before, after = table[row + left], table[row + right]
        part = (before - beyond) / np.maximum(before - after, 1e-300)
        return left, np.asarray(np.clip(part, 0.0, 1.0))


def count_table(
    laws: Sequence[PurchaseLaw | ByCovariates[PurchaseLaw]],
    x: float | Array,
    t_x: Array,
    T: Array,
    horizon: float | Array,
    patterns: Patterns | None = None,
) -> Array:
    """P(N = n | alive) of members of about equal x (with any possible t_x), of shape (draws, pairs, n)."""
    tables = [
        counts_alive(law, np.broadcast_to(np.asarray(x, dtype=float), T.shape), t_x, T, float(own), patterns)
        for law, own in zip(laws, np.broadcast_to(horizon, len(laws)), strict=True)
    ]
    most = max(table.shape[1] for table in tables)
    return np.array([np.pad(table, ((0, 0), (0, most - table.shape[1]))) for table in tables])


def tails(pmf: Array, draws: Sequence[SpendLaw], x: float) -> Tails:
    """Tabulate the value of numbers of orders, as from `count_table`, by the draws of the spend law."""
    n = np.flatnonzero(pmf.max(axis=(0, 1)))
    n = n[n > 0]
    spends = {id(spend): spend for spend in draws}
    step = STEP / np.sqrt(1 + x / 25)
    grid = step * _places(list(spends.values()), x, n, step)
    orders = {
        key: spend.total_beyond(np.exp(grid), n[:, None].astype(float), x) for key, spend in spends.items()
    }
    spent = np.array([of_draw[:, n] @ orders[id(spend)] for of_draw, spend in zip(pmf, draws, strict=True)])
    return Tails(spent, grid, step)


def _places(spends: Sequence[SpendLaw], x: float, n: Ints, step: float) -> Ints:
    """Multiples of a step of ln u, over a range outside which the probability is negligible."""
    fewest, most = (n[0], n[-1]) if len(n) else (1, 1)
    near = min(spend.total_place(FAR, int(fewest), x) for spend in spends)
    far = max(spend.total_place(1 - FAR, int(most), x) for spend in spends)
    return np.arange(int(np.floor(near / step)) - 2, int(np.ceil(far / step)) + 3)
