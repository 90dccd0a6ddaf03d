"""BG/BB's sums over the period of dropout, with their derivatives, from tables that customers share.

A customer with x purchases in n periods, the last in period t_x, is alive at n, or left after period j,
t_x ≤ j < n. With c(j) = B(α+x, β+j−x)·B(γ+1, δ+j), the masses (Fader, Hardie & Shang 2010, section 3) are

    D = Σ c(j), t_x ≤ j < n        A = B(α+x, β+n−x)·B(γ, δ+n) = c(n)·(γ+δ+n)/γ

c depends only on x and j and falls with j. So customers with equal x share one table of c's sums from j to the
end, and each D is a difference of two of its entries; as c falls, it loses no more than log₁₀(n) digits.
Everything is kept relative to the c at the entry, so that nothing overflows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clv._laws.arguments import refuse
from clv._numerics import Array, exp, log_rising, softplus, unique_rows

__all__ = ["Lines", "exclusive_sums", "lines", "log_likelihood", "log_p_alive", "log_pmf", "sums_to_the_end"]

LONGEST = 1e6  # periods in a sum
ENTRIES = 1 << 21  # largest number of table entries in memory at a time
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Lines:
    """Tables of some lines: entry i of a line is period j = start + i.

    Attributes
    ----------
    rows, line : (m,) int
        The rows of data that read these tables, and each one's line.
    x, start : (lines,)
    period : (length, lines)
        j.
    theta : (lines, 4)
        α, β, γ and δ of each line.
    """

    rows: Index
    line: Index
    x: Array
    start: Array
    period: Array
    theta: Array

    @property
    def steps(self) -> Array:
        """α+β+j, β+j−x, γ+δ+j+1 and δ+j, whose gammas change in the step from c(j): (length, lines, 4)."""
        (alpha, beta, gamma, delta), j = self.theta.T, self.period
        return np.stack([alpha + beta + j, beta + (j - self.x), gamma + delta + j + 1, delta + j], axis=-1)

    @property
    def ratio(self) -> Array:
        """c(j+1)/c(j), below 1: (length, lines)."""
        (alpha, beta, gamma, delta), j = self.theta.T, self.period
        ratio = (beta + (j - self.x)) / (alpha + beta + j)
        ratio *= delta + j
        ratio /= gamma + delta + j + 1
        return np.asarray(ratio)

    def entries(self, period: Array) -> tuple[Index, Index]:
        """Where the tables hold the period (n,) of each row: indices (m,) and (m,)."""
        return (period[self.rows] - self.start[self.line]).astype(np.intp), self.line

    @property
    def log_first(self) -> Array:
        """ln of c(start)/(B(α, β)·B(γ, δ)): (lines,)."""
        (alpha, beta, gamma, delta), x, j = self.theta.T, self.x, self.start
        purchases = log_rising(alpha, x) + log_rising(beta, j - x) - log_rising(alpha + beta, j)
        left = np.log(gamma) + log_rising(delta, j) - log_rising(gamma + delta, j + 1)
        return np.asarray(purchases + left)


def lines(first: Array, last: Array, x: Array, *parameters: Array, fields: int = 1) -> Iterator[Lines]:
    """Rows (n,) of equal x and parameters on one line, from the least `first` to the greatest `last`."""
    refuse(last - first > LONGEST, "BG/BB sums over every period, and there are more than a million",
           "count longer periods: weeks instead of days, or months.", first=first, last=last)  # fmt: skip
    distinct, line = unique_rows(x, *parameters)
    start, end = np.full(distinct.size, np.inf), np.zeros(distinct.size)
    np.minimum.at(start, line, first)
    np.maximum.at(end, line, last)
    rank = np.empty(distinct.size, dtype=np.intp)
    longest = np.argsort(start - end, kind="stable")
    rank[longest] = np.arange(distinct.size)
    place = rank[line]
    order = np.argsort(place, kind="stable")
    begin = 0
    while begin < distinct.size:
        length = int(end[longest[begin]] - start[longest[begin]]) + 1
        block = longest[begin : begin + max(1, ENTRIES // (length * fields))]
        low, high = np.searchsorted(place[order], (begin, begin + block.size))
        rows = order[low:high]
        period = start[block] + np.arange(length, dtype=float)[:, None]
        x_of, *theta = (column[distinct[block]] for column in (x, *parameters))
        yield Lines(rows, place[rows] - begin, x_of, start[block], period, np.stack(theta, axis=-1))
        begin += block.size


@np.errstate(under="ignore")
def log_likelihood(
    x: Array, t_x: Array, n: Array, alpha: Array, beta: Array, gamma: Array, delta: Array
) -> Array:
    """Log-likelihood of each row (n,): ln(A + D) over B(α, β)·B(γ, δ)."""
    return np.logaddexp(*_log_masses(x, t_x, n, alpha, beta, gamma, delta))


@np.errstate(under="ignore")
def log_p_alive(
    x: Array, t_x: Array, n: Array, alpha: Array, beta: Array, gamma: Array, delta: Array
) -> Array:
    """ln A/(A + D) of each row (n,)."""
    log_alive, log_dead = _log_masses(x, t_x, n, alpha, beta, gamma, delta)
    return -softplus(log_dead - log_alive)


def _log_masses(
    x: Array, t_x: Array, n: Array, alpha: Array, beta: Array, gamma: Array, delta: Array
) -> tuple[Array, Array]:
    """ln A and ln D over B(α, β)·B(γ, δ), rows (n,); ln D is −inf where n = t_x."""
    log_alive, log_dead = np.empty(x.size), np.empty(x.size)
    for block in lines(t_x, n, x, alpha, beta, gamma, delta):
        sums = sums_to_the_end(np.ones((*block.period.shape, 1)), block.ratio)[:, :, 0]
        log_c = block.log_first + exclusive_sums(np.log(block.ratio))
        here, there = block.entries(t_x), block.entries(n)
        fall = log_c[there] - log_c[here]
        with np.errstate(divide="ignore"):
            log_dead[block.rows] = log_c[here] + np.log(sums[here] - exp(fall) * sums[there])
        log_alive[block.rows] = log_c[there] + np.log1p((delta + n)[block.rows] / gamma[block.rows])
    return log_alive, log_dead


@np.errstate(under="ignore")
def log_pmf(n: Array, t: Array, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
    """ln P(X(t) = n), rows (m,): the masses above at t_x = x = n, times the ways to place n purchases."""
    values = np.full(n.size, -np.inf)
    can = np.flatnonzero(n <= t)
    n, t, alpha, beta, gamma, delta = (column[can] for column in (n, t, alpha, beta, gamma, delta))
    for block in lines(n, t, n, alpha, beta, gamma, delta):
        ways = (block.period + 1) / (block.period + 1 - block.x)
        log_c = block.log_first + exclusive_sums(np.log(block.ratio * ways))
        sums = np.logaddexp.accumulate(log_c, axis=0)
        there, line = block.entries(t)
        log_alive = log_c[there, line] + np.log1p((delta + t)[block.rows] / gamma[block.rows])
        log_dead = np.where(there > 0, sums[there - 1, line], -np.inf)
        values[can[block.rows]] = np.minimum(np.logaddexp(log_alive, log_dead), 0.0)
    return values


def sums_to_the_end(terms: Array, ratio: Array) -> Array:
    """Σ terms(k)·c(k)/c(i) over k ≥ i, for terms (length, lines, fields): in place."""
    for i in range(len(terms) - 2, -1, -1):
        terms[i] += ratio[i, :, None] * terms[i + 1]
    return terms


def exclusive_sums(steps: Array) -> Array:
    """Σ steps(k) over k < i, down the lines: (length, lines)."""
    sums = np.zeros_like(steps)
    np.cumsum(steps[:-1], axis=0, out=sums[1:])
    return sums
