"""Pareto/NBD's total derivatives from tables that customers share, if times and counts recur.

Whole days recur: a million customers have some hundred counts x and some hundred times t_x and T. Between two
neighbouring times the integrand over the time of dropout depends only on x, so each such cell is integrated
once. Then

- a customer's integral is the difference of two sums of cells, each to the last time; the integrand falls with
  time, so that the difference loses no more digits than the number of times has,
- the sum over customers of a moment of their integrals is a sum over cells, by the customers that cover each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.log_concave import gauss_legendre, order_needed
from clv._numerics import Array, exp, rising_derivatives

__all__ = ["MOST_NODES", "Cells", "Tables", "tables", "total_derivatives"]

BLOCK = 1 << 16  # nodes, or rows, in memory at a time
MOST_NODES = 64  # nodes in a cell: with more, the rows' own integrals are cheaper
DEGREES = np.array([0, 1, 0, 0])  # power of R = r + x in each score


@dataclass(frozen=True)
class Tables:
    """The data of a fit, by count and time.

    Attributes
    ----------
    counts : (L,) distinct x, ascending
    times : (m,) distinct t_x and T, ascending
    line, here, there : (n,) int
        Indices of a row's x in `counts`, and of its t_x and T in `times`.
    weights : (n,)
    """

    counts: Array
    times: Array
    line: NDArray[np.int32]
    here: NDArray[np.int32]
    there: NDArray[np.int32]
    weights: Array


def tables(x: Array, t_x: Array, T: Array, weights: Array) -> Tables | None:
    """The data by count and time; None if these recur too little for tables to be faster."""
    line, counts = pd.factorize(x, sort=True)
    times = np.unique(np.concatenate([pd.unique(t_x), pd.unique(T)]))
    if counts.size * times.size > x.size:
        return None
    here, there = (np.searchsorted(times, t).astype(np.int32) for t in (t_x, T))
    return Tables(np.asarray(counts), times, line.astype(np.int32), here, there, weights)


@dataclass(frozen=True)
class Cells:
    """The integrand in the cells between neighbouring times, for each count.

    Attributes
    ----------
    r, alpha, s, beta : float
    R : (L,)
        r + x of each count.
    times : (m,)
    """

    r: float
    alpha: float
    s: float
    beta: float
    R: Array
    times: Array

    @property
    def fall(self) -> Array:
        """−ln of the integrand at each time, 0 at time 0: (m, L)."""
        since_a, since_b = np.log1p(self.times / self.alpha), np.log1p(self.times / self.beta)
        return np.asarray(np.outer(since_a, self.R) + self.s * since_b[:, None])

    @property
    def ratio(self) -> Array:
        """The factor by which the integrand falls from each time to the next: (m − 1, L)."""
        begin, step = self.times[:-1], np.diff(self.times)
        since_a, since_b = np.log1p(step / (self.alpha + begin)), np.log1p(step / (self.beta + begin))
        return exp(-np.outer(since_a, self.R) - self.s * since_b[:, None])

    @property
    def nodes_needed(self) -> float:
        """Nodes in the cell that needs most."""
        width = np.log1p(np.diff(self.times) / (min(self.alpha, self.beta) + self.times[:-1]))
        fall = np.maximum(np.diff(self.fall[:, -1]), 0.0)
        return float(np.max(order_needed(width, fall), initial=1.0))

    def blocks(self, order: int) -> list[slice]:
        """The cells, in blocks."""
        size = max(1, BLOCK // (order * self.R.size))
        return [slice(i, min(i + size, self.times.size - 1)) for i in range(0, self.times.size - 1, size)]

    def nodes(self, block: slice, order: int) -> tuple[Array, Array]:
        """Times τ (cells, k), and masses (cells, L, k) relative to the integrand where each cell begins."""
        begin, step = self.times[:-1][block, None], np.diff(self.times)[block, None]
        low = min(self.alpha, self.beta) + begin
        width = np.log1p(step / low)
        nodes, weights = gauss_legendre(order)
        later = low * np.expm1(width * nodes)
        since_a, since_b = np.log1p(later / (self.alpha + begin)), np.log1p(later / (self.beta + begin))
        weight = self.s * width * weights * (low + later) / (self.beta + begin + later)
        decay = self.R[:, None] * since_a[:, None] + self.s * since_b[:, None]
        return begin + later, weight[:, None] * exp(-decay)

    def losses(self, t: Array) -> Array:
        """ln(1+τ/α), τ/(α+τ), ln(1+τ/β) and τ/(β+τ): (4, …)."""
        a, b = self.alpha, self.beta
        return np.stack([np.log1p(t / a), t / (a + t), np.log1p(t / b), t / (b + t)])


@np.errstate(under="ignore")
def total_derivatives(data: Tables, cells: Cells) -> tuple[float, Array, Array]:
    """Weighted sums of the log-likelihood, and of its derivatives in the log-parameters: (4,) and (4, 4)."""
    order = int(np.ceil(cells.nodes_needed))
    value, outer, begin, end = _over_rows(data, cells, _sums_to_the_end(cells, order))
    gradient, hessian = _over_cells(cells, order, begin, end)
    weights, r = np.bincount(data.line, data.weights), cells.r
    rising, first, second = rising_derivatives(np.full(data.counts.size, r), data.counts)
    gradient[0] += r * (weights @ first)
    gradient[1] -= weights @ data.counts
    hessian[0, 0] += r * (weights @ first) + r**2 * (weights @ second)
    return value + float(weights @ rising), gradient, hessian - outer


def _sums_to_the_end(cells: Cells, order: int) -> Array:
    """Sums of 1 and of the losses over the cells after each time, relative to the integrand: (m, L, 5)."""
    sums = np.zeros((cells.times.size, cells.R.size, 5))
    ratio = cells.ratio[:, :, None]
    for block in reversed(cells.blocks(order)):
        tau, masses = cells.nodes(block, order)
        fields = np.concatenate([np.ones((1, *tau.shape)), cells.losses(tau)])
        moments = masses @ np.moveaxis(fields, 0, -1)
        for j in reversed(range(block.start, block.stop)):
            sums[j] = moments[j - block.start] + ratio[j] * sums[j + 1]
    return sums


def _over_rows(data: Tables, cells: Cells, sums: Array) -> tuple[float, Array, Array, Array]:
    """Log-likelihood without gamma functions, Σ w·gradient·gradientᵀ, and the weights that begin and end at each time.

    The weights are those of the unnormalised masses, (m, L): a customer's w over its A + D.
    """
    fall, alive = cells.fall, cells.losses(cells.times).T
    lines, size = cells.R.size, fall.size
    value, outer, begin, end = 0.0, np.zeros((4, 4)), np.zeros(size), np.zeros(size)
    for start in range(0, data.weights.size, BLOCK):
        rows = slice(start, start + BLOCK)
        line, here, there = data.line[rows], data.here[rows], data.there[rows]
        first, last, w = here * lines + line, there * lines + line, data.weights[rows]
        left = exp(fall.ravel()[first] - fall.ravel()[last])
        dead = sums.reshape(size, 5)[first] - left[:, None] * sums.reshape(size, 5)[last]
        total = dead[:, 0] + left
        dead /= total[:, None]
        mean = dead[:, 1:] + (left / total)[:, None] * alive[there]
        gone = dead[:, 0]
        scores = np.stack([
            -cells.r * mean[:, 0],
            cells.R[line] * mean[:, 1],
            gone - cells.s * mean[:, 2],
            cells.s * mean[:, 3] + dead[:, 4] - gone,
        ])  # fmt: skip
        outer += (scores * w) @ scores.T
        value += float(w @ (np.log(total) - fall.ravel()[first]))
        begin += np.bincount(first, w / total, size)
        end += np.bincount(last, w / total * left, size)
    value -= float(np.bincount(data.line, data.weights) @ data.counts) * np.log(cells.alpha)
    return value, outer, begin.reshape(fall.shape), end.reshape(fall.shape)


def _over_cells(cells: Cells, order: int, begin: Array, end: Array) -> tuple[Array, Array]:
    """Σ w·E[scores] (4,) and Σ w·E[scores·scoresᵀ + their own Hessian] (4, 4) over the times of dropout and T."""
    powers = cells.R ** np.arange(3)[:, None]
    gradient, hessian = _moments(cells, end @ powers.T, cells.losses(cells.times), dead=0.0)
    cover, ratio = np.zeros_like(begin), cells.ratio
    cover[0] = begin[0] - end[0]
    for j in range(1, len(cover) - 1):  # rounding may give −1e-17 where no customer is left
        cover[j] = np.maximum(cover[j - 1] * ratio[j - 1] + begin[j] - end[j], 0.0)
    for block in cells.blocks(order):
        tau, masses = cells.nodes(block, order)
        weights = (cover[block, None] * powers) @ masses
        parts = _moments(cells, np.moveaxis(weights, 1, -1), cells.losses(tau), dead=1.0)
        gradient += parts[0]
        hessian += parts[1]
    return gradient, hessian


def _moments(cells: Cells, weights: Array, losses: Array, dead: float) -> tuple[Array, Array]:
    """Sums of the scores and of their products and Hessian at nodes (…), by weights·R^0, R^1, R^2 (…, 3)."""
    a, p, b, q = losses.reshape(4, -1)
    weights = weights.reshape(-1, 3).T
    r, s, decay = cells.r, cells.s, cells.s + dead
    scores = np.stack([-r * a, p, dead - s * b, decay * q - dead])
    gradient = np.einsum("in,in->i", weights[DEGREES], scores)
    hessian = np.einsum("ijn,in,jn->ij", weights[np.add.outer(DEGREES, DEGREES)], scores, scores)
    own = np.stack([-r * a, r * p, -s * b, s * q, -decay * q * (1 - q)]) @ weights[0]
    hessian += np.diag([own[0], -weights[1] @ (p * (1 - p)), own[2], own[4]])
    hessian[0, 1] += own[1]
    hessian[1, 0] += own[1]
    hessian[2, 3] += own[3]
    hessian[3, 2] += own[3]
    return gradient, hessian
