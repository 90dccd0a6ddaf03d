"""The day on which a customer's inactivity becomes alarming: when P(alive) falls below a threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns, at, keys, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.seen_law import SeenLaw
from clv._numerics import unique_rows
from clv._season.clock import Clock, in_time, tau
from rfm._options import fraction

__all__ = ["due_columns", "silence_until"]

Array = NDArray[np.float64]

STEPS = 60  # halvings: from a century to less than a second
CENTURY = 36_525.0  # days


def silence_until(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    x: Array,
    t_x: Array,
    T: Array,
    threshold: float,
    longest: float,
    patterns: Patterns | None = None,
) -> tuple[Array, NDArray[np.bool_]]:
    """Time after each customer's last purchase until P(alive) falls below the threshold.

    Parameters
    ----------
    law : PurchaseLaw
        In discrete time it is evaluated only at whole periods.
    x, t_x, T : ndarray of shape (n,)
        Repeat purchases, time of the last one and time observed.
    threshold : float
        Between 0 and 1.
    longest : float
        Longest time that is searched.
    patterns : Patterns, optional
        The customers' covariates, if the law depends on them.

    Returns
    -------
    silence : ndarray of shape (n,)
        Time from the last purchase; NaN where P(alive) stays above the threshold for `longest`.
    never : ndarray of shape (n,)
        Where P(alive) does not fall at all, as for one-time buyers under BG/NBD.

    Raises
    ------
    DataError
        If the threshold is not between 0 and 1.
    """
    in_window = isinstance(law, SeenLaw)  # where it also matters when the customer was first seen
    first, inverse = unique_rows(x, t_x, *((T,) if in_window else ()), *keys(patterns))
    x, t_x, T, of_rows = x[first], t_x[first], T[first], at(law, taken(patterns, first))
    limit = np.log(fraction("threshold", threshold, "threshold=0.5"))

    def log_p_alive(silence: Array) -> Array:
        until = t_x + silence
        known = of_rows.later(until - T) if isinstance(of_rows, SeenLaw) else of_rows
        return np.asarray(known.log_p_alive(x, t_x, until), dtype=float)

    whole = of_rows.discrete
    low, high = np.zeros_like(t_x), np.full_like(t_x, np.ceil(longest) if whole else longest)
    at_once, at_last = log_p_alive(low), log_p_alive(high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if whole:
            middle = np.floor(middle)
        fallen = log_p_alive(middle) < limit
        low, high = np.where(fallen, low, middle), np.where(fallen, middle, high)
    silence = np.where(at_last < limit, np.where(at_once < limit, 0.0, high), np.nan)
    return silence[inverse], (at_last == 0.0)[inverse]


def due_columns(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    x: Array,
    t_x: Array,
    T: Array,
    *,
    threshold: float,
    unit_days: float,
    end: int,
    clock: Clock | None = None,
    patterns: Patterns | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Columns `p_alive`, `due` (a date) and `due_note`, each of shape (n,); see `CustomerModel.due`.

    Parameters
    ----------
    unit_days : float
        Days in a unit of the law's time.
    end : int
        The end of observation, in days since 1970-01-01.
    clock : Clock, optional
        The season's time, in which the law is.
    patterns : Patterns, optional
        The customers' covariates, if the law depends on them.
    """
    known = T
    x, t_x, T = in_time(clock, x, t_x, T)
    century = CENTURY / unit_days if clock is None else float(clock.ahead(end, np.array([CENTURY]))[0])
    silence, never = silence_until(law, x, t_x, T, threshold, century, patterns)
    found = np.isfinite(silence)
    past = t_x + np.where(found, silence, 0.0) - T
    if clock is None:
        day = end + np.floor(past * unit_days) + 1
    else:
        day = _first_day_after(clock, past, int(np.ceil(np.max(known, initial=0.0) * unit_days)))
    return {
        "p_alive": np.asarray(at(law, patterns).p_alive(x, t_x, T), dtype=float),
        "due": np.where(found, day, np.iinfo(np.int64).min)
        .astype(np.int64)
        .view("datetime64[D]")
        .astype("datetime64[us]"),
        "due_note": np.where(never, "never in doubt", np.where(found, "", "not within a century")),
    }


def _first_day_after(clock: Clock, past: Array, before: int) -> Array:
    """The first day at whose end more of the season's time has gone since the end of observation, in units, than this.

    `before` is the number of days before that end in which it may lie.
    """
    days = np.arange(clock.end - before, clock.end + int(CENTURY) + 2)
    gone = tau(clock.season, days) / clock.unit_days
    place = np.searchsorted(gone - gone[before], past + 1e-12, side="right")
    return days[np.minimum(place, len(days) - 1)].astype(float)
