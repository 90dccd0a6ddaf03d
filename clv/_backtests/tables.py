"""The tables of a backtest: a row of measures, groups for calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._backtests.baselines import BASELINES
from clv._backtests.holdout import Holdout
from clv._backtests.metrics import calibration, coverage, errors
from clv._backtests.recommendation import IN_PERIODS
from rfm._options import received
from rfm._words import declare
from rfm.errors import DataError

__all__ = ["KIND_WORDS", "Measure", "groups", "label", "measures", "own_measure"]

Array = NDArray[np.float64]
Measure: TypeAlias = Callable[[Array, Array], float]

KIND_WORDS: Final = declare("backtest.kind", {"law": "law", "baseline": "baseline"})


def label(cut: Holdout, name: str) -> str:
    """A contender's name in the tables: a baseline may occur twice, for purchases and for periods."""
    return f"{name}{IN_PERIODS}" if name in BASELINES and cut.counts == "periods" else name


def measures(
    cut: Holdout, name: str, predictions: pd.DataFrame, own: Mapping[str, Measure]
) -> dict[str, Any]:
    """A row of `Backtest.table`, from the predictions of one contender; with the user's own measures of numbers."""
    number = [predictions[column].to_numpy() for column in ("predicted", "happened")]
    money = {
        kind: [predictions[f"{side}_{kind}"].to_numpy() for side in ("predicted", "happened")]
        for kind in (("spend", "net_spend") if cut.has_amounts else ())
    }
    covered = (
        coverage(*(predictions[c].to_numpy() for c in ("low", "high", "happened")))
        if "low" in predictions
        else np.nan
    )
    return {
        "origin": cut.origin,
        "model": label(cut, name),
        "kind": "baseline" if name in BASELINES else "law",
        "counts": cut.counts,
        "customers": len(predictions),
        "happened": number[1].sum(),
        "predicted": number[0].sum(),
        "log_score": predictions["log_score"].sum() if "log_score" in predictions else np.nan,
        **errors(*number),
        "coverage": covered,
        **{name: value for kind, pair in money.items() for name, value in _of_money(kind, *pair).items()},
        **{key: own_measure(key, measure, *number) for key, measure in own.items()},
    }


def own_measure(name: str, measure: Measure, predicted: Array, happened: Array) -> float:
    """The user's measure of copies of both columns.

    Raises
    ------
    DataError
        If it does not return one number.
    """
    found = measure(predicted.copy(), happened.copy())
    value = np.asarray(found)
    if value.shape != () or value.dtype.kind not in "iuf":
        raise DataError(
            f"measures[{name!r}] must return one number; got {received(found)}. "
            "Hint: it takes two arrays, predicted and happened, one value a customer."
        )
    return float(value)


def _of_money(kind: str, predicted: NDArray[np.float64], happened: NDArray[np.float64]) -> dict[str, float]:
    """The totals and errors of gross or net spend, with its name."""
    return {
        f"{kind}_happened": happened.sum(),
        f"{kind}_predicted": predicted.sum(),
        **{f"{kind}_{key}": value for key, value in errors(predicted, happened).items()},
    }


def groups(cut: Holdout, name: str, predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean predicted and happened by decile of the prediction, by past frequency (7 and more combined), by segment."""
    group, customers, predicted, happened = calibration(
        predictions["predicted"].to_numpy(), predictions["happened"].to_numpy()
    )
    decile = pd.DataFrame(
        {"by": "decile", "group": group, "customers": customers, "predicted": predicted, "happened": happened}
    )
    by = {
        "frequency": np.minimum(cut.known.x, 7).astype(int),
        "segment": cut.customers["segment"].astype(str).to_numpy(),
    }
    rest = [
        predictions.assign(group=key).groupby("group", sort=True)
        .agg(customers=("happened", "size"), predicted=("predicted", "mean"), happened=("happened", "mean"))
        .reset_index().assign(by=kind)
        for kind, key in by.items()
    ]  # fmt: skip
    return pd.concat([decile, *rest], ignore_index=True).assign(origin=cut.origin, model=label(cut, name))
