"""How likely a customer buys an item, from the other items that the customer bought: ridge regressions from counts.

Each item's column of zeros and ones is regressed on all others: all regressions at once come from the inverse of one
matrix, of how often two items were bought by one customer (Steck 2019, "Embarrassingly shallow autoencoders for sparse
data", equations 8 and 9; here with a constant). So nothing but counts of pairs leaves an engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["STEPS", "Inclinations", "inclinations"]

Floats = npt.NDArray[np.float64]

STEPS: Final = 2**30
"""Weights are whole numbers of these parts of 1, so that sums are the same in every order and on every engine."""
PENALTIES: Final = np.geomspace(0.1, 10_000, 26)
"""Of which one is chosen, in units of the items' mean variance."""
CAUTION: Final = 1.4
"""How many times a degree of freedom counts in the choice (Kim & Gu 2004)."""


@dataclass(frozen=True)
class Inclinations:
    """Shares of buyers of each item that are expected of a customer who lacks it.

    Attributes
    ----------
    weights : ndarray of shape (items, items)
        Whole numbers of 1/`STEPS`: what having bought the item of the row adds for the item of the column.
    constant : ndarray of shape (items,)
        The same for a customer who bought nothing.
    penalty : float
        Of the ridge, in units of the items' mean variance.
    """

    weights: Floats
    constant: Floats
    penalty: float

    def of(self, owned: npt.NDArray[np.bool_]) -> Floats:
        """Whole numbers of 1/`STEPS` for customers by what they own, of shape (customers, items); exact in floats."""
        return self.constant + owned.astype(float) @ self.weights


def inclinations(counts: npt.NDArray[np.int64], customers: int) -> Inclinations:
    """Regress each item on the others.

    Parameters
    ----------
    counts : ndarray of shape (items, items)
        Customers who bought both items; on the diagonal those who bought the one.
    customers : int

    Notes
    -----
    The penalty has the smallest generalised cross-validation error summed over items (Golub, Heath & Wahba 1979).
    The customer's own row, in which the item is 0, has lowered what is fitted: dividing by one less the mean leverage
    gives back what the others alone would say.
    """
    share = np.diag(counts) / customers
    covariance = counts / customers - np.outer(share, share)
    unit = float(np.trace(covariance)) / len(share)
    if unit <= 0:  # everybody bought every item
        return Inclinations(np.zeros(counts.shape), np.round(share * STEPS), np.inf)
    ridge = _Ridge(covariance, customers)
    penalty = min(PENALTIES, key=lambda each: ridge.error(each * unit))
    slopes = ridge.slopes(penalty * unit)
    lift = 1 / (1 - ridge.leverage(penalty * unit))
    constant = (share - share @ slopes) * lift
    return Inclinations(np.round(slopes * lift * STEPS), np.round(constant * STEPS), float(penalty))


class _Ridge:
    """The regressions of all items at any penalty, from the eigenvectors of their covariance."""

    def __init__(self, covariance: Floats, customers: int) -> None:
        self.customers = customers
        values, self.vectors = np.linalg.eigh(covariance)
        self.values = np.maximum(values, 0.0)
        self.squares = self.vectors**2

    def slopes(self, penalty: float) -> Floats:
        """What each item of the rows adds for each of the columns."""
        inverse = (self.vectors / (self.values + penalty)) @ self.vectors.T
        slopes: Floats = -inverse / np.diag(inverse)
        np.fill_diagonal(slopes, 0.0)
        return slopes

    def leverage(self, penalty: float) -> Floats:
        """The mean weight of a customer's own row in what is fitted for that row, for each item."""
        own, squares = self._inverse(penalty)
        traces = own.sum() - squares / own  # of the inverse without the row and column of the item
        leverage: Floats = (len(own) - penalty * traces) / self.customers  # the constant included
        return leverage

    def error(self, penalty: float) -> float:
        """The generalised cross-validation error, summed over items."""
        own, squares = self._inverse(penalty)
        residual, caution = (own - penalty * squares) / own**2, 1 - CAUTION * self.leverage(penalty)
        return float((residual / caution**2).sum()) if (caution > 0).all() else np.inf

    def _inverse(self, penalty: float) -> tuple[Floats, Floats]:
        """The diagonals of the inverse and of its square."""
        inverse = 1 / (self.values + penalty)
        return self.squares @ inverse, self.squares @ inverse**2
