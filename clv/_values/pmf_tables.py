"""The distribution of a new member's number of purchases in a time, as a table.

`law.pmf` keeps its relative precision at probabilities of 1e-200; intervals need all of 0 … n to 1e-10, fast. A law may
have a faster method for these, `pmf_table`: with the negative binomial counts of a customer who never leaves
tabulated once, BG/NBD is a sum and Pareto/NBD a short integral over them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, Patterns, at, taken
from clv._laws.purchase_law import PurchaseLaw

__all__ = ["counts_alive"]

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-7  # probability mass of the counts that are left out
FIRST, MOST = 16, 65_536  # counts tabulated at first, and at most


def counts_alive(
    law: PurchaseLaw | ByCovariates[PurchaseLaw],
    x: Array,
    t_x: Array,
    T: Array,
    horizon: float,
    patterns: Patterns | None = None,
) -> Array:
    """P(N = n in the horizon | alive) for each history.

    Parameters
    ----------
    law : PurchaseLaw
        One law, no arrays of parameters, or one with covariates.
    x, t_x, T : ndarray of shape (h,)
        Histories; grouping those with similar x keeps the table small.
    horizon : float
        In the law's unit of time.
    patterns : Patterns, optional
        The covariates of the histories.

    Returns
    -------
    ndarray of shape (h, counts)
        For n = 0, 1, … until less than 1e-7 is left for every history; values below 1e-9 are 0, so that a history's
        row does not depend on the others.
    """
    size = FIRST
    table = np.zeros((len(x), size))
    open_ = np.arange(len(x))
    while len(open_):
        found = (
            at(law, taken(patterns, open_)).posterior(x[open_], t_x[open_], T[open_]).pmf_table(size, horizon)
        )
        table = np.pad(table, ((0, 0), (0, size - table.shape[1])))
        table[open_] = found
        if size >= MOST:
            break
        open_ = open_[found.sum(axis=1) < 1 - NEGLIGIBLE]
        size *= 2
    table[table < NEGLIGIBLE / 100] = 0.0
    return table[:, : int(np.flatnonzero(table.any(axis=0))[-1:].sum()) + 1]
