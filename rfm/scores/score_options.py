"""The options of scoring, checked before any data is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, get_args

from rfm.errors import ScoringError
from rfm.scores.cuts import Best
from rfm.scores.measures import Frequency, Monetary

__all__ = ["MAX_BINS", "MIN_BINS", "ScoreOptions", "check_options", "given_cuts"]

MIN_BINS, MAX_BINS = 3, 10

Metrics = Mapping[str, tuple[str, Best]]


class ScoreOptions(TypedDict, total=False):
    """What `Scorer.fit` takes besides the summary, ``bins`` and ``decimals``."""

    edges: Mapping[str, Sequence[float]] | None
    frequency: Frequency
    monetary: Monetary
    extra: Mapping[str, Best] | None
    weights: Mapping[str, float] | None


def check_options(
    bins: int, metrics: Metrics, frequency: Frequency, monetary: Monetary, weights: Mapping[str, float]
) -> None:
    """Refuse what cannot be, with the value received.

    Raises
    ------
    ScoringError
    """
    if type(bins) is not int or not MIN_BINS <= bins <= MAX_BINS:
        raise ScoringError(f"bins must be a whole number from {MIN_BINS} to {MAX_BINS}; got {bins!r}.")
    for name, value, closed in (("frequency", frequency, Frequency), ("monetary", monetary, Monetary)):
        if value not in get_args(closed):
            raise ScoringError(f"{name} must be {' or '.join(map(repr, get_args(closed)))}; got {value!r}.")
    for name, (column, best) in metrics.items():
        if (name in "RFM") != (name != column):
            raise ScoringError(f"extra: {name!r} is a score's own name. Hint: rename the column.")
        if best not in get_args(Best):
            raise ScoringError(f"extra: is 'low' or 'high' best for {name!r}? Got {best!r}.")
    for name, weight in weights.items():
        if name not in metrics:
            raise ScoringError(f"weights: no metric {name!r}. Scored are: {', '.join(metrics)}.")
        if not weight >= 0:
            raise ScoringError(f"weights must not be negative; got {weight!r} for {name!r}.")
    if weights and not 0 < sum(weights.values()) < float("inf"):
        raise ScoringError(f"weights must have a positive, finite sum; got {dict(weights)!r}.")


def given_cuts(
    edges: Mapping[str, Sequence[float]], metrics: Metrics, bins: int
) -> dict[str, tuple[float, ...]]:
    """The user's own cut points by metric, from the worst to the best.

    Raises
    ------
    ScoringError
    """
    given = {}
    for name, cuts in edges.items():
        if name not in metrics:
            raise ScoringError(f"edges: no metric {name!r}. Scored are: {', '.join(metrics)}.")
        if len(cuts) != bins - 1 or not all(abs(cut) < float("inf") for cut in cuts):
            raise ScoringError(
                f"edges: {bins} scores of {name} need {bins - 1} finite cut points; got {list(cuts)!r}."
            )
        given[name] = tuple(sorted(cuts, reverse=metrics[name][1] == "low"))
    return given
