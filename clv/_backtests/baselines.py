"""Baselines that a model should beat: rules of thumb without a purchase law.

Each is a pure function of what was known at the end of calibration, and returns each customer's expected purchases
in the hold-out. Wübben & von Wangenheim (2008), "Instant customer base analysis: managerial heuristics often get it
right", Journal of Marketing 72, found such rules hard to beat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rfm._words import declare

__all__ = [
    "BASELINES",
    "BASELINE_WORDS",
    "Known",
    "active_if_recent",
    "past_rate",
    "population_mean",
    "rfm_cell_mean",
]

Array = NDArray[np.float64]
Cells = NDArray[np.int64]

ENOUGH = 20  # smallest number of customers at which a cell's own mean is used


@dataclass(frozen=True)
class Known:
    """Data on each customer at the start of the hold-out; times in units of time, arrays of shape (n,).

    Attributes
    ----------
    x, t_x, T : ndarray
        Repeat purchases, time of the last one, time observed.
    cells : ndarray of shape (n, 3)
        R, F and M scores.
    past_cells, past_purchases : ndarray of shape (p, 3) and (p,)
        The same scores at an earlier day, and the purchases that followed until the hold-out begins; p = 0 where the
        log is too short for that.
    horizon : float
        Length of the hold-out.
    past_scale : float
        Length of the hold-out over that of the time in which the past purchases were made.
    """

    x: Array
    t_x: Array
    T: Array
    cells: Cells
    past_cells: Cells
    past_purchases: Array
    horizon: float
    past_scale: float = 1.0


def past_rate(known: Known) -> Array:
    """The past rate continues: x/T purchases per unit of time; no customer leaves."""
    return np.divide(known.x, known.T, out=np.zeros_like(known.T), where=known.T > 0) * known.horizon


def population_mean(known: Known) -> Array:
    """Every customer is the average customer: Σx/ΣT purchases per unit of time."""
    total = known.T.sum()
    return np.full_like(known.T, known.x.sum() / total * known.horizon if total > 0 else 0.0)


def active_if_recent(known: Known) -> Array:
    """Customers who bought within the last h continue at the past rate, others have left (the hiatus heuristic).

    h is the 90th percentile of the mean gaps between purchases of those who bought again.
    """
    again = known.x > 0
    if not again.any():
        return past_rate(known)
    longest = np.quantile(known.t_x[again] / known.x[again], 0.9)
    return np.where(known.T - known.t_x <= longest, past_rate(known), 0.0)


def rfm_cell_mean(known: Known) -> Array:
    """Mean purchases of customers with equal R, F, M scores after an earlier day; small cells use R and F, or R."""
    if not len(known.past_purchases):
        return population_mean(known)
    answer = np.full(len(known.x), known.past_purchases.mean())
    for depth in (1, 2, 3):
        past, now = (_code(cells[:, :depth]) for cells in (known.past_cells, known.cells))
        size = max(int(past.max()), int(now.max(initial=0))) + 1
        customers = np.bincount(past, minlength=size)
        bought = np.bincount(past, weights=known.past_purchases, minlength=size)
        large = customers[now] >= ENOUGH
        answer = np.where(large, bought[now] / np.maximum(customers[now], 1), answer)
    # Scaled last: sums of whole numbers are exact, so that equal cells tie in any order of the customers.
    return answer * known.past_scale


def _code(cells: Cells) -> Cells:
    """One number per row of scores, none above 10."""
    code = np.zeros(len(cells), dtype=np.int64)
    for column in cells.T:
        code = code * 11 + column
    return code


BASELINES: Final[dict[str, Callable[[Known], Array]]] = {
    "past rate continued": past_rate,
    "population mean": population_mean,
    "active if recent": active_if_recent,
    "RFM cell mean": rfm_cell_mean,
}
BASELINE_WORDS: Final = declare("backtest.model", {name: name for name in BASELINES})
