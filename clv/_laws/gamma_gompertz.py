"""Lifetimes whose Gompertz rate η is gamma-distributed over customers, and quadrature over the time of dropout.

Given η a customer is alive at t with probability exp(−η(e^(bt) − 1)); with η ~ Gamma(s, β) a customer drawn at random
with S(t) = (1 + (e^(bt) − 1)/β)^(−s) (Bemmaor & Glady 2012). After a time t the survivors are such customers
again, with β′ = 1 + (β − 1)e^(−bt): η e^(bt) ~ Gamma(s, β′). The hazard at t is s b/β′.

As b → 0 with β/b fixed, this is the Pareto distribution; no formula here loses digits on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clv._laws.log_concave import gauss_legendre
from clv._numerics import Array, exp

__all__ = ["Dropping", "Lifetimes", "Surviving", "panels"]

ORDER = 16  # nodes in a panel …
FALL = 8.0  # … in which each factor of an integrand falls by at most e^−8,
NEAR = (
    2.5  # which is at most 2.5 times as long as the distance of its left end to a singular point on the left,
)
AHEAD = 0.5  # half as long as that to one on the right,
BESIDE = (
    4.0  # or 4/b: those of the Gompertz law lie π/b above and below the time at which its rate levels off
)
ALIKE = 0.25  # a β this near to 1 is as near as can be
SLOWER = 3.0  # as S falls ever faster, a panel ends that much, times b, before it has fallen so far
TINY = 1e-300
NEGLIGIBLE = 1e-17  # what is left of an integral is not added from there on
LARGE = 300.0  # e^300 + β = e^300
NODES = 1 << 13  # nodes in memory at a time: their arrays fit into the processor's cache

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Lifetimes:
    """The gamma/Gompertz distribution from now on: b, s and β, all (n,)."""

    b: Array
    s: Array
    beta: Array

    def take(self, rows: Rows) -> Lifetimes:
        """Of these rows."""
        return Lifetimes(self.b[rows], self.s[rows], self.beta[rows])

    def columns(self) -> Lifetimes:
        """As columns (n, 1), for times (n, k)."""
        return Lifetimes(self.b[:, None], self.s[:, None], self.beta[:, None])

    def aged(self, t: Array) -> Array:
        """β′ of those alive at t: 1 + (β − 1)e^(−bt), as a sum of what is positive."""
        y = -self.b * t
        return np.asarray(self.beta * exp(y) - np.expm1(y))

    def fall(self, t: Array) -> Array:
        """ln(1 + (e^(bt) − 1)/β) = −ln S(t)/s."""
        y = self.b * t
        return np.asarray(np.log1p(np.expm1(np.minimum(y, LARGE)) / self.beta) + np.maximum(y - LARGE, 0.0))

    def time_of(self, fall: Array) -> Array:
        """The t at which −ln S(t)/s is `fall`."""
        rise = np.log(self.beta) + fall
        few = np.log1p(self.beta * np.expm1(np.minimum(fall, LARGE)))
        return np.asarray(np.where(fall > LARGE, np.maximum(rise, few), few) / self.b)

    def alive(self, t: Array) -> Array:
        """S(t)."""
        return exp(-self.s * self.fall(t))

    def step(self, t: Array) -> Array:
        """How far from t a few nodes integrate a power of S and its derivative."""
        steep = self.b * Lifetimes(self.b, self.s, self.aged(t)).time_of(FALL / self.s)
        steep = np.minimum(steep, np.maximum(BESIDE, steep - SLOWER))
        # At β = 1 the singular points of S are infinitely far, but not those of its derivatives in β.
        beyond = (
            np.log(np.maximum(self.beta - 1, ALIKE)) - self.b * t
        )  # b × the time until the rate levels off
        behind = self.b * t - np.log1p(-np.minimum(self.beta, 1 - ALIKE))
        levels = np.maximum(BESIDE, np.where(beyond > 0, AHEAD, -NEAR) * beyond)
        return np.minimum(steep, np.where(self.beta < 1, NEAR * behind, levels)) / self.b

    def slopes(self, t: Array) -> tuple[Array, Array, Array]:
        """First and second derivative of ln(−S′) at t, and the time in which the second changes by half or so."""
        steep = 1 / self.aged(t)
        slope = self.b * (1 - (self.s + 1) * steep)
        bend = -(self.s + 1) * self.b**2 * steep * (1 - steep)
        behind = self.b * t - np.log1p(-np.minimum(self.beta, 1 - ALIKE))
        since = np.maximum(2.0, self.b * t - np.log(np.maximum(self.beta - 1, ALIKE)))
        return slope, bend, np.where(self.beta < 1, behind, since) / (2 * self.b)


class Path(Protocol):
    """An integral over time from `begin` to `end`, (n,), and how to cut it into panels."""

    @property
    def begin(self) -> Array:
        """Where it begins."""

    @property
    def end(self) -> Array:
        """Where it ends."""

    def step(self, rows: Rows, t: Array) -> Array:
        """The length of a panel that begins at t."""

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """At least what lies between two times, and at most what lies beyond the later one and can matter."""


@dataclass(frozen=True)
class Dropping:
    """∫ (a/(a + τ))^R (−S′(τ)) dτ from 0 to `end`: the mass of those who leave after the last of their purchases."""

    R: Array
    a: Array
    life: Lifetimes
    end: Array

    @property
    def begin(self) -> Array:
        """Zero."""
        return np.zeros_like(self.end)

    def step(self, rows: Rows, t: Array) -> Array:
        """The shorter of what the purchases and the lifetimes allow."""
        with np.errstate(over="ignore"):
            allowed = np.minimum(NEAR, FALL / self.R[rows])
        return np.minimum((self.a[rows] + t) * allowed, self.life.take(rows).step(t))

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """Both factors fall: the integral over −dS lies between the other's values at the ends."""
        life = self.life.take(rows)
        now = Lifetimes(life.b, life.s, life.aged(t))
        bought = exp(-self.R[rows] * np.log1p(later / self.a[rows]))
        lost = life.s * now.fall(later - t)
        here = bought * life.alive(t)
        return here * -np.expm1(-lost), here * exp(-lost)


