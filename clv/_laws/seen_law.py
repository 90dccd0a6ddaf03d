"""A purchase law as a log shows its customers that begins in the middle of their history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.arguments import give, to_history
from clv._laws.beta_geometric_law import BetaGeometricLaw
from clv._laws.pareto_nbd import ParetoNBD
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.simulation import Simulation
from clv._laws.survivors import Ages, CoinSurvivors, ParetoSurvivors, Survivors, rising
from clv._numerics import Array, FloatOrArray, log_add, unique_rows

__all__ = ["SeenLaw", "Smooth", "has_survivors", "survivors_of"]

TABULATED = 600  # rows from which a table of the smooth part is worth its nodes
COUNTS, TIMES = 14, 16  # its nodes
SEEN_FROM = 1e-9  # of the window: customers known for at least as long had joined before the log


def has_survivors(law_class: type[Any]) -> bool:
    """Whether it is known how a law's customers look whose history a log cuts off."""
    return issubclass(law_class, (ParetoNBD, BetaGeometricLaw))


def survivors_of(law: PurchaseLaw, ages: Ages) -> Survivors:
    """The customers of a law, without arrays of parameters, who had joined before the log."""
    first, second, third, fourth = (float(np.asarray(getattr(law, name))) for name in law.parameters)
    if isinstance(law, ParetoNBD):
        return ParetoSurvivors(first, second, third, fourth, ages)
    assert isinstance(law, BetaGeometricLaw)
    return CoinSurvivors(first, second, third, fourth, law.first_coin, ages)


@dataclass(frozen=True)
class Smooth:
    """Values at many (x₁, y) of a function that is smooth in both, from a table of it: Chebyshev in both.

    Parameters
    ----------
    count, last : ndarray of shape (n,)
        Where it is needed.
    window : float
        The largest possible `last`.
    """

    count: Array
    last: Array
    window: float

    def __post_init__(self) -> None:
        distinct, place = np.unique(self.count, return_inverse=True)
        if len(distinct) <= COUNTS:
            counts, of_count = distinct, np.eye(len(distinct))
        else:
            low, high = np.log(distinct[0] + 0.5), np.log(distinct[-1] + 0.5)
            counts = np.exp(low + (high - low) * (chebyshev_nodes(COUNTS) + 1) / 2) - 0.5
            of_count = interpolation(2 * (np.log(distinct + 0.5) - low) / (high - low) - 1, COUNTS)
        shift = self.window / 50
        low, high = np.log(shift), np.log(self.window + shift)
        times = np.exp(low + (high - low) * (chebyshev_nodes(TIMES) + 1) / 2) - shift
        of_time = interpolation(2 * (np.log(self.last + shift) - low) / (high - low) - 1, TIMES)
        grid = np.meshgrid(counts, np.clip(times, 0.0, self.window), indexing="ij")
        object.__setattr__(self, "_grid", (grid[0].ravel(), grid[1].ravel()))
        object.__setattr__(self, "_bases", (of_count, place.reshape(-1), of_time))

    @property
    def grid(self) -> tuple[Array, Array]:
        """The points at which the function is to be evaluated, each (m,)."""
        return self._grid  # type: ignore[attr-defined,no-any-return]

    def __call__(self, values: Array) -> Array:
        """The function at (count, last), (n,), from its values on the grid, (m,)."""
        of_count, place, of_time = self._bases  # type: ignore[attr-defined]
        by_count = of_count @ values.reshape(-1, TIMES)
        return np.asarray(np.einsum("ij,ij->i", by_count[place], of_time))


def chebyshev_nodes(count: int) -> Array:
    """Chebyshev points of the first kind on (−1, 1)."""
    return np.asarray(np.cos((2 * np.arange(count) + 1) * np.pi / (2 * count)))


def interpolation(at: Array, count: int) -> Array:
    """The matrix (n, count) that takes values at the Chebyshev points to values of their polynomial at `at`."""
    k = np.arange(count)
    to_coefficients = 2 / count * np.cos(np.outer(k, np.arccos(chebyshev_nodes(count))))
    to_coefficients[0] /= 2
    return np.asarray(np.cos(np.outer(np.arccos(np.clip(at, -1, 1)), k)) @ to_coefficients)


