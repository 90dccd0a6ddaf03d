"""The objective of a fit: a law's log-likelihood of the data, plus a log-prior, in scaled units.

Time is divided by the mean T and money by the geometric mean of m, so that the search does not depend on
the unit of the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clv._fits.data import FitData, Law, purchase_data, spend_data
from clv._fits.prior import Prior
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array

__all__ = ["Likelihood", "informative"]

FEW_ROWS = 3_000
AT_ONCE = 30_000  # rows × points that fit into the processor's cache


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood (and log-prior) as a function of log-parameters in scaled units; made by `of`.

    Parameters
    ----------
    law_class : type
        The law.
    data : FitData
        The rows in scaled units.
    prepared : object
        The same, prepared for the law's `total_derivatives`.
    scale : float
        Units of the data in one scaled unit, of time or money.
    offset : float
        Log-likelihood in the data's units minus that in scaled units.
    prior : Prior or None
        None for maximum likelihood.
    """

    law_class: type[Law]
    data: FitData
    prepared: Any
    scale: float
    offset: float
    prior: Prior | None = None

    @classmethod
    def of(cls, law_class: type[Law], data: FitData, prior: Prior | None = None) -> Likelihood:
        """For rows in any unit."""
        first, *others = data.columns
        scale, dimension = law_class.natural_scale(*data.columns, weights=data.weights)
        scaled = FitData(data.names, (first, *(column / scale for column in others)), data.weights)
        return cls._over(law_class, scaled, scale, -dimension * float(np.log(scale)), prior)

    @classmethod
    def _over(
        cls, law_class: type[Law], scaled: FitData, scale: float, offset: float, prior: Prior | None
    ) -> Likelihood:
        prepared: Callable[..., Any] = law_class.prepared
        prepared = prepared(*scaled.columns, scaled.weights)
        return cls(law_class, scaled, prepared, scale, offset, prior)

    def sample(self, rows: int) -> Likelihood:
        """The same function of about `rows` of the rows; itself if there are not more."""
        if len(self.data.weights) < 2 * rows:
            return self
        return self._over(self.law_class, self.data.sample(rows), self.scale, 0.0, self.prior)

    def __call__(self, theta: Array) -> tuple[float, Array, Array]:
        """Value, gradient (k,) and Hessian (k, k) at log-parameters (k,)."""
        value, gradient, hessian = self.law_class.from_log(theta).total_derivatives(self.prepared)
        if self.prior is None:
            return value, gradient, hessian
        more = self.prior.log_density(self.law_class, theta)
        return value + more[0], gradient + more[1], hessian + more[2]

    def values(self, thetas: Array) -> Array:
        """The function alone at many log-parameters (s, k): an array (s,).

        With few rows many points are evaluated at once. With many, the sums of a law with tables of counts are faster.
        """
        rows, weights = self.data.columns, self.data.weights
        if len(weights) > FEW_ROWS and self.law_class.sums_by_table:
            found = np.array([self.law_class.from_log(theta)._total(self.prepared) for theta in thetas])
            return self._with_prior(found, thetas)
        step = max(1, AT_ONCE // max(len(weights), 1))
        blocks = [thetas[start : start + step] for start in range(0, len(thetas), step)]
        laws = [self.law_class.from_log(block.T[..., None]) for block in blocks]
        found = np.concatenate([np.asarray(law.log_likelihood(*rows)) @ weights for law in laws])
        return self._with_prior(found, thetas)

    def _with_prior(self, found: Array, thetas: Array) -> Array:
        if self.prior is None:
            return found
        return found + [self.prior.log_density(self.law_class, theta)[0] for theta in thetas]

    def log_likelihood(self, theta: Array, value: float) -> float:
        """Log-likelihood in the data's units, without the prior, where the function is `value`."""
        log_prior = self.prior.log_density(self.law_class, theta)[0] if self.prior else 0.0
        return value - log_prior + self.offset

    def starts(self) -> list[Array]:
        """The law's start values, from the moments of the data."""
        starts: Callable[..., list[Array]] = self.law_class.starts
        return starts(*self.data.columns, self.data.weights)

    def law(self, theta: Array) -> Law:
        """The law at log-parameters (k,), in the units of the data."""
        return self.law_class.from_log(theta).scaled(self.scale)

    def in_units(self, thetas: Array) -> Array:
        """Log-parameters (s, k) in the units of the data, of such in scaled units."""
        units = self.law_class.from_log(np.zeros(thetas.shape[1])).scaled(self.scale).log_parameters
        return np.asarray(thetas + units)

    def theta(self, law: Law) -> Array:
        """The log-parameters (k,), in scaled units, of a law in the units of the data."""
        return law.scaled(1 / self.scale).log_parameters


def informative(law_class: type[Law], data: FitData) -> FitData:
    """The rows that the law uses, if it can be estimated from them; FitError says what is missing."""
    return (spend_data if issubclass(law_class, SpendLaw) else purchase_data)(data)
