"""What was kept, dropped, netted, merged or rounded when the log was read: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Any, Final, Literal

import narwhals.stable.v2 as nw

from rfm._frames.columns import choose
from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, Frame
from rfm._orders.columns import DAY, ROUNDED, UNITS, VERDICT, Columns
from rfm._orders.duplicates import COPIES, equal_rows, without_copies
from rfm._orders.examples import first_customers, first_days, first_rows, is_missing
from rfm._orders.reading import missing_id
from rfm._orders.verdicts import Verdict
from rfm._words import declare

__all__ = ["EFFECT_WORDS", "RULE_WORDS", "Effect", "Line", "audit_lines", "without_amounts"]

Effect = Literal["kept", "dropped", "informs"]
EFFECTS: Final = ("kept", "dropped", "informs")

ROWS: Final = f"{INTERNAL}rows"
CUSTOMERS: Final = f"{INTERNAL}customers"
LOWEST: Final = f"{INTERNAL}lowest"
MERGED: Final = f"{INTERNAL}merged"
PURCHASES: Final = f"{INTERNAL}purchases"


@dataclass(frozen=True)
class Line:
    """One line of the audit; ``units`` is None where the rows have no amount that can be summed."""

    rule: str
    effect: Effect
    rows: int
    customers: int
    units: int | None
    examples: str = ""
    source: Any = None


@dataclass(frozen=True)
class Measure:
    """What a line counts of each row; without a separate rule, it is the row's verdict."""

    rule: str | None
    effect: Effect
    rows: nw.Expr

    def named(self, number: int) -> list[nw.Expr]:
        """Rows and their units as columns, with a number that identifies the measure."""
        units = nw.col(UNITS) * self.rows
        return [
            self.rows.cast(nw.Int64).alias(f"{ROWS}{number}"),
            units.cast(nw.Int64).alias(f"{UNITS}{number}"),
        ]


IS_KEPT: Final = nw.col(VERDICT) == Verdict.KEPT
BY_VERDICT: Final = Measure(None, "dropped", choose([(IS_KEPT, 1)], 1))
NETTED: Final = Measure("return netted", "informs", choose([(IS_KEPT & (nw.col(UNITS) < 0), 1)], 0))
KEPT_RETURNS: Final = replace(NETTED, rule="negative amount kept as a purchase")
ROUNDINGS: Final = Measure("amount rounded", "informs", choose([(IS_KEPT & nw.col(ROUNDED), 1)], 0))
COPIED: Final = Measure("duplicate row kept", "informs", nw.col(COPIES) - 1)
COPIES_DROPPED: Final = Measure("duplicate row", "dropped", nw.col(COPIES) - 1)
AFTER_HIATUS: Final = "row after a hiatus"
WITHOUT_ORDER: Final = "row without order id"
NO_AMOUNTS: Final = "no amounts"
MERGED_ORDER: Final = "order merged into its day"
REFUNDS_ONLY: Final = "customer with refunds only"

REFUSING: Final = (Verdict.UNDECIDED_DATE, Verdict.AMOUNT_TOO_LARGE)  # these are not lines of an audit
RULE_WORDS: Final = declare(
    "audit.rule",
    {
        rule: rule
        for rule in (
            *(verdict.rule for verdict in Verdict if verdict not in REFUSING),
            *(m.rule for m in (COPIES_DROPPED, COPIED, NETTED, KEPT_RETURNS, ROUNDINGS) if m.rule),
            *(AFTER_HIATUS, WITHOUT_ORDER, NO_AMOUNTS, MERGED_ORDER, REFUNDS_ONLY),
        )
    },
)
EFFECT_WORDS: Final = declare("audit.effect", {effect: effect for effect in EFFECTS})


def audit_lines(
    checked: Frame,
    columns: Columns,
    names: Sequence[str],
    *,
    drop_duplicates: bool,
    hiatus: tuple[int, int] | None = None,
) -> list[Line]:
    """Account for every row of a log.

    Parameters
    ----------
    checked
        The log with a verdict on every row (see `rfm._orders.reading`).
    columns
        What its columns mean.
    names
        The columns it came with: rows equal in all of them are duplicates.
    drop_duplicates
        Whether all but one of equal rows are dropped.
    hiatus
        The days before and after a gap to report: see `rfm._orders.far_dates`.

    Returns
    -------
    list of Line
        First what was kept, then what was dropped: every row of the log is in exactly one of these. Then
        information about the rows that were kept.
    """
    kept, copies = checked.filter(IS_KEPT), equal_rows(checked.filter(IS_KEPT), names)
    found = _row_lines(copies, columns, [COPIES_DROPPED if drop_duplicates else COPIED])
    if drop_duplicates:
        kept = without_copies(kept, names)
        found += _row_lines(checked.filter(~IS_KEPT), columns, [BY_VERDICT])
    measures = [
        BY_VERDICT,
        KEPT_RETURNS if columns.keep_returns else NETTED,
        ROUNDINGS,
        *_without_order(checked, columns),
    ]
    if hiatus is not None:
        after = IS_KEPT & (nw.col(DAY) >= hiatus[1])
        measures.append(Measure(AFTER_HIATUS, "informs", choose([(after, 1)], 0)))
    found += _row_lines(kept if drop_duplicates else checked, columns, measures)
    texts = iter(first_rows([rows for line, rows in found if line.effect != "kept"], columns))
    lines = [line if line.effect == "kept" else replace(line, examples=next(texts)) for line, _ in found]
    return sorted([*lines, *_customer_lines(kept, columns)], key=_place)


