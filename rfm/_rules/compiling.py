"""A rule as one expression over any dataframe's columns, with one meaning for missing values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.division import quotient
from rfm._rules.interpreting import mismatch
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
    Value,
    ValueKind,
    Yes,
    fail,
    kind,
)

__all__ = ["ColumnReading"]


@dataclass(frozen=True)
class Operand:
    """An operand of a comparison.

    Attributes
    ----------
    expr : narwhals.Expr or plain constant
    kind : str
    whole : bool
        A whole number, which compares as such; all other numbers are Float64.
    """

    expr: Any
    kind: ValueKind
    whole: bool = False

    def as_float(self) -> Any:
        """The number in floating point, on which all engines agree."""
        if not self.whole:
            return self.expr
        # divided, since Arrow refuses to cast whole numbers beyond 2^53
        return self.expr / 1 if isinstance(self.expr, nw.Expr) else float(self.expr)

    def present(self) -> list[nw.Expr]:
        """Conditions under which the value is not missing; never null themselves."""
        if not isinstance(self.expr, nw.Expr):
            return []
        there = [~self.expr.is_null()]
        return [*there, ~self.expr.is_nan()] if self.kind == "a number" and not self.whole else there


class ColumnReading:
    """The columns of a table, read by one rule.

    Parameters
    ----------
    text : str
        The rule's text, for messages.
    schema : mapping of str to narwhals dtype
        The table's columns.
    """

    def __init__(self, text: str, schema: Mapping[str, Any]) -> None:
        self.text = text
        self.schema = schema

    def holds(self, condition: Condition) -> nw.Expr:
        """A condition as an expression that is true or false, and never missing."""
        match condition:
            case And(conditions=conditions):
                return joined(operator.and_, [self.holds(part) for part in conditions])
            case Or(conditions=conditions):
                return joined(operator.or_, [self.holds(part) for part in conditions])
            case Not(condition=inner):
                return ~self.holds(inner)
            case Yes(column=column):
                return self.truth(column)
            case Membership():
                return self.among(condition)
            case Comparison():
                return self.compare(condition)

    def truth(self, column: Column) -> nw.Expr:
        """A boolean column; false where it is missing."""
        found = self.cell(column)
        if found.kind != "yes/no":
            mismatch(self.text, column.span, found.kind, "yes/no")
        return where_present(found.expr, found)

    def compare(self, comparison: Comparison) -> nw.Expr:
        """A comparison; whole numbers as such, other numbers in floating point."""
        left, right = self.value(comparison.left), self.value(comparison.right)
        if left.kind != right.kind:
            mismatch(self.text, comparison.span, left.kind, right.kind)
        compare = COMPARISONS[comparison.operator]
        if left.kind == "a number" and not (left.whole and right.whole):
            return where_present(compare(left.as_float(), right.as_float()), left, right)
        return where_present(compare(left.expr, right.expr), left, right)

    def among(self, membership: Membership) -> nw.Expr:
        """A value compared with each constant of a list."""
        found, options = self.value(membership.value), [option.value for option in membership.options]
        if options and found.kind != kind(options[0]):
            mismatch(self.text, membership.span, found.kind, kind(options[0]))
        value = found.expr
        if found.kind == "a number" and not (found.whole and all(isinstance(o, int) for o in options)):
            # not every engine equates −0.0 and 0.0 in a list; adding 0.0 makes them one
            value, options = found.as_float() + 0.0, [float(option) + 0.0 for option in options]
        if not options:  # SQL has no empty list
            return where_present(value == value if membership.negated else value != value, found)
        among = value.is_in(options)
        return where_present(~among if membership.negated else among, found)

    def value(self, value: Value) -> Operand:
        """A value as an expression; missing stays missing, and NaN counts as missing."""
        match value:
            case Constant(value=constant):
                return Operand(constant, kind(constant), whole=type(constant) is int)
            case Column():
                return self.cell(value)
            case Arithmetic(operator=symbol, left=left, right=right):
                a, b = self.operand(left), self.operand(right)
                if symbol == "/":
                    expr = a / nw.when(b != 0).then(b) if isinstance(b, nw.Expr) else quotient(a, b)
                    return Operand(expr, "a number")
                return Operand(ARITHMETIC[symbol](a, b), "a number")

    def operand(self, side: Value) -> Any:
        """One side of arithmetic, in floating point."""
        found = self.value(side)
        if found.kind != "a number":
            mismatch(self.text, side.span, found.kind, "a number")
        return found.as_float()

    def cell(self, column: Column) -> Operand:
        """A column by its type."""
        name, at = column.name, column.span.start
        if name not in self.schema:
            fail(self.text, at, f"No column {name!r}.", f"The table has: {', '.join(self.schema)}.")
        dtype, expr = self.schema[name], nw.col(name)
        if dtype == nw.Boolean:
            return Operand(expr, "yes/no")
        if dtype == nw.String:
            return Operand(expr, "text")
        if isinstance(dtype, nw.Categorical | nw.Enum):
            return Operand(expr.cast(nw.String), "text")
        if dtype.is_signed_integer():
            return Operand(expr if dtype == nw.Int64 else expr.cast(nw.Int64), "a number", whole=True)
        if dtype.is_numeric():
            return Operand(expr.cast(nw.Float64), "a number")
        fact = f"{name} holds {dtype}, which rules cannot read."
        fail(self.text, at, fact, "Rules read numbers, text and booleans.")


def joined(join: Callable[[nw.Expr, nw.Expr], nw.Expr], parts: Sequence[nw.Expr]) -> nw.Expr:
    """Conditions joined pairwise: engines limit how deep an expression may be, not how wide."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return join(joined(join, parts[:half]), joined(join, parts[half:]))


def where_present(condition: nw.Expr, *operands: Operand) -> nw.Expr:
    """The condition, false where an operand is missing."""
    present = [test for operand in operands for test in operand.present()]
    return joined(operator.and_, [*present, condition])
