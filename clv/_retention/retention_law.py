"""What the laws of retention share: renewals at whole periods, survival, and lifetimes with and without discount."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import LARGEST, give, refuse, to_floats, to_parameter, to_periods, together
from clv._laws.docstrings import complete_docstrings
from clv._laws.mixing import Beta
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator, number, whole
from rfm.errors import DataError

__all__ = ["RetentionLaw", "force_of", "to_lost"]

MOST_SIMULATED = 10**9
MOST_CONTRACTS = 1e15


@dataclass(frozen=True)
class RetentionLaw(ABC):
    """The number of periods T ≥ 1 that a contract lasts, whose holder decides at the end of each.

    A contract begins with a paid period. At the end of the t-th, its t-th opportunity to renew, it is renewed with
    probability `retention(t)` = S(t)/S(t − 1), or ends, T = t. The parameters a and b are those of the customers'
    chances θ ~ Beta(a, b) of not renewing the first time; each is a float or an array.
    """

    a: FloatOrArray
    b: FloatOrArray

    name: ClassVar[str]
    title: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]] = ("a", "b")
    mixing: ClassVar[Beta] = Beta("a", "b", of="dropout", label="Chance of not renewing the first contract")

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        complete_docstrings(cls)

    def __post_init__(self) -> None:
        for name in self.parameters:
            object.__setattr__(self, name, to_parameter(type(self).__name__, name, getattr(self, name)))

    @classmethod
    def _from_log(cls, log_parameters: Array) -> Self:
        """The law at the logarithms of its parameters, (k,) or (k, n)."""
        return cls(*np.exp(log_parameters))

    @property
    def _shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(*(np.shape(getattr(self, name)) for name in self.parameters))

    @abstractmethod
    def _log_survival_ratio(self, t: Array, renewals: Array) -> Array:
        """ln S(renewals + t)/S(renewals), for real t ≥ 0."""

    @abstractmethod
    def _slope(self, t: Array, renewals: Array) -> Array:
        """Its derivative in t."""

    @property
    @abstractmethod
    def _power(self) -> FloatOrArray:
        """The power of t with which survival falls in the end."""

    @abstractmethod
    def _discounted_residual(self, renewals: Array, force: float) -> Array:
        """Σ from j = 1 of e^(−δ(j − 1)) S(renewals + j)/S(renewals), by arrays that broadcast."""

    @abstractmethod
    def _lifetimes(self, theta: Array, exponential: Array) -> Array:
        """Periods T of customers with the chances θ, from standard exponential variates."""

    def survival(self, t: ArrayLike, renewals: ArrayLike = 0) -> FloatOrArray:
        """P(T > renewals + t | T > renewals): the share of contracts renewed at least t more times.

        Parameters
        ----------
        t : array_like
            Whole numbers of periods, 0 or more.
        renewals : array_like
            How often the contract has been renewed already.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            If a number of periods is not whole, or negative.

        See Also
        --------
        retention : From one renewal to the next.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.SBG(a=0.668, b=3.806)
        >>> np.round(law.survival([0, 1, 7, 12]), 3)
        array([1.   , 0.851, 0.489, 0.378])
        """
        t, k = to_periods(t, self.title), to_periods(renewals, self.title)
        with np.errstate(under="ignore"):
            return give(np.asarray(np.exp(self._log_survival_ratio(t, k))))

    def retention(self, t: ArrayLike) -> FloatOrArray:
        """The share of the contracts that reach their t-th opportunity to renew and take it, S(t)/S(t − 1).

        Parameters
        ----------
        t : array_like
            1, 2, …

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            If one is not a whole number, 1 or more.

        See Also
        --------
        churn : The share of all contracts that end there.

        Examples
        --------
        >>> import clv, numpy as np
        >>> np.round(clv.SBG(a=0.668, b=3.806).retention([1, 2, 7]), 3)
        array([0.851, 0.878, 0.936])
        """
        t = _to_opportunities(t, self.title)
        with np.errstate(under="ignore"):
            return give(np.asarray(np.exp(self._log_survival_ratio(np.ones_like(t), t - 1))))

    def churn(self, t: ArrayLike) -> FloatOrArray:
        """P(T = t), the share of all contracts that end at their t-th opportunity to renew.

        Parameters
        ----------
        t : array_like
            1, 2, …

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            If one is not a whole number, 1 or more.

        See Also
        --------
        survival : The share that is left after it.

        Examples
        --------
        >>> import clv, numpy as np
        >>> np.round(clv.SBG(a=1.0, b=1.0).churn([1, 2, 3]), 4)  # 1/2, 1/6, 1/12
        array([0.5   , 0.1667, 0.0833])
        """
        t = _to_opportunities(t, self.title)
        log_ratio = self._log_survival_ratio(np.ones_like(t), t - 1)
        with np.errstate(under="ignore"):
            reached = np.exp(self._log_survival_ratio(t - 1, np.zeros_like(t)))
            return give(np.asarray(reached * -np.expm1(log_ratio)))

    def log_likelihood(self, t: ArrayLike, at_risk: ArrayLike, lost: ArrayLike) -> FloatOrArray:
        """Log-likelihood of a table of renewals, row by row: (at_risk − lost) ln r(t) + lost ln(1 − r(t)).

        Each opportunity counts given that it was reached, so that contracts seen only from a later one on are no
        problem.

        Parameters
        ----------
        t : array_like
            Opportunity to renew: 1, 2, …
        at_risk, lost : array_like
            Contracts that reached it, and those of them that were not renewed.

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            If more are lost than were at risk, or a number is negative.

        See Also
        --------
        clv.fit_retention : Maximises their sum.

        Examples
        --------
        >>> import clv
        >>> round(clv.SBG(a=1.0, b=1.0).log_likelihood(1, 10, 5), 4)  # 10 ln ½
        -6.9315
        """
        t, at_risk, lost = together(t=t, at_risk=at_risk, lost=lost)
        t = _to_opportunities(t, self.title)
        at_risk, lost = to_lost(at_risk, lost)
        log_kept = self._log_survival_ratio(np.ones_like(t), t - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            churned = np.log(-np.expm1(log_kept))
            parts = (
                np.where(at_risk > lost, (at_risk - lost) * log_kept, 0.0),
                np.where(lost > 0, lost * churned, 0.0),
            )
        return give(np.asarray(parts[0] + parts[1]))

    def expected_lifetime(self) -> FloatOrArray:
        """E[T], the expected number of periods of a new contract, the first included.

        Infinite where survival falls too slowly for a mean: for sBG if a ≤ 1, for BdW if a·c ≤ 1. That is common in
        fits to few periods, and no fault of the data: use a discount rate, or a horizon.

        Returns
        -------
        float or ndarray of the shape of the parameters
            For sBG (a + b − 1)/(a − 1).

        See Also
        --------
        discounted_expected_lifetime : Finite for every law.

        Examples
        --------
        >>> import clv
        >>> clv.SBG(a=2.0, b=3.0).expected_lifetime(), clv.SBG(a=0.668, b=3.806).expected_lifetime()
        (4.0, inf)
        """
        return give(np.asarray(1 + self._endless(np.zeros(()), 0.0)))

    def discounted_expected_lifetime(self, rate: float) -> FloatOrArray:
        """DEL: periods of a new contract, each paid at its beginning, discounted to the first payment.

        Parameters
        ----------
        rate : float
            Discount rate of one period, 0 or more.

        Returns
        -------
        float or ndarray of the shape of the parameters
            Σ S(t)/(1 + rate)^t from t = 0.

        Raises
        ------
        DataError
            If the rate is negative.

        See Also
        --------
        discounted_expected_residual_lifetime : Of a contract that is running.

        Notes
        -----
        Fader and Hardie (2010), "Customer-base valuation in a contractual setting: the perils of ignoring
        heterogeneity", Marketing Science 29(1), 85–93, equation (5): ₂F₁(1, b; a + b; 1/(1 + rate)) for sBG.

        Examples
        --------
        >>> import clv
        >>> round(clv.SBG(a=0.668, b=3.806).discounted_expected_lifetime(0.10), 3)
        5.923
        """
        force = force_of(rate)
        return give(np.asarray(1 + math.exp(-force) * self._endless(np.zeros(()), force)))

    def discounted_expected_residual_lifetime(self, renewals: ArrayLike, rate: float) -> FloatOrArray:
        """DERL: further periods of a contract, discounted to the moment just before its next renewal.

        Parameters
        ----------
        renewals : array_like
            How often it has been renewed: the paper's n − 1 for a customer in the n-th period.
        rate : float
            Discount rate of one period, 0 or more; at 0 it is the expected number, which may be infinite.

        Returns
        -------
        float or ndarray of the broadcast shape
            Σ S(renewals + j)/S(renewals)/(1 + rate)^(j − 1) from j = 1.

        Raises
        ------
        DataError
            If the rate is negative.

        See Also
        --------
        discounted_expected_lifetime : Of a new contract.

        Notes
        -----
        Fader and Hardie (2010), equation (6). For sBG (b + k)/(a + b + k) · ₂F₁(1, b + k + 1; a + b + k + 1;
        1/(1 + rate)) with k renewals, computed as an expectation over the customers' chances; for BdW the sum itself,
        to a relative error below 1e-12.

        Examples
        --------
        >>> import clv
        >>> round(clv.SBG(a=0.668, b=3.806).discounted_expected_residual_lifetime(7, 0.10), 3)
        7.53
        """
        k, force = to_periods(renewals, self.title), force_of(rate)
        return give(np.asarray(self._endless(k, force)))

    def simulate(self, contracts: int, rng: np.random.Generator) -> Array:
        """Periods that new contracts last.

        Parameters
        ----------
        contracts : int
            How many; the parameters must be single numbers.
        rng : numpy.random.Generator
            Draws them.

        Returns
        -------
        ndarray of shape (contracts,)
            Whole numbers, 1 or more, as floats; infinite beyond all floats.

        Raises
        ------
        DataError
            If the parameters are arrays.

        See Also
        --------
        churn : Their probabilities.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.SBG(a=0.668, b=3.806).simulate(6, np.random.default_rng(1)).tolist()
        [6.0, 6.0, 1427.0, 1.0, 102.0, 10.0]
        """
        n = whole("contracts", contracts, "contracts=1000", least=1, most=MOST_SIMULATED)
        check_generator(rng)
        if self._shape:
            raise DataError(
                f"simulate takes a law of single parameters; got arrays of {self._shape}. Hint: one law at a time."
            )
        theta = rng.beta(float(self.a), float(self.b), n)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return np.maximum(np.ceil(self._lifetimes(theta, rng.exponential(size=n))), 1.0)

    def _endless(self, k: Array, force: float) -> Array:
        """The discounted residual lifetime, infinite where it has no bound; in the broadcast shape."""
        shape = np.broadcast_shapes(self._shape, np.shape(k))
        if force == 0:
            bounded = np.broadcast_to(np.asarray(self._power) > 1, shape)
            if not bounded.all():
                result = np.full(shape, np.inf)
                if bounded.any():
                    some = type(self)(
                        *(np.broadcast_to(getattr(self, name), shape)[bounded] for name in self.parameters)
                    )
                    result[bounded] = some._discounted_residual(np.broadcast_to(k, shape)[bounded], force)
                return result
        return np.asarray(np.broadcast_to(self._discounted_residual(k, force), shape))


def force_of(rate: float) -> float:
    """δ = ln(1 + rate) of a rate for one period; DataError unless it is finite and 0 or more."""
    return math.log1p(number("rate", rate, "rate=0.10, for one period", least=0, most=LARGEST))


def _to_opportunities(t: ArrayLike, title: str) -> Array:
    periods = to_periods(t, title)
    refuse(periods < 1, "The first opportunity to renew is t = 1", "t counts from 1.", t=periods)
    return periods


def to_lost(at_risk: ArrayLike, lost: ArrayLike) -> tuple[Array, Array]:
    """Contracts at risk and lost as floats; DataError unless 0 ≤ lost ≤ at_risk, all finite."""
    at_risk, lost = to_floats("at_risk", at_risk), to_floats("lost", lost)
    row = {"at_risk": at_risk, "lost": lost}
    refuse(
        ~((lost >= 0) & (at_risk >= 0) & (at_risk <= MOST_CONTRACTS) & (lost <= MOST_CONTRACTS)),
        f"at_risk and lost must be from 0 to {MOST_CONTRACTS:g}",
        "they count contracts.",
        **row,
    )
    refuse(
        lost > at_risk,
        "More contracts are lost than were at risk",
        "at_risk counts those that reached the renewal, lost those of them that were not renewed.",
        **row,
    )
    return at_risk, lost
