"""Expectations at many draws of the parameters, from exact ones at some of them.

An expectation over the base is a smooth function of the log-parameters, and over their posterior nearly a quadratic
one. It is evaluated at some of the draws, and interpolated by a fitted quadratic at the others if that fits;
otherwise only the evaluated draws are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from clv._values.simulated_future import Draw

__all__ = ["EXACT", "expectations", "expectations_of"]

Array = NDArray[np.float64]

FIRST = 24  # draws at which the expectation is evaluated for a line
LEARNED = 36  # the same for a quadratic, which has 24 coefficients; more with covariates
EXACT = 200  # the same if a quadratic does not fit
MISFIT, BENT = 0.05, 0.003  # largest error of a quadratic and of a line, relative to the spread between draws


def expectations(evaluate: Callable[..., Array], draws: Sequence[Draw]) -> Array:
    """The values of `evaluate` at each draw, (draws, …), or only at the first ones if interpolation fails.

    Parameters
    ----------
    evaluate : callable
        Two laws -> expectations ≥ 0, an array of any shape.
    draws : sequence of (PurchaseLaw, SpendLaw or None)
    """
    return expectations_of(lambda some: (evaluate(*draw) for draw in some), draws)


def expectations_of(evaluate: Callable[[Sequence[Draw]], Iterable[Array]], draws: Sequence[Draw]) -> Array:
    """The same of a function that evaluates several draws together: an array for each.

    A line is tried first: of a large base the parameters are known so well that it fits, and takes few evaluations.
    """
    if len(draws) <= FIRST:
        return np.array([*evaluate(draws)])
    learned, thetas = np.empty(0), _log_parameters(draws)
    for products in (False, True):
        features = _features(thetas, len(draws), products=products)
        count = max(LEARNED if products else FIRST, 3 * features.shape[1] // 2)
        if count >= min(len(draws), EXACT):
            continue
        more = np.array([*evaluate(draws[len(learned) : count])])
        learned = np.concatenate([learned, more]) if len(learned) else more
        if (found := _interpolated(learned, features, MISFIT if products else BENT)) is not None:
            return found
    rest = np.array([*evaluate(draws[len(learned) : EXACT])])
    return np.concatenate([learned, rest]) if len(learned) else rest


def _interpolated(learned: Array, features: Array, worst: float) -> Array | None:
    """The values at all draws from those at the first ones; None if they do not fit."""
    if not np.isfinite(learned).all():
        return None
    held = learned.reshape(len(learned), -1)
    some = held > 0  # a group with expectation 0 has it at every draw
    logs = np.log(np.where(some, held, 1.0))
    coefficients, *_ = np.linalg.lstsq(features[: len(held)], logs, rcond=None)
    freedom = len(held) - features.shape[1]
    misfit = ((logs - features[: len(held)] @ coefficients) ** 2).sum(axis=0) / freedom
    if (misfit > worst**2 * logs.var(axis=0) + 1e-18).any():
        return None
    found = np.where(some.any(axis=0), np.exp(features @ coefficients), 0.0)
    found[: len(held)] = held
    return found.reshape(len(features), *learned.shape[1:])


def _log_parameters(draws: Sequence[Draw]) -> list[Array]:
    """Log-parameters (and coefficients) at each draw, (draws, k), of the laws that differ between draws."""
    return [
        np.array([law.log_parameters for law in laws])
        for laws in zip(*draws, strict=True)
        if laws[0] is not None and not laws[0].constant
    ]


def _features(thetas: Sequence[Array], count: int, *, products: bool) -> Array:
    """A constant, and polynomials of the log-parameters (and coefficients) of both laws at each draw, (draws, f).

    Quadratics if asked for, and where the evaluated draws are enough for that. With many coefficients they are not, and
    linear functions remain, which fit where many customers leave little uncertainty.
    """
    parameters = [theta.shape[1] for theta in thetas]
    products = products and 1 + sum(k * (k + 3) // 2 for k in parameters) < LEARNED
    polynomials = [_quadratic(theta, products=products) for theta in thetas]
    return np.hstack([np.ones((count, 1)), *polynomials])


def _quadratic(theta: Array, *, products: bool = True) -> Array:
    """First and second powers of points (s, k), or first ones only, in principal components, each with variance 1."""
    apart = theta - theta.mean(axis=0)
    left, size, _ = np.linalg.svd(apart, full_matrices=False)
    held = size > 1e-9 * max(float(size[:1].sum()), 1e-300)
    axes = left[:, held] * np.sqrt(len(theta))
    if not products:
        return np.asarray(axes)
    pairs = [axes[:, i] * axes[:, j] for i in range(axes.shape[1]) for j in range(i + 1)]
    return np.column_stack([axes, *pairs]) if pairs else axes
