"""What BG/NBD and MBG/NBD have in common: everything except whether a coin is tossed at time zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws import beta_geometric
from clv._laws import beta_geometric_likelihood as fit
from clv._laws.arguments import give, to_time
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["BetaGeometricLaw"]


@dataclass(frozen=True)
class BetaGeometricLaw(PurchaseLaw):
    """Purchases at a rate λ ~ Gamma(r, α), and after each a coin that ends them with chance p ~ Beta(a, b)."""

    r: FloatOrArray
    alpha: FloatOrArray
    a: FloatOrArray
    b: FloatOrArray

    first_coin: ClassVar[int]
    """1 if a coin is tossed at time zero too, else 0."""
    sums_by_table: ClassVar[bool] = True

    @property
    def _values(self) -> beta_geometric.Parameters:
        return beta_geometric.Parameters(*(np.asarray(getattr(self, name)) for name in self.parameters))

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history: Fader, Hardie & Lee (2005), eq. 6; Batislam et al. (2007), eq. 2.

        Examples
        --------
        >>> import clv
        >>> round(clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426).log_likelihood(2, 30.43, 38.86), 4)
        -9.4586
        >>> round(clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614).log_likelihood(2, 30.43, 38.86), 4)
        -9.4856
        """
        x, t_x, T = self.to_history(x, t_x, T)
        return give(beta_geometric.log_likelihood(self._values, x, x + self.first_coin, t_x, T))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability underflows.

        Notes
        -----
        Fader & Hardie (2008), "Computing P(alive) Using the BG/NBD Model". Under BG/NBD 0 for x = 0.

        Examples
        --------
        >>> import clv
        >>> round(clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426).log_p_alive(2000, 1, 10000), 1)
        -15037.6
        >>> round(clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614).log_p_alive(2000, 1, 10000), 1)
        -14474.6
        """
        x, t_x, T = self.to_history(x, t_x, T)
        return give(beta_geometric.log_p_alive(self._values, x, x + self.first_coin, t_x, T))

    def clock(self) -> Array:
        """The time scale on which customers leave and expected purchases level off."""
        return beta_geometric.clock(self._values)

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> sample = law.simulate(np.full(1000, 39.0), np.random.default_rng(1))
        >>> bool(sample.x.sum() == len(sample.times))
        True
        """
        check_generator(rng)
        return beta_geometric.simulate(self._values, np.atleast_1d(to_time(T)), self.first_coin, rng)

    def derivatives(self, x: Array, t_x: Array, T: Array) -> fit.Derivatives:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""
        return fit.derivatives(self._values, x, x + self.first_coin, t_x, T)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> fit.Tables:
        """The data of a fit, for `total_derivatives`."""
        return fit.prepared(x, t_x, T, weights, first_coin=cls.first_coin)

    def total_derivatives(self, data: fit.Tables) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (4,) and (4, 4)."""
        return fit.total_derivatives(self._values, data)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Start values of a fit: log-parameters, each (4,)."""
        return fit.starts(x, T, weights)
