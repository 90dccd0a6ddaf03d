"""Which rows of a large file count: those for which a rule holds, and those from a first day on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw

from clv._large_files.text_rows import as_sql, quoted
from rfm._options import received
from rfm._rules.rule import Rule

__all__ = ["ChosenRows"]


@dataclass(frozen=True)
class ChosenRows:
    """The rows that count.

    Parameters
    ----------
    where : str, optional
        A rule of the rule language.
    names : mapping of str to str
        Columns by the names that stand for them in the rule, where these are others.
    said : str
        The rule as it was given.
    first : str, optional
        The first day, as ISO 8601 writes it.
    """

    where: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    first: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        if self.where is None:
            return ()
        return tuple(sorted(self.names.get(name, name) for name in Rule(self.where).columns))

    def of(self, relation: Any, date: str) -> tuple[Any, tuple[str, ...]]:
        """The rows of a relation of DuckDB that count, and sentences on how many were left out.

        Raises
        ------
        RuleError
            If it is no rule, or compares texts with numbers.
        """
        left = []
        if self.where is not None:
            frame: Any = nw.from_native(relation).rename({name: alias for alias, name in self.names.items()})
            kept = frame.filter(Rule(self.where).expression(frame.collect_schema()))
            kept = nw.to_native(kept.rename(dict(self.names)))
            left.append(f"Left out by --where {received(self.said)}: {_fewer(relation, kept)}.")
            relation = kept
        if self.first is not None:
            kept = relation.filter(f"{quoted(date)} IS NULL OR {quoted(date)} >= {as_sql(self.first)}::DATE")
            left.append(f"Left out by --from {self.first}: {_fewer(relation, kept)} before it.")
            relation = kept
        return relation, tuple(left)


def _fewer(before: Any, after: Any) -> str:
    """How many rows are left out."""
    counts = [relation.aggregate("count(*)").fetchall()[0][0] for relation in (before, after)]
    return f"{counts[0] - counts[1]:,} rows of {counts[0]:,}"