def without_amounts(lines: Sequence[Line]) -> list[Line]:
    """The lines of a log without amounts: no sums of money, and one more line that says so."""
    kept = [line for line in lines if line.effect == "kept"]
    rows, customers = (sum(getattr(line, name) for line in kept) for name in ("rows", "customers"))
    bare = [replace(line, units=None) for line in lines]
    return [*bare, Line(NO_AMOUNTS, "informs", rows, customers, None)]


def _without_order(checked: Frame, columns: Columns) -> list[Measure]:
    """The count of kept rows without an order id, if order ids are mapped."""
    if columns.order_id is None:
        return []
    missing = missing_id(columns.order_id, checked.collect_schema()[columns.order_id])
    return [Measure(WITHOUT_ORDER, "informs", choose([(IS_KEPT & missing, 1)], 0))]


ORDER: Final = ["kept", *(verdict.rule for verdict in Verdict), "duplicate row", "duplicate row kept"]


def _place(line: Line) -> tuple[int, int, bool, str]:
    rank = ORDER.index(line.rule) if line.rule in ORDER else len(ORDER)
    return EFFECTS.index(line.effect), rank, is_missing(line.source), str(line.source)


def _row_lines(rows: Frame, columns: Columns, measures: Sequence[Measure]) -> list[tuple[Line, Frame]]:
    """For each measure, verdict and source that has rows, a line without examples, and its rows."""
    keys = [VERDICT] if columns.source is None else [VERDICT, columns.source]
    counted = rows.with_columns(
        *(column for n, measure in enumerate(measures) for column in measure.named(n))
    )
    sums = [nw.col(f"{name}{n}").sum() for n in range(len(measures)) for name in (ROWS, UNITS)]
    present = [
        choose([(nw.col(f"{ROWS}{n}") > 0, 1)], 0).alias(f"{CUSTOMERS}{n}") for n in range(len(measures))
    ]
    people = [nw.col(f"{CUSTOMERS}{n}").sum() for n in range(len(measures))]
    by_customer = counted.group_by(*keys, columns.customer).agg(*sums).with_columns(*present)
    lines = []
    for row in fetch(by_customer.group_by(*keys).agg(*sums, *people)).rows(named=True):
        of_key = reduce(and_, (_equals(key, row[key]) for key in keys))
        for n, measure in enumerate(measures):
            if row[f"{ROWS}{n}"]:
                total = {name: int(row[f"{name}{n}"]) for name in (ROWS, CUSTOMERS, UNITS)}
                source = (
                    None if columns.source is None or is_missing(row[columns.source]) else row[columns.source]
                )
                line = _line(measure, Verdict(int(row[VERDICT])), total, source)
                lines.append((line, counted.filter(of_key & (nw.col(f"{ROWS}{n}") > 0))))
    return lines


def _line(measure: Measure, verdict: Verdict, total: dict[str, int], source: Any) -> Line:
    return Line(
        rule=measure.rule or verdict.rule,
        effect="kept" if measure.rule is None and verdict == Verdict.KEPT else measure.effect,
        rows=total[ROWS],
        customers=0 if verdict == Verdict.MISSING_CUSTOMER else total[CUSTOMERS],
        units=total[UNITS] if verdict.has_amount else None,
        source=source,
    )


def _equals(name: str, value: Any) -> nw.Expr:
    return nw.col(name).is_null() if is_missing(value) else nw.col(name) == value


def _customer_lines(kept: Frame, columns: Columns) -> list[Line]:
    """Days that hold several rows, and customers who have no purchase day, only refunds."""
    customer = columns.customer
    days = kept.group_by(customer, DAY).agg(
        nw.len().alias(ROWS), nw.col(UNITS).sum(), nw.col(UNITS).min().alias(LOWEST)
    )
    days = days.with_columns(nw.col(ROWS, UNITS, LOWEST).cast(nw.Int64))
    purchase = (nw.col(UNITS) > 0) | ((nw.col(UNITS) == 0) & (nw.col(LOWEST) >= 0))
    if columns.keep_returns:
        purchase = nw.col(ROWS) > 0
    days = days.with_columns(choose([(purchase, 1)], 0).alias(PURCHASES), (nw.col(ROWS) - 1).alias(MERGED))
    totals = (ROWS, UNITS, PURCHASES, MERGED)
    people = days.group_by(customer).agg(nw.col(*totals).sum()).with_columns(nw.col(*totals).cast(nw.Int64))
    refunded = people.filter(nw.col(PURCHASES) == 0)
    has_merged, only_refunds = nw.col(MERGED) > 0, nw.col(PURCHASES) == 0
    found = fetch(
        people.select(
            nw.col(MERGED),
            choose([(has_merged, 1)], 0).alias("merging"),
            choose([(only_refunds, 1)], 0).alias("refunded"),
            choose([(only_refunds, nw.col(ROWS))], 0).alias("rows"),
            choose([(only_refunds, nw.col(UNITS))], 0).alias("units"),
        ).select(nw.col(MERGED, "merging", "refunded", "rows", "units").sum())
    )
    [sums] = found.rows()
    merged, merging, refunders, rows, units = (int(total or 0) for total in sums)
    lines = []
    if merged:
        examples = first_days(days.filter(nw.col(MERGED) > 0), customer, ROWS)
        lines.append(Line(MERGED_ORDER, "informs", merged, merging, None, examples))
    if refunders:
        examples = first_customers(refunded, customer)
        lines.append(Line(REFUNDS_ONLY, "informs", rows, refunders, units, examples))
    return lines
