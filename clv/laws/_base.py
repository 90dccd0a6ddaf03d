"""What every law has: checked parameters, and all that follows from its formulas for every law alike.

A law is an immutable value: a frozen dataclass whose fields are its parameters in the paper's notation, with pure
vectorised methods. Parameters may be arrays and broadcast with the data: the posterior of many customers is one law.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv.numerics import Array, FloatOrArray, exp, unique_rows
from rfm.errors import DataError

__all__ = ["Law", "PurchaseLaw", "Rows", "Simulation", "give", "refuse", "to_count", "to_history", "to_time"]

CHUNK = 65_536  # rows whose derivatives are in memory at a time: 21 doubles a row for four parameters


@dataclass(frozen=True)
class Rows:
    """Data ready for `Law.total_derivatives`: the law's `data_columns`, each (n,), and a weight a row, (n,)."""

    columns: tuple[Array, ...]
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


def give(values: Array) -> FloatOrArray:
    """A float for a zero-dimensional result, else the array."""
    return float(values) if np.ndim(values) == 0 else values


def refuse(wrong: NDArray[np.bool_] | np.bool_, fact: str, hint: str, **columns: Array) -> None:
    """Raise DataError at the first row where `wrong` holds, showing its columns."""
    if not np.any(wrong):
        return
    values = {name: np.broadcast_to(column, np.shape(wrong)).ravel() for name, column in columns.items()}
    row = int(np.argmax(wrong))
    shown = ", ".join(f"{name} = {column[row]:g}" for name, column in values.items())
    where = f" in row {row}" if np.ndim(wrong) else ""
    raise DataError(f"{fact}, got {shown}{where}. Hint: {hint}")


def to_time(t: ArrayLike) -> Array:
    """Times as floats; DataError unless every one is finite and 0 or more."""
    values = np.asarray(t, dtype=float)
    refuse(~(np.isfinite(values) & (values >= 0)), "A time t must be finite and 0 or more",
           "t is a length of time in the law's unit.", t=values)
    return values


def to_count(n: ArrayLike) -> Array:
    """Numbers of purchases as floats; DataError unless every one is whole and 0 or more."""
    values = np.asarray(n, dtype=float)
    whole = np.isfinite(values) & (values >= 0) & (np.floor(values) == values)
    refuse(~whole, "A number of purchases must be whole and 0 or more", "pass 0, 1, 2, …", n=values)
    return values


