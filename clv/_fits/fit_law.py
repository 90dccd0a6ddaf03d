"""Maximum likelihood for every law: `fit_law` returns a `Fit`, or raises.

An estimate that diverges to 0 or infinity is returned where the likelihood has become flat, with a warning; data with
too little information are refused, naming what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

from clv._fits.boundary import Lives, fit_warnings, run_off
from clv._fits.data import FitData, Law, LawT_co
from clv._fits.estimates import Estimates
from clv._fits.law_choice import as_law_class, unit_of_summary
from clv._fits.likelihood import Likelihood, informative
from clv._fits.maximise import Maximum, trust_step
from clv._fits.population_mean import spend_warnings
from clv._fits.prior import Prior, check_prior
from clv._fits.search import covariance_of, search
from clv._fits.timing import chooses_k, fit_with_best_k, gap_term, with_k
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array
from clv.errors import FitWarning
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._words import joined

__all__ = ["Fit", "fit_law"]


class Announced(Protocol):
    """A fit of any kind, as `announced` takes it."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Cautions, in sentences."""


F = TypeVar("F", bound=Announced)
P = TypeVar("P", bound=PurchaseLaw)
S = TypeVar("S", bound=SpendLaw)


@dataclass(frozen=True, repr=False)
class Fit(Estimates, Generic[LawT_co]):
    """A fitted law, with the covariance of its parameters.

    For type checkers it is generic in its law: `clv.fit_law(clv.BGNBD, summary)` is a `Fit[BGNBD]`.

    Parameters
    ----------
    law : PurchaseLaw or SpendLaw
        The law at the estimates, in the unit of time of the data.
    covariance, log_covariance : ndarray of shape (k, k)
        Of the parameters (delta method), and of their logarithms (inverse of the observed information).
    log_likelihood : float
        At the estimates; NaN for a `ConstantSpend`, which is no estimate of a law. That of a purchase law is the
        logarithm of the density of all purchase times, so that those of several laws compare. For a law with k > 1 it
        needs the times between purchases; fitted to a summary without `sum_log_gaps` it is that of x, t_x and T, and
        compares with fits of the same k only.
    n : int
        Customers.
    converged : bool
        Whether a further Newton step would gain nothing.
    at_boundary : bool
        Whether an estimate tends to 0 or infinity.
    warnings : tuple of str
        Sentences that a reader of the fit should know.
    unit : str or None
        Unit of time; None for a spend law.
    mean_order : float or None
        Mean repeat order of the data of a spend law, in currency; None for a purchase law.
    season_parameters : float
        How many parameters the learned factors of the season are worth, in whose time the law was fitted.
    by_k : dict of int to float
        Where k was chosen, the log-likelihood at each k that was tried (with a prior, plus its log-density); the chosen
        k counts as a parameter in `aic` and `bic`. Empty where k was given, or the law has none.

    See Also
    --------
    fit_law : Makes it.
    CustomerModel : Holds one of purchases and one of spend.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_law(clv.BGNBD, summary)
    >>> fit.converged, round(fit.aic, 2)
    (True, 19172.86)
    """

    law: LawT_co
    covariance: Array
    log_covariance: Array
    log_likelihood: float
    n: int
    converged: bool
    at_boundary: bool
    warnings: tuple[str, ...] = ()
    unit: str | None = None
    mean_order: float | None = None
    season_parameters: float = 0.0
    by_k: dict[int, float] = field(default_factory=dict)


@overload
def fit_law(
    law_class: type[P],
    btyd_summary: Table,
    *,
    unit: str | None = ...,
    weights: ArrayLike | str | None = ...,
    prior: Prior | None = ...,
    k: int | None = ...,
) -> Fit[P]: ...


@overload
def fit_law(
    law_class: type[S],
    btyd_summary: Table,
    *,
    unit: str | None = ...,
    weights: ArrayLike | str | None = ...,
    prior: Prior | None = ...,
    k: int | None = ...,
) -> Fit[S]: ...


@overload
def fit_law(
    law_class: str,
    btyd_summary: Table,
    *,
    unit: str | None = ...,
    weights: ArrayLike | str | None = ...,
    prior: Prior | None = ...,
    k: int | None = ...,
) -> Fit[Any]: ...


