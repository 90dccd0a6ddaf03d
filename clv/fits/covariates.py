"""A purchase law whose rates depend on what is known of a customer and does not change with time.

Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models": a
customer with covariates z has the parameters

    Pareto/NBD        α·exp(−γ₁'z), β·exp(−γ₂'z)
    BG/NBD, MBG/NBD   α·exp(−γ₁'z), a·exp(γ₂'z), b·exp(γ₃'z)

so that a positive γ₁ means more purchases, and a positive γ₂ an earlier end. One coefficient for a and b
together would leave the mean a/(a+b) where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from clv.errors import FitError
from clv.fits.boundary import fit_warnings, run_off
from clv.fits.effects import CovariateLikelihood, effects_of
from clv.fits.evidence import Evidence, in_memory, purchase_evidence
from clv.fits.fitting import Fit, announced, fit_evidence
from clv.fits.likelihood import Likelihood
from clv.fits.maximise import maximise
from clv.fits.search import covariance_of, gain_worth
from clv.laws._base import PurchaseLaw
from clv.numerics import Array
from rfm.errors import DataError

__all__ = ["CovariateFit", "Covariates", "LikelihoodRatio", "fit_with_covariates"]


@dataclass(frozen=True)
class Covariates:
    """Columns of a BTYD summary that a law's rates may depend on.

    Parameters
    ----------
    purchase, dropout : tuple of str
        Columns of numbers (0 and 1 for a yes or no) on which purchases, and the end of them, may depend.
    """

    purchase: tuple[str, ...] = ()
    dropout: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, each once."""
        return tuple(dict.fromkeys((*self.purchase, *self.dropout)))


@dataclass(frozen=True)
class LikelihoodRatio:
    """Test of a law with covariates against the plain law; the statistic is 2·Δ log-likelihood."""

    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True)
class CovariateFit:
    """A fitted law with covariates, and the plain law beside it.

    Parameters
    ----------
    law : PurchaseLaw
        The law of a customer whose covariates are all 0.
    covariates : Covariates
        The columns.
    effects : dict of str to float
        Coefficients, for instance "purchase[web]".
    log_covariance : ndarray of shape (k + c, k + c)
        Of the logarithms of the law's parameters and of the coefficients.
    log_likelihood : float
    n : int
        Customers.
    converged, at_boundary : bool
    plain : Fit
        The same law without covariates.
    warnings : tuple of str
        What a reader should know.
    unit : str or None
        Unit of time.
    """

    law: PurchaseLaw
    covariates: Covariates
    effects: dict[str, float]
    log_covariance: Array
    log_likelihood: float
    n: int
    converged: bool
    at_boundary: bool
    plain: Fit
    warnings: tuple[str, ...] = ()
    unit: str | None = None

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the law's parameters (delta method) and of the coefficients."""
        errors = np.sqrt(np.diag(self.log_covariance))
        k = len(self.law.parameters)
        errors[:k] *= np.exp(self.law.log_parameters)
        return dict(zip((*self.law.parameters, *self.effects), errors.tolist(), strict=True))

    @property
    def likelihood_ratio(self) -> LikelihoodRatio:
        """Whether the covariates tell more than chance would."""
        statistic = max(2 * (self.log_likelihood - self.plain.log_likelihood), 0.0)
        return LikelihoodRatio(statistic, len(self.effects), float(chi2.sf(statistic, len(self.effects))))

    def law_for(self, customers: Any) -> PurchaseLaw:
        """The law of each customer, with arrays for parameters.

        Parameters
        ----------
        customers : dataframe
            With the columns of the covariates.
        """
        z = in_memory(customers, self.covariates.columns)
        effects = effects_of(type(self.law), self.covariates.purchase, self.covariates.dropout)
        log_parameters = self.law.log_parameters[:, None] + np.zeros(len(z[effects[0].column]))
        for effect, coefficient in zip(effects, self.effects.values(), strict=True):
            log_parameters[effect.parameter] += effect.sign * coefficient * z[effect.column]
        return type(self.law).from_log(log_parameters)


