"""The log-likelihood of BG/CNBD-k and MBG/CNBD-k, its derivatives, and the data in a form that sums them fast.

It is a sum of three terms, as for k = 1: one of the count of purchases, one of the age, with kx phases in place of x
purchases, and one that needs the whole history, ln (S + e^logit): S is the sum over the phases that may have passed
since the last purchase, and e^logit the odds of having left with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clv._laws.beta_geometric import Parameters, log_last_coin
from clv._laws.beta_geometric_likelihood import (
    Derivatives,
    Table,
    by_age,
    by_count,
    grouped,
    of_counts_and_ages,
    symmetric,
)
from clv._numerics import Array, exp

__all__ = ["Tables", "derivatives", "prepared", "total_derivatives"]


class Phases(NamedTuple):
    """ln S, S = Σ (R)_j/j! w^j over j < k with R = r + kx, and its derivatives in (ln r, ln α), each (n,)."""

    value: Array
    r: Array
    c: Array
    rr: Array
    rc: Array
    cc: Array


def _phases(law: Parameters, k: int, passed: Array, wait: Array, T: Array) -> Phases:
    """From the terms, each with the score of its logarithm: Σ r/(R+i) over i < j in ln r, −j α/(α+T) in ln α.

    With the terms as weights ln S has the mean score as its gradient, and as its Hessian the covariance of scores plus
    the mean of their derivatives.
    """
    r, alpha, _, _ = law
    power, end = r + passed, 1 / (alpha + T)
    share = wait * end
    term = total = np.ones(np.broadcast_shapes(power.shape, share.shape))
    score = bend = np.zeros_like(total)
    sums = np.zeros((6, *total.shape))  # of s, s², s′, j, j², js by the terms
    for j in range(1, k):
        each = r / (power + (j - 1))
        score, bend = score + each, bend + each * (1 - each)
        term = term * ((power + (j - 1)) * share / j)
        total = total + term
        sums += term * np.stack(np.broadcast_arrays(score, score * score, bend, j, j * j, j * score))
    s, ss, ds, m, mm, ms = sums / total
    fall = alpha * end
    return Phases(
        value=np.log(total),
        r=s,
        c=-m * fall,
        rr=ss - s * s + ds,
        rc=-(ms - m * s) * fall,
        cc=(mm - m * m) * fall * fall - m * fall * (1 - fall),
    )


class Dropout(NamedTuple):
    """ln (S + e^logit) and its derivatives: of the mean over alive and dead, and of the doubt between both."""

    value: Array
    gradient: Array
    """(4, n)"""
    doubt: Array
    """P(dead) P(alive), which weighs the outer square of `slope`."""
    slope: Array
    """(4, n): of logit − ln S"""
    rr: Array
    rc: Array
    cc: Array
    bb: Array


def _by_dropout(
    law: Parameters, k: int, x: Array, coins: Array, t_x: Array, wait: Array, T: Array
) -> Dropout:
    r, alpha, _, b = law
    passed = k * x
    phases = _phases(law, k, passed, wait, T)
    last, end = 1 / (alpha + t_x), 1 / (alpha + T)
    log_ratio = np.log1p((T - t_x) * last)
    logit = log_last_coin(law, coins) + (r + passed) * log_ratio - phases.value
    less = exp(-np.abs(logit))
    more = 1 / (1 + less)
    dead = np.where(logit > 0, more, less * more)
    alive = np.where(logit > 0, less * more, more)
    change = alpha * last * end * (T - t_x)
    share = np.where(coins > 0, b / np.where(coins > 0, b + (coins - 1), 1.0), 0.0)
    own = np.empty((4, *logit.shape))
    own[0], own[1], own[2], own[3] = r * log_ratio, -(r + passed) * change, 1.0, -share
    others = np.zeros_like(own)
    others[0], others[1] = phases.r, phases.c
    return Dropout(
        value=phases.value + np.maximum(logit, 0.0) + np.log1p(less),
        gradient=dead * own + alive * others,
        doubt=less * more * more,
        slope=own - others,
        rr=dead * own[0] + alive * phases.rr,
        rc=-dead * r * change + alive * phases.rc,
        cc=dead * own[1] * (1 - alpha * (last + end)) + alive * phases.cc,
        bb=dead * share * (share - 1),
    )


def derivatives(law: Parameters, k: int, x: Array, coins: Array, t_x: Array, T: Array) -> Derivatives:
    """Log-likelihood of each row and its derivatives in (ln r, ln α, ln a, ln b)."""
    dropout = _by_dropout(law, k, x, coins, t_x, T - t_x, T)
    slope = dropout.slope
    curve = dropout.doubt * (slope[:, None] * slope[None])
    curve = curve + symmetric(dropout.value.shape, rr=dropout.rr, rc=dropout.rc, cc=dropout.cc, bb=dropout.bb)
    parts = (by_count(law, k * x, coins), by_age(law, k * x, T), (dropout.value, dropout.gradient, curve))
    value, gradient, hessian = (sum(pieces[1:], start=pieces[0]) for pieces in zip(*parts, strict=True))
    return value, gradient, hessian


@dataclass(frozen=True)
class Tables:
    """Data sorted for the three terms of the log-likelihood, each row with its weight.

    Attributes
    ----------
    counts : Table of (events kx, coins)
    ages : Table of (mean kx, T): the term is linear in kx
    dropouts : Table of (x, coins, t_x, wait, T), customers without a repeat purchase merged by T
    """

    counts: Table
    ages: Table
    dropouts: Table


def prepared(x: Array, t_x: Array, T: Array, weights: Array, k: int, first_coin: int) -> Tables:
    """The data of a fit; `first_coin` is 1 if a coin is tossed at time zero, else 0."""
    counts, count_weights, _ = grouped(x, weights)
    ages, age_weights, place = grouped(T, weights)
    events = np.bincount(place, weights * x * k, len(ages))
    active = np.flatnonzero(x > 0)
    idle, idle_weights, _ = grouped(T[x == 0], weights[x == 0])
    none = np.zeros_like(idle)
    rows = ((x[active], none), (t_x[active], none), (T[active], idle), (weights[active], idle_weights))
    x, t_x, T, row_weights = (np.concatenate(pair) for pair in rows)
    return Tables(
        Table((k * counts, counts + first_coin), count_weights),
        Table((events / np.where(age_weights > 0, age_weights, 1), ages), age_weights),
        Table((x, x + first_coin, t_x, T - t_x, T), row_weights),
    )


def total_derivatives(law: Parameters, k: int, tables: Tables) -> tuple[float, Array, Array]:
    """Weighted sums of `derivatives`: a float, (4,) and (4, 4)."""
    value, gradient, hessian = of_counts_and_ages(law, tables.counts, tables.ages)
    bend = np.zeros(4)
    for columns, weights in tables.dropouts.blocks():
        each = _by_dropout(law, k, *columns)
        value += float(each.value @ weights)
        gradient += each.gradient @ weights
        hessian += (each.slope * (each.doubt * weights)) @ each.slope.T
        bend += (each.rr @ weights, each.rc @ weights, each.cc @ weights, each.bb @ weights)
    rr, rc, cc, bb = (np.asarray(part) for part in bend)
    hessian += symmetric((), rr=rr, rc=rc, cc=cc, bb=bb)
    return value, gradient, (hessian + hessian.T) / 2
