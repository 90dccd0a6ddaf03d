"""A fitted model's uncertainty: pairs of laws drawn from the posterior of the parameters."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from clv.errors import FitWarning
from clv.fits.draws import Draws, draw
from clv.fits.evidence import Evidence, Law
from clv.fits.fitting import Fit
from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma

__all__ = ["laplace_laws", "law_pairs"]

TRUSTED = 0.7  # Pareto k̂ up to which importance weights can be trusted


def law_pairs(
    purchases: Fit, spend: Fit, customers: Any, count: int, seed: int
) -> list[tuple[PurchaseLaw, GammaGamma]]:
    """Laws drawn from the posterior, a purchase law and a spend law a draw.

    Parameters
    ----------
    purchases, spend : Fit
        The two fits.
    customers : dataframe or None
        The BTYD summary they were fitted to; None for a loaded model, whose draws are those of the Laplace
        approximation that it was saved with.
    count : int
        Draws wanted.
    seed : int
        With the same seed the draws are the same.

    Returns
    -------
    list of (PurchaseLaw, GammaGamma)

    Warns
    -----
    FitWarning
        If the importance weights cannot be trusted (k̂ > 0.7).
    """
    rng = np.random.default_rng(seed)
    laws = [_laws(fit, customers, count, rng) for fit in (purchases, spend)]
    return list(zip(*laws, strict=True))


def _laws(fit: Fit, customers: Any, count: int, rng: np.random.Generator) -> list[Any]:
    if customers is None:
        return laplace_laws(fit, count, rng)
    law_class = type(fit.law)
    drawn: Draws[Any] = draw(law_class, Evidence.read(law_class, customers), count, rng)
    if drawn.k_hat > TRUSTED:
        warnings.warn(
            f"{law_class.name}: the draws of the parameters miss a part of their uncertainty (Pareto k = "
            f"{drawn.k_hat:.2f}, above {TRUSTED}). Intervals may be too narrow; more customers or more history help.",
            FitWarning,
            stacklevel=4,
        )
    return list(drawn.laws)


def laplace_laws(fit: Fit, count: int, rng: np.random.Generator) -> list[Law]:
    """Laws at normal draws of the log-parameters around the estimate."""
    theta = rng.multivariate_normal(fit.law.log_parameters, fit.log_covariance, count, method="eigh")
    return [type(fit.law).from_log(point) for point in theta]
