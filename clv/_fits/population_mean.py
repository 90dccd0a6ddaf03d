"""Expected spend of a one-time buyer when it is uncertain whether the population mean is finite.

Gamma-Gamma's population mean is M = p·γ/(q − 1), which diverges as q falls to 1. Its inverse u = (q − 1)/(p·γ)
does not: it passes through 0 at q = 1, and its estimate û has an approximately normal error, with standard error s.
So the mean is averaged over the distribution of u, on the scale of u: u itself where the population mean is finite (u
> 0), and otherwise the inverse of the observed mean order m̄,

    1/M* = E[u; u > 0] + P(u ≤ 0)/m̄ = s·(z·Φ(z) + φ(z)) + Φ(−z)/m̄,    z = û/s.

M* is smooth in the data and finite. It is p·γ/(q − 1) itself where q is known to lie above 1 (z = 5 changes it by less
than 1e-6, z = 8 by less than a double resolves), and tends to m̄ where q is known to lie below.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from clv._fits.fit_words import SPEND as TEXTS
from clv._fits.prior import Prior
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.shrunken_gamma_gamma import ShrunkenGammaGamma
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array

__all__ = ["expecting", "population_weight", "spend_warnings"]

WIDEST = (
    Prior().mean_spread
)  # largest standard deviation of a log-parameter: in flat directions it is unknown
NEAR = 2.0  # standard errors between q and 1
NOTABLE = 0.01  # relative change of the population mean that is worth a warning


def population_weight(law: GammaGamma, log_covariance: Array, mean_order: float) -> float:
    """Weight of the population mean relative to a customer's own orders: q − 1, kept from 0 if q is uncertain.

    Parameters
    ----------
    law : GammaGamma
        At the estimates, or at a draw near them; no arrays of parameters.
    log_covariance : ndarray of shape (3, 3)
        Of the estimates' logarithms.
    mean_order : float
        Mean order of the data, in currency, > 0.

    Returns
    -------
    float
        p·γ/M*, > 0, so that one-time buyers spend M* = p·γ/weight.

    Examples
    --------
    >>> sure = np.diag([1e-4, 1e-4, 1e-4])
    >>> population_weight(GammaGamma(6.25, 3.74, 15.44), sure, 35.0)  # q − 1
    2.74
    >>> unsure = np.diag([0.01, 0.01, 0.04])
    >>> law = GammaGamma(6.25, 1.036, 15.44)
    >>> round(6.25 * 15.44 / population_weight(law, unsure, 800.0))  # p·γ/(q − 1) is 2681
    911
    """
    p, q, gamma = float(law.p), float(law.q), float(law.gamma)
    slope = np.array([1 - q, q, 1 - q])  # of p·γ·u in (ln p, ln q, ln γ), with p·γ held fixed
    error = float(np.sqrt(slope @ _bounded(log_covariance) @ slope))
    z = (q - 1) / max(error, 1e-300)
    density = np.exp(-0.5 * min(z * z, 1e3)) / np.sqrt(2 * np.pi)
    return q - 1 + error * float(density - z * ndtr(-z)) + float(ndtr(-z)) * p * gamma / mean_order


def expecting(law: SpendLaw, log_covariance: Array, mean_order: float | None) -> SpendLaw:
    """The law that a model predicts with, with its population mean kept finite; only Gamma-Gamma's can be infinite.

    Parameters
    ----------
    law : SpendLaw
        At the estimates, or at a draw near them; no arrays of parameters.
    log_covariance : ndarray of shape (k, k)
        Of the estimates' logarithms.
    mean_order : float or None
        Mean order of the data, in currency; None for a model file of an earlier version.
    """
    if mean_order is None or not isinstance(law, GammaGamma):
        return law
    weight = population_weight(law, log_covariance, mean_order)
    return ShrunkenGammaGamma(law.p, law.q, law.gamma, weight)


def spend_warnings(law: SpendLaw, log_covariance: Array, mean_order: float) -> tuple[str, ...]:
    """The warning for a Gamma-Gamma law whose q is not clearly above 1."""
    if not isinstance(law, GammaGamma):
        return ()
    p, q, gamma = float(law.p), float(law.q), float(law.gamma)
    error = q * float(np.sqrt(_bounded(log_covariance)[1, 1]))
    weight = population_weight(law, log_covariance, mean_order)
    shrunken = TEXTS("shrunken", mean=f"{p * gamma / weight:.4g}", mean_order=f"{mean_order:.4g}")
    if q <= 1:
        return (TEXTS("q below 1", q=f"{q:.3g}", shrunken=shrunken, towards=f"{p * gamma / q:.4g}"),)
    if q - 1 < NEAR * error and weight > (1 + NOTABLE) * (q - 1):
        mean = f"{p * gamma / (q - 1):.4g}"
        return (TEXTS("q near 1", q=f"{q:.4g}", error=f"{error:.2g}", mean=mean, shrunken=shrunken),)
    return ()


def _bounded(log_covariance: Array) -> Array:
    """The covariance with no direction wider than the weak priors."""
    variance, basis = np.linalg.eigh(log_covariance)
    return np.asarray((basis * np.clip(variance, 0.0, WIDEST**2)) @ basis.T)
