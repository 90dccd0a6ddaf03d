"""Learning one metric's cut points from the customers who bought, with a warning where data are few."""

from __future__ import annotations

from rfm._frames.native import Frame
from rfm._issuing import warn
from rfm._scores.cut_points import Best, CutPoints, counts, cut_points, ranks
from rfm._scores.metrics import METRICS
from rfm._scores.value_counts import levels
from rfm.errors import ScoringError

__all__ = ["learn"]


def learn(
    frame: Frame, name: str, column: str, best: Best, bins: int, given: tuple[float, ...]
) -> tuple[CutPoints, tuple[int, ...]]:
    """One metric's cut points, and how many customers get each score.

    Parameters
    ----------
    frame : Narwhals frame
        Customers who bought; on an engine, materialised.
    name, column, best, bins
        Of the cut points to be made.
    given : tuple of float
        Cut points that the user chose; empty where they are to be learned.

    Raises
    ------
    ScoringError
        If there are no customers.

    Warns
    -----
    DataWarning
        If the metric has fewer distinct values than there are scores.
    """
    found = levels(frame, column, lambda n: ranks(n, bins, best), given)
    if name in METRICS and not len(found.values):
        raise ScoringError("No customer in this summary has bought. Hint: check as_of and tx.audit.")
    points = CutPoints(
        name, column, best, bins, given or cut_points(found.values, found.customers, bins, best)
    )
    customers = counts(found.values, found.customers, points)
    if not given:
        _warn_if_few(points, len(found.values), customers)
    return points, customers


def _warn_if_few(points: CutPoints, distinct: int, customers: tuple[int, ...]) -> None:
    if distinct >= points.bins:
        return
    if not distinct:
        fact = f"{points.column} is missing for every customer"
    elif not points.cuts:
        fact = f"all customers have the same {points.column}, so every customer scores {points.middle}"
    else:
        n = sum(customers)
        given = ", ".join(f"{k} ({c / n:.1%})" for k, c in enumerate(customers, 1) if c)
        fact = f"{points.column} has {distinct} distinct values for {points.bins} scores; customers by score: {given}"
    warn(
        f"{points.name}: {fact}. Hint: use fewer bins, or your own edges={{{points.name!r}: […]}}.",
    )
