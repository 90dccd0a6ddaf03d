"""Numbers of purchases of a new member of the GGompertz/NBD law: their mean and their distribution.

A negative binomial by time t if alive then, else by the time τ of dropout, over which it is integrated. Given τ its
mean is τ r/α, so that the mean is r/α times the mean time alive, ∫ S(τ) dτ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clv._laws.gamma_gompertz import NEAR, NEGLIGIBLE, Lifetimes, Rows, Surviving, panels
from clv._laws.ggompertz_nbd_likelihood import Dropout
from clv._laws.negative_binomial import count_table
from clv._numerics import Array, exp, log_rising

__all__ = ["log_pmf", "mean_time_alive", "pmf_table"]

GRID, ZOOMS = 32, 4  # points at which an integrand is looked at to find where it matters, and how often
GREAT = 600.0  # e^600 still is a double
GONE = 40.0  # e^−40 of the probability is none
FALL, WIDTH = 8.0, 4.0  # in a panel a peak falls by e^−8, or is no wider than four standard deviations
PEAKS = 3.0  # the same for the peaks of all counts at once, in units of 1/√r
FORGOTTEN = 1e-13  # probability of a dropout beyond the end of the table's integral


@np.errstate(under="ignore")
def mean_time_alive(t: Array, b: Array, s: Array, beta: Array, force: float = 0.0) -> Array:
    """∫ e^(−force·τ) S(τ) dτ from 0 to t, rows (n,)."""
    total, life = np.zeros(t.size), Lifetimes(b, s, beta)
    for rows, time, weights in panels(Surviving(life, t, force), np.zeros(t.size)):
        lives = life.take(rows).columns()
        total[rows] = np.einsum("mk,mk->m", exp(-lives.s * lives.fall(time) - force * time), weights)
    return total


@dataclass(frozen=True)
class Counting:
    """∫ P(n purchases by τ) (−S′(τ)) dτ: all arrays (m,), n > 0; `least` is less than the logarithm of the whole."""

    n: Array
    r: Array
    alpha: Array
    life: Lifetimes
    begin: Array
    end: Array
    least: Array

    def take(self, rows: Rows) -> Counting:
        """Of these rows."""
        columns = (self.n, self.r, self.alpha)
        n, r, alpha = (column[rows] for column in columns)
        ends = self.begin[rows], self.end[rows]
        return Counting(n, r, alpha, self.life.take(rows), *ends, self.least[rows])

    def log_counts(self, time: Array) -> Array:
        """ln P(n purchases by each time) of a customer who stays, times (m, k), up to what does not depend on time."""
        r, n, alpha = self.r[:, None], self.n[:, None], self.alpha[:, None]
        return np.asarray(-r * np.log1p(time / alpha) - n * np.log1p(alpha / time))

    def step(self, rows: Rows, t: Array) -> Array:
        """What the integrand allows: that of both factors together, where it is known how long that is true."""
        each = self.take(rows)
        later, power = each.alpha + t, each.r + each.n
        slope, bend, scale = each.life.slopes(t)
        slope, bend = slope + each.n / t - power / later, bend + power / later**2 - each.n / t**2
        with np.errstate(divide="ignore"):
            together = np.minimum(FALL / np.abs(slope), WIDTH / np.sqrt(np.abs(bend)))
        counts, counts_bend = each.n / t - power / later, power / later**2 - each.n / t**2
        with np.errstate(divide="ignore"):
            alone = np.minimum(FALL / np.abs(counts), WIDTH / np.sqrt(np.abs(counts_bend)))
        apart = np.minimum(alone, each.life.step(t))
        return np.minimum(NEAR * later, np.maximum(apart, np.minimum(together, scale)))

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """Nothing, and the highest P(n by τ) that is to come times P(alive), both over e^least."""
        each = self.take(rows)
        top = np.clip(each.alpha * each.n / each.r, later, each.end)
        most = each.log_counts(top[:, None])[:, 0] - each.life.s * each.life.fall(later) - each.least
        return np.zeros(rows.size), exp(np.minimum(most, GREAT))

    def nearer(self) -> Counting:
        """Between ends beyond which the integral is negligible, or not much farther away.

        P(n by τ) rises until τ = αn/r and then falls, so that on a cell of a grid it lies between what it is at the
        cell's ends and its maximum; the cells that are negligible beside another are left out at both ends.
        """
        grid = np.geomspace(self.begin, self.end, GRID, axis=1)
        grid[:, 0], grid[:, -1] = self.begin, self.end
        counts, life = self.log_counts(grid), self.life.columns()
        fall = life.s * life.fall(grid)
        with np.errstate(divide="ignore"):
            within = np.log(-np.expm1(-np.maximum(np.diff(fall, axis=1), 0.0))) - fall[:, :-1]
        low, high = counts[:, :-1], counts[:, 1:]
        top = np.clip(self.alpha[:, None] * self.n[:, None] / self.r[:, None], grid[:, :-1], grid[:, 1:])
        most = np.maximum(np.maximum(low, high), self.log_counts(top)) + within
        least = np.max(np.minimum(low, high) + within, axis=1)
        least = np.maximum(np.maximum(least, (counts - fall)[:, -1]), self.least)
        kept = most > least[:, None] - GONE
        row = np.arange(len(grid))
        first, last = np.argmax(kept, axis=1), GRID - 1 - np.argmax(kept[:, ::-1], axis=1)
        begin, end = grid[row, first], np.where(kept.any(axis=1), grid[row, last], grid[row, first])
        return Counting(self.n, self.r, self.alpha, self.life, begin, end, least)


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
    early = (
        np.minimum(np.minimum(t, alpha / (r + n)), np.minimum(life.beta, 1.0) / (life.b * (life.s + 1))) / 4
    )
    path = Counting(n, r, alpha, life, early * exp(-GONE / (n + 0.5)), t, np.full(n.size, -np.inf))
    for _ in range(ZOOMS):
        path = path.nearer()
    log_dead = np.full(n.size, -np.inf)
    for rows, time, weights in panels(path, np.ones(n.size)):
        some, lives = path.take(rows), life.take(rows).columns()
        heights = some.log_counts(time) - lives.s * lives.fall(time) - np.log(lives.aged(time))
        top = heights.max(axis=1)
        mass = np.einsum("mk,mk->m", exp(heights - top[:, None]), weights)
        log_dead[rows] = top + np.log(mass) + np.log(life.s[rows] * life.b[rows])
    log_alive = path.log_counts(t[:, None])[:, 0] - life.s * life.fall(t)
    ways = log_rising(r, n) - special.gammaln(n + 1)
    return np.asarray(ways + np.logaddexp(log_alive, log_dead))


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
        w = np.arcsinh(np.sqrt(t / self.alpha[rows])) + np.minimum(PEAKS / np.sqrt(self.r[rows]), 1.0)
        return np.asarray(np.minimum(self.life.take(rows).step(t), self.alpha[rows] * np.sinh(w) ** 2 - t))

    def bounds(self, rows: Rows, t: Array, later: Array) -> tuple[Array, Array]:
        """Probabilities of a dropout in between, and later."""
        life = self.life.take(rows)
        return life.alive(t) - life.alive(later), life.alive(later)


@np.errstate(under="ignore")
def pmf_table(size: int, t: float, r: Array, alpha: Array, b: Array, s: Array, beta: Array) -> Array:
    """P(X(t) = n) for n = 0 … size − 1 of members (h,): the counts until t, or until a dropout before it."""
    r, alpha, b, s, beta = np.broadcast_arrays(r, alpha, b, s, beta)
    life = Lifetimes(b, s, beta)
    end = np.full(r.shape, float(t))
    table = life.alive(end)[:, None] * count_table(r, alpha, size, t)
    path = CountingAll(r, alpha, life, end)
    for rows, time, weights in panels(path, np.full(r.shape, FORGOTTEN / NEGLIGIBLE)):
        some, lives = life.take(rows), life.take(rows).columns()
        masses = weights * lives.alive(time) / lives.aged(time) * (some.s * some.b)[:, None]
        for when, mass in zip(time.T, masses.T, strict=True):
            table[rows] += mass[:, None] * count_table(r[rows], alpha[rows], size, when)
    return np.asarray(table)
