"""From a metric's value to its score: by a scorer's cut points, or by those that scored tables show."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.execution import fetch
from rfm._frames.native import Frame
from rfm._scores.bins import MAX_BINS
from rfm._scores.cut_points import Best, by_cuts
from rfm._scores.metrics import METRICS
from rfm._scores.scorer import Scorer
from rfm.errors import DataError

__all__ = ["BothSteps", "Steps", "steps_of", "steps_seen"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Ranges: TypeAlias = Mapping[
    int, tuple[float, float]
]  # the worst and the best value of each score; larger is better
WHOLE: Final = ("R", "F")  # metrics of whole numbers


@dataclass(frozen=True)
class Steps:
    """The cut points of one metric on one date.

    Attributes
    ----------
    best : {"low", "high"}
    cuts : tuple of float
        From the worst to the best: a score is 1 + the number of cuts strictly beaten. Infinite where no value shows a
        cut.
    exact : tuple of bool
        Whether each is known, and not only bounded by the values around it.
    """

    best: Best
    cuts: tuple[float, ...]
    exact: tuple[bool, ...]

    def scores(self, values: npt.NDArray[Any]) -> Ints:
        """The scores of values, (n,).

        >>> Steps("low", (90.0, 30.0), (True, True)).scores(np.array([90, 89, 30, 0])).tolist()
        [1, 2, 2, 3]
        """
        return by_cuts(values, self.cuts, self.best)

    def cut_below(self, scores: Ints) -> Floats:
        """The cut that a value of a score just beats; missing for the lowest score, and where it is not known."""
        held = np.array([np.nan, *self.cuts, np.nan])
        found = held[np.clip(scores - 1, 0, len(held) - 1)]
        return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class BothSteps:
    """The steps of one metric in two tables; the same object in both, unless cut points moved between them."""

    before: Steps
    after: Steps

    @property
    def moved(self) -> bool:
        """Whether the cut points differ."""
        return self.before.cuts != self.after.cuts


def steps_of(
    scorers: tuple[Scorer, Scorer], before: Frame, after: Frame, metrics: Sequence[str]
) -> dict[str, BothSteps]:
    """The steps by metric of two scorers; none of a metric that one of them had only one value of.

    Raises
    ------
    DataError
        If a table has other scores than its scorer gives.
    """
    found: dict[str, list[Steps]] = {}
    for scorer, frame, argument in zip(scorers, (before, after), ("before", "after"), strict=True):
        seen = _ranges(frame, metrics)
        for ruler in scorer.rulers:
            if ruler.name in metrics and ruler.cuts:
                cuts = tuple(float(cut) for cut in ruler.cuts)
                steps = Steps(ruler.best, cuts, (True,) * len(cuts))
                _refuse_other_scores(argument, ruler.name, steps, seen[ruler.name])
                found.setdefault(ruler.name, []).append(steps)
    return {name: BothSteps(*both) for name, both in found.items() if len(both) == 2}


def _refuse_other_scores(argument: str, name: str, steps: Steps, seen: Ranges) -> None:
    column, best = METRICS[name]
    sign = -1.0 if best == "low" else 1.0
    for score, ends in seen.items():
        for value in (sign * end for end in ends):
            given = int(steps.scores(np.array([value]))[0])
            if given != score:
                raise DataError(
                    f"{argument}: {name} is {score} for a {column} of {value:g}, where the scorer gives {given}. "
                    "Hint: scorer= is the Scorer of both tables, or the pair of theirs."
                )


def steps_seen(before: Frame, after: Frame, metrics: Sequence[str]) -> dict[str, BothSteps]:
    """The steps by metric that two scored tables show.

    Cut points learned from customers are values of customers: the best among lower scores. If one set of cut points
    explains both tables, it is that of both. A metric whose scores do not rise with its values, such as one scored
    within groups, has none.
    """
    ranges = [_ranges(frame, metrics) for frame in (before, after)]
    found = {}
    for name in metrics:
        one, other = (each[name] for each in ranges)
        together = _joined(one, other)
        if _rises(together):
            shared = _steps(name, together)
            found[name] = BothSteps(shared, shared)
        elif _rises(one) and _rises(other) and one and other:
            found[name] = BothSteps(_steps(name, one), _steps(name, other))
    return found


def _ranges(frame: Frame, metrics: Sequence[str]) -> dict[str, dict[int, tuple[float, float]]]:
    """For each metric, the worst and the best value of each score that occurs."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for name in metrics:
        column, best = METRICS[name]
        value = nw.col(column).cast(nw.Float64) * (-1.0 if best == "low" else 1.0)
        scored = frame.select(score=nw.col(name).cast(nw.Int64), low=value, high=value)
        ends = scored.group_by("score").agg(nw.col("low").min(), nw.col("high").max())
        rows = fetch(ends.select("score", "low", "high")).rows()
        found[name] = {int(score): (float(low), float(high)) for score, low, high in rows}
    return found


def _joined(one: Ranges, other: Ranges) -> dict[int, tuple[float, float]]:
    nothing = (math.inf, -math.inf)
    pairs = {score: (one.get(score, nothing), other.get(score, nothing)) for score in {*one, *other}}
    return {score: (min(a[0], b[0]), max(a[1], b[1])) for score, (a, b) in pairs.items()}


def _rises(ranges: Ranges) -> bool:
    """Whether every value of a higher score is better than all of lower ones."""
    rising = [ranges[score] for score in sorted(ranges)]
    return all(low[1] < high[0] for low, high in itertools.pairwise(rising))


def _steps(name: str, ranges: Ranges) -> Steps:
    """Cut points between the scores that occur: the best value of the lower one."""
    best = METRICS[name][1]
    sign = -1.0 if best == "low" else 1.0
    present = sorted(ranges)
    cuts, exact = [], []
    for score in range(2, MAX_BINS + 1):  # the cut that a value needs to beat for this score
        below = [each for each in present if each < score]
        above = [each for each in present if each >= score]
        beaten = ranges[below[-1]][1] if below else -math.inf
        beaten = beaten if above else math.inf
        cuts.append(sign * beaten)
        known = bool(below and above and name in WHOLE)
        exact.append(known and ranges[above[0]][0] - beaten == 1.0)
    return Steps(best, tuple(cuts), tuple(exact))