def to_history(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
    """Histories in continuous time as floats of one shape; DataError names the first that cannot be.

    x counts repeat purchases (whole, ≥ 0), t_x is the time from the first purchase to the last (0 just when x is 0)
    and T the time from the first purchase to the end of observation (≥ t_x).
    """
    x, t_x, T = np.broadcast_arrays(*(np.asarray(column, dtype=float) for column in (x, t_x, T)))
    row = {"x": x, "t_x": t_x, "T": T}
    summarize = "clv.summarize(tx) counts repeat purchases by day."
    refuse(~np.isfinite(x + t_x + T), "A history must be finite", "drop customers without a purchase.", **row)
    refuse((x < 0) | (np.floor(x) != x), "x, the repeat purchases, must be whole and 0 or more", summarize, **row)
    refuse(t_x < 0, "t_x, the time of the last purchase, must be 0 or more",
           "t_x is counted from the first purchase, not back from today.", **row)
    refuse(t_x > T, "t_x, the time of the last purchase, lies after T, the end of observation",
           "count both from the first purchase, in one unit.", **row)
    refuse((x > 0) & (t_x == 0), "x > 0 with t_x = 0: a repeat purchase at the very time of the first",
           "merge orders of one day into one purchase. " + summarize, **row)
    refuse((x == 0) & (t_x > 0), "x = 0 with t_x > 0: a last purchase without any repeat purchase",
           "t_x is 0 for customers with one purchase.", **row)
    return x, t_x, T


class Law(ABC):
    """A law of customers' behaviour: its parameters, checked once, and what a fit needs.

    A subclass is a frozen dataclass whose fields are positive parameters.
    """

    name: ClassVar[str]
    time_parameters: ClassVar[tuple[str, ...]]
    """Parameters measured in units of time."""
    data_columns: ClassVar[tuple[str, ...]]
    """Columns of the BTYD summary that the likelihood reads, in order."""

    def __post_init__(self) -> None:
        for parameter in self.parameter_names():
            values = np.asarray(getattr(self, parameter), dtype=float)
            refuse(~(np.isfinite(values) & (values > 0)),
                   f"{type(self).__name__}: the parameter {parameter} must be finite and above 0",
                   "parameters are on the paper's scale, not their logarithms.", **{parameter: values})
            object.__setattr__(self, parameter, give(values))

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(field.name for field in fields(cls))  # type: ignore[arg-type]

    @classmethod
    def from_log(cls, log_parameters: Array) -> Self:
        """The law at the logarithms of its parameters, (k,) or (k, n)."""
        return cls(*np.exp(log_parameters))

    @property
    def log_parameters(self) -> Array:
        """Logarithms of the parameters, (k,), or (k, n) where a parameter is an array of n."""
        return np.log(np.stack(np.broadcast_arrays(*(getattr(self, name) for name in self.parameter_names()))))

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of time `factor` times shorter: of weeks, `law.scaled(7)` is in days."""
        return replace(self, **{name: getattr(self, name) * factor for name in self.time_parameters})  # type: ignore[type-var]

    @classmethod
    @abstractmethod
    def starts(cls, *columns: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: some log-parameters, each (k,), from the moments of the data."""

    @abstractmethod
    def derivatives(self, *columns: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), its gradient (k, n) and Hessian (k, k, n) in the log-parameters, row by row."""

    @classmethod
    def prepared(cls, *columns: Array, weights: Array) -> Any:
        """The data in the shape `total_derivatives` takes: done once a fit, not once a step."""
        return Rows(columns, weights)

    def total_derivatives(self, data: Any) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (k,) and (k, k); parameters are scalars."""
        k = len(self.parameter_names())
        value, gradient, hessian = 0.0, np.zeros(k), np.zeros((k, k))
        for start in range(0, len(data.weights), CHUNK):
            rows = slice(start, start + CHUNK)
            ll, first, second = self.derivatives(*(column[rows] for column in data.columns))
            weights = data.weights[rows]
            value += float(weights @ ll)
            gradient += first @ weights
            hessian += second @ weights
        return value, gradient, hessian


class PurchaseLaw(Law):
    """A law of when customers buy and when they leave for good.

    Given their history, customers have left, or are alive and then fresh members of a known law, `posterior`. This one
    identity gives every conditional answer below, for all laws.
    """

    data_columns = ("frequency", "recency", "T")

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
    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −inf where the probability is 0."""

    @abstractmethod
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T (n,)."""

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

        P(alive) times what the posterior law expects. The second factor depends on (x, T) alone and is computed once
        for each distinct pair.

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
        history = self.to_history(x, t_x, T)
        fresh = self._of_posterior(lambda law, t: law.expected_purchases(t), to_time(t), *history)
        return give(self.p_alive(*history) * fresh)

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
        array([0.5161, 0.2048, 0.1116])
        """
        n, history = to_count(n), self.to_history(x, t_x, T)
        fresh = self._of_posterior(lambda law, n, t: law.pmf(n, t), n, to_time(t), *history)
        log_alive = np.asarray(self.log_p_alive(*history))
        return give(exp(log_alive) * fresh - np.where(n == 0, np.expm1(log_alive), 0.0))

    def _of_posterior(
        self, evaluate: Callable[..., FloatOrArray], *columns: Array
    ) -> Array:
        """`evaluate(posterior, …)` for each row of (…, x, t_x, T), computed once a distinct row without t_x."""
        shape = np.broadcast_shapes(*(np.shape(column) for column in columns))
        *given, x, t_x, T = (np.broadcast_to(column, shape).ravel() for column in columns)
        if self.log_parameters.ndim > 1:
            return np.asarray(evaluate(self.posterior(x, t_x, T), *given)).reshape(shape)
        first, inverse = unique_rows(*given, x, T)
        law = self.posterior(x[first], t_x[first], T[first])
        return np.asarray(evaluate(law, *(column[first] for column in given)))[inverse].reshape(shape)
