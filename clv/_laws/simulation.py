"""Members of a law, drawn at random; those of the Pareto/NBD, GGompertz/NBD and BG/BB laws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws.arguments import to_count, to_time
from clv._numerics import Array, FloatOrArray
from rfm._options import received
from rfm.errors import DataError

__all__ = ["Simulation", "bg_bb_members", "ggompertz_nbd_members", "pareto_nbd_members"]


@dataclass(frozen=True)
class Simulation:
    """Simulated customers: what `simulate` of a law of purchases returns.

    Attributes
    ----------
    times : (purchases,) float
        Times of the repeat purchases since each customer's first, sorted by customer and then by time.
    customer : (purchases,) int
        The customer, 0 … n − 1, who made each purchase.
    x, t_x, T : (n,) float
        Repeat purchases, time of the last of them (0 if none) and time observed, of each customer.
    alive : (n,) bool
        Whether the customer is alive at T.

    See Also
    --------
    PurchaseLaw.simulate : Makes it.
    clv.simulate : A log of transactions instead.

    Examples
    --------
    >>> import clv, numpy as np
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> members = law.simulate([39.0, 39.0, 26.0], np.random.default_rng(1))
    >>> members.T
    array([39., 39., 26.])
    """

    times: Array
    customer: NDArray[np.int64]
    x: Array
    t_x: Array
    T: Array
    alive: NDArray[np.bool_]

    @classmethod
    def of_times(
        cls, times: ArrayLike, customer: ArrayLike, T: ArrayLike, alive: ArrayLike | None = None
    ) -> Simulation:
        """Count what customers did, from the times of their repeat purchases in any order.

        Parameters
        ----------
        times, customer : array_like, (purchases,)
            When, since the customer's first purchase, and who: 0 … n − 1.
        T : array_like, (n,)
            Time observed.
        alive : array_like of bool, (n,), optional
            Who is alive at T; by default everybody.

        Returns
        -------
        Simulation
            With x, t_x and T of each customer.

        See Also
        --------
        PurchaseLaw.simulate : Which returns one.

        Examples
        --------
        >>> import clv
        >>> found = clv.Simulation.of_times([3.0, 1.0, 2.0], [0, 0, 2], T=[5.0, 5.0, 5.0])
        >>> found.x, found.t_x
        (array([2., 0., 1.]), array([3., 0., 2.]))
        """
        times, T = np.atleast_1d(to_time(times)), np.atleast_1d(to_time(T))
        whose = np.atleast_1d(to_count(customer, "A customer's number"))
        if not (times.ndim == T.ndim == whose.ndim == 1 and len(times) == len(whose)) or np.any(
            whose >= len(T)
        ):
            raise DataError(
                f"times and customer have one row per purchase, of customers 0 to {len(T) - 1:,}; got "
                f"{times.size:,} times and {whose.size:,} customers. Hint: T has one row per customer."
            )
        who = whose.astype(np.int64)
        order = np.lexsort((times, who))
        times, who = times[order], who[order]
        counts = np.bincount(who, minlength=len(T))
        t_x = np.zeros(len(T))
        t_x[counts > 0] = times[np.cumsum(counts)[counts > 0] - 1]
        living = np.ones(len(T), dtype=bool) if alive is None else np.array(alive, ndmin=1)
        if living.dtype != bool or living.shape != T.shape:
            raise DataError(
                f"alive must be one boolean per customer; got {received(alive)}. Hint: alive=None."
            )
        return cls(times, who, counts.astype(float), t_x, T, living)


def pareto_nbd_members(
    T: Array, r: FloatOrArray, alpha: FloatOrArray, s: FloatOrArray, beta: FloatOrArray,
    rng: np.random.Generator,
) -> Simulation:  # fmt: skip
    """Purchases at rate λ until T or the dropout at rate μ, uniform in that time given their number."""
    T, r, alpha, s, beta = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (T, r, alpha, s, beta)))
    rate, decay = rng.gamma(r) / alpha, rng.gamma(s) / beta
    with np.errstate(divide="ignore", over="ignore"):  # with a dropout rate of 0 a customer never leaves
        life = rng.standard_exponential(T.shape) / decay
    return _until(life, T, rate, rng)


def ggompertz_nbd_members(
    T: Array, r: FloatOrArray, alpha: FloatOrArray, b: FloatOrArray, s: FloatOrArray, beta: FloatOrArray,
    rng: np.random.Generator,
) -> Simulation:  # fmt: skip
    """Purchases at rate λ until T or the dropout, at which η(e^(bt) − 1) reaches an exponential variable."""
    columns = (np.asarray(v, dtype=float) for v in (T, r, alpha, b, s, beta))
    T, r, alpha, b, s, beta = np.broadcast_arrays(*columns)
    rate, decay = rng.gamma(r) / alpha, rng.gamma(s) / beta
    with np.errstate(divide="ignore", over="ignore"):  # with η = 0 a customer never leaves
        life = np.log1p(rng.standard_exponential(T.shape) / decay) / b
    return _until(life, T, rate, rng)


def _until(life: Array, T: Array, rate: Array, rng: np.random.Generator) -> Simulation:
    """Purchases at a constant rate until T or the end of life, uniform in that time given their number."""
    observed = np.minimum(life, T)
    customer = np.repeat(np.arange(len(T)), rng.poisson(rate * observed))
    times = (1 - rng.random(len(customer))) * observed[customer]  # above 0
    return Simulation.of_times(times, customer, T, life > T)


def bg_bb_members(
    n: Array, alpha: FloatOrArray, beta: FloatOrArray, gamma: FloatOrArray, delta: FloatOrArray,
    rng: np.random.Generator,
) -> Simulation:  # fmt: skip
    """A purchase with probability p in each of the periods 1 … n before the dropout, of probability θ in each."""
    n, alpha, beta, gamma, delta = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n, alpha, beta, gamma, delta))
    )
    chance, leave = rng.beta(alpha, beta), rng.beta(gamma, delta)
    with np.errstate(
        divide="ignore", over="ignore"
    ):  # with θ = 0 a customer never leaves, with θ = 1 at once
        life = np.floor(rng.standard_exponential(n.shape) / -np.log1p(-leave))
    lived = np.minimum(life, n).astype(np.int64)
    member = np.repeat(np.arange(len(n)), lived)
    period = np.arange(1, len(member) + 1) - np.repeat(np.cumsum(lived) - lived, lived)
    bought = rng.random(len(member)) < chance[member]
    return Simulation.of_times(period[bought], member[bought], n, life >= n)
