"""The log-likelihood of BG/NBD and MBG/NBD, its derivatives, and the data in a form that sums them fast.

It is a sum of three terms: one of the count of purchases, one of the age, and one that needs the whole history:
ln 1/P(alive). The first two are summed over distinct counts and ages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._laws.beta_geometric import Parameters, log_last_coin
from clv._numerics import Array, exp, log_beta_moment, rising_derivatives, unique_rows

__all__ = [
    "Derivatives",
    "Table",
    "Tables",
    "by_age",
    "by_count",
    "derivatives",
    "grouped",
    "of_counts_and_ages",
    "prepared",
    "starts",
    "symmetric",
    "total_derivatives",
]

CHUNK = 8_192  # rows at a time

Derivatives = tuple[Array, Array, Array]
"""Value (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""


def symmetric(shape: tuple[int, ...], **entries: Array) -> Array:
    """A Hessian from its entries named by two of the letters r, c (for α), a, b; the others are 0."""
    hessian = np.zeros((4, 4, *shape))
    for name, entry in entries.items():
        i, j = ("rcab".index(letter) for letter in name)
        hessian[i, j] = hessian[j, i] = entry
    return hessian


def by_count(law: Parameters, x: Array, k: Array) -> Derivatives:
    """ln Γ(r+x)/Γ(r) · B(a, b+k)/B(a, b) · α^−x, of x events and k coins."""
    r, alpha, a, b = law
    z, n = (np.stack(np.broadcast_arrays(*rows)) for rows in ((r, b, a + b, x), (x, k, k, x)))
    (rate, _, _), (r_1, b_1, s_1), (r_2, b_2, s_2) = rising_derivatives(
        z[:3], n[:3]
    )  # one call instead of three
    gradient = np.stack(np.broadcast_arrays(r * r_1, -x, -a * s_1, b * (b_1 - s_1)))
    hessian = symmetric(
        gradient.shape[1:],
        rr=r * r * r_2 + gradient[0],
        aa=gradient[2] - a * a * s_2,
        ab=-a * b * s_2,
        bb=b * b * (b_2 - s_2) + gradient[3],
    )
    return rate + log_beta_moment(a, b, k) - x * np.log(alpha), gradient, hessian


def by_age(law: Parameters, x: Array, T: Array) -> Derivatives:
    """ln (1 + T/α)^−(r+x), linear in x."""
    r, alpha, _, _ = law
    log_age, past = np.log1p(T / alpha), T / (alpha + T)
    value = -(r + x) * log_age
    gradient = np.stack(np.broadcast_arrays(-r * log_age, (r + x) * past, 0.0 * value, 0.0 * value))
    hessian = symmetric(value.shape, rr=gradient[0], rc=r * past, cc=-gradient[1] * alpha / (alpha + T))
    return value, gradient, hessian


class Dropout(NamedTuple):
    """ln 1/P(alive) = ln (1 + e^logit), and the parts of its derivatives, each (n,) except `slope`, (4, n)."""

    value: Array
    dead: Array
    """P(dead), which weighs the derivatives of the logit: `slope`, `cc`, `rc`, `bb`; of its others, rr is
    slope[0] and the rest are 0."""
    doubt: Array
    """P(dead) P(alive), which weighs the outer square of the slope."""
    slope: Array
    cc: Array
    rc: Array
    bb: Array


def _by_dropout(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Dropout:
    r, alpha, _, b = law
    last, end = 1 / (alpha + t_x), 1 / (alpha + T)
    log_ratio = np.log1p((T - t_x) * last)
    logit = log_last_coin(law, k) + (r + x) * log_ratio
    less = exp(-np.abs(logit))
    more = 1 / (1 + less)
    change = alpha * last * end * (T - t_x)
    share = b / np.where(k > 0, b + (k - 1), 1.0)
    slope = np.empty((4, *logit.shape))
    slope[0], slope[1], slope[2], slope[3] = r * log_ratio, -(r + x) * change, 1.0, -share
    return Dropout(
        value=np.maximum(logit, 0.0) + np.log1p(less),
        dead=np.where(logit > 0, more, less * more),
        doubt=less * more * more,
        slope=slope,
        cc=slope[1] * (1 - alpha * (last + end)),
        rc=-r * change,
        bb=share * (share - 1),
    )


def derivatives(law: Parameters, x: Array, k: Array, t_x: Array, T: Array) -> Derivatives:
    """Log-likelihood of each row and its derivatives."""
    dropout = _by_dropout(law, x, k, t_x, T)
    dead, slope = dropout.dead, dropout.slope
    bend = symmetric(dead.shape, rr=slope[0], cc=dropout.cc, rc=dropout.rc, bb=dropout.bb)
    curve = dropout.doubt * (slope[:, None] * slope[None]) + dead * bend
    parts = (by_count(law, x, k), by_age(law, x, T), (dropout.value, dead * slope, curve))
    value, gradient, hessian = (sum(pieces[1:], start=pieces[0]) for pieces in zip(*parts, strict=True))
    return value, gradient, hessian


class Table(NamedTuple):
    """Rows of data and their weights."""

    columns: tuple[Array, ...]
    weights: Array

    def blocks(self) -> Iterator[Table]:
        """The rows, in blocks that fit into the processor's cache."""
        for start in range(0, len(self.weights), CHUNK):
            rows = slice(start, start + CHUNK)
            yield Table(tuple(column[rows] for column in self.columns), self.weights[rows])


@dataclass(frozen=True)
class Tables:
    """Data sorted for the three terms of the log-likelihood, each row with its weight.

    Attributes
    ----------
    counts : Table of (x, k)
    ages : Table of (mean x, T): the term is linear in x
    dropouts : Table of (x, k, t_x, T) for k > 0, customers without a repeat purchase merged by T
    """

    counts: Table
    ages: Table
    dropouts: Table


def grouped(key: Array, weights: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Distinct keys, the weight of each, and the index of each row among them."""
    first, place = unique_rows(key)
    return key[first], np.bincount(place, weights, len(first)).astype(float), place


def prepared(x: Array, t_x: Array, T: Array, weights: Array, first_coin: int) -> Tables:
    """The data of a fit, k = x + first_coin: 1 if a coin is tossed at time zero, else 0."""
    counts, count_weights, _ = grouped(x, weights)
    ages, age_weights, place = grouped(T, weights)
    purchases = np.bincount(place, weights * x, len(ages))
    active = np.flatnonzero(x > 0)
    columns = [x[active], t_x[active], T[active], weights[active]]
    if first_coin:
        idle, idle_weights, _ = grouped(T[x == 0], weights[x == 0])
        none = np.zeros_like(idle)
        merged = (none, none, idle, idle_weights)
        columns = [np.concatenate(pair) for pair in zip(columns, merged, strict=True)]
    x, t_x, T, row_weights = columns
    return Tables(
        Table((counts, counts + first_coin), count_weights),
        Table((purchases / np.where(age_weights > 0, age_weights, 1), ages), age_weights),
        Table((x, x + 1 if first_coin else x, t_x, T), row_weights),
    )


def of_counts_and_ages(law: Parameters, counts: Table, ages: Table) -> tuple[float, Array, Array]:
    """Weighted sums of the two terms that do not read t_x: a float, (4,) and (4, 4)."""
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    for term, table in ((by_count, counts), (by_age, ages)):
        for columns, weights in table.blocks():
            parts = term(law, *columns)
            value += float(parts[0] @ weights)
            gradient += parts[1] @ weights
            hessian += parts[2] @ weights
    return value, gradient, hessian


def total_derivatives(law: Parameters, tables: Tables) -> tuple[float, Array, Array]:
    """Weighted sums of `derivatives`: a float, (4,) and (4, 4)."""
    value, gradient, hessian = of_counts_and_ages(law, tables.counts, tables.ages)
    bend = np.zeros(4)
    for columns, weights in tables.dropouts.blocks():
        _, dead, doubt, slope, cc, rc, bb = dropout = _by_dropout(law, *columns)
        dead = dead * weights
        value += float(dropout.value @ weights)
        gradient += slope @ dead
        hessian += (slope * (doubt * weights)) @ slope.T
        bend += (slope[0] @ dead, cc @ dead, rc @ dead, bb @ dead)
    rr, cc, rc, bb = (np.asarray(part) for part in bend)
    hessian += symmetric((), rr=rr, cc=cc, rc=rc, bb=bb)
    return value, gradient, (hessian + hessian.T) / 2


def starts(x: Array, T: Array, weights: Array) -> list[Array]:
    """Log-parameters at the mean purchase rate: few and many heavy buyers, early and late dropout."""
    rate = max(float(weights @ x), 0.5) / max(float(weights @ T), 1e-300)
    shapes = ((0.25, 0.8, 2.5), (1.0, 0.3, 3.0), (0.5, 2.0, 2.0), (4.0, 1.0, 6.0))
    return [np.log([r, r / (rate * (1 + a / b)), a, b]) for r, a, b in shapes]
