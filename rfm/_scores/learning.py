"""Learning one metric's cut points from the customers who bought, and what to say where they are thin."""

from __future__ import annotations

import warnings

from rfm._frames.native import Frame
from rfm._scores.cut_points import Best, CutPoints, counts, cut_points, ranks
from rfm._scores.metrics import METRICS
from rfm._scores.value_counts import levels
from rfm.errors import DataWarning, ScoringError

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
        Of the ruler to be made.
    given : tuple of float
        Cut points that the user chose; empty where they are to be learned.

    Raises
    ------
    ScoringError
        When there are no customers.

    Warns
    -----
    DataWarning
        When the metric has fewer distinct values than there are scores.
    """
    found = levels(frame, column, lambda n: ranks(n, bins, best), given)
    if name in METRICS and not len(found.values):
        raise ScoringError("No customer in this summary has bought. Hint: look at as_of, and at tx.audit.")
    ruler = CutPoints(
        name, column, best, bins, given or cut_points(found.values, found.customers, bins, best)
    )
    customers = counts(found.values, found.customers, ruler)
    if not given:
        _warn_if_few(ruler, len(found.values), customers)
    return ruler, customers


def _warn_if_few(ruler: CutPoints, distinct: int, customers: tuple[int, ...]) -> None:
    if distinct >= ruler.bins:
        return
    if not distinct:
        fact = f"{ruler.column} is missing for every customer"
    elif not ruler.cuts:
        fact = f"all customers have the same {ruler.column}, so everybody scores {ruler.middle}"
    else:
        n = sum(customers)
        given = ", ".join(f"{k} ({c / n:.1%})" for k, c in enumerate(customers, 1) if c)
        fact = f"{ruler.column} has {distinct} distinct values for {ruler.bins} scores; given are {given}"
    warnings.warn(
        f"{ruler.name}: {fact}. Hint: fewer bins, or edges={{{ruler.name!r}: […]}} of your own.",
        DataWarning,
        stacklevel=4,
    )
