"""Whether customers have left can be told from the log: the shares that explain it nearly as well as the estimate.

How many customers have left follows from how readily a law lets them leave. That is moved to either side of the
estimate, with all other parameters fitted again, as far as the log-likelihood falls by half the 95% quantile of χ²
(a profile likelihood); the shares left under the laws at both ends are the interval. Where it reaches "nobody", the log
says as little of dropout as a law without it; where it is wide, slow customers and lost ones look alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clv._checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms
from clv._checks.observed_time import long_enough
from clv._checks.regularity import irregular
from clv._fits.boundary import Lives
from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.likelihood import Likelihood, informative
from clv._fits.maximise import maximise
from clv._laws.mixing import Gamma
from clv._laws.purchase_law import PurchaseLaw
from clv.errors import FitError
from rfm._words import declare

__all__ = ["share_left", "told"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.dropout",
    {
        "check": "the log tells who has left",
        "few": "Only {n} customers bought again.",
        "few_one": "Only {n} customer bought again.",
        "no dropout": "Nobody ever leaves under {law}.",
        "told": "Under {law}, {share} of {who} have left by now, and the log bears out {low} to {high}.",
        "hardly": "Under {law} hardly any of {who} have left by now: {high} at most.",
        "wide": "Under {law}, {share} of {who} have left by now, but {low} to {high} explain the log nearly as well: "
        "it hardly tells customers who left from those who are slow to come back. {reason}{advice}",
        "nobody": "That nobody has left explains the log under {law} nearly as well as any share up to {high} of {who}"
        ": it cannot tell customers who left from those who are slow to come back, and P(alive) means little. "
        "{reason}{advice}",
        "regular": "The fit says that {share} of {who} have left, because purchases come too regularly for it "
        "(k = {k}): a silence does not look as long to it as it is, and P(alive) means little. {advice}",
        "evenly": "Purchases come at regular intervals (k = {k}), which a law of random moments takes for loyalty. ",
        "young": "Customers have not been observed long enough. ",
        "advice": "Add history, or fit with prior=clv.Prior(), which keeps the chance of leaving away from 0.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "share of the customers who could leave that have left"
LOSS: Final = float(stats.chi2.ppf(CONFIDENCE, 1)) / 2  # of log-likelihood
WIDE: Final = 0.3  # width of the interval of shares that is worth a word
HARDLY: Final = 0.05  # a share below which it does not matter
REGULAR: Final = 1.1  # k at which purchases count as regular
LEAST, MOST = -14.0, 7.0  # log-odds of a mean chance, or logarithm of a rate: from nobody to everybody
STEPS, CLOSE = 30, 0.05  # steps to an end, and the tolerance of the loss there
GAIN: Final = 1e-3  # of log-likelihood: the others are fitted again to this


def told(history: History, terms: Terms) -> Finding:
    """Whether the share of customers who have left is known, or nobody's leaving is as likely."""
    repeat = int((history.orders > 1).sum())
    if repeat < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(repeat, f"{repeat:,}", "few"), repeat)
    try:
        fit = terms.fit
    except FitError as error:
        return unknown(CHECK, STATISTIC, str(error), repeat)
    law = fit.law
    if not any(each.role == "dropout" for each in law.mixing):
        return unknown(CHECK, STATISTIC, TEXTS("no dropout", law=law.title), history.n)
    found = share_left(fit, pd.DataFrame(history.btyd(terms.unit)))
    share, could = found.estimate, round(found.could_leave)
    regular, young = irregular(history, terms), long_enough(history, terms)
    said = {"law": law.title, "who": law.leavers} | {
        name: _percent(value)
        for name, value in (("share", share.value), ("low", share.low), ("high", share.high))
    }
    k = f"{regular.estimate.value:.2f}"
    if fit.at_boundary and share.value < HARDLY and regular.estimate.low > REGULAR:
        words = TEXTS("regular", k=k, advice=TEXTS("advice"), **said)
        return Finding(CHECK, "no", STATISTIC, share, words, could)
    if share.high < HARDLY:
        return Finding(CHECK, "yes", STATISTIC, share, TEXTS("hardly", **said), could)
    nobody = share.low * could < 0.5
    if not nobody and share.high - share.low <= WIDE:
        return Finding(CHECK, "yes", STATISTIC, share, TEXTS("told", **said), could)
    reason = TEXTS("young") if young.holds in ("no", "doubtful") else ""
    if regular.estimate.low > REGULAR:
        reason = TEXTS("evenly", k=k)
    holds: Holds = "no" if nobody else "doubtful"
    words = TEXTS("nobody" if nobody else "wide", reason=reason, advice=TEXTS("advice"), **said)
    return Finding(CHECK, holds, STATISTIC, share, words, could)


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if 0.001 <= share < 0.1 else f"{share:.0%}"


@dataclass(frozen=True)
class Left:
    """The share that has left with its interval, and how many customers could leave."""

    estimate: Estimate
    could_leave: float


