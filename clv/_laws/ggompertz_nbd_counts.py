"""Numbers of purchases of a new member of the GGompertz/NBD law: their mean and their distribution.

A negative binomial by time t if alive then, else by the time τ of dropout, over which it is integrated. Given τ its
mean is τ r/α, so that the mean is r/α times the mean time alive, ∫ S(τ) dτ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clv._laws.gamma_gompertz import NEAR, Lifetimes, Rows, Surviving, panels
from clv._laws.ggompertz_nbd_likelihood import Dropout
from clv._laws.log_concave import gauss_legendre
from clv._laws.negative_binomial import count_table
from clv._numerics import Array, exp, log_rising

__all__ = ["log_pmf", "mean_time_alive", "pmf_table"]

GRID, ZOOMS = 32, 3  # points at which an integrand is looked at to find where it matters, and how often
GONE = 40.0  # e^−40 of the probability is none
FALL, WIDTH = 8.0, 4.0  # in a panel a peak falls by e^−8, or is no wider than four standard deviations
PEAKS = 3.0  # the same for the peaks of all counts at once, in units of 1/√r
ORDER = 20


@np.errstate(under="ignore")
def mean_time_alive(t: Array, b: Array, s: Array, beta: Array) -> Array:
    """∫ S(τ) dτ from 0 to t, rows (n,)."""
    total, life = np.zeros(t.size), Lifetimes(b, s, beta)
    for rows, time, weights in panels(Surviving(life, t), np.zeros(t.size)):
        total[rows] = np.einsum("mk,mk->m", life.take(rows).columns().alive(time), weights)
    return total


@dataclass(frozen=True)
class Counting:
    """∫ P(n purchases by τ) (−S′(τ)) dτ: all arrays (m,), n > 0."""

    n: Array
    r: Array
    alpha: Array
    life: Lifetimes
    begin: Array
    end: Array

    def take(self, rows: Rows) -> Counting:
        """Of these rows."""
        columns = (self.n, self.r, self.alpha)
        n, r, alpha = (column[rows] for column in columns)
        return Counting(n, r, alpha, self.life.take(rows), self.begin[rows], self.end[rows])

    def log_counts(self, time: Array) -> Array:
        """ln P(n purchases by each time) of a customer who stays, times (m, k), up to what does not depend on time."""
        r, n, alpha = self.r[:, None], self.n[:, None], self.alpha[:, None]
        return np.asarray(-r * np.log1p(time / alpha) - n * np.log1p(alpha / time))

    def step(self, rows: Rows, t: Array) -> Array:
        """The shortest of what the purchases and the lifetimes allow."""
        each = self.take(rows)
        later, power = each.alpha + t, each.r + each.n
        slope, bend = each.n / t - power / later, power / later**2 - each.n / t**2
        with np.errstate(divide="ignore"):
            allowed = np.minimum(FALL / np.abs(slope), WIDTH / np.sqrt(np.abs(bend)))
        now = Lifetimes(each.life.b, each.life.s, each.life.aged(t))
        return np.minimum(np.minimum(NEAR * later, allowed), now.step())

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """Unknown: both ends have been chosen already."""
        return np.zeros(rows.size), np.ones(rows.size)

    def nearer(self) -> Counting:
        """Between ends beyond which the integral is negligible, or not much farther away.

        P(n by τ) rises until τ = αn/r and then falls, so that before a time on the left it is at most its value there
        times P(dropout by then), and likewise on the right. The largest product on a cell is at least in the integral.
        """
        grid = np.geomspace(self.begin, self.end, GRID, axis=1)
        grid[:, 0], grid[:, -1] = self.begin, self.end
        counts, life = self.log_counts(grid), self.life.columns()
        fall = life.s * life.fall(grid)
        with np.errstate(divide="ignore"):
            within = np.log(-np.expm1(-np.diff(fall, axis=1))) - fall[:, :-1]
            early = counts + np.log(-np.expm1(-fall))
        late = counts - fall
        least = np.max(np.minimum(counts[:, :-1], counts[:, 1:]) + within, axis=1)
        least = np.maximum(least, late[:, -1])[:, None] - GONE
        rising = grid * self.r[:, None] <= self.alpha[:, None] * self.n[:, None]
        first = np.maximum(np.sum((early < least) & rising, axis=1) - 1, 0)
        last = np.minimum(GRID - np.sum((late < least) & ~rising, axis=1), GRID - 1)
        row = np.arange(len(grid))
        begin = grid[row, first]
        return Counting(
            self.n, self.r, self.alpha, self.life, begin, np.maximum(grid[row, last], begin)
        )


@np.errstate(under="ignore")
def log_pmf(n: Array, t: Array, r: Array, alpha: Array, b: Array, s: Array, beta: Array) -> Array:
    """ln P(X(t) = n) of rows (m,); −inf where n > 0 at t = 0."""
    values = np.where(n == 0, 0.0, -np.inf)
    none, some = np.flatnonzero((n == 0) & (t > 0)), np.flatnonzero((n > 0) & (t > 0))
    life = Lifetimes(b, s, beta)
    silent = Dropout(r[none], alpha[none], life.take(none), t[none])
    values[none] = np.logaddexp(silent.log_alive, silent.log_dead)
    values[some] = _log_pmf(n[some], t[some], r[some], alpha[some], life.take(some))
    return np.minimum(values, 0.0)


def _log_pmf(n: Array, t: Array, r: Array, alpha: Array, life: Lifetimes) -> Array:
    """ln P(X(t) = n) for n > 0 and t > 0."""
    # Before `early` the logarithm of the integrand rises at least as n + ½ in that of time.
    early = np.minimum(np.minimum(t, alpha / (r + n)), np.minimum(life.beta, 1.0) / (life.b * (life.s + 1))) / 4
    path = Counting(n, r, alpha, life, early * exp(-GONE / (n + 0.5)), t)
    for _ in range(ZOOMS):
        path = path.nearer()
    log_dead = np.full(n.size, -np.inf)
    for rows, time, weights in panels(path, np.zeros(n.size)):
        some, lives = path.take(rows), life.take(rows).columns()
        heights = some.log_counts(time) - lives.s * lives.fall(time) - np.log(lives.aged(time))
        top = heights.max(axis=1)
        mass = np.einsum("mk,mk->m", exp(heights - top[:, None]), weights)
        log_dead[rows] = top + np.log(mass) + np.log(life.s[rows] * life.b[rows])
    log_alive = path.log_counts(t[:, None])[:, 0] - life.s * life.fall(t)
    ways = log_rising(r, n) - special.gammaln(n + 1)
    return ways + np.logaddexp(log_alive, log_dead)


@dataclass(frozen=True)
class CountingAll:
    """∫ P(n purchases by τ) (−S′(τ)) dτ for every n, in the variable w = asinh √(τ/α).

    P(n by τ) peaks at a τ that depends on n, with a width of about √(τ²/r + ατ/r): in w all peaks have the width
    1/(2√r).
    """

    r: Array
    alpha: Array
    life: Lifetimes
    end: Array

    @property
    def begin(self) -> Array:
        """Zero."""
        return np.zeros_like(self.end)

    def step(self, rows: Rows, t: Array) -> Array:
        """The shorter of what the purchases and the lifetimes allow."""
        life = self.life.take(rows)
        now = Lifetimes(life.b, life.s, life.aged(t))
        w = np.arcsinh(np.sqrt(t / self.alpha[rows])) + np.minimum(PEAKS / np.sqrt(self.r[rows]), 1.0)
        return np.minimum(now.step(), self.alpha[rows] * np.sinh(w) ** 2 - t)

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """Probabilities of a dropout in between, and later."""
        life = self.life.take(rows)
        return life.alive(t) - life.alive(later), life.alive(later)


@np.errstate(under="ignore")
def pmf_table(
    size: int, t: float, r: Array, alpha: Array, b: Array, s: Array, beta: Array
) -> Array:
    """P(X(t) = n) for n = 0 … size − 1 of members (h,): the counts until t, or until a dropout before it."""
    r, alpha, b, s, beta = np.broadcast_arrays(r, alpha, b, s, beta)
    life = Lifetimes(b, s, beta)
    table = life.alive(np.full(r.shape, t))[:, None] * count_table(r, alpha, size, t)
    return table
