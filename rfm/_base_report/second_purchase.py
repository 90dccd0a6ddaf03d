"""Lens 3, one cohort over time: how soon its customers buy a second time."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._dynamics.active_days import collected
from rfm._dynamics.periods import Periods, with_steps
from rfm._frames.native import Frame
from rfm._survival import kaplan_meier

__all__ = ["second_purchase"]

STEP: Final = 5  # days; its multiples include 30, 60, 90, 180 and 365
COLUMNS: Final = ("cohort", "days", "customers", "observed", "bought_again", "share_again")
Ints = npt.NDArray[np.int64]


def second_purchase(rows: Frame, periods: Periods) -> dict[str, npt.NDArray[Any]]:
    """Share of each cohort that has bought a second time, by days since the first purchase.

    Parameters
    ----------
    rows : Narwhals frame
        From `rfm._dynamics.active_days.timeline`.
    periods : Periods
        A customer's cohort is the period of the first purchase.

    Returns
    -------
    dict of str to arrays
        One row per cohort and every fifth day since the first purchase, for as long as the log has seen one of its
        customers, and at least one row:

        ``cohort, days``
            First day of the cohort's period, days since each customer's first purchase.
        ``customers, observed``
            Size of the cohort, and how many of it the log has seen for so many days.
        ``bought_again``
            How many have bought again within these days.
        ``share_again``
            Share of the cohort that buys again within these days: Kaplan and Meier's estimate, in which those
            not yet seen so long count as long as they were seen. Where all were seen so long it is
            ``bought_again / customers``; it is NaN once nobody is left who could still buy a second time.

    Notes
    -----
    A second purchase is the second purchase day: two orders on one day are one purchase.
    """
    waits = _waits(rows, periods)
    tables = [
        _of_cohort(int(cohort), {name: values[waits["cohort"] == cohort] for name, values in waits.items()})
        for cohort in np.unique(waits["cohort"])
    ]
    empty: Ints = np.empty(0, dtype=np.int64)
    tables.append(_rows(empty, empty, empty, empty, empty, np.empty(0)))  # where nobody ever bought
    found = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return found | {"cohort": periods.starts.astype("datetime64[D]")[found["cohort"]]}


def _waits(rows: Frame, periods: Periods) -> dict[str, Ints]:
    """Customers by cohort, days seen and days to the second purchase, −1 where there was none."""
    day, gap, first = nw.col("day"), nw.col("gap"), nw.col("first")
    second = (gap > 0) & (day - gap == first)
    only = (nw.col("bought") == 1) & (day == first) & (nw.col("latest") == 1)
    ends = rows.filter(second | only).with_columns(
        seen=periods.last_day - first, wait=nw.when(only).then(nw.lit(-1).cast(nw.Int64)).otherwise(gap)
    )
    return collected(
        with_steps(ends, periods.edges[1:-1], cohort=first), "cohort", "seen", "wait", number=nw.col("bought")
    )


def _of_cohort(cohort: int, waits: dict[str, Ints]) -> dict[str, npt.NDArray[Any]]:
    number, seen, wait = waits["number"], waits["seen"], waits["wait"]
    again = wait >= 0
    days = np.arange(STEP, max(int(seen.max()), STEP) + 1, STEP, dtype=np.int64)
    curve = kaplan_meier(np.where(again, wait, seen), again, number)
    total = int(number.sum())
    return _rows(
        np.full(len(days), cohort, dtype=np.int64),
        days,
        np.full(len(days), total, dtype=np.int64),
        total - _up_to(seen, number, days - 1),
        _up_to(wait[again], number[again], days),
        curve.reached(days),
    )


def _rows(*columns: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    return dict(zip(COLUMNS, columns, strict=True))


def _up_to(values: Ints, number: Ints, days: Ints) -> Ints:
    """How many have a value of at most each of the days."""
    order = np.argsort(values, kind="stable")
    counted = np.concatenate([[0], np.cumsum(number[order])]).astype(np.int64)
    return counted[np.searchsorted(values[order], days, side="right")]
