"""Which rule applied to a customer, and why the earlier ones did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._options import received
from rfm._printed import name_in_text, short_repr
from rfm._rules import Rule
from rfm._rules.interpreting import RowReading, plain
from rfm._rules.syntax import And, Condition, Or, columns
from rfm._schemes.assigning import SCORES, Ruled, check_score, naming
from rfm._scores.bins import Bins
from rfm.errors import SchemeError
from rfm.errors import plain as one_line

__all__ = ["Explanation", "Reason", "explain", "row_cells"]


@dataclass(frozen=True)
class Reason:
    """One rule evaluated for one customer.

    Attributes
    ----------
    segment, rule : str
    holds : bool
    because : tuple of str
        If the rule does not hold: the parts that fail, with the customer's values.
    """

    segment: str
    rule: str
    holds: bool
    because: tuple[str, ...]

    def __repr__(self) -> str:
        return short_repr(self)

    def __str__(self) -> str:
        if self.holds:
            return one_line(f"{name_in_text(self.segment)}: yes, {self.rule}")
        return one_line(f"{name_in_text(self.segment)}: no, {'; '.join(self.because)}")


@dataclass(frozen=True)
class Explanation:
    """Which segment a customer belongs to, and every rule that was evaluated; prints as a list.

    Attributes
    ----------
    segment : str or None
    reasons : tuple of Reason
        In the order of the scheme, up to the rule that holds.
    """

    segment: str | None
    reasons: tuple[Reason, ...]

    def __repr__(self) -> str:
        return short_repr(self)

    def __str__(self) -> str:
        lines = [str(reason) for reason in self.reasons]
        if not (self.reasons and self.reasons[-1].holds):
            lines.append(f"{name_in_text(self.segment)}: the default" if self.segment else "no segment")
        return "\n".join(lines)


def explain(ruled: Ruled, default: str | None, row: Any, scheme: str, bins: Bins) -> Explanation:
    """Evaluate one rule after the other until one holds.

    Parameters
    ----------
    ruled : sequence of (segment, Rule)
    default : str or None
    row : mapping, Series or dataframe of one row
    scheme : str
        The name of the scheme, for messages.
    bins : int or mapping
        Of its scores.

    Raises
    ------
    SchemeError
        If the table has another number of rows, or a score is not one of the scheme's.
    RuleError
        If the row lacks a column that a rule reads.
    """
    cells, reasons = row_cells(row), []
    for name in SCORES:
        if name in cells and isinstance(score := plain(cells[name]), int | float | None):
            check_score(name, score, scheme, bins)
    for name, rule in ruled:
        with naming(name):
            reasons.append(_reason(name, rule, cells))
        if reasons[-1].holds:
            return Explanation(name, tuple(reasons))
    return Explanation(default, tuple(reasons))


def row_cells(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping | pd.Series):
        return {str(name): value for name, value in row.items()}
    frame = from_native(row, "explain takes one row: table.iloc[0], or {'R': 3, 'F': 5, 'M': 4}").head(2)
    rows = fetch(frame).rows(named=True)
    if len(rows) != 1:
        raise SchemeError(f"explain takes one customer; got {'no row' if not rows else 'several rows'}.")
    return rows[0]


def _reason(segment: str, rule: Rule, row: Mapping[str, Any]) -> Reason:
    """Evaluate one rule on one row, with the parts that fail."""
    reading = RowReading(rule.text, row)
    if reading.holds(rule.condition):
        return Reason(segment, rule.text, True, ())
    failing = _failing(rule.condition, reading)
    because = tuple(f"{rule.part(part.span)} is false ({_values(part, reading)})" for part in failing)
    return Reason(segment, rule.text, False, because)


def _failing(condition: Condition, reading: RowReading) -> Iterator[Condition]:
    """The smallest parts that make a false condition false."""
    match condition:
        case And(conditions=parts) | Or(conditions=parts):
            for part in parts:
                if not reading.holds(part):
                    yield from _failing(part, reading)
        case _:
            yield condition


def _values(condition: Condition, reading: RowReading) -> str:
    cells = {column.name: reading.cell(column) for column in columns(condition)}
    cells_in_words = (
        f"{name} is missing" if value is None else f"{name} = {received(value)}"
        for name, value in cells.items()
    )
    return ", ".join(cells_in_words)
