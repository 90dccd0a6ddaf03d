"""What every fitted model holds: two fits, their unit of time, the end of observation, and the customers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from clv.errors import FitWarning
from clv.fits.fitting import Fit
from clv.fits.uncertainty import Pair, Posterior, draw_pairs
from clv.frames import to_pandas
from clv.laws._base import PurchaseLaw
from clv.laws.bg_bb import BGBB
from clv.laws.gamma_gamma import GammaGamma
from clv.options import finite, fraction
from clv.printed import Printed
from clv.storage import fit_to_dict, posterior_to_dict, write_model
from clv.summary import periods_between
from clv.units import Horizon, Unit, days_per_unit, horizon_days
from clv.values.future import Base
from clv.values.prediction import Terms
from clv.values.totals import refuse_endless
from clv.values.value import Lump, discount_force
from rfm.days import as_day
from rfm.errors import DataError, DataWarning
from rfm.frames import enter
from rfm.requirements import check_columns

__all__ = ["Fitted", "mass_of"]

# Customers × draws of the parameters: the more customers, the surer the parameters and the fewer draws are needed.
MIXED = (6e4, 4, 64)  # in customers' own intervals, at least and at most
SPREAD = (2e6, 100, 200)  # where the draws' own spread is the interval


@dataclass(frozen=True)
class Fitted:
    """State and provenance of a `clv.CustomerModel`, which has the questions that can be asked of it."""

    purchases: Fit
    spend: Fit
    unit: Unit
    end: date | None
    fingerprint: str
    customers: Any = field(default=None, repr=False, compare=False)
    draws: Posterior | None = field(default=None, repr=False, compare=False)  # those of a loaded model

    def summary(self) -> Printed:
        """The two fits as a statistics package prints them.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.
        """
        return Printed("\n\n".join([self.purchases.summary(), self.spend.summary()]))

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters and draws of them, covariance, units, provenance; no customer data.

        The 100 to 200 draws are the posterior's, and give a loaded model this one's intervals. Making them takes about
        a second, and on many customers what `total` spends on its draws.

        Parameters
        ----------
        path : str or Path
            The file to write; `clv.load` reads it.
        """
        draws = self.draws
        if draws is None and self.customers is not None:
            draws = self._posterior(SPREAD, seed=0)
        write_model(
            path,
            {
                "purchases": fit_to_dict(self.purchases),
                "spend": fit_to_dict(self.spend),
                "unit": self.unit,
                "end": None if self.end is None else self.end.isoformat(),
                "fingerprint": self.fingerprint,
                "draws": None if draws is None else posterior_to_dict(draws),
            },
        )

    @property
    def _laws(self) -> tuple[PurchaseLaw, GammaGamma]:
        law, spend = self.purchases.law, self.spend.law
        assert isinstance(law, PurchaseLaw)
        assert isinstance(spend, GammaGamma)
        return law, spend

    def _draws(self, budget: tuple[float, int, int], seed: int) -> tuple[Pair, ...]:
        """As many draws of the laws as the number of customers lets pay; what their reader should know is said."""
        drawn = self._posterior(budget, seed)
        for text in drawn.warnings:
            warnings.warn(text, FitWarning, stacklevel=3)
        return drawn.pairs

    def _posterior(self, budget: tuple[float, int, int], seed: int) -> Posterior:
        work, least, most = budget
        wanted = int(np.clip(work / max(self.purchases.n, 1), least, most))
        if self.draws is not None:
            return self.draws.sample(wanted, seed)
        return draw_pairs(self.purchases, self.spend, self.customers, wanted, seed)

    def _base(self, customers: Any) -> Base:
        table = to_pandas(self._customers(customers))
        return Base(*(table[name].to_numpy(dtype=float) for name in self._columns))

    @property
    def _columns(self) -> tuple[str, ...]:
        """What a prediction reads of a customer: the purchase law's columns, and the mean repeat order."""
        return (*self.purchases.law.data_columns, "monetary_value")

    def _customers(self, customers: Any) -> Any:
        table = self.customers if customers is None else customers
        discrete = f", discrete={self.unit!r}" if isinstance(self.purchases.law, BGBB) else ""
        made = f"clv.summarize(tx, unit={self.unit!r}, end=…{discrete})"
        if table is None:
            raise DataError(
                "This model was loaded, and a saved model holds no customers. "
                f"Hint: pass them, customers={made}."
            )
        check_columns(
            enter(table), ("customer_id", *self._columns), f"make it with {made}", argument="customers"
        )
        return table

    def _terms(
        self, horizon: Horizon, rate: float, margin: float, as_of: str | date | None, lump: Lump | None
    ) -> Terms:
        if lump not in (None, "lifetimes"):
            raise DataError(f"lump={lump!r} is no way of paying. Hint: leave it out, or lump='lifetimes'.")
        margin = finite(margin, "margin", "margin=0.3 keeps 30% of what is spent", least=0)
        days, unit_days = horizon_days(horizon), days_per_unit(self.unit)
        delta, silent = discount_force(rate, unit_days), self._silence(as_of)
        if rate > 1:
            warnings.warn(
                f"discount_rate={rate:g} is {rate:.0%} a year: next year's money is worth less than half. "
                "Write 10% a year as 0.10.",
                DataWarning,
                stacklevel=3,
            )
        if lump == "lifetimes":
            refuse_endless(days, "sum of monthly payments")
            return Terms(days / days_per_unit("M"), rate, margin, silent, lump, self.unit)
        return Terms(days / unit_days, delta, margin, silent)

    def _silence(self, as_of: str | date | None) -> float:
        """Units of time between the end of observation and a later day; for BG/BB, calendar periods."""
        if as_of is None:
            return 0.0
        if self.end is None:
            raise DataError(
                "as_of needs the day on which observation ended, and this model does not know it. "
                "Hint: clv.fit_summary(summary, end=…)."
            )
        day, end = as_day(as_of, "as_of"), as_day(self.end, "end")
        if day < end:
            raise DataError(
                f"as_of={as_of!r} lies before the end of observation, {self.end}. "
                "Hint: fit with end=… to predict from an earlier day."
            )
        if isinstance(self.purchases.law, BGBB):
            return periods_between(end, day, self.unit)
        return (day - end) / days_per_unit(self.unit)


def mass_of(interval: float) -> float:
    """The mass of an interval, checked."""
    return fraction(interval, "interval", "interval=0.9")
