"""Customers who had joined before a log begins and are alive then: what the log shows of them, as densities.

Let a shop win new customers at the rate ν e^(gs) at time s, the log begin at s = 0, and the shop H before it. Who
joined L before the log and is still alive at its beginning is, by the law's lack of memory, a customer from then on
with the same rates, so that the density of x₁ purchases in a window W of the log, the last at y, is

    ∫₀ᴴ ν e^(−gL) E[P(alive after L) · f(x₁, y, W)] dL,

where the expectation is over customers. Given their rates, how many purchases they made before does not matter.
Under Pareto/NBD P(alive after L) = e^(−μL); under BG/NBD a coin ends purchases at the rate λp, so that it is
e^(−λpL), and under MBG/NBD (1 − p) e^(−λpL). All integrals over L are of one kind, `Ages.log_power`.

Times are in one unit, and every logarithm leaves out ln ν and, apart from the moments, ln Γ(r + x₁)/Γ(r).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

import numpy as np
from scipy import special

from clv._numerics import Array, log_rising

__all__ = ["Ages", "CoinSurvivors", "ParetoSurvivors", "Survivors", "beta_nodes", "rising"]

POINT = 1e16  # largest parameter of a beta distribution
AGES, COINS, DEATHS = (
    12,
    16,
    12,
)  # nodes of the quadratures over ages, chances of leaving and times of leaving
LEAST_CHANCE = 1e-12  # a customer with this chance of leaving never leaves
LARGE = 1e4  # shapes up to which differences of log-gammas keep their digits
FADED = 18.0  # e^-18 of the arrivals are none


@dataclass(frozen=True)
class Ages:
    """How long before the log customers had joined: any time within the shop's past, or times that are known.

    Parameters
    ----------
    growth : float
        g: the rate at which customers join grows as e^(gs).
    past : float
        H, the age of the shop when the log begins.
    known : ndarray of shape (n,), optional
        Each customer's own time L in place of the integral.
    """

    growth: float = 0.0
    past: float = 0.0
    known: Array | None = None

    def log_power(self, base: Array, m: Array, slope: Array) -> Array:
        """ln ∫₀ᴴ e^(−gL) (base + slope·L)^(−m) dL, for m > 0; for known ages the integrand alone, without e^(−gL).

        With base + slope·L = base·e^t the power is an exponential in t, and a further change of variable makes it
        constant: what is left of the integrand is e^(−gL) alone, and at g = 0 one node is exact.
        """
        if self.known is not None:
            return np.asarray(-m * np.log(base + slope * self.known))
        most = self.past if self.growth <= 0 else min(self.past, FADED / self.growth)
        span, k = np.log1p(slope * most / base), m - 1
        near = np.abs(k) < 1e-12
        k = np.where(near, 1e-12, k)
        falls = -np.expm1(-k * span)
        answer = -k * np.log(base) - np.log(slope) + np.log(falls / k)
        if self.growth == 0:
            return np.asarray(answer)
        q, weights = unit_nodes(AGES)
        t = -np.log1p(-q * falls[..., None]) / k[..., None]
        age = np.expm1(t) * (base / slope)[..., None]
        return np.asarray(answer + log_mean_exp(-self.growth * age, weights))


class Survivors(Protocol):
    """Customers of a law who had joined before the log and were alive at its beginning."""

    def alive(self, count: Array, window: Array) -> Array:
        """ln of the density of `count` purchases in the window, alive at its end."""

    def dead(self, count: Array, last: Array, window: Array) -> Array:
        """ln of the same, the last at `last`, and gone by the end of the window; −∞ where nobody can have gone."""

    def core(self, count: Array, last: Array, window: Array) -> Array:
        """The part of `dead` that is smooth in both arguments up to the end of the window, for tables."""

    def shell(self, count: Array, last: Array, window: Array) -> Array:
        """The rest: `dead` is the sum of both."""

    def log_moment(self, count: Array, window: Array, rate: int, dropout: int) -> Array:
        """ln of the integral of λ^rate times μ^dropout (or p^dropout) over those alive, with all factors."""


@dataclass(frozen=True)
class ParetoSurvivors:
    """Of Pareto/NBD: given λ and μ, alive after L with e^(−μL).

    With S(τ) = ∫ e^(−gL) (β/(β+L+τ))^s dL, the share alive at τ in the log, the density is

        Γ(r+x₁)/Γ(r) α^r [(α+W)^(−r−x₁) S(W) + ∫_y^W (α+τ)^(−r−x₁) (−S′(τ)) dτ].
    """

    r: float
    alpha: float
    s: float
    beta: float
    ages: Ages

    def _log_share(self, time: Array, order: int) -> Array:
        """ln of the integral of β^s (β+L+τ)^(−s−order) over ages."""
        one = np.ones(np.shape(time))
        return np.asarray(
            self.s * np.log(self.beta) + self.ages.log_power(self.beta + time, self.s + order * one, one)
        )

    def alive(self, count: Array, window: Array) -> Array:
        """ln of the density of `count` purchases in the window, alive at its end."""
        return np.asarray(
            self.r * np.log(self.alpha)
            - (self.r + count) * np.log(self.alpha + window)
            + self._log_share(window, 0)
        )

    def core(self, count: Array, last: Array, window: Array) -> Array:
        """ln of the mean of −S′ over the times of dropout, weighted with (α+τ)^(−r−x₁)."""
        q, weights = unit_nodes(DEATHS)
        k, span = self._decay(count, last, window)
        k, span = np.broadcast_arrays(k, span)
        falls = -np.expm1(-k * span)
        t = -np.log1p(-q * falls[..., None]) / k[..., None]
        time = (self.alpha + last)[..., None] * np.exp(t) - self.alpha
        ages = self if self.ages.known is None else self._spread()
        return np.asarray(np.log(self.s) + log_mean_exp(ages._log_share(time, 1), weights))

    def _spread(self) -> ParetoSurvivors:
        """With known ages that broadcast with the nodes of a quadrature."""
        known = self.ages.known
        assert known is not None
        return ParetoSurvivors(self.r, self.alpha, self.s, self.beta, Ages(known=known[..., None]))

    def shell(self, count: Array, last: Array, window: Array) -> Array:
        """ln α^r ∫_y^W (α+τ)^(−r−x₁) dτ; −∞ at y = W."""
        k, span = self._decay(count, last, window)
        with np.errstate(divide="ignore"):
            integral = np.log(-np.expm1(-k * span) / k)
        return np.asarray(self.r * np.log(self.alpha) - k * np.log(self.alpha + last) + integral)

    def _decay(self, count: Array, last: Array, window: Array) -> tuple[Array, Array]:
        k = self.r + count - 1
        k = np.where(np.abs(k) < 1e-12, 1e-12, k)
        return k, np.log(np.maximum((self.alpha + window) / (self.alpha + last), 1.0))

    def dead(self, count: Array, last: Array, window: Array) -> Array:
        """ln of the density, gone between the last purchase and the end of the window."""
        return self.shell(count, last, window) + self.core(count, last, window)

    def log_moment(self, count: Array, window: Array, rate: int, dropout: int) -> Array:
        """ln of the integral of λ^rate μ^dropout over those alive."""
        m = self.r + count
        of_rate = rising(self.r, count + rate) - (m + rate) * np.log(self.alpha + window)
        of_dropout = rising(self.s, dropout) + self._log_share(window, dropout)
        return np.asarray(self.r * np.log(self.alpha) + of_rate + of_dropout)


@dataclass(frozen=True)
class CoinSurvivors:
    """Of BG/NBD and MBG/NBD: given λ and p, alive after L with (1 − p)^coins e^(−λpL).

    `coins` is 1 under MBG/NBD, where one is tossed at the first purchase. With A(c) = ∫ e^(−gL) (c + pL)^(−r−x₁) dL
    and k = x₁ + coins the density is

        Γ(r+x₁)/Γ(r) α^r E[(1−p)^k A(α+W) + p (1−p)^(k−1) A(α+y)],   p ~ Beta(a, b).
    """

    r: float
    alpha: float
    a: float
    b: float
    coins: int
    ages: Ages

    def _expected(self, count: Array, time: Array, gone: int, rate: int = 0, dropout: int = 0) -> Array:
        """ln E[p^(gone + dropout) (1−p)^(k − gone) A(α + time)], with the power r + x₁ + rate."""
        count, time = np.broadcast_arrays(np.asarray(count, float), np.asarray(time, float))
        k = count + self.coins - gone
        power = gone + dropout
        p, weights = beta_nodes(self.a + power, self.b + k)
        base = np.broadcast_to((self.alpha + time)[..., None], p.shape)
        m = np.broadcast_to((self.r + count + rate)[..., None], p.shape)
        known = self.ages.known
        ages = self.ages if known is None else Ages(known=known[..., None])
        inner = ages.log_power(base, m, np.maximum(p, LEAST_CHANCE))
        beta = rising(self.a, power) + rising(self.b, k) - rising(self.a + self.b, power + k)
        return np.asarray(self.r * np.log(self.alpha) + beta + log_mean_exp(inner, weights))

    def alive(self, count: Array, window: Array) -> Array:
        """ln of the density of `count` purchases in the window, alive at its end."""
        return self._expected(count, window, gone=0)

    def core(self, count: Array, last: Array, window: Array) -> Array:
        """ln of the density, gone with the last purchase, without its main factor."""
        count = np.maximum(count, 1.0)
        return np.asarray(self._expected(count, last, gone=1) + self._fall(count, last))

    def shell(self, count: Array, last: Array, window: Array) -> Array:
        """ln (α+y)^(1−r−x₁), or −∞ for those without a purchase in the log: only a purchase can be the last."""
        with np.errstate(invalid="ignore"):
            return np.where(count > 0, -self._fall(count, last), -np.inf)

    def _fall(self, count: Array, last: Array) -> Array:
        return np.asarray((self.r + count - 1) * np.log(self.alpha + last))

    def dead(self, count: Array, last: Array, window: Array) -> Array:
        """ln of the density, gone with the last purchase."""
        return self.shell(count, last, window) + self.core(count, last, window)

    def log_moment(self, count: Array, window: Array, rate: int, dropout: int) -> Array:
        """ln of the integral of λ^rate p^dropout over those alive."""
        density = self._expected(count, window, gone=0, rate=rate, dropout=dropout)
        return np.asarray(density + rising(self.r, count + rate))


def rising(z: Array | float, n: Array | float) -> Array:
    """ln Γ(z + n)/Γ(z)."""
    z, n = np.asarray(z, dtype=float), np.asarray(n, dtype=float)
    if np.max(z, initial=0.0) < LARGE:
        return np.asarray(special.gammaln(z + n) - special.gammaln(z))
    return log_rising(z, n)


def log_mean_exp(values: Array, weights: Array) -> Array:
    """ln Σ w e^v over the last axis, for weights that sum to 1."""
    most = values.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore"):
        return np.asarray(most[..., 0] + np.log((np.exp(values - most) * weights).sum(axis=-1)))


@cache
def unit_nodes(count: int) -> tuple[Array, Array]:
    """Nodes and weights of a quadrature over q on (0, 1) of functions of ln(1 − q): Gauss–Legendre in (1 − q)^(1/3)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    rest = (1 - nodes) / 2
    return 1 - rest**3, 3 * rest**2 * weights / 2