def share_left(fit: Fit[PurchaseLaw], table: pd.DataFrame) -> Left:
    """The share of those who could leave that have left, with the ends of its profile.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, of a law with a distribution of dropout.
    table : dataframe
        The columns that it was fitted to.
    """
    law_class: Any = type(fit.law)
    likelihood = Likelihood.of(law_class, informative(law_class, FitData.read(law_class, table)))
    profile = Profile.of(likelihood, fit)
    here = profile.lives(profile.centre)
    ends = [profile.lives(profile.end(side)).left for side in (-1.0, 1.0)]
    low, high = min(*ends, here.left), max(*ends, here.left)
    return Left(Estimate(here.left, low, high, round(likelihood.data.n)), here.could_leave)


@dataclass(frozen=True)
class Profile:
    """The likelihood along one number that says how readily customers leave, with all other parameters fitted again.

    Of a chance it is the log-odds of the mean, ln a − ln b. Of a rate it is the logarithm of s·ln(1 + T/β), T the mean
    time of observation, by which all have left but e to minus that: the mean rate s/β may be that of few who leave at
    once. Either is ln(first) + φ(ln second) of the two parameters, with a φ of its own.

    Parameters
    ----------
    likelihood : Likelihood
        In scaled units.
    centre : ndarray of shape (k,)
        The estimates.
    first, second : int
        Places of the two parameters.
    rate : bool
        Whether it is a rate.
    top : float
        The highest log-likelihood.
    error : float
        Standard error of the number, by the curvature at the top.
    """

    likelihood: Likelihood
    centre: Array
    first: int
    second: int
    rate: bool
    top: float
    error: float

    @classmethod
    def of(cls, likelihood: Likelihood, fit: Fit[PurchaseLaw]) -> Profile:
        """At a fit."""
        law = fit.law
        dropout = next(each for each in law.mixing if each.role == "dropout")
        first, second = (law.parameters.index(name) for name in dropout.names)
        rate, centre = isinstance(dropout, Gamma), likelihood.theta(law)
        apart = np.zeros(len(centre))
        apart[first], apart[second] = 1.0, _phi(float(centre[second]), rate)[1]
        error = math.sqrt(float(apart @ fit.log_covariance @ apart))
        return cls(likelihood, centre, first, second, rate, likelihood(centre)[0], error)

    def lives(self, theta: Array) -> Lives:
        """What the law at these log-parameters implies for the customers."""
        law: Any = self.likelihood.law_class.from_log(theta)
        return Lives.of(law, self.likelihood.data)

    def end(self, side: float) -> Array:
        """The log-parameters at which the profile has fallen by `LOSS` on one side, or at nobody or everybody.

        False position in the root of the loss, which is nearly linear.
        """
        wanted = math.sqrt(2 * LOSS)
        inside, outside = (0.0, 0.0), (math.nan, math.nan)  # (distance, root of twice the loss)
        farthest = max(MOST - self.number if side > 0 else self.number - LEAST, 0.0)
        at, theta = min(self.error * wanted, 2.0, farthest), self.centre
        for _ in range(STEPS):
            value, theta = self.held(side * at, theta)
            root = math.sqrt(max(2 * (self.top - value), 0.0))
            if abs(root - wanted) < CLOSE or (at >= farthest and root < wanted):
                break
            if root < wanted:
                inside = (at, root)
            else:
                outside = (at, root)
            if math.isnan(outside[0]):
                at = min(2.0 * at, farthest)
            else:
                share = (wanted - inside[1]) / (outside[1] - inside[1])
                at = inside[0] + min(max(share, 0.1), 0.9) * (outside[0] - inside[0])
        return theta

    @property
    def number(self) -> float:
        """At the estimates."""
        return float(self.centre[self.first]) + _phi(float(self.centre[self.second]), self.rate)[0]

    def held(self, distance: float, start: Array) -> tuple[float, Array]:
        """The best fit with the number held at a distance from the estimate."""
        first, others = self.first, np.flatnonzero(np.arange(len(self.centre)) != self.first)
        place = int(np.flatnonzero(others == self.second)[0])
        number = self.number + distance

        def point(rest: Array) -> Array:
            return np.insert(rest, first, number - _phi(float(rest[place]), self.rate)[0])

        def of_others(rest: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = self.likelihood(point(rest))
            _, slope, bend = _phi(float(rest[place]), self.rate)
            chain = np.zeros((len(self.centre), len(rest)))
            chain[others, np.arange(len(rest))] = 1.0
            chain[first, place] = -slope
            turned = chain.T @ hessian @ chain
            turned[place, place] -= gradient[first] * bend
            return value, chain.T @ gradient, turned

        found = maximise(of_others, start[others], GAIN)
        return found.value, point(found.theta)


def _phi(log_second: float, rate: bool) -> tuple[float, float, float]:
    """φ with its first two derivatives: −ln b of a chance, ln ln(1 + 1/β) of a rate."""
    if not rate:
        return -log_second, -1.0, 0.0
    second = math.exp(log_second)
    inverse = math.log1p(1 / second)
    slope = -1 / ((1 + second) * inverse)
    return math.log(inverse), slope, slope * (-second / (1 + second) - slope)
