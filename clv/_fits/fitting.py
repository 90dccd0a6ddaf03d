"""How a model's laws are estimated: with which covariates, prior and weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clv._fits.covariates import fit_effects
from clv._fits.data import FitData, Law
from clv._fits.design import Design
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.prior import Prior
from clv._laws.spend_law import SpendLaw
from rfm._frames.types import Table

__all__ = ["Fitting"]


@dataclass(frozen=True)
class Fitting:
    """Maximum likelihood with these options; called with a law and a checked table, it gives the fit.

    Parameters
    ----------
    design : Design, optional
        The covariates.
    purchase, dropout, spend : tuple of str
        The columns on which purchases, the end of them, and the worth of orders depend.
    prior : Prior, optional
        Weak priors; by default none.
    weights : str, optional
        The table's column of customers per row.
    in_time : callable, optional
        Turns the histories of a purchase law into its time, such as a season's.
    """

    design: Design | None = None
    purchase: tuple[str, ...] = ()
    dropout: tuple[str, ...] = ()
    spend: tuple[str, ...] = ()
    prior: Prior | None = None
    weights: str | None = None
    in_time: Callable[[FitData], FitData] | None = None

    def __call__(self, law_class: type[Law], table: Table, *, unit: str | None) -> Fit[Any]:
        """The fit of a law, announced."""
        return announced(self.quietly(law_class, table, unit=unit))

    def quietly(self, law_class: type[Law], table: Table, *, unit: str | None) -> Fit[Any]:
        """The fit of a law, with its warnings only in the fit."""
        design = self.design
        roles = {"spend": self.spend} if issubclass(law_class, SpendLaw) else {
            "purchase": self.purchase,
            "dropout": self.dropout,
        }  # fmt: skip
        columns = [name for names in roles.values() for name in names]
        if design is None or not columns:
            data = self._read(law_class, table)
            return fit_to_data(law_class, data, unit, self.prior)
        data = self._read(law_class, table, design.only(columns))
        terms = {role: design.terms_of(names) for role, names in roles.items()}
        return fit_effects(law_class, data, design, unit=unit, prior=self.prior, **terms)

    def _read(self, law_class: type[Law], table: Table, design: Design | None = None) -> FitData:
        """The table's rows, in the law's time."""
        data = FitData.read(law_class, table, self.weights, design=design)
        return (
            self.in_time(data) if self.in_time is not None and not issubclass(law_class, SpendLaw) else data
        )
