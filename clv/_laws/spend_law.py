"""The base of spend laws: the value of a customer's orders, given their past orders."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import refuse, to_count
from clv._laws.differentiation import numerical_derivatives
from clv._laws.law import Law, Rows
from clv._numerics import Array, FloatOrArray

__all__ = ["SpendLaw"]


class SpendLaw(Law):
    """A law of what orders are worth; the base of laws of your own.

    A law is a frozen dataclass of positive parameters. Of a customer who spent m on average over x orders it gives the
    law of the orders to come, `posterior`; what n of these are worth together is `own_scale(x, m)` times a variable
    that depends on x and n alone. Predictions, totals and intervals need no more.

    A law must declare `name`, `parameters` and `money_parameters`, and have `log_likelihood`, `posterior`,
    `expected_spend`, `total_spend_cdf`, `total_spend_quantile`, `simulate` and `starts`. All else has defaults.

    Attributes
    ----------
    name : str
        Under which `clv.fit_law` and model files know it, once it is registered.
    parameters : tuple of str
        Names of the fields, in order.
    money_parameters : tuple of str
        Those measured in currency.
    reads_own_orders : bool
        Whether what a customer is expected to spend depends on the mean of their own orders.
    at_infinity : mapping of str to str
        What the data read like where a parameter runs off to infinity; for the warnings of a fit.
    constant : bool
        Whether every order of every customer has one value, so that there is nothing to be estimated.
    data_columns : tuple of str
        Of `clv.summarize`: the number of repeat orders, and their mean.

    See Also
    --------
    clv.GammaGamma : Which `clv.fit` takes.
    clv.register_law : Make a law known by its name.
    clv.PurchaseLaw : The base of laws of purchases.

    Examples
    --------
    >>> import clv
    >>> clv.GammaGamma.money_parameters, clv.GammaGamma.reads_own_orders
    (('gamma',), True)
    >>> clv.ConstantSpend.constant
    True
    """

    money_parameters: ClassVar[tuple[str, ...]] = ()
    data_columns: ClassVar[tuple[str, ...]] = ("frequency", "monetary_value")
    reads_own_orders: ClassVar[bool] = True

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of money `factor` times smaller: of euros, `law.scaled(100)` is in cents."""
        return self._multiplied(self.money_parameters, factor)

    @classmethod
    def natural_scale(cls, *columns: Array, weights: Array) -> tuple[float, float]:
        """The geometric mean of m; a likelihood is a density of m, in one over money, for each customer."""
        return float(np.exp(np.average(np.log(columns[1]), weights=weights))), float(weights.sum())

    @classmethod
    def to_history(cls, x: ArrayLike, m: ArrayLike) -> tuple[Array, Array]:
        """Checked numbers of orders, 0 or more, and finite mean spends."""
        m = np.asarray(m, dtype=float)
        refuse(~np.isfinite(m), "A mean spend must be finite", "it is 0 without orders.", m=m)
        return to_count(x), m

    @abstractmethod
    def log_likelihood(self, x: ArrayLike, m: ArrayLike) -> FloatOrArray:
        """Log-density of a mean spend m over x orders.

        Parameters
        ----------
        x : array_like
            Number of orders that m is the mean of, > 0.
        m : array_like
            Mean spend of these orders, in currency, > 0.

        Returns
        -------
        float or ndarray
            One value per customer, in the broadcast shape.

        Raises
        ------
        DataError
            If an x or m is not positive and finite.
        """

    @abstractmethod
    def posterior(self, x: ArrayLike, m: ArrayLike) -> SpendLaw:
        """The law of a customer who spent m on average over x orders.

        Parameters
        ----------
        x : array_like
            Number of orders, ≥ 0.
        m : array_like
            Mean spend of these orders, in currency; orders that tell nothing (x = 0, or m ≤ 0) leave the law as it is.

        Returns
        -------
        SpendLaw
            With arrays for parameters, in the broadcast shape.
        """

    @abstractmethod
    def expected_spend(self, x: ArrayLike = 0, m: ArrayLike = 0.0) -> FloatOrArray:
        """Expected mean spend an order of customers who spent m on average over x orders.

        Parameters
        ----------
        x : array_like
            Number of orders, ≥ 0.
        m : array_like
            Mean spend of these orders, in currency. Where x = 0 or m ≤ 0 the answer is the population's mean.

        Returns
        -------
        float or ndarray
            Currency per order, in the broadcast shape.
        """

    @abstractmethod
    def total_spend_cdf(self, value: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Probability that a member's total spend in n orders is at most `value`; no order, no spend.

        Parameters
        ----------
        value : array_like
            In currency.
        n : array_like
            Number of orders, ≥ 0.

        Returns
        -------
        float or ndarray
        """

    @abstractmethod
    def total_spend_quantile(self, probability: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """Amount that a member's total spend in n orders stays below with this probability.

        Parameters
        ----------
        probability : array_like
            Between 0 and 1.
        n : array_like
            Number of orders, ≥ 0.

        Returns
        -------
        float or ndarray
            In currency.
        """

    @abstractmethod
    def simulate(self, orders: ArrayLike, rng: np.random.Generator) -> Array:
        """Spend of every order of new members who place `orders` orders each.

        Parameters
        ----------
        orders : array_like of int, shape (customers,)
            Orders of each customer, ≥ 0.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        ndarray, shape (sum of orders,)
            Customer by customer: `np.repeat(np.arange(len(orders)), orders)` is each order's customer.
        """

    @classmethod
    @abstractmethod
    def starts(cls, x: Array, m: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: some log-parameters, each (k,)."""

    def own_scale(self, x: ArrayLike, m: ArrayLike) -> Array:
        """What the worth of a customer's orders is proportional to, among customers of one x; in currency.

        By default what an order of theirs is expected to be worth; 1 where own orders are not read.

        Parameters
        ----------
        x, m : array_like, (n,)
            Repeat orders and their mean, in currency.

        Returns
        -------
        (n,) ndarray
        """
        if not self.reads_own_orders:
            return np.ones(np.broadcast_shapes(np.shape(x), np.shape(m)))
        return np.asarray(self.expected_spend(x, m), dtype=float)

    def total_beyond(self, u: Array, n: Array, x: float) -> Array:
        """P(n orders are worth more than u · `own_scale`) of customers with x repeat orders.

        By default as `total_spend_cdf` of the posterior says of a customer who spent 1 on average.

        Parameters
        ----------
        u : ndarray
            Amounts in units of the own scale.
        n : ndarray
            Numbers of orders, which broadcast with u.
        x : float
            Repeat orders that are known.

        Returns
        -------
        ndarray of the broadcast shape
        """
        law, scale = self._of_one(x)
        return 1.0 - np.asarray(law.total_spend_cdf(u * scale, n), dtype=float)

    def total_place(self, probability: float, n: int, x: float) -> float:
        """ln u of which `total_beyond` is 1 − probability.

        Parameters
        ----------
        probability : float
            Between 0 and 1.
        n : int
            Number of orders.
        x : float
            Repeat orders that are known.

        Returns
        -------
        float
        """
        law, scale = self._of_one(x)
        return float(np.log(np.asarray(law.total_spend_quantile(probability, n)) / scale))

    def _of_one(self, x: float) -> tuple[SpendLaw, float]:
        """The law of a customer with mean 1 over x orders, and the customer's scale."""
        m = 1.0 if x > 0 else 0.0
        return self.posterior(x, m), float(np.asarray(self.own_scale(x, m)))

    def derivatives(self, x: ArrayLike, m: ArrayLike) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (k, n) and Hessian (k, k, n) in the log-parameters, row by row.

        By default differences of `log_likelihood`, of order eight.
        """
        law_class = type(self)

        def log_likelihood(theta: Array) -> Array:
            return np.asarray(law_class.from_log(theta).log_likelihood(x, m), dtype=float)

        return numerical_derivatives(log_likelihood, self.log_parameters)

    @classmethod
    def prepared(cls, x: Array, m: Array, weights: Array) -> Any:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step."""
        return Rows((x, m), weights)
