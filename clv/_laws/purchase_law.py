"""What every law has: checked parameters, and all that follows from its formulas for every law alike.

A law is an immutable value: a frozen dataclass whose fields are its parameters in the paper's notation, with
pure vectorised methods. Parameters may be arrays and broadcast with the data: the posterior of many customers
is one law.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws.arguments import give, to_count, to_history, to_parameter, to_time
from clv._numerics import Array, FloatOrArray, exp, unique_rows

__all__ = ["PurchaseLaw", "Rows", "Simulation"]

CHUNK = 65_536  # rows whose derivatives are in memory at a time: 21 doubles per row for four parameters


@dataclass(frozen=True)
class Rows:
    """Data for `PurchaseLaw.total_derivatives`: the law's `data_columns`, each (n,), and weights, (n,)."""

    columns: tuple[Array, Array, Array]
    weights: Array


@dataclass(frozen=True)
class Simulation:
    """Simulated customers.

    Attributes
    ----------
    times : (purchases,) float
        Times of the repeat purchases since each customer's first, sorted by customer and then by time.
    customer : (purchases,) int
        The customer, 0 … n − 1, who made each purchase.
    x, t_x, T : (n,) float
        Repeat purchases, time of the last of them (0 if none) and time observed, a customer.
    alive : (n,) bool
        Whether the customer is alive at T.
    """

    times: Array
    customer: NDArray[np.int64]
    x: Array
    t_x: Array
    T: Array
    alive: NDArray[np.bool_]


