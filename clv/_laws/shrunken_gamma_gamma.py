"""The Gamma-Gamma law as a model expects with it: the population's mean is finite where q is hardly above 1."""

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
    """A Gamma-Gamma law that knows the mean of its population from more than its parameters.

    Equation (5) is p(γ + x·m)/(p·x + q − 1). Here the population's part, q − 1, is `weight`, so that one-time buyers
    are expected to spend p·γ/weight, and all else of the law is as it was.

    Parameters
    ----------
    p, q, gamma : float
        Of the law.
    weight : float
        Of the population's mean beside a customer's own orders, > 0; q − 1 where q is well known, see
        `clv._fits.spend_fit.population_weight`.
    """

    weight: float

    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Expected mean spend an order of customers who spent m on average over x orders; see `GammaGamma`."""
        x, total = known_spend(x, m)
        return give(np.asarray(self.p * (self.gamma + total) / (self.p * x + self.weight)))
