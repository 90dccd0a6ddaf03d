"""The GGompertz/NBD law (Bemmaor & Glady 2012): purchases at random until a dropout that time makes more likely.

While alive, a customer buys at a rate λ and leaves at a rate η b e^(bt), which grows with the time t since the first
purchase; between customers λ ~ Gamma(r, α) and η ~ Gamma(s, β), independent. Given the history and alive at T,
λ ~ Gamma(r + x, α + T), and the rate of leaving at a time t after T is η e^(bT) b e^(bt) with
η e^(bT) ~ Gamma(s, 1 + (β − 1)e^(−bT)): the customer is a member of the same law with updated parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, to_count, to_time
from clv._laws.gamma_gompertz import Lifetimes
from clv._laws.ggompertz_nbd_counts import log_pmf, mean_time_alive, pmf_table
from clv._laws.ggompertz_nbd_likelihood import log_derivatives, log_likelihood, log_p_alive
from clv._laws.mixing import Gamma, Mixing
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation, ggompertz_nbd_members
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["GGompertzNBD"]


@dataclass(frozen=True)
class GGompertzNBD(PurchaseLaw):
    r: FloatOrArray
    alpha: FloatOrArray
    b: FloatOrArray
    s: FloatOrArray
    beta: FloatOrArray

    name: ClassVar[str] = "ggompertz-nbd"
    title: ClassVar[str] = "GGompertz/NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "b", "s", "beta")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Gamma("s", "beta", of="dropout"),
    )

    def scaled(self, factor: float) -> Self:
        return replace(self, alpha=self.alpha * factor, b=self.b / factor)

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_likelihood(*row).reshape(shape))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_p_alive(*row).reshape(shape))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> "GGompertzNBD":
        x, _, T = self.to_history(x, t_x, T)
        later = give(Lifetimes(self.b, self.s, self.beta).aged(T))
        return GGompertzNBD(self.r + x, self.alpha + T, self.b, self.s, later)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        t, b, s, beta, shape = self._rows(to_time(t), names=("b", "s", "beta"))
        return give(np.asarray(self.r / self.alpha * mean_time_alive(t, b, s, beta).reshape(shape)))

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        *row, shape = self._rows(to_count(n), to_time(t))
        return give(log_pmf(*row).reshape(shape))

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, (h,): an array (h, size)."""
        return pmf_table(size, t, *(np.atleast_1d(getattr(self, name)) for name in self.parameters))

    def clock(self) -> Array:
        """The time scale on which customers leave and the rate of purchases falls."""
        return np.asarray(np.log1p(self.beta / np.maximum(1.0, self.s)) / self.b, dtype=float)

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for a time T.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
        >>> members = law.simulate(np.full(100_000, 39.0), np.random.default_rng(0))
        >>> float(members.x.mean().round(2)), round(law.expected_purchases(39), 2)
        (1.38, 1.38)
        """
        check_generator(rng)
        T = np.atleast_1d(to_time(T))
        return ggompertz_nbd_members(T, *(getattr(self, name) for name in self.parameters), rng)

    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        *row, _ = self._rows(x, t_x, T)
        return log_derivatives(*row)

    def _rows(self, *columns: Array, names: tuple[str, ...] = parameters) -> tuple[Any, ...]:
        """The columns and the parameters broadcast to rows (n,), and their original shape."""
        values = np.broadcast_arrays(*columns, *(getattr(self, name) for name in names))
        return *(np.ravel(value) for value in values), values[0].shape
