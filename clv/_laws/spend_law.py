"""The base of spend laws: the value of a customer's orders, given their past orders."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import LARGEST, refuse, to_count, to_floats, together
from clv._laws.differentiation import numerical_derivatives
from clv._laws.law import Law, Rows
from clv._numerics import Array, FloatOrArray
from rfm._requirements import LARGEST_AMOUNT

__all__ = ["SpendLaw"]


class SpendLaw(Law):
    """A law of the value of orders; the base of laws of your own.

    A law is a frozen dataclass of positive parameters. Of a customer who spent m on average over x orders it gives the
    law of the orders to come, `posterior`; the sum of n of these is `own_scale(x, m)` times a variable whose
    distribution depends on x and n alone. Predictions, totals and intervals need no more.

    A law must declare `name`, `parameters` and `money_parameters`, and have `log_likelihood`, `posterior`,
    `expected_spend`, `total_spend_cdf`, `total_spend_quantile`, `simulate` and `starts`. All else has defaults.

    Attributes
    ----------
    name : str
        Its name in `clv.fit_law` and in model files, once it is registered.
    parameters : tuple of str
        Names of the fields, in order.
    money_parameters : tuple of str
        Those measured in currency.
    reads_own_orders : bool
        Whether what a customer is expected to spend depends on the mean of their own orders.
    at_infinity : mapping of str to str
        What it means for the data if a parameter tends to infinity; for the warnings of a fit.
    constant : bool
        Whether every order of every customer has one value, so that there is nothing to be estimated.
    from_orders : bool
        Whether it is estimated from the orders of a log, and not by `clv.fit_law` from a summary.
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
        """The same law in a unit of money `factor` times smaller: of euros, `law.scaled(100)` is in cents.

        Parameters
        ----------
        factor : float
            New units in one old unit, > 0.

        Returns
        -------
        SpendLaw
            Of the same class, with its `money_parameters` multiplied by the factor.

        See Also
        --------
        natural_scale : The unit of money in which a fit searches.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(p=6.25, q=3.74, gamma=15.44).scaled(100)
        GammaGamma(p=6.25, q=3.74, gamma=1544.0)
        """
        return self._multiplied(self.money_parameters, factor)

    @classmethod
    def natural_scale(cls, *columns: Array, weights: Array) -> tuple[float, float]:
        """The geometric mean of m; the likelihood is a density in the m of each customer.

        Examples
        --------
        >>> import clv, numpy as np
        >>> scale, dimension = clv.GammaGamma.natural_scale(np.ones(2), np.array([4.0, 9.0]), weights=np.ones(2))
        >>> round(scale, 6), dimension
        (6.0, 2.0)
        """
        return float(np.exp(np.average(np.log(columns[1]), weights=weights))), float(weights.sum())

    @classmethod
    def to_history(cls, x: ArrayLike, m: ArrayLike) -> tuple[Array, Array]:
        """Checked numbers of orders, 0 or more, and finite mean spends.

        Parameters
        ----------
        x, m : array_like, (n,)
            Number of orders, and their mean spend in currency.

        Returns
        -------
        tuple of (n,) ndarray

        Raises
        ------
        DataError
            If a number of orders is not whole or below 0, or a mean spend is not finite.

        See Also
        --------
        clv.summarize : Makes both of a log, in its columns `frequency` and `monetary_value`.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma.to_history(2, 22.35)
        (array(2.), array(22.35))
        """
        m = to_floats("A mean spend", m)
        refuse(~np.isfinite(m), "A mean spend must be finite", "it is 0 without orders.", m=m)
        x = to_count(x)
        together(x=x, m=m)
        refuse(
            x > LARGEST, f"A number of orders is above {LARGEST:g}", "x counts the orders of a customer.", x=x
        )
        refuse(
            np.abs(m) > LARGEST_AMOUNT, f"A mean spend is above {LARGEST_AMOUNT:g}", "m is in currency.", m=m
        )
        refuse(
            (x > 0) & (m < 0),
            "A mean spend must be 0 or more",
            "clv.summarize(tx) keeps refunds apart.",
            x=x,
            m=m,
        )
        return x, m

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

        See Also
        --------
        derivatives : The same with gradient and Hessian.
        clv.fit_law : Maximises it.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(1.0, 1.0, 1.0).log_likelihood(1, 1.0)  # density 1/(1 + m)²
        -1.3862943611198906
        """

    @abstractmethod
    def posterior(self, x: ArrayLike, m: ArrayLike) -> SpendLaw:
        """The law of a customer who spent m on average over x orders.

        Parameters
        ----------
        x : array_like
            Number of orders, ≥ 0.
        m : array_like
            Mean spend of these orders, in currency; where x = 0 or m ≤ 0 the law stays as it is.

        Returns
        -------
        SpendLaw
            With arrays for parameters, in the broadcast shape.

        See Also
        --------
        expected_spend : The mean of this law.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(p=6.25, q=3.5, gamma=15.5).posterior(2, 22.25)
        GammaGamma(p=6.25, q=16.0, gamma=60.0)
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

        See Also
        --------
        CustomerModel.predict : The same for the customers of a table, in `expected_spend`.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(p=6.25, q=3.74, gamma=15.44).expected_spend([2, 0], [22.35, 0.0]).round(2)
        array([24.66, 35.22])
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
            In the broadcast shape.

        See Also
        --------
        total_spend_quantile : Its inverse.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(1.0, 1.0, 1.0).total_spend_cdf(1.0, 1)
        0.5
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

        See Also
        --------
        total_spend_cdf : Its inverse.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(1.0, 1.0, 1.0).total_spend_quantile([0.5, 0.75], 1)
        array([1., 3.])
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

        See Also
        --------
        clv.simulate : A log of transactions, with these amounts.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.GammaGamma(6.25, 3.74, 15.44).simulate([2, 0, 1], np.random.default_rng(0)).shape
        (3,)
        """

    @classmethod
    @abstractmethod
    def starts(cls, x: Array, m: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: some log-parameters, each (k,).

        Parameters
        ----------
        x, m, weights : ndarray of shape (n,)
            Number of orders, their mean spend over its geometric mean, and the customers that each row stands for.

        Returns
        -------
        list of (k,) ndarray
            The points at which the search begins.

        See Also
        --------
        clv.fit_law : The search.
        from_log : The law at such values.

        Examples
        --------
        >>> import clv, numpy as np
        >>> len(clv.GammaGamma.starts(np.array([2.0, 1.0]), np.array([22.35, 11.77]), np.ones(2)))
        3
        """

    def own_scale(self, x: ArrayLike, m: ArrayLike) -> Array:
        """The scale, in currency, to which a customer's spend is proportional among customers with the same x.

        By default the expected spend of an order of theirs; 1 where own orders are not read.

        Parameters
        ----------
        x, m : array_like, (n,)
            Repeat orders and their mean, in currency.

        Returns
        -------
        (n,) ndarray
            > 0.

        See Also
        --------
        total_beyond, total_place : The distribution of spend in units of it.

        Examples
        --------
        >>> import clv
        >>> clv.GammaGamma(p=6.25, q=3.5, gamma=15.5).own_scale([2, 0], [22.25, 0.0])
        array([60. , 15.5])
        """
        if not self.reads_own_orders:
            return np.ones(np.broadcast_shapes(np.shape(x), np.shape(m)))
        return np.asarray(self.expected_spend(x, m), dtype=float)

    def total_beyond(self, u: Array, n: Array, x: float) -> Array:
        """P(n orders are worth more than u · `own_scale`) of customers with x repeat orders.

        By default by `total_spend_cdf` of the posterior of a customer who spent 1 on average.

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
            Between 0 and 1.

        See Also
        --------
        total_place : Its inverse.
        own_scale : The unit of u.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.GammaGamma(1.0, 1.0, 1.0).total_beyond(np.array([1.0, 3.0]), np.array([1, 1]), x=0.0)
        array([0.5 , 0.25])
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
            The logarithm of an amount in units of the own scale.

        See Also
        --------
        total_beyond : Its inverse.

        Examples
        --------
        >>> import clv
        >>> round(clv.GammaGamma(1.0, 1.0, 1.0).total_place(0.75, 1, x=0.0), 4)  # ln 3
        1.0986
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

        Parameters
        ----------
        x, m : array_like, (n,)
            Number of orders, > 0, and their mean spend in currency, > 0.

        Returns
        -------
        value, gradient, hessian : ndarray of shapes (n,), (k, n) and (k, k, n)
            Of the log-likelihood.

        See Also
        --------
        log_likelihood : The value alone.
        total_derivatives : Their sums over customers.

        Examples
        --------
        >>> import clv
        >>> value, gradient, hessian = clv.GammaGamma(1.0, 1.0, 1.0).derivatives([1], [1.0])
        >>> gradient.shape, hessian.shape
        ((3, 1), (3, 3, 1))
        """
        law_class = type(self)

        def log_likelihood(theta: Array) -> Array:
            return np.asarray(law_class.from_log(theta).log_likelihood(x, m), dtype=float)

        return numerical_derivatives(log_likelihood, self.log_parameters)

    @classmethod
    def prepared(cls, x: Array, m: Array, weights: Array) -> Any:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step.

        Parameters
        ----------
        x, m, weights : ndarray of shape (n,)
            Number of orders, their mean spend in currency, and the customers that each row stands for.

        Returns
        -------
        object
            Of whatever type the law's `total_derivatives` reads.

        See Also
        --------
        total_derivatives : What it is prepared for.

        Examples
        --------
        >>> import clv, numpy as np
        >>> data = clv.GammaGamma.prepared(np.array([2.0, 1.0]), np.array([22.35, 11.77]), np.ones(2))
        >>> round(clv.GammaGamma(p=6.25, q=3.74, gamma=15.44).total_derivatives(data)[0], 4)
        -7.289
        """
        return Rows((x, m), weights)
