"""Newton's method in a trust region, for log-likelihoods with exact gradient and Hessian.

The step maximises the quadratic model within a radius; an indefinite Hessian is shifted to be definite (Moré & Sorensen
1983; Nocedal & Wright 2006, ch. 4). Converged means that a further Newton step would gain next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LIMIT", "Maximum", "maximise", "trust_step"]

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats, Floats]]

LIMIT = 30.0  # log-parameters in scaled time stay within ±30: e^30 is infinite for all practical purposes
_FIRST_RADIUS, _LARGEST_RADIUS, _SMALLEST_RADIUS = 1.0, 8.0, 1e-10
_MAX_STEPS = 200
_NIL, _FAR = (
    1e-8,
    0.3,
)  # long steps with a tiny gain: the objective has become flat, and the maximum lies at infinity
_NOISE = 1e3  # a search stopped by rounding within this many tolerances has converged


@dataclass(frozen=True)
class Maximum:
    """Where a search ended.

    Parameters
    ----------
    theta : ndarray of shape (k,)
        The point.
    value : float
        The objective there.
    gradient, hessian : ndarray of shapes (k,) and (k, k)
        Its derivatives at the last point evaluated, at most a Newton step of gain `tolerance` away.
    gain : float
        What a further Newton step was predicted to gain.
    converged : bool
        Whether `gain` is below the requested tolerance.
    evaluations : int
        How often the objective was evaluated.
    """

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    gain: float
    converged: bool
    evaluations: int


def maximise(objective: Objective, start: Floats, tolerance: float) -> Maximum:
    """Maximise from `start` until a Newton step predicts a gain below `tolerance`; then take that step unevaluated.

    If the objective only flattens out, towards a maximum at infinity, it ends at a predicted gain below 1e-8.

    Parameters
    ----------
    objective : callable
        theta (k,) -> value, gradient (k,), Hessian (k, k).
    start : ndarray of shape (k,)
        First point, within ±`LIMIT`.
    tolerance : float
        Gain, in units of the objective, that does not justify another evaluation.

    Returns
    -------
    Maximum
        The best point found.
    """
    theta, radius = np.clip(start, -LIMIT, LIMIT), _FIRST_RADIUS
    value, gradient, hessian = objective(theta)
    for evaluations in range(1, _MAX_STEPS + 1):
        step, gain = _inner_step(theta, gradient, hessian, radius)
        length = float(np.linalg.norm(step))
        if length < radius and (gain < tolerance or (gain < _NIL and length > _FAR)):
            return Maximum(theta + step, value + gain, gradient, hessian, gain, True, evaluations)
        if radius < _SMALLEST_RADIUS or not step.any():
            break
        tried = objective(theta + step)
        promised = gradient @ step + 0.5 * step @ hessian @ step
        ratio = (tried[0] - value) / promised if promised > 0 and np.isfinite(tried[0]) else -1.0
        noise = 1e-13 * abs(value)  # a change below it is rounding: trust the model
        if ratio > 0.75 or promised < noise:
            radius = max(radius, min(2.5 * length, _LARGEST_RADIUS))
        elif ratio < 0.25:
            radius = 0.25 * length
        if ratio <= 0 and gain < _NOISE * tolerance:
            break  # so near the maximum that rounding decides
        if ratio > 1e-4 or (promised < noise and np.linalg.norm(tried[1]) < np.linalg.norm(gradient)):
            theta, (value, gradient, hessian) = theta + step, tried
    gain = _inner_step(theta, gradient, hessian, _FIRST_RADIUS)[
        1
    ]  # not what the last, perhaps tiny, radius allowed
    return Maximum(theta, value, gradient, hessian, gain, gain < _NOISE * tolerance, evaluations)


def _inner_step(theta: Floats, gradient: Floats, hessian: Floats, radius: float) -> tuple[Floats, float]:
    """The trust step within ±`LIMIT`: a parameter pushing against its limit is held, the others move on."""
    free = np.ones(len(theta), dtype=bool)
    while True:
        step = np.zeros_like(theta)
        step[free], gain = trust_step(gradient[free], hessian[np.ix_(free, free)], radius)
        pressing = (np.abs(theta) >= LIMIT) & (step * theta > 0)
        if not pressing.any():
            break
        free &= ~pressing
    moving = step != 0
    room = (LIMIT - np.sign(step[moving]) * theta[moving]) / np.abs(step[moving])
    reached = theta + step * min(1.0, float(room.min(initial=1.0)))
    return np.clip(reached, -LIMIT, LIMIT) - theta, gain


def trust_step(gradient: Floats, hessian: Floats, radius: float) -> tuple[Floats, float]:
    """The step of the quadratic model's maximum within the radius, and its predicted gain."""
    if not len(gradient):
        return gradient, 0.0
    curvature, basis = np.linalg.eigh(-hessian)
    slope = basis.T @ gradient
    floor = max(-float(curvature[0]), 0.0) + 1e-14 * max(float(np.abs(curvature).max()), 1e-300)
    shift = 0.0 if curvature[0] > 0 else floor
    step = slope / (curvature + shift) if curvature[0] + shift > 0 else slope
    if np.linalg.norm(step) > radius:
        low, high = shift, floor + float(np.linalg.norm(slope)) / radius
        for _ in range(60):
            shift = 0.5 * (low + high)
            step = slope / (curvature + shift)
            low, high = (shift, high) if np.linalg.norm(step) > radius else (low, shift)
            if high - low < 1e-3 * high:
                break
    return basis @ step, float(slope @ step - 0.5 * step @ (curvature * step))
