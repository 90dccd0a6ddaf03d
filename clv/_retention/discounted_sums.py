"""Sums of discounted survival over all renewals to come, with a bound on what is left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clv._numerics import Array

__all__ = ["discounted_tail"]

FIRST = 512  # terms that are added one by one
OCTAVES = 960  # 2^960 renewals are beyond every sum that a double can tell from its limit
PRECISION = 1e-14  # what may be left out, relative to the sum
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)

LogRatio = Callable[[Array], Array]


def discounted_tail(log_ratio: LogRatio, slope: LogRatio, force: float, power: Array) -> Array:
    """Σ from j = 1 to ∞ of e^(−δ(j − 1)) s(j), for a survival s that falls smoothly, as j^(−power) in the end.

    Parameters
    ----------
    log_ratio : callable
        ln s at times j, (n, 1, …) or any shape that broadcasts with the parameters; s(0) = 1.
    slope : callable
        Its derivative in j.
    force : float
        δ ≥ 0, the force of discount for one period.
    power : ndarray
        The power with which s falls; without discount it must be above 1.

    Returns
    -------
    ndarray
        In the shape of `power`.

    Notes
    -----
    512 terms are added one by one. The rest is ∫ f + f/2 − f′/12 + f‴/720 at its first term (Euler and Maclaurin; the
    next term is below 1e-16 of the sum), the integral by Gauss and Legendre octave by octave. After the octave that
    ends at N, what is left is less than f(N) · min(1/δ, N/(power − 1)) times a factor near 1, by which the last octave
    is chosen; what is left then is added as N f(N)/(power − 1 + δN), its leading term.
    """
    power = np.asarray(power, dtype=float)
    column = (slice(None), *(None,) * power.ndim)

    def f(j: Array) -> Array:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log_ratio(j[column]) - force * (j[column] - 1)))

    terms = f(np.arange(1.0, FIRST))
    total = np.asarray(terms[::-1].sum(axis=0))
    start = np.array([float(FIRST)])
    at_start, steep = f(start)[0], slope(start[column])[0] - force
    total = total + at_start * (0.5 - steep / 12 + steep**3 / 720)
    low = float(FIRST)
    for _ in range(OCTAVES):
        high = 2 * low
        piece = (
            0.5 * (high - low) * np.tensordot(WEIGHTS, f(0.5 * (high + low) + 0.5 * (high - low) * NODES), 1)
        )
        total, low = total + piece, high
        # From here on s falls at least about as fast as its power law, and the discount beside it.
        rate = power - 1 + force * low
        log_rest = (
            np.log(low) + np.log(np.maximum(f(np.array([low]))[0], 1e-300)) - np.log(np.maximum(rate, 1e-9))
        )
        rest = np.where(rate > 1e-9, np.exp(np.minimum(log_rest, 700.0)), np.inf)
        if np.all(rest <= PRECISION * total):
            break
    return np.asarray(total + np.where(rest > 1e-290, rest, 0.0))
