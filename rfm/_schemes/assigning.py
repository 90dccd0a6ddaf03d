"""Rules applied to a whole table, as expressions on any engine."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.columns import CHAINED, as_categories, choose, segment_column
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, same_names
from rfm._issuing import warn
from rfm._requirements import check_columns
from rfm._rules import Rule
from rfm._scores.bins import Bins, as_option, by_metric, in_words
from rfm._scores.cut_points import code
from rfm.errors import RuleError, SchemeError

__all__ = [
    "SCORED",
    "SCORES",
    "Ruled",
    "assigned",
    "check_money",
    "check_score",
    "check_scores",
    "knows_no_scores_of_money",
    "naming",
    "other_bins",
    "tagged",
    "warn_if_low",
]

Ruled: TypeAlias = Sequence[tuple[str, Rule]]
SCORES = ("R", "F", "M")
NONE_HOLDS = ""  # no segment's name is empty
SCORED = "rfm.score(tx) or scorer.score(summary) gives the scores"


@contextlib.contextmanager
def naming(segment: str) -> Iterator[None]:
    """Add the segment's name to an error of its rule."""
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
        codes = _places(frame, list(rules.values()))
        return frame.with_columns(segment_column(frame, "segment", [*rules, default], codes, order))
    names = frame.collect_schema().names()
    cases: list[tuple[nw.Expr, Any]] = list(zip(rules.values(), rules, strict=True))
    if len(cases) > CHAINED:  # each rule is computed once, in columns that are dropped again
        free = "rfm_rules_" + "_" * max(map(len, names), default=0)  # longer than every column's name
        parts = [cases[start : start + CHAINED] for start in range(0, len(cases), CHAINED)]
        found = {f"{free}{place}": choose(part, NONE_HOLDS) for place, part in enumerate(parts)}
        frame = frame.with_columns(**found)
        cases = [(nw.col(column) != NONE_HOLDS, nw.col(column)) for column in found]
    name = choose(cases, nw.lit(default, nw.String))
    return frame.with_columns(segment=as_categories(frame, name, order)).select(*names, "segment")


def _places(frame: nw.DataFrame[Any], rules: Sequence[nw.Expr]) -> npt.NDArray[np.int64]:
    """The place of the first rule that holds, row by row in memory; the number of rules if none does."""
    places = np.full(len(frame), len(rules), dtype=np.int64)
    for start in reversed(range(0, len(rules), CHAINED)):
        some = {str(start + number): rule for number, rule in enumerate(rules[start : start + CHAINED])}
        held = frame.select(**some)
        for name in reversed(some):
            places[held.get_column(name).to_numpy().astype(np.bool_)] = int(name)
    return places


def tagged(frame: Frame, ruled: Ruled) -> Frame:
    """The frame with one boolean column per rule."""
    schema = frame.collect_schema()
    for name in same_names(frame, [name for name, _ in ruled], schema):
        raise SchemeError(f"The table has a column {name!r} already. Hint: scheme.rename({{{name!r}: …}}).")
    return frame.with_columns(**expressions(ruled, schema))


def other_bins(scheme: str, bins: Bins, found: Any) -> str:
    """The message for scores made with other bins than the scheme's: ``found`` is the highest, or their bins."""
    these = f"are {in_words(found)}" if isinstance(found, Mapping) else f"run to {found:g}"
    other = "a scheme for these" if isinstance(found, Mapping) else f"a scheme for {found:g}"
    return (
        f"Scheme {scheme!r} is for scores {in_words(bins)}; these {these}. "
        f"Hint: score with {as_option(bins)}, or use {other}."
    )


def knows_no_scores_of_money(columns: Iterable[str]) -> bool:
    """Whether these are scores of a log without amounts: R and F with their code, and no M."""
    return {"R", "F", "rf"} <= set(columns) and "M" not in set(columns)


def check_money(ruled: Ruled, scheme: str, columns: Iterable[str]) -> None:
    """Refuse scores without M where a rule reads it: those of a log without amounts.

    Raises
    ------
    SchemeError
    """
    columns = set(columns)
    if not knows_no_scores_of_money(columns):
        return  # other missing columns are reported elsewhere
    for segment, rule in ruled:
        for name in ("M", "monetary", "rfm"):
            if name in rule.columns and name not in columns:
                raise SchemeError(
                    f"Scheme {scheme!r} reads {name} (segment {segment!r}: {rule.text}), and these customers have "
                    'none: their log has no amounts. Hint: scheme="lifecycle" reads R and F only.'
                )


