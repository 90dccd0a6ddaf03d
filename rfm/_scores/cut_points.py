"""Exact cut points: observed values that divide customers into scores."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._options import is_number, received
from rfm.errors import ScoringError

__all__ = ["Best", "CutPoints", "are_cuts", "by_cuts", "code", "counts", "cut_points", "ranks", "scores"]

Best: TypeAlias = Literal["low", "high"]
Array: TypeAlias = npt.NDArray[Any]
Counts: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CutPoints:
    """The cut points of one metric.

    A score is 1 + the number of cuts that a value strictly beats. If all customers that it was learned from have
    the same value, all cuts are one number: that value if large is best, so that it scores 1; the next number above
    it if small is best, so that it scores highest. An extra column that was missing for everybody has no cuts, and
    every value gets the middle score.

    Attributes
    ----------
    name : str
        "R", "F", "M", or the name of an extra column.
    column : str
        The column it is read from.
    best : {"low", "high"}
        Whether small or large values score high.
    bins : int
        Number of scores.
    cuts : tuple of int or float
        The ``bins`` − 1 cut points from the worst to the best, or none.

    Raises
    ------
    ScoringError
        If the cut points are not ``bins`` − 1 finite numbers, or are not ordered from the worst to the best.
    """

    name: str
    column: str
    best: Best
    bins: int
    cuts: tuple[float, ...]

    def __post_init__(self) -> None:
        cuts = self.cuts
        if self.best not in get_args(Best):
            raise ScoringError(f"best must be 'low' or 'high'; got {self.best!r} for {self.name!r}.")
        if not are_cuts(cuts, self.bins - 1) and cuts != ():
            raise ScoringError(
                f"{self.bins} scores of {self.name} need {self.bins - 1} finite cut points, or none; "
                f"got {received(cuts)}."
            )
        if list(cuts) != sorted(cuts, reverse=self.best == "low"):
            raise ScoringError(
                f"The cut points of {self.name} must go from the worst to the best, so "
                f"{'fall' if self.best == 'low' else 'rise'}; got {received(cuts)}. Hint: rfm.Scorer.fit makes scorers."
            )

    @property
    def score_column(self) -> str:
        """The column that holds the score: "R", "F", "M", or "<column>_score" for an extra metric."""
        return self.name if self.name in ("R", "F", "M") else f"{self.name}_score"

    @property
    def middle(self) -> int:
        """The score of every value if there are no cuts: (bins + 1) // 2."""
        return (self.bins + 1) // 2

    def score(self) -> nw.Expr:
        """The score as an expression over the table's columns; values must not be missing."""
        if not self.cuts:
            return nw.lit(self.middle, nw.Int64)
        value, score = nw.col(self.column), nw.lit(1, nw.Int64)
        for cut in dict.fromkeys(self.cuts):
            beats = value < cut if self.best == "low" else value > cut
            score = score + beats.cast(nw.Int32).cast(nw.Int64) * self.cuts.count(cut)
        return score


def are_cuts(found: Any, count: int) -> bool:
    """Whether this is a tuple or list of the given number of finite numbers."""
    return (
        isinstance(found, list | tuple)
        and len(found) == count
        and all(is_number(cut) and abs(cut) < float("inf") for cut in found)
    )


def code(parts: Sequence[nw.Expr], most: int) -> nw.Expr:
    """Whole scores as one text: "555", or "10-9-3" if a score may have two digits."""
    if most < 10:
        return functools.reduce(lambda total, part: total * 10 + part, parts).cast(nw.String)
    return nw.concat_str(*[part.cast(nw.String) for part in parts], separator="-")


def even_shares(bins: int) -> list[Fraction]:
    """The shares of customers that equal parts end at.

    >>> even_shares(4)
    [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    """
    return [Fraction(k, bins) for k in range(1, bins)]


