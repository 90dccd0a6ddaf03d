"""What every fitted model holds: two fits, their unit of time, the end of observation, and the customers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from clv.fits.fitting import Fit
from clv.fits.uncertainty import law_pairs
from clv.frames import to_pandas
from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma
from clv.printed import Printed
from clv.storage import fit_to_dict, write_model
from clv.units import Horizon, Unit, days_per_unit, horizon_days
from clv.values.future import Base
from clv.values.prediction import Terms
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

    def summary(self) -> Printed:
        """The two fits as a statistics package prints them.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.
        """
        return Printed("\n\n".join([self.purchases.summary(), self.spend.summary()]))

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters, covariance, units, provenance; no customer data.

        Parameters
        ----------
        path : str or Path
            The file to write; `clv.load` reads it.
        """
        write_model(
            path,
            {
                "purchases": fit_to_dict(self.purchases),
                "spend": fit_to_dict(self.spend),
                "unit": self.unit,
                "end": None if self.end is None else self.end.isoformat(),
                "fingerprint": self.fingerprint,
            },
        )

    @property
    def _laws(self) -> tuple[PurchaseLaw, GammaGamma]:
        law, spend = self.purchases.law, self.spend.law
        assert isinstance(law, PurchaseLaw)
        assert isinstance(spend, GammaGamma)
        return law, spend

    def _draws(self, budget: tuple[float, int, int], seed: int) -> tuple[tuple[PurchaseLaw, GammaGamma], ...]:
        """As many draws of the laws as the number of customers lets pay."""
        work, least, most = budget
        wanted = int(np.clip(work / max(self.purchases.n, 1), least, most))
        return tuple(law_pairs(self.purchases, self.spend, self.customers, wanted, seed))

    def _base(self) -> Base:
        table = to_pandas(self._customers(None))
        return Base(*(table[name].to_numpy(dtype=float) for name in self._columns))

    @property
    def _columns(self) -> tuple[str, ...]:
        """What a prediction reads of a customer: the purchase law's columns, and the mean repeat order."""
        return (*self.purchases.law.data_columns, "monetary_value")

    def _customers(self, customers: Any) -> Any:
        table = self.customers if customers is None else customers
        if table is None:
            raise DataError(
                "This model was loaded, and a saved model holds no customers. "
                "Hint: model.predict(customers=clv.summarize(tx, unit=model.unit, end=…))."
            )
        hint = "make it with clv.summarize(tx, unit=model.unit)"
        check_columns(enter(table), ("customer_id", *self._columns), hint, argument="customers")
        return table

    def _terms(
        self, horizon: Horizon, rate: float, margin: float, as_of: str | date | None, lump: Lump | None
    ) -> Terms:
        if lump not in (None, "lifetimes"):
            raise DataError(f"lump={lump!r} is no way of paying. Hint: leave it out, or lump='lifetimes'.")
        if rate > 1:
            warnings.warn(
                f"discount_rate={rate:g} is {rate:.0%} a year: next year's money is worth less than half. "
                "Write 10% a year as 0.10.",
                DataWarning,
                stacklevel=3,
            )
        days, unit_days = horizon_days(horizon), days_per_unit(self.unit)
        silent = self._silent_days(as_of) / unit_days
        if lump == "lifetimes":
            return Terms(days / days_per_unit("M"), rate, margin, silent, lump, self.unit)
        return Terms(days / unit_days, discount_force(rate, unit_days), margin, silent)

    def _silent_days(self, as_of: str | date | None) -> int:
        if as_of is None:
            return 0
        if self.end is None:
            raise DataError(
                "as_of needs the day on which observation ended, and this model does not know it. "
                "Hint: clv.fit_summary(summary, end=…)."
            )
        days = as_day(as_of, "as_of") - as_day(self.end, "end")
        if days < 0:
            raise DataError(
                f"as_of={as_of!r} lies before the end of observation, {self.end}. "
                "Hint: fit with end=… to predict from an earlier day."
            )
        return days


def mass_of(interval: float) -> float:
    """The mass of an interval, checked."""
    if not 0 < interval < 1:
        raise DataError(f"interval must lie between 0 and 1, got {interval!r}. Hint: interval=0.9.")
    return interval
