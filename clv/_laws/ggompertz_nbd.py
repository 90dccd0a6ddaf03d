"""The GGompertz/NBD law (Bemmaor & Glady 2012): purchases at random until a dropout that time makes more likely.

While alive, a customer buys at a rate λ and leaves at a rate η b e^(bt), which grows with the time t since the first
purchase; between customers λ ~ Gamma(r, α) and η ~ Gamma(s, β), independent. Given the history and alive at T,
λ ~ Gamma(r + x, α + T), and the rate of leaving at a time t after T is η e^(bT) b e^(bt) with
η e^(bT) ~ Gamma(s, 1 + (β − 1)e^(−bT)): the customer is a member of the same law with updated parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, to_count, to_time
from clv._laws.gamma_gompertz import Lifetimes
from clv._laws.ggompertz_nbd_counts import log_pmf, mean_time_alive, pmf_table
from clv._laws.ggompertz_nbd_likelihood import log_derivatives, log_likelihood, log_p_alive
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Gamma, Mixing
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation, ggompertz_nbd_members
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["GGompertzNBD"]

# r, b, s and β of the starts of a fit, in units of the mean T.
STARTS = (
    (1.0, 1.0, 1.0, 1.5),
    (2.0, 0.1, 0.1, 1e-3),  # some leave at once
    (1.0, 4.0, 1.0, 30.0),  # most leave in a time around the mean T
    (1.0, 15.0, 1.0, 1e5),
    (1.0, 20.0, 0.03, 50.0),  # nobody leaves for a while, and then all at a constant rate
    (1.0, 20.0, 0.03, 2e5),
)


@dataclass(frozen=True)
class GGompertzNBD(PurchaseLaw):
    """Purchases at a gamma-distributed rate until a dropout at a rate that grows with the customer's age.

    Parameters
    ----------
    r : float or array
        Shape of the customers' purchase rates λ. > 0.
    alpha : float or array
        Rate of the purchase rates, in units of time: the mean of λ is r/α. > 0.
    b : float or array
        By how much the dropout rate grows: as e^(bt), where t is the time since the first purchase. In 1/time. > 0.
    s : float or array
        Shape of the customers' factors η of the dropout rate η b e^(bt). > 0.
    beta : float or array
        Rate of the factors: the mean of η is s/β. β has no unit; β/b is the rate of ηb, the dropout rates at the
        first purchase, in units of time. > 0.

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    See Also
    --------
    ParetoNBD : The limit b → 0 with β/b fixed: a customer's dropout rate does not change.
    fit_law : Estimates its parameters.

    Notes
    -----
    Source: A. C. Bemmaor and N. Glady (2012), "Modeling Purchasing Behavior with Sudden 'Death': A Flexible Customer
    Lifetime Model", Management Science 58(5). Lifetimes are most likely near
    ln((β − 1)/s)/b where β > 1 + s, else near 0. The integral over the time of dropout is taken by quadrature, to
    eleven digits for all parameters. What a customer alive at T will do is derived anew, since the dropout rate has
    grown by e^(bT) by then; starting it again at its first value, as in the authors' program that the tests of
    CLVTools 0.7 quote, expects too much of customers.

    Examples
    --------
    >>> import clv
    >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
    >>> round(law.expected_purchases(52), 3)
    1.965
    >>> law.p_alive([2, 2], [30, 30], [39, 78]).round(4)
    array([0.8007, 0.1271])
    """

    r: FloatOrArray
    alpha: FloatOrArray
    b: FloatOrArray
    s: FloatOrArray
    beta: FloatOrArray

    name: ClassVar[str] = "ggompertz-nbd"
    title: ClassVar[str] = "GGompertz/NBD"
    _even_times: ClassVar[bool] = True
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "b", "s", "beta")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    measured_in: ClassVar[Mapping[str, str]] = MappingProxyType({"beta": "b"})
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Gamma("s", "beta", of="dropout", label="Rate of leaving per {unit} at the first purchase"),
    )
    at_zero: ClassVar[Mapping[str, str]] = MappingProxyType({"b": LIMITS("leave evenly")})
    at_infinity: ClassVar[Mapping[str, str]] = MappingProxyType({"b": LIMITS("leave at a moment")})

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of time `factor` times shorter: b is a rate, not a length of time.

        Examples
        --------
        >>> import clv
        >>> clv.GGompertzNBD(r=0.5, alpha=10.0, b=0.07, s=0.6, beta=4.0).scaled(7)
        GGompertzNBD(r=0.5, alpha=70.0, b=0.01, s=0.6, beta=4.0)
        """
        return replace(self, alpha=self.alpha * factor, b=self.b / factor)

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history: of its purchase times, of which x, t_x and T are sufficient.

        Notes
        -----
        Bemmaor & Glady (2012), with the integral over the time of dropout as it stands.

        Examples
        --------
        >>> import clv
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> law.log_likelihood([2, 0], [30.43, 0.0], [38.86, 38.86]).round(4)
        array([-9.1519, -0.7034])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_likelihood(*row).reshape(shape))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability is too small for a double.

        Notes
        -----
        One over one plus the ratio of dead to alive, the two terms of the likelihood.

        Examples
        --------
        >>> import clv
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> law.log_p_alive([26, 26], [30.86, 10.0], [31, 31]).round(5)
        array([-2.680000e-03, -1.422238e+01])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_p_alive(*row).reshape(shape))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> GGompertzNBD:
        """The law of each customer's purchases after T if alive then: (r + x, α + T, b, s, 1 + (β − 1)e^(−bT)).

        Examples
        --------
        >>> import clv
        >>> law = clv.GGompertzNBD(r=0.5, alpha=10.0, b=0.05, s=0.6, beta=4.0).posterior(2, 30.0, 40.0)
        >>> law.r, law.alpha, round(law.beta, 4)  # 1 + 3/e²
        (2.5, 50.0, 1.406)
        """
        x, _, T = self.to_history(x, t_x, T)
        life = Lifetimes(np.asarray(self.b), np.asarray(self.s), np.asarray(self.beta))
        later = give(life.aged(T))
        return GGompertzNBD(self.r + x, self.alpha + T, self.b, self.s, later)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected purchases of a new member by time t.

        Notes
        -----
        r/α times the mean time alive until t, the integral of (β/(β + e^(bτ) − 1))^s over τ.

        Examples
        --------
        >>> import clv
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> law.expected_purchases([0, 52]).round(4)
        array([0.    , 1.9648])
        """
        *row, shape = self._rows(to_time(t), names=("b", "s", "beta"))
        return give(np.asarray(self.r / self.alpha * mean_time_alive(*row).reshape(shape)))

    def clock(self) -> Array:
        """The time scale on which customers leave and the rate of purchases falls."""
        return np.asarray(np.log1p(self.beta / np.maximum(1.0, self.s)) / self.b, dtype=float)

    def _discounted(self, horizon: float, force: float) -> Array:
        """r/α times the discounted time alive: also where all customers leave within a short time."""
        t, b, s, beta, shape = self._rows(np.asarray(horizon), names=("b", "s", "beta"))
        return np.asarray(self.r / self.alpha * mean_time_alive(t, b, s, beta, force).reshape(shape))

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n) of a new member; −inf where the probability is 0.

        Notes
        -----
        A negative binomial by time t if alive then, else by the time of dropout, integrated.

        Examples
        --------
        >>> import clv
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> law.pmf([0, 1, 2], 39).round(4)
        array([0.4945, 0.1837, 0.1029])
        """
        *row, shape = self._rows(to_count(n), to_time(t))
        return give(log_pmf(*row).reshape(shape))

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, (h,): an array (h, size)."""
        return pmf_table(size, t, *(np.atleast_1d(getattr(self, name)) for name in self.parameters))

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> members = law.simulate(np.full(100_000, 39.0), np.random.default_rng(0))
        >>> float(members.x.mean().round(1)), round(law.expected_purchases(39), 1)
        (1.6, 1.6)
        """
        check_generator(rng)
        T = np.atleast_1d(to_time(T))
        return ggompertz_nbd_members(T, self.r, self.alpha, self.b, self.s, self.beta, rng)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: log-parameters, each (5,), whose mean purchases agree with the data's.

        Near Pareto/NBD with and without customers who leave at once, and with lifetimes that begin to end later.
        """
        mean_x, mean_T = (float(np.average(column, weights=weights)) for column in (x, T))
        starts = []
        for r, b, s, beta in STARTS:
            life = float(cls(1.0, 1.0, b / mean_T, s, beta).expected_purchases(mean_T))
            starts.append(np.log([r, r * life / max(mean_x, 1e-3), b / mean_T, s, beta]))
        return starts

    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (5, n) and Hessian (5, 5, n) in the log-parameters."""
        *row, _ = self._rows(x, t_x, T)
        return log_derivatives(*row)

    def _rows(self, *columns: Array, names: tuple[str, ...] = parameters) -> tuple[Any, ...]:
        """The columns and the parameters broadcast to rows (n,), and their original shape."""
        values = np.broadcast_arrays(*columns, *(getattr(self, name) for name in names))
        return *(np.ravel(value) for value in values), values[0].shape
