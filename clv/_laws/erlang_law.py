"""What BG/CNBD-k and MBG/CNBD-k have in common: everything except whether a coin is tossed at time zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws import beta_geometric_likelihood as fit
from clv._laws import erlang, erlang_counts, erlang_likelihood
from clv._laws.arguments import LARGEST, give, refuse, to_time, together
from clv._laws.beta_geometric import Parameters
from clv._laws.erlang_member import ErlangMember
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator, received, whole
from rfm.errors import DataError

__all__ = ["MOST_PHASES", "ErlangLaw"]

MOST_PHASES = 12
"""The most regular gaps that are offered: their coefficient of variation is 1/√12 = 0.29."""


@dataclass(frozen=True, init=False, repr=False)
class ErlangLaw(PurchaseLaw):
    """Gaps between purchases are Erlang(k, λ), λ ~ Gamma(r, α), and after each a coin, p ~ Beta(a, b), may end them.

    A class with k is made by `with_k`; the class without has k = None, and serves where k is to be chosen.
    """

    r: FloatOrArray
    alpha: FloatOrArray
    a: FloatOrArray
    b: FloatOrArray

    k: ClassVar[int | None] = None
    """Phases of a gap between purchases; None where it is to be chosen."""
    first_coin: ClassVar[int]
    """1 if a coin is tossed at time zero too, else 0."""
    sums_by_table: ClassVar[bool] = True
    reads_silence: ClassVar[bool] = True

    def __new__(
        cls, r: FloatOrArray, alpha: FloatOrArray, a: FloatOrArray, b: FloatOrArray, k: int | None = None
    ) -> Self:
        if cls.k is not None:
            return super().__new__(cls)
        if k is None:
            raise DataError(
                f"{cls.__name__} needs k, the phases of a gap between purchases. "
                f"Hint: clv.{cls.__name__}(r, alpha, a, b, k=2), or clv.{cls.__name__}.with_k(2)."
            )
        return super().__new__(cls.with_k(k))

    def __getnewargs__(self) -> tuple[FloatOrArray, ...]:
        return tuple(getattr(self, name) for name in self.parameters)  # for copies and pickles

    def __init__(
        self, r: FloatOrArray, alpha: FloatOrArray, a: FloatOrArray, b: FloatOrArray, k: int | None = None
    ) -> None:
        if k is not None and k != self.k:
            raise DataError(
                f"{type(self).__name__} has k = {self.k}; got k={received(k)}. Hint: leave out k."
            )
        for name, value in zip(self.parameters, (r, alpha, a, b), strict=True):
            object.__setattr__(self, name, value)
        self.__post_init__()

    @classmethod
    def with_k(cls, k: int) -> type[Self]:
        """The law whose gaps have k phases.

        Parameters
        ----------
        k : int
            From 1, gaps at random, to 12, the most regular.

        Returns
        -------
        type
            A subclass, the same at every call. Its `k` and its `name` tell: "mbg-cnbd-2".

        Raises
        ------
        DataError
            k is not whole, or not between 1 and 12.

        See Also
        --------
        log_gap_term : What makes the likelihoods of several k comparable.

        Examples
        --------
        >>> import clv
        >>> clv.MBGCNBD.with_k(2).name, clv.MBGCNBD.with_k(2).k
        ('mbg-cnbd-2', 2)
        """
        whole("k", k, "k=2, the phases of a gap", least=1, most=MOST_PHASES)
        return _with_k(cls if cls.k is None else cls.__mro__[1], int(k))

    @classmethod
    def log_gap_term(cls, sum_log_gaps: ArrayLike, x: ArrayLike) -> FloatOrArray:
        """What the log-likelihood of all purchase times adds to `log_likelihood`: (k − 1) Σ ln gap − x ln Γ(k).

        It does not depend on the parameters, so that a fit at one k does not need it; to compare several k does.

        Parameters
        ----------
        sum_log_gaps : array_like, (n,)
            Σ ln gap of each customer's x gaps between purchases, in the law's unit of time; 0 for x = 0.
        x : array_like, (n,)
            Repeat purchases.

        Returns
        -------
        float or (n,) ndarray

        Raises
        ------
        DataError
            A value is missing or infinite, or x is not whole and 0 or more.

        See Also
        --------
        log_likelihood : The rest.

        Notes
        -----
        Reutterer, Platzer & Schröder (2021); `litt` in BTYDplus is `sum_log_gaps`. In a unit of time `c` times
        shorter both parts change: Σ ln gap by x ln c and the whole log-density, for every k, by −x ln c.

        Examples
        --------
        >>> import clv
        >>> round(clv.BGCNBD.with_k(3).log_gap_term(2.5, 2), 4)  # 2 · 2.5 − 2 ln 2
        3.6137
        """
        k, (sums, x) = cls._phases(), together(sum_log_gaps=sum_log_gaps, x=x)
        hint = "both are columns of clv.summarize(tx)."
        wrong = ~(np.isfinite(sums) & (np.floor(x) == x) & (x >= 0) & (x <= LARGEST))
        refuse(wrong, "Σ ln gap must be finite, and x whole and 0 or more", hint, sum_log_gaps=sums, x=x)
        return give(erlang.gap_term(k, sums, x))

    @classmethod
    def _phases(cls) -> int:
        """k, for a class that has it."""
        if cls.k is None:
            raise DataError(
                f"{cls.__name__} has no k yet: the phases of a gap between purchases. "
                f"Hint: clv.{cls.__name__}.with_k(2), or model={cls.name + '-2'!r}."
            )
        return cls.k

    @classmethod
    def natural_scale(cls, *columns: Array, weights: Array) -> tuple[float, float]:
        """The mean time observed; without the gaps the likelihood has the dimension of a density of all phases."""
        return float(np.average(columns[2], weights=weights)), float(weights @ columns[0]) * cls._phases()

    @property
    def _values(self) -> Parameters:
        return Parameters(*(np.asarray(getattr(self, name)) for name in self.parameters))

    def _survived(self) -> ErlangMember:
        """The law of those past the coin at time zero, if there is one."""
        return ErlangMember(self.r, self.alpha, self.a, self.b + self.first_coin, 0.0, self._phases())

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history, without `log_gap_term`: Reutterer, Platzer & Schröder (2021).

        Notes
        -----
        The sum of both is the log-density of the purchase times. At k = 1 it is all of it.

        Examples
        --------
        >>> import clv
        >>> law = clv.MBGCNBD(r=1.4, alpha=6.8, a=0.9, b=1.6, k=2)
        >>> gaps = np.array([14.0, 16.43])
        >>> round(law.log_likelihood(2, 30.43, 38.86) + law.log_gap_term(np.log(gaps).sum(), 2), 4)
        -8.5506
        """
        x, t_x, T = self.to_history(x, t_x, T)
        coins = x + self.first_coin
        return give(erlang.log_likelihood(self._values, self._phases(), np.zeros(()), x, coins, t_x, T))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability underflows.

        Notes
        -----
        Reutterer, Platzer & Schröder (2021). Under BG/CNBD-k 0 for x = 0.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
        >>> round(law.log_p_alive(2000, 1, 10000), 1)
        -30392.9
        """
        x, t_x, T = self.to_history(x, t_x, T)
        coins = x + self.first_coin
        return give(erlang.log_p_alive(self._values, self._phases(), np.zeros(()), x, coins, t_x, T))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> ErlangMember:
        """The law of each customer's purchases after T if alive then: in the middle of a gap, T − t_x long so far.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGCNBD(r=0.25, alpha=4, a=0.5, b=2, k=2)
        >>> law.posterior(2, 30, 39)
        ErlangMember(r=4.25, alpha=43.0, a=0.5, b=4.0, waited=9.0, k=2)
        """
        x, t_x, T = self.to_history(x, t_x, T)
        k = self._phases()
        return ErlangMember(
            self.r + k * x, self.alpha + T, self.a + 0 * x, self.b + (x + self.first_coin), T - t_x, k
        )

    def clock(self) -> Array:
        """The time scale on which customers leave and expected purchases level off."""
        return self._survived().clock()

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
        >>> sample = law.simulate(np.full(1000, 39.0), np.random.default_rng(1))
        >>> bool(sample.x.sum() == len(sample.times))
        True
        """
        check_generator(rng)
        T = np.atleast_1d(to_time(T))
        return erlang_counts.simulate(self._values, self._phases(), np.zeros(()), T, self.first_coin, rng)

    def derivatives(self, x: Array, t_x: Array, T: Array) -> fit.Derivatives:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln a, ln b)."""
        coins = x + self.first_coin
        return erlang_likelihood.derivatives(self._values, self._phases(), x, coins, t_x, T)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> erlang_likelihood.Tables:
        """The data of a fit, for `total_derivatives`."""
        return erlang_likelihood.prepared(x, t_x, T, weights, cls._phases(), cls.first_coin)

    def total_derivatives(self, data: erlang_likelihood.Tables) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (4,) and (4, 4)."""
        return erlang_likelihood.total_derivatives(self._values, self._phases(), data)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Start values of a fit: log-parameters, each (4,), with k phases a purchase."""
        return fit.starts(cls._phases() * x, T, weights)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.parameters)
        return f"{self._family_name()}({values}, k={self.k})"

    @classmethod
    def _family_name(cls) -> str:
        """The class without k, as it is called in `clv`."""
        return cls.__name__ if cls.k is None else cls.__mro__[1].__name__


@cache
def _with_k(family: type[Any], k: int) -> type[Any]:
    """A subclass with k; it is found by its name in the module of its family, so that it can be pickled."""
    return type(
        f"{family.__name__}{k}",
        (family,),
        {
            "k": k,
            "name": f"{family.name}-{k}",
            "title": f"{family.title[:-1]}{k}",
            "data_columns": family.data_columns,
            "__module__": family.__module__,
            "__doc__": f"{family.title} at k = {k}; see `{family.__name__}`.",
        },
    )


def class_of_name(family: Any, name: str, module: str) -> Any:
    """The class "BGCNBD2" of BGCNBD, for the `__getattr__` of its module: how pickled laws find their class.

    Raises
    ------
    AttributeError
        If it is no such name.
    """
    prefix, digits = name[: len(family.__name__)], name[len(family.__name__) :]
    if prefix == family.__name__ and digits.isdecimal() and 1 <= int(digits) <= MOST_PHASES:
        return family.with_k(int(digits))
    raise AttributeError(f"module {module!r} has no attribute {name!r}")
