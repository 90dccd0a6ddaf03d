"""The tables of a backtest: a row of measures, groups for calibration, one sentence."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._backtests.baselines import BASELINE_WORDS, BASELINES
from clv._backtests.holdout import Holdout
from clv._backtests.metrics import calibration, coverage, errors
from rfm._words import Message, declare, joined

__all__ = ["KIND_WORDS", "groups", "label", "measures", "name_in_words", "recommend"]

IN_PERIODS: Final = " (periods)"
KIND_WORDS: Final = declare("backtest.kind", {"law": "law", "baseline": "baseline"})
TEXTS: Final = declare(
    "backtest.recommendation",
    {
        "in periods": "{name}" + IN_PERIODS,
        "purchases: use": "Use {law}: RMSE {rmse}, MAE {mae}, total {bias}; that is {gain} below the best baseline, "
        "'{baseline}' (RMSE {rule_rmse}).",
        "purchases: no law": "No law beats the baseline '{baseline}' here (RMSE {rule_rmse}); the best law is {law}: "
        "RMSE {rmse}, MAE {mae}, total {bias}. Use the laws for intervals and horizons only with care.",
        "purchases: laws only": "Of the laws, use {law}: RMSE {rmse}, MAE {mae}, total {bias}.",
        "purchases: baselines only": "Of the baselines, {baseline} is closest: RMSE {rule_rmse}.",
        "periods: use": "In periods with a purchase: use {law}: RMSE {rmse}, MAE {mae}, total {bias}; that is {gain} "
        "below the best baseline, '{baseline}' (RMSE {rule_rmse}).",
        "periods: no law": "In periods with a purchase: no law beats the baseline '{baseline}' here (RMSE "
        "{rule_rmse}); the best law is {law}: RMSE {rmse}, MAE {mae}, total {bias}. Use the laws for intervals and "
        "horizons only with care.",
        "periods: laws only": "In periods with a purchase: of the laws, use {law}: RMSE {rmse}, MAE {mae}, total "
        "{bias}.",
        "periods: baselines only": "In periods with a purchase: of the baselines, {baseline} is closest: RMSE "
        "{rule_rmse}.",
    },
)


def label(cut: Holdout, name: str) -> str:
    """A contender's name in the tables: a baseline may occur twice, for purchases and for periods."""
    return f"{name}{IN_PERIODS}" if name in BASELINES and cut.counts == "periods" else name


def measures(cut: Holdout, name: str, predictions: pd.DataFrame) -> dict[str, Any]:
    """A row of `Backtest.table`, from the predictions of one contender."""
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
        **errors(*number),
        "coverage": covered,
        **{name: value for kind, pair in money.items() for name, value in _of_money(kind, *pair).items()},
    }


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


def recommend(table: pd.DataFrame) -> str:
    """Which model to use, from the root mean squared error over the origins, and its gain over the best baseline.

    Errors in purchases and in periods are not comparable, so each count has a separate sentence.
    """
    counted = table["counts"].unique()
    return joined("sentences", [_sentence(table[table["counts"] == counts], counts) for counts in counted])


def _sentence(table: pd.DataFrame, counts: str) -> Message:
    mean = table.groupby(["kind", "model"])[["rmse", "mae", "bias"]].mean()
    best = {kind: mean.loc[kind].sort_values("rmse").iloc[0] for kind in mean.index.unique("kind")}
    rule = best.get("baseline")
    values = (
        {} if rule is None else {"baseline": name_in_words(rule.name), "rule_rmse": f"{rule['rmse']:.3f}"}
    )
    if "law" not in best:
        return TEXTS(f"{counts}: baselines only", **values)
    law = best["law"]
    numbers = {"rmse": f"{law['rmse']:.3f}", "mae": f"{law['mae']:.3f}", "bias": f"{law['bias']:+.1%}"}
    values |= {"law": law.name, **numbers}
    if rule is None:
        return TEXTS(f"{counts}: laws only", **values)
    if law["rmse"] >= rule["rmse"]:  # if the baseline is exact, too
        return TEXTS(f"{counts}: no law", **values)
    return TEXTS(f"{counts}: use", **values, gain=f"{1 - law['rmse'] / rule['rmse']:.1%}")


def name_in_words(label: str) -> str:
    """A contender's name in the tables; that of a baseline has a key for translation."""
    name = label.removesuffix(IN_PERIODS)
    if name not in BASELINES:
        return label
    return BASELINE_WORDS(name) if name == label else TEXTS("in periods", name=BASELINE_WORDS(name))
