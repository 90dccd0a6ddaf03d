"""What a prediction must beat: rules of thumb that need no law of purchase.

Each is a pure function of what was known at the end of calibration, and gives the purchases expected of each customer
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

ENOUGH = 20  # customers from which a cell speaks for itself


@dataclass(frozen=True)
class Known:
    """What is known of each customer when the hold-out begins; times in units of time, arrays of shape (n,).

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
    """The past goes on: x/T purchases a unit of time; nobody leaves."""
    return np.divide(known.x, known.T, out=np.zeros_like(known.T), where=known.T > 0) * known.horizon


def population_mean(known: Known) -> Array:
    """Everybody is the average customer: Σx/ΣT purchases a unit of time."""
    total = known.T.sum()
    return np.full_like(known.T, known.x.sum() / total * known.horizon if total > 0 else 0.0)


def active_if_recent(known: Known) -> Array:
    """Who bought within the last h goes on at the past rate, who did not is gone (the hiatus heuristic).

    h is the 90th percentile of the mean gaps between purchases of those who bought again.
    """
    again = known.x > 0
    if not again.any():
        return past_rate(known)
    longest = np.quantile(known.t_x[again] / known.x[again], 0.9)
    return np.where(known.T - known.t_x <= longest, past_rate(known), 0.0)


def rfm_cell_mean(known: Known) -> Array:
    """What customers of the same R, F and M scores did after an earlier day; cells of few ask R and F, then R alone."""
    if not len(known.past_purchases):
        return population_mean(known)
    answer = np.full(len(known.x), known.past_purchases.mean())
    for depth in (1, 2, 3):
        past, now = (_code(cells[:, :depth]) for cells in (known.past_cells, known.cells))
        size = max(int(past.max()), int(now.max(initial=0))) + 1
        customers = np.bincount(past, minlength=size)
        bought = np.bincount(past, weights=known.past_purchases, minlength=size)
        speaks = customers[now] >= ENOUGH
        answer = np.where(speaks, bought[now] / np.maximum(customers[now], 1), answer)
    # Scaled last: sums of whole numbers are exact, so that equal cells tie in whatever order the customers come.
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
