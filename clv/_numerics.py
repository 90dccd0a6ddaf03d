"""Numerically stable functions: logarithms, differences of log-gammas, expectations over a beta law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "FLOOR",
    "Array",
    "FloatOrArray",
    "beta_expectation",
    "by_distinct",
    "central_interval",
    "exp",
    "in_blocks",
    "log_add",
    "log_beta_moment",
    "log_betainc",
    "log_rising",
    "rising_derivatives",
    "softplus",
    "stirling_remainder",
    "unique_rows",
]

Array: TypeAlias = NDArray[np.float64]
FloatOrArray: TypeAlias = float | Array

STIRLING = np.array([1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156])  # A&S 6.1.41
LARGE = 10.0  # from here on the Stirling series is exact to the last bit

# Trapezoid rule in the log-odds of p. The integrands are analytic and bounded for |Im| ≤ π/2, so a step h
# leaves e^(−π²/h); a bell of width σ leaves e^(−2π²σ²/h²); beyond the ends lies e^(−TAIL) of the mass.
STEP, BELL_STEP, TAIL = 0.28, 0.76, 33.0
FINER = 32  # steps are rounded down to powers of e^(1/FINER), so that rows may share their nodes
SHARED = 4  # and the ends outward to multiples of so many steps
BLOCK = 16_384  # numbers at a time: they fit into the processor's cache
MILD, MILD_B = 30.0, 1e8  # up to these a and b the powers of p and 1 − p need no care for cancellation
FLOOR = -700.0  # e^FLOOR is negligible; below it processors are slowed down by subnormal numbers


def exp(v: Array) -> Array:
    """e^v, where underflow gives 0 without a floating-point warning."""
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(v))


def softplus(v: Array) -> Array:
    """ln(1 + e^v) for every v, −∞ included."""
    with np.errstate(under="ignore"):
        return np.asarray(np.maximum(v, 0.0) + np.log1p(np.exp(-np.abs(v))))


def log_add(u: Array, v: Array) -> Array:
    """ln(e^u + e^v), −∞ included."""
    high, low = np.maximum(u, v), np.minimum(u, v)
    gap = np.subtract(low, high, out=np.zeros(np.shape(high)), where=high > -np.inf)
    with np.errstate(under="ignore"):  # terms negligible relative to e^high are added as 0
        return np.asarray(high + np.log1p(np.exp(gap)))


def stirling_remainder(z: Array) -> Array:
    """ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π] for z > 0, without cancellation; falls as 1/(12 z)."""
    large = np.maximum(z, LARGE)
    small = np.minimum(z, LARGE)
    direct = special.gammaln(small) - ((small - 0.5) * np.log(small) - small + 0.5 * np.log(2 * np.pi))
    return np.asarray(np.where(z >= LARGE, polyval(large**-2.0, STIRLING) / large, direct))


MANY = 64  # values that are worth sorting


def by_distinct(evaluate: Callable[[Array], Array], values: Array, *parameters: Array) -> Array:
    """`evaluate(values)`, with columns of parameters and a row of many values once for each distinct value.

    >>> by_distinct(lambda n: 2 * n, np.array([1.0, 2.0, 1.0]))
    array([2., 4., 2.])
    """
    columns = all(np.ndim(each) == 2 and np.shape(each)[1] == 1 for each in parameters)
    if columns and np.ndim(values) == 1 and len(values) > MANY:
        distinct, place = np.unique(values, return_inverse=True)
        if 2 * len(distinct) < len(values):
            return np.asarray(evaluate(distinct)[..., place])
    return evaluate(values)


def log_rising(z: Array, n: Array) -> Array:
    """ln Γ(z + n)/Γ(z) for z > 0 and real n ≥ 0: the logarithm of the rising factorial.

    The difference of two log-gammas loses digits for large z; Stirling's form does not. For many customers and some
    laws, z a column, it is computed once for each distinct n.
    """
    z = np.asarray(z, dtype=float)
    return by_distinct(lambda n: _log_rising(z, n), n, z)


def _log_rising(z: Array, n: Array) -> Array:
    large = np.maximum(z, LARGE)
    stirling = (large - 0.5) * np.log1p(n / large) + n * (np.log(large + n) - 1)
    stirling += stirling_remainder(large + n) - stirling_remainder(large)
    small = np.minimum(z, LARGE)
    return np.where(z >= LARGE, stirling, special.gammaln(small + n) - special.gammaln(small))


def rising_derivatives(z: Array, n: Array) -> tuple[Array, Array, Array]:
    """`log_rising(z, n)` and its first and second derivative in z, without cancellation."""
    z = np.asarray(z, dtype=float)
    large, small = np.maximum(z, LARGE), np.minimum(z, LARGE)
    low, high = 1 / large, 1 / (large + n)
    gap = n * low * high
    order = 2 * np.arange(1, len(STIRLING) + 1)
    slope, bend = -STIRLING * (order - 1), STIRLING * (order - 1) * order
    first = np.log1p(n * low) + gap / 2
    first += polyval(high * high, slope) * high**2 - polyval(low * low, slope) * low**2
    second = -gap - gap * (low + high) / 2
    second += polyval(high * high, bend) * high**3 - polyval(low * low, bend) * low**3
    direct_first = special.digamma(small + n) - special.digamma(small)
    direct_second = special.polygamma(1, small + n) - special.polygamma(1, small)
    first = np.where(z >= LARGE, first, direct_first)
    second = np.where(z >= LARGE, second, direct_second)
    return log_rising(z, n), first, second


def log_beta_moment(a: Array, b: Array, m: Array) -> Array:
    """ln E[(1 − p)^m] = ln B(a, b + m)/B(a, b) for p ~ Beta(a, b) and real m ≥ 0.

    Γ(b + m) Γ(a + b) / (Γ(b) Γ(a + b + m)) is symmetric in a and m: the smaller one is used as the rising step.
    """
    return by_distinct(lambda m: _log_beta_moment(a, b, m), m, a, b)


def _log_beta_moment(a: Array, b: Array, m: Array) -> Array:
    few, many = np.minimum(a, m), np.maximum(a, m)
    return log_rising(b, few) - log_rising(b + many, few)


def log_betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    """ln I_x(a, b), the regularised incomplete beta, with y = 1 − x given; exact in its left tail."""
    a, b, x, y = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (a, b, x, y)))
    with np.errstate(under="ignore"):
        value = np.where(x < 0.5, special.betainc(a, b, x), special.betaincc(b, a, y))
    deep = value < 1e-280
    result = np.asarray(np.log(np.where(deep, 1.0, value)))
    if np.any(deep):
        result[deep] = _log_betainc_tail(a[deep], b[deep], x[deep], y[deep])
    return result


@np.errstate(under="ignore")
def _log_betainc_tail(a: Array, b: Array, x: Array, y: Array) -> Array:
    """DLMF 8.17.8: x^a y^b / (a B(a, b)) · ₂F₁(a + b, 1; a + 1; x), whose terms fall in the left tail."""
    log_front = a * np.log(x) + b * np.log(y) - np.log(a) - special.gammaln(b) + log_rising(a, b)
    total, term, k = np.ones_like(a), np.ones_like(a), 0
    while np.any(term > 1e-17 * total):
        term = term * ((a + b + k) / (a + 1 + k) * x)
        total += term
        k += 1
    return np.asarray(log_front + np.log(total))


def beta_expectation(
    f: Callable[..., Array], a: Array, b: Array, *columns: Array, order: int, scale: Array
) -> Array:
    """E[f(p, ln(1 − p), *columns)] for p ~ Beta(a, b), one value per row of (a, b, *columns, scale), (n,) each.

    f takes p and ln(1 − p) of shape (nodes,) and its columns, (…, n), as (…, rows, 1). It must fall as p^order
    for p ≪ 1/scale and as 1 − p near 1, be analytic in the log-odds of p, and vary more slowly than Beta's bell.

    Trapezoid rule in y = ln p/(1 − p), where Beta's weight p^a (1 − p)^b is a bell with exponential tails
    (Trefethen & Weideman 2014, SIAM Review 56, 385–458: convergence is geometric). Rows whose nodes are nearly
    the same share them.
    """
    lowest, highest, step = _log_odds_range(a, b, order, scale)
    fineness = np.floor(FINER * np.log(step))
    stride = SHARED * np.exp(fineness / FINER)
    start, stop = np.floor(lowest / stride), np.ceil(highest / stride)
    log_weight, norm = _log_beta_weight(a, b)
    result = np.full(len(a), np.nan)
    for rows in _groups(fineness, start, stop):
        if not np.isfinite(start[rows[0]] + stop[rows[0]]):
            continue  # a number on the way was larger than a double holds: not known
        h = stride[rows[0]] / SHARED
        y = h * np.arange(SHARED * start[rows[0]], SHARED * stop[rows[0]] + 1)
        odds, each = np.exp(y), max(1, BLOCK // len(y))
        p, log_q = odds / (1 + odds), -np.log1p(odds)
        for some in (rows[k : k + each] for k in range(0, len(rows), each)):
            weight = log_weight(y, log_q, a[some, None], b[some, None])
            np.exp(np.maximum(weight, FLOOR, out=weight), out=weight)
            value = f(p, log_q, *(column[..., some, None] for column in columns))
            result[some] = h * np.einsum("ij,ij->i", weight, value)
    expected: Array = exp(norm) * result
    return expected


def _groups(*keys: Array) -> list[NDArray[np.int64]]:
    """The rows of each distinct combination of the keys, each (n,)."""
    first, group = unique_rows(*keys)
    if not len(first):
        return []  # an empty partition
    sizes = np.bincount(group, minlength=len(first))
    return np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])


def _log_odds_range(a: Array, b: Array, order: int, scale: Array) -> tuple[Array, Array, Array]:
    """First and last node and the step of `beta_expectation`.

    Left of the bell the integrand falls as e^((a+order)y) below 1/scale, and at least as e^((a−1)y) above it;
    right of it as e^(−(b+1)y).
    """
    top = np.log((a + order) / (b + 1))
    last = top + _steep(TAIL / (a + order)) + _slow(TAIL / (b + 1))
    first = np.minimum(-np.log(scale), top) - _slow(TAIL / (a + order)) - _steep(TAIL / (b + 1))
    slope = np.maximum(a - 1, 1e-3)
    near = np.log(slope / b) - _slow(TAIL / slope) - _steep(TAIL / b)
    first = np.where(a > 1, np.maximum(first, near), first)
    step = 1 / np.sqrt(STEP**-2 + BELL_STEP**-2 / (1 / a + 1 / b))
    return first, last, step


def _slow(c: Array) -> Array:
    """A δ with δ − 1 + e^(−δ) ≥ c: where an exponential tail has fallen by e^(−c)."""
    return np.asarray(c + np.minimum(1.0, np.sqrt(2 * c)))


def _steep(c: Array) -> Array:
    """A δ with e^δ − 1 − δ ≥ c: where a double-exponential tail has fallen by e^(−c)."""
    return np.asarray(np.log1p(c + np.sqrt(2 * c)))


def _log_beta_weight(a: Array, b: Array) -> tuple[Callable[..., Array], Array]:
    """ln p^a (1 − p)^b / B(a, b) as a function of (y, ln(1 − p), a, b), at log-odds y, plus an amount per row.

    For large a and b the powers cancel against B: then the function is 0 at its peak and free of cancellation.
    """
    if np.all((a < MILD) & (b < MILD_B)):
        return _plain_weight, log_rising(b, a) - special.gammaln(a)
    peak = 0.5 * np.log(a / (a + b) * b / (2 * np.pi))
    peak += stirling_remainder(a + b) - stirling_remainder(a) - stirling_remainder(b)
    return _weight_below_peak, peak


def _plain_weight(y: Array, log_q: Array, a: Array, b: Array) -> Array:
    return np.hstack([a, a + b]) @ np.stack([y, log_q])


def _weight_below_peak(y: Array, log_q: Array, a: Array, b: Array) -> Array:
    away = np.where(a <= b, 1.0, -1.0) * (y - np.log(a / b))
    smaller = np.minimum(a, b) / (a + b)
    return np.asarray(-(a + b) * (np.log1p(smaller * np.expm1(away)) - smaller * away))


def in_blocks(f: Callable[..., Array], *columns: Array) -> Array:
    """f(*columns), an elementwise function, over blocks that fit into the processor's cache; scalars stay scalars."""
    shape = np.broadcast_shapes(*(np.shape(column) for column in columns))
    long = all(np.shape(column) in ((), shape) for column in columns) and len(shape) == 1
    if not long or shape[0] <= BLOCK:
        return f(*columns)
    result = np.empty(shape)
    for start in range(0, shape[0], BLOCK):
        rows = slice(start, start + BLOCK)
        result[rows] = f(*(column[rows] if np.ndim(column) else column for column in columns))
    return result


