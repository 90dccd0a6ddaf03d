"""What a fitted model expected of customers after its last day, and how likely it held what they then did."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._customer_model import CustomerModel
from clv._laws.by_covariates import Patterns, at, keys, taken
from clv._numerics import unique_rows
from clv._season.clock import in_time
from clv._units import Horizon

__all__ = ["LEAST", "Outcomes", "Outlook", "outlook"]

Array = NDArray[np.float64]

LEAST: Final = 5e-324  # the smallest double: what a law takes for less likely counts as this


class Outlook(NamedTuple):
    """One value for each customer: purchases expected in the hold-out, and the log score of those that were made."""

    expected: Array
    log_score: Array


def outlook(model: CustomerModel, happened: Array, horizon: Horizon) -> Outlook:
    """The expectation and ln P(X = what happened) of each customer's purchases in a hold-out.

    Parameters
    ----------
    model : CustomerModel
        Fitted to what was known on its last day, with its customers in memory.
    happened : ndarray of shape (n,)
        Purchases of each, or periods with one, in the horizon.
    horizon : str
        Length of the hold-out.

    Returns
    -------
    Outlook
        By the law's exact conditional distribution, computed once for each distinct row of history and outcome.
    """
    found = Outcomes.of(model, happened, horizon)
    history = found.x, found.t_x, found.T
    chance = np.asarray(found.law_of_rows.conditional_pmf(found.n, found.ahead, *history), dtype=float)
    return Outlook(found.expected[found.row], np.log(np.maximum(chance, LEAST))[found.row])


@dataclass(frozen=True)
class Outcomes:
    """Each distinct history with each number of purchases that came after it, and the law as it was seen then.

    Parameters
    ----------
    law : PurchaseLaw or ByCovariates
        Of all customers.
    ahead : float
        The hold-out in the law's time.
    x, t_x, T, n : ndarray of shape (rows,)
        Histories, and purchases after them.
    patterns : Patterns or None
        The covariates of the rows.
    row : ndarray of shape (customers,)
        The row of each customer.
    """

    law: Any
    ahead: float
    x: Array
    t_x: Array
    T: Array
    n: Array
    patterns: Patterns | None
    row: NDArray[np.int64]

    @classmethod
    def of(cls, model: CustomerModel, happened: Array, horizon: Horizon) -> Outcomes:
        """Of a model's customers; see `outlook`."""
        table = model.customers
        assert table is not None
        clock = model._clock(model.end)
        ahead = model._terms(horizon, 0.0, 1.0, start=model.end, clock=clock).horizon
        reader, law = model._reader, model._as_seen(model._laws[0], model.end)
        columns = (table[name].to_numpy(dtype=float) for name in reader.law_class.data_columns)
        patterns = reader.patterns(*(table[name].to_numpy() for name in reader.covariates))
        history = in_time(clock, *columns)
        first, row = unique_rows(*history, happened, *keys(patterns))
        x, t_x, T, n = (column[first] for column in (*history, happened))
        return cls(law, ahead, x, t_x, T, n, taken(patterns, first), row)

    @cached_property
    def law_of_rows(self) -> Any:
        """The law of each row's covariates."""
        return at(self.law, self.patterns)

    @property
    def expected(self) -> Array:
        """Purchases expected in the hold-out, (rows,)."""
        found = self.law_of_rows.conditional_expected_purchases(self.ahead, self.x, self.t_x, self.T)
        return np.asarray(found, dtype=float)
