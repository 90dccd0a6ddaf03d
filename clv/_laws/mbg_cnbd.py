"""The MBG/CNBD-k law: Reutterer, Platzer & Schröder 2021, regular gaps, and dropout after the first purchase too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, to_count
from clv._laws.erlang_law import ErlangLaw, class_of_name
from clv._laws.mixing import Beta, Gamma, Mixing
from clv._numerics import FloatOrArray, log_add

__all__ = ["MBGCNBD"]


@dataclass(frozen=True, init=False, repr=False)
class MBGCNBD(ErlangLaw):
    """MBG/CNBD-k: gaps between purchases are Erlang-distributed, dropout after any purchase, the first included.

    While alive, a customer passes phases at rate λ ~ Gamma(r, α) and buys at the end of every k-th: a gap is the sum of
    k exponential times, with mean k/λ and coefficient of variation 1/√k. At time zero and after each repeat purchase
    the customer leaves for good with probability p ~ Beta(a, b). At k = 1 it is MBG/NBD.

    Parameters
    ----------
    r, alpha : float or (n,) array, > 0
        Shape and rate of λ: the mean rate is r/α phases a unit of time; α is a length of time.
    a, b : float or (n,) array, > 0
        The mean chance to leave after a purchase is a/(a + b).
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
    BGCNBD : The same without a dropout right after the first purchase.
    MBGNBD : The law at k = 1.
    fit_law : Estimates its parameters.

    Notes
    -----
    T. Reutterer, M. Platzer and N. Schröder (2021), "Leveraging purchase regularity for predicting customer behavior
    the easy way", International Journal of Research in Marketing 38(1), 194–215; α is that of the package BTYDplus.

    Past the coin at time zero, survived with probability 1 − p, a customer is one of BG/CNBD-k with b + 1 in place of
    b; see `BGCNBD`.

    Examples
    --------
    >>> import clv
    >>> law = clv.MBGCNBD(r=1.0, alpha=6.0, a=0.9, b=1.6, k=2)
    >>> law
    MBGCNBD(r=1.0, alpha=6.0, a=0.9, b=1.6, k=2)
    >>> round(law.expected_purchases(52), 4)
    1.4905
    """

    name: ClassVar[str] = "mbg-cnbd"
    title: ClassVar[str] = "MBG/CNBD-k"
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Beta("a", "b", of="dropout", label="Chance of leaving after any purchase"),
    )
    first_coin: ClassVar[int] = 1

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected repeat purchases of a new member by time t.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGCNBD(r=1.0, alpha=6.0, a=0.9, b=1.6, k=2)
        >>> law.expected_purchases([0, 26, 52]).round(4)
        array([0.    , 0.8837, 1.4905])
        """
        _, _, a, b = self._values
        return give(b / (a + b) * np.asarray(self._survived().expected_purchases(t)))

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −∞ for n > 0 at t = 0.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGCNBD(r=1.0, alpha=6.0, a=0.9, b=1.6, k=2)
        >>> round(law.log_pmf(10, 2), 4)
        -29.5904
        """
        _, _, a, b = self._values
        stayed = np.log(b / (a + b)) + np.asarray(self._survived().log_pmf(n, t))
        left = np.where(to_count(n) == 0, np.log(a / (a + b)), -np.inf)
        return give(log_add(stayed, left))


def __getattr__(name: str) -> Any:
    return class_of_name(MBGCNBD, name, __name__)
