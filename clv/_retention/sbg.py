"""sBG: each customer renews with a constant chance; customers differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from clv._numerics import Array, FloatOrArray, beta_expectation, log_beta_moment
from clv._retention.retention_law import RetentionLaw

__all__ = ["SBG"]


@dataclass(frozen=True)
class SBG(RetentionLaw):
    """Shifted beta-geometric law of how long a contract lasts (Fader and Hardie 2007).

    Each customer does not renew with a constant chance θ, and θ ~ Beta(a, b) over customers. Retention rises with age
    although nobody changes: those who tend to leave have left.

    Parameters
    ----------
    a, b : float or array_like
        Of the chances of not renewing, finite and above 0; the paper's α and β. Their mean is a/(a + b).

    Raises
    ------
    DataError
        If a parameter is not finite and above 0.

    See Also
    --------
    BdW : With chances that change with age.
    fit_retention : Estimates the parameters.

    Notes
    -----
    Fader and Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1), 76–90:
    P(T = t) = B(a + 1, b + t − 1)/B(a, b), S(t) = B(a, b + t)/B(a, b), equations (5) and (6); retention
    (b + t − 1)/(a + b + t − 1), equation (8).

    Examples
    --------
    >>> regular = SBG(a=0.704, b=1.182)
    >>> round(regular.survival(7), 3), round(regular.retention(8), 3)
    (0.239, 0.921)
    """

    name: ClassVar[str] = "sbg"
    title: ClassVar[str] = "sBG"

    def _log_survival_ratio(self, t: Array, renewals: Array) -> Array:
        a, b, t = np.broadcast_arrays(self.a, self.b + renewals, t)
        return log_beta_moment(a, b, t)

    def _slope(self, t: Array, renewals: Array) -> Array:
        b = self.b + renewals + t
        return np.asarray(special.digamma(b) - special.digamma(self.a + b))

    @property
    def _power(self) -> FloatOrArray:
        return self.a

    def _discounted_residual(self, renewals: Array, force: float) -> Array:
        a, b = (np.asarray(v, dtype=float) for v in np.broadcast_arrays(self.a, self.b + renewals))
        if force == 0:
            return np.asarray(b / (a - 1))
        loss, kept = -math.expm1(-force), math.exp(-force)

        def periods(p: Array, log_q: Array, discount: Array) -> Array:
            return np.asarray(np.exp(log_q) / (loss + discount * p))

        discount = np.full(a.size, kept)
        flat = beta_expectation(
            periods, a.ravel(), b.ravel(), discount, order=0, scale=np.full(a.size, 1 / loss)
        )
        return flat.reshape(a.shape)

    def _lifetimes(self, theta: Array, exponential: Array) -> Array:
        return np.asarray(exponential / -np.log1p(-theta))
