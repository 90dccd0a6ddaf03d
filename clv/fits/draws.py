"""How sure the parameters are: draws from their posterior under weak priors.

The Laplace approximation at the posterior's mode proposes; importance weights against the true posterior, Pareto-
smoothed, correct it, so that the draws are the posterior's and not the approximation's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from clv.fits.evidence import Evidence, Law
from clv.fits.likelihood import Likelihood, informative
from clv.fits.priors import Prior
from clv.fits.psis import smooth_weights
from clv.fits.search import covariance_of, search

__all__ = ["Draws", "draw"]

Array = NDArray[np.float64]
L = TypeVar("L", bound=Law)

FREEDOM = 7.0  # degrees of freedom of the proposals: heavier tails than the normal's
MOST, LEAST = 1_000, 64  # proposals
WORK = 4e6  # rows × proposals that are worth the precision


@dataclass(frozen=True)
class Draws(Generic[L]):
    """Laws drawn from the posterior of the parameters, each as likely as the next.

    Attributes
    ----------
    laws : tuple
        One law a draw, in the units of the data.
    theta : ndarray of shape (s, k)
        All proposals, as log-parameters in the units of the data.
    weights : ndarray of shape (s,)
        Their smoothed importance weights, summing to 1.
    k_hat : float
        Pareto shape of the weights; above 0.7 the intervals miss a part of the uncertainty.
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
    law_class: type[L], evidence: Evidence, draws: int, rng: np.random.Generator, prior: Prior | None = None
) -> Draws[L]:
    """Draw laws from the posterior of a law's parameters.

    Parameters
    ----------
    law_class : type
        The law.
    evidence : Evidence
        The data.
    draws : int
        Laws wanted.
    rng : numpy.random.Generator
        The source of randomness.
    prior : Prior, optional
        By default the weak priors of `clv.fits.priors.Prior`; with flat ones the posterior would be improper.

    Returns
    -------
    Draws
    """
    known: Any = law_class
    likelihood = Likelihood.of(known, informative(known, evidence), prior or Prior())
    mode = search(likelihood)
    covariance, _ = covariance_of(mode.hessian)
    rows = len(likelihood.evidence.weights)
    count = int(np.clip(WORK / rows, LEAST, MOST))
    theta, log_proposal = _proposals(mode.theta, covariance, count, rng)
    log_target = np.array([likelihood(point)[0] for point in theta])
    weights, k_hat = smooth_weights(log_target - log_proposal)
    chosen = _systematic(weights, draws, rng)
    laws = tuple(likelihood.law(theta[row]) for row in chosen)
    units = likelihood.law(mode.theta).log_parameters - mode.theta
    return Draws(laws, theta + units, weights, k_hat)  # type: ignore[arg-type]


def _proposals(mode: Array, covariance: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points of a multivariate t around the mode, (count, k), and their log-density up to a constant, (count,)."""
    k = len(mode)
    root = np.linalg.cholesky(covariance)
    normal = rng.standard_normal((count, k))
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]
    distance = np.sum((normal * stretch) ** 2, axis=1)
    log_density = gammaln((FREEDOM + k) / 2) - (FREEDOM + k) / 2 * np.log1p(distance / FREEDOM)
    return mode + (normal * stretch) @ root.T, log_density


def _systematic(weights: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows chosen in proportion to their weights, with the least noise; in random order."""
    points = (np.arange(count) + rng.random()) / count
    rows = np.searchsorted(np.cumsum(weights), points).clip(max=len(weights) - 1)
    return np.asarray(rng.permutation(rows))