def check_scores(
    frame: Frame, scheme: str, bins: Bins, codes: bool = False, read: Sequence[str] = SCORES
) -> dict[str, float]:
    """Refuse scores that outside the range the scheme was checked for; behind an engine, by one small query.

    Parameters
    ----------
    frame : Narwhals frame
    scheme : str
        Its name, for messages.
    bins : int or mapping
        The scheme's.
    codes : bool
        Whether its rules also read ``rfm``, which must then be the code of the three scores.
    read : sequence of str
        The scores that are checked.

    Returns
    -------
    dict of str to float
        The highest score by metric; empty if all customers have the same scores, or there are none.

    Raises
    ------
    SchemeError
        If a column is missing or not numeric; if a score is missing, not a whole number, below 1 or
        above the scheme's; if a code does not match its scores.
    """
    schema = check_columns(frame, read, SCORED, error=SchemeError)
    for name in read:
        if not schema[name].is_numeric():
            raise SchemeError(
                f"Column {name!r} must hold scores, which are numbers; got {schema[name]}. Hint: {SCORED}."
            )
    if not read:
        return {}
    facts = {part: expr for name in read for part, expr in _score_facts(name, schema[name]).items()}
    if codes and schema.get("rfm") == nw.String:
        facts["codes"] = _count(_other_code(schema, bins))
    found = fetch(frame.select(**facts)).rows(named=True)[0]
    for name in read:
        _refuse_score(name, {part: found.get(f"{name}_{part}") for part in PARTS}, scheme, bins)
    if found.get("codes"):
        raise SchemeError(
            f"Column 'rfm' is missing or is not the code of R, F and M in {_rows(found['codes'])}, and scheme "
            f"{scheme!r} reads it. Hint: {SCORED}, and their code."
        )
    ends = {name: (found[f"{name}_low"], found[f"{name}_high"]) for name in read}
    differ = any(low is not None and low < high for low, high in ends.values())
    return {name: float(high) for name, (_, high) in ends.items()} if differ else {}


PARTS = ("missing", "odd", "odd_such", "low", "high")


def _score_facts(name: str, dtype: Any) -> dict[str, nw.Expr]:
    """Facts about a score: how many are missing or not whole, an example; the lowest and the highest."""
    value, is_whole = nw.col(name), dtype.is_integer()
    value = value if is_whole else value.cast(nw.Float64)
    missing = value.is_null() if is_whole else value.is_null() | value.is_nan()
    held = nw.when(~missing).then(value)
    parts = {"missing": _count(missing), "low": held.min(), "high": held.max()}
    if not is_whole:
        # Ibis rounds to whole numbers of 64 bits, which have no infinity; so large a number is out of range anyway.
        near = nw.when(value.abs() < 2.0**53).then(value).otherwise(nw.lit(0.0))
        odd = ~missing & (near.round() != near).fill_null(False)
        parts |= {"odd": _count(odd), "odd_such": nw.when(odd).then(value).min()}
    return {f"{name}_{part}": expr for part, expr in parts.items()}


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64).sum()


def _other_code(schema: Mapping[str, Any], bins: Bins) -> nw.Expr:
    """Where ``rfm`` is not the code of the scores; an invalid score counts as 0 in it."""
    parts, most = [], by_metric(bins, SCORES, SchemeError)
    for name in SCORES:
        value = nw.col(name).cast(nw.Float64)
        known = ~value.is_null() & (value >= 1) & (value <= most[name])
        parts.append(nw.when(known).then(value).otherwise(nw.lit(0.0)).cast(nw.Int64))
    return nw.col("rfm").is_null() | (nw.col("rfm") != code(parts, max(most.values()))).fill_null(False)


def _refuse_score(name: str, found: Mapping[str, Any], scheme: str, bins: Bins) -> None:
    if found["missing"]:
        raise SchemeError(
            f"{name} is missing in {_rows(found['missing'])}, and scheme {scheme!r} is for scores {in_words(bins)}. "
            f"Hint: drop these rows; {SCORED} of all who bought."
        )
    if found["low"] is None or found["low"] != found["low"]:
        return  # an empty table
    if found["odd"]:
        raise SchemeError(
            f"{name} is not a whole number in {_rows(found['odd'])}, such as {found['odd_such']:g}, and scheme "
            f"{scheme!r} is for scores {in_words(bins)}. Hint: {SCORED}."
        )
    check_score(name, found["low"], scheme, bins)
    check_score(name, found["high"], scheme, bins)


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count > 1 else ''}"


def check_score(name: str, score: Any, scheme: str, bins: Bins) -> None:
    """Refuse one score that is missing, not a whole number, below 1 or above the scheme's bins."""
    if score is None or score != score:
        raise SchemeError(f"{name} is missing, and scheme {scheme!r} is for scores {in_words(bins)}.")
    if score > by_metric(bins, SCORES, SchemeError)[name]:
        told = isinstance(bins, int) and math.isfinite(score)
        raise SchemeError(other_bins(scheme, bins, score) if told else _beyond(name, score, scheme, bins))
    if score < 1:
        raise SchemeError(_beyond(name, score, scheme, bins))
    if score != int(score):
        raise SchemeError(
            f"{name} is {score:g}, not a whole number, and scheme {scheme!r} is for scores {in_words(bins)}."
        )


def _beyond(name: str, score: float, scheme: str, bins: Bins) -> str:
    one, hint = (
        ("one", SCORED) if isinstance(bins, int) else (f"{name} of one", f"score with {as_option(bins)}")
    )
    return f"Scheme {scheme!r} is for scores {in_words(bins)}; {one} here is {score:g}. Hint: {hint}."


def warn_if_low(highest: Mapping[str, float], scheme: str, bins: Bins) -> None:
    """Warn if no customer has the scheme's best score: the scores may have been made with fewer bins."""
    most = by_metric(bins, SCORES, SchemeError)
    if highest and all(score < most[name] for name, score in highest.items()):
        best = f"scores {bins}" if isinstance(bins, int) else "has the highest score"
        fact = f"No customer here {best} in R, F or M"
        warn(
            f"{fact}, and scheme {scheme!r} is for scores {in_words(bins)}. Hint: score with {as_option(bins)}."
        )
