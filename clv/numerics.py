"""Numbers that stay exact: logarithms, differences of log-gammas, expectations over a beta law."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

__all__ = ["Array", "FloatOrArray", "exp", "log_rising", "rising_derivatives", "stirling_remainder",
           "unique_rows"]

Array: TypeAlias = NDArray[np.float64]
FloatOrArray: TypeAlias = float | Array

STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)  # A&S 6.1.41
LARGE = 10.0  # from here the Stirling series is exact to the last bit


def exp(v: Array) -> Array:
    """e^v, where a result too small for a double is 0 and no floating-point event."""
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(v))


def stirling_remainder(z: Array) -> Array:
    """ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], without cancellation; falls as 1/(12 z)."""
    large = np.maximum(z, LARGE)
    square = 1 / (large * large)
    series = np.polynomial.polynomial.polyval(square, np.array(STIRLING)) / large
    small = np.minimum(z, LARGE)
    direct = special.gammaln(small) - ((small - 0.5) * np.log(small) - small + 0.5 * np.log(2 * np.pi))
    return np.where(z >= LARGE, series, direct)


def log_rising(z: Array, n: Array) -> Array:
    """ln Γ(z + n)/Γ(z) for z > 0, n ≥ 0 (real): the logarithm of the rising factorial.

    The difference of two log-gammas loses digits for large z; Stirling's form does not.
    """
    z, n = np.broadcast_arrays(np.asarray(z, float), np.asarray(n, float))
    large = np.maximum(z, LARGE)
    series = (
        (large - 0.5) * np.log1p(n / large) + n * (np.log(large + n) - 1)
        + stirling_remainder(large + n) - stirling_remainder(large)
    )
    small = np.minimum(z, LARGE)
    return np.where(z >= LARGE, series, special.gammaln(small + n) - special.gammaln(small))


def rising_derivatives(z: Array, n: Array) -> tuple[Array, Array, Array]:
    """`log_rising(z, n)` and its first and second derivative with respect to z."""
    first = special.digamma(z + n) - special.digamma(z)
    second = special.polygamma(1, z + n) - special.polygamma(1, z)
    return log_rising(z, n), first, second


def unique_rows(*columns: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each distinct row of the columns, each (n,), occurs once, and which of them every row is.

    Returns `first` (m,) and `inverse` (n,): `column[first][inverse]` equals `column`.
    """
    n = len(columns[0])
    packed, size = np.zeros(n, dtype=np.int64), 1
    for column in columns:
        codes, values = pd.factorize(column)
        if size * len(values) >= 2**62:
            packed, seen = pd.factorize(packed)
            size = len(seen)
        packed, size = packed * len(values) + codes, size * max(len(values), 1)
    if size > 4 * n:
        packed, seen = pd.factorize(packed)
        size = len(seen)
    row = np.full(size, -1, dtype=np.int64)
    row[packed] = np.arange(n)
    present = np.flatnonzero(row >= 0)
    place = np.empty(size, dtype=np.int64)
    place[present] = np.arange(len(present))
    return row[present], place[packed]