def fit_law(
    law_class: type[Law] | str,
    btyd_summary: Table,
    *,
    unit: str | None = None,
    weights: ArrayLike | str | None = None,
    prior: Prior | None = None,
    k: int | None = None,
) -> Fit[Any]:
    """Fit a law to a BTYD summary by maximum likelihood.

    Parameters
    ----------
    law_class : type or str
        `BGNBD`, `MBGNBD`, `ParetoNBD`, `BGCNBD`, `MBGCNBD`, `BGBB`, `GammaGamma` (on repeat buyers with a positive
        mean) or a law of your own, or its name.
    btyd_summary : dataframe
        With the law's `data_columns`, as `clv.summarize` makes it; one row per customer, where it has `customer_id`.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of the summary's times, kept in the fit; by default that of its column `unit`, if it has one.
    weights : array_like or str, optional
        Customers that each row stands for, or the column that says so; default 1.
    prior : Prior, optional
        Weak priors on means and concentrations; the estimate is then the mode of the posterior in the
        log-parameters.
    k : int, optional
        Phases of a gap between purchases, from 1 to 12, for `BGCNBD` and `MBGCNBD`; by default the k that makes all
        purchase times most likely, for which the summary needs `sum_log_gaps`.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If a column is missing, a history is invalid, a customer has two rows, `unit` is not the summary's, the law has
        no k, or k is to be chosen without `sum_log_gaps`.
    FitError
        If the data do not hold enough information: one customer, all identical, no repeat purchase.

    Warns
    -----
    FitWarning
        Once, if an estimate tends to 0 or infinity, or the spend law has no finite mean; the text is in `Fit.warnings`.

    See Also
    --------
    fit : A purchase law and a spend law together, from a log.
    fit_covariates : With covariates.
    Prior : Weak priors.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_law(clv.BGNBD, summary)
    >>> print(fit.summary())
    bg-nbd: 2,357 customers, time in W
    log-likelihood -9582.429   AIC 19172.86   BIC 19195.92
                estimate  std. error        2.5%       97.5%
    r             0.2426     0.01256      0.2192      0.2685
    alpha          4.414      0.3782       3.731       5.221
    a             0.7929      0.1857       0.501       1.255
    b              2.426      0.7054       1.372       4.289
    """
    law = with_k(as_law_class(law_class), k)
    unit = unit_of_summary(law, btyd_summary, unit)
    check_prior(prior)
    return announced(fit_to_data(law, FitData.read(law, btyd_summary, weights), unit, prior))


def fit_to_data(
    law_class: type[Law], data: FitData, unit: str | None = None, prior: Prior | None = None
) -> Fit[Any]:
    """The fit to rows that have been read, with its warnings only in the fit."""
    if chooses_k(law_class):
        best: Fit[Any] = fit_with_best_k(
            law_class, data, lambda law, rows: fit_to_data(law, rows, unit, prior), prior
        )
        return best
    known = informative(law_class, data)
    likelihood = Likelihood.of(law_class, known, prior)
    fit = _fit_of(likelihood, search(likelihood), unit)
    return replace(fit, log_likelihood=fit.log_likelihood + gap_term(law_class, known))


def fit_at(
    law: Law, data: FitData, *, unit: str | None, tolerance: float, notes: tuple[str, ...] = ()
) -> Fit[Any]:
    """The fit of a law whose parameters another package estimated; converged within `tolerance`."""
    likelihood = Likelihood.of(type(law), informative(type(law), data))
    theta = likelihood.theta(law)
    value, gradient, hessian = likelihood(theta)
    gain = trust_step(gradient, hessian, 1.0)[1]
    maximum = Maximum(theta, value, gradient, hessian, gain, gain < tolerance, 1)
    return announced(_fit_of(likelihood, maximum, unit, notes))


def announced(fit: F) -> F:
    """The fit itself, with its warnings issued as one Python warning."""
    if fit.warnings:
        warn(joined("sentences", fit.warnings), FitWarning)
    return fit


def _fit_of(
    likelihood: Likelihood, maximum: Maximum, unit: str | None, notes: tuple[str, ...] = ()
) -> Fit[Any]:
    """Convert a maximum in scaled units to the units of the data."""
    law = likelihood.law(maximum.theta)
    log_covariance, flat = covariance_of(maximum.hessian)
    gone = run_off(law.parameters, maximum.theta, flat)
    lives = None
    if gone and isinstance(law, PurchaseLaw):
        lives = Lives.of(law.scaled(1 / likelihood.scale), likelihood.data)
    natural = np.exp(law.log_parameters)
    warnings, mean_order = fit_warnings(law, gone, maximum, lives), None
    if isinstance(law, SpendLaw):
        mean_order = _mean_order(likelihood)
        warnings += spend_warnings(law, log_covariance, mean_order)
    return Fit(
        law=law,
        covariance=log_covariance * np.outer(natural, natural),
        log_covariance=log_covariance,
        log_likelihood=likelihood.log_likelihood(maximum.theta, maximum.value),
        n=round(likelihood.data.n),
        converged=maximum.converged,
        at_boundary=len(gone) > 0,
        warnings=notes + warnings,
        unit=unit,
        mean_order=mean_order,
    )


def _mean_order(likelihood: Likelihood) -> float:
    """Mean of the repeat orders that a spend law was fitted to, in the units of the data."""
    x, m = likelihood.data.columns[:2]
    return float(np.average(m, weights=likelihood.data.weights * x)) * likelihood.scale
