"""The assumptions behind a migration's numbers, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rfm._dynamics.markov_chain import closed_classes
from rfm._dynamics.rate_changes import Changes
from rfm._options import received

__all__ = ["notes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ASSUMPTION = (
    "The long run and the expected path are an assumption, not a forecast: today's customers move "
    "for ever by the rates of all periods together, whatever their history, and no newcomer joins."
)
UNEVEN = 1.25
"""Months differ in length by a factor of 31/28 = 1.11; dates more uneven than this get a note."""


def notes(
    dates: Ints, counts: Ints, rates: Floats, segments: Sequence[str], changes: Changes
) -> tuple[str, ...]:
    """Sentences on one migration.

    Parameters
    ----------
    dates : (p + 1,) int64
    counts : (p, s + 1, s) int64
        Customers by period, from, to.
    rates : (s, s) float
        All periods together.
    segments : sequence of str
    changes : Changes
        The tests of change, which may have pooled rare moves.
    """
    found = [ASSUMPTION, *_traps(rates, segments)]
    fresh = [name for name, n in zip(segments, counts[:, :-1].sum(axis=(0, 2)), strict=True) if n == 0]
    if fresh:
        found.append(f"No customer began a period in {_names(fresh)}: the long run takes them to stay there.")
    gaps = np.diff(dates)
    if gaps.max() > UNEVEN * gaps.min():
        found.append(
            f"The dates lie {gaps.min()} to {gaps.max()} days apart; rates over all periods mix spans of "
            "different length."
        )
    if changes.pooled.any():
        found.append(
            f"In {(changes.pooled > 0).sum()} of {changes.compared.sum()} tests of change some moves were too rare "
            "to be tested alone (fewer than 5 expected) and were pooled."
        )
    return tuple(found)


def _traps(rates: Floats, segments: Sequence[str]) -> list[str]:
    groups = [
        [name for name, held in zip(segments, group, strict=True) if held] for group in closed_classes(rates)
    ]
    if len(groups) == 1 and len(groups[0]) == len(segments):
        return []
    listed = "; ".join(_names(group) for group in groups)
    if len(groups) == 1:
        return [
            f"No customer was seen to leave {listed} for other segments, so in the long run all are there."
        ]
    return [
        f"No customer was seen to leave any of these groups: {listed}. "
        "The long run depends on where customers are now."
    ]


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(received, names))
