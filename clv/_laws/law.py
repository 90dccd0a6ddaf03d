"""The base of purchase and spend laws: an immutable value of checked, positive parameters."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self, cast

import numpy as np

from clv._laws.arguments import to_parameter
from clv._laws.docstrings import complete_docstrings
from clv._laws.mixing import Mixing, MixingPrior, Term, normal_term
from clv._numerics import Array

__all__ = ["Law", "LawPrior", "Rows"]

CHUNK = 65_536  # rows whose derivatives are in memory at a time: 21 doubles per row for four parameters


class LawPrior(MixingPrior, Protocol):
    """The settings of a prior on all parameters; see `clv.Prior`."""

    @property
    def spend_shape(self) -> tuple[float, float]:
        """Median of a spend law's shapes, and standard deviation of their logarithms."""


@dataclass(frozen=True)
class Rows:
    """Data for `total_derivatives`: the law's `data_columns`, each (n,), and weights, (n,)."""

    columns: tuple[Array, ...]
    weights: Array


class Law(ABC):
    """A frozen dataclass of positive parameters, each a float or an array that broadcasts with the data."""

    name: ClassVar[str]
    title: ClassVar[str]
    """The printed name: "BG/BB"; by default the name."""
    parameters: ClassVar[tuple[str, ...]]
    """Names of the parameters, in order; by default those of `mixing`."""
    mixing: ClassVar[tuple[Mixing, ...]] = ()
    """The mixing distributions: what differs between customers, and how."""
    at_infinity: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The interpretation of a parameter of no mixing distribution that diverges to infinity."""
    at_zero: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The same of one that tends to 0."""
    measured_in: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Parameters of a mixing distribution whose rates count in units of another parameter: {"beta": "b"} if β/b is the
    rate of the Gamma of rates per unit of time."""
    data_columns: ClassVar[tuple[str, ...]]
    """Columns of the BTYD summary that the likelihood reads, in order."""
    constant: ClassVar[bool] = False
    """Whether it has nothing to estimate, so that every draw of its parameters is the same."""
    from_orders: ClassVar[bool] = False
    """Whether it is estimated from the orders themselves, and not by its likelihood from a summary."""
    sums_by_table: ClassVar[bool] = False
    """Whether `total_derivatives` of many rows is faster than the log-likelihood of each, due to tables of counts."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "name" in vars(cls) and "title" not in vars(cls):
            cls.title = cls.name
        if "mixing" in vars(cls) and "parameters" not in vars(cls):
            cls.parameters = tuple(name for each in cls.mixing for name in each.names)
        complete_docstrings(cls)

    def __post_init__(self) -> None:
        for name in self.parameters:
            object.__setattr__(self, name, to_parameter(type(self).__name__, name, getattr(self, name)))

    @classmethod
    def from_log(cls, log_parameters: Array) -> Self:
        """The law at the logarithms of its parameters.

        Parameters
        ----------
        log_parameters : ndarray of shape (k,) or (k, n)
            In the order of `parameters`.

        Returns
        -------
        PurchaseLaw or SpendLaw
            Of this class.

        See Also
        --------
        log_parameters : The way back.

        Examples
        --------
        >>> import clv, numpy as np
        >>> clv.ParetoNBD.from_log(np.zeros(4))
        ParetoNBD(r=1.0, alpha=1.0, s=1.0, beta=1.0)
        """
        return cls(*np.exp(log_parameters))

    @property
    def log_parameters(self) -> Array:
        """Logarithms of the parameters, (k,), or (k, n) if one of them is an array of n."""
        values = np.broadcast_arrays(*(getattr(self, name) for name in self.parameters))
        return np.asarray(np.log(np.stack(values)))

    def _multiplied(self, names: Sequence[str], factor: float) -> Self:
        """The law with some parameters multiplied by a factor."""
        changes = {name: getattr(self, name) * factor for name in names}
        return replace(self, **changes)  # type: ignore[type-var]

    @classmethod
    def natural_scale(cls, *columns: Array, weights: Array) -> tuple[float, float]:
        """A unit in which the search does not depend on the data's unit, and its effect on the likelihood.

        Parameters
        ----------
        *columns : ndarray of shape (n,)
            The law's `data_columns`.
        weights : ndarray of shape (n,)
            Customers per row.

        Returns
        -------
        scale : float
            Units of the data in one such unit.
        dimension : float
            The joint density of all rows has the dimension of the unit to minus that power.

        See Also
        --------
        scaled : The law in another unit.

        Examples
        --------
        >>> import clv, numpy as np
        >>> history = np.array([2.0, 0.0]), np.array([30.0, 0.0]), np.array([40.0, 20.0])
        >>> clv.BGNBD.natural_scale(*history, weights=np.ones(2))  # mean T, and purchases
        (30.0, 2.0)
        """
        return 1.0, 0.0

    def total_derivatives(self, data: Any) -> tuple[float, Array, Array]:
        """Weighted sums of `derivatives`, for one law without arrays of parameters.

        Parameters
        ----------
        data : object
            As made by `prepared`.

        Returns
        -------
        value, gradient, hessian : float, ndarray of shapes (k,) and (k, k)
            Of the log-likelihood of all customers, in the log-parameters.

        See Also
        --------
        prepared : Makes the data.
        derivatives : Row by row.

        Examples
        --------
        >>> import clv, numpy as np
        >>> law = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> data = clv.GammaGamma.prepared(np.array([2.0, 1.0]), np.array([22.35, 11.77]), np.ones(2))
        >>> value, gradient, hessian = law.total_derivatives(data)
        >>> round(value, 4), gradient.shape, hessian.shape
        (-7.289, (3,), (3, 3))
        """
        k = len(self.parameters)
        value, gradient, hessian = 0.0, np.zeros(k), np.zeros((k, k))
        for start in range(0, len(data.weights), CHUNK):
            rows = slice(start, start + CHUNK)
            ll, first, second = cast(Any, self).derivatives(*(column[rows] for column in data.columns))
            weights = data.weights[rows]
            value += float(weights @ ll)
            gradient += first @ weights
            hessian += second @ weights
        return value, gradient, hessian

    @classmethod
    def per_time(cls) -> Array:
        """The linear map of log-parameters (k, k) to those of rates per unit of time; see `measured_in`.

        Returns
        -------
        ndarray of shape (k, k)
            The identity for a law with nothing `measured_in` another parameter.

        See Also
        --------
        prior_terms : Of such rates.

        Examples
        --------
        >>> import clv
        >>> clv.GGompertzNBD.per_time()[4]  # ln β − ln b
        array([ 0.,  0., -1.,  0.,  1.])
        """
        turn = np.eye(len(cls.parameters))
        for name, unit in cls.measured_in.items():
            turn[cls.parameters.index(name), cls.parameters.index(unit)] = -1.0
        return turn

    def _total(self, data: Any) -> float:
        """The log-likelihood of `prepared` data alone, where a law has a faster way than with its derivatives."""
        return float(self.total_derivatives(data)[0])

    @classmethod
    def prior_terms(cls, prior: LawPrior, theta: Array) -> list[Term]:
        """Log-densities of a weak prior at log-parameters (k,) in scaled units, each with gradient and Hessian.

        A mean and a concentration for each mixing distribution; a parameter of no distribution has its prior median
        at 1.

        Parameters
        ----------
        prior : Prior
            The prior's settings.
        theta : ndarray of shape (k,)
            The log-parameters.

        Returns
        -------
        list of tuple
            Value, gradient (k,) and Hessian (k, k) of each.

        See Also
        --------
        clv.Prior : What is assumed before the data.

        Examples
        --------
        >>> import clv, numpy as np
        >>> terms = clv.ParetoNBD.prior_terms(clv.Prior(), np.zeros(4))
        >>> len(terms), round(sum(value for value, _, _ in terms), 4)
        (4, np.float64(-6.6839))
        """
        turns, alone = _directions(cls)
        terms = []
        for each, turn in zip(cls.mixing, turns, strict=True):
            for value, gradient, hessian in each.prior_terms(prior, turn @ theta):
                terms.append((value, gradient @ turn, turn.T @ hessian @ turn))
        return terms + [normal_term(theta, unit, 1.0, prior.mean_spread) for unit in alone]


@cache
def _directions(law_class: type[Law]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Maps of log-parameters to those of each mixing distribution, (2, k), and the units of the other parameters."""
    names, per_time = law_class.parameters, law_class.per_time()
    places = [[names.index(name) for name in each.names] for each in law_class.mixing]
    mixed = {k for place in places for k in place}
    unit = np.eye(len(names))
    return tuple(per_time[place] for place in places), tuple(
        unit[k] for k in range(len(names)) if k not in mixed
    )
