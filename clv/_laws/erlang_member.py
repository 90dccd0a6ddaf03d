"""A customer of BG/CNBD-k or MBG/CNBD-k from some day on: in the middle of a gap between two purchases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws import erlang, erlang_counts
from clv._laws.arguments import give, refuse, to_count, to_floats, to_time
from clv._laws.beta_geometric import Parameters, clock
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Beta, Gamma, Mixing
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation
from clv._numerics import Array, FloatOrArray
from rfm._options import check_generator

__all__ = ["ErlangMember"]


@dataclass(frozen=True)
class ErlangMember(PurchaseLaw):
    """A customer who is alive and bought last some time ago, with gaps of k phases: what `posterior` gives.

    Phases end at rate λ ~ Gamma(r, α); of the current gap fewer than k have, in the time `waited`. After each purchase
    the customer leaves with probability p ~ Beta(a, b).

    Parameters
    ----------
    r, alpha, a, b : float or (n,) array, > 0
        As in `BGCNBD`, before the current gap is considered, at its present length: α includes the time waited.
    waited : float or (n,) array
        Time since the last purchase, from 0 to below α.
    k : int
        Phases of a gap.
    """

    r: FloatOrArray
    alpha: FloatOrArray
    a: FloatOrArray
    b: FloatOrArray
    waited: FloatOrArray = 0.0
    k: int = 1

    name: ClassVar[str] = "erlang-member"
    title: ClassVar[str] = "(M)BG/CNBD-k"
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Gamma("r", "alpha", of="purchase rate"),
        Beta("a", "b", of="dropout", label="Chance of leaving after a repeat purchase"),
    )
    leavers: ClassVar[str] = LIMITS("those who bought again")
    reads_silence: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        waited = to_floats("ErlangMember: waited", self.waited)
        refuse(
            ~((waited >= 0) & (waited < self.alpha)),
            "ErlangMember: waited must be 0 or more and below alpha",
            "alpha includes the time waited.",
            waited=waited,
            alpha=np.asarray(self.alpha),
        )
        object.__setattr__(self, "waited", give(waited))

    @property
    def _values(self) -> Parameters:
        return Parameters(*(np.asarray(getattr(self, name)) for name in self.parameters))

    @property
    def _wait(self) -> Array:
        return np.asarray(self.waited, dtype=float)

    @classmethod
    def may_leave(cls, x: ArrayLike) -> NDArray[np.bool_]:
        """Who bought again: customers leave after a repeat purchase only."""
        return np.asarray(x) > 0

    def scaled(self, factor: float) -> Self:
        """The same law in a unit of time `factor` times shorter."""
        return replace(self, alpha=self.alpha * factor, waited=self.waited * factor)

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of what the customer does from now on; without `log_gap_term`."""
        x, t_x, T = self.to_history(x, t_x, T)
        return give(erlang.log_likelihood(self._values, self.k, self._wait, x, x, t_x, T))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T): finite where the probability underflows."""
        x, t_x, T = self.to_history(x, t_x, T)
        return give(erlang.log_p_alive(self._values, self.k, self._wait, x, x, t_x, T))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> ErlangMember:
        """The law of each customer's purchases after T if alive then."""
        x, t_x, T = self.to_history(x, t_x, T)
        return ErlangMember(
            self.r + self.k * x,
            self.alpha + T,
            self.a + 0 * x,
            self.b + x,
            np.where(x > 0, T - t_x, self._wait + T),
            self.k,
        )

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)]: expected purchases from now on by time t."""
        return give(erlang_counts.expected_purchases(self._values, self.k, self._wait, to_time(t)))

    def summed_purchases(self, t: Array, weights: Array) -> Array:
        """Σ w E[X(t)] over the first axis of t and w ≥ 0: for discounting."""
        return erlang_counts.summed_purchases(self._values, self.k, self._wait, t, weights)

    def clock(self) -> Array:
        """The time scale on which customers leave and expected purchases level off."""
        return clock(Parameters(self._values.r / self.k, *self._values[1:]))

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n); −∞ for n > 0 at t = 0."""
        return give(erlang_counts.log_pmf(self._values, self.k, self._wait, to_count(n), to_time(t)))

    def pmf_table(self, size: int, t: float) -> Array:
        """P(X(t) = n) for n = 0 … size − 1 and each of a law's parameters, (h,): an array (h, size)."""
        return erlang_counts.pmf_table(self._values, self.k, self._wait, size, t)

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """These customers, each observed for a time T from now on."""
        check_generator(rng)
        return erlang_counts.simulate(self._values, self.k, self._wait, np.atleast_1d(to_time(T)), 0, rng)
