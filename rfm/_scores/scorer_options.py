"""The options of scoring, checked before any data are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, get_args

import numpy as np

from rfm._options import check_choice, is_number, received, refuse_unknown, whole
from rfm._orders.columns import MOST_DECIMALS
from rfm._scores.cut_points import Best, are_cuts
from rfm._scores.metrics import METRICS, Frequency, Monetary
from rfm.errors import ScoringError

__all__ = [
    "ScoreOptions",
    "check_mappings",
    "check_options",
    "check_settled",
    "given_cuts",
]

EXAMPLES: Final = {
    "edges": '{"R": [365, 180, 90, 30]}',
    "extra": '{"nps": "high"}',
    "weights": '{"R": 1, "F": 2, "M": 3}',
}
SETTLED: Final = {
    "bins": 'the scheme sets the number of scores. Hint: scheme="quartiles" is for 4, Scheme(…, bins=…) for others',
    "decimals": "the transactions determine the decimals. Hint: rfm.Transactions(df, decimals=…)",
}

MEASURED: Final = {column: name for name, (column, _) in METRICS.items()}

Metrics = Mapping[str, tuple[str, Best]]


class ScoreOptions(TypedDict, total=False):
    """The options of `Scorer.fit` besides the summary, ``bins`` and ``decimals``."""

    edges: Mapping[str, Sequence[float]] | None
    frequency: Frequency
    monetary: Monetary
    extra: Mapping[str, Best] | None
    weights: Mapping[str, float] | None


OPTIONS: Final = tuple(ScoreOptions.__annotations__)


def check_settled(function: str, options: Mapping[str, object], own: Sequence[str]) -> None:
    """Refuse options that belong to the scheme or to the reading of the log, and unknown ones.

    Parameters
    ----------
    function : str
        The function that was called with these options.
    options : mapping
    own : sequence of str
        Other arguments of the function, which a misspelt option may mean.

    Raises
    ------
    ScoringError
    TypeError
        For an unknown option.
    """
    refuse_unknown(function, [name for name in options if name not in SETTLED], (*own, *OPTIONS))
    for name, reason in SETTLED.items():
        if name in options:
            raise ScoringError(f"{name}={received(options[name])} is not an option here: {reason}.")


def check_mappings(**options: object) -> None:
    """Refuse edges, extra metrics and weights that are not mappings by metric.

    Raises
    ------
    ScoringError
    """
    for name, given in options.items():
        if given is not None and not (
            isinstance(given, Mapping) and all(isinstance(key, str) for key in given)
        ):
            raise ScoringError(
                f"{name} must be a mapping from metric names; got {received(given)}. Hint: {name}={EXAMPLES[name]}."
            )


def check_options(
    metrics: Metrics,
    frequency: Frequency,
    monetary: Monetary,
    weights: Mapping[str, float],
    decimals: int,
) -> None:
    """Refuse invalid options.

    Raises
    ------
    ScoringError
    """
    check_choice("frequency", frequency, get_args(Frequency), ScoringError)
    check_choice("monetary", monetary, get_args(Monetary), ScoringError)
    whole("decimals", decimals, most=MOST_DECIMALS, error=ScoringError)
    for name, (column, best) in metrics.items():
        if (name in METRICS) != (name != column):
            raise ScoringError(f"extra: {name!r} is a score's own name. Hint: rename the column.")
        if name in MEASURED:
            raise ScoringError(f"extra: {name!r} is scored as {MEASURED[name]} already. Hint: leave it out.")
        check_choice(f"extra: the best of {name!r}", best, get_args(Best), ScoringError)
    for name, weight in weights.items():
        if name not in metrics:
            raise ScoringError(f"weights: no metric {name!r}. Scored metrics: {', '.join(metrics)}.")
        if not (is_number(weight) and weight >= 0):
            raise ScoringError(
                f"weights must be non-negative numbers; got {received(weight)} for {name!r}. "
                f"Hint: weights={EXAMPLES['weights']}."
            )
    if weights and not 0 < sum(weights.values()) < float("inf"):
        raise ScoringError(f"weights must have a positive, finite sum; got {dict(weights)!r}.")


def given_cuts(
    edges: Mapping[str, Any], metrics: Metrics, bins_of: Mapping[str, int]
) -> dict[str, tuple[float, ...]]:
    """The user's own cut points by metric, from the worst to the best.

    Raises
    ------
    ScoringError
    """
    given = {}
    for name, cuts in edges.items():
        if name not in metrics:
            raise ScoringError(f"edges: no metric {name!r}. Scored metrics: {', '.join(metrics)}.")
        found, bins = list(cuts) if isinstance(cuts, Iterable) else cuts, bins_of[name]
        if not isinstance(found, list) or not are_cuts(found, bins - 1):
            raise ScoringError(
                f"edges: {bins} scores of {name} need {bins - 1} finite cut points; got {received(found)}. "
                f"Hint: edges={{{name!r}: {[*range(1, bins)]}}}, with your own numbers."
            )
        plain = np.array(found).tolist()  # Python's numbers, which can be saved as JSON
        rising = sorted(plain)
        if plain not in (rising, rising[::-1]):
            raise ScoringError(
                f"edges: cut points of {name} must rise or fall; got {received(found)}. "
                f"Hint: edges={{{name!r}: {rising}}}."
            )
        given[name] = tuple(sorted(plain, reverse=metrics[name][1] == "low"))
    return given
