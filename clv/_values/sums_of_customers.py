"""The randomness of sums over customers: the distribution of a sum of independent customers, given their moments.

In a simulated future, each customer's deviation from its expectation is known. Squares and cubes of
these, summed over customers, estimate the variance and the skewness of the sum far better than the sum itself does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

__all__ = ["Luck", "mixture_bounds"]

Array = NDArray[np.float64]

POINTS = 64  # equally likely quantiles of the distribution of luck
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

    def part(self, k: int) -> Luck:
        """The moments of one measure, along the first axis."""
        return Luck(self.expected[k], self.square[k], self.cube[k])

    def spread(self, mean: Array) -> Array:
        """Standard deviation of sums whose expectation is `mean`: their variance grows with it."""
        ratio = np.divide(self.square, self.expected, out=np.zeros_like(self.square), where=self.expected > 0)
        return np.asarray(np.sqrt(ratio * mean))

    def skewness(self, futures: int) -> Array:
        """Skewness of a sum, if the moments are added up over this many futures."""
        cube, square = self.cube / futures, self.square / futures
        return np.asarray(np.divide(cube, square**1.5, out=np.zeros_like(cube), where=square > 0))


def mixture_bounds(means: Array, luck: Luck, futures: int, mass: float) -> tuple[Array, Array]:
    """Bounds of sums with uncertain expectations and random deviations.

    Parameters
    ----------
    means : ndarray of shape (draws, c)
        Expectations of c sums at equally likely draws of the parameters.
    luck : Luck
        Of the sums, (c,), over `futures` futures.
    futures : int
    mass : float
        Of the interval.

    Returns
    -------
    low, high : ndarray of shape (c,)
        Quantiles of the mixture of gamma distributions, shifted and scaled to each draw's moments (Pearson's type III).
    """
    u = (np.arange(POINTS) + 0.5) / POINTS
    low, high = np.empty(means.shape[1]), np.empty(means.shape[1])
    spreads = luck.spread(means)
    for c, skewness in enumerate(luck.skewness(futures)):
        values = means[:, c, None] + spreads[:, c, None] * standardised(u, float(skewness))
        low[c], high[c] = np.quantile(values.clip(min=0), [(1 - mass) / 2, (1 + mass) / 2])
    return low, high


def standardised(u: Array, skewness: float) -> Array:
    """Quantiles of Pearson's type III distribution with mean 0 and variance 1."""
    if abs(skewness) < SYMMETRIC:
        return np.asarray(ndtri(u))
    shape = 4 / skewness**2
    quantile = gammaincinv(shape, u if skewness > 0 else 1 - u)
    return np.asarray(np.sign(skewness) * (quantile - shape) / np.sqrt(shape))