def ranks(n: int, bins: int, best: Best = "high", shares: Sequence[Fraction] = ()) -> list[int]:
    """Which of ``n`` values, counted from 1 in ascending order, are the ⌈pn⌉-th worst, for the given shares p.

    Without shares they are even: p = k/bins, k = 1 … bins − 1.

    >>> ranks(10, 5)
    [2, 4, 6, 8]
    >>> ranks(10, 5, best="low")
    [9, 7, 5, 3]
    >>> ranks(10, 3, shares=[Fraction("0.5"), Fraction("0.85")])
    [5, 9]
    """
    worst = [math.ceil(share * n) for share in shares or even_shares(bins)]
    return worst if best == "high" else [n + 1 - rank for rank in worst]


def cut_points(
    values: Array, customers: Counts, bins: int, best: Best = "high", shares: Sequence[Fraction] = ()
) -> tuple[float, ...]:
    """Observed values that divide customers into ``bins`` scores.

    The k-th cut is the ⌈kn/bins⌉-th worst value, counted with repetition; with shares, the ⌈pn⌉-th worst for the
    k-th share p. A cut equal to the best value is lowered to the next observed value below it, so that the best
    value beats every cut and scores highest. Of one value there is no best: see `CutPoints`.

    Parameters
    ----------
    values : (m,) array
        Distinct values in ascending order.
    customers : (m,) int64 array
        How many customers hold each.
    bins : int
    best : {"low", "high"}
    shares : sequence of Fraction, optional
        ``bins`` − 1 of them, rising.

    Returns
    -------
    tuple
        ``bins`` − 1 cuts from the worst to the best, or none where there is no value.

    Examples
    --------
    Ten customers with ten values: two of each score.

    >>> cut_points(np.arange(1, 11), np.ones(10, dtype=np.int64), bins=5)
    (2, 4, 6, 8)

    Seven of ten bought once: they share the lowest score, and the others are above every cut.

    >>> cut_points(np.array([1, 2, 5]), np.array([7, 2, 1]), bins=3)
    (1, 1)

    All customers bought once, so that nobody beats a cut; all were here last two days ago, and nobody is later.

    >>> cut_points(np.array([1]), np.array([7]), bins=3), cut_points(np.array([2]), np.array([7]), 3, best="low")
    ((1, 1), (3, 3))
    """
    if not len(values):
        return ()
    if len(values) == 1:
        return (_of_one_value(values[0], best),) * (bins - 1)
    up_to = np.cumsum(customers)
    at = np.searchsorted(up_to, ranks(int(up_to[-1]), bins, best, shares))
    at = np.minimum(at, len(values) - 2) if best == "high" else np.maximum(at, 1)
    return tuple(values[at].tolist())


def _of_one_value(value: Any, best: Best) -> Any:
    """The cut of a metric with one value, which is beaten by it only if small is best."""
    plain = value.item()
    if best == "high":
        return plain
    return plain + 1 if isinstance(plain, int) else math.nextafter(plain, math.inf)


def counts(values: Array, customers: Counts, ruler: CutPoints) -> tuple[int, ...]:
    """How many customers get each score from 1 to ``bins``.

    >>> ruler = CutPoints("F", "frequency", "high", bins=3, cuts=(1, 1))
    >>> counts(np.array([1, 2, 5]), np.array([7, 2, 1]), ruler)
    (7, 0, 3)
    """
    total = np.zeros(ruler.bins, dtype=np.int64)
    np.add.at(total, scores(values, ruler) - 1, customers)
    return tuple(total.tolist())


def scores(values: Array, ruler: CutPoints) -> Counts:
    """The scores of values in memory, none missing: the same as `CutPoints.score`.

    >>> scores(np.array([1, 2, 5]), CutPoints("F", "frequency", "high", bins=3, cuts=(1, 2))).tolist()
    [1, 2, 3]
    """
    if not ruler.cuts:
        return np.full(len(values), ruler.middle)
    return by_cuts(values, ruler.cuts, ruler.best)


def by_cuts(values: Array, cuts: Sequence[float], best: Best) -> Counts:
    """The scores of values, (n,), by cut points from the worst to the best, which may be infinite: 1 + those beaten.

    >>> by_cuts(np.array([90, 89, 30, 0]), (90.0, 30.0), "low").tolist()
    [1, 2, 2, 3]
    """
    if best == "high":
        return 1 + np.searchsorted(np.array(cuts), values, side="left")
    return 1 + np.searchsorted(-np.array(cuts), -values, side="left")
