"""Mixing distributions: the distribution of a rate or of a probability over customers, with all its properties."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clv._laws.arguments import give
from clv._laws.docstrings import complete_docstrings
from clv._laws.law_words import LIMITS
from clv._numerics import Array, FloatOrArray, log_rising
from rfm._options import check_choice, check_flag, check_text

__all__ = ["Beta", "Gamma", "Mixing", "MixingPrior", "Of", "Role", "Term", "normal_term"]

Of: TypeAlias = Literal["purchase rate", "purchase chance", "dropout"]
Role: TypeAlias = Literal["purchase", "dropout"]
Term: TypeAlias = tuple[float, Array, Array]  # of a log-density: value (), gradient (k,), Hessian (k, k)


class MixingPrior(Protocol):
    """The settings of a prior on the mean and the concentration of a mixing distribution; see `clv.Prior`."""

    @property
    def mean_spread(self) -> float:
        """Standard deviation of the logarithm of a mean rate, in scaled time."""

    @property
    def shape(self) -> tuple[float, float]:
        """Median of a Gamma's shape, and standard deviation of its logarithm."""

    @property
    def concentration(self) -> tuple[float, float]:
        """Median of a Beta's a + b, and standard deviation of its logarithm."""


class Words(NamedTuple):
    """Texts on a distribution: its axis in a plot, and the meaning of its two limits."""

    label: str
    alike: str
    extremes: str


_LEAVES_AT_ONCE = LIMITS("leave at once or never")


