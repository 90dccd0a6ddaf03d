"""A fitted model's uncertainty: pairs of laws drawn from the posterior of the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.fit_words import POSTERIOR
from clv._fits.population_mean import expecting
from clv._fits.posterior_draws import Draws, draw
from clv._fits.prior import Prior
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from rfm._frames.types import Table

__all__ = ["ENDLESS", "MIXED", "SPREAD", "Budget", "Pair", "Posterior", "draw_pairs", "laplace_laws"]

Pair: TypeAlias = tuple[PurchaseLaw, SpendLaw | None]

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


MIXED = Budget(6e4, 4, 64)  # in customers' own intervals
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
        return tuple(
            (law, of_spend and expecting(of_spend, spend.log_covariance, spend.mean_order))
            for law, of_spend in self.pairs
        )


def draw_pairs(
    purchases: Fit[PurchaseLaw],
    spend: Fit[SpendLaw] | None,
    customers: Table | None,
    count: int,
    seed: int,
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
            draw_purchases(count, rng)
            if draw_purchases is not None and fit is purchases
            else _drawn(type(fit.law), customers, count, rng)
            for fit in fits
        ]
        laws = [list(each.laws) for each in drawn]
        texts = tuple(_caution(each) for each in drawn if each.k_hat > TRUSTED)
    if len(laws) == 1:
        laws.append([None if spend is None else spend.law] * count)
    return Posterior(tuple(zip(*laws, strict=True)), texts)


def _drawn(law_class: Any, customers: Any, count: int, rng: np.random.Generator) -> Draws[Any]:
    return draw(law_class, FitData.read(law_class, customers), count, rng)


def _caution(drawn: Draws[Any]) -> str:
    return POSTERIOR("doubt", law=drawn.laws[0].name, k=f"{drawn.k_hat:.2f}", trusted=str(TRUSTED))


def laplace_laws(fit: Fit, count: int, rng: np.random.Generator) -> list[Any]:
    """Laws at normal draws of the log-parameters around the estimate.

    Notes
    -----
    In a direction in which the likelihood is flat a fit's variance is a large number that stands for "unknown", and a
    normal draw would leave the plateau for laws that the data rule out, or for invalid ones. There the spread is that
    of the weak priors (see `clv._fits.prior.Prior`): a factor of 400 either way with probability 95%.
    """
    variance, basis = np.linalg.eigh(fit.log_covariance)
    spread = np.minimum(np.sqrt(np.maximum(variance, 0.0)), WIDEST)
    law_class: Any = type(fit.law)
    centre = fit.law.log_parameters
    theta = centre + (rng.standard_normal((count, len(centre))) * spread) @ basis.T
    return [law_class.from_log(point) for point in theta.clip(-FINITE, FINITE)]
