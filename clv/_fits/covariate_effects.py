"""Effects of covariates on a law's parameters, and the log-likelihood as a function of their coefficients.

All effects are linear in the log-parameters, so the laws' derivatives are used with the chain rule. Where the customers
have few patterns of covariates, the law of each pattern is one law without arrays, whose sums are fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._fits.data import FitData, Law
from clv._fits.likelihood import AT_ONCE, FEW_ROWS, Likelihood
from clv._laws.by_covariates import ByCovariates, Effect
from clv._laws.law import CHUNK
from clv._laws.mixing import Role
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import laws_of
from clv._laws.spend_law import SpendLaw
from clv._numerics import Array, unique_rows
from rfm.errors import DataError

__all__ = ["CovariateLikelihood", "Effect", "effects_of", "spend_effects"]

ROWS_OF_PATTERN = 300  # rows per pattern from which sums by pattern are faster than row by row


def effects_of(
    law_class: type[PurchaseLaw], purchase: tuple[str, ...], dropout: tuple[str, ...]
) -> tuple[Effect, ...]:
    """The coefficients that these columns have in this law, purchases first."""
    roles: tuple[tuple[Role, tuple[str, ...]], ...] = (("purchase", purchase), ("dropout", dropout))
    if not _takes_covariates(law_class):
        others = [name for name, law in laws_of(PurchaseLaw).items() if _takes_covariates(law)]
        raise DataError(f"No covariates for {law_class.name}. Hint: choose one of {', '.join(others)}.")
    found = []
    for role, columns in roles:
        acting = [effect for mixing in law_class.mixing if mixing.role == role for effect in mixing.effects]
        if columns and not acting:
            raise DataError(
                f"{law_class.name} has no {role} that could depend on {', '.join(columns)}. "
                f"Hint: leave out {role}=."
            )
        found += [
            Effect(f"{label}[{column}]", role, law_class.parameters.index(parameter), sign, column)
            for label, parameter, sign in acting
            for column in columns
        ]
    return tuple(found)


def spend_effects(law_class: type[SpendLaw], columns: tuple[str, ...]) -> tuple[Effect, ...]:
    """The coefficients that these columns have in a spend law: each multiplies the law's scale of money.

    With Gamma-Gamma a customer's orders are those of the law with γ·exp(β'z), whose mean p·γ·exp(β'z)/(q − 1) is
    multiplied by exp(β'z): the same law in another unit of money.
    """
    return tuple(
        Effect(f"spend[{column}]", "spend", law_class.parameters.index(parameter), 1.0, column)
        for parameter in law_class.money_parameters
        for column in columns
    )


def _takes_covariates(law_class: type[PurchaseLaw]) -> bool:
    return any(mixing.effects for mixing in law_class.mixing)


@dataclass(frozen=True)
class Pattern:
    """The rows with one pattern of covariates: its standardised values (c,), and the rows as `Likelihood` has them."""

    z: Array
    prepared: Any


@dataclass(frozen=True)
class CovariateLikelihood:
    """Log-likelihood by log-parameters (k,) and coefficients (c,) of standardised covariates; made by `of`.

    Parameters
    ----------
    plain : Likelihood
        The law's rows, and the prior of its parameters where the covariates are at their means.
    effects : tuple of Effect
    z : ndarray of shape (c, n)
        The covariate of each effect, with mean 0 and variance 1, times the effect's sign.
    centre, spread : ndarray of shape (c,)
        What was subtracted, and divided by.
    terms : tuple of str
        The coded covariates of a law's customers, in their order; those of the effects among them.
    patterns : tuple of Pattern
        The rows by pattern, if there are few; else none.
    """

    plain: Likelihood
    effects: tuple[Effect, ...]
    z: Array
    centre: Array
    spread: Array
    terms: tuple[str, ...]
    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def of(
        cls,
        plain: Likelihood,
        effects: tuple[Effect, ...],
        columns: dict[str, Array],
        terms: tuple[str, ...] = (),
    ) -> CovariateLikelihood:
        """From covariates by column, (n,) each."""
        raw = np.stack([columns[effect.column] for effect in effects])
        weights = plain.data.weights
        centre = raw @ weights / weights.sum()
        spread = np.sqrt((raw - centre[:, None]) ** 2 @ weights / weights.sum())
        sign = np.array([effect.sign for effect in effects])
        z = sign[:, None] * (raw - centre[:, None]) / spread[:, None]
        first, row = unique_rows(*raw)
        many = len(row) >= ROWS_OF_PATTERN * len(first)
        patterns = (
            tuple(_pattern(plain, z[:, at], row == place) for place, at in enumerate(first)) if many else ()
        )
        return cls(plain, effects, z, centre, spread, terms or tuple(columns), patterns)

    @property
    def data(self) -> FitData:
        """The rows, in scaled units."""
        return self.plain.data

    @property
    def law_class(self) -> type[Law]:
        """The law."""
        return self.plain.law_class

    def __call__(self, point: Array) -> tuple[float, Array, Array]:
        """Value, gradient (k + c,) and Hessian (k + c, k + c)."""
        value, gradient, hessian = (self._by_pattern if self.patterns else self._by_row)(point)
        if self.plain.prior is None:
            return value, gradient, hessian
        k = self._k(point)
        of_law = self.plain.prior.log_density(self.law_class, point[:k])
        gradient[:k] += of_law[1]
        hessian[:k, :k] += of_law[2]
        precision = 1 / self.plain.prior.mean_spread**2
        gradient[k:] -= precision * point[k:]
        hessian[range(k, len(point)), range(k, len(point))] -= precision
        return value + self.log_prior(point), gradient, hessian

    def log_prior(self, point: Array) -> float:
        """Log-density of the prior, 0 without one; a coefficient has the spread of a mean, per standard deviation."""
        prior, k = self.plain.prior, self._k(point)
        if prior is None:
            return 0.0
        return prior.log_density(self.law_class, point[:k])[0] - 0.5 * float(
            np.sum((point[k:] / prior.mean_spread) ** 2)
        )

    def log_likelihood(self, point: Array, value: float) -> float:
        """Log-likelihood in the data's units, without the prior, where the function is `value`."""
        return value - self.log_prior(point) + self.plain.offset

    def values(self, points: Array) -> Array:
        """The function alone at many points (s, k + c): an array (s,)."""
        if self.patterns and self.law_class.sums_by_table and len(self.data.weights) > FEW_ROWS:
            return np.array([self(point)[0] for point in points])
        columns, weights = self.data.columns, self.data.weights
        found = np.zeros(len(points))
        step = max(1, AT_ONCE // max(len(weights), 1))
        for first in range(0, len(points), step):
            block = points[first : first + step]
            for start in range(0, len(weights), AT_ONCE):
                rows = slice(start, start + AT_ONCE)
                law = self.law_class.from_log(self._logs(block.T[..., None], self.z[:, None, rows]))
                ll = np.asarray(law.log_likelihood(*(column[rows] for column in columns)))
                found[first : first + step] += ll @ weights[rows]
        return found + [self.log_prior(point) for point in points]

    def law(self, point: Array) -> ByCovariates[Law]:
        """The law at a point, in the units of the data and of the covariates."""
        k, raw = self._k(point), self.to_raw() @ point
        plain = self.law_class.from_log(raw[:k]).scaled(self.plain.scale)
        return ByCovariates(plain, self.effects, tuple(raw[k:].tolist()), self.terms)

    def theta(self, law: ByCovariates[Any]) -> Array:
        """The point (k + c,) of a law in the units of the data and of the covariates."""
        plain = self.plain.theta(law.law)
        return np.asarray(np.linalg.solve(self.to_raw(), np.concatenate([plain, law.coefficients])))

    def in_units(self, points: Array) -> Array:
        """Points (s, k + c) as log-parameters and coefficients in the units of the data and of the covariates."""
        k = len(self.law_class.parameters)
        raw = points @ self.to_raw().T
        raw[:, :k] += self.law_class.from_log(np.zeros(k)).scaled(self.plain.scale).log_parameters
        return np.asarray(raw)

    def to_raw(self) -> Array:
        """The matrix (k + c, k + c) from standardised to raw covariates: sign·γ·(z − centre)/spread."""
        k = len(self.law_class.parameters)
        matrix = np.eye(k + len(self.effects))
        for place, effect in enumerate(self.effects):
            matrix[k + place, k + place] = 1 / self.spread[place]
            matrix[effect.parameter, k + place] = -effect.sign * self.centre[place] / self.spread[place]
        return matrix

    def _k(self, point: Array) -> int:
        return len(point) - len(self.effects)

    def _logs(self, point: Array, z: Array) -> Array:
        """Log-parameters (k, …) where the covariates of the effects are z, (c, …)."""
        k = len(point) - len(self.effects)
        logs = point[:k] + np.zeros(np.broadcast_shapes(point.shape[1:], z.shape[1:]))
        for effect, coefficient, each in zip(self.effects, point[k:], z, strict=True):
            logs[effect.parameter] += coefficient * each
        return np.asarray(logs)

    def _by_row(self, point: Array) -> tuple[float, Array, Array]:
        columns, weights = self.data.columns, self.data.weights
        k, which = self._k(point), self._which(point)
        value, gradient, hessian = 0.0, np.zeros(len(point)), np.zeros((len(point), len(point)))
        for start in range(0, len(weights), CHUNK):
            rows = slice(start, start + CHUNK)
            z, w = self.z[:, rows], weights[rows]
            law: Any = self.law_class.from_log(self._logs(point[:, None], z))
            ll, first, second = law.derivatives(*(c[rows] for c in columns))
            factors = np.concatenate([np.ones((k, len(w))), z])
            value += float(w @ ll)
            gradient += (first[which] * factors) @ w
            hessian += np.einsum("abn,an,bn->ab", second[np.ix_(which, which)], factors * w, factors)
        return value, gradient, hessian

    def _by_pattern(self, point: Array) -> tuple[float, Array, Array]:
        k, which = self._k(point), self._which(point)
        value, gradient, hessian = 0.0, np.zeros(len(point)), np.zeros((len(point), len(point)))
        for pattern in self.patterns:
            law = self.law_class.from_log(self._logs(point, pattern.z))
            ll, first, second = law.total_derivatives(pattern.prepared)
            factors = np.concatenate([np.ones(k), pattern.z])
            value += ll
            gradient += first[which] * factors
            hessian += second[np.ix_(which, which)] * np.outer(factors, factors)
        return value, gradient, hessian

    def _which(self, point: Array) -> Sequence[int]:
        """The law's parameter that each entry of a point acts on."""
        return [*range(self._k(point)), *(effect.parameter for effect in self.effects)]


def _pattern(plain: Likelihood, z: Array, of_pattern: NDArray[np.bool_]) -> Pattern:
    rows = np.flatnonzero(of_pattern)
    prepare: Any = plain.law_class.prepared
    prepared = prepare(*(column[rows] for column in plain.data.columns), plain.data.weights[rows])
    return Pattern(z, prepared)
