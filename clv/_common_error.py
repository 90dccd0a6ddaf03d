"""The error that all customers share in a total or a forecast, by a model's past errors and `interval_from`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom, as_interval_from
from clv._past_errors.past_errors import PastErrors
from rfm.errors import DataError

__all__ = ["CommonError", "common_error"]

Array = NDArray[np.float64]

FACTORS = 2_000  # equally likely draws of the common error
WEEK = 7.0  # days of the shortest periods of which errors are drawn; shorter ones share that of theirs
MOST = 60  # of these periods, which are longer if need be


@dataclass(frozen=True)
class CommonError:
    """Of purchases and of money in some periods.

    Attributes
    ----------
    source : str
        What the column `interval_from` says.
    factors : ndarray of shape (size, 2, periods) or None
        Equally likely draws of what happens over what the law expects; None by the law alone.
    correction : ndarray of shape (2, periods)
        Factors of point forecasts.
    """

    source: IntervalFrom
    factors: Array | None
    correction: Array

    def corrected(self, table: pd.DataFrame, money: str) -> pd.DataFrame:
        """Totals over one period with `purchases` and `money` corrected, and labelled."""
        for k, name in enumerate(("purchases", money)):
            if name in table:
                table[name] = table[name] * self.correction[k, 0]
        return self.labelled(table, money)

    def labelled(self, table: pd.DataFrame, money: str) -> pd.DataFrame:
        """With the columns that say where intervals come from, and how expectations were corrected."""
        table["interval_from"] = self.source
        for k, (name, label) in enumerate((("purchases", "correction"), (money, f"{money}_correction"))):
            if name in table:
                table[label] = np.broadcast_to(self.correction[k], len(table)).copy()
        return table


def common_error(
    known: PastErrors | None,
    interval_from: Any,
    edges: Array,
    *,
    end: date | None,
    seed: int,
    price_known: bool = False,
) -> CommonError:
    """The common error of periods, by the option `interval_from`.

    Parameters
    ----------
    known : PastErrors or None
        The model's.
    interval_from : {None, "law", "law and its past errors", "law and typical errors"}
        None means the best that the model has.
    edges : ndarray of shape (periods + 1,)
        Ends of the periods in days ahead, beginning with 0.
    end : date or None
        The day after which they begin.
    seed : int
        Of the draws.
    price_known : bool
        Whether every order is worth the same, so that the error of money is that of purchases.

    Raises
    ------
    DataError
        If the option is none of these, or asks for past errors that the model has not.
    """
    wanted = as_interval_from(interval_from)
    if wanted == LAW:
        return CommonError(LAW, None, np.ones((2, len(edges) - 1)))
    if wanted == PAST and (known is None or known.source != PAST):
        raise DataError(
            f"interval_from={PAST!r}, and this model does not know its past errors. Hint: "
            "model.with_past_errors(tx) learns them from the log."
        )
    errors = PastErrors.typical(end) if known is None or wanted == TYPICAL else known
    if end is not None and (errors.end is None or end > errors.end):
        errors = replace(errors, end=end)
    outer, block = _blocks(edges)
    factors = errors.error_factors(outer, FACTORS, np.random.default_rng([seed, 4]))[:, :, block]
    correction = errors.correction(outer)[:, block]
    if price_known:
        factors, correction = factors[:, [0, 0]], correction[[0, 0]]
    return CommonError(errors.source, factors, correction)


def _blocks(edges: Array) -> tuple[Array, NDArray[np.int64]]:
    """Ends of longer periods, beginning with 0, and the longer period of each.

    >>> _blocks(np.array([0.0, 3.0, 6.0, 9.0, 20.0]))
    (array([ 0.,  6.,  9., 20.]), array([0, 0, 1, 2]))
    """
    length = max(WEEK, float(edges[-1]) / MOST)
    whole = np.diff(edges) >= length - 1e-9
    place = np.ceil(edges[1:] / length - 1e-9)
    first = np.append(True, (np.diff(place) > 0) | (whole[1:] & whole[:-1]))
    block = np.cumsum(first) - 1
    last = np.append(np.flatnonzero(first)[1:] - 1, len(block) - 1)
    return np.append(0.0, edges[1:][last]), np.asarray(block, dtype=np.int64)
