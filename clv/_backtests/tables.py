"""What a backtest shows of its predictions: a row of measures, groups for the calibration, one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._backtests.baselines import BASELINES
from clv._backtests.holdout import Holdout
from clv._backtests.metrics import calibration, coverage, errors

__all__ = ["groups", "label", "measures", "recommend"]


def label(cut: Holdout, name: str) -> str:
    """A contender's name in the tables: a baseline may stand there twice, for purchases and for periods."""
    return f"{name} (periods)" if name in BASELINES and cut.counts == "periods" else name


def measures(cut: Holdout, name: str, said: pd.DataFrame) -> dict[str, Any]:
    """A row of `Backtest.table`, from the predictions of one contender."""
    number = [said[column].to_numpy() for column in ("predicted", "happened")]
    money = {
        kind: [said[f"{side}_{kind}"].to_numpy() for side in ("predicted", "happened")]
        for kind in (("spend", "net_spend") if cut.has_amounts else ())
    }
    covered = (
        coverage(*(said[c].to_numpy() for c in ("low", "high", "happened"))) if "low" in said else np.nan
    )
    return {
        "origin": cut.origin,
        "model": label(cut, name),
        "kind": "baseline" if name in BASELINES else "law",
        "counts": cut.counts,
        "customers": len(said),
        "happened": number[1].sum(),
        "predicted": number[0].sum(),
        **errors(*number),
        "coverage": covered,
        **{name: value for kind, pair in money.items() for name, value in _of_money(kind, *pair).items()},
    }


def _of_money(kind: str, predicted: NDArray[np.float64], happened: NDArray[np.float64]) -> dict[str, float]:
    """The totals and errors of gross or of net spend, named by it."""
    return {
        f"{kind}_happened": happened.sum(),
        f"{kind}_predicted": predicted.sum(),
        **{f"{kind}_{key}": value for key, value in errors(predicted, happened).items()},
    }


def groups(cut: Holdout, name: str, said: pd.DataFrame) -> pd.DataFrame:
    """Mean predicted and happened by decile of the prediction, by past frequency (7 and more together), by segment."""
    group, customers, predicted, happened = calibration(
        said["predicted"].to_numpy(), said["happened"].to_numpy()
    )
    decile = pd.DataFrame(
        {"by": "decile", "group": group, "customers": customers, "predicted": predicted, "happened": happened}
    )
    by = {
        "frequency": np.minimum(cut.known.x, 7).astype(int),
        "segment": cut.customers["segment"].astype(str).to_numpy(),
    }
    rest = [
        said.assign(group=key).groupby("group", sort=True)
        .agg(customers=("happened", "size"), predicted=("predicted", "mean"), happened=("happened", "mean"))
        .reset_index().assign(by=kind)
        for kind, key in by.items()
    ]  # fmt: skip
    return pd.concat([decile, *rest], ignore_index=True).assign(origin=cut.origin, model=label(cut, name))


def recommend(table: pd.DataFrame) -> str:
    """Which model to use, from the root mean squared error over the origins, and what it gains on the best baseline.

    Errors in purchases and errors in periods do not compare, so each count has a sentence of its own.
    """
    said = {counts: _sentence(table[table["counts"] == counts]) for counts in table["counts"].unique()}
    if "periods" in said:
        said["periods"] = f"In periods with a purchase: {said['periods'][0].lower()}{said['periods'][1:]}"
    return " ".join(said.values())


def _sentence(table: pd.DataFrame) -> str:
    mean = table.groupby(["kind", "model"])[["rmse", "mae", "bias"]].mean()
    best = {kind: mean.loc[kind].sort_values("rmse").iloc[0] for kind in mean.index.unique("kind")}
    if "law" not in best:
        return f"Of the baselines, {best['baseline'].name} is closest: RMSE {best['baseline']['rmse']:.3f}."
    law = best["law"]
    told = f"{law.name}: RMSE {law['rmse']:.3f}, MAE {law['mae']:.3f}, total {law['bias']:+.1%}"
    if "baseline" not in best:
        return f"Of the laws, use {told}."
    rule = best["baseline"]
    if law["rmse"] >= rule["rmse"]:  # where the baseline is exact, too
        return (
            f"No law beats the baseline {rule.name!r} here (RMSE {rule['rmse']:.3f}); the best law is {told}. "
            "Use the laws for intervals and horizons only with care."
        )
    gain = 1 - law["rmse"] / rule["rmse"]
    return f"Use {told}; that is {gain:.1%} below the best baseline, {rule.name!r} (RMSE {rule['rmse']:.3f})."
