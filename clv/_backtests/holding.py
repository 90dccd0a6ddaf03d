"""How the intervals of a backtest held: of the total and of customers, by the law alone and with its past errors."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from clv._backtests.holdout import Holdout
from clv._backtests.metrics import coverage
from clv._backtests.predictions import of_purchases
from clv._customer_model import CustomerModel
from clv._past_errors.interval_from import LAW

__all__ = ["COLUMNS", "holding"]

COLUMNS: Final = (
    "origin", "model", "counts", "interval_from", "happened", "total_low", "total_high", "held", "width",
    "customers_held", "customers_width",
)  # fmt: skip


def holding(
    cut: Holdout, name: str, model: CustomerModel, predictions: pd.DataFrame, mass: float, seed: int
) -> list[dict[str, Any]]:
    """Rows of `Backtest.intervals`: the law's own intervals, and those with the errors of the past.

    Parameters
    ----------
    cut : Holdout
        The split at the origin.
    name : str
        The contender.
    model : CustomerModel
        With past errors, and its customers.
    predictions : DataFrame
        The contender's, with `low` and `high` by all that was known, and `happened`.
    mass : float
        Of the intervals.
    seed : int
        Of the draws.
    """
    rows, model = [], of_purchases(model)
    happened = predictions["happened"].to_numpy(dtype=float)
    for source in (LAW, None):
        total = model.total(
            horizon=cut.horizon, discount_rate=0.0, interval=mass, seed=seed, interval_from=source
        ).iloc[0]
        low, high = float(total["purchases_low"]), float(total["purchases_high"])
        each_low, each_high = _of_customers(cut, model, predictions, mass, seed, source)
        rows.append(
            {
                "origin": cut.origin,
                "model": name,
                "counts": cut.counts,
                "interval_from": total["interval_from"],
                "happened": happened.sum(),
                "total_low": low,
                "total_high": high,
                "held": low <= happened.sum() <= high,
                "width": (high - low) / happened.sum() if happened.sum() else np.nan,
                "customers_held": coverage(each_low, each_high, happened),
                "customers_width": float(np.mean(each_high - each_low)),
            }
        )
    return rows


def _of_customers(
    cut: Holdout, model: CustomerModel, predictions: pd.DataFrame, mass: float, seed: int, source: Any
) -> tuple[Any, Any]:
    """Bounds of customers' purchases; where their law's are kept, both sources have the same."""
    if source is None or model.calibration is None or model.calibration.right(mass):
        return predictions["low"].to_numpy(dtype=float), predictions["high"].to_numpy(dtype=float)
    found = model.predict(cut.horizon, 0.0, interval=mass, seed=seed, interval_from=LAW)
    return found["purchases_low"].to_numpy(dtype=float), found["purchases_high"].to_numpy(dtype=float)
