"""The parts that a rule is made of, each with its place in the rule's text."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias

from rfm.errors import RuleError

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "And",
    "Arithmetic",
    "Column",
    "Comparison",
    "Condition",
    "Constant",
    "Membership",
    "Not",
    "Or",
    "Span",
    "Value",
    "ValueKind",
    "Yes",
    "columns",
    "fail",
    "kind",
]

# The same functions evaluate constants, rows and whole columns, so that the three cannot differ.
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

LANGUAGE = (
    "A rule is made of comparisons (R >= 4), and, or, not, + - * /, in ('TW', 'HK'), "
    "numbers, text and column names."
)


ValueKind: TypeAlias = Literal["a number", "text", "yes/no"]


@dataclass(frozen=True)
class Span:
    """The span of a part in the rule's text: from character ``start`` to before ``stop``."""

    start: int
    stop: int


@dataclass(frozen=True)
class Constant:
    """A number, a text, or True or False."""

    value: float | str | bool
    span: Span


@dataclass(frozen=True)
class Column:
    """A column of the table, by name."""

    name: str
    span: Span


@dataclass(frozen=True)
class Arithmetic:
    """``left`` + - * / ``right``; missing where either is, and where the divisor is 0."""

    operator: str
    left: Value
    right: Value
    span: Span


Value: TypeAlias = Constant | Column | Arithmetic


@dataclass(frozen=True)
class Comparison:
    """``left`` == != < <= > >= ``right``; false where either is missing."""

    operator: str
    left: Value
    right: Value
    span: Span


@dataclass(frozen=True)
class Membership:
    """``value`` in, or not in, constants of one kind; false where the value is missing."""

    value: Value
    options: tuple[Constant, ...]
    negated: bool
    span: Span


@dataclass(frozen=True)
class Yes:
    """A boolean column used as a condition; false where it is missing."""

    column: Column
    span: Span


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    condition: Condition
    span: Span


@dataclass(frozen=True)
class And:
    """All of two or more conditions."""

    conditions: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True)
class Or:
    """Any of two or more conditions."""

    conditions: tuple[Condition, ...]
    span: Span


Condition: TypeAlias = Comparison | Membership | Yes | Not | And | Or


def kind(value: float | str | bool) -> ValueKind:
    """The kind of a plain value, in words."""
    if isinstance(value, bool):
        return "yes/no"
    return "text" if isinstance(value, str) else "a number"


def columns(part: Condition | Value) -> Iterator[Column]:
    """The columns that a part reads, from left to right, with repetition."""
    match part:
        case Column():
            yield part
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            yield from columns(left)
            yield from columns(right)
        case Membership(value=value):
            yield from columns(value)
        case Yes(column=column):
            yield column
        case Not(condition=condition):
            yield from columns(condition)
        case And(conditions=conditions) | Or(conditions=conditions):
            for condition in conditions:
                yield from columns(condition)


def fail(text: str, at: int, fact: str, hint: str = LANGUAGE) -> NoReturn:
    """Raise a RuleError that shows a rule's text with a caret under character ``at``."""
    line = "".join(character if character.isprintable() else " " for character in text)
    first, last = max(0, at - 60), at + 40
    window = ("…" if first else "") + line[first:last] + ("…" if len(line) > last else "")
    before = window[: at - first + bool(first)]
    # a Chinese or Japanese character is two columns wide on a terminal
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in before)
    raise RuleError(f"{fact}\n  {window}\n  {' ' * width}^\nHint: {hint}")
