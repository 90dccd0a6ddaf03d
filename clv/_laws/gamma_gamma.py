"""The Gamma-Gamma law of spend per order (Colombo & Jiang 1999; Fader, Hardie & Lee 2005).

An order has value z ~ Gamma(p, ν); each customer has a ν ~ Gamma(q, γ) and so a mean ζ = p/ν.
Given x orders of mean m̄, ν ~ Gamma(q + p·x, γ + x·m̄): the customer is a member of the same law with
updated parameters, and every conditional quantity is that of the updated law.

The sum of n orders of a random member is γ·BetaPrime(p·n, q), and a customer's own mean is inverse-gamma(q, p·γ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clv._laws import beta_prime
from clv._laws.arguments import give, to_amount, to_count, to_probability, together
from clv._laws.gamma_gamma_likelihood import (
    SpendRows,
    known_spend,
    row_derivatives,
    to_orders,
    to_spend,
    total_derivatives,
    total_log_likelihood,
)
from clv._laws.law import LawPrior
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Term, normal_term
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array, FloatOrArray, by_distinct, exp
from rfm._options import check_generator

__all__ = ["GammaGamma"]


@dataclass(frozen=True)
class GammaGamma(SpendLaw):
    """Spend per order: Gamma within a customer, Gamma between customers.

    Parameters
    ----------
    p : float or array
        Shape of a customer's orders: 1/√p is the coefficient of variation of one customer's orders. > 0.
    q : float or array
        Shape of the customers' rates ν. > 0; the population's mean is finite for q > 1 only.
    gamma : float or array
        Rate of the customers' rates ν, in currency. > 0.

    See Also
    --------
    ConstantSpend : Its limit where all orders are worth the same.
    clv.plot.spend_density : A picture of it.
    fit_law : Estimates its parameters.

    Notes
    -----
    Equations are numbered as in Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value".

    Examples
    --------
    >>> law = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> round(law.expected_spend(), 2)
    35.22
    >>> law.expected_spend([2, 1, 0], [22.35, 11.77, 0.0]).round(2)
    array([24.66, 18.92, 35.22])
    """

    p: FloatOrArray
    q: FloatOrArray
    gamma: FloatOrArray

    name: ClassVar[str] = "gamma-gamma"
    parameters: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")
    money_parameters: ClassVar[tuple[str, ...]] = ("gamma",)
    at_infinity: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "p": LIMITS("orders alike"),
            "q": LIMITS("customers alike"),
        }
    )
    sums_by_table: ClassVar[bool] = True

    def log_likelihood(self, x: ArrayLike, m: ArrayLike) -> FloatOrArray:
        """Log-density of a mean spend m over x orders, equation (1a).

        Examples
        --------
        >>> GammaGamma(1.0, 1.0, 1.0).log_likelihood(1, 1.0)  # density 1/(1+m)²
        -1.3862943611198906
        """
        x, m = to_orders(x), to_spend(m)
        p, q = np.asarray(self.p), np.asarray(self.q)
        # Of some laws, each a row, and many customers: once for each number of orders.
        peak = by_distinct(lambda x: beta_prime.log_peak(p * x, q), x, p, q)
        return give(beta_prime.log_kernel(p * x, q, x * m / self.gamma, peak) - np.log(m))

    def posterior(self, x: ArrayLike, m: ArrayLike) -> GammaGamma:
        """The law of a customer who spent m on average over x orders: (p, q + p·x, γ + x·m).

        Examples
        --------
        >>> GammaGamma(6.25, 3.74, 15.44).posterior(2, 22.35)
        GammaGamma(p=6.25, q=16.240000000000002, gamma=60.14)
        """
        x, total = known_spend(x, m)
        return GammaGamma(self.p, self.q + self.p * x, self.gamma + total)

    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Expected mean spend an order of customers who spent m on average over x orders, equation (5).

        It is the posterior mean p(γ + x·m)/(p·x + q − 1). For q ≤ 1 the population has no finite mean; then
        the answer is the shrunken mean p(γ + x·m)/(p·x + q), which lies between m and pγ/q (the
        harmonic mean of the customers' means), and is finite and positive for everybody.

        Examples
        --------
        >>> round(GammaGamma(6.25, 3.74, 15.44).expected_spend(2, 22.35), 2)
        24.66
        """
        x, total = known_spend(x, m)
        q = np.asarray(self.q)
        weight = self.p * x + np.where(q > 1, q - 1, q)
        return give(np.asarray(self.p * (self.gamma + total) / weight))

    def mean_spend_pdf(self, value: ArrayLike) -> FloatOrArray:
        """Density of a member's own mean spend ζ at `value` (currency), equation (4).

        Parameters
        ----------
        value : array_like
            Mean spends per order, in currency.

        Returns
        -------
        float or ndarray
            Per unit of currency; 0 where the value is 0 or less.

        See Also
        --------
        mean_spend_cdf, mean_spend_quantile : Of the same distribution.
        clv.plot.spend_density : A picture of it.

        Examples
        --------
        >>> round(GammaGamma(1.0, 1.0, 1.0).mean_spend_pdf(1.0), 12)  # exp(-1)
        0.367879441171
        """
        value = to_amount(value)
        inside, safe = value > 0, np.where(value > 0, value, 1.0)
        ratio = self.p * np.asarray(self.gamma) / safe
        log_density = self.q * np.log(ratio) - ratio - special.gammaln(self.q) - np.log(safe)
        return give(np.where(inside, exp(log_density), 0.0))

    def mean_spend_cdf(self, value: ArrayLike) -> FloatOrArray:
        """Probability that a member's own mean spend is at most `value` (currency).

        Parameters
        ----------
        value : array_like
            Mean spends per order, in currency.

        Returns
        -------
        float or ndarray
            Between 0 and 1.

        See Also
        --------
        mean_spend_quantile : Its inverse.

        Examples
        --------
        >>> round(GammaGamma(1.0, 1.0, 1.0).mean_spend_cdf(1.0), 12)  # exp(-1)
        0.367879441171
        """
        value = to_amount(value)
        ratio = self.p * np.asarray(self.gamma) / np.where(value > 0, value, 1.0)
        with np.errstate(under="ignore"):
            return give(np.where(value > 0, special.gammaincc(self.q, ratio), 0.0))

    def mean_spend_quantile(self, probability: ArrayLike) -> FloatOrArray:
        """Value that a member's own mean spend stays below with this probability.

        Parameters
        ----------
        probability : array_like
            Between 0 and 1.

        Returns
        -------
        float or ndarray
            In currency.

        Raises
        ------
        DataError
            If a probability is not between 0 and 1.

        See Also
        --------
        mean_spend_cdf : Its inverse.

        Examples
        --------
        >>> law = GammaGamma(6.25, 3.74, 15.44)
        >>> round(law.mean_spend_quantile(0.5), 2)
        28.28
        """
        rate = special.gammainccinv(self.q, to_probability(probability))
        with np.errstate(divide="ignore", under="ignore", over="ignore"):
            return give(np.asarray(self.p * np.asarray(self.gamma) / rate))

    def total_spend_pdf(self, value: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Density of a member's total spend in n ≥ 1 orders at `value` (currency).

        Parameters
        ----------
        value : array_like
            In currency.
        n : array_like
            Number of orders, ≥ 1.

        Returns
        -------
        float or ndarray
            Per unit of currency; 0 where the value is 0 or less.

        Raises
        ------
        DataError
            If a number of orders is not whole, or below 1.

        See Also
        --------
        total_spend_cdf, total_spend_quantile : Of the same distribution.

        Examples
        --------
        >>> GammaGamma(1.0, 1.0, 1.0).total_spend_pdf(1.0, 1)
        0.25
        """
        value, n = together(value=to_amount(value), n=to_orders(n))
        inside, safe = value > 0, np.where(value > 0, value, 1.0)
        log_density = beta_prime.log_kernel(self.p * n, np.asarray(self.q), safe / self.gamma) - np.log(safe)
        return give(np.where(inside, exp(log_density), 0.0))

    def total_spend_cdf(self, value: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Probability that a member's total spend in n orders is at most `value`; no order, no spend.

        Examples
        --------
        >>> GammaGamma(1.0, 1.0, 1.0).total_spend_cdf(1.0, 1)
        0.5
        """
        value, n = together(value=to_amount(value), n=to_count(n))
        share = beta_prime.cdf(self.p * np.maximum(n, 1), np.asarray(self.q), value / self.gamma)
        return give(np.where(n > 0, share, np.where(value >= 0, 1.0, 0.0)))

    def total_spend_quantile(self, probability: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Amount that a member's total spend in n orders stays below with this probability.

        Examples
        --------
        >>> GammaGamma(1.0, 1.0, 1.0).total_spend_quantile([0.5, 0.75], [0, 1])
        array([0., 3.])
        """
        probability, n = to_probability(probability), to_count(n)
        z = beta_prime.quantile(self.p * np.maximum(n, 1), np.asarray(self.q), probability)
        with np.errstate(under="ignore", over="ignore"):
            return give(np.where(n > 0, self.gamma * z, 0.0))

    def simulate(self, orders: ArrayLike, rng: np.random.Generator) -> Array:
        """Spend of every order of new members who place `orders` orders each.

        Examples
        --------
        >>> GammaGamma(6.25, 3.74, 15.44).simulate([2, 0, 1], np.random.default_rng(0)).shape
        (3,)
        """
        check_generator(rng)
        counts = np.asarray(to_count(orders), dtype=np.int64)
        scale = np.broadcast_to(self.gamma, counts.shape)
        rate = rng.gamma(np.broadcast_to(self.q, counts.shape)) / scale
        shape = np.repeat(np.broadcast_to(self.p, counts.shape), counts)
        return np.asarray(rng.gamma(shape) / np.repeat(rate, counts))

    def _information(self, n: Array) -> Array:
        """What n orders tell of the scale of spend, up to a factor: it grows as pn/(pn + q + 1)."""
        known = np.asarray(self.p) * n
        return np.asarray(known / (known + self.q + 1.0))

    def own_scale(self, x: ArrayLike, m: ArrayLike) -> Array:
        """γ + x·m: the sum of n orders is this times a BetaPrime(pn, q + px) variable."""
        return np.asarray(self.gamma + np.asarray(x, dtype=float) * np.asarray(m, dtype=float))

    def total_beyond(self, u: Array, n: Array, x: float) -> Array:
        """P(BetaPrime(pn, q + px) > u): the lower tail of a Beta(q + px, pn) variable at 1/(1 + u)."""
        return np.asarray(special.betainc(float(self.q) + float(self.p) * x, float(self.p) * n, 1 / (1 + u)))

    def total_place(self, probability: float, n: int, x: float) -> float:
        """Log-odds of a Beta(pn, q + px) quantile."""
        below = special.betaincinv(float(self.p) * n, float(self.q) + float(self.p) * x, probability)
        return float(special.logit(below))

    @classmethod
    def prior_terms(cls, prior: LawPrior, theta: Array) -> list[Term]:
        """The level of spend pγ/q around the geometric mean of m, and both shapes around their median."""
        p, q, gamma = np.eye(3)
        return [
            normal_term(theta, p + gamma - q, 1.0, prior.mean_spread),
            normal_term(theta, p, *prior.spend_shape),
            normal_term(theta, q, *prior.spend_shape),
        ]

    def derivatives(self, x: ArrayLike, m: ArrayLike) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (3, n) and Hessian (3, 3, n) in (log p, log q, log γ), row by row."""
        return row_derivatives(self.p, self.q, self.gamma, to_orders(x), to_spend(m))

    @classmethod
    def prepared(cls, x: Array, m: Array, weights: Array) -> SpendRows:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step."""
        return SpendRows.of(to_orders(x), to_spend(m), weights)

    def total_derivatives(self, data: SpendRows) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data, (), (3,) and (3, 3); for scalar parameters."""
        return total_derivatives(float(self.p), float(self.q), float(self.gamma), data)

    def _total(self, data: SpendRows) -> float:
        """The first of these sums."""
        return total_log_likelihood(float(self.p), float(self.q), float(self.gamma), data)

    @classmethod
    def starts(cls, x: Array, m: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: three shapes (log p, log q), with log γ from the geometric mean of m."""
        level = np.average(np.log(m), weights=weights)
        shapes = ((4.0, 3.0), (1.0, 1.5), (0.3, 20.0))
        return [np.array([np.log(p), np.log(q), level + np.log(q / p)]) for p, q in shapes]
