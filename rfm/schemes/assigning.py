"""Rules over a whole table: who is taken by which, as expressions on any engine."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import narwhals as nw

from rfm.errors import DataWarning, RuleError, SchemeError
from rfm.frames import Frame, choose, fetch
from rfm.requirements import check_columns
from rfm.rules import Rule
from rfm.tables import segment_column

__all__ = ["Ruled", "assigned", "check_scores", "naming", "other_bins", "tagged"]

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
    if isinstance(frame, nw.DataFrame):  # numbers in memory are many times faster than texts
        place = choose([(holds, place) for place, holds in enumerate(rules.values())], len(rules))
        codes = frame.select(segment=place).get_column("segment").to_numpy()
        return frame.with_columns(segment_column(frame, "segment", [*rules, default], codes, order))
    name = choose(list(zip(rules.values(), rules, strict=True)), nw.lit(default, nw.String))
    return frame.with_columns(segment=name.cast(nw.Enum(order)) if frame.implementation.is_polars() else name)


def tagged(frame: Frame, ruled: Ruled) -> Frame:
    """The frame with a yes/no column a rule."""
    schema = frame.collect_schema()
    for name, _ in ruled:
        if name in schema:
            raise SchemeError(
                f"The table has a column {name!r} already. Hint: scheme.rename({{{name!r}: …}})."
            )
    return frame.with_columns(**expressions(ruled, schema))


def other_bins(scheme: str, bins: int, found: int) -> str:
    """What to say when a scheme meets scores made with other bins."""
    return (
        f"Scheme {scheme!r} is for scores from 1 to {bins}; these run to {found}. "
        f"Hint: score with bins={bins}, or take a scheme for {found}."
    )


def check_scores(frame: Frame, scheme: str, bins: int) -> None:
    """Refuse scores that were not made with these bins, as far as the table shows it."""
    hint = "rfm.score(tx) or scorer.score(summary) gives the scores"
    check_columns(frame, SCORES, hint, error=SchemeError)
    ends = frame.select(
        *[nw.col(name).min().alias(f"{name}_low") for name in SCORES],
        *[nw.col(name).max().alias(f"{name}_high") for name in SCORES],
    )
    found = fetch(ends).rows()[0]
    if None in found:
        return  # an empty table
    low, high = min(found[:3]), max(found[3:])
    if low < 1 or high > bins:
        raise SchemeError(other_bins(scheme, bins, high))
    if high < bins and found[:3] != found[3:]:
        warnings.warn(
            f"Nobody here scores {bins} in R, F or M, and scheme {scheme!r} is for scores from 1 to {bins}. "
            f"Hint: score with bins={bins}.",
            DataWarning,
            stacklevel=3,
        )
