"""Expected number of n periods that a member of the BG/BB law is alive, without a singular point.

With θ ~ Beta(γ, δ) the chance of being alive in period i is the product of (δ+k)/(γ+δ+k) over k < i. The sum
over i = 1 … n telescopes to δ(1 − e^−F)/ε with ε = γ − 1 and

    F = ln[Γ(γ+δ+n)/Γ(γ+δ)] − ln[Γ(1+δ+n)/Γ(1+δ)] = Σ ln(1 + ε/(1+δ+k)) over k < n

(Fader, Hardie & Shang 2010, section 3), 0/0 at γ = 1. Here F/ε is computed as one quantity, so that
δ·(F/ε)·(1 − e^−F)/F has no singular point and loses no digits anywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial.polynomial import polyval
from scipy import special

from clv._laws.log_concave import gauss_legendre
from clv._numerics import STIRLING, Array, FloatOrArray, stirling_remainder, unique_rows

__all__ = ["discounted_alive", "periods_alive"]

SLOPES = np.array(STIRLING) * np.arange(1, 2 * len(STIRLING), 2)  # of −(remainder)′ in 1/z²
SHIFT = 20  # single steps before Stirling's series


@np.errstate(under="ignore")
def periods_alive(n: Array, gamma: FloatOrArray, delta: FloatOrArray) -> Array:
    """Expected number of the periods 1 … n that a new member is alive in; all broadcast."""
    n, gamma, delta = np.broadcast_arrays(*(np.asarray(column, float) for column in (n, gamma, delta)))
    excess = gamma - 1
    slope = np.zeros(n.shape)
    a, b = 1 + delta, gamma + delta
    for k in range(SHIFT):  # F over n steps from a is F from a + SHIFT plus the steps by which they differ
        slope += _log_ratio(a + k, b + k, excess) - _log_ratio(a + n + k, b + n + k, excess)
    slope += _far_slope(a + SHIFT, b + SHIFT, n, excess)
    return np.asarray(delta * slope * special.exprel(-excess * slope))


@np.errstate(under="ignore")
def discounted_alive(n: int, gamma: FloatOrArray, delta: FloatOrArray, force: float) -> Array:
    """Σ e^(−force·i) P(alive in period i) over i = 1 … n, period by period; gamma and delta broadcast."""
    shapes = np.broadcast_arrays(np.asarray(gamma, float), np.asarray(delta, float))
    first, place = unique_rows(*(column.ravel() for column in shapes))
    left, stay = (column.ravel()[first] for column in shapes)
    alive, total = np.ones(len(first)), np.zeros(len(first))
    for k in range(n):
        alive *= np.exp(-force) * ((stay + k) / (left + stay + k))
        total += alive
    return np.asarray(total[place].reshape(shapes[0].shape))


def _log_ratio(z: Array, moved: Array, step: Array) -> Array:
    """ln(moved/z)/step, where moved = z + step; 1/z at step = 0."""
    part = step / z
    near = np.where((np.abs(part) < 0.5) & (part != 0), part, 1.0)
    series = np.where(part == 0, 1.0, np.log1p(near) / near) / z
    far = np.where(np.abs(part) < 0.5, 1.0, step)
    return np.where(np.abs(part) < 0.5, series, np.log(moved / z) / far)


def _far_slope(a: Array, b: Array, n: Array, step: Array) -> Array:
    """{ln[Γ(b+n)/Γ(b)] − ln[Γ(a+n)/Γ(a)]}/step with b = a + step, for a > 20, by Stirling's form.

    (z − ½) ln z is combined in the way that cancels least, depending on whether n is large relative to a.
    """
    c, d = a + n, b + n
    spread = np.log1p(n / a)
    many = spread + (d - 0.5) * _log_ratio(c, d, step) - (b - 0.5) * _log_ratio(a, b, step)
    crossed = -n / (b * c)  # (ad − bc)/(bc·step)
    crossing = _log_ratio(np.ones_like(a), (a / b) * (d / c), crossed * step)
    few = n * _log_ratio(a, b, step) + spread + (d - 0.5) * crossed * crossing
    return np.where(n > a, many, few) + _remainder_slope(c, d, step) - _remainder_slope(a, b, step)


def _remainder_slope(z: Array, moved: Array, step: Array) -> Array:
    """(Stirling's remainder at z + step less that at z)/step, for z > 20; its derivative at step = 0."""
    near = np.abs(step) < z / 2
    small = np.where(near, step, 0.0)
    mean = np.zeros_like(z)
    for node, weight in zip(*gauss_legendre(10), strict=True):
        square = (z + node * small) ** -2
        mean -= weight * square * polyval(square, SLOPES)
    jump = (stirling_remainder(moved) - stirling_remainder(z)) / np.where(near, 1.0, step)
    return np.where(near, mean, jump)
