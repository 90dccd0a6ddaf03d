"""BdW: the chance of renewing changes with the age of the contract, and customers differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from clv._numerics import Array, FloatOrArray, log_beta_moment
from clv._retention.discounted_sums import discounted_tail
from clv._retention.retention_law import RetentionLaw

__all__ = ["BdW"]


@dataclass(frozen=True)
class BdW(RetentionLaw):
    """Beta-discrete-Weibull law of how long a contract lasts (Fader, Hardie, Liu, Davin and Steenburgh 2018).

    A customer survives t opportunities to renew with probability (1 − θ)^(t^c), and θ ~ Beta(a, b) over customers. With
    c > 1 each customer becomes more likely to leave with time, with c < 1 less; c = 1 is `SBG`.

    Parameters
    ----------
    a, b : float or array_like
        Of the chances of not renewing the first contract, finite and above 0.
    c : float or array_like
        Of the discrete Weibull law, finite and above 0.

    Raises
    ------
    DataError
        If a parameter is not finite and above 0.

    See Also
    --------
    SBG : With constant chances.
    fit_retention : Estimates the parameters.

    Notes
    -----
    Fader, Hardie, Liu, Davin and Steenburgh (2018), "'How to project customer retention' revisited: the role of
    duration dependence", Journal of Interactive Marketing 43, 1–16: S(t) = B(a, b + t^c)/B(a, b).

    Examples
    --------
    >>> law = BdW(a=0.259, b=1.723, c=1.584)
    >>> [round(share, 3) for share in law.survival([1, 2, 3, 4, 10]).tolist()]
    [0.869, 0.742, 0.655, 0.593, 0.419]
    """

    c: FloatOrArray

    name: ClassVar[str] = "bdw"
    title: ClassVar[str] = "BdW"
    parameters: ClassVar[tuple[str, ...]] = ("a", "b", "c")

    def _log_survival_ratio(self, t: Array, renewals: Array) -> Array:
        since = np.power(renewals, self.c)
        a, b, step = np.broadcast_arrays(self.a, self.b + since, self._step(t, renewals, since))
        return log_beta_moment(a, b, step)

    def _step(self, t: Array, renewals: Array, since: Array) -> Array:
        """(renewals + t)^c − renewals^c without cancellation."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            grown = since * np.expm1(self.c * np.log1p(t / renewals))
            return np.asarray(np.where(renewals > 0, grown, np.power(t, self.c)))

    def _slope(self, t: Array, renewals: Array) -> Array:
        at = renewals + t
        b = self.b + np.power(at, self.c)
        return np.asarray(
            (special.digamma(b) - special.digamma(self.a + b)) * self.c * np.power(at, self.c - 1)
        )

    @property
    def _power(self) -> FloatOrArray:
        return np.asarray(self.a * self.c)

    def _discounted_residual(self, renewals: Array, force: float) -> Array:
        shape = np.broadcast_shapes(self._shape, np.shape(renewals))
        power = np.broadcast_to(np.asarray(self._power), shape)
        return discounted_tail(
            lambda j: self._log_survival_ratio(j, renewals), lambda j: self._slope(j, renewals), force, power
        )

    def _lifetimes(self, theta: Array, exponential: Array) -> Array:
        return np.asarray(np.power(exponential / -np.log1p(-theta), 1 / self.c))
