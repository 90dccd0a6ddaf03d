"""A rule: its text, the columns it reads, and its evaluation as an expression and row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw

from rfm._options import received
from rfm._rules.compiling import ColumnReading
from rfm._rules.interpreting import RowReading
from rfm._rules.parsing import parse
from rfm._rules.syntax import Condition, Span, columns
from rfm.errors import RuleError

__all__ = ["Rule"]


@dataclass(frozen=True)
class Rule:
    """A condition on a customer's columns.

    Comparisons (``R >= 4``, also chained: ``2 <= R < 4``), ``and``, ``or``, ``not``, arithmetic
    (``(F + M) / 2 >= 4``), ``in`` and ``not in`` a list (``country in ('TW', 'HK')``), and a boolean column
    by its name (``is_member``). A comparison with a missing value is false, and its ``not`` is true; a
    division by zero is missing. Arithmetic is done in floating point. The text is parsed against a
    list of allowed parts; nothing is ever evaluated as Python.

    Parameters
    ----------
    text : str
        The rule as written.

    Raises
    ------
    RuleError
        If the text is not a condition of the language; the message points at the character.

    See Also
    --------
    Segment : A name with a rule.
    Scheme : Rules in their order.

    Examples
    --------
    >>> rule = Rule("R >= 4 and (F + M) / 2 >= 4")
    >>> sorted(rule.columns)
    ['F', 'M', 'R']
    >>> rule.holds({"R": 5, "F": 3, "M": 5})
    True
    >>> Rule("R >= 4 and spend ** 2 > 9")
    Traceback (most recent call last):
    ...
    rfm.errors.RuleError: A power (**) is not part of the rule language.
      R >= 4 and spend ** 2 > 9
                 ^
    Hint: A rule is made of comparisons (R >= 4), and, or, not, + - * /, in ('TW', 'HK'), numbers, ...
    """

    text: str
    condition: Condition = field(init=False, repr=False, compare=False)
    columns: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        condition = parse(self.text)
        object.__setattr__(self, "condition", condition)
        object.__setattr__(self, "columns", frozenset(column.name for column in columns(condition)))

    def expression(self, schema: Mapping[str, Any]) -> nw.Expr:
        """The rule as one expression, true or false and never missing.

        Parameters
        ----------
        schema : mapping of str to narwhals dtype
            Of the table that the expression is for: ``frame.collect_schema()``.

        Returns
        -------
        narwhals.Expr

        Raises
        ------
        RuleError
            If the table lacks a column, or a column's kind does not fit.

        See Also
        --------
        Rule.holds : Of one row.

        Examples
        --------
        >>> import narwhals.stable.v2 as nw, pandas as pd
        >>> frame = nw.from_native(pd.DataFrame({"R": [5, 3]}))
        >>> frame.select(good=Rule("R >= 4").expression(frame.schema))["good"].to_list()
        [True, False]
        """
        return ColumnReading(self.text, schema).holds(self.condition)

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the rule is true of one row, given as column name to value.

        Parameters
        ----------
        row : mapping of str to any
            With the columns that the rule reads.

        Returns
        -------
        bool

        Raises
        ------
        RuleError
            If the row lacks a column, or a value's kind does not fit.

        See Also
        --------
        Rule.expression : Of a whole table.

        Examples
        --------
        >>> Rule("R >= 4 and country in ('TW', 'HK')").holds({"R": 5, "country": "TW"})
        True
        """
        if not isinstance(row, Mapping):
            raise RuleError(
                f'A row must be a mapping; got {received(row)}. Hint: {{"R": 5, "country": "TW"}}.'
            )
        return RowReading(self.text, row).holds(self.condition)

    def part(self, span: Span) -> str:
        """The text of a part of the rule.

        Parameters
        ----------
        span : Span
            Of the part, as the parsed condition holds it.

        Returns
        -------
        str

        See Also
        --------
        Rule.expression : The whole rule.

        Examples
        --------
        >>> rule = Rule("R >= 4 and F >= 3")
        >>> rule.part(rule.condition.span)
        'R >= 4 and F >= 3'
        """
        return self.text[span.start : span.stop]
