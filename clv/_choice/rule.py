"""The rule that chooses a law: a proper score, ties by a paired bootstrap, and how ties end.

Pure functions of numbers: neither logs nor laws are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clv._choice.bootstrap import interval_of, resampled_totals
from clv._choice.candidates import ORDER

__all__ = ["NEGLIGIBLE", "SPREAD_ORIGINS", "Decision", "Verdict", "decide", "one_sided"]

Array = NDArray[np.float64]
Verdict = Literal["chosen", "tied", "contradicted", "biased", "worse"]

NEGLIGIBLE: Final = 1e-3  # of the best score: a smaller difference is none
SPREAD_ORIGINS: Final = 3  # from so many origins on, the bias of a total has a spread


@dataclass(frozen=True)
class Decision:
    """What the rule says of each of k laws.

    Parameters
    ----------
    names : tuple of str
    chosen : int
        The place of the law to use.
    score : ndarray of shape (k,)
        Log score, summed over customers and origins.
    difference, low, high : ndarray of shape (k,)
        From the highest score, at most 0, and its bootstrap interval.
    bias : ndarray of shape (origins, k)
        Relative error of the total.
    verdict : tuple of str
        "chosen"; "tied" with the best, and behind by the rule for ties; "contradicted" or "biased", tied but left out;
        or "worse".
    """

    names: tuple[str, ...]
    chosen: int
    score: Array
    difference: Array
    low: Array
    high: Array
    bias: Array
    verdict: tuple[Verdict, ...]
    imposed: bool = False  # by another test, see `given`
    clearly_behind: bool = False

    @property
    def law(self) -> str:
        """The name of the chosen one."""
        return self.names[self.chosen]

    def given(self, name: str) -> Decision:
        """The same where another rule has chosen: that law is taken, whatever its score."""
        place = self.names.index(name)
        verdict: list[Verdict] = ["tied" if each == "chosen" else each for each in self.verdict]
        verdict[place] = "chosen"
        behind = self.verdict[place] == "worse"
        return replace(self, chosen=place, verdict=tuple(verdict), imposed=True, clearly_behind=behind)

    def of(self, verdict: Verdict) -> list[str]:
        """The names with a verdict."""
        return [name for name, each in zip(self.names, self.verdict, strict=True) if each == verdict]


def decide(
    names: Sequence[str],
    scores: Sequence[Array],
    bias: Array,
    parameters: Sequence[int],
    contradicted: Callable[[Sequence[str]], Collection[str]] = lambda names: (),
) -> Decision:
    """Choose one of k laws by what each predicted.

    Parameters
    ----------
    names : sequence of str
    scores : sequence of ndarray of shape (n, k)
        At each origin, the log score of each customer's number of purchases.
    bias : ndarray of shape (origins, k)
        Relative error of the total at each origin.
    parameters : sequence of int
        How many each law has.
    contradicted : callable
        Given the names of those that are tied, which of them have a P(alive) that the log contradicts.

    Returns
    -------
    Decision

    Notes
    -----
    Tied are all whose difference from the best has a bootstrap interval that contains 0, or is below .1% of the score.
    Among them those whose P(alive) is contradicted drop out, then those whose total is biased (see `one_sided`), each
    time unless nobody would be left; then those with more parameters; and then the order of `ORDER` decides.
    """
    score = np.sum([each.sum(axis=0) for each in scores], axis=0)
    best = max(range(len(names)), key=lambda k: (score[k], -_place(names[k])))
    resampled = resampled_totals(scores)
    low, high = interval_of(resampled - resampled[:, [best]])
    difference = score - score[best]
    tied = [
        k
        for k in range(len(names))
        if low[k] <= 0 <= high[k] or -difference[k] < NEGLIGIBLE * abs(score[best])
    ]
    verdict: list[Verdict] = ["tied" if k in tied else "worse" for k in range(len(names))]
    left = tied
    if len(left) > 1:
        denied = set(contradicted([names[k] for k in left]))
        left = _without(left, [k for k in left if names[k] in denied], verdict, "contradicted")
    left = _without(left, [k for k in left if one_sided(bias[:, k], bias[:, left])], verdict, "biased")
    chosen = min(left, key=lambda k: (parameters[k], _place(names[k]), k))
    verdict[chosen] = "chosen"
    return Decision(tuple(names), chosen, score, difference, low, high, bias, tuple(verdict))


def one_sided(bias: Array, others: Array) -> bool:
    """Whether a total is biased: off in one direction each time, and by more than it varies.

    Parameters
    ----------
    bias : ndarray of shape (origins,)
        Relative errors of the total.
    others : ndarray of shape (origins, k)
        Those of all that compete.

    Returns
    -------
    bool
        At three origins or more, with the same sign at all of them, where the size of the mean exceeds that of the
        least biased competitor by more than the standard deviation over the origins.

    Examples
    --------
    >>> own, fair = np.array([0.2, 0.25, 0.3]), np.array([0.02, -0.01, 0.05])
    >>> one_sided(own, np.column_stack([own, fair])), one_sided(fair, np.column_stack([own, fair]))
    (True, False)
    """
    if len(bias) < SPREAD_ORIGINS or not np.isfinite(bias).all():
        return False
    if not (bias > 0).all() and not (bias < 0).all():
        return False
    least = float(np.nanmin(np.abs(others.mean(axis=0))))
    return bool(abs(bias.mean()) - least > bias.std(ddof=1))


def _without(left: list[int], gone: list[int], verdict: list[Verdict], why: Verdict) -> list[int]:
    """Those who stay; nobody drops out where nobody would be left."""
    if len(gone) == len(left):
        return left
    for k in gone:
        verdict[k] = why
    return [k for k in left if k not in gone]


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
