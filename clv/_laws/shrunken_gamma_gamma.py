"""The Gamma-Gamma law used for expectations: its population mean is finite even if q is hardly above 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.gamma_gamma_likelihood import known_spend
from clv._numerics import FloatOrArray

__all__ = ["ShrunkenGammaGamma"]


@dataclass(frozen=True)
class ShrunkenGammaGamma(GammaGamma):
    """A Gamma-Gamma law whose population mean is not determined by its parameters alone.

    Equation (5) is p(γ + x·m)/(p·x + q − 1). Here the population's part, q − 1, is `weight`, so that one-time buyers
    are expected to spend p·γ/weight; the rest of the law is unchanged.

    Parameters
    ----------
    p, q, gamma : float
        Of the law.
    weight : float
        Weight of the population mean relative to a customer's own orders, > 0; q − 1 if q is precisely estimated, see
        `clv._fits.population_mean.population_weight`.
    """

    weight: float

    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Expected mean spend per order of customers who spent m on average over x orders; see `GammaGamma`."""
        x, total = known_spend(x, m)
        return give(np.asarray(self.p * (self.gamma + total) / (self.p * x + self.weight)))
