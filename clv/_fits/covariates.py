"""A purchase law whose rates depend on time-invariant covariates.

Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models": a
customer with covariates z has the parameters

    Pareto/NBD        α·exp(−γ₁'z), β·exp(−γ₂'z)
    BG/NBD, MBG/NBD   α·exp(−γ₁'z), a·exp(γ₂'z), b·exp(γ₃'z)

so that a positive γ₁ means more purchases, and a positive γ₂ an earlier end. One coefficient for a and b
together would leave the mean a/(a+b) where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from clv._fits.boundary import End, Lives, fit_warnings, run_off
from clv._fits.covariate_effects import CovariateLikelihood, Effect, effects_of
from clv._fits.data import FitData, in_memory, purchase_data
from clv._fits.estimates import Estimates
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.law_choice import as_law_class, unit_of_summary
from clv._fits.likelihood import Likelihood
from clv._fits.maximise import LIMIT, maximise
from clv._fits.search import covariance_of, gain_worth
from clv._laws.purchase_law import PurchaseLaw
from clv._numerics import Array
from clv.errors import FitError
from rfm._frames.types import Table
from rfm._options import texts
from rfm._printed import Printed
from rfm.errors import DataError

__all__ = ["CovariateFit", "LikelihoodRatio", "fit_covariates"]


@dataclass(frozen=True)
class LikelihoodRatio:
    """Test of a law with covariates against the plain law; the statistic is 2·Δ log-likelihood.

    Attributes
    ----------
    statistic : float
        Twice the difference of the two log-likelihoods.
    degrees : int
        Degrees of freedom: the number of coefficients.
    p_value : float
        By the chi-squared distribution.
    """

    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True, repr=False)
class CovariateFit(Estimates):
    """A fitted law with covariates, and the same law without them; made by `fit_covariates`.

    Parameters
    ----------
    law : PurchaseLaw
        The law of a customer whose covariates are all 0.
    effects : dict of str to float
        Coefficients, for instance "purchase[web]".
    purchase, dropout : tuple of str
        The columns on which purchases, and the end of them, depend.
    log_covariance : ndarray of shape (k + c, k + c)
        Of the logarithms of the law's parameters and of the coefficients.
    log_likelihood : float
        At the estimates.
    n : int
        Customers.
    converged, at_boundary : bool
        Whether a further Newton step would gain nothing; whether an estimate tends to 0 or infinity.
    plain : Fit
        The same law without covariates.
    warnings : tuple of str
        Sentences that a reader of the fit should know.
    unit : str or None
        Unit of time.

    See Also
    --------
    fit_covariates : Makes it.
    Fit : A fit without covariates.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_covariates(clv.BGNBD, summary, purchase="first_order_spend")
    >>> fit.table()[["parameter", "estimate"]].round(3)
                         parameter  estimate
    0                            r     0.253
    1                        alpha     6.507
    2                            a     0.794
    3                            b     2.493
    4  purchase[first_order_spend]     0.009
    """

    law: PurchaseLaw
    effects: dict[str, float]
    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    log_covariance: Array
    log_likelihood: float
    n: int
    converged: bool
    at_boundary: bool
    plain: Fit
    warnings: tuple[str, ...] = ()
    unit: str | None = None

    @property
    def coefficients(self) -> dict[str, float]:
        """The coefficients of the covariates, by name; the same as `effects`."""
        return self.effects

    @property
    def likelihood_ratio(self) -> LikelihoodRatio:
        """The likelihood ratio test of the covariates: against the plain law."""
        statistic = max(2 * (self.log_likelihood - self.plain.log_likelihood), 0.0)
        return LikelihoodRatio(statistic, len(self.effects), float(chi2.sf(statistic, len(self.effects))))

    def summary(self) -> Printed:
        """The fit as a statistics package prints it, with the test against the plain law.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.

        See Also
        --------
        table : The estimates as a frame.
        likelihood_ratio : The test in numbers.

        Examples
        --------
        >>> import clv, rfm
        >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
        >>> fit = clv.fit_covariates(clv.BGNBD, summary, purchase="first_order_spend")
        >>> print(fit.summary().splitlines()[-1])
        against the plain law: likelihood ratio 39.43 on 1 degrees of freedom, p = 3.4e-10
        """
        test = self.likelihood_ratio
        return Printed(
            f"{super().summary()}\nagainst the plain law: likelihood ratio {test.statistic:.2f} on "
            f"{test.degrees} degrees of freedom, p = {test.p_value:.2g}"
        )

    def law_for(self, customers: Table) -> PurchaseLaw:
        """The law of each customer, with arrays for parameters.

        Parameters
        ----------
        customers : dataframe
            With the columns of the covariates.

        Returns
        -------
        PurchaseLaw
            Its methods take these customers' histories, in the same order.

        Raises
        ------
        DataError
            If a column is missing, or has values that are not finite numbers.

        See Also
        --------
        PurchaseLaw.conditional_expected_purchases : One of these methods.

        Examples
        --------
        >>> import clv, rfm
        >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
        >>> fit = clv.fit_covariates(clv.BGNBD, summary, purchase="first_order_spend")
        >>> two = summary.head(2)
        >>> law = fit.law_for(two)
        >>> law.conditional_expected_purchases(39, two["frequency"], two["recency"], two["T"]).round(2)
        array([1.23, 0.19])
        """
        z = in_memory(customers, _columns(self.purchase, self.dropout))
        effects = effects_of(type(self.law), self.purchase, self.dropout)
        return type(self.law).from_log(
            _by_customer(self.law.log_parameters, effects, self.effects.values(), z)
        )


def fit_covariates(
    law_class: type[PurchaseLaw],
    btyd_summary: Table,
    *,
    purchase: str | Sequence[str] = (),
    dropout: str | Sequence[str] = (),
    unit: str | None = None,
    weights: ArrayLike | str | None = None,
) -> CovariateFit:
    """Fit a law whose parameters depend on covariates of each customer, and the same law without them.

    A customer with covariates z has the parameters (Fader & Hardie 2007)

    - Pareto/NBD: α·exp(−γ₁'z), β·exp(−γ₂'z);
    - BG/NBD and MBG/NBD: α·exp(−γ₁'z), a·exp(γ₂'z), b·exp(γ₃'z),

    so that a positive γ₁, `purchase[…]`, means more purchases, and a positive γ₂, `dropout[…]` or `dropout_a[…]`,
    an earlier end. The covariates do not change with time.

    Parameters
    ----------
    law_class : type or str
        `BGNBD`, `MBGNBD`, `ParetoNBD` or a law of your own, or its name.
    btyd_summary : dataframe
        With the law's `data_columns`, as `clv.summarize` makes it, and the columns of the covariates.
    purchase, dropout : str or sequence of str
        Columns of numbers (0 and 1 for a yes or no) on which purchases, and the end of them, may depend.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of the summary's times, kept in the fit; by default that of its column `unit`, if it has one.
    weights : array_like or str, optional
        Customers that each row stands for, or the column that says so; default 1.

    Returns
    -------
    CovariateFit

    Raises
    ------
    DataError
        If a column is missing or has values that are not finite numbers, or the law has no covariates.
    FitError
        If the data do not contain enough information, or a covariate is constant or a linear function of the others.

    Warns
    -----
    FitWarning
        Once, if an estimate tends to 0 or infinity; the text is in `CovariateFit.warnings`.

    See Also
    --------
    fit_law : Without covariates.
    CovariateFit.law_for : The law of each customer.

    Examples
    --------
    Do customers of CDNOW who began with a large order buy more often?

    >>> import clv, rfm
    >>> tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    >>> summary = clv.summarize(tx, unit="W", end="1997-09-30")
    >>> fit = clv.fit_covariates(clv.ParetoNBD, summary, purchase="first_order_spend", unit="W")
    >>> round(fit.effects["purchase[first_order_spend]"], 4)  # of a dollar, on the logarithm of the rate
    0.007
    >>> fit.likelihood_ratio.p_value < 1e-6
    True
    """
    law_class = as_law_class(law_class)
    unit = unit_of_summary(law_class, btyd_summary, unit)
    purchase, dropout = (
        (given,) if isinstance(given, str) else tuple(texts(name, given, f'{name}=["web"]'))
        for name, given in (("purchase", purchase), ("dropout", dropout))
    )
    columns, effects = _columns(purchase, dropout), effects_of(law_class, purchase, dropout)
    data = purchase_data(FitData.read(law_class, btyd_summary, weights, columns))
    z = _checked(data, purchase, dropout)
    plain = fit_to_data(law_class, data.only(law_class.data_columns), unit)
    likelihood = Likelihood.of(law_class, data.only(law_class.data_columns))
    objective = CovariateLikelihood.of(likelihood, effects, z)
    start = np.concatenate([likelihood.theta(plain.law), np.zeros(len(effects))])
    maximum = maximise(objective, start, gain_worth(data.n))
    covariance, flat = covariance_of(maximum.hessian)
    back, k = objective.to_raw(), len(law_class.parameters)
    raw, estimates = back @ covariance @ back.T, back @ maximum.theta
    law = law_class.from_log(estimates[:k]).scaled(likelihood.scale)
    labels = tuple(effect.name for effect in effects)
    gone = _gone(objective, maximum.theta, flat)
    lives, ends = _lives(law_class, objective, estimates, gone, z) if gone else (None, ())
    return announced(
        CovariateFit(
            law=law,
            effects=dict(zip(labels, estimates[k:].tolist(), strict=True)),
            purchase=purchase,
            dropout=dropout,
            log_covariance=(raw + raw.T) / 2,
            log_likelihood=likelihood.log_likelihood(maximum.theta, maximum.value),
            n=round(data.n),
            converged=maximum.converged,
            at_boundary=len(gone) > 0,
            plain=plain,
            warnings=fit_warnings(law, gone, maximum, lives, ends),
            unit=unit,
        )
    )


def _gone(objective: CovariateLikelihood, theta: Array, flat: Array) -> dict[str, str]:
    """Diverged estimates: parameters where all covariates are 0, and coefficients, each by its own name.

    The search has moved the parameters to the covariates' means, where a coefficient moves with its parameter.
    """
    names, k = objective.plain.law_class.parameters, len(objective.plain.law_class.parameters)
    values, directions = objective.to_raw() @ theta, objective.to_raw() @ flat
    spans = np.concatenate([np.ones(k), objective.spread * np.ptp(objective.z, axis=1)])
    directions = np.linalg.qr(directions * spans[:, None])[0]
    labels = (effect.name for effect in objective.effects)
    return run_off((*names, *labels), values * spans, directions, np.abs(theta) >= LIMIT)


def _lives(
    law_class: type[PurchaseLaw],
    objective: CovariateLikelihood,
    estimates: Array,
    gone: dict[str, str],
    z: dict[str, Array],
) -> tuple[Lives, tuple[End, ...]]:
    """For all customers, and for those at both ends of each covariate whose coefficient has diverged."""
    data, k = objective.plain.data, len(law_class.parameters)
    law = law_class.from_log(_by_customer(estimates[:k], objective.effects, estimates[k:], z))
    far = {(effect.role, effect.column): None for effect in objective.effects if effect.name in gone}
    ends = []
    for role, column in far:
        values, two = z[column], len(np.unique(z[column])) == 2
        middle = np.average(values, weights=data.weights)
        for chosen, than in ((values > middle, "above"), (values < middle, "below")):
            who = f"{column} = {values[chosen][0]:g}" if two else f"{column} {than} its mean {middle:.3g}"
            ends.append(End(role, f"customers with {who}", Lives.of(law, data, chosen)))
    return Lives.of(law, data), tuple(ends)


def _by_customer(
    log_parameters: Array, effects: Sequence[Effect], coefficients: Iterable[float], z: dict[str, Array]
) -> Array:
    """The log-parameters (k, n) of customers with these covariates."""
    logs = log_parameters[:, None] + np.zeros(len(z[effects[0].column]))
    for effect, coefficient in zip(effects, coefficients, strict=True):
        logs[effect.parameter] += effect.sign * coefficient * z[effect.column]
    return logs


def _columns(purchase: tuple[str, ...], dropout: tuple[str, ...]) -> tuple[str, ...]:
    """All columns, each once."""
    if not (purchase or dropout):
        raise DataError('No covariates. Hint: fit_covariates(…, purchase=["web"], dropout=["web"]).')
    return tuple(dict.fromkeys((*purchase, *dropout)))


def _checked(data: FitData, purchase: tuple[str, ...], dropout: tuple[str, ...]) -> dict[str, Array]:
    """The covariates by column, if none is redundant."""
    z = dict(zip(data.names, data.columns, strict=True))
    for columns in (purchase, dropout):
        design = np.stack([np.ones(len(data.weights)), *(z[name] for name in columns)], axis=1)
        design = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
        if np.linalg.matrix_rank(design) <= len(columns):
            raise FitError(
                f"The covariates {', '.join(columns)} are constant or collinear, so that their "
                "effects cannot be separated. Hint: leave one of them out."
            )
    return {name: z[name] for name in _columns(purchase, dropout)}
