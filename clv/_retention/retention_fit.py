"""A law of retention fitted to counts of renewals, with draws of what its parameters may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np

from clv._fits.maximise import Maximum, maximise
from clv._fits.prior import Prior
from clv._fits.psis import smooth_weights
from clv._fits.search import covariance_of, gain_worth
from clv._numerics import Array, central_interval
from clv._retention.bdw import BdW
from clv._retention.likelihood import RetentionLikelihood, laws_of
from clv._retention.renewals import EVERYBODY, Renewals
from clv._retention.retention_law import RetentionLaw
from clv._retention.retention_words import WORDS
from clv._retention.sbg import SBG
from clv.errors import FitError, FitWarning
from rfm._issuing import warn

__all__ = ["LAWS", "PRIOR", "LawName", "RetentionFit", "best_fit", "fit_renewals"]

LawName = Literal["sbg", "bdw"]
LAWS: Final[dict[str, type[RetentionLaw]]] = {"sbg": SBG, "bdw": BdW}
PRIOR: Final = Prior(concentration=(4.0, 2.0))
"""Of the draws: a + b between 0.08 and 200 with 95%."""
DRAWS: Final = 1_000
PROPOSED: Final = (
    2_000  # of each law: the first at the mode, later ones with the mean and spread found so far
)
STAGES, MOST_STAGES = 2, 8  # later ones: at least, and at most, while the draws miss part of the posterior
FEWEST, NUMBERS = 1_000, 4e6  # at least so many of each, and else so many terms of the likelihood
WIDER: Final = 1.5  # variance of a later one over that found
FREEDOM: Final = 4.0  # of the t law that proposes draws: its tails are heavier than the posterior's
TRUSTED: Final = 0.7
ALIKE, EXTREMES = (
    1e4,
    1e-3,
)  # concentrations a + b beyond which customers are alike, or leave at once or never
CLEARLY: Final = 2.0  # difference in AIC from which the larger law is taken


@dataclass(frozen=True)
class RetentionFit:
    """Estimates for one group.

    Parameters
    ----------
    group : str
        Its name.
    law_class : type
        `SBG` or `BdW`.
    theta : ndarray of shape (k,)
        Logarithms of the parameters, then the coefficients of covariates on ln a and on ln b.
    covariance : ndarray of shape (k, k)
        Of theta, from the curvature at the maximum.
    log_likelihood : float
        At the maximum.
    counts : Renewals
        What it was fitted to.
    warnings : tuple of str
    drawn : ndarray of shape (k, m), optional
        Draws of theta, of a model that was saved with them.
    """

    group: str
    law_class: type[RetentionLaw]
    theta: Array
    covariance: Array
    log_likelihood: float
    counts: Renewals
    warnings: tuple[str, ...] = ()
    drawn: Array | None = None

    @cached_property
    def draws(self) -> Array:
        """Draws of theta (k, m) from its posterior under `PRIOR`, made when they are first needed.

        Warns
        -----
        FitWarning
            If they miss part of the uncertainty.
        """
        if self.drawn is not None:
            return self.drawn
        likelihood = RetentionLikelihood(self.law_class, *self.counts.distinct(), PRIOR)
        draws, k_hat = _draws(likelihood, self.theta)
        if k_hat > TRUSTED:
            group = "" if self.group == EVERYBODY else str(WORDS("of group", group=self.group))
            warn(
                WORDS("doubt", law=self.law.title, group=group, k=f"{k_hat:.2f}", trusted=str(TRUSTED)),
                FitWarning,
            )
        return draws

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters and coefficients: "a", "b", "a[channel=web]"."""
        terms = self.counts.design.terms
        return (*self.law_class.parameters, *(f"{of}[{term}]" for of in ("a", "b") for term in terms))

    @property
    def law(self) -> RetentionLaw:
        """The law of contracts whose covariates are at their reference, or 0."""
        return self.law_class(*np.exp(self.theta[: len(self.law_class.parameters)]))

    @property
    def aic(self) -> float:
        """Akaike's criterion, smaller is better."""
        return 2 * len(self.theta) - 2 * self.log_likelihood

    @property
    def shown(self) -> Array:
        """Estimates as they are printed: parameters themselves, and coefficients."""
        return self._natural(self.theta)

    def _natural(self, theta: Array) -> Array:
        p = len(self.law_class.parameters)
        return np.concatenate([np.exp(theta[:p]), theta[p:]])

    def interval(self, level: float) -> tuple[Array, Array]:
        """Bounds of the estimates, (k,) each."""
        low, high = central_interval(self.draws.T, level)
        return self._natural(low), self._natural(high)

    def laws(self, coded: Array) -> tuple[RetentionLaw, RetentionLaw]:
        """The law of each row of coded covariates (n, p), at the estimates and at the draws."""
        return laws_of(self.law_class, self.theta, coded), laws_of(self.law_class, self.draws, coded)


def fit_renewals(law_class: type[RetentionLaw], counts: Renewals, group: str) -> RetentionFit:
    """The fit of a law to counts, by maximum likelihood.

    Raises
    ------
    FitError
        If there are fewer opportunities to renew than the law has parameters.
    """
    t, at_risk, lost, coded = counts.distinct()
    ages = np.unique(t[at_risk > 0])
    needed, law = len(law_class.parameters), law_class(*np.ones(len(law_class.parameters))).title
    where = "" if group == EVERYBODY else str(WORDS("of group", group=group))
    if len(ages) < needed:
        raise FitError(
            f"{law}{where} needs contracts that came to their first {needed} renewals, or to {needed} later ones; "
            f"{len(ages)} {'was' if len(ages) == 1 else 'were'} seen. Hint: wait for more renewals, or join groups"
            + (', or model="sbg", which needs 2.' if needed > 2 else ".")
        )
    likelihood = RetentionLikelihood(law_class, t, at_risk, lost, coded)
    maximum = _highest(likelihood)
    covariance = covariance_of(maximum.hessian)[0]
    warnings = _warnings(law, where, maximum.theta, at_risk, lost)
    return RetentionFit(group, law_class, maximum.theta, covariance, maximum.value, counts, warnings)


