"""A law whose parameters depend on covariates, and customers grouped by their covariates.

A covariate multiplies a parameter by exp(± coefficient · value), so that the law of customers is the fitted law with
arrays for parameters. Customers with equal covariates are of one pattern: with categories there are few patterns, and
what depends on them is computed once for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from clv._laws.law import Law
from clv._numerics import Array, unique_rows

__all__ = ["ByCovariates", "Effect", "Patterns", "at", "keys", "members", "plain", "taken"]

Ints = NDArray[np.int64]
L = TypeVar("L", bound=Law)
Acting = Literal["purchase", "dropout", "spend"]


@dataclass(frozen=True)
class Effect:
    """One coefficient: the `parameter`, a position, is multiplied by exp(sign · coefficient · `column`)."""

    name: str
    role: Acting
    parameter: int
    sign: float
    column: str


@dataclass(frozen=True)
class ByCovariates(Generic[L]):
    """A law with coefficients: `of` gives the law of customers.

    Parameters
    ----------
    law : PurchaseLaw or SpendLaw
        Of a customer whose coded covariates are all 0; no arrays of parameters.
    effects : tuple of Effect
    coefficients : tuple of float
        One for each effect.
    columns : tuple of str
        Names of the coded covariates, in the order in which `of` takes them.
    """

    law: L
    effects: tuple[Effect, ...]
    coefficients: tuple[float, ...]
    columns: tuple[str, ...]

    constant: ClassVar[bool] = False

    def of(self, z: Array) -> L:
        """The law of customers with coded covariates z, (n, c), or of one of them, (c,)."""
        logs: dict[int, Any] = {}
        for effect, coefficient in zip(self.effects, self.coefficients, strict=True):
            by = effect.sign * coefficient * z[..., self.columns.index(effect.column)]
            logs[effect.parameter] = logs.get(effect.parameter, 0.0) + by
        names = self.law.parameters
        with np.errstate(
            over="ignore", under="ignore", invalid="ignore"
        ):  # the law refuses what is not finite
            changes = {names[k]: getattr(self.law, names[k]) * np.exp(log) for k, log in logs.items()}
        return replace(self.law, **changes)  # type: ignore[type-var]

    def scaled(self, factor: float) -> ByCovariates[L]:
        """A spend law by covariates with every order multiplied by a factor."""
        return replace(self, law=self.law.scaled(factor))  # type: ignore[attr-defined]

    @property
    def log_parameters(self) -> Array:
        """Logarithms of the law's parameters, then the coefficients, (k + c,)."""
        return np.concatenate([self.law.log_parameters, self.coefficients])


@dataclass(frozen=True)
class Patterns:
    """The coded covariates of customers: distinct rows, and the row of each customer.

    Parameters
    ----------
    table : ndarray of shape (p, c)
        Distinct rows.
    row : ndarray of shape (n,)
        Of each customer.
    """

    table: Array
    row: Ints

    @classmethod
    def of(cls, z: Array) -> Patterns:
        """From the covariates of each customer, (n, c).

        >>> Patterns.of(np.array([[1.0], [0.0], [1.0]])).row
        array([1, 0, 1])
        """
        if not z.shape[1]:
            return cls(np.empty((1, 0)), np.zeros(len(z), dtype=np.int64))
        first, row = unique_rows(*z.T)
        order = np.lexsort(z[first].T[::-1])
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return cls(z[first][order], place[row])

    @property
    def z(self) -> Array:
        """The covariates of each customer, (n, c)."""
        return self.table[self.row]

    def take(self, rows: Ints) -> Patterns:
        """Some of the customers."""
        return Patterns(self.table, self.row[rows])


def at(law: Any, patterns: Patterns | None) -> Any:
    """The law of customers of these patterns; a law without covariates is that of everybody."""
    if not isinstance(law, ByCovariates):
        return law
    assert patterns is not None
    of_pattern = law.of(patterns.table)
    arrays = {
        name: value[patterns.row]
        for name in of_pattern.parameters
        if np.ndim(value := getattr(of_pattern, name)) > 0
    }
    return replace(of_pattern, **arrays)


def taken(patterns: Patterns | None, rows: Ints) -> Patterns | None:
    """The patterns of some of the customers."""
    return None if patterns is None else patterns.take(rows)


def keys(patterns: Patterns | None) -> Sequence[NDArray[Any]]:
    """What distinguishes customers besides their histories, for `unique_rows` and for sorting."""
    return () if patterns is None else (patterns.row,)


def members(law: Any, x: Array, t_x: Array, T: Array, patterns: Patterns | None = None) -> tuple[Ints, Ints]:
    """Customers whose law from T on differs: the index of the first of each, and the distinct one of every customer.

    The law after T of most laws depends on x and T alone; that of some on the silence since t_x too.
    """
    silence = (t_x,) if getattr(plain(law), "reads_silence", False) else ()
    return unique_rows(x, *silence, T, *keys(patterns))


def plain(law: Any) -> Any:
    """The law of a customer whose coded covariates are all 0."""
    return law.law if isinstance(law, ByCovariates) else law
