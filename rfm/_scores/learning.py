"""Learning one metric's cut points from the customers who bought, with a warning where data are few."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import narwhals.stable.v2 as nw

from rfm._frames.native import Frame
from rfm._issuing import warn
from rfm._scores.cut_points import Best, CutPoints, counts, cut_points, ranks
from rfm._scores.metrics import METRICS
from rfm._scores.scorer_options import like_shares, looks_like_shares
from rfm._scores.value_counts import levels
from rfm.errors import ScoringError

__all__ = ["Metric", "learn", "learned_from"]


@dataclass(frozen=True)
class Metric:
    """What is to be learned of one metric.

    Attributes
    ----------
    name, column, best, bins
        Of the cut points to be made.
    cuts : tuple of float
        Cut points that the user chose; empty where they are to be learned.
    shares : tuple of Fraction
        The shares of customers, counted from the worst, that scores end at; empty where they are even.
    active : bool
        Whether only customers with a frequency above 0 are learned from: those with an order in the window. The others
        are scored below them.
    """

    name: str
    column: str
    best: Best
    bins: int
    cuts: tuple[float, ...] = ()
    shares: tuple[Fraction, ...] = ()
    active: bool = False


def learn(frame: Frame, metric: Metric) -> tuple[CutPoints, tuple[int, ...]]:
    """One metric's cut points, and how many customers get each score.

    Parameters
    ----------
    frame : Narwhals frame
        Customers who bought; on an engine, materialised.
    metric : Metric

    Raises
    ------
    ScoringError
        If there are no customers, or cut points of M look like shares.

    Warns
    -----
    DataWarning
        If the metric has fewer distinct values than there are scores.
    """
    name, bins, best, given, shares = metric.name, metric.bins, metric.best, metric.cuts, metric.shares
    found = levels(learned_from(frame, metric), metric.column, lambda n: ranks(n, bins, best, shares), given)
    if metric.active and not len(found.values):  # nobody has an order in the window
        found = levels(frame, metric.column, lambda n: ranks(n, bins, best, shares), given)
    if name in METRICS and not len(found.values):
        raise ScoringError("No customer in this summary has bought. Hint: check as_of and tx.audit.")
    cuts = given or cut_points(found.values, found.customers, bins, best, shares)
    points = CutPoints(name, metric.column, best, bins, cuts)
    everybody = levels(frame, metric.column, cuts=cuts) if metric.active else found
    customers = counts(everybody.values, everybody.customers, points)
    if name == "M" and looks_like_shares(given) and 2 * customers[-1] > sum(customers):
        raise like_shares(name, given)
    if not given:
        _warn_if_few(points, len(found.values), customers)
    return points, customers


def learned_from(frame: Frame, metric: Metric) -> Frame:
    """The customers whose values the cut points divide."""
    return frame.filter(nw.col("frequency") > 0) if metric.active else frame


def _warn_if_few(points: CutPoints, distinct: int, customers: tuple[int, ...]) -> None:
    if distinct >= points.bins:
        return
    if not distinct:
        fact = f"{points.column} is missing for every customer"
    elif distinct == 1:
        score = points.bins if points.best == "low" else 1
        fact = f"all customers have the same {points.column}, so every customer scores {score}"
    else:
        n = sum(customers)
        given = ", ".join(f"{k} ({c / n:.1%})" for k, c in enumerate(customers, 1) if c)
        fact = f"{points.column} has {distinct} distinct values for {points.bins} scores; customers by score: {given}"
    warn(
        f"{points.name}: {fact}. Hint: use fewer bins, or your own edges={{{points.name!r}: […]}}.",
    )
