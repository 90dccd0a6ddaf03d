"""The BG/NBD law: Fader, Hardie & Lee 2005, "Counting Your Customers" the Easy Way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws import beta_geometric
from clv._laws import beta_geometric_likelihood as fit
from clv._laws.arguments import give, to_count, to_history, to_time
from clv._laws.purchase_law import PurchaseLaw, Simulation
from clv._numerics import Array, FloatOrArray

__all__ = ["BGNBD"]


@dataclass(frozen=True)
class BGNBD(PurchaseLaw):
    """BG/NBD: purchases at a gamma-distributed rate, dropout after a repeat purchase.

    While alive, a customer buys at rate λ ~ Gamma(r, α); after each repeat purchase the customer leaves for
    good with probability p ~ Beta(a, b). Who never came back is alive for sure.

    Parameters
    ----------
    r, alpha : float or (n,) array, > 0
        Shape and rate of λ: the mean rate is r/α purchases a unit of time; α is a length of time.
    a, b : float or (n,) array, > 0
        The mean chance to leave after a repeat purchase is a/(a + b).

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    Notes
    -----
    Equation numbers are those of P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), Marketing Science 24(2),
    275–284. Given (x, t_x, T) and alive, a customer is a member of BG/NBD(r + x, α + T, a, b + x), since the
    likelihood of an alive customer, λ^x e^(−λT) (1 − p)^x, is conjugate to the two priors (`posterior`).

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(law.expected_purchases(52), 4)
    1.4461
    """

    r: FloatOrArray
    alpha: FloatOrArray
    a: FloatOrArray
    b: FloatOrArray

    name: ClassVar[str] = "bg-nbd"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)

    @property
    def _values(self) -> beta_geometric.Parameters:
        return beta_geometric.Parameters(*(np.asarray(getattr(self, name)) for name in self.parameters))

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history, equation (6).

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
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_likelihood(2, 30.43, 38.86), 4)
        -9.4586
        """
        x, t_x, T = to_history(x, t_x, T)
        return give(beta_geometric.log_likelihood(self._values, x, x, t_x, T))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T); 0 for x = 0.

        Fader & Hardie (2008), "Computing P(alive) Using the BG/NBD Model".

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
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_p_alive(2000, 1, 10000), 1)
        -15037.6
        """
        x, t_x, T = to_history(x, t_x, T)
        return give(beta_geometric.log_p_alive(self._values, x, x, t_x, T))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + x, α + T, a, b + x).

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
        >>> clv.BGNBD(r=0.25, alpha=4, a=0.5, b=2).posterior(2, 30, 39)
        BGNBD(r=2.25, alpha=43.0, a=0.5, b=4.0)
        """
        x, t_x, T = to_history(x, t_x, T)
        return BGNBD(self.r + x, self.alpha + T, self.a + 0 * x, self.b + x)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t, equation (9).

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
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> law.expected_purchases([0, 26, 52]).round(4)
        array([0.    , 0.9026, 1.4461])
        """
        return give(beta_geometric.expected_purchases(self._values, to_time(t)))

    def summed_purchases(self, t: Array, weights: Array) -> Array:
        """Σ w E[X(t)] over the first axis of t and w ≥ 0, in one quadrature: for discounting."""
        return beta_geometric.summed_purchases(self._values, t, weights)

    def clock(self) -> Array:
        """The time over which customers leave, and expected purchases bend."""
        return beta_geometric.clock(self._values)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n), equation (8); −∞ for n > 0 at t = 0.

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
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_pmf(10, 2), 4)
        -16.0423
        """
        return give(beta_geometric.log_pmf(self._values, to_count(n), to_time(t)))

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
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> sample = law.simulate(np.full(1000, 39.0), np.random.default_rng(1))
        >>> bool(sample.x.sum() == len(sample.times))
        True
        """
        return beta_geometric.simulate(self._values, np.atleast_1d(to_time(T)), 0, rng)

    def derivatives(self, x: Array, t_x: Array, T: Array) -> fit.Derivatives:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""
        return fit.derivatives(self._values, x, x, t_x, T)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> fit.Tables:
        """The data of a fit, for `total_derivatives`."""
        return fit.prepared(x, t_x, T, weights, first_coin=0)

    def total_derivatives(self, data: fit.Tables) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (4,) and (4, 4)."""
        return fit.total_derivatives(self._values, data)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: log-parameters, each (4,)."""
        return fit.starts(x, T, weights)