@dataclass(frozen=True)
class Mixing(ABC):
    """The distribution over customers of one rate or probability; its two kinds are `Gamma` and `Beta`.

    Its location is ln first − ln second, the logarithm of a mean rate or the log-odds of a mean chance; its
    concentration measures how similar customers are.
    """

    of: Of = field(kw_only=True)
    label: str | None = field(default=None, kw_only=True)
    alike: str | None = field(default=None, kw_only=True)
    extremes: str | None = field(default=None, kw_only=True)
    covariates: bool = field(default=True, kw_only=True)

    _known: ClassVar[dict[Of, Words]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        complete_docstrings(cls)

    def __post_init__(self) -> None:
        check_choice("of", self.of, list(self._known), hint="it says what varies over customers")
        for each in fields(self):
            if each.type == "str":
                check_text(each.name, getattr(self, each.name), f'{each.name}="alpha"')
        for name in ("label", "alike", "extremes"):
            if getattr(self, name) is not None:
                check_text(name, getattr(self, name))
        check_flag("covariates", self.covariates)
        for name, words in self._known[self.of]._asdict().items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, words)

    @property
    @abstractmethod
    def names(self) -> tuple[str, str]:
        """Names of its two parameters, in order."""

    @property
    def role(self) -> Role:
        """Whether it describes customers' purchases or their dropout."""
        return "dropout" if self.of == "dropout" else "purchase"

    @property
    @abstractmethod
    def effects(self) -> tuple[tuple[str, str, float], ...]:
        """For each coefficient of a covariate: its name, the parameter it acts on, and its sign."""

    @property
    def at_top(self) -> str | None:
        """The behaviour of customers whose rate or probability is at its maximum; None if there is none."""
        return None

    @abstractmethod
    def mean(self, first: float, second: float) -> float:
        """The mean rate, or the mean chance.

        Parameters
        ----------
        first, second : float
            The two parameters.

        Returns
        -------
        float
            In the law's unit of time, for a rate.

        See Also
        --------
        location : The logarithm of a mean rate, or the log-odds of a mean chance.

        Examples
        --------
        >>> import clv
        >>> clv.Gamma("r", "alpha", of="purchase rate").mean(0.5, 10.0)
        0.05
        """

    @abstractmethod
    def cdf(self, value: Array, first: float, second: float) -> Array:
        """Share of customers up to each value.

        Parameters
        ----------
        value : ndarray of shape (n,)
            Rates in the law's unit of time, or chances.
        first, second : float
            The two parameters.

        Returns
        -------
        ndarray of shape (n,)
            Between 0 and 1.

        See Also
        --------
        clv.plot.heterogeneity : A picture of it.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.Beta("a", "b", of="dropout").cdf(np.array([0.25, 1.0]), 1.0, 1.0)  # uniform
        array([0.25, 1.  ])
        """

    @abstractmethod
    def reach(self, share: float, first: float, second: float) -> float:
        """The upper end of a plot that shows this share of the customers, and the mean.

        Parameters
        ----------
        share : float
            Between 0 and 1.
        first, second : float
            The two parameters.

        Returns
        -------
        float
            A rate in the law's unit of time, or a chance.

        See Also
        --------
        clv.plot.heterogeneity : The picture.

        Examples
        --------
        >>> import clv
        >>> round(clv.Gamma("r", "alpha", of="purchase rate").reach(0.95, 0.5, 10.0), 4)
        0.1921
        """

    @abstractmethod
    def at_concentration(self, location: float, level: float) -> tuple[float, float]:
        """Logarithms of the parameters at this location and logarithm of the concentration.

        Parameters
        ----------
        location : float
            Logarithm of the mean rate, or of the odds of the mean chance.
        level : float
            Logarithm of a Gamma's shape, or of a Beta's a + b.

        Returns
        -------
        tuple of float
            ln first, ln second.

        See Also
        --------
        location : The location of a mean.

        Examples
        --------
        >>> import clv
        >>> clv.Gamma("r", "alpha", of="purchase rate").at_concentration(location=-2.0, level=0.5)
        (0.5, 2.5)
        """

    @abstractmethod
    def location(self, mean: float) -> float:
        """The location of a distribution with this mean.

        Parameters
        ----------
        mean : float
            A rate above 0, or a chance between 0 and 1.

        Returns
        -------
        float
            The logarithm of a rate, or the log-odds of a chance.

        See Also
        --------
        mean : The way from the parameters to the mean.

        Examples
        --------
        >>> import clv
        >>> clv.Beta("a", "b", of="dropout").location(0.5)
        0.0
        """

    @abstractmethod
    def prior_terms(self, prior: MixingPrior, logs: Array) -> list[Term]:
        """Log-densities of a weak prior at the logarithms of the parameters.

        Parameters
        ----------
        prior : Prior
            The prior's settings.
        logs : ndarray of shape (2,)
            Logarithms of the parameters, in scaled time.

        Returns
        -------
        list of tuple
            Value, gradient (2,) and Hessian (2, 2) of each.

        See Also
        --------
        clv.Prior : What is assumed before the data.

        Examples
        --------
        >>> import clv, numpy as np
        >>> terms = clv.Gamma("r", "alpha", of="purchase rate").prior_terms(clv.Prior(), np.zeros(2))
        >>> [round(float(value), 4) for value, gradient, hessian in terms]  # of the mean, and of the shape
        [-2.0176, -1.3244]
        """


