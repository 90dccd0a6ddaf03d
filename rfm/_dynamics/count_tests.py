"""Statistics of counts: tests of homogeneity, and the bounds of their statistics.

Pure functions of NumPy arrays. Nothing here depends on customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Homogeneity",
    "chi_square_bound",
    "chi_square_tail",
    "homogeneity",
    "quadratic_bound",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SMALLEST_EXPECTED: Final = 5.0
"""Below this expected count the chi-square approximation is poor (Cochran 1954)."""


@dataclass(frozen=True)
class Homogeneity:
    """Pearson's test that two samples of counts come from the same shares, row by row.

    ``statistic`` (r,) chi-square; ``df`` (r,) degrees of freedom, 0 where a row cannot be tested;
    ``pooled`` (r,) how many rare categories were pooled; 0 where a sample is empty.
    """

    statistic: Floats
    df: Ints
    pooled: Ints

    @property
    def p_value(self) -> Floats:
        """Probability of a statistic at least as large if nothing changed, (r,); NaN where df = 0."""
        return chi_square_tail(self.statistic, self.df)


def homogeneity(first: Ints, second: Ints) -> Homogeneity:
    """Test, row by row, whether two tables of counts have the same shares.

    Parameters
    ----------
    first, second : (r, c) int64
        Counts of the same categories in two samples.

    Returns
    -------
    Homogeneity

    Notes
    -----
    Categories whose expected count is below 5 in either sample are pooled, rarest first, until
    none is (Cochran 1954). Which are rare is read from both samples together, so that the pooling
    cannot favour a difference. A row that keeps fewer than two categories is not tested. For two
    matrices of moves this is the test of stationarity of T. W. Anderson and L. A. Goodman, "Statistical
    inference about Markov chains", Annals of Mathematical Statistics 28 (1957), section 3.2.

    Examples
    --------
    >>> test = homogeneity(np.array([[30, 70]]), np.array([[50, 50]]))
    >>> f"{test.statistic[0]:.4f} {test.df[0]} {test.p_value[0]:.4f}"
    '8.3333 1 0.0039'
    """
    rows = [_pearson(*_pool(a, b)) for a, b in zip(first, second, strict=True)]
    statistic, df, pooled = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Homogeneity(statistic, df.astype(np.int64), pooled.astype(np.int64))


def _pool(first: Ints, second: Ints) -> tuple[npt.NDArray[Any], int]:
    """The categories that occur, (2, k), with the rare ones pooled; and how many were: none if a sample is empty."""
    table = np.stack([first, second])
    table = table[:, table.sum(axis=0) > 0]
    table = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    smaller = table.sum(axis=1).min() / max(table.sum(), 1)
    if smaller == 0:
        return table, 0
    enough = SMALLEST_EXPECTED / smaller  # the total at which a category expects 5 in either sample
    rare = int(np.searchsorted(table.sum(axis=0), enough))
    while 0 < rare < table.shape[1] and table[:, :rare].sum() < enough:
        rare += 1
    if rare < 2:
        return table, 0
    return np.concatenate([table[:, :rare].sum(axis=1, keepdims=True), table[:, rare:]], axis=1), rare


def _pearson(table: npt.NDArray[Any], pooled: int) -> tuple[float, int, int]:
    of_sample, of_category = table.sum(axis=1), table.sum(axis=0)
    if table.shape[1] < 2 or not of_sample.all():
        return 0.0, 0, pooled
    expected = np.outer(of_sample, of_category) / table.sum()
    return float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1, pooled


def chi_square_tail(statistic: npt.ArrayLike, df: npt.ArrayLike) -> Floats:
    """Probability that a chi-square variable exceeds ``statistic``; NaN where ``df`` is 0."""
    from scipy.special import chdtrc  # noqa: PLC0415 - scipy loads when a p value is asked for

    df = np.asarray(df, dtype=np.float64)
    return np.where(df > 0, chdtrc(np.maximum(df, 1), np.asarray(statistic, dtype=np.float64)), np.nan)


def chi_square_bound(df: int, confidence: float = 0.95) -> float:
    """The quantile of the chi-square distribution at the given probability; 0 where ``df`` is 0."""
    from scipy.special import chdtri  # noqa: PLC0415

    return float(chdtri(df, 1 - confidence)) if df > 0 else 0.0


def quadratic_bound(covariance: Floats, confidence: float = 0.95) -> float:
    """The quantile of Σ z², z normal of mean 0 and this covariance, (k, k), at a probability.

    A weighted sum of chi-squares, approximated by one chi-square of the same mean and variance: F. E. Satterthwaite,
    "An approximate distribution of estimates of variance components", Biometrics Bulletin 2 (1946).

    Examples
    --------
    >>> round(quadratic_bound(np.eye(4)), 4) == round(chi_square_bound(4), 4)
    True
    """
    from scipy.special import chdtri  # noqa: PLC0415

    mean, square = float(np.trace(covariance)), float((covariance**2).sum())
    if mean <= 0 or square <= 0:
        return 0.0
    return square / mean * float(chdtri(mean**2 / square, 1 - confidence))
