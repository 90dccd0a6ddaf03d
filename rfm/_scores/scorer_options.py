"""The options of scoring, checked before any data are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypedDict, get_args

import numpy as np

from rfm._options import check_choice, is_number, received, refuse_unknown, texts, whole
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
    "given_shares",
    "group_columns",
    "like_shares",
    "looks_like_shares",
]

EXAMPLES: Final = {
    "edges": '{"R": [365, 180, 90, 30]}',
    "extra": '{"nps": "high"}',
    "percentiles": '{"R": [0.2, 0.4, 0.6, 0.8]}',
    "weights": '{"R": 1, "F": 2, "M": 3}',
}
SETTLED: Final = {
    "bins": 'the scheme sets the number of scores. Hint: scheme="quartiles" is for 4, Scheme(…, bins=…) for others',
    "decimals": "the transactions determine the decimals. Hint: rfm.Transactions(df, decimals=…)",
}

SMALLEST_SHARE: Final = 1_000_000

MEASURED: Final = {column: name for name, (column, _) in METRICS.items()}

Metrics = Mapping[str, tuple[str, Best]]


class ScoreOptions(TypedDict, total=False):
    """The options of `Scorer.fit` besides the summary, ``bins`` and ``decimals``."""

    edges: Mapping[str, Sequence[float]] | None
    percentiles: Mapping[str, Sequence[float]] | None
    within: str | Sequence[str] | None
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
    """Refuse edges, percentiles, extra metrics and weights that are not mappings by metric.

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
        rising = sorted(set(plain))
        if len(rising) < len(plain):
            raise ScoringError(
                f"edges: cut points of {name} must differ, as nobody could score between two equal ones; "
                f"got {received(found)}. Hint: bins={{{name!r}: {len(rising) + 1}}} with edges={{{name!r}: {rising}}}, "
                "or scorer=… to use cut points that were learned."
            )
        if plain not in (rising, rising[::-1]):
            raise ScoringError(
                f"edges: cut points of {name} must rise or fall; got {received(found)}. "
                f"Hint: edges={{{name!r}: {rising}}}."
            )
        if name in ("R", "F") and looks_like_shares(plain):
            raise like_shares(name, plain)
        given[name] = tuple(sorted(plain, reverse=metrics[name][1] == "low"))
    return given


def looks_like_shares(cuts: Sequence[float]) -> bool:
    """Whether all cut points lie from 0 to 1, as shares of customers do, and days, orders and money do not."""
    return len(cuts) > 1 and all(0 <= cut <= 1 for cut in cuts)


def like_shares(name: str, cuts: Sequence[float]) -> ScoringError:
    """The error for cut points that look like shares."""
    unit = {"R": "days since the last purchase", "F": "orders", "M": "money"}[name]
    shares = sorted(cuts)
    return ScoringError(
        f"edges: cut points of {name} are {unit}, and these look like shares of customers; got {received(list(cuts))}. "
        f"Hint: percentiles={{{name!r}: {received(shares)}}}."
    )


def given_shares(
    percentiles: Mapping[str, Any], metrics: Metrics, bins_of: Mapping[str, int], edges: Mapping[str, Any]
) -> dict[str, tuple[Fraction, ...]]:
    """The user's own shares of customers by metric, rising, as exact fractions.

    A float is taken as the nearest fraction with a denominator of at most a million: 0.07 of 100 customers are 7,
    though 0.07 * 100 is a little more.

    Raises
    ------
    ScoringError
    """
    given = {}
    for name, shares in percentiles.items():
        if name not in metrics:
            raise ScoringError(f"percentiles: no metric {name!r}. Scored metrics: {', '.join(metrics)}.")
        if name in edges:
            raise ScoringError(f"edges and percentiles were both given for {name}. Hint: pass one of them.")
        found, bins = list(shares) if isinstance(shares, Iterable) else shares, bins_of[name]
        even = [round(k / bins, 4) for k in range(1, bins)]
        hint = f"Hint: percentiles={{{name!r}: {even}}}, with your own shares, counted from the worst."
        if not isinstance(found, list) or not are_cuts(found, bins - 1):
            raise ScoringError(
                f"percentiles: {bins} scores of {name} need {bins - 1} shares; got {received(found)}. {hint}"
            )
        if not all(0 < share < 1 for share in found):
            raise ScoringError(
                f"percentiles: shares of {name} must lie between 0 and 1; got {received(found)}. {hint}"
            )
        exact = [Fraction(float(share)).limit_denominator(SMALLEST_SHARE) for share in found]
        if exact != sorted(set(exact)) or not 0 < exact[0] <= exact[-1] < 1:
            raise ScoringError(f"percentiles: shares of {name} must rise; got {received(found)}. {hint}")
        given[name] = tuple(exact)
    return given


def group_columns(within: Any) -> tuple[str, ...]:
    """The columns that customers are grouped by.

    Raises
    ------
    ScoringError
    """
    if within is None:
        return ()
    hint = 'within="country", or within=["country", "channel"]'
    names = [within] if isinstance(within, str) else texts("within", within, hint, ScoringError)
    if not names or not all(names) or len(set(names)) < len(names):
        raise ScoringError(f"within must name columns, each once; got {received(within)}. Hint: {hint}.")
    return tuple(names)
