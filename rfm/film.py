"""The two roads to snapshots: one pass in memory, one netting in an engine; the same rows on both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm import kernel, plan
from rfm.attributes import with_attributes
from rfm.cube import cube
from rfm.engines import materialise, to_dates
from rfm.frames import enter, leave, new_column
from rfm.history import walk
from rfm.measures import measured
from rfm.moves import NOT_YET
from rfm.scheme import Scheme
from rfm.scoring import Scorer
from rfm.summary import dress
from rfm.tables import pick

__all__ = ["Ruler", "in_engine", "in_memory"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
SCORES = ("R", "F", "M")


@dataclass(frozen=True)
class Ruler:
    """What customers are held against at every date: cut points, rules, and what else is known of them."""

    scorer: Scorer
    scheme: Scheme
    decimals: int
    attributes: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """The segments, best first, and `NOT_YET`."""
        return (*self.scheme.names, NOT_YET)


def in_memory(ledger: nw.DataFrame[Any], dates: Ints, ruler: Ruler) -> nw.DataFrame[Any]:
    """Snapshots of rows in memory: by date, then by customer in the order of ids."""
    code, row = kernel.number_customers(ledger.get_column("customer_id"))
    days = kernel.customer_days(code, *(ledger.get_column(name).to_numpy() for name in ("day", "units")))
    ids = nw.maybe_reset_index(ledger.select("customer_id")[row])
    marks = np.zeros(
        (4, len(dates), len(row)), dtype=np.int8
    )  # R, F, M, 1 + number of the segment; 0: not yet
    rule = _by_cell(ruler) if not ruler.scheme.check().conditional else _by_rules(ruler, ids)
    for at, facts in enumerate(walk(days, len(row), dates)):
        seen = np.flatnonzero(facts.orders > 0)
        now = kernel.Facts(*(values[seen] for values in vars(facts).values()))
        marks[:, at, seen] = rule(seen, now, int(dates[at]))
    ever = marks[3, -1] > 0
    return _table(ids.filter(ever.tolist()) if not ever.all() else ids, dates, marks[:, :, ever], ruler)


def _by_cell(ruler: Ruler) -> Any:
    """Scores and segments where rules read nothing but scores: the cube says who stands where."""
    scorer, bins = ruler.scorer, ruler.scheme.bins
    cells = ruler.scheme.assign(cube(bins))["segment"].cat.codes.to_numpy()
    scale = 10.0**ruler.decimals

    def rule(seen: Ints, facts: kernel.Facts, day: int) -> Small:
        summary = {"customer_id": seen, "recency": day - facts.last, "orders": facts.orders,
                   "spend": facts.spend / scale, "refunds": facts.refunds / scale}  # fmt: skip
        frame = measured(
            nw.from_native(pd.DataFrame(summary)), scorer.frequency, scorer.monetary, scorer.decimals
        )
        scores = frame.select(
            **{ruler.name: ruler.score() for ruler in scorer.rulers if ruler.name in SCORES}
        )
        r, f, m = (scores[name].to_numpy() for name in SCORES)
        return np.stack([r, f, m, 1 + cells[((r - 1) * bins + f - 1) * bins + m - 1]]).astype(np.int8)

    return rule


def _by_rules(ruler: Ruler, ids: nw.DataFrame[Any]) -> Any:
    """Scores and segments where rules read other columns: the road of `segment`, from the facts on."""

    def rule(seen: Ints, facts: kernel.Facts, day: int) -> Small:
        frame = nw.maybe_reset_index(ids[seen])
        frame = frame.with_columns(*(new_column(frame, name, values) for name, values in vars(facts).items()))
        summary = leave(dress(frame, day, ruler.decimals))
        segmented = nw.from_native(_segmented(summary, ruler), eager_only=True)
        place = {name: i for i, name in enumerate(ruler.names, start=1)}
        segment = segmented.get_column("segment").cast(nw.String).replace_strict(place, return_dtype=nw.Int64)
        return np.stack([*(segmented[name].to_numpy() for name in SCORES), segment.to_numpy()]).astype(
            np.int8
        )

    return rule


def _segmented(summary: Any, ruler: Ruler) -> Any:
    return ruler.scheme.assign(ruler.scorer.score(with_attributes(summary, ruler.attributes)))


def _table(ids: nw.DataFrame[Any], dates: Ints, marks: Small, ruler: Ruler) -> nw.DataFrame[Any]:
    frame = nw.maybe_reset_index(nw.concat([ids] * len(dates)))
    moment = "datetime64[us]" if ids.implementation.is_pandas() else "datetime64[D]"
    scores: list[int | None] = [None, *range(1, ruler.scheme.bins + 1)]
    columns = [new_column(frame, "date", dates.astype("datetime64[D]").astype(moment).repeat(len(ids)))]
    columns += [pick(frame, name, scores, mark.ravel()) for name, mark in zip(SCORES, marks, strict=False)]
    columns += [pick(frame, "segment", [NOT_YET, *ruler.scheme.names], marks[3].ravel(), ruler.names)]
    return frame.with_columns(*columns)


def in_engine(ledger: Any, dates: Ints, ruler: Ruler) -> Any:
    """Snapshots of rows behind an engine: netted once and kept there, then reduced at each date."""
    last = nw.col("day") <= int(dates[-1])
    days = materialise(plan.customer_days(ledger.filter(last)))
    scored = enter(_segmented(leave(nw.concat(list(_summaries(days, dates, ruler.decimals)))), ruler))
    first = days.filter(plan.PURCHASE).group_by("customer_id").agg(nw.col("day").min().alias("first"))
    newer = [
        first.filter(nw.col("first") > day).select("customer_id", date=nw.lit(day)) for day in dates.tolist()
    ]
    nothing = {name: nw.lit(None).cast(nw.Int64) for name in SCORES}
    waiting = nw.concat(newer).select(
        "customer_id", nw.col("date").cast(nw.Int64), **nothing, segment=nw.lit(NOT_YET)
    )
    columns: list[Any] = [
        "customer_id",
        nw.col("date").cast(nw.Int64),
        *SCORES,
        nw.col("segment").cast(nw.String),
    ]
    rows = to_dates(nw.concat([scored.select(*columns), waiting]), ["date"])
    return (
        rows.with_columns(nw.col("segment").cast(nw.Enum(ruler.names)))
        if rows.implementation.is_polars()
        else rows
    )


def _summaries(days: Any, dates: Ints, decimals: int) -> Iterator[Any]:
    for day in dates.tolist():
        facts = plan.merged(plan.day_facts(days.filter(nw.col("day") <= day)))
        yield dress(facts, day, decimals).with_columns(date=nw.lit(day))
