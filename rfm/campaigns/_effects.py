"""The difference that a campaign made between two groups, with its interval: pure functions of sums.

Shares: Newcombe (1998), Statistics in Medicine 17, 873–890, method 10. Means: Welch's interval (1947) and Student's
test. Adjusted: the regression of each arm on a covariate that was known before, within strata, each stratum weighted by
its share of all customers (Lin 2013, Annals of Applied Statistics 7, 295–318; as CUPED, Deng et al. 2013, with one
slope per arm).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from rfm._statistics.shares import newcombe
from rfm.campaigns._moments import ROUNDING, Cell, merged

__all__ = [
    "FEWEST",
    "Effect",
    "adjusted",
    "bootstrapped",
    "difference_of_means",
    "difference_of_shares",
    "often_enough",
    "strata_of",
]

DRAWS = 4_000
BLOCK = 2**16
"""Numbers that the bootstrap holds at once: they fit into a processor's cache."""
MANY = 10
FEWEST = 5
"""Customers whom each group needs in a segment for a line through them; and responders, and others, so that a share's
adjusted estimate is near enough to normal."""


@dataclass(frozen=True)
class Effect:
    """A difference of two means, treated less control, with what its interval and test need.

    Attributes
    ----------
    difference, standard_error : float
        In the outcome's unit.
    freedom : float
        Degrees of freedom of Student's t.
    low, high : float
        The interval.
    p_value : float
        Of the hypothesis that nothing happened to anybody, two-sided.
    """

    difference: float
    standard_error: float
    freedom: float
    low: float
    high: float
    p_value: float


NOTHING = Effect(*[float("nan")] * 6)