@dataclass(frozen=True)
class Surviving:
    """∫ e^(−force·τ) S(τ) dτ from 0 to `end`: the mean time alive until then, discounted."""

    life: Lifetimes
    end: Array
    force: float = 0.0

    @property
    def begin(self) -> Array:
        """Zero."""
        return np.zeros_like(self.end)

    def step(self, rows: Rows, t: Array) -> Array:
        """What the lifetimes and the discounting allow."""
        return np.minimum(self.life.take(rows).step(t), FALL / max(abs(self.force), TINY))

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """S falls, from here on at least with the rate s·b·min(1, 1/β′)."""
        life, end = self.life.take(rows), self.end[rows]
        left = life.alive(later)
        with np.errstate(over="ignore"):
            rest = np.minimum(end - later, np.maximum(1.0, life.aged(later)) / (life.s * life.b))
        first, last = (
            (t, end) if self.force < 0 else (later, later)
        )  # where e^(−force·τ) is least, and greatest
        least, most = exp(-self.force * first), exp(-self.force * last)
        return (later - t) * left * least, rest * left * most


def edges(path: Path, least: Array) -> tuple[Array, NDArray[np.intp]]:
    """Ends of panels (n, p + 1), and how many of them each row has; beyond the last they repeat.

    Panels end where what is left is negligible beside those before and `least`.
    """
    at, mass = path.begin, least.copy()
    ends, count = [at], np.zeros(at.size, dtype=np.intp)
    rows = np.flatnonzero(path.end > at)
    while rows.size:
        t, end = at[rows], path.end[rows]
        with np.errstate(over="ignore"):
            later = np.minimum(t + path.step(rows, t), end)
        inside, rest = path.bounds(rows, t, later)
        mass[rows] += inside
        at = at.copy()
        at[rows] = later
        ends.append(at)
        count[rows] += 1
        rows = rows[(later < end) & (later > t) & (rest > NEGLIGIBLE * mass[rows])]
    return np.stack(ends, axis=1), count


def panels(path: Path, least: Array) -> Iterator[tuple[Rows, Array, Array]]:
    """Rows (m,), their nodes (m, k) and weights (m, k) of a path's integral, except what is negligible to `least`."""
    ends, count = edges(path, least)
    nodes, weights = gauss_legendre(ORDER)
    for panel_count in np.unique(count[count > 0]):
        members = np.flatnonzero(count == panel_count)
        for block in np.array_split(members, -(-members.size * panel_count * ORDER // NODES)):
            if not block.size:
                continue
            cut = ends[block, : panel_count + 1]
            width = np.diff(cut, axis=1)[:, :, None]
            times = (cut[:, :-1, None] + width * nodes).reshape(block.size, -1)
            yield block, times, (width * weights).reshape(block.size, -1)