def fit_with_covariates(
    law_class: type[PurchaseLaw],
    btyd_summary: Any,
    covariates: Covariates,
    *,
    unit: str | None = None,
    weights: ArrayLike | str | None = None,
) -> CovariateFit:
    """Fit a law with covariates, and the plain law, by maximum likelihood.

    Parameters
    ----------
    law_class : type
        `BGNBD`, `MBGNBD` or `ParetoNBD`.
    btyd_summary : dataframe
        With the law's `data_columns` and the columns of the covariates.
    covariates : Covariates
        On what purchases and dropout may depend.
    unit : str, optional
        Unit of the summary's times.
    weights : array_like or str, optional
        Customers that each row stands for, or the column that says so; default 1.

    Returns
    -------
    CovariateFit

    Raises
    ------
    DataError
        If a column is missing or holds no finite numbers, or the law knows no covariates.
    FitError
        If the data do not hold enough information, or a covariate is constant or follows from the others.

    Examples
    --------
    >>> import clv, numpy as np, pandas as pd
    >>> from clv.fits.covariates import Covariates, fit_with_covariates
    >>> z = np.repeat([0.0, 1.0], 1000)
    >>> law = clv.ParetoNBD(r=0.6, alpha=10 * np.exp(-0.5 * z), s=0.6, beta=12)
    >>> made = law.simulate(np.full(2000, 40.0), np.random.default_rng(1))
    >>> table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T, "web": z})
    >>> fit = fit_with_covariates(clv.ParetoNBD, table, Covariates(purchase=("web",)))
    >>> abs(fit.effects["purchase[web]"] - 0.5) < 3 * fit.standard_errors["purchase[web]"]
    True
    >>> fit.likelihood_ratio.p_value < 0.01
    True
    """
    effects = effects_of(law_class, covariates.purchase, covariates.dropout)
    evidence = purchase_evidence(Evidence.read(law_class, btyd_summary, weights, covariates.columns))
    z = _checked(evidence, covariates)
    plain = fit_evidence(law_class, evidence.only(law_class.data_columns), unit)
    likelihood = Likelihood.of(law_class, evidence.only(law_class.data_columns))
    objective = CovariateLikelihood.of(likelihood, effects, z)
    start = np.concatenate([likelihood.theta(plain.law), np.zeros(len(effects))])
    maximum = maximise(objective, start, gain_worth(evidence.n))
    covariance, flat = covariance_of(maximum.hessian)
    back = objective.to_raw()
    raw = back @ covariance @ back.T
    estimates = back @ maximum.theta
    law = law_class.from_log(estimates[: len(law_class.parameters)]).scaled(likelihood.scale)
    labels = tuple(effect.name for effect in effects)
    gone = run_off((*law_class.parameters, *labels), maximum.theta, flat)
    return announced(
        CovariateFit(
            law=law,
            covariates=covariates,
            effects=dict(zip(labels, estimates[len(law_class.parameters) :].tolist(), strict=True)),
            log_covariance=(raw + raw.T) / 2,
            log_likelihood=likelihood.log_likelihood(maximum.theta, maximum.value),
            n=round(evidence.n),
            converged=maximum.converged,
            at_boundary=len(gone) > 0,
            plain=plain,
            warnings=fit_warnings(law, gone, maximum),
            unit=unit,
        )
    )


def _checked(evidence: Evidence, covariates: Covariates) -> dict[str, Array]:
    """The covariates by column, if each tells something of its own."""
    if not covariates.columns:
        raise DataError('No covariates. Hint: Covariates(purchase=("web",), dropout=("web",)).')
    z = dict(zip(evidence.names, evidence.columns, strict=True))
    for columns in (covariates.purchase, covariates.dropout):
        design = np.stack([np.ones(len(evidence.weights)), *(z[name] for name in columns)], axis=1)
        design = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
        if np.linalg.matrix_rank(design) <= len(columns):
            raise FitError(
                f"The covariates {', '.join(columns)} are constant or follow from each other, so that their "
                "effects cannot be told apart. Hint: leave one of them out."
            )
    return {name: z[name] for name in covariates.columns}
