"""The BG/BB law (Fader, Hardie & Shang 2010): one purchase or none in each period, until a dropout.

While alive, a customer buys in a period with probability p and leaves at the start of a period with
probability θ; between customers p ~ Beta(α, β) and θ ~ Beta(γ, δ), independent. Given the history and alive
at n, p ~ Beta(α + x, β + n − x) and θ ~ Beta(γ, δ + n): the customer is a member of the same law with updated
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, to_count, to_periods
from clv._laws.bg_bb_derivatives import log_derivatives
from clv._laws.bg_bb_periods_alive import discounted_alive, periods_alive
from clv._laws.bg_bb_sums import log_likelihood, log_p_alive, log_pmf
from clv._laws.mixing import Beta, Mixing
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation, bg_bb_members
from clv._numerics import Array, FloatOrArray, exp, log_rising
from rfm._options import check_generator

__all__ = ["BGBB"]


@dataclass(frozen=True)
class BGBB(PurchaseLaw):
    """One purchase or none in each period, and a dropout before each, both with beta-distributed chances.

    Parameters
    ----------
    alpha, beta : float or array
        Beta law of the customers' chances p of a purchase in a period: the mean is α/(α + β). > 0.
    gamma, delta : float or array
        Beta law of the customers' chances θ of leaving before a period: the mean is γ/(γ + δ). > 0.

    Raises
    ------
    DataError
        A parameter is not finite and above 0.

    See Also
    --------
    BGNBD : Purchases in continuous time.
    fit_law : Estimates its parameters.

    Notes
    -----
    Time is a whole number of periods, as `clv.summarize(tx, discrete=…)` counts them: n_periods follow the
    period of the first purchase, t_x is the last of them with a purchase, and x ≤ t_x have one.

    Source: P. S. Fader, B. G. S. Hardie and J. Shang (2010), "Customer-Base Analysis in a Discrete-Time
    Noncontractual Setting", Marketing Science 29, 1086–1108, whose equations are cited.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> law.conditional_expected_purchases(10, [0, 4], [0, 5], 6).round(2)
    array([0.13, 3.63])
    """

    alpha: FloatOrArray
    beta: FloatOrArray
    gamma: FloatOrArray
    delta: FloatOrArray

    name: ClassVar[str] = "bg-bb"
    title: ClassVar[str] = "BG/BB"
    mixing: ClassVar[tuple[Mixing, ...]] = (
        Beta("alpha", "beta", of="purchase chance", covariates=False),
        Beta("gamma", "delta", of="dropout", label="Chance of leaving before a period", covariates=False),
    )
    discrete: ClassVar[bool] = True

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """Log-likelihood of each history, a sequence of periods (Fader, Hardie & Shang 2010, section 3).

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> law.log_likelihood([0, 4], [0, 5], 6).round(4)
        array([-1.1673, -5.0957])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_likelihood(*row).reshape(shape))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at n | x, t_x, n), before the coin of period n + 1.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> law.log_p_alive([0, 6], [0, 6], 6).round(4)
        array([-2.1533, -0.    ])
        """
        *row, shape = self._rows(*self.to_history(x, t_x, T))
        return give(log_p_alive(*row).reshape(shape))

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, ahead: int = 0) -> FloatOrArray:
        """P(alive at n + ahead | x, t_x, n); at ahead=1 eq. 11 of Fader, Hardie & Shang (2010).

        Parameters
        ----------
        x, t_x, T : array_like of whole numbers, (n,)
            Periods with a purchase, the last of them, and periods observed since that of the first purchase.
        ahead : int
            Periods after n that the customer survives too.

        Returns
        -------
        float or (n,) ndarray

        Raises
        ------
        DataError
            A history is invalid; `ahead` is not whole or below 0.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> law.p_alive([0, 6], [0, 6], 6, ahead=1).round(4)
        array([0.108 , 0.9304])
        """
        history, steps = self.to_history(x, t_x, T), to_count(ahead)
        stay, both = self.delta + history[2], self.gamma + self.delta + history[2]
        log_coins = log_rising(np.asarray(stay), steps) - log_rising(np.asarray(both), steps)
        return give(exp(np.asarray(self.log_p_alive(*history)) + log_coins))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGBB:
        """The law of each customer's purchases after n if alive then: (α + x, β + n − x, γ, δ + n).

        Examples
        --------
        >>> import clv
        >>> clv.BGBB(alpha=1.5, beta=0.75, gamma=0.5, delta=2.75).posterior(4, 5, 6)
        BGBB(alpha=5.5, beta=2.75, gamma=0.5, delta=8.75)
        """
        x, _, n = self.to_history(x, t_x, T)
        return BGBB(self.alpha + x, self.beta + (n - x), self.gamma, self.delta + n)

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)] of a new member: the chance of a purchase times the periods expected alive.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=1.0, delta=2.783)
        >>> law.expected_purchases([0, 1, 10]).round(4)
        array([0.    , 0.4533, 2.3907])
        """
        chance = self.alpha / (self.alpha + self.beta)
        return give(np.asarray(chance * periods_alive(to_periods(t), self.gamma, self.delta)))

    def discounted_periods(self, periods: int, force: float) -> Array:
        """Σ e^(−force·i) P(a purchase in period i) of a new member over the periods 1 … `periods`."""
        chance = self.alpha / (self.alpha + self.beta)
        return np.asarray(chance * discounted_alive(periods, self.gamma, self.delta, force))

    def clock(self) -> Array:
        """The number of periods over which customers leave and the chance of a purchase falls."""
        return np.asarray((self.gamma + self.delta) / self.gamma, dtype=float)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n), Fader, Hardie & Shang (2010), eq. 7: a sum of t − n + 1 terms; −inf where n > t.

        Examples
        --------
        >>> import clv
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> law.pmf([0, 1, 6, 7], 6).round(4)
        array([0.3112, 0.1701, 0.1128, 0.    ])
        """
        *row, shape = self._rows(to_count(n), to_periods(t))
        return give(log_pmf(*row).reshape(shape))

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members, each observed for the periods 1 … T.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> members = law.simulate(np.full(100_000, 10), np.random.default_rng(0))
        >>> float(members.x.mean().round(1)), round(law.expected_purchases(10), 1)
        (3.2, 3.2)
        """
        check_generator(rng)
        n = np.atleast_1d(to_periods(T))
        return bg_bb_members(n, self.alpha, self.beta, self.gamma, self.delta, rng)

    @classmethod
    def starts(cls, x: Array, t_x: Array, T: Array, weights: Array) -> list[Array]:
        """Where to begin a fit: log-parameters, each (4,), whose mean purchases agree with the data's.

        The likelihood may have two maxima: one where some customers leave at once, and one where none leaves but some
        hardly ever buy.
        """
        mean_x, mean_n = (float(np.average(column, weights=weights)) for column in (x, T))
        starts = []
        for strength, gamma, delta in (
            (1.0, 0.4, 2.0),
            (4.0, 0.5, 0.2),
            (4.0, 0.3, 4 * mean_n),
            (2.0, 3.0, 10.0),
        ):
            alive = float(periods_alive(np.maximum(mean_n, 1.0), gamma, delta))
            chance = min(max(mean_x / alive, 0.02), 0.95)
            starts.append(np.log([strength * chance, strength * (1 - chance), gamma, delta]))
        return starts

    def derivatives(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (4, n) and Hessian (4, 4, n) in (ln α, ln β, ln γ, ln δ)."""
        *row, _ = self._rows(x, t_x, T)
        return log_derivatives(*row)

    def _rows(self, *columns: Array) -> tuple[Any, ...]:
        """The columns and the parameters broadcast to rows (n,), and their original shape."""
        values = np.broadcast_arrays(*columns, self.alpha, self.beta, self.gamma, self.delta)
        return *(np.ravel(value) for value in values), values[0].shape
