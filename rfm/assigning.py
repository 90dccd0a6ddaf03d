"""Rules over a whole table: who is taken by which, as expressions on any engine."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import narwhals as nw

from rfm.errors import DataWarning, RuleError, SchemeError
from rfm.frames import Frame
from rfm.rules import Rule

__all__ = ["Ruled", "assigned", "check_scores", "naming", "tagged"]

Ruled: TypeAlias = Sequence[tuple[str, Rule]]
SCORES = ("R", "F", "M")


@contextlib.contextmanager
def naming(segment: str) -> Iterator[None]:
    """Say which segment's rule an error is about."""
    try:
        yield
    except RuleError as error:
        raise RuleError(f"Segment {segment!r}: {error}") from error


def expressions(ruled: Ruled, schema: Mapping[str, Any]) -> dict[str, nw.Expr]:
    """Each segment's rule as an expression over a table of this schema."""
    found = {}
    for name, rule in ruled:
        with naming(name):
            found[name] = rule.expression(schema)
    return found


def assigned(frame: Frame, ruled: Ruled, default: str | None, order: Sequence[str]) -> Frame:
    """The frame with the name of the first rule that holds; ordered categories where the engine has them."""
    rules = expressions(ruled, frame.collect_schema())
    rest = nw.lit(default, nw.String)
    taker = functools.reduce(lambda rest, rule: _first(rule, rest), reversed(rules.items()), rest)
    has_order = frame.implementation.is_pandas() or frame.implementation.is_polars()
    return frame.with_columns(segment=taker.cast(nw.Enum(order)) if has_order else taker)


def _first(rule: tuple[str, nw.Expr], rest: nw.Expr) -> nw.Expr:
    name, holds = rule
    return nw.when(holds).then(nw.lit(name, nw.String)).otherwise(rest)


def tagged(frame: Frame, ruled: Ruled) -> Frame:
    """The frame with a yes/no column a rule."""
    schema = frame.collect_schema()
    for name, _ in ruled:
        if name in schema:
            raise SchemeError(f"The table has a column {name!r} already. Hint: scheme.rename({{{name!r}: …}}).")
    return frame.with_columns(**expressions(ruled, schema))


def check_scores(frame: Frame, bins: int) -> None:
    """Refuse scores that were not made with these bins, as far as a table shows it."""
    schema = frame.collect_schema()
    if missing := [name for name in SCORES if name not in schema]:
        raise SchemeError(
            f"No column {missing[0]!r}. The table has: {', '.join(schema)}. "
            "Hint: rfm.score(tx) or scorer.score(summary) gives the scores."
        )
    ends = frame.select(
        *[nw.col(name).min().alias(f"{name}_low") for name in SCORES],
        *[nw.col(name).max().alias(f"{name}_high") for name in SCORES],
    )
    found = (ends.collect() if isinstance(ends, nw.LazyFrame) else ends).row(0)
    low, high = ([score for score in part if score is not None] for part in (found[:3], found[3:]))
    if not low:
        return
    if min(low) < 1 or max(high) > bins:
        raise SchemeError(
            f"This scheme is for scores from 1 to {bins}; the table's run from {min(low)} to {max(high)}. "
            f"Hint: score with bins={bins}, or choose a scheme for other bins."
        )
    if max(high) < bins and low != high:
        warnings.warn(
            f"Nobody in this table scores {bins} in R, F or M. Hint: this scheme needs scores with bins={bins}.",
            DataWarning,
            stacklevel=3,
        )
