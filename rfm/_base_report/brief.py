"""The audit in brief, for a page among other things: the factors of revenue, what changed it, and C3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._base_report.customer_periods import customer_periods, period_totals
from rfm._base_report.periods import choose_periods
from rfm._base_report.revenue_tree import revenue_tree
from rfm._base_report.stacked_cohorts import stacked_cohorts
from rfm._base_report.triangle import triangle
from rfm._base_report.two_periods import overlap, pair_of, revenue_bridge
from rfm._dynamics.active_days import timeline
from rfm._dynamics.periods import Periods, cut_periods
from rfm._orders.transactions import Transactions

__all__ = ["Brief", "brief"]

EVERY: Final = ("1Y", "6M", "1Q", "1M")
MOST: Final = 24  # periods of the stacked chart


@dataclass(frozen=True)
class Brief:
    """Tables of `rfm.base_report` up to some day, in memory; the columns are those of its tables.

    Parameters
    ----------
    every : str
        Length of the periods: years; of a shorter log halves, quarters or months.
    before, period : tuple of two str
        First and last day of the last two complete periods, which are compared.
    tree, overlap, bridge, stacked : DataFrame
        `revenue_tree`, `overlap`, `revenue_bridge` and `stacked_cohorts`; the last by months, quarters or years, the
        shortest of which there are at most 24.
    """

    every: str
    before: tuple[str, str]
    period: tuple[str, str]
    tree: pd.DataFrame
    overlap: pd.DataFrame
    bridge: pd.DataFrame
    stacked: pd.DataFrame


def brief(tx: Transactions, last_day: int) -> Brief | None:
    """The audit in brief up to a day; None for a log without amounts or without two complete months.

    Examples
    --------
    >>> import rfm
    >>> tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    >>> found = brief(tx, tx.last_day)
    >>> found.every, found.before, found.period
    ('6M', ('1997-07-01', '1997-12-31'), ('1998-01-01', '1998-06-30'))
    """
    if not tx.has_amounts or last_day < tx.first_day:
        return None
    cuts = ((every, cut_periods(every, tx.first_day, min(last_day, tx.last_day))) for every in EVERY)
    long_enough = ((every, periods) for every, periods in cuts if periods.complete.sum() > 1)
    every, periods = next(long_enough, (None, None))
    if every is None or periods is None:
        return None
    chosen = choose_periods(periods, None, None)
    assert chosen.before is not None  # complete periods follow each other
    scale = 10.0**tx.decimals
    fine = _cut_finely(tx.first_day, periods.last_day)
    known = (nw.col("day") <= periods.last_day) & (nw.col("first") <= periods.last_day)
    rows = timeline(tx).filter(known)
    customers = customer_periods(rows, periods)
    totals = period_totals(tx, customers, periods)
    pair = pair_of(customers, totals, periods, chosen.before, chosen.period, scale)
    return Brief(
        every,
        chosen.days(chosen.before),
        chosen.days(chosen.period),
        pd.DataFrame(revenue_tree(totals, periods, scale)),
        pd.DataFrame(overlap(pair)),
        pd.DataFrame(revenue_bridge(pair)),
        pd.DataFrame(stacked_cohorts(triangle(rows, fine, tx.decimals))),
    )


def _cut_finely(first_day: int, last_day: int) -> Periods:
    """The shortest periods that a chart of bars has room for.

    >>> len(_cut_finely(0, 700)), len(_cut_finely(0, 2000)), len(_cut_finely(0, 9000))
    (24, 22, 25)
    """
    cuts = (cut_periods(every, first_day, last_day) for every in ("1M", "1Q"))
    return next((cut for cut in cuts if len(cut) <= MOST), cut_periods("1Y", first_day, last_day))
