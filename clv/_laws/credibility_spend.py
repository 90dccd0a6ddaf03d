"""The spend law that knows a customer by a credibility mean (Bühlmann 1967; Bühlmann and Straub 1970).

Of a customer with the mean ζ, orders vary about ζ with a variance whose mean over customers is s²; the customers' means
have the mean μ and the variance τ². Nothing else is assumed. The best linear estimate of ζ from x orders of mean m is

    Z·m + (1 − Z)·μ,    Z = x/(x + k),    k = s²/τ²,

Bühlmann, H. (1967), "Experience rating and credibility", ASTIN Bulletin 4(3), 199–207, theorem 2; with unequal numbers
of orders Bühlmann and Straub (1970), "Glaubwürdigkeit für Schadensätze". k is the number of orders at which a
customer's own mean and that of all customers weigh the same. The mean square error of the estimate is τ²·(1 − Z), so
that a customer is a member of the same law with the mean above and k + x in place of k: the identity by which every
conditional answer follows.

What is not in the theory is the shape of the distribution, for intervals and simulation: the total of n orders is taken
as a Gamma variable with the mean n·μ and the variance n·s² + n²·τ².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clv._laws.arguments import give, to_amount, to_count, to_probability, together
from clv._laws.gamma_gamma_likelihood import known_spend, to_orders, to_spend
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["CredibilitySpend"]


@dataclass(frozen=True)
class CredibilitySpend(SpendLaw):
    """Spend per order: a customer's own mean and the mean of all, weighted by credibility.

    `clv.fit` takes it where Gamma-Gamma, which reads only the customers' means, comes out with all customers alike, and
    an analysis of variance of the orders says otherwise. It is estimated from the variances of order values within and
    between customers, for which the log is needed: `clv.fit_law`, which reads a summary, does not fit it.

    Parameters
    ----------
    mean : float or array
        μ: what customers spend on an order, on average, in currency. > 0.
    within : float or array
        s/μ: how much the orders of one customer vary, as a share of the mean. > 0.
    k : float or array
        s²/τ²: the number of orders at which a customer's own mean weighs as much as that of all customers. > 0.

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    See Also
    --------
    GammaGamma : Which `clv.fit` takes elsewhere.
    ConstantSpend : Where all customers spend the same.
    fit : Estimates it, with `spend_law="credibility"` in any case.

    Notes
    -----
    The mean of a customer is the best linear one whatever the distribution of the orders is. The distribution of totals
    is an approximation, a Gamma distribution with the first two moments that follow from the three parameters. That of
    simulated orders, Gamma variables about Gamma means, has these moments too; at within = 0.9 and k = 2.3 the
    probabilities of both differ by up to 0.03 for totals of five orders (0.01 for twenty), and for one order by up to
    0.06 in the lower half and 0.02 in the upper.

    Examples
    --------
    >>> law = CredibilitySpend(mean=35.0, within=0.5, k=2.0)
    >>> law.expected_spend([2, 0], [25.0, 0.0])  # half of each: 2 orders, k = 2
    array([30., 35.])
    """

    mean: FloatOrArray
    within: FloatOrArray
    k: FloatOrArray

    name: ClassVar[str] = "credibility-spend"
    parameters: ClassVar[tuple[str, ...]] = ("mean", "within", "k")
    money_parameters: ClassVar[tuple[str, ...]] = ("mean",)
    from_orders: ClassVar[bool] = True

    def log_likelihood(self, x: ArrayLike, m: ArrayLike) -> FloatOrArray:
        """Log-density of a mean spend m over x orders, with the Gamma distribution of their total.

        Examples
        --------
        >>> round(CredibilitySpend(1.0, 1.0, 1.0).log_likelihood(1, 1.0), 4)  # Gamma of mean 1 and variance 2 at 1
        -1.4189
        """
        x, m = together(x=to_orders(x), m=to_spend(m))
        shape, scale = self._shape(x), np.asarray(self.mean) / self._shape(x)
        log_density = (shape - 1) * np.log(m / scale) - m / scale - special.gammaln(shape) - np.log(scale)
        return give(np.asarray(log_density))

    def posterior(self, x: ArrayLike, m: ArrayLike) -> CredibilitySpend:
        """The law of a customer who spent m on average over x orders: (Z·m + (1 − Z)·mean, within, k + x).

        `within` stays: the orders of those who spend more vary more, in proportion.

        Examples
        --------
        >>> CredibilitySpend(mean=35.0, within=0.5, k=2.0).posterior(2, 25.0)
        CredibilitySpend(mean=30.0, within=0.5, k=4.0)
        """
        orders, total = known_spend(x, m)
        k = np.asarray(self.k)
        mean = (k * self.mean + total) / (k + orders)
        return CredibilitySpend(give(mean), self.within, give(k + orders))

    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Credibility mean of customers who spent m on average over x orders; Bühlmann (1967), theorem 2.

        Examples
        --------
        >>> CredibilitySpend(mean=35.0, within=0.5, k=2.0).expected_spend(6, 25.0)
        27.5
        """
        return self.posterior(x, m).mean

    def total_spend_cdf(self, value: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Probability that a member's total spend in n orders is at most `value`; no order, no spend.

        Examples
        --------
        >>> round(CredibilitySpend(1.0, 1.0, 1.0).total_spend_cdf(1.0, 1), 4)
        0.6827
        """
        value, n = together(value=to_amount(value), n=to_count(n))
        shape = self._shape(np.maximum(n, 1))
        with np.errstate(under="ignore", over="ignore"):
            share = special.gammainc(shape, np.maximum(value, 0.0) / np.maximum(n, 1) * shape / self.mean)
        return give(np.where(n > 0, share, np.where(value >= 0, 1.0, 0.0)))

    def total_spend_quantile(self, probability: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Amount that a member's total spend in n orders stays below with this probability.

        Examples
        --------
        >>> round(CredibilitySpend(1.0, 1.0, 1.0).total_spend_quantile(0.5, 1), 4)
        0.4549
        """
        probability, n = to_probability(probability), to_count(n)
        shape = self._shape(np.maximum(n, 1))
        with np.errstate(under="ignore", over="ignore"):
            total = special.gammaincinv(shape, probability) / shape * n * self.mean
        return give(np.where(n > 0, total, 0.0))

    def simulate(self, orders: ArrayLike, rng: np.random.Generator) -> Array:
        """Spend of every order of new members who place `orders` orders each, customer by customer.

        Means are Gamma variables of the variance τ², and orders Gamma variables about them, of the variance s² on
        average; totals have the moments of `total_spend_cdf`, and nearly its distribution (see the Notes above).

        Examples
        --------
        >>> CredibilitySpend(35.0, 0.5, 2.0).simulate([2, 0, 1], np.random.default_rng(0)).shape
        (3,)
        """
        check_generator(rng)
        counts = np.asarray(to_count(orders), dtype=np.int64)
        level, within, k = (np.broadcast_to(getattr(self, name), counts.shape) for name in self.parameters)
        between = within**2 / k  # τ²/μ²
        means = level * between * rng.gamma(1 / between)
        spread = np.repeat(within**2 / (1 + between), counts)  # (s/ζ)², so that its mean times ζ² is s²
        return np.asarray(np.repeat(means, counts) * spread * rng.gamma(1 / spread))

    @classmethod
    def starts(cls, x: Array, m: Array, weights: Array) -> list[Array]:
        """The mean, and orders that vary by half of it within customers and as much between them."""
        return [np.array([np.log(np.average(m, weights=weights)), np.log(0.5), 0.0])]

    def _information(self, n: Array) -> Array:
        """What n orders tell of a customer's mean: their credibility."""
        return np.asarray(n / (n + np.asarray(self.k)))

    def _shape(self, n: Array) -> Array:
        """Shape of the Gamma distribution of a total of n orders: 1/(within² (1/n + 1/k))."""
        return np.asarray(1 / (np.asarray(self.within) ** 2 * (1 / n + 1 / np.asarray(self.k))))
