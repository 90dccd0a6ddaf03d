"""The MBG/NBD law: Batislam, Denizel & Filiztekin 2007; Hoppe & Wagner 2007 (as CBG/NBD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws import beta_geometric
from clv._laws.arguments import give, to_count, to_time
from clv._laws.beta_geometric_law import BetaGeometricLaw
from clv._laws.bg_nbd import BGNBD
from clv._laws.mixing import Beta, Gamma, Mixing
from clv._numerics import FloatOrArray, log_add

__all__ = ["MBGNBD"]


@dataclass(frozen=True)
class MBGNBD(BetaGeometricLaw):
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

    See Also
    --------
    BGNBD : The same without a dropout right after the first purchase.
    ParetoNBD : Dropout at any time.
    fit_law : Estimates its parameters.

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

    name: ClassVar[str] = "mbg-nbd"
    title: ClassVar[str] = "MBG/NBD"
    _even_times: ClassVar[bool] = True
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Beta("a", "b", of="dropout", label="Chance of leaving after any purchase"),
    )
    first_coin: ClassVar[int] = 1

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + x, α + T, a, b + x + 1).

        Examples
        --------
        >>> import clv
        >>> clv.MBGNBD(r=0.25, alpha=4, a=0.5, b=2).posterior(2, 30, 39)
        BGNBD(r=2.25, alpha=43.0, a=0.5, b=5.0)
        """
        x, t_x, T = self.to_history(x, t_x, T)
        return BGNBD(self.r + x, self.alpha + T, self.a + 0 * x, self.b + x + 1)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t.

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

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −∞ for n > 0 at t = 0.

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
