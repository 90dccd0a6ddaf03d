"""The likelihood of the Gamma-Gamma law and its derivatives in (log p, log q, log γ), by row and in total."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._laws.arguments import LARGEST, refuse, to_count, to_floats, together
from clv._laws.beta_prime import departures, deviance, digamma_remainder, log_peak, trigamma_remainder
from clv._numerics import Array, FloatOrArray
from rfm._requirements import LARGEST_AMOUNT

CANCELLING = 1e6  # shapes from which on their powers are not taken apart


@dataclass(frozen=True)
class SpendRows:
    """Data for `GammaGamma.total_derivatives`: n rows and their u distinct numbers of orders.

    Attributes
    ----------
    orders : (u,) float
        The distinct numbers of orders.
    row : (n,) int
        Which of them each row has.
    total : (n,) float
        Total spend x·m of each row.
    log_mean : float
        Weighted sum of ln m.
    weights : (n,) float
        Customers per row.
    """

    orders: Array
    row: NDArray[np.intp]
    total: Array
    log_mean: float
    weights: Array

    @cached_property
    def counts(self) -> Array:
        """Customers with each number of orders, (u,)."""
        return _sums(self.row, self.weights)

    @cached_property
    def spread(self) -> Array:
        """Orders of the customers of each row, (n,)."""
        return self.weights * self.orders[self.row]

    @cached_property
    def log_total(self) -> float:
        """Sum of the logarithms of the totals, by orders."""
        return float(self.spread @ np.log(self.total))

    @classmethod
    def of(cls, x: Array, m: Array, weights: Array) -> SpendRows:
        """From orders, mean spend and weights of n rows."""
        orders, row = np.unique(x, return_inverse=True)
        return cls(orders, row, x * m, float(weights @ np.log(m)), weights)


def row_derivatives(
    p: FloatOrArray, q: FloatOrArray, gamma: FloatOrArray, x: Array, m: Array
) -> tuple[Array, Array, Array]:
    """Log-likelihood (n,), gradient (3, n) and Hessian (3, 3, n) of each row."""
    a, b, z = np.broadcast_arrays(p * x, np.asarray(q), x * m / gamma)
    misfit, *pieces = _pieces(a, b, z)
    peak, gradient, hessian = _assemble(a, b, np.ones(z.shape), *pieces)
    return peak - misfit - np.log(m), gradient, hessian


def total_derivatives(p: float, q: float, gamma: float, data: SpendRows) -> tuple[float, Array, Array]:
    """Their weighted sums: gamma functions are evaluated once for each distinct number of orders."""
    a, b = p * data.orders, np.full(data.orders.shape, q)
    misfit, *pieces = _pieces(a[data.row], b[data.row], data.total / gamma)
    w, *sums = (_sums(data.row, data.weights * v) for v in (np.ones(misfit.shape), *pieces))
    peak, gradient, hessian = _assemble(a, b, w, *sums)
    value = float(peak.sum() - data.weights @ misfit - data.log_mean)
    return value, gradient.sum(axis=-1), hessian.sum(axis=-1)


def total_log_likelihood(p: float, q: float, gamma: float, data: SpendRows) -> float:
    """The first of these alone, with one logarithm for each row: a·ln z − (a + b)·ln(1 + z) − ln B(a, b) in sum.

    The terms cancel where the shapes are large; there it is taken from the deviance.
    """
    a = p * data.orders
    if float(a.max(initial=0.0)) + q > CANCELLING:
        return total_derivatives(p, q, gamma, data)[0]
    b = np.full(a.shape, q)
    # −ln B(a, b) is the peak less the powers of the centre a/(a + b).
    known = log_peak(a, b) + a * np.log1p(b / a) + b * np.log1p(a / b)
    tail = np.log1p(data.total / gamma)
    falls = p * float(data.spread @ tail) + q * float(data.weights @ tail)
    level = p * (data.log_total - float(data.spread.sum()) * float(np.log(gamma)))
    return float(data.counts @ known) + level - falls - data.log_mean


def _sums(group: NDArray[np.intp], values: Array) -> Array:
    return np.asarray(np.bincount(group, values), dtype=float)


def to_orders(x: ArrayLike) -> Array:
    """Numbers of orders as floats; DataError unless whole and 1 or more."""
    values = to_count(x)
    refuse(
        values > LARGEST,
        f"A number of orders is above {LARGEST:g}",
        "x counts a customer's orders.",
        x=values,
    )
    refuse(values < 1, "The number of orders must be 1 or more", "leave one-time buyers out.", x=values)
    return values


def to_spend(m: ArrayLike) -> Array:
    """Mean spends as floats; DataError unless finite and above 0."""
    values = to_floats("A mean spend", m)
    refuse(
        ~(np.isfinite(values) & (values > 0) & (values <= LARGEST_AMOUNT)),
        "A mean spend must be finite and above 0",
        "leave out customers with only free orders.",
        m=values,
    )
    return values


def known_spend(x: ArrayLike, m: ArrayLike) -> tuple[Array, Array]:
    """Orders and total spend that count as data: none without orders, or with only free ones."""
    x, m = together(x=to_count(x), m=m)
    refuse(
        ~(m >= 0) | np.isinf(m), "A mean spend must be finite, 0 or more", "it is 0 without orders.", x=x, m=m
    )
    refuse(x > LARGEST, f"A number of orders is above {LARGEST:g}", "x counts a customer's orders.", x=x)
    refuse(m > LARGEST_AMOUNT, f"A mean spend is above {LARGEST_AMOUNT:g}", "m is in currency.", m=m)
    known = (x > 0) & (m > 0)
    return np.where(known, x, 0.0), np.where(known, x * np.where(known, m, 0.0), 0.0)


def _pieces(a: Array, b: Array, z: Array) -> tuple[Array, ...]:
    """What the derivatives need of each row: the deviance, then terms that are summed over rows with equal (a, b)."""
    e1, e2, l1, l2 = departures(a, b, z)
    share, rest = z / (1 + z), 1 / (1 + z)
    return deviance(a, b, e1, e2, l1, l2), e1 - e2, l1, l2, share, rest, share * rest


def _assemble(a: Array, b: Array, w: Array, *sums: Array) -> tuple[Array, Array, Array]:
    """Peak, gradient and Hessian in (log a, log b, log γ) of w rows with shapes (a, b), from their pieces.

    γ is the scale: z = (observed total)/γ. The `sums` are those of `pieces` after the deviance.
    """
    e, l1, l2, share, rest, bend = sums
    psi_a, psi_b, psi_s = (digamma_remainder(v) for v in (a, b, a + b))
    tri_a, tri_b, tri_s = (trigamma_remainder(v) for v in (a, b, a + b))
    middle = a * b / (a + b)
    g_p, g_q, g_g = a * (l1 + w * (psi_s - psi_a)), b * (l2 + w * (psi_s - psi_b)), middle * e
    h_pp, h_qq = (
        g + w * (c * c * (tri_s - tri) - middle) for g, c, tri in ((g_p, a, tri_a), (g_q, b, tri_b))
    )
    h_pq, h_pg, h_qg, h_gg = w * (middle + a * b * tri_s), -a * rest, b * share, -(a + b) * bend
    hessian = np.array([[h_pp, h_pq, h_pg], [h_pq, h_qq, h_qg], [h_pg, h_qg, h_gg]])
    return w * log_peak(a, b), np.array([g_p, g_q, g_g]), hessian
