"""From a likelihood to its highest maximum: several starts on a sample of the rows, then the best of them on all."""

from __future__ import annotations

from itertools import product

import numpy as np

from clv._fits.likelihood import Likelihood
from clv._fits.maximise import Maximum, maximise
from clv._laws.law import Law
from clv._laws.mixing import Role
from clv._numerics import Array

__all__ = ["climb", "covariance_of", "gain_worth", "search"]

SAMPLE = 4_096  # rows, with and without a purchase, used to compare several starts
GAIN = 1e-14  # log-likelihood per customer that does not justify another step …
MOST_GAIN = 1e-8  # … and the minimum for any number of customers
ROUGH = 1e-4  # the same while several starts are compared
SLACK = 0.2  # by how much a rough search may stop short: along a ridge to infinity each step gains little
APART = 0.02  # difference in log-likelihood, by the curvature at one maximum, beyond which a point is another maximum
SHARP = 0.5  # standard error of a log-parameter, in any direction, below which a maximum is taken as unique
CORNER = 3.0  # log-concentration of the mixing distribution at a corner start
FURTHEST: dict[Role, float] = {
    "purchase": 5.0,
    "dropout": 1.0,
}  # distance of a corner start's location from the middle
FLAT = 1e-5  # curvature of the log-likelihood below which a direction is not identified: a factor e^300


def search(likelihood: Likelihood) -> Maximum:
    """The best maximum from several starts on a sample, followed up on all rows.

    A first maximum that is sharp in every direction needs no further starts: near a flat one there may be a higher one,
    or a higher boundary.
    """
    sample = likelihood.sample(SAMPLE)
    first, *others = sample.starts()
    best = climb(sample, first)
    if np.linalg.eigvalsh(-best.hessian)[0] < 1 / SHARP**2:
        starts = [*others, *_corners(likelihood.law_class, best.theta)]
        rough = sorted((climb(sample, start, ROUGH) for start in starts), key=lambda maximum: -maximum.value)
        tops = [best]
        for found in rough:
            if found.value > best.value - SLACK and all(_is_apart(found, top) for top in tops):
                tops.append(climb(sample, found.theta))
                best = max(best, tops[-1], key=lambda maximum: maximum.value)
    return best if sample is likelihood else climb(likelihood, best.theta)


def _is_apart(found: Maximum, top: Maximum) -> bool:
    """Whether a point may lead to another maximum: it is higher, or far from this one in a sharp direction."""
    away = found.theta - top.theta
    return found.value > top.value or float(away @ -top.hessian @ away) > 2 * APART


def _corners(law_class: type[Law], theta: Array) -> list[Array]:
    """Starts near the means of theta, with high or low heterogeneity in each of the law's distributions.

    A mean that has diverged is moved back: in one basin of attraction hardly any customer leaves, in another some leave
    at once and the others never.
    """
    if not law_class.mixing:
        return []
    starts, per_time = [], law_class.per_time()
    for levels in product((-CORNER, CORNER), repeat=len(law_class.mixing)):
        start = per_time @ theta
        for mixing, level in zip(law_class.mixing, levels, strict=True):
            first, second = (law_class.parameters.index(name) for name in mixing.names)
            furthest = FURTHEST[mixing.role]
            location = float(np.clip(start[first] - start[second], -furthest, furthest))
            start[first], start[second] = mixing.at_concentration(location, level)
        starts.append(np.asarray(np.linalg.solve(per_time, start), dtype=float))
    return starts


def climb(likelihood: Likelihood, start: Array, tolerance: float | None = None) -> Maximum:
    """The maximum that a search from this start finds, by default to the precision of a fit."""
    return maximise(likelihood, start, tolerance or gain_worth(likelihood.data.n))


def gain_worth(n: float) -> float:
    """Tolerance of the log-likelihood with n customers."""
    return min(GAIN * n, MOST_GAIN)


def covariance_of(hessian: Array) -> tuple[Array, Array]:
    """Inverse of the observed information −H, (k, k), and the directions (k, f) in which it is flat.

    A flat direction gets the variance 1/`FLAT`: a large finite number that stands for "unknown".
    """
    curvature, basis = np.linalg.eigh(-hessian)
    floor = max(FLAT, 1e-12 * float(curvature[-1]))
    covariance = (basis / np.maximum(curvature, floor)) @ basis.T
    return (covariance + covariance.T) / 2, basis[:, curvature < floor]