def beta_nodes(a: float, b: Array) -> tuple[Array, Array]:
    """Gauss–Jacobi nodes and weights, (…, COINS) each, for expectations over Beta(a, b) at each b."""
    distinct, place = np.unique(np.asarray(b, dtype=float), return_inverse=True)
    # Beyond that a beta distribution is one point, a/(a + b), to eight digits, and squares overflow.
    small = min(1.0, POINT / max(float(a), float(distinct[-1]))) if len(distinct) else 1.0
    nodes, weights = _jacobi(float(a) * small, (distinct * small).tobytes())
    place = place.reshape(np.shape(b))
    return nodes[place], weights[place]


@lru_cache(maxsize=64)
def _jacobi(a: float, b: bytes) -> tuple[Array, Array]:
    """Nodes and weights, (m, COINS) each: eigenvalues, and first components of the eigenvectors, of the Jacobi matrix.

    Golub & Welsch 1969. They are kept, since derivatives in other parameters need the same.
    """
    many = np.frombuffer(b)
    n = np.arange(COINS)[:, None]
    # Monic recurrence of the Jacobi polynomials on (0, 1) for the weight p^(a−1) (1−p)^(b−1).
    c = a + many - 2
    two = 2 * n + c
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = 0.5 + (a - many) * c / (2 * two * (two + 2))
        side = n * (n + a - 1) * (n + many - 1) * (n + c) / (two**2 * (two + 1) * (two - 1))
    centre[0] = a / (a + many)
    side[1] = a * many / ((a + many) ** 2 * (a + many + 1))  # where n + c cancels against 2n + c − 1
    matrix = np.zeros((len(many), COINS, COINS))
    i = np.arange(COINS)
    matrix[:, i, i] = centre.T
    matrix[:, i[1:], i[:-1]] = matrix[:, i[:-1], i[1:]] = np.sqrt(side[1:].T)
    nodes, vectors = np.linalg.eigh(matrix)
    return np.clip(nodes, 0.0, 1.0), vectors[:, 0, :] ** 2