@dataclass(frozen=True)
class SeenLaw(PurchaseLaw):
    """The law of customers whom a log shows from its beginning on, though the shop is older.

    A customer with a history (x, t_x, T) was first seen W − T after the log's beginning, W being the log's length.
    With T < W they joined then, or had joined before and only came back: a mixture, with the weights of `parts`. With
    T ≥ W it is known that they joined T − W before the log; x are then their purchases in the log, and t_x is the
    time from the first purchase of all to the last. All other methods are those of a new member.

    Parameters
    ----------
    law : PurchaseLaw
        Of a new member, without arrays of parameters.
    growth : float
        g: the rate at which customers join grows as e^(gs).
    past : float
        Age of the shop when the log begins; 0 where nobody can have joined before it unknown.
    window : float or ndarray of shape (n,)
        W: length of the log, in the law's unit of time.
    """

    law: PurchaseLaw
    growth: float = 0.0
    past: float = 0.0
    window: Any = 0.0

    parameters: ClassVar[tuple[str, ...]] = ()
    data_columns: ClassVar[tuple[str, ...]] = ("frequency", "recency", "T")

    @property
    def log_parameters(self) -> Array:
        """Those of the law; then the growth within the window, and the logarithm of the past, if it is estimated."""
        if self.past <= 0:
            return self.law.log_parameters
        more = [self.growth * self.past, np.log(self.past)]
        return np.append(self.law.log_parameters, more)

    def within(self, window: float) -> SeenLaw:
        """The same of a log of another length, which began on the same day."""
        return replace(self, window=window)

    def later(self, silent: Any) -> SeenLaw:
        """The same after a silence of everybody, or of each customer's own length."""
        return replace(self, window=self.window + silent)

    def parts(self, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
        """ln of the densities: new and alive, new and gone, old and alive, old and gone; −∞ where impossible."""
        x, t_x, T, window = np.broadcast_arrays(x, t_x, T, np.asarray(self.window, dtype=float))
        shape, rows = x.shape, [np.ravel(each).astype(float) for each in (x, t_x, T, window)]
        known = rows[2] >= rows[3] * (1 - SEEN_FROM)
        parts = np.full((4, len(known)), -np.inf)
        for some, of_some in ((known, self._known_parts), (~known, self._unknown_parts)):
            if some.any():
                parts[:, some] = of_some(*(each[some] for each in rows))
        return tuple(part.reshape(shape) for part in parts)  # type: ignore[return-value]

    def _unknown_parts(self, x: Array, t_x: Array, T: Array, window: Array) -> Array:
        since = window - T
        whole = self.growth * since + np.asarray(self.law.log_likelihood(x, t_x, T))
        log_alive = np.asarray(self.law.log_p_alive(x, t_x, T))
        with np.errstate(divide="ignore"):
            gone = whole + np.log(-np.expm1(np.minimum(log_alive, 0.0)))
        nobody = np.full(len(x), -np.inf)
        if self.past <= 0:
            return np.array([whole + log_alive, gone, nobody, nobody])
        alive, dead = self.old(x + 1, since + t_x, window, Ages(self.growth, self.past))
        return np.array([whole + log_alive, gone, alive, dead])

    def _known_parts(self, x: Array, t_x: Array, T: Array, window: Array) -> Array:
        age = np.maximum(T - window, 0.0)
        last = np.where(x > 0, np.clip(t_x - age, 0.0, window), 0.0)
        alive, dead = self.old(x, last, window, Ages(known=age))
        nobody = np.full(len(x), -np.inf)
        return np.array([nobody, nobody, alive, dead])

    def old(
        self, count: Array, last: Array, window: Array, ages: Ages, smooth: Smooth | None = None
    ) -> tuple[Array, Array]:
        """ln of the densities of `count` purchases in the log, the last at `last`: alive, and gone."""
        found = survivors_of(self.law, ages)
        front = rising(self._shape, count)
        if ages.known is not None or len(np.unique(window)) > 1:
            alive, dead = found.alive(count, window), found.dead(count, last, window)
            return front + alive, front + dead
        first, place = unique_rows(count)
        alive = found.alive(count[first], window[first])[place]
        if smooth is None and len(count) >= TABULATED:
            smooth = Smooth(count, last, float(window[0]))
        if smooth is None:
            core = found.core(count, last, window)
        else:
            counts, times = smooth.grid
            core = smooth(found.core(counts, times, np.full(len(counts), smooth.window)))
        return front + alive, front + found.shell(count, last, window) + core

    @property
    def _shape(self) -> float:
        return float(np.asarray(getattr(self.law, self.law.parameters[0])))

    def log_seen(self, after: float = 0.0, age: Array | None = None) -> Array:
        """ln of how many are seen: ∫ e^(gs) ds of the new and the share of the old, in (after, W].

        For known ages the probability alone that an old customer is still alive and buys in the window, (n,).
        """
        ages = Ages(self.growth, self.past) if age is None else Ages(known=age)
        window = float(self.window)
        if age is None and self.past <= 0:
            return np.asarray(_log_arrivals(self.growth, after, window))
        found, nil = survivors_of(self.law, ages), np.zeros(1 if age is None else len(age))

        def without(time: float) -> Array:
            at = np.full(nil.shape, time)
            return log_add(found.alive(nil, at), found.dead(nil, nil, at)) if time else found.alive(nil, at)

        early, late = without(after), without(window)
        seen = early + np.log(-np.expm1(np.minimum(late - early, -1e-300)))
        if age is not None:
            return seen
        return np.asarray(np.logaddexp(seen[0], _log_arrivals(self.growth, after, window)))

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln of the density of each history among all that are seen, for one window."""
        x, t_x, T = to_history(x, t_x, T)
        parts = self.parts(x, t_x, T)
        known = np.asarray(self.window * (1 - SEEN_FROM) <= T)
        answer = np.logaddexp.reduce(parts) - (0.0 if self.past <= 0 else self.log_seen())
        if known.any():
            age = np.maximum(T - self.window, 0.0)[known]
            answer = np.array(np.broadcast_to(answer, known.shape))
            answer[known] = np.logaddexp.reduce(parts)[known] - self.log_seen(age=age)
        return give(np.asarray(answer))

    def log_behaviour(self, x: Array, t_x: Array, T: Array) -> Array:
        """ln of the density of what customers did after they were first seen, given when that was, for one window.

        A law that takes everybody for new has its log-likelihood in this place: the two compare, whatever is assumed
        of how many customers join when.
        """
        since = self.window - T
        first, place = unique_rows(since)
        at, one = since[first], np.ones(len(first))
        old = np.logaddexp(*self.old(one, at, at, Ages(self.growth, self.past)))
        seen = np.logaddexp(old, self.growth * at)
        return np.asarray(np.logaddexp.reduce(self.parts(x, t_x, T)) - seen[place])

    def share_old(self, x: Array, t_x: Array, T: Array) -> Array:
        """P(joined before the log) of each customer."""
        new_alive, new_gone, alive, gone = self.parts(x, t_x, T)
        old = np.logaddexp(alive, gone)
        return np.asarray(np.exp(old - np.logaddexp(old, np.logaddexp(new_alive, new_gone))))

    def log_p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> FloatOrArray:
        """ln P(alive at T | x, t_x, T), new or old."""
        new_alive, new_gone, alive, gone = self.parts(*to_history(x, t_x, T))
        living = np.logaddexp(new_alive, alive)
        return give(np.asarray(living - np.logaddexp(living, np.logaddexp(new_gone, gone))))

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> PurchaseLaw:
        """The law of each customer's purchases after T if alive then.

        A mixture of the members that a new customer and old ones of every age would be. It is given as the one member
        of the law that has the mixture's mean and variance of λ, and those of the dropout as far as purchases depend
        on them: of μ weighted with λ, of p weighted with λ². So E[X(t)] agrees with the mixture's in its first three
        (BG/NBD: two) derivatives at t = 0; see the tests for what this is worth at a horizon.
        """
        columns = np.broadcast_arrays(*to_history(x, t_x, T), np.asarray(self.window, dtype=float))
        shape, rows = columns[0].shape, [np.ravel(each) for each in columns]
        known = rows[2] >= rows[3] * (1 - SEEN_FROM)
        answer = np.empty((4, len(known)))
        if known.any():
            count, age, window = rows[0][known], (rows[2] - rows[3])[known], rows[3][known]
            of_old = survivors_of(self.law, Ages(known=np.maximum(age, 0.0)))
            answer[:, known] = self._matched(lambda *k: of_old.log_moment(count, window, *k))
        new = ~known
        if new.any():
            answer[:, new] = self._mixed(*(each[new] for each in rows))
        member = type(self.law.posterior(1.0, 1.0, 1.0))
        return member(*(each.reshape(shape) for each in answer))

    def _mixed(self, x: Array, t_x: Array, T: Array, window: Array) -> Array:
        member = self.law.posterior(x, t_x, T)
        fresh = np.array(np.broadcast_arrays(*(getattr(member, name) for name in member.parameters), x)[:4])
        if self.past <= 0:
            return np.asarray(fresh)
        new = self.growth * (window - T) + np.asarray(self.law.log_likelihood(x, t_x, T))
        new = np.asarray(new + np.asarray(self.law.log_p_alive(x, t_x, T)))
        first, place = unique_rows(x, window)
        found = survivors_of(self.law, Ages(self.growth, self.past))

        def moment(rate: int, dropout: int) -> Array:
            old = found.log_moment(x[first] + 1, window[first], rate, dropout)[place]
            return np.asarray(np.logaddexp(old, new + self._member_moment(fresh, rate, dropout)))

        return self._matched(moment)

    def _member_moment(self, member: Array, rate: int, dropout: int) -> Array:
        """ln E[λ^rate μ^dropout], or with p, of members of the law."""
        first, second, third, fourth = member
        of_rate = rising(first, rate) - rate * np.log(second)
        if isinstance(self.law, ParetoNBD):
            return np.asarray(of_rate + rising(third, dropout) - dropout * np.log(fourth))
        return np.asarray(of_rate + rising(third, dropout) - rising(third + fourth, dropout))

    def _matched(self, moment: Any) -> Array:
        """The parameters (4, n) of members with the moments given as logarithms."""
        none, one, two = moment(0, 0), moment(1, 0), moment(2, 0)
        mean = np.exp(one - none)
        spread = np.maximum(np.exp(two - none) - mean**2, 1e-14 * mean**2)
        weight, at = (1, one) if isinstance(self.law, ParetoNBD) else (2, two)
        leaves, squared = np.exp(moment(weight, 1) - at), np.exp(moment(weight, 2) - at)
        apart = np.maximum(squared - leaves**2, 1e-14 * leaves**2)
        if isinstance(self.law, ParetoNBD):
            return np.array([mean**2 / spread, mean / spread, leaves**2 / apart, leaves / apart])
        size = np.maximum(leaves * (1 - leaves) / apart - 1, 1e-9)
        return np.array([mean**2 / spread, mean / spread, leaves * size, (1 - leaves) * size])

    def expected_purchases(self, t: ArrayLike) -> FloatOrArray:
        """E[X(t)] of a new member."""
        return self.law.expected_purchases(t)

    def log_pmf(self, n: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln P(X(t) = n) of a new member."""
        return self.law.log_pmf(n, t)

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> Simulation:
        """New members."""
        return self.law.simulate(T, rng)


def _log_arrivals(growth: float, start: float, end: float) -> float:
    """ln ∫ e^(gs) ds from start to end."""
    length, g = end - start, growth
    if abs(g * length) < 1e-9:
        return float(np.log(length) + g * (start + end) / 2)
    return (
        float(g * start + np.log(np.expm1(g * length) / g))
        if g * length < 700
        else float(g * end - np.log(g))
    )