class PurchaseLaw(ABC):
    """A law of when customers buy and when they leave for good: a frozen dataclass of positive parameters.

    Given their history, customers have left, or are alive and then fresh members of a known law, `posterior`.
    This one identity gives every conditional answer below, for all laws.
    """

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    """Names of the parameters, in order."""
    time_parameters: ClassVar[tuple[str, ...]]
    """Those measured in units of time."""
    data_columns: ClassVar[tuple[str, ...]] = ("frequency", "recency", "T")
    """Columns of the BTYD summary that the likelihood reads, in order."""

    def __post_init__(self) -> None:
        for name in self.parameters:
            object.__setattr__(self, name, to_parameter(type(self).__name__, name, getattr(self, name)))

    @classmethod
    def from_log(cls, log_parameters: Array) -> Self:
        """The law at the logarithms of its parameters, (k,) or (k, n)."""
        return cls(*np.exp(log_parameters))

    @property
    def log_parameters(self) -> Array:
        """Logarithms of the parameters, (k,), or (k, n) where one of them is an array of n."""
        values = np.broadcast_arrays(*(getattr(self, name) for name in self.parameters))
        return np.asarray(np.log(np.stack(values)))

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of time `factor` times shorter: of weeks, `law.scaled(7)` is in days.

        Examples
        --------
        >>> import clv
        >>> clv.BGNBD(r=0.25, alpha=4, a=0.5, b=2).scaled(7)
        BGNBD(r=0.25, alpha=28.0, a=0.5, b=2.0)
        """
        changes = {name: getattr(self, name) * factor for name in self.time_parameters}
        return replace(self, **changes)  # type: ignore[type-var]

    @staticmethod
    def to_history(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
        """Checked histories; a law in discrete time has its own."""
        return to_history(x, t_x, T)

    @abstractmethod
    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history."""

    @abstractmethod
    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability is too small for a double."""

    @abstractmethod
    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> PurchaseLaw:
        """The law of each customer's purchases after T if alive then; its parameters are arrays."""

    @abstractmethod
    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected purchases of a new member by time t."""

    @abstractmethod
    def clock(self) -> Array:
        """The time over which customers leave, and expected purchases bend: the step of a quadrature over time."""

    def summed_purchases(self, t: Array, weights: Array) -> Array:
        """Σ w E[X(t)] over the first axis of t and w ≥ 0, which broadcast; a law may take the sum inside."""
        t, weights = np.broadcast_arrays(t, weights)
        return np.asarray(sum(w * self.expected_purchases(each) for each, w in zip(t, weights, strict=True)))

    @abstractmethod
    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −inf where the probability is 0."""

    @abstractmethod
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T (n,)."""

    @classmethod
    @abstractmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: some log-parameters, each (k,), from the moments of the data."""

    @abstractmethod
    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (k, n) and Hessian (k, k, n) in the log-parameters, row by row."""

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> Any:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step."""
        return Rows((x, t_x, T), weights)

    def total_derivatives(self, data: Any) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (k,) and (k, k).

        The law's parameters are scalars.
        """
        k = len(self.parameters)
        value, gradient, hessian = 0.0, np.zeros(k), np.zeros((k, k))
        for start in range(0, len(data.weights), CHUNK):
            rows = slice(start, start + CHUNK)
            ll, first, second = self.derivatives(*(column[rows] for column in data.columns))
            weights = data.weights[rows]
            value += float(weights @ ll)
            gradient += first @ weights
            hessian += second @ weights
        return value, gradient, hessian

    def pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """P(X(t) = n): probability that a new member makes n purchases by time t.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
        t : array_like, ≥ 0, in the law's unit of time; broadcasts with n

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole or below 0; t is negative or not finite.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.pmf(0, 39), 7)
        0.5737864
        """
        return give(exp(np.asarray(self.log_pmf(n, t))))

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """P(alive at T | x, t_x, T).

        Parameters
        ----------
        x, t_x, T : array_like, (n,)
            Repeat purchases, time of the last purchase and end of observation since the first purchase.

        Returns
        -------
        float or (n,) ndarray
            Use `log_p_alive` where the probability may be below 1e-308.

        Raises
        ------
        DataError
            A history cannot be: t_x > T, x > 0 with t_x = 0, x not whole.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.p_alive(2, 30.43, 38.86), 4)
        0.7266
        """
        return give(exp(np.asarray(self.log_p_alive(x, t_x, T))))

    def conditional_expected_purchases(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> FloatOrArray:
        """E[X(T, T + t) | x, t_x, T]: purchases expected in the time t after T.

        P(alive) times what the posterior law expects. The second factor depends on (x, T) alone and is
        computed once for each distinct pair.

        Parameters
        ----------
        t : array_like, ≥ 0
        x, t_x, T : array_like, broadcast with t

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            t is negative, or a history cannot be.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(law.conditional_expected_purchases(39, 2, 30.43, 38.86), 3)
        1.226
        """
        alive = np.asarray(self.p_alive(x, t_x, T))
        fresh = self._of_posterior(lambda law, t: law.expected_purchases(t), x, t_x, T, to_time(t))
        with np.errstate(under="ignore"):
            return give(alive * fresh)

    def conditional_pmf(
        self, n: ArrayLike, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> FloatOrArray:
        """P(X(T, T + t) = n | x, t_x, T): distribution of the purchases in the time t after T.

        Parameters
        ----------
        n : array_like of whole numbers ≥ 0
        t : array_like, ≥ 0
        x, t_x, T : array_like; all broadcast

        Returns
        -------
        float or ndarray of the broadcast shape

        Raises
        ------
        DataError
            n is not whole, t is negative, or a history cannot be.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> law.conditional_pmf([0, 1, 2], 39, 2, 30.43, 38.86).round(4)
        array([0.4454, 0.2393, 0.1442])
        """
        n, log_alive = to_count(n), np.asarray(self.log_p_alive(x, t_x, T))
        log_fresh = self._of_posterior(lambda law, *given: law.log_pmf(*given), x, t_x, T, n, to_time(t))
        return give(exp(log_alive + log_fresh) - np.where(n == 0, np.expm1(log_alive), 0.0))

    def _of_posterior(
        self, evaluate: Callable[..., FloatOrArray], x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *given: Array
    ) -> Array:
        """`evaluate(posterior, *given)` a row, computed once a distinct row apart from t_x."""
        columns = [np.asarray(column, dtype=float) for column in (x, t_x, T, *given)]
        shape = np.broadcast_shapes(*(column.shape for column in columns), self.log_parameters.shape[1:])
        rows = [np.broadcast_to(column, shape).ravel() if column.ndim else column for column in columns]
        varying = [column for column in (rows[0], *rows[2:]) if column.ndim]
        if self.log_parameters.ndim > 1 or not varying:
            return np.asarray(evaluate(self.posterior(*rows[:3]), *rows[3:])).reshape(shape)
        first, inverse = unique_rows(*varying)
        rows = [column[first] if column.ndim else column for column in rows]
        return np.asarray(evaluate(self.posterior(*rows[:3]), *rows[3:]))[inverse].reshape(shape)
