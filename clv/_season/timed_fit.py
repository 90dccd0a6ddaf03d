"""A law fitted in a season's time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from clv._fits.covariates import CovariateFit
from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.fitting import Fitting
from clv._histories import Histories
from clv._horizons import clock_of
from clv._laws.purchase_law import PurchaseLaw
from clv._season.choice import chosen_season
from clv._season.season import Season, SeasonChoice
from clv._season.shop_days import ShopDays
from clv._units import days_per_unit
from rfm._orders.transactions import Transactions

__all__ = ["Timed", "timed"]


@dataclass(frozen=True)
class Timed:
    """The season that histories are read in, and Σ ln s over their repeat purchases."""

    season: Season
    log_factors: float = 0.0

    def fit(self, law_class: type[PurchaseLaw], fitting: Fitting, summary: Histories) -> Fit[Any]:
        """The law fitted in the season's time; its information criteria count the season's parameters."""
        assert summary.unit is not None
        clock = clock_of(self.season, summary.end, summary.unit)
        in_time = replace(fitting, in_time=None if clock is None else clock.data)
        return self.counted(in_time(law_class, summary.table, unit=summary.unit))

    def counted(self, fit: Fit[Any]) -> Fit[Any]:
        """The fit with the season in its log-likelihood and among its parameters."""
        if isinstance(fit, CovariateFit):
            fit = replace(fit, plain=self.counted(fit.plain))
        return replace(
            fit,
            log_likelihood=fit.log_likelihood + self.log_factors,
            season_parameters=self.season.freedom,
        )


def timed(
    tx: Transactions, season: SeasonChoice, law_class: type[PurchaseLaw], known: Histories, last: int
) -> Timed:
    """The season that was asked for, of the histories of a log."""
    assert known.unit is not None
    data = FitData.read(law_class, known.table)
    found = chosen_season(tx, season, Season(), law_class, known.unit, last, data)
    assert found is not None
    days = ShopDays.of(tx, last, data, days_per_unit(known.unit))
    return Timed(found, days.log_factors(found))
