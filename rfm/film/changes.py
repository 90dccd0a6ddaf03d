"""Whether the rates of one period differ from those of the period before, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfm.film.inference import chi_square_tail, holm, homogeneity

__all__ = ["Changes", "changes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Changes:
    """Tests of each period's rates against the last, segment by segment: all (p − 1, s).

    ``chi2`` and ``df``: Pearson's test of equal shares, 0 degrees of freedom where there is nothing to
    test; ``pooled``: moves too rare to be tested alone; ``customers``: in the segment at the start of
    either period.
    """

    chi2: Floats
    df: Ints
    pooled: Ints
    customers: Ints

    def overall(self) -> dict[str, Floats | Ints]:
        """Columns of a table with one row a period; ``p_holm`` holds for all periods at once.

        Segments are independent of each other given who starts where, so that their statistics add up.
        """
        chi2, df, pooled, n = (a.sum(axis=1) for a in (self.chi2, self.df, self.pooled, self.customers))
        p = chi_square_tail(chi2, df)
        return _columns(chi2, df, p, holm(p), n, pooled)

    def by_segment(self) -> dict[str, Floats | Ints]:
        """Columns of a table with one row a period and segment; ``p_holm`` holds for all of a period."""
        p = chi_square_tail(self.chi2, self.df)
        corrected = np.array([holm(row) for row in p]).reshape(p.shape)
        columns = _columns(self.chi2, self.df, p, corrected, self.customers, self.pooled)
        return {name: values.ravel() for name, values in columns.items()}


def changes(counts: Ints) -> Changes:
    """Test every period but the first against the one before.

    Parameters
    ----------
    counts : (p, s, s) int64
        Customers by period, segment at its start, segment at its end.
    """
    periods, size, _ = counts.shape
    before, now = counts[:-1].reshape(-1, size), counts[1:].reshape(-1, size)
    test, shape = homogeneity(before, now), (periods - 1, size)
    customers = (before.sum(axis=1) + now.sum(axis=1)) * (test.df > 0)
    return Changes(*(a.reshape(shape) for a in (test.statistic, test.df, test.pooled, customers)))


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
