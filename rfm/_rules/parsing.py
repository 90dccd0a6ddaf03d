"""From a rule's text to its parts: Python's syntax tree, checked against a list of allowed nodes, never run."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import NoReturn

from rfm._options import received
from rfm._rules.syntax import (
    ARITHMETIC,
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
    columns,
    fail,
    kind,
)
from rfm.errors import RuleError

__all__ = ["parse"]

MAX_LENGTH = 4_000
MAX_DEPTH = 50
MAX_DIVISORS = 3  # an engine computes a divisor twice, so each level doubles its work
LARGEST = 2**53 - 1  # every whole number up to here is exact in floating point, on every engine

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
MEMBERSHIPS: dict[type[ast.cmpop], bool] = {ast.In: False, ast.NotIn: True}
REFUSED: dict[tuple[type[ast.AST], ...], str] = {
    (ast.Call,): "A call",
    (ast.Attribute,): "An attribute (a dot)",
    (ast.Subscript,): "An index (square brackets after a name)",
    (ast.IfExp,): "if … else",
    (ast.Lambda,): "lambda",
    (ast.NamedExpr,): "An assignment (:=)",
    (ast.JoinedStr,): "An f-string",
    (ast.Pow,): "A power (**)",
    (ast.Mod,): "A remainder (%)",
    (ast.FloorDiv,): "A floor division (//)",
    (
        ast.MatMult,
        ast.BitAnd,
        ast.BitOr,
        ast.BitXor,
        ast.LShift,
        ast.RShift,
        ast.Invert,
    ): "A bitwise operator",
    (ast.Is, ast.IsNot): "'is'",
    (ast.Starred,): "A star",
    (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp): "A comprehension",
    (ast.Tuple, ast.List, ast.Set, ast.Dict): "A list outside in",
    (ast.Constant,): "This kind of constant",
}


def parse(text: str) -> Condition:
    """Parse one rule.

    Raises
    ------
    RuleError
        If the text is not a condition of the rule language, is longer than 4,000 characters, or is nested
        more than 50 deep, or its divisors more than 3; the message points at the character.

    Examples
    --------
    >>> parse("R >= 4")
    Comparison(operator='>=', left=Column(name='R', span=Span(start=0, stop=1)), right=Constant(value=4, \
span=Span(start=5, stop=6)), span=Span(start=0, stop=6))
    """
    if not isinstance(text, str):
        raise RuleError(f"A rule is text; got {received(text)}. Hint: 'R >= 4'.")
    return _Parser(text).parse()


def divisions(value: Value) -> int:
    """How many divisions lie within the divisors of one another."""
    if not isinstance(value, Arithmetic):
        return 0
    return max(divisions(value.left), divisions(value.right) + (value.operator == "/"))


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        # one line, so that a part's place is one number
        self.line = text.translate({ord(character): " " for character in "\n\r\f\t"})
        self.lead = len(self.line) - len(self.line.lstrip())

    def parse(self) -> Condition:
        if len(self.text) > MAX_LENGTH:
            fact = f"A rule has at most {MAX_LENGTH:,} characters; this one has {len(self.text):,}."
            fail(self.text, MAX_LENGTH, fact, "Split it into segments, or join the list as a column.")
        if not self.line.strip():
            fail(self.text, 0, "The rule is empty.")
        body = self._tree()
        rest = self.lead + len(self.encoded[: body.end_col_offset].decode())
        if after := self.line[rest:].replace(")", "").strip():
            fail(self.text, self.line.index(after[0], rest), "A comment is not part of the rule language.")
        return self.condition(body, 0)

    def _tree(self) -> ast.expr:
        source = self.line.strip()
        self.encoded = source.encode("utf-8", "surrogatepass")
        try:
            return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            at = self.lead + min(max((error.offset or 1) - 1, 0), len(source) - 1)
            fail(self.text, at, f"Cannot read the rule: {error.msg}.")
        except (MemoryError, RecursionError):
            fail(self.text, self.lead, "Cannot read the rule: it is too deeply nested.")
        except ValueError as error:
            fail(self.text, self.lead, f"Cannot read the rule: {error}.")

    def span(self, node: ast.expr) -> Span:
        """A node's span in characters; Python's syntax tree counts bytes."""
        start, stop = (self.encoded[:at].decode() for at in (node.col_offset, node.end_col_offset))
        return Span(self.lead + len(start), self.lead + len(stop))

    def refuse(self, node: ast.expr, part: ast.AST | None = None) -> NoReturn:
        """Raise for a part that is not in the language, with its position."""
        name = next((name for kinds, name in REFUSED.items() if isinstance(part or node, kinds)), "This")
        if isinstance(node, ast.Constant) and node.value is None:
            name = "None"
        fail(self.text, self.span(node).start, f"{name} is not part of the rule language.")

    def condition(self, node: ast.expr, depth: int) -> Condition:
        """Read a condition."""
        span = self.span(node)
        self._check_depth(span, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.condition(value, depth + 1) for value in values)
                return And(parts, span) if isinstance(op, ast.And) else Or(parts, span)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.condition(operand, depth + 1), span)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self.chain(span, [left, *comparators], ops, depth + 1)
            case ast.Name():
                return Yes(Column(node.id, span), span)
            case ast.Constant() | ast.BinOp() | ast.UnaryOp():
                self.value(node, depth)
                fact = "A condition is expected here; this is a value."
                fail(self.text, span.start, fact, "Compare it with something: (F + M) / 2 >= 4.")
        self.refuse(node)

    def chain(self, span: Span, sides: Sequence[ast.expr], ops: Sequence[ast.cmpop], depth: int) -> Condition:
        """Read ``a < b <= c`` as ``a < b and b <= c``."""
        parts = tuple(
            self.comparison(left, op, right, depth)
            for left, op, right in zip(sides[:-1], ops, sides[1:], strict=True)
        )
        return parts[0] if len(parts) == 1 else And(parts, span)

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Condition:
        span = Span(self.span(left).start, self.span(right).stop)
        value = self.value(left, depth)
        part: Condition
        if type(op) in MEMBERSHIPS:
            part = Membership(value, self.options(right, depth), MEMBERSHIPS[type(op)], span)
        elif type(op) in COMPARATORS:
            part = Comparison(COMPARATORS[type(op)], value, self.value(right, depth), span)
        else:
            self.refuse(right, op)
        if not any(True for _ in columns(part)):
            fail(self.text, span.start, "This reads no column, so it is the same for every customer.")
        return part

    def options(self, node: ast.expr, depth: int) -> tuple[Constant, ...]:
        """Read the list after ``in``: constants, all numbers, all text or all booleans."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            elements: list[ast.expr] = node.elts
        elif isinstance(node, ast.Constant) and self._is_in_brackets(node):
            elements = [node]  # ('TW') is a list of one, as in SQL
        else:
            fail(self.text, self.span(node).start, "A list is expected after in.", "country in ('TW', 'HK')")
        options: list[Constant] = []
        for element in elements:
            constant = self.value(element, depth + 1)
            if not isinstance(constant, Constant):
                fail(self.text, constant.span.start, "A list may hold only constants.")
            if options and kind(constant.value) != kind(options[0].value):
                kinds = kind(options[0].value), kind(constant.value)
                fact = f"A list holds values of one kind; {kinds[0]} is followed by {kinds[1]}."
                fail(self.text, constant.span.start, fact)
            options.append(constant)
        return tuple(options)

    def _is_in_brackets(self, node: ast.expr) -> bool:
        before, after = self.encoded[: node.col_offset], self.encoded[node.end_col_offset :]
        return before.rstrip().endswith(b"(") and after.lstrip().startswith(b")")

    def value(self, node: ast.expr, depth: int) -> Value:
        """Read a number, a text, a column or arithmetic; constants are evaluated at once."""
        span = self.span(node)
        self._check_depth(span, depth)
        match node:
            case ast.Name(id=name):
                return Column(name, span)
            case ast.Constant(value=bool() | str() as constant):
                return Constant(constant, span)
            case ast.Constant(value=int() | float() as number):
                return self.number(number, span)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                sign = Constant(-1 if isinstance(op, ast.USub) else 1, span)
                return self.arithmetic("*", sign, self.value(operand, depth + 1), span)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                sides = self.value(left, depth + 1), self.value(right, depth + 1)
                return self.arithmetic(OPERATORS[type(op)], *sides, span)
            case ast.BinOp(op=op) | ast.UnaryOp(op=ast.Invert() as op):
                self.refuse(node, op)
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                fact = "A value is expected here; this is a condition."
                fail(self.text, span.start, fact, "Join conditions with and, or, not.")
        self.refuse(node)

    def arithmetic(self, operator: str, left: Value, right: Value, span: Span) -> Value:
        for side in (left, right):
            if isinstance(side, Constant) and kind(side.value) != "a number":
                fact = f"Arithmetic needs numbers; {side.value!r} is {kind(side.value)}."
                fail(self.text, side.span.start, fact)
        if operator == "/" and isinstance(right, Constant) and right.value == 0:
            fail(self.text, right.span.start, "Division by zero.")
        if isinstance(left, Constant) and isinstance(right, Constant):
            return self.number(ARITHMETIC[operator](left.value, right.value), span)
        if operator == "/" and divisions(right) >= MAX_DIVISORS:
            fact = f"Divisors hold divisions more than {MAX_DIVISORS} deep here."
            fail(self.text, right.span.start, fact, "a / (b / c) is a * c / b.")
        return Arithmetic(operator, left, right, span)

    def number(self, number: float, span: Span) -> Constant:
        if isinstance(number, int) and abs(number) > LARGEST:
            fact = f"A whole number in a rule is at most {LARGEST:,} (2^53 − 1), exact on every engine."
            fail(self.text, span.start, fact, "Write larger ids as text: customer_id == '…'.")
        if not math.isfinite(number):
            fail(self.text, span.start, "This number is too large.")
        return Constant(number, span)

    def _check_depth(self, span: Span, depth: int) -> None:
        if depth > MAX_DEPTH:
            fact = f"The rule is nested more than {MAX_DEPTH} deep here."
            fail(self.text, span.start, fact, "Split it into several segments.")
