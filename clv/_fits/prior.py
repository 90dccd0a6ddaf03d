"""Weak, proper priors on means and concentrations.

With flat priors the posterior of these laws is improper: the likelihood plateaus as customers become all
alike. A penalty on squares, as lifetimes has, distorts means. Here each pair of parameters is read as a mean
and a concentration, and these have priors, as densities in the logarithms (the log-odds of a probability):
the maps (ln a, ln b) ↦ (ln a/b, ln (a+b)) and (ln r, ln α) ↦ (ln r/α, ln r) have Jacobian 1, so that the same
numbers are the density in the log-parameters, where the search and the draws take place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from clv._fits.pairs import PAIRS
from clv._numerics import Array

__all__ = ["Prior"]

Term: TypeAlias = tuple[float, Array, Array]  # value (), gradient (k,), Hessian (k, k)


@dataclass(frozen=True)
class Prior:
    """What is held likely before the data: by default next to nothing.

    Parameters
    ----------
    mean_spread : float
        Standard deviation of the logarithm of a mean around the data's own scale: of the mean rates r/α
        and s/β around one event in the mean observation time T, of the level of spend pγ/q around the
        geometric mean of m. 3 means a factor of 400 either way with 95%.
    shape : tuple of float
        Median of the shapes r and s, and standard deviation of their logarithms.
    concentration : tuple of float
        Median of a+b (BG/BB: α+β, γ+δ), and standard deviation of its logarithm. The mean a/(a+b) is
        uniform on (0, 1).
    spend_shape : tuple of float
        Median of p and q, and standard deviation of their logarithms.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_law(clv.BGNBD, summary, prior=clv.Prior())
    >>> {name: round(value, 2) for name, value in fit.parameters.items()}  # b was 2.43, with standard error 0.71
    {'r': 0.24, 'alpha': 4.42, 'a': 0.78, 'b': 2.36}
    """

    mean_spread: float = 3.0
    shape: tuple[float, float] = (1.0, 1.5)
    concentration: tuple[float, float] = (2.0, 1.5)
    spend_shape: tuple[float, float] = (3.0, 1.5)

    def log_density(self, law: str, theta: Array) -> tuple[float, Array, Array]:
        """Log-density at the log-parameters, its gradient and Hessian.

        Parameters
        ----------
        law : str
            The law's name.
        theta : ndarray of shape (k,)
            Log-parameters in scaled units: time in mean T, money in geometric means of m.

        Returns
        -------
        tuple
            A float, (k,) and (k, k).
        """
        terms = _spend_terms(self, theta) if law == "gamma-gamma" else _purchase_terms(self, law, theta)
        values, gradients, hessians = zip(*terms, strict=True)
        return float(sum(values)), np.sum(gradients, axis=0), np.sum(hessians, axis=0)


def _purchase_terms(prior: Prior, law: str, theta: Array) -> list[Term]:
    terms, unit = [], np.eye(len(theta))
    for kind, first, second in PAIRS[law]:
        if kind == "gamma":
            terms.append(_normal(theta, unit[first] - unit[second], 1.0, prior.mean_spread))
            terms.append(_normal(theta, unit[first], *prior.shape))
        else:
            terms.append(_beta(theta, unit[first], unit[second], *prior.concentration))
    return terms


def _spend_terms(prior: Prior, theta: Array) -> list[Term]:
    p, q, gamma = np.eye(3)
    return [
        _normal(theta, p + gamma - q, 1.0, prior.mean_spread),
        _normal(theta, p, *prior.spend_shape),
        _normal(theta, q, *prior.spend_shape),
    ]


def _normal(theta: Array, direction: Array, median: float, spread: float) -> Term:
    """direction·theta ~ Normal(ln median, spread)."""
    z = (float(direction @ theta) - np.log(median)) / spread
    value = -0.5 * z * z - np.log(spread * np.sqrt(2 * np.pi))
    return value, -z / spread * direction, -np.outer(direction, direction) / spread**2


def _beta(theta: Array, a: Array, b: Array, median: float, spread: float) -> Term:
    """a/(a+b) ~ Uniform(0, 1) and a+b ~ LogNormal(ln median, spread), a and b as unit vectors of theta."""
    odds, total = float((a - b) @ theta), float(np.logaddexp(a @ theta, b @ theta))
    mean = 1 / (1 + np.exp(-odds))
    bend = mean * (1 - mean) * np.outer(a - b, a - b)  # Hessian of `total`, and of -ln mean, -ln(1 - mean)
    z, slope = (total - np.log(median)) / spread, mean * a + (1 - mean) * b
    value = -np.logaddexp(0, odds) - np.logaddexp(0, -odds)
    value -= 0.5 * z * z + np.log(spread * np.sqrt(2 * np.pi))
    gradient = (1 - 2 * mean) * (a - b) - z / spread * slope
    return value, gradient, -2 * bend - np.outer(slope, slope) / spread**2 - z / spread * bend
