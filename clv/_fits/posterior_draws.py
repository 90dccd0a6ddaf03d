"""Uncertainty of the parameters: draws from their posterior under weak priors.

The Laplace approximation at the posterior's mode proposes some points, and the weighted mean and covariance of these
the others; importance weights against the true posterior, Pareto-smoothed, correct both, so that the draws are the
posterior's and not the approximation's. (Adaptive multiple importance sampling: Cornuet, Marin, Mira & Robert 2012.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from clv._fits.data import FitData, Law
from clv._fits.likelihood import Likelihood, informative
from clv._fits.maximise import Maximum
from clv._fits.prior import Prior
from clv._fits.psis import smooth_weights
from clv._fits.search import covariance_of, search
from clv._laws.by_covariates import ByCovariates

__all__ = ["Draws", "draw", "draw_around"]

Array = NDArray[np.float64]
L = TypeVar("L", bound=Law | ByCovariates[Any])

FREEDOM = 4.0  # degrees of freedom of the proposals: heavier tails than the normal's
MOST, LEAST = 1_000, 25  # proposals, unless more draws are wanted
WORK = 2e6  # largest number of rows × proposals
ENOUGH = 10  # effective points per parameter needed to estimate a covariance
ROUNDS = (0.2, 0.3, 0.5)  # rounds of proposals: the approximation's, and two improvements


@dataclass(frozen=True)
class Draws(Generic[L]):
    """Laws drawn from the posterior of the parameters, equally weighted.

    Attributes
    ----------
    laws : tuple
        One law per draw, in the units of the data.
    theta : ndarray of shape (s, k)
        All proposals, as log-parameters in the units of the data.
    weights : ndarray of shape (s,)
        Their smoothed importance weights, summing to 1.
    k_hat : float
        Pareto shape of the weights; above 0.7 the intervals miss part of the uncertainty.
    """

    laws: tuple[L, ...]
    theta: Array
    weights: Array
    k_hat: float

    def mean(self) -> Array:
        """Posterior mean of each parameter, (k,)."""
        return np.asarray(self.weights @ np.exp(self.theta))

    def quantile(self, probability: float) -> Array:
        """Posterior quantile of each parameter, (k,)."""
        order = np.argsort(self.theta, axis=0)
        mass = np.cumsum(self.weights[order], axis=0)
        rows = np.argmax(mass >= probability, axis=0)
        return np.array([np.exp(self.theta[order[row, j], j]) for j, row in enumerate(rows)])


def draw(
    law_class: type[L],
    data: FitData,
    draws: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
    proposals: int | None = None,
) -> Draws[L]:
    """Draw laws from the posterior of a law's parameters.

    Parameters
    ----------
    law_class : type
        The law.
    data : FitData
        The data.
    draws : int
        Number of laws.
    rng : numpy.random.Generator
        The source of randomness.
    prior : Prior, optional
        By default the weak priors of `clv._fits.prior.Prior`; with flat ones the posterior would be improper.
    proposals : int, optional
        Number of weighted points; by default it depends on the number of rows.

    Returns
    -------
    Draws
    """
    known: Any = law_class
    likelihood = Likelihood.of(known, informative(known, data), prior or Prior())
    return draw_around(likelihood, search(likelihood), draws, rng, proposals)


def draw_around(
    likelihood: Any,
    mode: Maximum,
    draws: int,
    rng: np.random.Generator,
    proposals: int | None = None,
) -> Draws[Any]:
    """Draw laws from the posterior whose mode has been found.

    Parameters
    ----------
    likelihood : Likelihood or CovariateLikelihood
        With its prior.
    mode : Maximum
        Where its maximum is.
    draws : int
        Number of laws.
    rng : numpy.random.Generator
        The source of randomness.
    proposals : int, optional
        Number of weighted points; by default it depends on the number of rows.
    """
    covariance, _ = covariance_of(mode.hessian)
    count = proposals or max(int(np.clip(WORK / len(likelihood.data.weights), LEAST, MOST)), draws)
    made = [(Student(mode.theta, covariance), 0)]
    theta, log_target = np.empty((0, len(mode.theta))), np.empty(0)
    for share in ROUNDS:
        more = made[-1][0].sample(round(share * count), rng)
        made[-1] = (made[-1][0], len(more))
        theta = np.concatenate([theta, more])
        log_target = np.append(log_target, likelihood.values(more))
        log_mixture = np.logaddexp.reduce([np.log(n) + proposal.log_density(theta) for proposal, n in made])
        weights, k_hat = smooth_weights(log_target - log_mixture)
        made.append((made[-1][0].moved(theta, weights), 0))
    chosen = _systematic(weights, draws, rng)
    laws = tuple(likelihood.law(theta[row]) for row in chosen)
    return Draws(laws, likelihood.in_units(theta), weights, k_hat)


@dataclass(frozen=True)
class Student:
    """A multivariate t distribution of k log-parameters: its centre (k,) and its scale matrix (k, k)."""

    centre: Array
    scale: Array

    @cached_property
    def root(self) -> Array:
        """Cholesky factor of the scale, (k, k)."""
        return np.asarray(np.linalg.cholesky(self.scale), dtype=float)

    def sample(self, count: int, rng: np.random.Generator) -> Array:
        """Points, (count, k), evenly spread in each direction."""
        u = latin(count, len(self.centre) + 1, rng)
        stretch = np.sqrt(FREEDOM / (2 * gammaincinv(FREEDOM / 2, u[:, -1])))[:, None]
        return np.asarray(self.centre + (ndtri(u[:, :-1]) * stretch) @ self.root.T)

    def log_density(self, theta: Array) -> Array:
        """Log-density at points (s, k), up to a constant that depends only on k, (s,)."""
        k = len(self.centre)
        distance = np.sum(np.linalg.solve(self.root, (theta - self.centre).T) ** 2, axis=0)
        spread = np.log(np.diag(self.root)).sum()
        return np.asarray(-(FREEDOM + k) / 2 * np.log1p(distance / FREEDOM) - spread)

    def moved(self, theta: Array, weights: Array) -> Student:
        """With the mean and covariance of weighted points, if these are enough to estimate them; else unchanged."""
        if 1 / np.sum(weights**2) < ENOUGH * len(self.centre):
            return self
        centre = weights @ theta
        apart = theta - centre
        covariance = (weights[:, None] * apart).T @ apart
        return Student(centre, covariance)


def latin(count: int, dimensions: int, rng: np.random.Generator) -> Array:
    """A Latin hypercube, (count, dimensions): each coordinate has one point in each of `count` equal parts of (0, 1).

    Its means of nearly additive functions have a small variance (M. Stein, "Large sample
    properties of simulations using Latin hypercube sampling", Technometrics 29, 1987).
    """
    places = np.stack([rng.permutation(count) for _ in range(dimensions)], axis=1)
    points = (places + rng.random((count, dimensions))) / max(count, 1)
    return np.asarray(points.clip(1e-12, 1 - 1e-12))


def _systematic(weights: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Systematic resampling of rows in proportion to their weights; in random order."""
    points = (np.arange(count) + rng.random()) / count
    rows = np.searchsorted(np.cumsum(weights), points).clip(max=len(weights) - 1)
    return np.asarray(rng.permutation(rows))
