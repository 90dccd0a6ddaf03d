"""Integrals of exp(g) for concave g, by Gauss–Legendre on the window where exp(g) is not negligible.

g is a line minus terms p·ln[(1 − w) + w·e^y], so it is concave; such a term is a gamma mixture on the scale
of the logarithm of time. exp(g) falls away from its peak at least as fast as a line, so that the window is
short, and it is analytic in the strip |Im y| < π, so that a few nodes give full precision: their number
grows with the window's width and with the square root of the fall of g, for all parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from clv._numerics import Array

__all__ = ["LogConcave", "Term", "gauss_legendre", "order_needed", "panels"]

FALL = 38.0  # e^−38 < 1e-16: contributions further below the peak are lost in rounding
ORDERS = np.array([8, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048])
NODES = 1 << 15  # nodes in memory at a time: their arrays fit into the processor's cache


@dataclass(frozen=True)
class Term:
    """power·ln[(1 − w) + w·e^y], given as w or, if w > ½, as 1 − w, so that no digits are lost.

    Both are power·(absorbed·y + log1p(share·expm1(sign·y))) with share ≤ ½.
    """

    power: Array
    share: Array
    sign: Array

    @classmethod
    def of(cls, power: Array, weight: Array, complement: Array) -> Term:
        """The term of weight w; `complement` is 1 − w to full relative precision."""
        return cls(power, np.minimum(weight, complement), np.where(weight > complement, -1.0, 1.0))

    @property
    def absorbed(self) -> Array:
        """The part of the slope that the other form omits: e^y·[w + (1 − w)·e^−y]."""
        return (self.sign < 0).astype(float)

    def take(self, rows: NDArray[np.intp]) -> Term:
        """The term for these rows."""
        return Term(self.power[rows], self.share[rows], self.sign[rows])


@dataclass(frozen=True)
class LogConcave:
    """g(y) = slope·y − Σ terms, row by row: all arrays (n,). g(0) = 0."""

    slope: Array
    terms: tuple[Term, ...]

    def take(self, rows: NDArray[np.intp]) -> LogConcave:
        """The functions for these rows."""
        return LogConcave(self.slope[rows], tuple(term.take(rows) for term in self.terms))

    def __call__(self, y: Array) -> Array:
        """g at y, (n,) or (n, nodes)."""
        column = (..., None) if y.ndim > 1 else ...
        slope = self.slope - sum(term.power * term.absorbed for term in self.terms)
        g = slope[column] * y
        for term in self.terms:
            rise = np.expm1(term.sign[column] * y)
            rise *= term.share[column]
            g -= term.power[column] * np.log1p(rise, out=rise)
        return g

    def derivative(self, y: Array) -> Array:
        """g′ at y, (n,)."""
        slope = self.slope
        for term in self.terms:
            rise = term.share * np.expm1(term.sign * y)
            slope = slope - term.power * (term.absorbed + term.sign * (term.share + rise) / (1 + rise))
        return slope


@cache
def gauss_legendre(order: int) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(order)
    return (x + 1) / 2, w / 2


def order_needed(width: Array, fall: Array) -> Array:
    """Nodes that integrate exp(g) to 1e-13 over a window, by its width and the fall of g in it (measured)."""
    return 5 + 2.5 * width + 2.8 * np.sqrt(fall)


def panels(g: LogConcave, left: Array, right: Array) -> Iterator[tuple[NDArray[np.intp], Array, Array]]:
    """Rows (m,), their nodes y (m, k) and weights (m, k): Σ weights·exp(g(y)) = ∫ exp(g), left to right.

    left ≤ 0 ≤ right, (n,). The peak of g lies at 0, or right of 0 and then not higher than `FALL`.
    """
    slope = g.derivative(np.zeros_like(right))
    right, at_right = _crossing(g, right, slope, 1.0)
    fall = 2 * np.maximum(slope, 0) * right - at_right
    if left.any():
        distance, at_left = _crossing(g, -left, -slope, -1.0)
        left, fall = -distance, fall - at_left
    need = order_needed(right - left, fall)
    group = np.minimum(np.searchsorted(ORDERS, need), len(ORDERS) - 1)
    for which in np.unique(group):
        nodes, weights = gauss_legendre(int(ORDERS[which]))
        members = np.flatnonzero(group == which)
        for block in np.array_split(members, -(-members.size * nodes.size // NODES)):
            width = (right[block] - left[block])[:, None]
            yield block, left[block, None] + width * nodes, width * weights


def _crossing(g: LogConcave, end: Array, slope: Array, side: float) -> tuple[Array, Array]:
    """Distance from 0, at most `end`, where g has fallen by about `FALL`, and g there.

    `slope` is g′ outwards at 0. Newton's method from the far side: g is concave, so it converges monotonically
    from there.
    """
    with np.errstate(divide="ignore", over="ignore"):
        end = np.where(slope < 0, np.minimum(end, FALL / np.maximum(-slope, 0)), end)
    value = g(side * end)
    while (far := np.flatnonzero(value < -FALL - 2)).size:
        there = g.take(far)
        end[far] += (value[far] + FALL) / (-side * there.derivative(side * end[far]))
        value[far] = there(side * end[far])
    return end, value
