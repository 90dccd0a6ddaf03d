"""A purchase law whose rates depend on time-invariant covariates.

Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models": a
customer with covariates z has the parameters

    Pareto/NBD        α·exp(−γ₁'z), β·exp(−γ₂'z)
    BG/NBD, MBG/NBD   α·exp(−γ₁'z), a·exp(γ₂'z), b·exp(γ₃'z)

so that a positive γ₁ means more purchases, and a positive γ₂ an earlier end. One coefficient for a and b
together would leave the mean a/(a+b) where it is. In the Gamma-Gamma law the scale of money is γ·exp(β'z), so that a
positive β means dearer orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from clv._fits.boundary import End, Lives, fit_warnings, run_off
from clv._fits.covariate_effects import CovariateLikelihood, Effect, effects_of, spend_effects
from clv._fits.data import FitData, Law, LawT_co, purchase_data
from clv._fits.design import Design, Factor, read_covariates
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.law_choice import as_law_class, unit_of_summary
from clv._fits.likelihood import Likelihood, informative
from clv._fits.maximise import LIMIT, maximise
from clv._fits.population_mean import spend_warnings
from clv._fits.prior import Prior
from clv._fits.search import covariance_of, gain_worth
from clv._fits.timing import chooses_k, fit_with_best_k, gap_term
from clv._laws.by_covariates import ByCovariates
from clv._laws.mixing import Role
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array
from rfm._frames.types import Table
from rfm._options import texts
from rfm._printed import Printed, name_in_text
from rfm.errors import DataError

__all__ = ["CovariateFit", "LikelihoodRatio", "at_centre", "fit_covariates", "fit_effects", "objective_of"]


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


@dataclass(frozen=True, repr=False, kw_only=True)
class CovariateFit(Fit[LawT_co]):
    """A fitted law with covariates, and the same law without them; made by `fit_covariates` and `fit`.

    Parameters
    ----------
    law : PurchaseLaw or SpendLaw
        The law of a customer whose covariates are all 0, and at the reference levels of categories.
    covariance : ndarray of shape (k, k)
        Of the law's parameters.
    log_covariance : ndarray of shape (k + c, k + c)
        Of the logarithms of the law's parameters and of the coefficients.
    log_likelihood : float
        At the estimates.
    n : int
        Customers.
    converged, at_boundary : bool
        Whether a further Newton step would gain nothing; whether an estimate tends to 0 or infinity.
    warnings : tuple of str
        Sentences that a reader of the fit should know.
    unit : str or None
        Unit of time; None for a spend law.
    mean_order : float or None
        Of a spend law, the mean repeat order in currency, as if all customers had the mean covariates.
    effects : dict of str to float
        Coefficients, for instance "purchase[web]", or "purchase[Channel=web]" of a category.
    purchase, dropout, spend : tuple of str
        The coded columns on which purchases, the end of them, and the worth of orders depend.
    plain : Fit
        The same law without covariates.
    design : Design
        The columns, and the levels of categories; the first level is the reference.
    centre : tuple of float
        Mean, over the customers of the fit, of each coefficient's covariate.
    mean_factor : float
        Of a spend law, the mean over all customers of exp(β'z), by which orders are dearer than the reference's.

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

    effects: dict[str, float]
    purchase: tuple[str, ...] = ()
    dropout: tuple[str, ...] = ()
    spend: tuple[str, ...] = ()
    plain: Fit[LawT_co]
    design: Design
    centre: tuple[float, ...]
    mean_factor: float = 1.0

    @property
    def coefficients(self) -> dict[str, float]:
        """The coefficients of the covariates, by name; the same as `effects`."""
        return self.effects

    @property
    def likelihood_ratio(self) -> LikelihoodRatio:
        """The likelihood ratio test of the covariates: against the plain law; with a prior, at the two modes."""
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
        levels = [f"{each.name} = {each.levels[0]}" for each in self.own_design.factors if each.levels]
        reference = f"\nreference: {', '.join(map(name_in_text, levels))}" if levels else ""
        return Printed(
            f"{super().summary()}{reference}\nagainst the plain law: likelihood ratio {test.statistic:.2f} on "
            f"{test.degrees} degrees of freedom, p = {test.p_value:.2g}"
        )

    @property
    def acting(self) -> tuple[Effect, ...]:
        """What each coefficient acts on."""
        law_class: Any = type(self.law)
        return _effects(law_class, self.purchase, self.dropout, self.spend)

    @property
    def by_covariates(self) -> ByCovariates[LawT_co]:
        """The law with its coefficients, which gives the law of coded covariates."""
        return ByCovariates(self.law, self.acting, tuple(self.effects.values()), self.design.terms)

    @property
    def own_design(self) -> Design:
        """The columns that this fit reads."""
        terms = {*self.purchase, *self.dropout, *self.spend}
        return Design(tuple(factor for factor in self.design.factors if terms.intersection(factor.terms)))

    def law_for(self, customers: Table | Mapping[str, Any]) -> LawT_co:
        """The law of each customer, with arrays for parameters, or that of one kind of customer.

        Parameters
        ----------
        customers : dataframe or mapping
            With the columns of the covariates; a mapping of each to a value, `{"Channel": "web"}`, is one kind.

        Returns
        -------
        PurchaseLaw or SpendLaw
            Its methods take these customers' histories, in the same order.

        Raises
        ------
        DataError
            If a column is missing, or has missing values, numbers that are not finite, or levels that the fit has not
            seen.

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
        design = self.own_design
        law = replace(self.by_covariates, columns=design.terms)
        if isinstance(customers, Mapping):
            return law.of(design.one(customers))
        columns = read_covariates(customers, design.columns, design, "customers")
        return law.of(design.coded(columns, "customers"))


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
        `BGNBD`, `MBGNBD`, `ParetoNBD`, `BGCNBD`, `MBGCNBD` (the latter two choose k by the likelihood with the
        covariates, unless it is given as in `clv.MBGCNBD.with_k(2)` or "mbg-cnbd-2") or a law of your own, or its name.
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
    columns = _columns(purchase, dropout)
    effects_of(law_class, purchase, dropout)
    data = purchase_data(FitData.read(law_class, btyd_summary, weights, columns))
    design = Design(tuple(map(Factor, columns)))
    return announced(fit_effects(law_class, data, design, purchase=purchase, dropout=dropout, unit=unit))


def fit_effects(
    law_class: type[Law],
    data: FitData,
    design: Design,
    *,
    purchase: tuple[str, ...] = (),
    dropout: tuple[str, ...] = (),
    spend: tuple[str, ...] = (),
    unit: str | None = None,
    prior: Prior | None = None,
) -> CovariateFit[Any]:
    """The fit of a law with covariates, with its warnings only in the fit.

    Parameters
    ----------
    law_class : type
        The law.
    data : FitData
        The law's columns, then the coded covariates of the coefficients.
    design : Design
        Of the model.
    purchase, dropout, spend : tuple of str
        The coded columns on which each part depends.
    unit : str, optional
        Unit of time.
    prior : Prior, optional
        Of the parameters where the covariates are at their means; a coefficient, per standard deviation of its
        covariate, has the spread of a mean.
    """
    if chooses_k(law_class):
        options: dict[str, Any] = {"purchase": purchase, "dropout": dropout, "unit": unit, "prior": prior}
        return cast(
            CovariateFit[Any],
            fit_with_best_k(
                law_class, data, lambda law, rows: fit_effects(law, rows, design, **options), prior
            ),
        )
    effects, everybody = _effects(law_class, purchase, dropout, spend), data
    data = informative(law_class, data)
    for terms in (purchase, dropout, spend):
        _check_rank(design, data, terms)
    objective = objective_of(law_class, data, design, effects, prior)
    likelihood = objective.plain
    plain = fit_to_data(law_class, data.only(law_class.data_columns), unit, prior)
    start = np.concatenate([likelihood.theta(plain.law), np.zeros(len(effects))])
    maximum = maximise(objective, start, gain_worth(data.n))
    covariance, flat = covariance_of(maximum.hessian)
    back, k = objective.to_raw(), len(law_class.parameters)
    raw, estimates = back @ covariance @ back.T, back @ maximum.theta
    law = law_class.from_log(estimates[:k]).scaled(likelihood.scale)
    gone = _gone(objective, maximum.theta, flat)
    z = dict(zip(data.names, data.columns, strict=True))
    lives: Lives | None = None
    ends: tuple[End, ...] = ()
    if gone and isinstance(law, PurchaseLaw):
        lives, ends = _lives(objective, estimates, gone, z, design)
    warnings, natural = fit_warnings(law, gone, maximum, lives, ends), np.exp(law.log_parameters)
    fit = CovariateFit(
        law=law,
        covariance=(raw + raw.T)[:k, :k] / 2 * np.outer(natural, natural),
        log_covariance=(raw + raw.T) / 2,
        log_likelihood=objective.log_likelihood(maximum.theta, maximum.value) + gap_term(law_class, data),
        n=round(data.n),
        converged=maximum.converged,
        at_boundary=len(gone) > 0,
        warnings=warnings,
        unit=unit,
        effects=dict(zip((effect.name for effect in effects), estimates[k:].tolist(), strict=True)),
        purchase=purchase,
        dropout=dropout,
        spend=spend,
        plain=plain,
        design=design,
        centre=tuple(objective.centre.tolist()),
    )
    return fit if isinstance(law, PurchaseLaw) else _with_money(fit, data, everybody)


def objective_of(
    law_class: type[Law], data: FitData, design: Design, effects: tuple[Effect, ...], prior: Prior | None
) -> CovariateLikelihood:
    """The log-likelihood, with the log-prior, of rows with coded covariates."""
    columns = dict(zip(data.names, data.columns, strict=True))
    likelihood = Likelihood.of(law_class, data.only(law_class.data_columns), prior)
    return CovariateLikelihood.of(likelihood, effects, columns, design.terms)


def at_centre(law: ByCovariates[Any], log_covariance: Array, centre: Sequence[float]) -> tuple[Any, Array]:
    """The law of a customer with these covariates of each coefficient, and the covariance of its log-parameters."""
    k = len(law.law.parameters)
    move = np.eye(k, k + len(law.effects))
    for place, (effect, value) in enumerate(zip(law.effects, centre, strict=True)):
        move[effect.parameter, k + place] = effect.sign * value
    return type(law.law).from_log(move @ law.log_parameters), move @ log_covariance @ move.T


def _with_money(fit: CovariateFit[Any], buyers: FitData, everybody: FitData) -> CovariateFit[Any]:
    """The fit of a spend law with its mean order at the mean covariates, and the warnings that follow from it."""
    (x, m), middle = buyers.columns[:2], float(np.dot(list(fit.effects.values()), fit.centre))
    mean = float(np.average(m * np.exp(middle - _log_factors(fit, buyers)), weights=buyers.weights * x))
    factor = float(np.average(np.exp(_log_factors(fit, everybody)), weights=everybody.weights))
    law, covariance = at_centre(fit.by_covariates, fit.log_covariance, fit.centre)
    warnings = fit.warnings + spend_warnings(law, covariance, mean)
    return replace(fit, mean_order=mean, mean_factor=factor, warnings=warnings)


def _log_factors(fit: CovariateFit[Any], data: FitData) -> Array:
    """The logarithm of how much dearer each row's orders are than the reference's, (n,)."""
    columns = dict(zip(data.names, data.columns, strict=True))
    z = np.stack([columns[effect.column] for effect in fit.acting])
    return np.asarray(np.array(list(fit.effects.values())) @ z)


def _effects(
    law_class: type[Law], purchase: tuple[str, ...], dropout: tuple[str, ...], spend: tuple[str, ...]
) -> tuple[Effect, ...]:
    if issubclass(law_class, SpendLaw):
        return spend_effects(law_class, spend)
    return effects_of(law_class, purchase, dropout)


def _gone(objective: CovariateLikelihood, theta: Array, flat: Array) -> dict[str, str]:
    """Diverged estimates: parameters where all covariates are 0, and coefficients, each by its own name.

    The search has moved the parameters to the covariates' means, where a coefficient moves with its parameter.
    """
    names, k = objective.law_class.parameters, len(objective.law_class.parameters)
    values, directions = objective.to_raw() @ theta, objective.to_raw() @ flat
    spans = np.concatenate([np.ones(k), objective.spread * np.ptp(objective.z, axis=1)])
    directions = np.linalg.qr(directions * spans[:, None])[0]
    labels = (effect.name for effect in objective.effects)
    return run_off((*names, *labels), values * spans, directions, np.abs(theta) >= LIMIT)


def _lives(
    objective: CovariateLikelihood,
    estimates: Array,
    gone: dict[str, str],
    z: dict[str, Array],
    design: Design,
) -> tuple[Lives, tuple[End, ...]]:
    """For all customers, and for those at both ends of each covariate whose coefficient has diverged."""
    law_class: Any = objective.law_class
    data, k = objective.data, len(law_class.parameters)
    law = law_class.from_log(_by_customer(estimates[:k], objective.effects, estimates[k:], z))
    far = {(effect.role, effect.column): None for effect in objective.effects if effect.name in gone}
    levels = {
        term: level
        for factor in design.factors
        for term, level in zip(factor.terms, factor.levels[1:], strict=bool(factor.levels))
    }
    ends = []
    for role, column in far:
        values, two = z[column], len(np.unique(z[column])) == 2
        middle = np.average(values, weights=data.weights)
        for chosen, than in ((values > middle, "above"), (values < middle, "below")):
            who = f"{column} {than} its mean {middle:.3g}"
            if column in levels:
                who = (
                    column if than == "above" else f"another {column.partition('=')[0]} than {levels[column]}"
                )
            elif two:
                who = f"{column} = {values[chosen][0]:g}"
            ends.append(End(cast(Role, role), f"customers with {who}", Lives.of(law, data, chosen)))
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


def _check_rank(design: Design, data: FitData, terms: tuple[str, ...]) -> None:
    """Raise FitError if one of these covariates is constant or follows from the others."""
    if not terms:
        return
    columns = dict(zip(data.names, data.columns, strict=True))
    nil = np.zeros(len(data.weights))
    z = np.stack([columns.get(term, nil) for term in design.terms], axis=1)
    design.check_rank(z, [factor.name for factor in design.factors if set(factor.terms) & set(terms)])