@dataclass(frozen=True)
class Gamma(Mixing):
    """Customers' rates are Gamma(shape, rate) with mean shape/rate; how a law declares that they differ in a rate.

    Parameters
    ----------
    shape, rate : str
        Names of the law's two parameters. The second is a length of time in a law of continuous time.
    of : {"purchase rate", "dropout"}
        The rate at which customers buy, or at which they leave.
    label : str, optional
        The axis of `clv.plot.heterogeneity`; `{unit}` stands for the unit of time.
    alike, extremes : str, optional
        What it means if customers do not differ at all, or as much as can be; for the warnings of a fit.
    covariates : bool
        Whether covariates may act on it: a positive coefficient makes the rate higher.

    Raises
    ------
    DataError
        `of` is something else.

    See Also
    --------
    Beta : Of a chance.
    PurchaseLaw : The base class of the laws that declare them.

    Examples
    --------
    >>> import clv
    >>> rates = clv.Gamma("r", "alpha", of="purchase rate")
    >>> rates.alike
    'all customers buy at the same rate'
    >>> round(clv.Gamma.log_moment(shape=0.5, rate=4.0, x=2, t=12.0), 4)  # ln E[λ² e^(−12λ)] = ln 0.75 · 0.5/256
    -6.526
    """

    shape: str
    rate: str

    _known: ClassVar[dict[Of, Words]] = {
        "purchase rate": Words(
            "Purchases per {unit} while alive",
            LIMITS("one rate"),
            LIMITS("few buy all"),
        ),
        "dropout": Words("Rate of leaving per {unit}", LIMITS("one rate of leaving"), _LEAVES_AT_ONCE),
    }

    @staticmethod
    def log_moment(shape: ArrayLike, rate: ArrayLike, x: ArrayLike, t: ArrayLike) -> FloatOrArray:
        """ln E[λ^x e^(−λt)], λ ~ Gamma(shape, rate): the log-likelihood of x purchases in a time t, times known.

        Parameters
        ----------
        shape, rate : array_like, > 0
            Of the customers' rates.
        x, t : array_like, ≥ 0
            Purchases, and the time in which they were made.

        Returns
        -------
        float or ndarray of the broadcast shape
            Accurate also where shape and rate are so large that customers are all alike.

        See Also
        --------
        Beta.log_moment : The same for a chance.

        Examples
        --------
        >>> import clv
        >>> round(clv.Gamma.log_moment(1.0, 1.0, 0, 1.0), 6)  # 1/(1 + t) for an exponential rate
        -0.693147
        """
        r, alpha, x, t = (np.asarray(v, dtype=float) for v in (shape, rate, x, t))
        return give(np.asarray(log_rising(r, x) - r * np.log1p(t / alpha) - x * np.log(alpha + t)))

    @property
    def names(self) -> tuple[str, str]:
        """Names of its two parameters, in order."""
        return self.shape, self.rate

    @property
    def effects(self) -> tuple[tuple[str, str, float], ...]:
        """One coefficient: a rate is multiplied by exp(γ'z) if its Gamma's rate is divided by it."""
        return ((self.role, self.rate, -1.0),) if self.covariates else ()

    def mean(self, first: float, second: float) -> float:
        """The mean rate."""
        return first / second

    def cdf(self, value: Array, first: float, second: float) -> Array:
        """Share of customers up to each value."""
        return np.asarray(special.gammainc(first, second * value))

    def reach(self, share: float, first: float, second: float) -> float:
        """The quantile, or 1.2 times the mean: in a very skewed Gamma nearly all customers lie far below the mean."""
        return max(float(special.gammaincinv(first, share)), 1.2 * first) / second

    def at_concentration(self, location: float, level: float) -> tuple[float, float]:
        """Logarithms of shape and rate at this log-mean, and this logarithm of the shape."""
        return level, level - location

    def location(self, mean: float) -> float:
        """The logarithm of the mean."""
        return float(np.log(mean))

    def prior_terms(self, prior: MixingPrior, logs: Array) -> list[Term]:
        """The mean around one event in the mean time of observation, and the shape around its median."""
        return [
            normal_term(logs, np.array([1.0, -1.0]), 1.0, prior.mean_spread),
            normal_term(logs, np.array([1.0, 0.0]), *prior.shape),
        ]


