"""Why customers moved: the fewest scores whose change gives the new segment, and what changed these."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from rfm._dynamics.score_steps import BothSteps

__all__ = [
    "ATTRIBUTES",
    "CAUSES",
    "NEVER",
    "Dates",
    "Facts",
    "Places",
    "causes",
    "deciding",
    "entered_at",
    "since",
]

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Truths: TypeAlias = npt.NDArray[np.bool_]
Facts: TypeAlias = Mapping[str, npt.NDArray[Any]]
Places: TypeAlias = Callable[[Mapping[str, Ints], Sequence[str]], Ints]
"""From scores by metric to the number of the segment; also takes the metrics whose other columns are the later ones."""

NEVER: Final = -(2**31)
ATTRIBUTES: Final = "attributes"
LATER: Final = ("R", "F", "M", ATTRIBUTES)
CAUSES: Final = (
    "",
    "purchase",
    "silence",
    "refund",
    "window",
    "cut point moved",
    "correction",
    "attribute",
    "new customer",
    "entered the table",
    "left the table",
)
PURCHASE, SILENCE, REFUND, WINDOW, CUT, CORRECTION, ATTRIBUTE = range(1, 8)


@dataclass(frozen=True)
class Dates:
    """What two tables tell of their days: the last ones that count, and whether F and M are those of a window."""

    before: int | None
    after: int | None
    windowed: bool = False

    @property
    def gap(self) -> int | None:
        """Days between the two."""
        return None if self.before is None or self.after is None else self.after - self.before


def deciding(
    before: Facts, after: Facts, metrics: Sequence[str], places: Places | None, *, attributes: bool
) -> Truths:
    """Which metrics decided, (n, number of metrics + 1): the last column stands for attributes that rules read.

    The fewest whose change alone gives the new segment, all others as before; of equally few, R before F before M.
    Without rules, every score that changed.
    """
    n = len(before["R"])
    changed = np.array([before[name] != after[name] for name in metrics] + [np.zeros(n, dtype=bool)]).T
    if places is None:
        return changed
    goal = places({name: after[name] for name in metrics}, LATER)
    found = np.zeros((n, len(metrics) + 1), dtype=bool)
    open_rows = np.ones(n, dtype=bool)
    parts = range(len(metrics) + attributes)
    for size in range(1, len(parts) + 1):
        for chosen in itertools.combinations(parts, size):
            mixed = {name: (after if place in chosen else before)[name] for place, name in enumerate(metrics)}
            later = [LATER[:-1][place] if place < len(metrics) else ATTRIBUTES for place in chosen]
            reached = open_rows & (places(mixed, later) == goal)
            found[np.ix_(reached, chosen)] = True
            open_rows &= ~reached
            if not open_rows.any():
                return found
    return found


def entered_at(
    before: Facts, after: Facts, metrics: Sequence[str], decided: Truths, places: Places | None
) -> dict[str, Ints]:
    """By metric, (n,): the score at which it gave the new segment, on its way from the old score to the new one.

    Where one score decided, the first from which on all give the new segment; where several did, the last.
    """
    found = {name: after[name].copy() for name in metrics}
    if places is None:
        return found
    goal = places({name: after[name] for name in metrics}, LATER)
    earlier = {name: before[name] for name in metrics}
    for place, name in enumerate(metrics):
        old, new = before[name], after[name]
        running = decided[:, place] & (decided.sum(axis=1) == 1)
        step = np.sign(old - new)
        for _ in range(int(np.abs(old - new).max(initial=0)) - 1):
            tried = found[name] + step
            running &= (tried != old) & (places({**earlier, name: tried}, [name]) == goal)
            if not running.any():
                break
            found[name] = np.where(running, tried, found[name])
    return found


def causes(
    before: Facts, after: Facts, metric: str, column: str, steps: BothSteps | None, dates: Dates
) -> Ints:
    """What changed a score, (n,): numbers of `CAUSES`; 0 where neither it nor its value did."""
    old, new = before[column], after[column]
    by_value = np.sign(new - old) if metric != "R" else np.sign(old - new)
    turn = np.sign(after[metric] - before[metric])
    turn = np.where(turn == 0, by_value, turn)  # rules may also read the value itself
    if steps is not None and steps.moved:
        by_score = np.sign(steps.before.scores(new) - before[metric])
        by_value = np.where(after[metric] == before[metric], by_value, by_score)
    found = _of_recency(before, after, turn, dates) if metric == "R" else None
    if found is None:
        found = _of_count(before, after, turn) if metric == "F" else _of_money(before, after, turn, dates)
    return np.where(turn == 0, 0, np.where(by_value != turn, CUT, found))


def _of_recency(before: Facts, after: Facts, turn: Ints, dates: Dates) -> Ints:
    """The last purchase came, or did not come, or was undone by a refund."""
    undone = np.zeros(len(turn), dtype=bool)
    if dates.gap is not None:
        undone = after["recency"] - before["recency"] > dates.gap
    return np.where(turn > 0, PURCHASE, np.where(undone, REFUND, SILENCE))


def _of_count(before: Facts, after: Facts, turn: Ints) -> Ints:
    fewer = after["orders"] < before["orders"]
    return np.where(turn > 0, PURCHASE, np.where(fewer, REFUND, WINDOW))


def _of_money(before: Facts, after: Facts, turn: Ints, dates: Dates) -> Ints:
    bought = (after["orders"] > before["orders"]) | (after["spend"] > before["spend"])
    returned = after["refunds"] < before["refunds"]
    other = WINDOW if dates.windowed else CORRECTION
    fell = np.where(returned, REFUND, np.where(bought & (not dates.windowed), PURCHASE, other))
    return np.where(turn > 0, np.where(bought, PURCHASE, other), fell)


def since(
    before: Facts, after: Facts, metrics: Sequence[str], places: Places, steps: BothSteps | None, dates: Dates
) -> Ints:
    """The day from which a customer is in the new segment, (n,); `NEVER` where the tables do not tell.

    Between purchases only R changes, by falling, so the days of its falls are known from its cut points. What a
    table does not tell is the days of several purchases, or of refunds.

    ``before["known"]`` is False for newcomers, who had no score.
    """
    n = len(after["R"])
    if steps is None or steps.moved or dates.before is None or dates.after is None or dates.windowed:
        return np.full(n, NEVER)
    goal = places({name: after[name] for name in metrics}, LATER)
    last = dates.after - after["recency"]
    bought = last > dates.before
    still = {name: after[name] for name in metrics if name != "R"}
    settled = after["refunds"] == before["refunds"]
    # from the last purchase on: R has been falling from its score for a recency of 0
    top = np.where(
        bought, steps.after.scores(np.zeros(n)), steps.after.scores(after["recency"] - float(dates.gap or 0))
    )
    reached, entered = _fall(still, after["R"], top, goal, places, LATER)
    day = np.where(entered, _days(last, reached, steps), NEVER)
    # in it since the last purchase: before that day, R fell from its earlier score
    one = bought & ~entered & (after["orders"] == before["orders"] + 1)
    earlier = dates.before - before["recency"]
    low = np.where(before["known"], steps.after.scores(np.maximum(last - 1 - earlier, 0)), 1)
    stood = {name: before[name] for name in metrics if name != "R"}
    was_there = places({**stood, "R": low}, ()) == goal
    run, crossed = _fall(stood, low, np.where(before["known"], before["R"], low), goal, places, ())
    at_purchase = one & (~was_there | ~before["known"])
    day = np.where(at_purchase, last, day)
    day = np.where(one & ~at_purchase & crossed, _days(earlier, run, steps), day)
    quiet = ~bought & (after["orders"] == before["orders"])
    return np.where(settled & (bought | quiet), day, NEVER)


def _fall(
    still: Mapping[str, Ints], low: Ints, high: Ints, goal: Ints, places: Places, later: Sequence[str]
) -> tuple[Ints, Truths]:
    """While R fell from `high` to `low`: the highest score from which the segment was `goal` to the end.

    Also whether the segment was another before, so that it was entered at that score.
    """
    top, running, entered = low.copy(), np.ones(len(low), dtype=bool), np.zeros(len(low), dtype=bool)
    for score in range(2, int(high.max(initial=1)) + 1):
        here = running & (score > low) & (score <= high)
        same = places({**still, "R": np.full(len(low), score)}, later) == goal
        entered |= here & ~same
        running &= ~(here & ~same)
        top = np.where(here & same, score, top)
    return top, entered


def _days(last: Ints, score: Ints, steps: BothSteps) -> Ints:
    """The day on which R fell to a score: that on which recency reached the cut below the next higher one."""
    place = np.clip(score - 1, 0, len(steps.after.cuts) - 1)
    cut, exact = np.array(steps.after.cuts)[place], np.array(steps.after.exact)[place]
    known = exact & np.isfinite(cut)
    return np.where(known, last + np.ceil(np.where(known, cut, 0.0)).astype(np.int64), NEVER)
