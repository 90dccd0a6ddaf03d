"""The BG/NBD law: Fader, Hardie & Lee 2005, "Counting Your Customers" the Easy Way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws import beta_geometric
from clv._laws.arguments import give, to_count, to_time
from clv._laws.beta_geometric_law import BetaGeometricLaw
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Beta, Gamma, Mixing
from clv._numerics import Array, FloatOrArray

__all__ = ["BGNBD"]


@dataclass(frozen=True)
class BGNBD(BetaGeometricLaw):
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

    See Also
    --------
    MBGNBD : The same with a dropout right after the first purchase, too.
    ParetoNBD : Dropout at any time.
    fit_law : Estimates its parameters.

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

    name: ClassVar[str] = "bg-nbd"
    title: ClassVar[str] = "BG/NBD"
    _even_times: ClassVar[bool] = True
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Beta("a", "b", of="dropout", label="Chance of leaving after a repeat purchase"),
    )
    leavers: ClassVar[str] = LIMITS("those who bought again")
    first_coin: ClassVar[int] = 0

    @classmethod
    def may_leave(cls, x: ArrayLike) -> NDArray[np.bool_]:
        """Who bought again: customers leave after a repeat purchase only."""
        return np.asarray(x) > 0

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + x, α + T, a, b + x).

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD(r=0.25, alpha=4, a=0.5, b=2).posterior(2, 30, 39)
        BGNBD(r=2.25, alpha=43.0, a=0.5, b=4.0)
        """
        x, t_x, T = self.to_history(x, t_x, T)
        return BGNBD(self.r + x, self.alpha + T, self.a + 0 * x, self.b + x)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t, equation (9).

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

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n), equation (8); −∞ for n > 0 at t = 0.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.log_pmf(10, 2), 4)
        -16.0423
        """
        return give(beta_geometric.log_pmf(self._values, to_count(n), to_time(t)))

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, (h,): an array (h, size)."""
        return beta_geometric.pmf_table(self._values, size, t)