def central_interval(draws: Array, mass: float) -> tuple[Array, Array]:
    """Bounds between which a further draw lies with probability `mass`.

    The k-th smallest of n draws lies above a further one with probability k/(n + 1), so that the quantile p is at rank
    p·(n + 1) (Weibull's plotting position); at NumPy's p·(n − 1) the bounds of 90% would hold 88% for 100 draws.

    Parameters
    ----------
    draws : ndarray of shape (n, …)
        Independent draws.
    mass : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray of shape (…)
    """
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2], axis=0, method="weibull")
    return low, high


def unique_rows(*columns: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The index of each distinct row of the columns, each (n,), and the distinct row of every row.

    Returns `first` (m,) and `inverse` (n,): `column[first][inverse]` equals `column`.
    """
    n = len(columns[0])
    packed, size = _codes(columns[0])
    for column in columns[1:]:
        codes, many = _codes(column)
        if size * many >= 2**62:
            packed, size = _codes(packed)
        packed, size = packed * many + codes, size * many
    if size > 4 * n:
        packed, size = _codes(packed)
    row = np.full(size, -1, dtype=np.int64)
    row[packed] = np.arange(n)
    present = np.flatnonzero(row >= 0)
    place = np.empty(size, dtype=np.int64)
    place[present] = np.arange(len(present))
    return row[present], place[packed]


def _codes(column: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """A code 0 … size − 1 for each value, and the size; whole numbers in a short range are their own codes."""
    low, high = (column.min(), column.max()) if len(column) else (0, 0)
    if high - low < 4 * len(column) and abs(low) < 2**52:
        codes = column.astype(np.int64)
        if np.array_equal(codes, column):
            codes -= int(low)
            return codes, int(high - low) + 1
    codes, values = pd.factorize(column, use_na_sentinel=False)  # a value that is not a number is one, too
    return codes, len(values)
