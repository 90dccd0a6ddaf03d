"""A scheme's rules as conditions of SQL; a comparison with a missing value is false, as in `rfm._rules`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from rfm._rules.rule import Rule
from rfm._rules.syntax import (
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
    Yes,
    fail,
    kind,
)
from rfm._sql.dialects import column, glot, text

__all__ = ["ColumnKind", "condition_of"]

ColumnKind: TypeAlias = Literal["a number", "text"]
OPERATORS: Final = {"==": "EQ", "!=": "NEQ", "<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
SYMBOLS: Final = {"+": "Add", "-": "Sub", "*": "Mul"}


def condition_of(rule: Rule, kinds: Mapping[str, ColumnKind]) -> Any:
    """The rule as a condition.

    Parameters
    ----------
    rule : Rule
    kinds : mapping of str to kind
        The columns that the statement has.

    Raises
    ------
    RuleError
        If it reads another column, or compares text with numbers.
    """
    return _Reader(rule.text, kinds).holds(rule.condition)


class _Reader:
    """One rule over the columns of a statement."""

    def __init__(self, written: str, kinds: Mapping[str, ColumnKind]) -> None:
        self.written = written
        self.kinds = kinds

    def holds(self, condition: Condition) -> Any:
        exp = glot().exp
        match condition:
            case And(conditions=parts):
                return exp.and_(*(self.holds(part) for part in parts))
            case Or(conditions=parts):
                return exp.or_(*(self.holds(part) for part in parts))
            case Not(condition=inner):
                return exp.not_(exp.paren(self.holds(inner)))
            case Yes(column=found):
                return fail(
                    self.written,
                    found.span.start,
                    f"{found.name} is no yes/no column.",
                    "compare it with a number.",
                )
            case Membership():
                return self.among(condition)
            case Comparison():
                return self.compare(condition)

    def compare(self, comparison: Comparison) -> Any:
        exp = glot().exp
        left, right = (self.value(side) for side in (comparison.left, comparison.right))
        self.check(comparison.left, comparison.right)
        made = getattr(exp, OPERATORS[comparison.operator])(this=left, expression=right)
        return self.known(made, comparison.left, comparison.right)

    def among(self, membership: Membership) -> Any:
        exp = glot().exp
        if not membership.options:  # SQL has no empty list
            return exp.true() if membership.negated else exp.false()
        self.check(membership.value, membership.options[0])
        found = exp.In(
            this=self.value(membership.value), expressions=[_literal(o.value) for o in membership.options]
        )
        made = exp.not_(exp.paren(found)) if membership.negated else found
        return self.known(made, membership.value)

    def known(self, made: Any, *sides: Value) -> Any:
        """The condition; false where a division by zero has no value. The columns themselves are never missing."""
        exp = glot().exp
        if not any(_divides(side) for side in sides):
            return made
        return exp.Coalesce(this=made, expressions=[exp.false()])

    def check(self, *sides: Value) -> None:
        """Refuse text compared with numbers."""
        left, right = map(self.kind, sides)
        if left != right:
            fail(
                self.written,
                sides[0].span.start,
                f"This compares {left} with {right}.",
                "compare like with like.",
            )

    def kind(self, value: Value) -> str:
        match value:
            case Constant(value=constant):
                return kind(constant)
            case Column(name=name):
                return self.kinds.get(name, "")
            case Arithmetic():
                return "a number"

    def value(self, value: Value) -> Any:
        match value:
            case Constant(value=constant):
                return _literal(constant)
            case Column(name=name, span=span):
                if name not in self.kinds:
                    fail(
                        self.written,
                        span.start,
                        f"The statement has no column {name!r}.",
                        f"It has: {', '.join(self.kinds)}.",
                    )
                return column(name)
            case Arithmetic():
                return self.arithmetic(value)

    def arithmetic(self, value: Arithmetic) -> Any:
        """In floating point."""
        exp = glot().exp
        self.check(value.left, Constant(0, value.span))
        self.check(value.right, Constant(0, value.span))
        left, right = (exp.cast(self.value(side), "double") for side in (value.left, value.right))
        if value.operator == "/":
            zero = exp.Literal.number(0)
            made = exp.Div(
                this=left, expression=exp.Nullif(this=right, expression=zero), typed=False, safe=False
            )
        else:
            made = getattr(exp, SYMBOLS[value.operator])(this=left, expression=right)
        return exp.paren(made)


def _divides(value: Value) -> bool:
    if not isinstance(value, Arithmetic):
        return False
    return value.operator == "/" or _divides(value.left) or _divides(value.right)


def _literal(value: float | str | bool) -> Any:
    exp = glot().exp
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return text(value)
    return exp.Neg(this=exp.Literal.number(repr(-value))) if value < 0 else exp.Literal.number(repr(value))
