"""A rule evaluated on one row: used to explain, and as the reference for the compiled expression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from rfm._rules.syntax import (
    ARITHMETIC,
    COMPARISONS,
    And,
    Arithmetic,
    Column,
    Comparison,
    Condition,
    Constant,
    Membership,
    Not,
    Or,
    Span,
    Value,
    Yes,
    fail,
    kind,
)

__all__ = ["RowReading", "plain"]


class RowReading:
    """One customer's row, read by one rule.

    Parameters
    ----------
    text : str
        The rule's text, for messages.
    row : mapping
        Column name to value; None, NaN, NA and NaT are missing.
    """

    def __init__(self, text: str, row: Mapping[str, Any]) -> None:
        self.text = text
        self.row = row

    def holds(self, condition: Condition) -> bool:
        """Whether a condition is true of the row."""
        match condition:
            case And(conditions=conditions):
                return all(self.holds(part) for part in conditions)
            case Or(conditions=conditions):
                return any(self.holds(part) for part in conditions)
            case Not(condition=inner):
                return not self.holds(inner)
            case Yes(column=column):
                return self.truth(column)
            case Membership():
                return self.among(condition)
            case Comparison():
                return self.compare(condition)

    def truth(self, column: Column) -> bool:
        """A boolean cell; false where it is missing."""
        found = self.cell(column)
        if found is not None and not isinstance(found, bool):
            mismatch(self.text, column.span, kind(found), "yes/no")
        return found is True

    def compare(self, comparison: Comparison) -> bool:
        """A comparison; whole numbers as such, other numbers in floating point."""
        left, right = self.value(comparison.left), self.value(comparison.right)
        if left is None or right is None:
            return False
        if kind(left) != kind(right):
            mismatch(self.text, comparison.span, kind(left), kind(right))
        if isinstance(left, float) or isinstance(right, float):
            left, right = float(left), float(right)
        return bool(COMPARISONS[comparison.operator](left, right))

    def among(self, membership: Membership) -> bool:
        """A value compared with each constant of a list."""
        options = [option.value for option in membership.options]
        found = self.value(membership.value)
        if found is None:
            return False
        if options and kind(found) != kind(options[0]):
            mismatch(self.text, membership.span, kind(found), kind(options[0]))
        if isinstance(found, float) or any(isinstance(option, float) for option in options):
            found, options = float(found), [float(option) for option in options]
        return (found in options) != membership.negated

    def value(self, value: Value) -> float | str | bool | None:
        """The value in this row, or None if it is missing."""
        match value:
            case Constant(value=constant):
                return constant
            case Column():
                return self.cell(value)
            case Arithmetic(operator=operator, left=left, right=right):
                a, b = self.operand(left), self.operand(right)
                if a is None or b is None or (operator == "/" and b == 0):
                    return None
                result: float = ARITHMETIC[operator](a, b)
                return None if math.isnan(result) else result

    def operand(self, side: Value) -> float | None:
        """One side of arithmetic, in floating point."""
        found = self.value(side)
        if found is None:
            return None
        if kind(found) != "a number":
            mismatch(self.text, side.span, kind(found), "a number")
        return float(found)

    def cell(self, column: Column) -> float | str | bool | None:
        """The row's entry in a column, as a plain number, text or boolean, or None if it is missing."""
        if column.name not in self.row:
            known = ", ".join(map(str, self.row))
            fail(self.text, column.span.start, f"No column {column.name!r}.", f"The row has: {known}.")
        found = plain(self.row[column.name])
        if found is None or isinstance(found, int | float | str):
            return found
        fact = f"{column.name} holds {type(found).__name__}, which rules cannot read."
        fail(self.text, column.span.start, fact, "Rules read numbers, text and booleans.")


def mismatch(text: str, span: Span, found: str, wanted: str) -> NoReturn:
    """Raise a RuleError: two kinds cannot be compared."""
    fail(text, span.start, f"This compares {found} with {wanted}.", "Compare values of the same kind.")


def plain(value: Any) -> Any:
    """A table's entry as Python's own number, text or boolean; None for every kind of missing value."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, Decimal):
        value = float(value)
    return None if isinstance(value, float) and math.isnan(value) else value
