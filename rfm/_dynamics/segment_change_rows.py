"""What is said of each customer of two segmented tables, computed on rows in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._dynamics.score_steps import BothSteps
from rfm._dynamics.segment_causes import (
    ATTRIBUTE,
    ATTRIBUTES,
    CAUSES,
    CUT,
    NEVER,
    Dates,
    Facts,
    Places,
    causes,
    deciding,
    entered_at,
    since,
)
from rfm._dynamics.segment_change_words import LANGUAGES, Change, clause, plain_sentence
from rfm._frames.columns import new_column, score_column
from rfm._frames.dates import with_day_numbers
from rfm._frames.mapping import missing_floats
from rfm._frames.native import INTERNAL
from rfm._schemes.scheme import Scheme
from rfm._scores.bins import MAX_BINS, by_metric
from rfm._scores.cut_points import code
from rfm._scores.metrics import METRICS
from rfm.errors import SchemeError

__all__ = ["FLAGS", "MARKS", "Yardsticks", "column", "marked", "read_columns"]

Ints = npt.NDArray[np.int64]
Eager = nw.DataFrame[Any]
DAY: Final = f"{INTERNAL}day"
FLAGS: Final = ("moved", "entered", "left")
TEXTS: Final = ("previous_segment", "segment", "metric", "cause", "scores_before", "scores_after", "why")
MARKS: Final = (
    "since",
    "metric",
    "cause",
    "score_before",
    "score_after",
    "value_before",
    "value_after",
    "cut_point",
    "scores_before",
    "scores_after",
    "why",
)
WHOLE: Final = ("R", "F", "M", "recency", "frequency", "orders")
MONEY: Final = ("monetary", "spend", "refunds")
MADE_OF_SCORES: Final = ("R", "F", "M", "rfm", "rf")
OF_METRIC: Final = {
    **dict.fromkeys(("recency", "last_purchase"), "R"),
    **dict.fromkeys(("frequency", "orders", "order_ids", "orders_in_window"), "F"),
    **dict.fromkeys(("monetary", "spend", "refunds", "spend_in_window"), "M"),
}
"""The metric with which a column changes; others are attributes."""


def column(side: int, name: str) -> str:
    """The internal name of a column of the earlier (0) or later (1) table."""
    return f"{INTERNAL}{side}_{name}"


def read_columns(scheme: Scheme) -> set[str]:
    """Columns that the rules of a scheme read."""
    return {name for segment in scheme.segments if segment.parsed for name in segment.parsed.columns}


@dataclass(frozen=True)
class Yardsticks:
    """What customers of both tables are compared by."""

    metrics: tuple[str, ...]
    scheme: Scheme | None
    steps: Mapping[str, BothSteps]
    dates: Dates
    language: str

    @property
    def facts(self) -> list[str]:
        """Columns of both tables that are compared, as far as these have them."""
        return [name for name in (*WHOLE, *MONEY) if name not in ("M", "monetary") or "M" in self.metrics]

    @property
    def others(self) -> list[str]:
        """Columns besides scores that the rules read."""
        return [] if self.scheme is None else sorted(read_columns(self.scheme) - {*MADE_OF_SCORES})

    @property
    def tells_days(self) -> bool:
        """Whether days can be found at all: rules read R where time passes, and no cut point moved."""
        still = not any(steps.moved for steps in self.steps.values())
        return self.scheme is not None and still and "R" not in {OF_METRIC.get(name) for name in self.others}


def marked(piece: Eager, *, yardsticks: Yardsticks) -> Eager:
    """The segments, `FLAGS` as 0 and 1, and `MARKS` of each row; ``since`` in whole days, `NEVER` where not known."""
    n = len(piece)
    found = {name: np.full(n, None, dtype=object) for name in TEXTS}
    found |= {name: np.zeros(n, dtype=np.int8) for name in ("score_before", "score_after")}
    found |= {name: np.full(n, np.nan) for name in ("value_before", "value_after", "cut_point")}
    found |= {name: np.zeros(n, dtype=np.int64) for name in FLAGS} | {
        "since": np.full(n, NEVER, dtype=np.int64)
    }
    if n:
        _fill(piece, yardsticks, found)
    ids = piece.select("customer_id")
    floats = ("value_before", "value_after", "cut_point")
    names = ("previous_segment", "segment", *FLAGS, *MARKS)
    make = {name: score_column if name.startswith("score_") else new_column for name in names}
    return missing_floats(ids.with_columns([make[name](ids, name, found[name]) for name in names]), floats)


def _fill(piece: Eager, yardsticks: Yardsticks, found: dict[str, npt.NDArray[Any]]) -> None:
    sides = [_facts(piece, side, yardsticks) for side in (0, 1)]
    segments = [_texts(piece, column(side, "segment")) for side in (0, 1)]
    here = [np.array([name is not None for name in names]) for names in segments]
    found["previous_segment"], found["segment"] = segments
    for side, when in ((0, "before"), (1, "after")):
        codes = _codes(sides[side], yardsticks)
        found[f"scores_{when}"][here[side]] = codes[here[side]]
    start = yardsticks.dates.before
    moved = here[0] & here[1] & (segments[0] != segments[1])
    entered, left = here[1] & ~here[0], here[0] & ~here[1]
    new = entered & (sides[1]["first"] > (start if start is not None else np.inf))
    for name, rows in zip(FLAGS, (moved, entered, left), strict=True):
        found[name] = rows.astype(np.int64)
    words = LANGUAGES[yardsticks.language]
    for rows, name in (
        (new, "new customer"),
        (entered & ~new, "entered the table"),
        (left, "left the table"),
    ):
        found["cause"][rows] = name
        found["why"][rows] = str(words(name))
    for rows, earlier in ((np.flatnonzero(moved), True), (np.flatnonzero(new), False)):
        if len(rows):
            before, after = ({name: values[rows] for name, values in side.items()} for side in sides)
            places, clean = _places(piece[rows], yardsticks), np.ones(len(rows), dtype=bool)
            if earlier:
                clean = _fill_reasons(rows, before, after, places, yardsticks, found)
            if places is not None and yardsticks.tells_days:
                known = {**before, "known": np.full(len(rows), earlier)}
                steps = yardsticks.steps.get("R")
                day = since(known, after, yardsticks.metrics, places, steps, yardsticks.dates)
                found["since"][rows] = np.where(clean, day, NEVER)


def _facts(piece: Eager, side: int, yardsticks: Yardsticks) -> dict[str, npt.NDArray[Any]]:
    """The numbers of one table, 0 where it does not have the customer or the column."""
    found = {}
    for name in yardsticks.facts:
        kind: Any = nw.Float64 if name in MONEY else nw.Int64
        zero: Any = 0.0 if name in MONEY else 0
        held = column(side, name)
        found[name] = np.full(len(piece), zero)
        if held in piece.columns:
            found[name] = piece.get_column(held).fill_null(zero).cast(kind).to_numpy()
    found["first"] = np.full(len(piece), NEVER)
    if (first := column(side, "first_purchase")) in piece.columns:
        days = with_day_numbers(piece.select(first), first, DAY).get_column(DAY)
        found["first"] = days.fill_null(NEVER).cast(nw.Int64).to_numpy()
    return found


def _texts(piece: Eager, name: str) -> npt.NDArray[Any]:
    """A column of texts, None where they are missing."""
    found = np.full(len(piece), None, dtype=object)
    found[:] = [text if isinstance(text, str) else None for text in piece.get_column(name).to_list()]
    return found


def _codes(side: Facts, yardsticks: Yardsticks) -> npt.NDArray[Any]:
    """The scores as one text: "543"."""
    parts = {name: side[name] for name in yardsticks.metrics}
    highest = max((int(part.max(initial=0)) for part in parts.values()), default=0)
    frame = nw.from_native(pd.DataFrame(parts), eager_only=True)
    bins = MAX_BINS if highest >= MAX_BINS else MAX_BINS - 1
    texts = frame.select(code=code([nw.col(name) for name in parts], bins)).get_column("code")
    return texts.to_numpy().astype(object)


def _places(piece: Eager, yardsticks: Yardsticks) -> Places | None:
    """The scheme as a function of scores, with the other columns of either table."""
    if yardsticks.scheme is None:
        return None
    if not yardsticks.others:
        return _looked_up(yardsticks)
    piece = nw.maybe_reset_index(piece)

    def places(scores: Mapping[str, Ints], later: Sequence[str]) -> Ints:
        others = {
            name: nw.col(column(int(OF_METRIC.get(name, ATTRIBUTES) in later), name))
            for name in yardsticks.others
        }
        return _ruled(piece.select("customer_id", **others), scores, yardsticks)

    return places


def _looked_up(yardsticks: Yardsticks) -> Places:
    """For rules that read scores only: the segments of all cells, found once."""
    metrics, wide = yardsticks.metrics, MAX_BINS + 1
    cells = np.indices((wide,) * len(metrics)).reshape(len(metrics), -1)
    scores = dict(zip(metrics, cells, strict=True))
    frame = nw.from_native(pd.DataFrame({"customer_id": np.arange(cells.shape[1])}), eager_only=True)
    table = _ruled(frame, scores, yardsticks).reshape((wide,) * len(metrics))
    return lambda scores, later: table[tuple(scores[name] for name in metrics)]


def _ruled(frame: Eager, scores: Mapping[str, Ints], yardsticks: Yardsticks) -> Ints:
    """The number of the segment of each row, by its scores and the columns of a frame; -1: none."""
    scheme = yardsticks.scheme
    assert scheme is not None
    columns = [new_column(frame, name, scores[name].astype(np.int64)) for name in yardsticks.metrics]
    widest = max(by_metric(scheme.bins, yardsticks.metrics, SchemeError).values())
    whole = code([nw.col(name) for name in yardsticks.metrics], widest)
    frame = frame.with_columns(columns).with_columns(whole.alias("".join(yardsticks.metrics).lower()))
    place_of = {name: place for place, name in enumerate(scheme.names)}
    found = np.full(len(frame), place_of.get(scheme.default or "", -1), dtype=np.int64)
    for segment in reversed(scheme.segments):
        if segment.parsed is not None:
            held = frame.select(held=segment.parsed.expression(frame.schema)).get_column("held").to_numpy()
            found[held.astype(np.bool_)] = place_of[segment.name]
    return found


def _fill_reasons(
    rows: Ints,
    before: Facts,
    after: Facts,
    places: Places | None,
    yardsticks: Yardsticks,
    found: dict[str, npt.NDArray[Any]],
) -> npt.NDArray[np.bool_]:
    """The reasons of those who moved; returns for whom no cut point moved."""
    metrics, words = yardsticks.metrics, LANGUAGES[yardsticks.language]
    decided = deciding(before, after, metrics, places, attributes=bool({*yardsticks.others} - {*OF_METRIC}))
    entered = entered_at(before, after, metrics, decided, places)
    why, cuts = {}, {}
    for name in metrics:
        steps = yardsticks.steps.get(name)
        why[name] = causes(before, after, name, METRICS[name][0], steps, yardsticks.dates)
        rose = after[name] > before[name]
        crossed = np.where(rose, entered[name], entered[name] + 1)
        cuts[name] = np.full(len(rows), np.nan) if steps is None else steps.after.cut_below(crossed)
        cuts[name][after[name] == before[name]] = np.nan
    for place, row in enumerate(rows.tolist()):
        named = [name for name, held in zip((*metrics, ATTRIBUTES), decided[place], strict=True) if held]
        changes = [
            Change(
                name,
                (int(before[name][place]), int(after[name][place])),
                (float(before[METRICS[name][0]][place]), float(after[METRICS[name][0]][place])),
                float(cuts[name][place]),
                CAUSES[why[name][place]],
            )
            for name in named
            if name != ATTRIBUTES
        ]
        clauses = [clause(change, words) for change in changes]
        said = [change.cause for change in changes]
        if ATTRIBUTES in named:
            clauses.append(str(words("attribute")))
            said.append(CAUSES[ATTRIBUTE])
        found["metric"][row] = "+".join(named)
        found["cause"][row] = "+".join(dict.fromkeys(said))
        found["why"][row] = plain_sentence(clauses, words) if clauses else None
        if changes:
            first = changes[0]
            found["score_before"][row], found["score_after"][row] = first.scores
            found["value_before"][row], found["value_after"][row] = first.values
            found["cut_point"][row] = first.cut
    clean: npt.NDArray[np.bool_] = ~np.any([why[name] == CUT for name in metrics], axis=0)
    return clean
