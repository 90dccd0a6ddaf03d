"""The MBG/NBD law: Batislam, Denizel & Filiztekin 2007; Hoppe & Wagner 2007 (as CBG/NBD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws import beta_geometric
from clv._laws import beta_geometric_likelihood as fit
from clv._laws.arguments import give, to_count, to_history, to_time
from clv._laws.bg_nbd import BGNBD
from clv._laws.purchase_law import PurchaseLaw, Simulation
from clv._numerics import Array, FloatOrArray, log_add

__all__ = ["MBGNBD"]


@dataclass(frozen=True)
class MBGNBD(PurchaseLaw):
    """MBG/NBD: purchases at a gamma-distributed rate, dropout after any purchase, the first included.

    While alive, a customer buys at rate λ ~ Gamma(r, α); at time zero and after each repeat purchase the
    customer leaves for good with probability p ~ Beta(a, b). Unlike in BG/NBD, who never came back may have
    left.

    Parameters
    ----------
    r, alpha : float or (n,) array, > 0
        Shape and rate of λ: the mean rate is r/α purchases a unit of time; α is a length of time.
    a, b : float or (n,) array, > 0
        The mean chance to leave after a purchase is a/(a + b).

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    Notes
    -----
    E. P. Batislam, M. Denizel and A. Filiztekin (2007), "Empirical validation and comparison of models for
    customer base analysis", International Journal of Research in Marketing 24(3), 201–209; D. Hoppe and
    U. Wagner (2007), "Customer base analysis: the case for a central variant of the Betageometric/NBD Model",
    Marketing – Journal of Research and Management 3(2), 75–90.

    Past the coin at time zero, survived with probability 1 − p, a customer is one of BG/NBD, and weighing p's
    law by 1 − p turns Beta(a, b) into Beta(a, b + 1). So E[X(t)] is b/(a + b) times that of BG/NBD(r, α, a,
    b + 1), and likewise the distribution. Given (x, t_x, T) and alive, x + 1 coins are survived, and the
    likelihood λ^x e^(−λT) (1 − p)^(x+1) makes the customer one of BG/NBD(r + x, α + T, a, b + x + 1).

    Examples
    --------
    >>> import clv
    >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> round(law.expected_purchases(52), 4)
    1.4197
    """

    r: FloatOrArray
    alpha: FloatOrArray
    a: FloatOrArray
    b: FloatOrArray

    name: ClassVar[str] = "mbg-nbd"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)

    @property
    def _values(self) -> beta_geometric.Parameters:
        return beta_geometric.Parameters(*(np.asarray(getattr(self, name)) for name in self.parameters))

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history, Batislam et al. (2007), equation (2).

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        float or (n,) ndarray

        Raises
        ------
        DataError
            A history cannot be: t_x > T, x > 0 with t_x = 0, x not whole.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
        >>> round(law.log_likelihood(2, 30.43, 38.86), 4)
        -9.4856
        """
        x, t_x, T = to_history(x, t_x, T)
        return give(beta_geometric.log_likelihood(self._values, x, x + 1, t_x, T))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T).

        Parameters
        ----------
        x, t_x, T : array_like, (n,)

        Returns
        -------
        float or (n,) ndarray

        Raises
        ------
        DataError
            A history cannot be: t_x > T, x > 0 with t_x = 0, x not whole.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
        >>> round(law.log_p_alive(2000, 1, 10000), 1)
        -14474.6
        """
        x, t_x, T = to_history(x, t_x, T)
        return give(beta_geometric.log_p_alive(self._values, x, x + 1, t_x, T))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + x, α + T, a, b + x + 1).

        Parameters
        ----------
        x, t_x, T : array_like, (n,)

        Returns
        -------
        BGNBD
            Its parameters are (n,) arrays.

        Raises
        ------
        DataError
            A history cannot be: t_x > T, x > 0 with t_x = 0, x not whole.

        Examples
        --------
        >>> import clv
        >>> clv.MBGNBD(r=0.25, alpha=4, a=0.5, b=2).posterior(2, 30, 39)
        BGNBD(r=2.25, alpha=43.0, a=0.5, b=5.0)
        """
        x, t_x, T = to_history(x, t_x, T)
        return BGNBD(self.r + x, self.alpha + T, self.a + 0 * x, self.b + x + 1)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t.

        Parameters
        ----------
        t : array_like, ≥ 0

        Returns
        -------
        float or ndarray of the shape of t, broadcast with the parameters

        Raises
        ------
        DataError
            t is negative or not finite.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
        >>> law.expected_purchases([0, 26, 52]).round(4)
        array([0.    , 0.8986, 1.4197])
        """
        r, alpha, a, b = self._values
        survived = beta_geometric.Parameters(r, alpha, a, b + 1)
        return give(b / (a + b) * beta_geometric.expected_purchases(survived, to_time(t)))

    def clock(self) -> Array:
        """The time over which customers leave, and expected purchases bend."""
        return beta_geometric.clock(self._values)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −∞ for n > 0 at t = 0.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
        t : array_like, ≥ 0; broadcasts with n

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole or below 0; t is negative or not finite.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
        >>> round(law.log_pmf(10, 2), 4)
        -17.6275
        """
        r, alpha, a, b = self._values
        survived = beta_geometric.Parameters(r, alpha, a, b + 1)
        n = to_count(n)
        stayed = np.log(b / (a + b)) + beta_geometric.log_pmf(survived, n, to_time(t))
        left = np.where(n == 0, np.log(a / (a + b)), -np.inf)
        return give(log_add(stayed, left))

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Parameters
        ----------
        T : array_like, (n,), ≥ 0
        rng : numpy.random.Generator

        Returns
        -------
        Simulation

        Raises
        ------
        DataError
            T is negative or not finite.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
        >>> sample = law.simulate(np.full(1000, 39.0), np.random.default_rng(1))
        >>> bool(sample.x.sum() == len(sample.times))
        True
        """
        return beta_geometric.simulate(self._values, np.atleast_1d(to_time(T)), 1, rng)

    def derivatives(self, x: Array, t_x: Array, T: Array) -> fit.Derivatives:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""
        return fit.derivatives(self._values, x, x + 1, t_x, T)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> fit.Tables:
        """The data of a fit, for `total_derivatives`."""
        return fit.prepared(x, t_x, T, weights, first_coin=1)

    def total_derivatives(self, data: fit.Tables) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (4,) and (4, 4)."""
        return fit.total_derivatives(self._values, data)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: log-parameters, each (4,)."""
        return fit.starts(x, T, weights)
