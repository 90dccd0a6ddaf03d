"""Snapshots in two ways, with equal rows: one pass in memory, one netting in an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers import aggregation as kernel
from rfm._customers import aggregation_expressions as plan
from rfm._customers.attributes import placed_orders, with_attributes
from rfm._customers.summary import dress
from rfm._customers.window import IN_WINDOW
from rfm._dynamics.facts_over_time import walk, walk_orders, walk_orders_in_window, walk_window
from rfm._dynamics.spells import NOT_YET
from rfm._dynamics.window_rows import changes, order_changes
from rfm._frames.columns import (
    as_categories,
    new_column,
    nullable,
    score_column,
    segment_column,
    values_to_number,
)
from rfm._frames.dates import date_column, to_dates
from rfm._frames.execution import by_customer, materialise
from rfm._frames.joins import every_pair, join_in_order
from rfm._frames.native import from_native, to_native
from rfm._frames.small_tables import numbers_beside
from rfm._orders.transactions import Transactions
from rfm._schemes.scheme import Scheme, segmented
from rfm._schemes.score_cube import cube
from rfm._scores.bins import by_metric
from rfm._scores.cut_points import scores
from rfm._scores.metrics import measures
from rfm._scores.scorer import Scorer, scored
from rfm.errors import SchemeError, ScoringError

__all__ = ["Yardstick", "in_engine", "in_memory"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Facts: TypeAlias = dict[str, Ints]
Mark: TypeAlias = Callable[
    [Small, Facts, Ints, int], None
]  # fills in the scores and segments of a date, (4, c)
SCORES = ("R", "F", "M")
ORDER_IDS = ["order_ids", "order_ids_in_window"]
_NEVER = -(2**62)


@dataclass(frozen=True)
class Yardstick:
    """What customers are scored with at every date: cut points, rules and attributes."""

    scorer: Scorer
    scheme: Scheme
    decimals: int
    has_amounts: bool = True
    attributes: Any = None
    starts: Ints | None = None  # the first day of each date's window

    @property
    def names(self) -> tuple[str, ...]:
        """The segments, best first, and `NOT_YET`."""
        return (*self.scheme.names, NOT_YET)

    @property
    def scores(self) -> tuple[str, ...]:
        """R, F, and M where the scorer has it."""
        held = {ruler.name for ruler in self.scorer.rulers}
        return tuple(name for name in SCORES if name in held)

    @property
    def needs_order_ids(self) -> bool:
        """Whether F counts order ids, which summaries do not have by default."""
        return self.scorer.frequency == "orders"

    def segmented(self, summary: Any) -> Any:
        """A summary with scores and segments; of several dates, it has several rows per customer."""
        known = from_native(with_attributes(summary, self.attributes))
        return to_native(segmented(self.scheme, scored(self.scorer, known)))


def in_memory(ledger: nw.DataFrame[Any], dates: Ints, yardstick: Yardstick) -> nw.DataFrame[Any]:
    """Snapshots of rows in memory: by date, then by customer in the order of ids."""
    code, row = kernel.number_customers(ledger.get_column("customer_id"))
    day, units = (ledger.get_column(name).to_numpy() for name in ("day", "units"))
    ids = nw.maybe_reset_index(ledger.select("customer_id")[row])
    marks = np.zeros((4, len(dates), len(row)), dtype=np.int8)  # R, F, M, 1 + segment; 0: not yet
    by_cell = not yardstick.scheme.check().conditional and not yardstick.scorer.within
    mark = _by_cell(yardstick, day) if by_cell else _by_rules(yardstick, ids)
    keep = plan.keeps_returns(ledger)
    states = walk(kernel.customer_days(code, day, units, keep=keep), len(row), dates)
    order_numbers = _order_numbers(ledger) if yardstick.needs_order_ids else None
    more = _more_facts(code, order_numbers, day, units, len(row), dates, yardstick.starts, keep)
    before = np.zeros((4, len(row)), dtype=np.int8)
    for at, ((state, touched), (others, also)) in enumerate(zip(states, more, strict=True)):
        facts, touched = vars(state) | others, np.union1d(touched, also) if len(also) else touched
        marks[:, at] = before
        mark(marks[:, at], facts, touched, int(dates[at]))
        before = marks[:, at]
    ever = np.flatnonzero(marks[3, -1])
    if len(ever) < len(row):
        ids, marks = nw.maybe_reset_index(ids[ever]), marks.take(ever, axis=2)
    return _table(ids, dates, marks, yardstick)


def _more_facts(
    code: Ints,
    order: Ints | None,
    day: Ints,
    units: Ints,
    customers: int,
    dates: Ints,
    starts: Ints | None,
    keep: bool,
) -> Iterator[tuple[Facts, Ints]]:
    """At each date, the counts of order ids and of a window that are asked for, and whose window changed."""
    placed: Iterator[Any] = repeat(None)
    in_window: Iterator[Any] = repeat(({}, np.zeros(0, dtype=np.int64)))
    placed_in_window: Iterator[Any] = repeat(None)
    if order is not None:
        placed = walk_orders(code, order, day, units, customers, dates, keep=keep)
    if starts is not None:
        in_window = walk_window(kernel.customer_days(code, day, units, keep=keep), customers, dates, starts)
        if order is not None:
            placed_in_window = walk_orders_in_window(
                code, order, day, units, customers, dates, starts, keep=keep
            )
    for _, orders, (facts, touched), recent in zip(dates, placed, in_window, placed_in_window, strict=False):
        found = {"order_ids": orders, "order_ids_in_window": recent}
        yield facts | {name: counts for name, counts in found.items() if counts is not None}, touched


def _more_names(with_orders: bool, starts: Ints | None) -> list[str]:
    """The columns of `_more_facts`."""
    in_window = [] if starts is None else list(IN_WINDOW)
    return [*in_window, *(ORDER_IDS[: 1 if starts is None else 2] if with_orders else [])]


def _order_numbers(ledger: nw.DataFrame[Any]) -> Ints:
    if "order_id" not in ledger.columns:
        raise ScoringError(
            'The log has no order ids. Hint: Transactions(df, order_id="…"), or frequency="days".'
        )
    numbers: Ints = pd.factorize(values_to_number(ledger.get_column("order_id")))[0].astype(np.int64)
    return numbers


def _by_cell(yardstick: Yardstick, days: Ints) -> Mark:
    """Scores and segments where rules read only scores: looked up in the cube of score cells.

    F and M change with a customer's own days alone, R with time; so only customers with new days are
    rescored, and R is read from a table of all spans.
    """
    scorer, scheme, scale = yardstick.scorer, yardstick.scheme, 10.0**yardstick.decimals
    rulers = {ruler.name: ruler for ruler in scorer.rulers}
    spans = np.arange(int(days.max() - days.min()) + 1 if len(days) else 1)
    of_span = scores(spans, rulers["R"]).astype(np.int8)
    bins = tuple(by_metric(scheme.bins, SCORES, SchemeError).values())
    cells = np.zeros([n + 1 for n in bins], dtype=np.int8)  # a score of 0: not yet
    named = scheme.assign(cube(scheme.bins), bins=scheme.bins)["segment"].cat.codes.to_numpy()
    cells[1:, 1:, 1:] = 1 + named.reshape(bins)
    of_cell, (_, of_f, of_m) = cells.ravel(), cells.shape
    of_facts = measures(
        scorer.frequency, scorer.monetary, scorer.decimals, money="M" in rulers, windowed=scorer.windowed
    )
    money = [
        name for name in ("spend", "refunds", "spend_in_window") if scorer.windowed or name in plan.FACTS
    ]

    def mark(marks: Small, facts: Facts, touched: Ints, day: int) -> None:
        who = touched[facts["orders"][touched] > 0]
        own = {name: values[who] for name, values in facts.items()}
        own |= {"customer_id": who, "recency": day - own["last"]}
        table = pd.DataFrame(own | {name: own[name] / scale for name in money}, copy=False)
        frame = nw.from_native(table).with_columns(**of_facts)
        r, f, m, segment = marks
        f[who] = scores(frame[rulers["F"].column].to_numpy(), rulers["F"])
        # without M no rule reads it, so any cell along its axis will do
        m[who] = scores(frame[rulers["M"].column].to_numpy(), rulers["M"]) if "M" in rulers else 1
        r[:] = of_span[np.clip(day - facts["last"], 0, len(spans) - 1)] * (facts["orders"] > 0)
        segment[:] = of_cell[(r.astype(np.int16) * of_f + f) * of_m + m]

    return mark


def _by_rules(yardstick: Yardstick, ids: nw.DataFrame[Any]) -> Mark:
    """Scores and segments where rules read other columns: computed as in `segment`, from the facts on."""
    place = {name: i for i, name in enumerate(yardstick.names, start=1)}

    def mark(marks: Small, facts: Facts, touched: Ints, day: int) -> None:
        seen = np.flatnonzero(facts["orders"] > 0)
        frame = nw.maybe_reset_index(ids[seen])
        columns = {name: new_column(frame, name, values[seen]) for name, values in facts.items()}
        facts_of = frame.with_columns(**columns)
        summary = dress(
            facts_of,
            day,
            yardstick.decimals,
            money=yardstick.has_amounts,
            windowed=yardstick.starts is not None,
            also=[name for name in ORDER_IDS if name in facts],
        )
        standing = nw.from_native(yardstick.segmented(to_native(summary)), eager_only=True)
        names = standing.get_column("segment").cast(nw.String)
        segment = names.replace_strict(place, return_dtype=nw.Int64)
        for place_of, name in enumerate(SCORES):
            if name in yardstick.scores:
                marks[place_of][seen] = standing[name].to_numpy()
        marks[3][seen] = segment.to_numpy()

    return mark


def _table(ids: nw.DataFrame[Any], dates: Ints, marks: Small, yardstick: Yardstick) -> nw.DataFrame[Any]:
    frame = nw.maybe_reset_index(nw.concat([ids] * len(dates)))
    choices = [NOT_YET, *yardstick.scheme.names]
    columns = [date_column(frame, "date", dates.repeat(len(ids)))]
    columns += [
        score_column(frame, name, mark.ravel())
        for name, mark in zip(SCORES, marks, strict=False)
        if name in yardstick.scores
    ]
    columns += [segment_column(frame, "segment", choices, marks[3].ravel(), yardstick.names)]
    return frame.with_columns(*columns)


def in_engine(tx: Transactions, dates: Ints, yardstick: Yardstick) -> Any:
    """Snapshots of rows behind an engine: netted once and kept there, then summed up to each date."""
    with_orders, starts = yardstick.needs_order_ids, yardstick.starts
    rows = by_customer(
        tx.ledger,
        lambda ledger: _facts_in_memory(ledger, dates, with_orders, starts),
        lambda ledger: _facts_in_engine(ledger, tx.calendar.days, dates, with_orders, starts),
    )
    rows = materialise(rows)
    whole = {"date": nw.col("date").cast(nw.Int64)}
    seen = rows.filter(nw.col("orders") > 0)
    windowed = starts is not None
    also = ("date", *(name for name in _more_names(with_orders, starts) if name not in IN_WINDOW))
    summaries = dress(seen, nw.col("date"), tx.decimals, money=tx.has_amounts, windowed=windowed, also=also)
    standing = from_native(yardstick.segmented(to_native(summaries)))
    known_scores = yardstick.scores
    standing = standing.select("customer_id", *known_scores, nw.col("segment").cast(nw.String), **whole)
    nothing = {name: nw.lit(0).cast(nw.Int64) for name in known_scores}
    waiting = rows.filter(nw.col("orders") == 0).select(
        "customer_id", **nothing, segment=nw.lit(NOT_YET), **whole
    )
    rows = to_dates(nw.concat([standing, waiting]), ["date"])
    known = {name: nw.when(nw.col(name) > 0).then(nw.col(name)) for name in known_scores}
    rows = rows.select("customer_id", "date", **known, segment="segment")
    for name in known_scores:
        rows = nullable(rows, name)
    return rows.with_columns(as_categories(rows, nw.col("segment"), yardstick.names))


def _facts_in_memory(
    ledger: nw.DataFrame[Any], dates: Ints, with_orders: bool, starts: Ints | None
) -> nw.DataFrame[Any]:
    """The facts at each date of every customer who bought by the last one; 0 orders before the first purchase."""
    code, row = kernel.number_customers(ledger.get_column("customer_id"))
    day, units = (ledger.get_column(name).to_numpy() for name in ("day", "units"))
    keep = plan.keeps_returns(ledger)
    order = _order_numbers(ledger) if with_orders else None
    names = [*plan.FACTS, *_more_names(with_orders, starts)]
    found = {name: np.zeros((len(dates), len(row)), dtype=np.int64) for name in names}
    states = walk(kernel.customer_days(code, day, units, keep=keep), len(row), dates)
    more = _more_facts(code, order, day, units, len(row), dates, starts, keep)
    for at, ((state, _), (others, _)) in enumerate(zip(states, more, strict=True)):
        for name, values in (vars(state) | others).items():
            found[name][at] = values
    ever = np.flatnonzero(found["orders"][-1])
    ids = nw.maybe_reset_index(ledger.select("customer_id")[np.tile(row[ever], len(dates))])
    columns = {name: values[:, ever].ravel() for name, values in found.items()}
    columns["date"] = dates.repeat(len(ever))
    return ids.with_columns(*(new_column(ids, name, values) for name, values in columns.items()))


def _facts_in_engine(ledger: Any, log_days: Ints, dates: Ints, with_orders: bool, starts: Ints | None) -> Any:
    """The same as expressions, whose size does not depend on the number of dates.

    Each customer-day adds to the first date that it precedes, and is subtracted again from a window at the first
    date whose window begins after it; running sums over the dates give the facts.
    """
    log_days = log_days[log_days <= dates[-1]]
    next_dates = dates[np.searchsorted(dates, log_days)]
    ledger = ledger.filter(nw.col("day") <= int(dates[-1]))
    days = materialise(plan.customer_days(ledger))
    calendar = numbers_beside(days, {"day": log_days, "date": next_dates})
    bought = nw.col("orders") > 0
    facts = plan.day_facts(days).with_columns(day=nw.col("first"))
    added = join_in_order(facts, calendar, on="day", how="inner").with_columns(
        last=nw.when(bought).then("last").otherwise(_NEVER)
    )
    sums = ["orders", "spend", "refunds"]
    added = added.group_by("customer_id", "date").agg(nw.col(*sums).sum(), nw.col("last").max())
    if with_orders:
        placed = join_in_order(placed_orders(ledger), calendar, on="day", how="inner")
        placed = placed.group_by("customer_id", "date").agg(nw.col("order_ids").sum())
        added = join_in_order(added, placed, on=["customer_id", "date"])
        sums += ["order_ids"]
    buyers = plan.merged(plan.day_facts(days)).filter(bought).select("customer_id", "first", "first_spend")
    every = every_pair(buyers, numbers_beside(days, {"date": dates}))
    rows = join_in_order(every, added, on=["customer_id", "date"])
    moved = []
    if starts is not None:
        moved = [changes(facts, log_days, dates, starts)]
    if starts is not None and with_orders:
        moved += [order_changes(ledger, log_days, dates, starts)]
    for table in moved:
        names = [name for name in table.collect_schema().names() if name not in ("customer_id", "date")]
        table = table.group_by("customer_id", "date").agg(nw.col(*names).sum())
        rows = join_in_order(rows, table, on=["customer_id", "date"])
        sums += names
    window: dict[str, Any] = {"order_by": "date"}
    rows = rows.with_columns(
        nw.col("last").fill_null(_NEVER).cast(nw.Int64), nw.col(*sums).fill_null(0).cast(nw.Int64)
    ).with_columns(
        nw.col("last").cum_max().over("customer_id", **window),
        *(nw.col(name).cum_sum().over("customer_id", **window) for name in sums),
    )
    return rows.with_columns(nw.col("last", *sums).cast(nw.Int64))
