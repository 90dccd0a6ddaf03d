"""What was kept, dropped, netted, merged or rounded on the way in: nothing vanishes silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final, Literal

import narwhals as nw

from rfm.columns import DAY, ROUNDED, UNITS, VERDICT, Columns
from rfm.duplicates import COPIES, equal_rows, without_copies
from rfm.examples import first_customers, first_days, first_rows, is_missing
from rfm.frames import Frame, choose, fetch
from rfm.verdicts import Verdict

__all__ = ["Effect", "Line", "audit_lines"]

Effect = Literal["kept", "dropped", "informs"]
Row = Mapping[str, Any]

ROWS: Final = "__rows__"
CUSTOMERS: Final = "__customers__"
FLAG: Final = "__flag__"
MERGED: Final = "__merged__"
PURCHASES: Final = "__purchases__"
REFUNDED: Final = "__refunded__"


@dataclass(frozen=True)
class Line:
    """One line of the audit; ``units`` is None where the rows have no amount that can be summed."""

    rule: str
    effect: Effect
    rows: int
    customers: int
    units: int | None
    examples: str
    source: Any = None


def audit_lines(
    checked: Frame, columns: Columns, names: Sequence[str], *, drop_duplicates: bool
) -> list[Line]:
    """Account for every row of a log.

    Parameters
    ----------
    checked
        The log with a verdict on every row (see `rfm.reading`).
    columns
        What its columns mean.
    names
        The columns it came with: rows equal in all of them are duplicates.
    drop_duplicates
        Whether all but one of equal rows are dropped.

    Returns
    -------
    list of Line
        First what was kept, then what was dropped: every row of the log is in exactly one of these. Then
        what informs about the rows that were kept.
    """
    kept = checked.filter(nw.col(VERDICT) == Verdict.KEPT)
    copies = equal_rows(kept, names).with_columns((nw.col(COPIES) - 1).cast(nw.Int64).alias(ROWS))
    copies = copies.with_columns((nw.col(UNITS) * nw.col(ROWS)).alias(UNITS))
    if drop_duplicates:
        kept = without_copies(kept, names)
    effect: Effect = "dropped" if drop_duplicates else "informs"
    duplicates = _lines(copies, columns, effect, "duplicate row" if drop_duplicates else "duplicate row kept")
    returns, rounded = kept.filter(nw.col(UNITS) < 0), kept.filter(nw.col(ROUNDED))
    lines = [
        *_lines(kept, columns, "kept", "kept"),
        *_lines(checked.filter(nw.col(VERDICT) != Verdict.KEPT), columns, "dropped", None),
        *duplicates,
        *_lines(returns, columns, "informs", "return netted"),
        *_lines(rounded, columns, "informs", "amount rounded"),
        *_customer_lines(kept, columns),
    ]
    return sorted(lines, key=lambda line: ("kept", "dropped", "informs").index(line.effect))


def _lines(rows: Frame, columns: Columns, effect: Effect, rule: str | None) -> list[Line]:
    """A line for each rule (the verdict's own, if None) and source that has rows."""
    if ROWS not in rows.collect_schema().names():
        rows = rows.with_columns(nw.lit(1).cast(nw.Int64).alias(ROWS))
    keys = [VERDICT] if columns.source is None else [VERDICT, columns.source]
    total = nw.col(ROWS, UNITS).sum()
    by_customer = rows.group_by(*keys, columns.customer).agg(total)
    found = fetch(by_customer.group_by(*keys).agg(total, nw.len().alias(CUSTOMERS))).rows(named=True)
    lines = []
    for row in sorted(found, key=lambda row: (row[VERDICT], *_order(row[keys[-1]]))):
        verdict = Verdict(row[VERDICT])
        these = reduce(and_, [_equals(key, row[key]) for key in keys])
        lines.append(
            Line(
                rule or verdict.rule,
                effect,
                int(row[ROWS]),
                0 if verdict == Verdict.MISSING_CUSTOMER else int(row[CUSTOMERS]),
                int(row[UNITS]) if verdict.has_amount else None,
                "" if effect == "kept" else first_rows(rows.filter(these), columns),
                None if columns.source is None or is_missing(row[columns.source]) else row[columns.source],
            )
        )
    return lines


def _order(value: Any) -> tuple[bool, str]:
    return is_missing(value), str(value)


def _equals(name: str, value: Any) -> nw.Expr:
    return nw.col(name).is_null() if is_missing(value) else nw.col(name) == value


def _customer_lines(kept: Frame, columns: Columns) -> list[Line]:
    """Days that hold several rows, and customers who have no purchase day, only refunds."""
    customer = columns.customer
    days = (
        kept.group_by(customer, DAY)
        .agg(nw.len().alias(ROWS), nw.col(UNITS).sum(), nw.col(UNITS).min().alias(FLAG))
        .with_columns(nw.col(ROWS, UNITS, FLAG).cast(nw.Int64))
    )
    net = nw.col(UNITS)
    purchase = (net > 0) | ((net == 0) & (nw.col(FLAG) >= 0))
    people = (
        days.with_columns(choose([(purchase, 1)], 0).alias(PURCHASES), (nw.col(ROWS) - 1).alias(MERGED))
        .group_by(customer)
        .agg(nw.col(ROWS, UNITS, PURCHASES, MERGED).sum())
        .with_columns(nw.col(ROWS, UNITS, PURCHASES, MERGED).cast(nw.Int64))
    )
    refunded = people.filter(nw.col(PURCHASES) == 0)
    merged = people.filter(nw.col(MERGED) > 0)
    lines = []
    total = fetch(merged.select(nw.col(MERGED).sum(), nw.len().alias(CUSTOMERS))).row(0)
    if total[1]:
        examples = first_days(days.filter(nw.col(ROWS) > 1), customer, ROWS)
        lines.append(
            Line("order merged into its day", "informs", int(total[0]), int(total[1]), None, examples)
        )
    total = fetch(refunded.select(nw.col(ROWS, UNITS).sum(), nw.len().alias(CUSTOMERS))).row(0)
    if total[2]:
        examples = first_customers(refunded, customer)
        lines.append(
            Line(
                "customer with refunds only", "informs", int(total[0]), int(total[2]), int(total[1]), examples
            )
        )
    return lines
