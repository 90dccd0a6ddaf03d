"""A law fitted in a season's time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from clv._fits.covariates import CovariateFit
from clv._fits.data import FitData, has_timing
from clv._fits.fit_law import Fit
from clv._fits.fitting import Fitting
from clv._histories import Histories
from clv._horizons import clock_of
from clv._laws.purchase_law import PurchaseLaw
from clv._season.choice import chosen_season
from clv._season.clock import Clock, sum_log_gaps
from clv._season.season import Season, SeasonChoice
from clv._season.shop_days import Array, ShopDays, purchases_of_entered
from clv._units import days_per_unit
from rfm._customers.netting import gap_counts
from rfm._orders.transactions import Transactions

__all__ = ["Timed", "timed"]


@dataclass(frozen=True)
class Timed:
    """The season that histories are read in, and the purchases by day that its factors enter the log-likelihood with.

    Parameters
    ----------
    season : Season
    days : ShopDays, optional
        Those of the log; a summary has none, and its log-likelihood is that of the histories in the season's time.
    entered : ndarray of shape (days,), optional
        All purchases, by day, of those first seen after the time from which parameters are estimated.
    log_gaps : float, optional
        The sum of the logarithms of all times between purchases, in the season's time, for laws that read it.
    """

    season: Season
    days: ShopDays | None = None
    entered: Array | None = None
    log_gaps: float | None = None

    def fit(self, law_class: type[PurchaseLaw], fitting: Fitting, summary: Histories) -> Fit[Any]:
        """The law fitted in the season's time; its information criteria count the season's parameters."""
        assert summary.unit is not None
        clock = clock_of(self.season, summary.end, summary.unit)
        in_time = replace(fitting, in_time=None if clock is None else partial(self._in_time, clock))
        return self.counted(in_time(law_class, summary.table, unit=summary.unit))

    def _in_time(self, clock: Clock, data: FitData) -> FitData:
        """Rows in the season's time."""
        return replace(clock.data(data), log_gaps=data.log_gaps).with_gap_total(self.log_gaps)

    def counted(self, fit: Fit[Any], purchases: Array | None = None) -> Fit[Any]:
        """The fit with the season in its log-likelihood and among its parameters.

        The density of a purchase at a time of the calendar is s times that in the season's time: Σ ln s over the repeat
        purchases, or over others, given by day.
        """
        if isinstance(fit, CovariateFit):
            fit = replace(fit, plain=self.counted(fit.plain, purchases))
        gained = 0.0 if self.days is None else self.days.log_factors(self.season, purchases)
        return replace(
            fit,
            log_likelihood=fit.log_likelihood + gained,
            by_k={k: value + gained for k, value in fit.by_k.items()},
            season_parameters=self.season.freedom,
        )

    def in_log(self, fit: Fit[Any], data: FitData, unit_days: float, begin: int) -> Fit[Any]:
        """`counted` for the likelihood of a log that begins mid-history, whose first day is `begin`.

        With unknown first purchases, the first purchase seen is part of it; with known ones, all but the first of all.
        """
        if self.days is None or self.entered is not None:
            return self.counted(fit, self.entered)
        first = np.rint(self.days.end - data.columns[2] * unit_days).astype(np.int64)
        new = first >= begin
        firsts = np.bincount(first[new] - self.days.start, data.weights[new], len(self.days.repeats))
        return self.counted(fit, self.days.firsts + self.days.repeats - firsts)


def timed(
    tx: Transactions,
    season: SeasonChoice,
    law_class: type[PurchaseLaw],
    known: Histories,
    last: int,
    entry: float | None,
) -> Timed:
    """The season that was asked for, of the histories of a log; `entry` is the option `entry_after`, in days."""
    assert known.unit is not None
    data = FitData.read(law_class, known.table)
    found = chosen_season(tx, season, Season(), law_class, known.unit, last, data)
    assert found is not None
    days = ShopDays.of(tx, last, data, days_per_unit(known.unit))
    entered = None if entry is None else purchases_of_entered(tx, last, days.start + entry)
    gaps = None
    if has_timing(law_class):
        gaps = sum_log_gaps(gap_counts(tx, last), found, days_per_unit(known.unit))
    return Timed(found, days, entered, gaps)
