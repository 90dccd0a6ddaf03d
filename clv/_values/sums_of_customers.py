"""The randomness of sums over customers: the distribution of a sum of independent customers, given their moments.

The variances and third moments of the customers add up to those of the sum. Where they cannot be computed they are
estimated from simulated futures, in which each customer's deviation from its expectation is known: squares and cubes of
these, summed over customers, estimate the variance and the skewness of the sum far better than the sum itself does.

What is common to all customers is not luck: it multiplies all sums of a draw by one factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

__all__ = ["Luck", "mixture_bounds", "mixture_draws", "with_common_error"]

Array = NDArray[np.float64]

MONEY = 1  # the place of money among the measures
CELLS, LEAST = 16_384, 8  # draws × quantiles of luck in a mixture, and the fewest of these for each draw
FINE = 1_024  # quantiles that are tabulated
GOLDEN = 0.6180339887498949  # whose multiples lie evenly
SYMMETRIC = 0.01  # skewness below which the normal distribution is used


@dataclass(frozen=True)
class Luck:
    """Moments of sums about their expectations, arrays of equal shape; added up over futures.

    Attributes
    ----------
    expected : ndarray
        Expectations of the sums.
    square, cube : ndarray
        Sums over customers of the squares and cubes of their deviations.
    """

    expected: Array
    square: Array
    cube: Array

    def __add__(self, other: Luck) -> Luck:
        return Luck(self.expected + other.expected, self.square + other.square, self.cube + other.cube)

    @property
    def stacked(self) -> tuple[Array, Array, Array]:
        """The three moments."""
        return self.expected, self.square, self.cube

    def over(self, futures: int) -> Luck:
        """Of one future, where the moments are added up over some."""
        return Luck(*(moment / futures for moment in self.stacked))

    def part(self, k: int) -> Luck:
        """The moments of one measure, along the first axis."""
        return Luck(self.expected[k], self.square[k], self.cube[k])

    def spread(self, mean: Array) -> Array:
        """Standard deviation of sums whose expectation is `mean`: their variance grows with it."""
        ratio = np.divide(self.square, self.expected, out=np.zeros_like(self.square), where=self.expected > 0)
        return np.asarray(np.sqrt(ratio * mean))

    def skewness(self) -> Array:
        """Skewness of a sum, from the moments of one future."""
        return np.asarray(
            np.divide(self.cube, self.square**1.5, out=np.zeros_like(self.cube), where=self.square > 0)
        )


def mixture_bounds(
    means: Array, luck: Luck, mass: float, factors: Array | None = None
) -> tuple[Array, Array]:
    """Bounds of sums with uncertain expectations, a common error and random deviations.

    Parameters
    ----------
    means : ndarray of shape (draws, c)
        Expectations of c sums at equally likely draws of the parameters.
    luck : Luck
        Of the sums, (c,), in one future.
    mass : float
        Of the interval.
    factors : ndarray of shape (size,) or (size, c), optional
        Equally likely factors of all sums, or of each; by default the expectations are taken as they are.

    Returns
    -------
    low, high : ndarray of shape (c,)
        Quantiles of the mixture of gamma distributions, shifted and scaled to each draw's moments (Pearson's type III).
    """
    means = common(means, factors)
    rows, points = len(means), max(LEAST, -(-CELLS // max(len(means), 1)))
    # Each draw has quantiles of luck of its own, evenly apart and shifted, so that all draws together have all.
    shift = (GOLDEN * (np.arange(rows) + 0.5)) % 1.0
    place = ((np.arange(points) + shift[:, None]) / points * FINE).astype(np.int64)
    u = (np.arange(FINE) + 0.5) / FINE
    low, high = np.empty(means.shape[1]), np.empty(means.shape[1])
    spreads = luck.spread(means)
    for c, skewness in enumerate(luck.skewness()):
        values = means[:, c, None] + spreads[:, c, None] * standardised(u, float(skewness))[place]
        low[c], high[c] = np.quantile(values.clip(min=0), [(1 - mass) / 2, (1 + mass) / 2])
    return low, high


def mixture_draws(means: Array, luck: Luck, rng: np.random.Generator, factors: Array | None = None) -> Array:
    """Draws of the same sums together, (size, c): of a draw all have the same parameters and the same common error."""
    means = common(means, factors)
    u = rng.random(means.shape)
    luck_of = [standardised(u[:, c], float(skewness)) for c, skewness in enumerate(luck.skewness())]
    return np.asarray((means + luck.spread(means) * np.array(luck_of).T).clip(min=0))


def common(means: Array, factors: Array | None) -> Array:
    """Expectations with the common error, (size, c): draws of the parameters in turn, each with a factor of its own."""
    if factors is None:
        return means
    turns = np.arange(len(factors)) % max(len(means), 1)
    return np.asarray(means[turns] * (factors[:, None] if factors.ndim == 1 else factors))


def with_common_error(counted: Array, factors: Array, rng: np.random.Generator) -> Array:
    """Counted sums with a common error each: numbers stay whole, and money is multiplied.

    Parameters
    ----------
    counted : ndarray of shape (futures, measures, c)
        Purchases, money, and perhaps active customers, in futures.
    factors : ndarray of shape (size, measures) or (size, measures, c)
        Equally likely factors.
    rng : numpy.random.Generator
        The source of randomness.

    Notes
    -----
    Each purchase happens `factor` times on average: that many whole times, and once more by chance. Money goes with
    the purchases, and with its own factor relative to theirs.
    """
    own = factors[rng.permutation(len(counted)) % len(factors)]
    own = np.broadcast_to(own if own.ndim == 3 else own[:, :, None], counted.shape)
    found = np.empty(counted.shape)
    for k in range(counted.shape[1]):
        if k != MONEY:
            number, whole = counted[:, k].astype(np.int64), np.floor(own[:, k])
            found[:, k] = number * whole + rng.binomial(number, own[:, k] - whole)
    times = np.divide(found[:, 0], counted[:, 0], out=np.zeros(own[:, 0].shape), where=counted[:, 0] > 0)
    found[:, MONEY] = counted[:, MONEY] * times * own[:, MONEY] / np.maximum(own[:, 0], 1e-300)
    return found


def standardised(u: Array, skewness: float) -> Array:
    """Quantiles of Pearson's type III distribution with mean 0 and variance 1."""
    if abs(skewness) < SYMMETRIC:
        return np.asarray(ndtri(u))
    shape = 4 / skewness**2
    quantile = gammaincinv(shape, u if skewness > 0 else 1 - u)
    return np.asarray(np.sign(skewness) * (quantile - shape) / np.sqrt(shape))
