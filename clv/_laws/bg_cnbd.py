"""The BG/CNBD-k law: Reutterer, Platzer & Schröder 2021, gaps between purchases that are more regular than random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws.erlang_law import ErlangLaw, class_of_name
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Beta, Gamma, Mixing
from clv._numerics import Array, FloatOrArray

__all__ = ["BGCNBD"]


@dataclass(frozen=True, init=False, repr=False)
class BGCNBD(ErlangLaw):
    """BG/CNBD-k: gaps between purchases are Erlang-distributed, dropout after a repeat purchase.

    While alive, a customer passes phases at rate λ ~ Gamma(r, α) and buys at the end of every k-th: a gap is the sum of
    k exponential times, with mean k/λ and coefficient of variation 1/√k. After each repeat purchase the customer leaves
    for good with probability p ~ Beta(a, b). At k = 1 it is BG/NBD.

    Parameters
    ----------
    r, alpha : float or (n,) array, > 0
        Shape and rate of λ: the mean rate is r/α phases a unit of time; α is a length of time.
    a, b : float or (n,) array, > 0
        The mean chance to leave after a repeat purchase is a/(a + b).
    k : int
        Phases of a gap, from 1 to 12; the more, the more regular.

    Attributes
    ----------
    k : int or None
        None for the class itself; `with_k` makes a class that has it, of which every such law is.

    Raises
    ------
    DataError
        A parameter is not finite and above 0, or k is missing or not whole and from 1 to 12.

    See Also
    --------
    MBGCNBD : The same with a dropout right after the first purchase, too.
    BGNBD : The law at k = 1.
    fit_law : Estimates its parameters.

    Notes
    -----
    T. Reutterer, M. Platzer and N. Schröder (2021), "Leveraging purchase regularity for predicting customer behavior
    the easy way", International Journal of Research in Marketing 38(1), 194–215; α is that of the package BTYDplus.

    Given (x, t_x, T) and alive, a customer is in the middle of a gap: fewer than k phases have passed in the time T −
    t_x. So `posterior` depends on t_x too, unlike that of BG/NBD. Expectations are sums over the numbers of phases in a
    time, which are negative binomial.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
    >>> law
    BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
    >>> round(law.expected_purchases(52), 4)
    1.7361
    """

    name: ClassVar[str] = "bg-cnbd"
    title: ClassVar[str] = "BG/CNBD-k"
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

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
        >>> law.expected_purchases([0, 26, 52]).round(4)
        array([0.    , 1.0119, 1.7361])
        """
        return self._survived().expected_purchases(t)

    def summed_purchases(self, t: Array, weights: Array) -> Array:
        """Σ w E[X(t)] over the first axis of t and w ≥ 0: for discounting."""
        return self._survived().summed_purchases(t, weights)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −∞ for n > 0 at t = 0.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
        >>> round(law.log_pmf(10, 2), 4)
        -25.2334
        """
        return self._survived().log_pmf(n, t)

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, (h,): an array (h, size)."""
        return self._survived().pmf_table(size, t)


def __getattr__(name: str) -> Any:
    return class_of_name(BGCNBD, name, __name__)