@dataclass(frozen=True)
class Beta(Mixing):
    """Customers' chances are Beta(a, b) with mean a/(a + b); how a law declares that they differ in a chance.

    Parameters
    ----------
    a, b : str
        Names of the law's two parameters.
    of : {"purchase chance", "dropout"}
        The chance of a purchase in a period, or of leaving at an occasion.
    label : str, optional
        The axis of `clv.plot.heterogeneity`, which says at which occasion.
    alike, extremes : str, optional
        What it means if customers do not differ at all, or as much as can be; for the warnings of a fit.
    covariates : bool
        Whether covariates may act on it, on a and on b with a coefficient each.

    Raises
    ------
    DataError
        `of` is something else.

    See Also
    --------
    Gamma : Of a rate.
    PurchaseLaw : The base class of the laws that declare them.

    Examples
    --------
    >>> import clv
    >>> leaving = clv.Beta("a", "b", of="dropout", label="Chance of leaving after a repeat purchase")
    >>> leaving.extremes
    'customers leave at once or never'
    >>> round(clv.Beta.log_moment(a=1.0, b=1.0, x=1, n=1), 6)  # E[p (1 − p)] = 1/6
    -1.791759
    """

    a: str
    b: str

    _known: ClassVar[dict[Of, Words]] = {
        "purchase chance": Words(
            "Chance of a purchase in a period while alive",
            LIMITS("one probability"),
            LIMITS("always or never"),
        ),
        "dropout": Words("Chance of leaving", LIMITS("one probability of leaving"), _LEAVES_AT_ONCE),
    }

    @staticmethod
    def log_moment(a: ArrayLike, b: ArrayLike, x: ArrayLike, n: ArrayLike) -> FloatOrArray:
        """ln E[p^x (1 − p)^n], p ~ Beta(a, b): the log-likelihood of x times yes and n times no, in their order.

        Parameters
        ----------
        a, b : array_like, > 0
            Of the customers' chances.
        x, n : array_like, ≥ 0
            How often yes, and how often no.

        Returns
        -------
        float or ndarray of the broadcast shape

        See Also
        --------
        Gamma.log_moment : The same for a rate.

        Examples
        --------
        >>> import clv
        >>> round(clv.Beta.log_moment(1.0, 1.0, 0, 3), 6)  # E[(1 − p)³] = 1/4
        -1.386294
        """
        a, b, x, n = (np.asarray(v, dtype=float) for v in (a, b, x, n))
        return give(np.asarray(log_rising(a, x) + log_rising(b, n) - log_rising(a + b, x + n)))

    @property
    def names(self) -> tuple[str, str]:
        """Names of its two parameters, in order."""
        return self.a, self.b

    @property
    def effects(self) -> tuple[tuple[str, str, float], ...]:
        """Two coefficients: one for a and b together would leave the mean where it is."""
        return tuple((f"{self.role}_{name}", name, 1.0) for name in self.names) if self.covariates else ()

    @property
    def at_top(self) -> str | None:
        """What customers do who buy with a chance of 1, in words."""
        return LIMITS("every opportunity") if self.role == "purchase" else None

    def mean(self, first: float, second: float) -> float:
        """The mean chance."""
        return first / (first + second)

    def cdf(self, value: Array, first: float, second: float) -> Array:
        """Share of customers up to each value."""
        return np.asarray(special.betainc(first, second, value))

    def reach(self, share: float, first: float, second: float) -> float:
        """1, the largest chance."""
        return 1.0

    def at_concentration(self, location: float, level: float) -> tuple[float, float]:
        """Logarithms of a and b at these log-odds of the mean, and this logarithm of a + b."""
        above = float(np.logaddexp(0.0, -location))  # ln (a + b) − ln a
        return level - above, level - above - location

    def location(self, mean: float) -> float:
        """The log-odds of the mean."""
        return float(np.log(mean) - np.log1p(-mean))

    def prior_terms(self, prior: MixingPrior, logs: Array) -> list[Term]:
        """The mean uniform between 0 and 1, and a + b around its median."""
        return [_beta_term(logs, *prior.concentration)]


def normal_term(theta: Array, direction: Array, median: float, spread: float) -> Term:
    """direction·theta ~ Normal(ln median, spread)."""
    z = (float(direction @ theta) - np.log(median)) / spread
    value = -0.5 * z * z - np.log(spread * np.sqrt(2 * np.pi))
    return value, -z / spread * direction, -np.outer(direction, direction) / spread**2


def _beta_term(logs: Array, median: float, spread: float) -> Term:
    """a/(a+b) ~ Uniform(0, 1) and a+b ~ LogNormal(ln median, spread), by ln a and ln b."""
    apart = np.array([1.0, -1.0])
    odds, total = float(apart @ logs), float(np.logaddexp(*logs))
    mean = 1 / (1 + np.exp(-odds))
    bend = mean * (1 - mean) * np.outer(apart, apart)  # Hessian of `total`, and of -ln mean, -ln(1 - mean)
    z, slope = (total - np.log(median)) / spread, np.array([mean, 1 - mean])
    value = -np.logaddexp(0, odds) - np.logaddexp(0, -odds)
    value -= 0.5 * z * z + np.log(spread * np.sqrt(2 * np.pi))
    gradient = (1 - 2 * mean) * apart - z / spread * slope
    return value, gradient, -2 * bend - np.outer(slope, slope) / spread**2 - z / spread * bend
