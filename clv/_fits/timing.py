"""The k of a law of regular buyers, given or chosen: how many phases a gap between purchases has.

The likelihood of the histories (x, t_x, T) does not tell which k is right: for each k it is a density of other things.
With `log_gap_term` it is the density of all purchase times, which can be compared, also with laws that have no k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from clv._fits.data import LOG_GAPS, FitData, has_timing
from clv._fits.likelihood import informative
from clv._fits.prior import Prior
from clv._laws import erlang
from clv._laws.erlang_law import MOST_PHASES
from rfm._options import whole
from rfm.errors import DataError

__all__ = ["at_random", "chooses_k", "family_name", "fit_with_best_k", "gap_term", "with_k"]

F = TypeVar("F")

SAMPLE: Final = 15_000  # rows with and without a purchase, from which the search on many more rows begins
PATIENCE: Final = (
    2  # values of k in a row that are worse than the best, after which none is expected to be better
)


def chooses_k(law_class: Any) -> bool:
    """Whether a law's class leaves its k to be chosen.

    >>> from clv import BGNBD, MBGCNBD
    >>> chooses_k(MBGCNBD), chooses_k(MBGCNBD.with_k(2)), chooses_k(BGNBD)
    (True, False, False)
    """
    return has_timing(law_class) and law_class.k is None


def with_k(law_class: Any, k: int | None) -> Any:
    """The law's class with the k that was given, if any.

    Raises
    ------
    DataError
        If the law has no k, or has another, or the k is none.
    """
    if k is None:
        return law_class
    k = whole("k", k, "k=2, the phases of a gap between purchases", least=1, most=MOST_PHASES)
    if not has_timing(law_class):
        raise DataError(
            f"k={k!r} is an option of the laws of regular buyers, and {law_class.title} has none. "
            'Hint: leave out k=, or model="mbg-cnbd".'
        )
    if law_class.k is not None and law_class.k != k:
        raise DataError(
            f"k={k!r} was given, and {law_class.name!r} says k = {law_class.k}. Hint: leave out one of them."
        )
    return law_class.with_k(k)


def family_name(law_class: Any) -> str:
    """The name under which a law's k is chosen, or the law's own.

    >>> from clv import BGNBD, MBGCNBD
    >>> family_name(MBGCNBD.with_k(2)), family_name(BGNBD)
    ('mbg-cnbd', 'bg-nbd')
    """
    name = str(law_class.name)
    return name.removesuffix(f"-{law_class.k}") if has_timing(law_class) and law_class.k is not None else name


def at_random(law_class: Any) -> Any:
    """The law itself, or that of purchases at random moments, k = 1, where k is still to be chosen."""
    return law_class.with_k(1) if chooses_k(law_class) else law_class


def gap_term(law_class: Any, data: FitData) -> float:
    """What the gaps between purchases add to the log-likelihood of the histories; 0 where they are not known."""
    if data.log_gaps is None or not has_timing(law_class):
        return 0.0
    repeats = float(data.weights @ data.columns[0])
    return float(erlang.gap_term(int(law_class.k), float(data.log_gaps.sum()), repeats))


def fit_with_best_k(
    law_class: Any, data: FitData, fit: Callable[[Any, FitData], Any], prior: Prior | None
) -> Any:
    """The fit of the law at the k that makes the purchase times most likely, with a table of the k that were tried.

    Parameters
    ----------
    law_class : type
        A law whose k is to be chosen.
    data : FitData
        With `log_gaps`.
    fit : callable
        Fits a law with k to rows.
    prior : Prior or None
        Of the fits; its log-density at the estimates counts, too.

    Raises
    ------
    DataError
        If the gaps between purchases are not known.

    Notes
    -----
    The search goes up from k = 1 until two in a row are worse than the best. With very many rows it does so on some of
    them, and then on all rows from the k found there, in both directions, until one is worse.
    """
    if data.log_gaps is None:
        name = law_class.name
        raise DataError(
            f"{name!r} chooses its k from the logarithms of the times between purchases, and these are not known: the "
            f"histories come without the column {LOG_GAPS!r}, or are read in a season's time. Hint: give it, k=2 or "
            f'model="{name}-2"; or clv.fit(tx, …) of the log; clv.summarize(tx) adds the column.'
        )
    start, patience = 1, PATIENCE
    if len(data.weights) > 4 * SAMPLE:
        some = data.sample(SAMPLE)
        start, patience = _best(_tried(law_class, some, fit, prior, 1, PATIENCE)), 1
    tried = _tried(law_class, data, fit, prior, start, patience)
    best = tried[_best(tried)][1]
    return replace(best, by_k={k: value for k, (value, _) in sorted(tried.items())})


def _best(tried: dict[int, tuple[float, Any]]) -> int:
    """The k with the largest value; of equal ones the smallest."""
    return max(sorted(tried), key=lambda k: tried[k][0])


def _tried(
    law_class: Any,
    data: FitData,
    fit: Callable[[Any, FitData], Any],
    prior: Prior | None,
    start: int,
    patience: int,
) -> dict[int, tuple[float, Any]]:
    """Values and fits of k from one on, upwards and downwards, until some in a row are worse than the best."""
    tried: dict[int, tuple[float, Any]] = {}

    def value(k: int) -> float:
        found = fit(law_class.with_k(k), data)
        tried[k] = (found.log_likelihood + _log_prior(found, data, prior), found)
        return tried[k][0]

    top = value(start)
    for step in (1, -1):
        worse, k = 0, start + step
        while 1 <= k <= MOST_PHASES and worse < patience:
            reached = value(k)
            worse = 0 if reached > top else worse + 1
            top, k = max(top, reached), k + step
    return tried


def _log_prior(fit: Any, data: FitData, prior: Prior | None) -> float:
    """The log-density of a prior at the estimates, in the scaled units of the fit."""
    if prior is None:
        return 0.0
    law = fit.law
    plain = data.only(law.data_columns)
    scale, _ = type(law).natural_scale(*informative(type(law), plain).columns, weights=plain.weights)
    return float(prior.log_density(type(law), law.scaled(1 / scale).log_parameters)[0])
