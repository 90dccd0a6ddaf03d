"""Whether the rates of one period differ from those of an earlier one of the same length, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfm._dynamics.count_tests import chi_square_tail, homogeneity
from rfm._statistics.many_tests import holm

__all__ = ["Changes", "changes", "last_alike"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALIKE = 0.015
"""Largest relative difference in length of comparable periods: quarters of 90 and 91 days, not months of 30 and 31."""


@dataclass(frozen=True)
class Changes:
    """Tests of each period's rates against an earlier one's, segment by segment: all (p − 1, s).

    ``chi2`` and ``df``: Pearson's test of equal shares, 0 degrees of freedom where there is nothing to
    test; ``pooled``: moves too rare to be tested alone, 0 where there is nothing to test; ``customers``: in
    the segment at the start of either period. ``against`` (p − 1,): the number of the earlier period, −1 where
    none is as long.
    """

    chi2: Floats
    df: Ints
    pooled: Ints
    customers: Ints
    against: Ints

    @property
    def compared(self) -> npt.NDArray[np.bool_]:
        """Where moves were compared: tested, or all too rare to be; (p − 1, s)."""
        return np.asarray((self.df > 0) | (self.pooled > 0))

    def overall(self) -> dict[str, Floats | Ints]:
        """Columns of a table with one row per period; ``p_holm`` is adjusted for all periods.

        Segments are independent of each other given the counts at the start, so that their statistics add up.
        """
        chi2, df, pooled, n = (a.sum(axis=1) for a in (self.chi2, self.df, self.pooled, self.customers))
        p = chi_square_tail(chi2, df)
        return _columns(chi2, df, p, holm(p), n, pooled)

    def by_segment(self) -> dict[str, Floats | Ints]:
        """Columns of a table with one row per period and segment; ``p_holm`` is adjusted for all of a period."""
        p = chi_square_tail(self.chi2, self.df)
        corrected = np.array([holm(row) for row in p]).reshape(p.shape)
        columns = _columns(self.chi2, self.df, p, corrected, self.customers, self.pooled)
        return {name: values.ravel() for name, values in columns.items()}


def last_alike(lengths: Ints) -> Ints:
    """For every period but the first, the number of the latest earlier one of the same length; −1 if there is none.

    Parameters
    ----------
    lengths : (p,) int64
        Days of each period.

    Examples
    --------
    >>> last_alike(np.array([31, 28, 31, 30, 31, 30])).tolist()
    [-1, 0, -1, 2, 3]
    """
    longer = np.maximum(lengths[:, None], lengths)
    alike = np.abs(lengths[:, None] - lengths) <= ALIKE * longer
    earlier = np.tril(alike, -1)[1:]
    last = len(lengths) - 1 - earlier[:, ::-1].argmax(axis=1)
    return np.where(earlier.any(axis=1), last, -1)


def changes(counts: Ints, lengths: Ints) -> Changes:
    """Test every period but the first against the latest earlier one of the same length.

    In more days more customers move, and some return: a month of 31 days has different rates from one of 28 even if
    nothing changes. How rates grow with the length depends on how segments are made (customers of a
    recency class leave it on a day that is known), so no formula makes different lengths comparable.

    Parameters
    ----------
    counts : (p, s, s) int64
        Customers by period, segment at its start, segment at its end.
    lengths : (p,) int64
        Days of each period.
    """
    periods, size, _ = counts.shape
    against = last_alike(lengths)
    before = np.where((against >= 0)[:, None, None], counts[against], 0).reshape(-1, size)
    now = counts[1:].reshape(-1, size)
    test, shape = homogeneity(before, now), (periods - 1, size)
    customers = (before.sum(axis=1) + now.sum(axis=1)) * (test.df > 0)
    chi2, df, pooled = (a.reshape(shape) for a in (test.statistic, test.df, test.pooled))
    return Changes(chi2, df, pooled, customers.reshape(shape), against)


def _columns(
    chi2: Floats, df: Ints, p: Floats, corrected: Floats, customers: Ints, pooled: Ints
) -> dict[str, Floats | Ints]:
    tested = df > 0
    return {
        "chi2": np.where(tested, chi2, np.nan),
        "df": df,
        "p_value": p,
        "p_holm": corrected,
        "cramers_v": np.where(tested, np.sqrt(chi2 / np.maximum(customers, 1)), np.nan),
        "pooled": pooled,
    }
