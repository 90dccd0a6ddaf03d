"""Time spent in a segment, with spells censored where customers are still there."""

from __future__ import annotations

from typing import Any

import numpy as np

from rfm._dynamics.spells import Spells
from rfm._survival import kaplan_meier

__all__ = ["dwell_columns"]


def dwell_columns(spells: Spells, segments: int) -> dict[str, Any]:
    """Columns of a table with one row per segment.

    Parameters
    ----------
    spells : Spells
    segments : int
        How many of its segments to count.

    Returns
    -------
    dict of (segments,) arrays
        ``spells`` that began after the first date, how many of them ``ended``, how many more were running at the
        first date already (``unknown_start``), and the ``median_days`` and ``mean_days`` of the former.
    """
    rows = [_dwell(spells, segment) for segment in range(segments)]
    names = ("spells", "ended", "unknown_start", "median_days", "mean_days")
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _dwell(spells: Spells, segment: int) -> tuple[int, int, int, float, float]:
    here = spells.segment == segment
    seen = here & (spells.start > 0)
    customers, ended = spells.customers[seen], spells.to[seen] >= 0
    stop = spells.dates[np.minimum(spells.stop[seen], len(spells.dates) - 1)]
    days = stop - spells.dates[spells.start[seen]]
    unknown = int(spells.customers[here & (spells.start == 0)].sum())
    total, gone = int(customers.sum()), int(customers[ended].sum())
    if days.max(initial=0) == 0:  # no customer was seen there twice, or at all
        return total, gone, unknown, np.nan, np.nan
    curve = kaplan_meier(days, ended, customers)
    half = np.flatnonzero(curve.survival <= 0.5)
    median = float(curve.times[half[0]]) if len(half) else np.nan
    steps = np.diff(np.concatenate([[0], curve.times, [days.max()]]))
    mean = float((steps * np.concatenate([[1.0], curve.survival])).sum())
    return total, gone, unknown, median, mean