def best_fit(counts: Renewals, group: str) -> RetentionFit:
    """The fit of BdW where its AIC is smaller by 2 at least, else of sBG."""
    simple = fit_renewals(SBG, counts, group)
    if len(np.unique(counts.t)) < len(BdW.parameters):
        return simple
    larger = fit_renewals(BdW, counts, group)
    return larger if larger.aic < simple.aic - CLEARLY else simple


def _highest(likelihood: RetentionLikelihood) -> Maximum:
    """Starts: the mean retention with little and much heterogeneity, and c from below to above 1."""
    tolerance = gain_worth(float(likelihood.at_risk.max()))
    starts = _starts(likelihood)
    if likelihood.coded.shape[1]:  # from the law without covariates
        plain = _highest(likelihood.without_covariates()).theta
        starts = [np.concatenate([np.clip(plain, -6, 6), np.zeros(likelihood.k - len(plain))])]
    found = [maximise(likelihood, start, tolerance) for start in starts]
    return max(found, key=lambda maximum: maximum.value)


def _starts(likelihood: RetentionLikelihood) -> Sequence[Array]:
    mean = (likelihood.lost.sum() + 0.5) / (likelihood.at_risk.sum() + 1)
    starts = []
    for concentration in (0.7, 5.0, 60.0):
        logs = [math.log(concentration * mean), math.log(concentration * (1 - mean))]
        durations = (0.6, 1.0, 1.6) if likelihood.law_class is BdW else (None,)
        for c in durations:
            head = logs if c is None else [*logs, math.log(c)]
            starts.append(np.concatenate([head, np.zeros(likelihood.k - len(head))]))
    return starts


def _draws(posterior: RetentionLikelihood, estimate: Array) -> tuple[Array, float]:
    """Draws (k, DRAWS) from the posterior, by importance resampling from a t law at its mode, and Pareto's k."""
    tolerance = gain_worth(float(posterior.at_risk.max()))
    others = [] if posterior.coded.shape[1] else _starts(posterior)
    ways = [maximise(posterior, start, tolerance) for start in (np.clip(estimate, -6, 6), *others)]
    mode = max(ways, key=lambda each: each.value)
    curvature, vectors = np.linalg.eigh(-mode.hessian)
    root = vectors / np.sqrt(np.maximum(curvature, 1e-2))
    rng = np.random.default_rng(7)
    proposals = [(mode.theta, root)]
    many = int(np.clip(NUMBERS / len(posterior.t), FEWEST, PROPOSED))
    theta = _proposed(rng, *proposals[0], many)
    values = posterior.values(theta)
    weights = smooth_weights(values - _log_mixture(theta, proposals))[0]
    k_hat = np.inf
    for stage in range(MOST_STAGES):
        if stage >= STAGES and k_hat < TRUSTED:
            break
        mean = theta @ weights
        away = theta - mean[:, None]
        lengths, vectors = np.linalg.eigh(away * weights @ away.T)
        proposals.append((mean, vectors * np.sqrt(np.maximum(lengths, 1e-12) * WIDER)))
        more = _proposed(rng, *proposals[-1], many)
        theta, values = np.hstack([theta, more]), np.concatenate([values, posterior.values(more)])
        weights, k_hat = smooth_weights(values - _log_mixture(theta, proposals))
    places = np.searchsorted(np.cumsum(weights), (np.arange(DRAWS) + rng.random()) / DRAWS)
    return theta[:, np.minimum(places, theta.shape[1] - 1)], k_hat


def _proposed(rng: np.random.Generator, centre: Array, root: Array, many: int) -> Array:
    """Draws (k, many) of a multivariate t law."""
    normal = rng.standard_normal((len(centre), many))
    scale = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, many))
    return np.asarray(centre[:, None] + root @ (normal * scale))


def _log_mixture(theta: Array, proposals: Sequence[tuple[Array, Array]]) -> Array:
    """Log-density of the mixture of the proposals at theta (k, m), up to a constant."""
    k = len(theta)
    found = []
    for centre, root in proposals:
        z = np.linalg.solve(root, theta - centre[:, None])
        size = np.linalg.slogdet(root)[1]
        found.append(-0.5 * (FREEDOM + k) * np.log1p((z**2).sum(axis=0) / FREEDOM) - size)
    return np.asarray(np.logaddexp.reduce(found))


def _warnings(law: str, group: str, theta: Array, at_risk: Array, lost: Array) -> tuple[str, ...]:
    concentration = float(np.exp(np.logaddexp(theta[0], theta[1])))
    said: list[str] = []
    if not lost.any():
        said.append(WORDS("nobody", law=law, group=group))
    elif (lost == at_risk).all():
        said.append(WORDS("everybody", law=law, group=group))
    elif concentration > ALIKE:
        said.append(WORDS("alike", law=law, group=group, concentration=f"{concentration:.3g}"))
    elif concentration < EXTREMES:
        said.append(WORDS("extremes", law=law, group=group, concentration=f"{concentration:.3g}"))
    return tuple(said)
