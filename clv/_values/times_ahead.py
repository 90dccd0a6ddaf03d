"""Sums over the purchases of a period ahead, from what is known of the number of purchases until some times.

Of a member who is alive let F_k(t) = E[N(t)(N(t) − 1)…] be the factorial moments, and Q_n(t) = P(N(t) > n). Where a
customer buys at a rate of their own until they leave, at random or by a coin after each purchase, the purchases before
one at u lie evenly in (0, u). Therefore, for a period (s, t] and weights v of purchases,

    E Σ v(t₁)…v(t_k) = ∫ₛᵗ v(u) (((u − s)/u) w(u))^(k−1) dF_k(u),    w(u) = 1/(u − s) ∫ₛᵘ v,
    P(N(s, t] > 0) = ∫ₛᵗ Σ_n (s/u)^n dQ_n(u),

over k-tuples of different purchases, and over the first purchase after s. F and Q are smooth functions of time: between
a few nodes they are the polynomials through them, in a logarithm of time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clv._values.alike_members import lagrange

__all__ = ["TimesAhead"]

Array = NDArray[np.float64]

NODES, FINE, BEND = 9, 400, 4.0  # nodes in ln(1 + BEND·t/horizon); cells of an integral over the horizon
LEAST = 8  # cells of a period


@dataclass(frozen=True)
class TimesAhead:
    """Nodes in time up to a horizon, and weights of what is known at them.

    Parameters
    ----------
    horizon : float
        In the law's unit of time.
    """

    horizon: float

    @property
    def nodes(self) -> Array:
        """Times at which the law is asked; the last is the horizon, and at 0 all is 0."""
        return np.expm1(self._places[1:]) * self.horizon / BEND

    @cached_property
    def _places(self) -> Array:
        turn = np.cos(np.pi * np.arange(NODES + 1) / NODES)
        return np.asarray(np.log1p(BEND) * (1 - turn) / 2)

    def basis(self, times: Array) -> Array:
        """Values at some times of the polynomials of the nodes, (times, nodes)."""
        return lagrange(np.log1p(BEND * times / self.horizon), self._places)[:, 1:]

    def cells(self, start: float, stop: float) -> tuple[Array, Array, Array]:
        """Middles and widths of the cells of a period, and the rise of each polynomial over them, (cells, nodes)."""
        count = max(LEAST, round(FINE * (stop - start) / self.horizon))
        ends = np.log1p(BEND * np.linspace(start, stop, count + 1) / self.horizon)
        times = np.expm1(ends) * self.horizon / BEND
        return (
            (times[1:] + times[:-1]) / 2,
            np.diff(times),
            np.diff(lagrange(ends, self._places), axis=0)[:, 1:],
        )

    def weights(
        self, start: float, stop: float, worth: Callable[[Array], Array] | None = None
    ) -> tuple[tuple[int, Array], ...]:
        """For each sum over the purchases of a period the k of F_k, and its weights at the nodes.

        The sums are Σv, Σv², Σv³ over purchases, Σv₁v₂ and Σv₁²v₂ over pairs, and Σv₁v₂v₃ over triples.
        """
        middle, width, rise = self.cells(start, stop)
        v = np.ones(len(middle)) if worth is None else worth(middle)
        since = middle - start

        def before(values: Array) -> Array:
            """Integral of a function from the start of the period to the middle of each cell, over the time from 0."""
            return np.asarray((np.cumsum(values * width) - values * width / 2) / middle)

        one = since / middle if worth is None else before(v)
        two = one if worth is None else before(v**2)
        terms = (
            (1, v), (1, v**2), (1, v**3),
            (2, v * one), (2, (v**2 * one + v * two) / 2), (3, v * one**2),
        )  # fmt: skip
        return tuple((k, term @ rise) for k, term in terms)
