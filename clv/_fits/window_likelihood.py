"""The likelihood of what a log shows of an older shop, and the fit to it.

Customers first seen in the log are a Poisson process: new ones join at the rate ν e^(gs), and old ones, who had joined
in the H before the log, come back. Given how many are seen at all, each history has the density of
`clv._laws.seen_law.SeenLaw`, so that ν drops out; the law's parameters, g and H are estimated together. Where first
purchases are known, each customer's history is conditional on the first purchase, and on at least one in the log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clv._fits.boundary import Lives, fit_warnings, run_off
from clv._fits.data import FitData, purchase_data
from clv._fits.fit_law import Fit
from clv._fits.maximise import Maximum
from clv._fits.prior import Prior
from clv._fits.search import climb, covariance_of
from clv._laws.mixing import normal_term
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.seen_law import SEEN_FROM, SeenLaw, Smooth
from clv._laws.survivors import Ages
from clv._numerics import Array

__all__ = ["WindowFit", "WindowLikelihood", "climb_from", "fit_window"]

STEP = 3e-4  # of the numerical derivatives of old customers' densities, in the log-parameters
SAMPLE = 3_000  # rows, with and without a purchase, for the first search
GROWTH, PAST = (0.0, 1.5), (np.log(2.0), 1.5)  # weak priors: of ln e^(gW), and of ln H over the mean T
STEEPEST, RUSH = (
    8.0,
    6.0,
)  # of |g|·W, and of −g·H: joining has changed by a factor e^8 in the log, or e^6 before it
LONGEST = np.log(25.0)  # of ln H/W
IMPOSSIBLE = -1e12
STARTS = ((0.0, 1.0), (0.0, -2.0))  # growth, and ln past over the mean T


@dataclass(frozen=True)
class WindowLikelihood:
    """Log-likelihood of the histories in a log, with weak priors on growth and past; made by `of`.

    Parameters
    ----------
    law_class : type
        The law of a new member.
    data : FitData
        The rows in scaled time.
    scale : float
        Units of the data in one scaled unit.
    offset : float
        Log-likelihood in the data's units minus that in scaled units.
    window, entry : float
        In scaled time: length of the log, and the time after which customers must be first seen.
    mixture : bool
        Whether any of those first seen may have joined before the log; then the last two of theta are g·W and ln H.
    prior : Prior or None
        Of the law's parameters; None for maximum likelihood.
    """

    law_class: type[PurchaseLaw]
    data: FitData
    scale: float
    offset: float
    window: float
    entry: float
    mixture: bool
    prior: Prior | None = None

    @classmethod
    def of(
        cls,
        law_class: type[PurchaseLaw],
        data: FitData,
        window: float,
        entry: float = 0.0,
        *,
        mixture: bool = True,
        prior: Prior | None = None,
    ) -> WindowLikelihood:
        """For rows in any unit; of those known to have joined in the log only the ones first seen after `entry`."""
        kept = data.where(window - data.columns[2] > entry * (1 + 1e-9)) if entry > 0 else data
        first, *others = purchase_data(kept).columns
        scale, dimension = law_class.natural_scale(*kept.columns, weights=kept.weights)
        scaled = FitData(kept.names, (first, *(column / scale for column in others)), kept.weights)
        # The density of a first-seen customer has, besides that of each purchase, the dimension of one time.
        seen = float(kept.weights.sum()) if mixture else 0.0
        offset = -(dimension + seen) * float(np.log(scale))
        return cls(law_class, scaled, scale, offset, window / scale, entry / scale, mixture, prior)

    def sample(self, rows: int) -> WindowLikelihood:
        """The same function of about `rows` of the rows; itself if there are not more."""
        if len(self.data.weights) < 2 * rows:
            return self
        return replace(self, data=self.data.sample(rows))

    @property
    def k(self) -> int:
        """Parameters of the law."""
        return len(self.law_class.parameters)

    @cached_property
    def known(self) -> Any:
        """Rows of customers who are known to have joined before the log, (n,)."""
        return self.data.columns[2] >= self.window * (1 - SEEN_FROM)

    @cached_property
    def _smooth(self) -> Smooth:
        x, t_x, T = (column[~self.known] for column in self.data.columns)
        return Smooth(x + 1, np.clip(self.window - T + t_x, 0.0, self.window), self.window)

    def scaled_law(self, theta: Array) -> SeenLaw:
        """The law at theta, in scaled time."""
        law = self.law_class.from_log(theta[: self.k])
        if not self.mixture:
            return SeenLaw(law, 0.0, 0.0, self.window)
        return SeenLaw(law, float(theta[self.k]) / self.window, float(np.exp(theta[self.k + 1])), self.window)

    def theta(self, seen: SeenLaw) -> Array:
        """The point of a law in the units of the data."""
        logs = seen.law.scaled(1 / self.scale).log_parameters
        if not self.mixture:
            return logs
        return np.append(logs, [seen.growth * self.window * self.scale, np.log(seen.past / self.scale)])

    def law(self, theta: Array) -> SeenLaw:
        """The law at theta, in the units of the data."""
        seen = self.scaled_law(theta)
        return SeenLaw(
            seen.law.scaled(self.scale),
            seen.growth / self.scale,
            seen.past * self.scale,
            self.window * self.scale,
        )

    def in_units(self, thetas: Array) -> Array:
        """Points (s, k) in the units of the data, of such in scaled time."""
        return np.asarray(thetas + self.law(thetas[0]).log_parameters - thetas[0])

    def starts(self, law: PurchaseLaw) -> list[Array]:
        """Where to begin: the law that takes everybody for new, with a long or a short past."""
        theta = law.scaled(1 / self.scale).log_parameters
        if not self.mixture:
            return [theta]  # nothing but the law is estimated
        return [np.concatenate([theta, start]) for start in STARTS]

    def _possible(self, theta: Array) -> bool:
        """Whether growth and past are such as a shop can have, and the quadratures know."""
        if not self.mixture:
            return True
        growth, past = float(theta[self.k]), float(theta[self.k + 1]) - np.log(self.window)
        return abs(growth) < STEEPEST and past < LONGEST and -growth * np.exp(min(past, LONGEST)) < RUSH

    def __call__(self, theta: Array) -> tuple[float, Array, Array]:
        """Value, gradient and Hessian at theta, with the priors; −∞ where no shop can be."""
        if not self._possible(theta):
            return -np.inf, np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        size, rows, weights = len(theta), self.data.columns, self.data.weights
        known, k = self.known, self.k
        value, gradient, hessian = 0.0, np.zeros(size), np.zeros((size, size))
        if not known.all():
            some = [column[~known] for column in rows]
            new = self._new(theta, *some)
            part = new if not self.mixture else _either(new, numerical(self._old, theta, len(some[0])))
            value, gradient, hessian = _total(part, weights[~known])
        if known.any():
            of_known = numerical(self._of_known, theta[:k], int(known.sum()))
            more = _total(of_known, weights[known])
            value += more[0]
            gradient[:k] += more[1]
            hessian[:k, :k] += more[2]
        if self.mixture:
            seen = numerical(self._log_seen, theta, 1)
            n = float(weights[~known].sum())
            value, gradient = value - n * float(seen[0][0]), gradient - n * seen[1][:, 0]
            hessian = hessian - n * seen[2][:, :, 0]
        return self._with_priors(theta, value, gradient, hessian)

    def values(self, thetas: Array) -> Array:
        """The function alone at many points (s, k): an array (s,)."""
        return np.array([self._value(theta) if self._possible(theta) else IMPOSSIBLE for theta in thetas])

    def log_likelihood(self, theta: Array) -> float:
        """Without priors, in the data's units."""
        return self._value(theta, priors=False) + self.offset

    def _value(self, theta: Array, priors: bool = True) -> float:
        known, weights = self.known, self.data.weights
        total = 0.0
        if not known.all():
            some = [column[~known] for column in self.data.columns]
            each = self._new_values(theta, *some)
            if self.mixture:
                each = np.logaddexp(each, self._old(theta)) - self._log_seen(theta)[0]
            total += float(weights[~known] @ each)
        if known.any():
            total += float(weights[known] @ self._of_known(theta[: self.k]))
        if not priors:
            return total
        return self._with_priors(theta, total, np.zeros(len(theta)), np.zeros((len(theta), len(theta))))[0]

    def _new_values(self, theta: Array, x: Array, t_x: Array, T: Array) -> Array:
        law = self.law_class.from_log(theta[: self.k])
        whole = np.asarray(law.log_likelihood(x, t_x, T))
        return whole + theta[self.k] * (1 - T / self.window) if self.mixture else whole

    def _new(self, theta: Array, x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array]:
        """ln of the density of new customers, with derivatives, row by row."""
        value, first, second = self.law_class.from_log(theta[: self.k]).derivatives(x, t_x, T)
        if not self.mixture:
            return value, first, second
        more = len(theta) - self.k
        since = 1 - T / self.window
        gradient = np.pad(first, ((0, more), (0, 0)))
        gradient[self.k] = since
        return value + theta[self.k] * since, gradient, np.pad(second, ((0, more), (0, more), (0, 0)))

    def _old(self, theta: Array) -> Array:
        """ln of the density of old customers, row by row."""
        x, t_x, T = (column[~self.known] for column in self.data.columns)
        seen = self.scaled_law(theta)
        window = np.broadcast_to(self.window, x.shape)
        last = np.clip(self.window - T + t_x, 0.0, self.window)
        parts = seen.old(x + 1, last, window, Ages(seen.growth, seen.past), self._smooth)
        return np.logaddexp(*parts)

    def _of_known(self, theta: Array) -> Array:
        """ln of the density of those with a known first purchase before the log, given that they are seen."""
        x, t_x, T = (column[self.known] for column in self.data.columns)
        seen = SeenLaw(self.law_class.from_log(theta), 0.0, 0.0, self.window)
        _, _, alive, dead = seen.parts(x, t_x, T)
        return np.logaddexp(alive, dead) - seen.log_seen(age=np.maximum(T - self.window, 0.0))

    def _log_seen(self, theta: Array) -> Array:
        return np.reshape(self.scaled_law(theta).log_seen(self.entry), 1)

    def _with_priors(
        self, theta: Array, value: float, gradient: Array, hessian: Array
    ) -> tuple[float, Array, Array]:
        terms = []
        if self.mixture:
            unit = np.eye(len(theta))
            for place, (centre, spread) in enumerate((GROWTH, PAST)):
                terms.append(
                    normal_term(theta - centre * unit[self.k + place], unit[self.k + place], 1.0, spread)
                )
        if self.prior is not None:
            of_law = self.prior.log_density(self.law_class, theta[: self.k])
            more = len(theta) - self.k
            terms.append((of_law[0], np.pad(of_law[1], (0, more)), np.pad(of_law[2], ((0, more), (0, more)))))
        for term in terms:
            value, gradient, hessian = value + term[0], gradient + term[1], hessian + term[2]
        return value, gradient, hessian


