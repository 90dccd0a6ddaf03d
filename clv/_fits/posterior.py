"""A fitted model's uncertainty: pairs of laws drawn from the posterior of the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clv._fits.covariates import CovariateFit, at_centre, objective_of
from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.fit_words import POSTERIOR
from clv._fits.likelihood import informative
from clv._fits.maximise import maximise
from clv._fits.population_mean import expecting
from clv._fits.posterior_draws import Draws, draw, draw_around
from clv._fits.prior import Prior
from clv._fits.search import gain_worth
from clv._laws.by_covariates import ByCovariates
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._season.clock import Clock
from rfm._frames.types import Table

__all__ = [
    "ENDLESS",
    "MIXED",
    "SPREAD",
    "Budget",
    "Pair",
    "Posterior",
    "draw_pairs",
    "expecting_at",
    "laplace_laws",
    "law_behind",
    "laws_apart",
]

Pair: TypeAlias = tuple[
    PurchaseLaw | ByCovariates[PurchaseLaw], SpendLaw | ByCovariates[SpendLaw] | None
]  # the laws of all customers, or those of their covariates

TRUSTED = 0.7  # Pareto k̂ up to which importance weights can be trusted
WIDEST = Prior().mean_spread  # standard deviation of a log-parameter in flat directions
FINITE = 700.0  # e^±700 are near the limits of a double

NORMAL = POSTERIOR("normal")


class Budget(NamedTuple):
    """Number of parameter draws worth computing, by the number of customers.

    The more customers, the more precise the parameters and the fewer draws are needed.
    """

    work: float  # customers × draws
    least: int
    most: int

    def draws(self, customers: int) -> int:
        """The number of draws for this many customers."""
        return int(np.clip(self.work / max(customers, 1), self.least, self.most))


MIXED = Budget(2.4e4, 4, 24)  # in customers' own predictive intervals, whose width is mostly luck
SPREAD = Budget(2e6, 100, 900)  # if the spread of the draws is itself the interval
ENDLESS = Budget(2e6, 100, 200)  # the same for each customer over an infinite horizon


@dataclass(frozen=True)
class Posterior:
    """Laws drawn from the posterior of the parameters: parameters of two laws, without customers' data.

    Parameters
    ----------
    pairs : tuple of (PurchaseLaw, SpendLaw or None)
        Equally weighted; without a spend law if the model has none.
    warnings : tuple of str
        Cautions for intervals made with them, in sentences.
    """

    pairs: tuple[Pair, ...]
    warnings: tuple[str, ...] = ()

    def sample(self, count: int, seed: int) -> Posterior:
        """The requested number of pairs, or all of them if there are not more."""
        if count >= len(self.pairs):
            return self
        rows = np.random.default_rng(seed).choice(len(self.pairs), count, replace=False)
        return Posterior(tuple(self.pairs[row] for row in rows), self.warnings)

    def expecting(self, spend: Fit[SpendLaw] | None) -> tuple[Pair, ...]:
        """The pairs that a model predicts with: with the mean of its spend law kept finite, or no spend law at all."""
        if spend is None:
            return tuple((law, None) for law, _ in self.pairs)
        if spend.law.constant:
            return tuple((law, spend.law) for law, _ in self.pairs)
        return tuple((law, of_spend and expecting_at(spend, of_spend)) for law, of_spend in self.pairs)


def law_behind(fit: Fit[Any]) -> Any:
    """The law of a fit, with its coefficients if it has covariates."""
    return fit.by_covariates if isinstance(fit, CovariateFit) else fit.law


def expecting_at(fit: Fit[SpendLaw], law: Any) -> Any:
    """The law that a model predicts with, at the estimates or at a draw near them, with its mean kept finite.

    The population mean is that of a customer with mean covariates; those of others are in proportion to their scales.
    """
    if not isinstance(fit, CovariateFit):
        return expecting(law, fit.log_covariance, fit.mean_order)
    middle, covariance = at_centre(law, fit.log_covariance, fit.centre)
    kept: Any = expecting(middle, covariance, fit.mean_order)
    return replace(law, law=replace(kept, **{name: getattr(law.law, name) for name in law.law.parameters}))


def draw_pairs(
    purchases: Fit[PurchaseLaw],
    spend: Fit[SpendLaw] | None,
    customers: Table | None,
    count: int,
    seed: int,
    *,
    clock: Clock | None = None,
    prior: Prior | None = None,
    weights: str | None = None,
    draw_purchases: Callable[[int, np.random.Generator], Draws[Any]] | None = None,
) -> Posterior:
    """Laws drawn from the posterior, one purchase law and one spend law per draw.

    Parameters
    ----------
    purchases, spend : Fit
        The two fits; a spend law without uncertainty (a constant, or None) is the same in every pair.
    customers : dataframe or None
        The BTYD summary they were fitted to; without it the draws are those of `laplace_laws`.
    count : int
        Number of draws.
    seed : int
        The same seed gives the same draws.
    clock : Clock, optional
        The season's time, in which the purchase law is.
    prior : Prior, optional
        That of the fit; by default weak priors.
    weights : str, optional
        The column of the customers that each row stands for.
    draw_purchases : callable, optional
        Draws the purchase law by another likelihood than that of the customers' whole histories.

    Returns
    -------
    Posterior
        Its warnings say if the importance weights cannot be trusted (k̂ > 0.7), or if there are no customers.
    """
    rng = np.random.default_rng(seed)
    fits = [fit for fit in (purchases, spend) if fit is not None and not fit.law.constant]
    texts: tuple[str, ...] = (NORMAL,)
    if customers is None:
        laws = [laplace_laws(fit, count, rng) for fit in fits]
    else:
        drawn = [
            laplace_draws(fit, count, rng)
            if fit.law.from_orders
            else draw_purchases(count, rng)
            if draw_purchases is not None and fit is purchases
            else _drawn(fit, customers, count, rng, clock, prior, weights)
            for fit in fits
        ]
        laws = [list(each.laws) for each in drawn]
        texts = tuple(
            _caution(fit, each) for fit, each in zip(fits, drawn, strict=True) if each.k_hat > TRUSTED
        )
    if len(laws) == 1:
        laws.append([None if spend is None else spend.law] * count)
    return Posterior(tuple(zip(*laws, strict=True)), texts)


def _drawn(
    fit: Fit[Any],
    customers: Any,
    count: int,
    rng: np.random.Generator,
    clock: Clock | None,
    prior: Prior | None,
    weights: str | None,
) -> Draws[Any]:
    law_class = type(fit.law)
    design = fit.own_design if isinstance(fit, CovariateFit) else None
    data = FitData.read(law_class, customers, weights, design=design)
    if clock is not None and issubclass(law_class, PurchaseLaw):
        data = clock.data(data)
    if not isinstance(fit, CovariateFit):
        return draw(law_class, data, count, rng, prior)
    data = informative(law_class, data)
    objective = objective_of(law_class, data, fit.design, fit.acting, prior or Prior())
    mode = maximise(objective, objective.theta(fit.by_covariates), gain_worth(data.n))
    return draw_around(objective, mode, count, rng)


def laplace_draws(fit: Fit[Any], count: int, rng: np.random.Generator) -> Draws[Any]:
    """Those of a law that was not estimated by a likelihood: normal ones, by the covariance of its estimates."""
    laws = laplace_laws(fit, count, rng)
    theta = np.array([law.log_parameters for law in laws])
    return Draws(tuple(laws), theta, np.full(count, 1 / count), 0.0)


def _caution(fit: Fit[Any], drawn: Draws[Any]) -> str:
    return POSTERIOR("doubt", law=fit.law.name, k=f"{drawn.k_hat:.2f}", trusted=str(TRUSTED))


def laplace_laws(fit: Fit, count: int, rng: np.random.Generator) -> list[Any]:
    """Laws at normal draws of the log-parameters around the estimate.

    Notes
    -----
    In a direction in which the likelihood is flat a fit's variance is a large number that stands for "unknown", and a
    normal draw would leave the plateau for laws that the data rule out, or for invalid ones. There the spread is that
    of the weak priors (see `clv._fits.prior.Prior`): a factor of 400 either way with probability 95%.
    """
    spread, basis = _directions(fit)
    law: Any = law_behind(fit)
    centre = law.log_parameters
    theta = centre + (rng.standard_normal((count, len(centre))) * spread) @ basis.T
    return [law_at(law, point) for point in theta.clip(-FINITE, FINITE)]


def laws_apart(fit: Fit[Any]) -> list[tuple[Any, Any]]:
    """Laws a standard error from the estimate, to both sides along each principal direction of its covariance.

    Half the difference of a quantity in a pair, squared and summed over the pairs, is its variance, if it is about
    linear in the log-parameters. The spread in flat directions is that of `laplace_laws`; a law without uncertainty has
    no pairs.
    """
    law: Any = law_behind(fit)
    if fit.law.constant:
        return []
    spread, basis = _directions(fit)
    steps = spread[:, None] * basis.T
    around = [law.log_parameters + sign * steps for sign in (-1, 1)]
    low, high = (points.clip(-FINITE, FINITE) for points in around)
    return [(law_at(law, one), law_at(law, other)) for one, other in zip(low, high, strict=True)]


def _directions(fit: Fit[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard errors along the principal directions of the log-parameters, (k,), and these directions, (k, k)."""
    variance, basis = np.linalg.eigh(fit.log_covariance)
    return np.minimum(np.sqrt(np.maximum(variance, 0.0)), WIDEST), basis


def law_at(law: Any, point: NDArray[np.float64]) -> Any:
    """A law like this one, at other log-parameters (k,), or with coefficients (k + c,)."""
    if not isinstance(law, ByCovariates):
        return type(law).from_log(point)
    k = len(law.law.parameters)
    return replace(law, law=type(law.law).from_log(point[:k]), coefficients=tuple(point[k:].tolist()))
