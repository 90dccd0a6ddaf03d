"""What a fitted model expected of customers after its last day, and how likely it held what they then did."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clv._customer_model import CustomerModel
from clv._laws.by_covariates import at, keys, taken
from clv._numerics import unique_rows
from clv._season.clock import in_time
from clv._units import Horizon

__all__ = ["LEAST", "Outlook", "outlook"]

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
    of_rows: Any = at(law, taken(patterns, first))
    expected = np.asarray(of_rows.conditional_expected_purchases(ahead, x, t_x, T), dtype=float)
    chance = np.asarray(of_rows.conditional_pmf(n, ahead, x, t_x, T), dtype=float)
    return Outlook(expected[row], np.log(np.maximum(chance, LEAST))[row])