def numerical(function: Any, theta: Array, rows: int) -> tuple[Array, Array, Array]:
    """Value (n,), gradient (k, n) and Hessian (k, k, n) of a function of log-parameters, by central differences."""
    k, value = len(theta), np.asarray(function(theta))
    up, down = np.empty((k, rows)), np.empty((k, rows))
    steps = STEP * np.eye(k)
    hessian = np.empty((k, k, rows))
    for i in range(k):
        up[i], down[i] = function(theta + steps[i]), function(theta - steps[i])
        hessian[i, i] = (up[i] + down[i] - 2 * value) / STEP**2
    for i in range(k):
        for j in range(i):
            both = function(theta + steps[i] + steps[j]) + function(theta - steps[i] - steps[j])
            mixed = both - up[i] - down[i] - up[j] - down[j] + 2 * value
            hessian[i, j] = hessian[j, i] = mixed / (2 * STEP**2)
    return value, (up - down) / (2 * STEP), hessian


def _either(one: tuple[Array, Array, Array], other: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """ln(e^u + e^v) with derivatives, from those of u and v."""
    value = np.logaddexp(one[0], other[0])
    shares = np.exp(one[0] - value), np.exp(other[0] - value)
    gradient = shares[0] * one[1] + shares[1] * other[1]
    hessian = -gradient[:, None] * gradient[None]
    for share, (_, first, second) in zip(shares, (one, other), strict=True):
        hessian += share * (second + first[:, None] * first[None])
    return value, gradient, hessian


def _total(part: tuple[Array, Array, Array], weights: Array) -> tuple[float, Array, Array]:
    return float(weights @ part[0]), part[1] @ weights, part[2] @ weights


@dataclass(frozen=True)
class WindowFit:
    """A fit to a log that begins mid-history: of the law, and of the shop around it.

    Parameters
    ----------
    purchases : Fit
        Of the law; its covariance is that with growth and past unknown, its log-likelihood that of the log.
    seen : SeenLaw
        At the estimates.
    likelihood : WindowLikelihood
        What was maximised.
    best : Maximum
        Of the likelihood.
    """

    purchases: Fit[Any]
    seen: SeenLaw
    likelihood: WindowLikelihood
    best: Maximum


def fit_window(plain: Fit[Any], likelihood: WindowLikelihood) -> WindowFit:
    """Maximise the likelihood of a log, starting from the fit that takes everybody for new."""
    sample: Any = likelihood.sample(SAMPLE)
    tops = [
        climb(sample, start, None if sample is likelihood else 1e-4) for start in likelihood.starts(plain.law)
    ]
    best = max(tops, key=lambda maximum: maximum.value)
    if sample is not likelihood:
        whole: Any = likelihood
        best = climb(whole, best.theta)
    covariance, flat = covariance_of(best.hessian)
    seen, k = likelihood.law(best.theta), likelihood.k
    of_law = covariance[:k, :k]
    natural = np.exp(seen.law.log_parameters)
    gone = run_off(seen.law.parameters, best.theta[:k], flat[:k])
    lives = Lives.of(seen.law.scaled(1 / likelihood.scale), likelihood.data) if gone else None
    of_parameters = replace(
        best, theta=best.theta[:k], gradient=best.gradient[:k], hessian=best.hessian[:k, :k]
    )
    purchases = replace(
        plain,
        law=seen.law,
        covariance=of_law * np.outer(natural, natural),
        log_covariance=of_law,
        log_likelihood=likelihood.log_likelihood(best.theta),
        n=round(likelihood.data.n),
        converged=best.converged,
        at_boundary=len(gone) > 0,
        warnings=fit_warnings(seen.law, gone, of_parameters, lives),
    )
    return WindowFit(purchases, seen, likelihood, best)


def climb_from(likelihood: WindowLikelihood, theta: Array) -> Maximum:
    """The maximum near a point."""
    target: Any = likelihood
    return climb(target, theta)