def difference_of_shares(treated: Cell, control: Cell, level: float) -> Effect:
    """The difference of two shares: Newcombe's interval from two of Wilson, and the test of the pooled share.

    Examples
    --------
    Newcombe's table II, case a: 56/70 less 48/80 is .2 (.0524 to .3339).

    >>> effect = difference_of_shares(Cell(70, 0.8), Cell(80, 0.6), 0.95)
    >>> round(effect.difference, 4), round(effect.low, 4), round(effect.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if not treated.n or not control.n:
        return NOTHING
    # A mean made of sums may leave 0 to 1 in its last digit.
    (p, n), (q, m) = ((min(max(cell.y, 0.0), 1.0), cell.n) for cell in (treated, control))
    difference = p - q
    low, high = map(float, newcombe(p * n, n, q * m, m, level))
    pooled = min((n * p + m * q) / (n + m), 1.0)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    p_value = float(2 * special.ndtr(-abs(difference) / error)) if error > 0 else 1.0
    own = math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return Effect(difference, own, math.inf, low, high, p_value)


def difference_of_means(treated: Cell, control: Cell, level: float) -> Effect:
    """The difference of two means with Welch's interval and Student's test.

    Examples
    --------
    >>> effect = difference_of_means(Cell(10, 5.0, yy=90.0), Cell(20, 3.0, yy=190.0), 0.95)
    >>> round(effect.low, 3), round(effect.high, 3)
    (-0.572, 4.572)
    """
    if min(treated.n, control.n) < 2:
        return NOTHING
    parts = [(cell.variance / cell.n, cell.n - 1) for cell in (treated, control)]
    pooled = (treated.yy + control.yy) / (treated.n + control.n - 2)
    same = [(pooled * (1 / treated.n + 1 / control.n), treated.n + control.n - 2)]
    return _student(treated.y, control.y, parts, same, level)


def adjusted(
    treated: Mapping[Any, Cell], control: Mapping[Any, Cell], everybody: Mapping[Any, Cell], level: float
) -> Effect:
    """The difference within strata, adjusted by the covariate, and weighted by the strata's shares of everybody.

    Parameters
    ----------
    treated, control : mapping of stratum to Cell
        Strata in which both have two customers or more; see `strata_of`.
    everybody : mapping of stratum to Cell
        All customers whom the effect is about, whatever their arm.
    level : float
        Of the interval.
    """
    if not everybody or any(min(treated[s].n, control[s].n) < 2 for s in everybody):
        return NOTHING
    lines = [_regressed(cells, everybody) for cells in (treated, control)]
    if min(line.freedom for line in lines) <= 0:
        return NOTHING
    total = sum(cell.n for cell in everybody.values())
    parts = [part for line in lines for part in line.parts(total)]
    same = []
    for stratum, all_of_it in everybody.items():
        (n, m), squares = (
            (line.cells[stratum].n for line in lines),
            sum(line.squares[stratum] for line in lines),
        )
        freedom = (n - 1) / lines[0].inflation + (m - 1) / lines[1].inflation
        same.append(((all_of_it.n / total) ** 2 * squares / (n + m - 2) * (1 / n + 1 / m), freedom))
    freedom = sum(line.freedom for line in lines)
    variance = sum(line.variance * line.freedom for line in lines) / freedom
    same += [(line.leverage * variance, freedom) for line in lines]
    return _student(lines[0].mean, lines[1].mean, parts, same, level)


@dataclass(frozen=True)
class _Regression:
    """An arm's regression on the covariate, with a slope for all strata.

    Attributes
    ----------
    cells, everybody : mapping of stratum to Cell
        Of the arm, and of all customers.
    mean : float
        The arm's mean, moved to everybody's mean of the covariate in each stratum.
    squares : mapping of stratum to float
        Sums of squared residuals, made larger by `inflation`, for the slope costs a degree of freedom.
    leverage : float
        The squared distance that the mean was moved along the slope, by the covariate's sum of squares.
    freedom : float
        Degrees of freedom of the residuals.
    """

    cells: Mapping[Any, Cell]
    everybody: Mapping[Any, Cell]
    mean: float
    squares: Mapping[Any, float]
    leverage: float
    freedom: float
    inflation: float

    @property
    def variance(self) -> float:
        """Of the residuals."""
        return sum(self.squares.values()) / sum(self.cells[s].n - 1 for s in self.squares)

    def parts(self, total: int) -> list[tuple[float, float]]:
        """The parts of the variance of the mean: of each stratum, and of the slope along which it was moved."""
        own = [
            (self.cells[s], all_of_it.n / total, self.squares[s]) for s, all_of_it in self.everybody.items()
        ]
        means = [
            (weight**2 * squares / (cell.n - 1) / cell.n, (cell.n - 1) / self.inflation)
            for cell, weight, squares in own
        ]
        return [*means, (self.leverage * self.variance, self.freedom)]


def _regressed(cells: Mapping[Any, Cell], everybody: Mapping[Any, Cell]) -> _Regression:
    held = [cells[s] for s in everybody]
    slope, used = _slope(held)
    n, total = sum(cell.n for cell in held), sum(cell.n for cell in everybody.values())
    freedom = n - len(everybody) - used
    inflation = (n - len(everybody)) / freedom if freedom > 0 else float("nan")
    shares = {s: all_of_it.n / total for s, all_of_it in everybody.items()}
    away = sum(share * (cells[s].x - everybody[s].x) for s, share in shares.items())
    return _Regression(
        cells,
        everybody,
        mean=sum(share * cells[s].y for s, share in shares.items()) - slope * away,
        squares={
            s: max(cells[s].yy - 2 * slope * cells[s].xy + slope**2 * cells[s].xx, 0.0) * inflation
            for s in shares
        },
        leverage=away**2 / sum(cell.xx for cell in held) if used else 0.0,
        freedom=freedom,
        inflation=inflation,
    )


def often_enough(cell: Cell) -> bool:
    """Whether a share's group has responders and others enough for an adjusted estimate (Fleiss et al. 2003, 2.4).

    Where all respond or none do, least squares see no variance, and their interval would be far too narrow.

    Examples
    --------
    >>> often_enough(Cell(100, 0.05)), often_enough(Cell(100, 0.04)), often_enough(Cell(100, 0.96))
    (True, False, False)
    """
    return min(cell.y, 1 - cell.y) * cell.n > FEWEST - 0.5


def strata_of(
    treated: Mapping[Any, Cell], control: Mapping[Any, Cell], everybody: Mapping[Any, Cell]
) -> tuple[dict[Any, Cell], dict[Any, Cell], dict[Any, Cell], list[Any]]:
    """The same with small strata joined to one: each then has two customers or more in both arms, if that can be.

    Returns the three mappings and the names of the strata that were joined.
    """
    nobody = Cell(0, float("nan"))

    def few(stratum: Any) -> bool:
        return min(treated.get(stratum, nobody).n, control.get(stratum, nobody).n) < 2

    small = [stratum for stratum in everybody if few(stratum)]
    if not small:
        return dict(treated), dict(control), dict(everybody), []
    large = sorted((s for s in everybody if s not in small), key=lambda s: (-everybody[s].n, str(s)))
    ours = [[cells[s] for s in small if s in cells] for cells in (treated, control)]
    if min(sum(cell.n for cell in cells) for cells in ours) < 2 and large:
        small.append(large[-1])  # the smallest of those that stand alone
    kept = [s for s in everybody if s not in small]
    joined = [
        {**{s: cells[s] for s in kept}, None: merged(cells[s] for s in small if s in cells)}
        for cells in (treated, control, everybody)
    ]
    return joined[0], joined[1], joined[2], small


def _slope(cells: Sequence[Cell]) -> tuple[float, int]:
    """The slope of y on x within strata, and 1 if there is one."""
    xx = sum(cell.xx for cell in cells)
    rounding = ROUNDING**2 * sum(cell.n * cell.x * cell.x for cell in cells)  # all that a constant leaves
    return (sum(cell.xy for cell in cells) / xx, 1) if xx > rounding else (0.0, 0)


Parts = Sequence[tuple[float, float]]
"""Variances of independent parts of an estimate, each with its degrees of freedom."""


def _student(treated: float, control: float, parts: Parts, same: Parts, level: float) -> Effect:
    """An effect from its variance: as it is, for the interval, and as it is if nothing happened, for the test.

    The test asks whether the campaign did anything to anybody. If it did not, both arms have one variance. With each
    arm's own, a few large orders in the smaller arm raise its mean and its variance together, and the test finds too
    much where there is nothing.
    """
    difference = treated - control
    error, freedom = _together(parts)
    # Where all outcomes of a group are the same, nothing says how far the groups could have differed by chance.
    if not error > ROUNDING * max(abs(treated), abs(control)):
        return replace(NOTHING, difference=difference)
    reach = float(special.stdtrit(freedom, (1 + level) / 2)) * error
    null_error, null_freedom = _together(same)
    p_value = float(2 * special.stdtr(null_freedom, -abs(difference) / null_error))
    return Effect(difference, error, freedom, difference - reach, difference + reach, p_value)


def _together(parts: Parts) -> tuple[float, float]:
    """The standard error of a sum of parts, and its degrees of freedom (Satterthwaite 1946)."""
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / own for part, own in parts) if variance > 0 else float("nan")
    return math.sqrt(variance), freedom


def bootstrapped(
    treated: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    control: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    level: float,
    seed: int,
) -> tuple[float, float]:
    """The studentised bootstrap interval of a difference of means (Efron & Tibshirani 1993, ch. 12.5).

    Each group is given by its distinct values and how many customers have each.
    """
    rng = np.random.default_rng(seed)
    (d, s2), (e, t2) = _group(*treated), _group(*control)
    ours, theirs = (_resampled(rng, *group) for group in (treated, control))
    error = math.sqrt(s2 + t2)
    again = np.sqrt(np.maximum(ours[1] + theirs[1], 0.0))
    moved = ours[0] - theirs[0] - (d - e)
    t = np.divide(moved, again, out=np.zeros(DRAWS), where=again > 0)
    low, high = np.quantile(t, [(1 - level) / 2, (1 + level) / 2])
    return float(d - e - high * error), float(d - e - low * error)


def _resampled(
    rng: np.random.Generator, values: npt.NDArray[Any], customers: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Means of `DRAWS` samples as large as the group, and their variances; a block of samples at a time."""
    n = int(customers.sum())
    middle = float((values * customers).sum() / n)
    values, parts = values - middle, []
    few = (
        MANY * len(values) <= n
    )  # then it is cheaper to draw how many customers have each value than each customer
    everybody = values if few else np.repeat(values, customers.astype(np.int64))
    at_once = max(BLOCK // len(everybody), 1)
    for first in range(0, DRAWS, at_once):
        size = min(at_once, DRAWS - first)
        if few:
            counts = rng.multinomial(n, customers / n, size=size)
            parts.append((counts @ values, counts @ (values * values)))
        else:
            drawn = everybody[rng.integers(n, size=(size, n))]
            parts.append((drawn.sum(axis=1), (drawn * drawn).sum(axis=1)))
    mean, square = (np.concatenate(each) / n for each in zip(*parts, strict=True))
    return mean + middle, (square - mean**2) / (n - 1)


def _group(values: npt.NDArray[Any], customers: npt.NDArray[Any]) -> tuple[float, float]:
    """The mean, and its variance."""
    n = customers.sum()
    mean = float((values * customers).sum() / n)
    return mean, float((customers * (values - mean) ** 2).sum() / (n - 1) / n)
