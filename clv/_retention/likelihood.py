"""The likelihood of counts of renewals in the logarithms of a law's parameters and the coefficients of covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from clv._fits.maximise import LIMIT
from clv._fits.prior import Prior
from clv._laws.mixing import normal_term
from clv._numerics import Array, log_beta_moment, rising_derivatives, softplus
from clv._retention.bdw import BdW
from clv._retention.retention_law import RetentionLaw

__all__ = ["RetentionLikelihood", "laws_of"]

STEP: Final = 1e-4  # of central differences of the gradient, whose error is of the order of its square
DURATION_SPREAD: Final = 0.5  # standard deviation of ln c in the prior of the draws
BLOCK: Final = 200_000  # numbers in memory at a time
EFFECT_SPREAD: Final = 2.0  # the same of a covariate's coefficient times the covariate's own


@dataclass(frozen=True)
class RetentionLikelihood:
    """Log-likelihood of counts, with derivatives.

    The logarithms of a and b of a contract with coded covariates x are ln a + x·γ and ln b + x·δ (the beta-logistic
    model of Heckman and Willis 1977); c is the same for all.

    Parameters
    ----------
    law_class : type
        `SBG` or `BdW`.
    t, at_risk, lost : ndarray of shape (n,)
        Counts.
    coded : ndarray of shape (n, p)
        Covariates.
    prior : Prior, optional
        Of the draws: the mean chance of the first renewal uniform, the concentration a + b and c log-normal.
    """

    law_class: type[RetentionLaw]
    t: Array
    at_risk: Array
    lost: Array
    coded: Array
    prior: Prior | None = None

    @property
    def k(self) -> int:
        """Parameters and coefficients."""
        return len(self.law_class.parameters) + 2 * int(self.coded.shape[1])

    def __call__(self, theta: Array) -> tuple[float, Array, Array]:
        """Value, gradient (k,) and Hessian (k, k), the last by differences of the exact gradient."""
        value, gradient = self.with_gradient(theta)
        hessian = np.empty((self.k, self.k))
        for i in range(self.k):
            ahead, behind = theta.copy(), theta.copy()
            ahead[i] += STEP
            behind[i] -= STEP
            hessian[i] = (self.with_gradient(ahead)[1] - self.with_gradient(behind)[1]) / (2 * STEP)
        return value, gradient, (hessian + hessian.T) / 2

    def with_gradient(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient; the log-parameters are within ±2·LIMIT."""
        log_a, log_b, log_c = self._parameters(np.clip(theta, -2 * LIMIT, 2 * LIMIT))
        a, b, c = (np.exp(np.clip(v, -2 * LIMIT, 2 * LIMIT)) for v in (log_a, log_b, log_c))
        before, now = (self.t - 1) ** c, self.t**c
        step = now - before
        log_kept = log_beta_moment(a, b + before, step)
        log_lost = np.log(np.maximum(-np.expm1(log_kept), 1e-300))
        kept = self.at_risk - self.lost
        value = float(kept @ np.maximum(log_kept, -700.0) + self.lost @ log_lost)
        slope = kept - self.lost * np.exp(np.maximum(log_kept, -700.0) - log_lost)  # d value / d log_kept
        both = rising_derivatives(a + b + before, step)[1]
        by_a, by_b = -both, rising_derivatives(b + before, step)[1] - both
        by_log = [slope * by_a * a, slope * by_b * b]
        gradient = [each.sum() for each in by_log]
        if self.law_class is BdW:
            gradient.append(
                float(slope @ (self._by_c(a, b, now, self.t) - self._by_c(a, b, before, self.t - 1)) * c)
            )
        for each in by_log:
            gradient += (each @ self.coded).tolist()
        prior_value, prior_gradient = self._prior(theta)
        return value + prior_value, np.asarray(gradient, dtype=float) + prior_gradient

    def without_covariates(self) -> RetentionLikelihood:
        """The likelihood of the same counts, added up over covariates."""
        t, place = np.unique(self.t, return_inverse=True)
        at_risk, lost = (
            np.bincount(place, each, len(t)).astype(np.float64) for each in (self.at_risk, self.lost)
        )
        return replace(self, t=t, at_risk=at_risk, lost=lost, coded=np.zeros((len(t), 0)))

    def values(self, theta: Array) -> Array:
        """Values at many points (k, m), (m,)."""
        each = max(1, BLOCK // max(len(self.t), 1))
        parts = [self._values(theta[:, i : i + each]) for i in range(0, theta.shape[1], each)]
        return np.concatenate(parts)

    def _values(self, theta: Array) -> Array:
        law = laws_of(self.law_class, theta, self.coded)
        a, b = (np.asarray(v) if self.coded.shape[1] else np.asarray(v)[:, None] for v in (law.a, law.b))
        c = np.asarray(getattr(law, "c", 1.0))
        c = c if c.ndim != 1 else c[:, None]
        before, now = (self.t - 1) ** c, self.t**c
        a, b, before, step = np.broadcast_arrays(a, b + before, before, now - before)
        log_kept = log_beta_moment(a, b, step)
        log_lost = np.log(np.maximum(-np.expm1(log_kept), 1e-300))
        value = np.maximum(log_kept, -700.0) @ (self.at_risk - self.lost) + log_lost @ self.lost
        if self.prior is not None:
            value = value + self._prior_values(theta, self.prior)
        return np.asarray(value)

    def _prior_values(self, theta: Array, prior: Prior) -> Array:
        """`_prior` at many points, up to a constant: the mean uniform in its log-odds, the others normal."""
        odds, (median, spread) = theta[0] - theta[1], prior.concentration
        value = (
            -softplus(odds)
            - softplus(-odds)
            - 0.5 * ((np.logaddexp(*theta[:2]) - np.log(median)) / spread) ** 2
        )
        for place, sd in self._normals:
            value = value - 0.5 * (theta[place] / sd) ** 2
        return np.asarray(value)

    @property
    def _normals(self) -> list[tuple[int, float]]:
        """Places of what is normal around 0 in the prior, ln c and coefficients, with standard deviations."""
        p, q = len(self.law_class.parameters), self.coded.shape[1]
        spread = np.maximum(self.coded.std(axis=0), 1e-12) if q else np.zeros(0)
        found = [(2, DURATION_SPREAD)] if self.law_class is BdW else []
        return found + [(p + i, float(EFFECT_SPREAD / spread[i % q])) for i in range(2 * q)]

    @staticmethod
    def _by_c(a: Array, b: Array, power: Array, t: Array) -> Array:
        """d ln S / d c at a time, with t^c given."""
        rate = special.digamma(b + power) - special.digamma(a + b + power)
        return np.asarray(rate * power * np.log(np.maximum(t, 1.0)))

    def _parameters(self, theta: Array) -> tuple[Array, Array, Array]:
        """ln a and ln b of each row, and ln c."""
        p, q = len(self.law_class.parameters), self.coded.shape[1]
        on_a, on_b = theta[p : p + q], theta[p + q :]
        log_c = theta[2] if self.law_class is BdW else np.zeros(())
        return theta[0] + self.coded @ on_a, theta[1] + self.coded @ on_b, np.asarray(log_c)

    def _prior(self, theta: Array) -> tuple[float, Array]:
        """Log-density of the prior, and its gradient."""
        value, gradient = 0.0, np.zeros(self.k)
        if self.prior is None:
            return value, gradient
        for term, slope, _ in self.law_class.mixing.prior_terms(self.prior, theta[:2]):
            value += float(term)
            gradient[:2] += slope
        unit = np.eye(self.k)
        for place, sd in self._normals:
            term, slope, _ = normal_term(theta, unit[place], 1.0, sd)
            value, gradient = value + float(term), gradient + slope
        return value, gradient


def laws_of(law_class: type[RetentionLaw], theta: Array, coded: Array) -> RetentionLaw:
    """The law of each row of coded covariates (n, p) at log-parameters and coefficients, (k,) or (k, m).

    Its parameters are of the shape (n,) or (m, n).

    Without covariates they are of the shape (m,) or ().
    """
    p, q = len(law_class.parameters), coded.shape[1]
    if not q:
        return law_class(*np.exp(np.clip(theta[:p], -2 * LIMIT, 2 * LIMIT)))
    logs = [np.asarray(each)[..., None] for each in theta[:p]]
    for i in (0, 1):
        effects = theta[p + i * q : p + (i + 1) * q]
        logs[i] = logs[i] + np.tensordot(effects.T, coded.T, 1)
    return law_class(*(np.exp(np.clip(each, -2 * LIMIT, 2 * LIMIT)) for each in logs))
