"""Effects of covariates on a law's parameters, and the log-likelihood as a function of their coefficients.

All effects are linear in the log-parameters, so the laws' derivatives are used with the chain rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clv._fits.likelihood import Likelihood
from clv._laws.law import CHUNK
from clv._laws.mixing import Role
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import laws_of
from clv._numerics import Array
from rfm.errors import DataError

__all__ = ["CovariateLikelihood", "Effect", "effects_of"]


@dataclass(frozen=True)
class Effect:
    """One coefficient: the `parameter`, a position, is multiplied by exp(sign · coefficient · `column`)."""

    name: str
    role: Role
    parameter: int
    sign: float
    column: str


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


def _takes_covariates(law_class: type[PurchaseLaw]) -> bool:
    return any(mixing.effects for mixing in law_class.mixing)


@dataclass(frozen=True)
class CovariateLikelihood:
    """Log-likelihood by log-parameters (k,) and coefficients (c,) of standardised covariates; made by `of`.

    Parameters
    ----------
    plain : Likelihood
        The law's rows.
    effects : tuple of Effect
    z : ndarray of shape (c, n)
        The covariate of each effect, with mean 0 and variance 1, times the effect's sign.
    centre, spread : ndarray of shape (c,)
        What was subtracted, and divided by.
    """

    plain: Likelihood
    effects: tuple[Effect, ...]
    z: Array
    centre: Array
    spread: Array

    @classmethod
    def of(
        cls, plain: Likelihood, effects: tuple[Effect, ...], columns: dict[str, Array]
    ) -> CovariateLikelihood:
        """From covariates by column, (n,) each."""
        raw = np.stack([columns[effect.column] for effect in effects])
        weights = plain.data.weights
        centre = raw @ weights / weights.sum()
        spread = np.sqrt((raw - centre[:, None]) ** 2 @ weights / weights.sum())
        sign = np.array([effect.sign for effect in effects])
        return cls(plain, effects, sign[:, None] * (raw - centre[:, None]) / spread[:, None], centre, spread)

    def __call__(self, point: Array) -> tuple[float, Array, Array]:
        """Value, gradient (k + c,) and Hessian (k + c, k + c)."""
        columns, weights = self.plain.data.columns, self.plain.data.weights
        k = len(point) - len(self.effects)
        which = [*range(k), *(effect.parameter for effect in self.effects)]
        value, gradient, hessian = 0.0, np.zeros(len(point)), np.zeros((len(point), len(point)))
        for start in range(0, len(weights), CHUNK):
            rows = slice(start, start + CHUNK)
            z, w = self.z[:, rows], weights[rows]
            logs = point[:k, None] + np.zeros(len(w))
            for effect, coefficient, each in zip(self.effects, point[k:], z, strict=True):
                logs[effect.parameter] += coefficient * each
            ll, first, second = self.plain.law_class.from_log(logs).derivatives(*(c[rows] for c in columns))
            factors = np.concatenate([np.ones((k, len(w))), z])
            value += float(w @ ll)
            gradient += (first[which] * factors) @ w
            hessian += np.einsum("abn,an,bn->ab", second[np.ix_(which, which)], factors * w, factors)
        return value, gradient, hessian

    def to_raw(self) -> Array:
        """The matrix (k + c, k + c) from standardised to raw covariates: sign·γ·(z − centre)/spread."""
        k = len(self.plain.law_class.parameters)
        matrix = np.eye(k + len(self.effects))
        for place, effect in enumerate(self.effects):
            matrix[k + place, k + place] = 1 / self.spread[place]
            matrix[effect.parameter, k + place] = -effect.sign * self.centre[place] / self.spread[place]
        return matrix
