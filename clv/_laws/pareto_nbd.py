"""The Pareto/NBD law (Schmittlein, Morrison & Colombo 1987): purchases at random until a random dropout.

While alive, a customer buys at a rate λ and leaves at a rate μ; between customers λ ~ Gamma(r, α) and
μ ~ Gamma(s, β), independent. Given the history and alive at T, λ ~ Gamma(r + x, α + T) and μ ~ Gamma(s, β +
T): the customer is a member of the same law with updated parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clv._laws.arguments import give, to_count, to_time
from clv._laws.law import Rows
from clv._laws.mixing import Gamma, Mixing
from clv._laws.pareto_nbd_likelihood import log_derivatives, log_likelihood, log_p_alive
from clv._laws.pareto_nbd_pmf import log_pmf, pmf_table
from clv._laws.pareto_nbd_tables import MOST_NODES, Cells, Tables, tables, total_derivatives
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation, pareto_nbd_members
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["ParetoNBD"]


@dataclass(frozen=True)
class ParetoNBD(PurchaseLaw):
    """Purchases at a gamma-distributed rate until a dropout at a gamma-distributed rate.

    Parameters
    ----------
    r : float or array
        Shape of the customers' purchase rates λ. > 0.
    alpha : float or array
        Rate of the purchase rates, in units of time: the mean of λ is r/α. > 0.
    s : float or array
        Shape of the customers' dropout rates μ. > 0.
    beta : float or array
        Rate of the dropout rates, in units of time: the mean of μ is s/β. > 0.

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    See Also
    --------
    BGNBD, MBGNBD : Dropout after a purchase only.
    fit_law : Estimates its parameters.

    Notes
    -----
    Sources: D. C. Schmittlein, D. G. Morrison and R. Colombo (1987), "Counting your customers", Management
    Science 33; P. S. Fader and B. G. S. Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related
    Expressions", whose equations are cited. Their differences of two ₂F₁ cancel; here the integral over the
    time of dropout is taken by quadrature, to the last digits for every α, β and x.

    Examples
    --------
    >>> import clv
    >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> round(law.expected_purchases(52), 3)
    1.473
    >>> round(law.p_alive(26, 30.86, 31), 4)
    0.9979
    """

    r: FloatOrArray
    alpha: FloatOrArray
    s: FloatOrArray
    beta: FloatOrArray

    name: ClassVar[str] = "pareto-nbd"
    title: ClassVar[str] = "Pareto/NBD"
    _even_times: ClassVar[bool] = True
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Gamma("s", "beta", of="dropout"),
    )

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history: of its purchase times, of which x, t_x and T are sufficient.

        Notes
        -----
        Fader & Hardie (2005), eq. 18–20, with the integral over the time of dropout as it stands.

        Examples
        --------
        >>> import clv
        >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> law.log_likelihood([2, 0], [30.43, 0.0], [38.86, 38.86]).round(4)
        array([-9.5543, -0.521 ])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_likelihood(*row).reshape(shape))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability is too small for a double.

        Notes
        -----
        Fader & Hardie (2005), eq. 36–37: one over one plus the ratio of dead to alive.

        Examples
        --------
        >>> import clv
        >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> law.log_p_alive([26, 26], [30.86, 10.0], [31, 31]).round(5)
        array([-2.080000e-03, -1.523527e+01])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_p_alive(*row).reshape(shape))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> ParetoNBD:
        """The law of each customer's purchases after T if alive then: (r + x, α + T, s, β + T).

        Examples
        --------
        >>> import clv
        >>> clv.ParetoNBD(r=0.5, alpha=10.0, s=0.6, beta=12.0).posterior(2, 30.0, 38.0)
        ParetoNBD(r=2.5, alpha=48.0, s=0.6, beta=50.0)
        """
        x, _, T = self.to_history(x, t_x, T)
        return ParetoNBD(self.r + x, self.alpha + T, self.s, self.beta + T)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected purchases of a new member by time t.

        Notes
        -----
        Fader & Hardie (2005), eq. 27: rβ/(α(s−1))·[1 − (β/(β+t))^(s−1)]. With y = ln(1 +
        t/β) the bracket over s − 1 is y·(e^u − 1)/u at u = (1−s)·y, which has no singular point.

        Examples
        --------
        >>> import clv
        >>> clv.ParetoNBD(r=0.553, alpha=10.578, s=1.0, beta=11.669).expected_purchases([0, 52]).round(4)
        array([0.    , 1.0351])
        """
        y = np.log1p(to_time(t) / self.beta)
        return give(np.asarray(self.r / self.alpha * self.beta * y * special.exprel((1 - self.s) * y)))

    def clock(self) -> Array:
        """The time scale on which customers leave and the rate of purchases falls."""
        return np.asarray(self.beta / np.maximum(1.0, self.s), dtype=float)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n) of a new member; −inf where the probability is 0.

        Notes
        -----
        A negative binomial by time t if alive then, else by the time of dropout, integrated: Fader & Hardie
        (2006), "Deriving an Expression for P(X(t) = x) Under the Pareto/NBD Model", eq. 5, before its
        expansion.

        Examples
        --------
        >>> import clv
        >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> law.pmf([0, 1, 2], 39).round(4)
        array([0.5936, 0.1656, 0.0825])
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
        >>> law = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> members = law.simulate(np.full(100_000, 39.0), np.random.default_rng(0))
        >>> float(members.x.mean().round(1)), round(law.expected_purchases(39), 1)
        (1.2, 1.2)
        """
        check_generator(rng)
        T = np.atleast_1d(to_time(T))
        return pareto_nbd_members(T, self.r, self.alpha, self.s, self.beta, rng)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: log-parameters, each (4,), whose mean purchases agree with the data's.

        The likelihood may have two maxima: one where some customers leave at once, and one where none leaves but some
        hardly ever buy.
        """
        mean_x, mean_T = (float(np.average(column, weights=weights)) for column in (x, T))
        starts = []
        for r, s, scale in ((1.0, 1.0, 1.0), (2.0, 0.1, 0.01), (0.4, 0.4, 0.3), (2.0, 0.3, 3.0)):
            life = float(cls(1.0, 1.0, s, scale * mean_T).expected_purchases(mean_T))
            starts.append(np.log([r, r * life / max(mean_x, 1e-3), s, scale * mean_T]))
        return starts

    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln r, ln α, ln s, ln β)."""
        *row, _ = self._rows(x, t_x, T)
        return log_derivatives(*row)

    @classmethod
    def prepared(cls, x: Array, t_x: Array, T: Array, weights: Array) -> tuple[Rows, Tables | None]:
        """The data of a fit, for `total_derivatives`: as rows, and as tables if counts and times recur."""
        return Rows((x, t_x, T), weights), tables(x, t_x, T, weights)

    def total_derivatives(self, data: tuple[Rows, Tables | None]) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives` over `prepared` data: a float, (4,) and (4, 4)."""
        rows, shared = data
        if shared is not None:
            r, alpha, s, beta = (float(getattr(self, name)) for name in self.parameters)
            cells = Cells(r, alpha, s, beta, r + shared.counts, shared.times)
            if cells.nodes_needed <= MOST_NODES:
                return total_derivatives(shared, cells)
        return super().total_derivatives(rows)

    def _rows(self, *columns: Array) -> tuple[Any, ...]:
        """The columns and the parameters broadcast to rows (n,), and their original shape."""
        values = np.broadcast_arrays(*columns, self.r, self.alpha, self.s, self.beta)
        return *(np.ravel(value) for value in values), values[0].shape
