"""Should anybody believe the model? Fit on what was known, predict, and compare with what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from clv.backtests.baselines import BASELINES
from clv.backtests.holdout import Holdout, split
from clv.backtests.metrics import calibration, coverage, errors
from clv.fit_model import PurchaseModel, fit_summary
from clv.units import Horizon, Unit, horizon_days
from rfm.days import as_day, day_text
from rfm.errors import DataError
from rfm.orders.transactions import Transactions, as_transactions
from rfm.schemes.scheme import Scheme

__all__ = ["Backtest", "backtest"]

LAWS: tuple[PurchaseModel, ...] = ("bg-nbd", "mbg-nbd", "pareto-nbd")


@dataclass(frozen=True)
class Backtest:
    """What came out of a backtest; made by `backtest`.

    Attributes
    ----------
    table : DataFrame
        A row for each origin and model, the best first: `origin`, `model`, `kind` ("law" or "baseline"), `customers`,
        `happened` and `predicted` (purchases), then `mae`, `rmse`, `bias`, `correlation`, `gini`, `top_decile_lift`,
        `coverage` (of the intervals, where asked for), and the same of spend, named `spend_…`.
    calibration : DataFrame
        Mean purchases predicted and happened by `origin`, `model` and group: `by` is "decile" (of the prediction),
        "frequency" (repeat purchases until the origin) or "segment"; `group`, `customers`, `predicted`, `happened`.
    predictions : DataFrame
        A row for each origin, model and customer: `predicted`, `happened`, `predicted_spend`, `happened_spend`, and
        with intervals `low`, `high`.
    newcomers : DataFrame
        By `origin`: customers first seen in the hold-out, whom no model of known customers foresees.
    recommendation : str
        One sentence.
    """

    table: pd.DataFrame
    calibration: pd.DataFrame
    predictions: pd.DataFrame
    newcomers: pd.DataFrame
    recommendation: str

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n\n{self.recommendation}"

    def _repr_html_(self) -> str:
        return f"{self.table.to_html(index=False)}<p>{self.recommendation}</p>"


def backtest(
    tx: Any,
    holdout: Horizon = "39W",
    *,
    origins: int | str | date | Sequence[str | date] = 1,
    models: Sequence[PurchaseModel] = LAWS,
    baselines: bool = True,
    unit: Unit = "W",
    scheme: str | Scheme = "classic",
    interval: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Backtest:
    """Fit on what was known at each origin, predict the time after it, and compare with what happened.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    holdout : str or timedelta
        Length of the time to predict, in whole days: "39W", "90D".
    origins : int, date or sequence of dates
        Last known days, inclusive. A number counts them back from the latest that leaves a whole hold-out, each half
        a hold-out before the next.
    models : sequence of str
        The purchase laws.
    baselines : bool
        Whether to hold rules of thumb beside them, see `clv.backtests.baselines`.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the fits.
    scheme : str or Scheme
        Segments for the calibration by segment.
    interval : float, optional
        Mass of the predictive intervals whose coverage is to be counted, for instance 0.9.
    seed : int
        Of the parameter draws behind the intervals; with the same seed the answer is the same.
    progress : bool
        Whether to show what is being fitted.

    Returns
    -------
    Backtest

    Raises
    ------
    DataError
        If an origin leaves no day before it, or no whole hold-out after it.

    Examples
    --------
    >>> import clv, rfm
    >>> result = clv.backtest(rfm.datasets.cdnow_sample(), "39W", models=["bg-nbd"])
    >>> result.table.loc[result.table["model"] == "bg-nbd", ["customers", "happened"]].to_dict("records")
    [{'customers': 2357, 'happened': 1882.0}]
    """
    tx = as_transactions(tx)
    days = _whole_days(holdout)
    rows, groups, single, new = [], [], [], []
    names = [*models, *(BASELINES if baselines else ())]
    days_of = _origins(tx, origins, days)
    with tqdm(total=len(days_of) * len(names), disable=not progress, leave=False) as bar:
        for day in days_of:
            cut = split(tx, day, days, unit, scheme)
            new.append(
                {"origin": cut.origin, "newcomers": cut.newcomers, "purchases": cut.newcomer_purchases}
            )
            for name in names:
                bar.set_description(f"{cut.origin} {name}")
                predicted = _predictions(cut, name, unit, interval, seed)
                rows.append(_row(cut, name, predicted))
                groups.append(_groups(cut, name, predicted))
                single.append(predicted.assign(origin=cut.origin, model=name))
                bar.update()
    table = pd.DataFrame(rows).sort_values(["origin", "rmse"], kind="stable", ignore_index=True)
    return Backtest(
        table,
        pd.concat(groups, ignore_index=True),
        pd.concat(single, ignore_index=True),
        pd.DataFrame(new),
        _recommend(table),
    )


def _whole_days(holdout: Horizon) -> int:
    days = horizon_days(holdout)
    if not (1 <= days < np.inf and days == round(days)):
        raise DataError(
            f"holdout={holdout!r} is {days:g} days, and a hold-out has a whole number of them. "
            'Hint: give weeks or days, such as "39W" or "90D".'
        )
    return round(days)


def _origins(tx: Transactions, origins: int | str | date | Sequence[str | date], days: int) -> list[int]:
    """Last known days, in ascending order."""
    latest = tx.last_day - days
    if isinstance(origins, int):
        if origins < 1:
            raise DataError(f"origins must be 1 or more, got {origins}. Hint: origins=3, or a list of dates.")
        asked = [latest - k * max(days // 2, 1) for k in range(origins)]
    else:
        dates = [origins] if isinstance(origins, (str, date)) else origins
        asked = [as_day(origin, "origins") for origin in dates]
    for day in asked:
        if not tx.first_day < day <= latest:
            raise DataError(
                f"An origin on {day_text(day)} leaves no log before it or no {days} days after it: the log runs from "
                f"{day_text(tx.first_day)} to {day_text(tx.last_day)}. Hint: a shorter hold-out, fewer origins, or "
                f"dates up to {day_text(latest)}."
            )
    return sorted(asked)


def _predictions(cut: Holdout, name: str, unit: Unit, interval: float | None, seed: int) -> pd.DataFrame:
    """A row a customer: predicted and happened, for purchases and for spend."""
    happened = cut.customers
    if name in BASELINES:
        purchases = BASELINES[name](cut.known)
        spend = purchases * happened["mean_order"].to_numpy()
        columns = {"predicted": purchases, "predicted_spend": spend}
    else:
        model = fit_summary(cut.btyd, name, unit=unit, end=cut.origin)  # type: ignore[arg-type]
        said = model.predict(f"{cut.days}D", 0.0, interval=interval, seed=seed)
        columns = {"predicted": said["expected_purchases"], "predicted_spend": said["clv"]}
        if interval is not None:
            columns |= {"low": said["purchases_low"], "high": said["purchases_high"]}
    return pd.DataFrame(
        {
            "customer_id": happened["customer_id"],
            **{key: np.asarray(values, dtype=float) for key, values in columns.items()},
            "happened": happened["purchases"].to_numpy(dtype=float),
            "happened_spend": happened["spend"].to_numpy(dtype=float),
        }
    )


def _row(cut: Holdout, name: str, said: pd.DataFrame) -> dict[str, Any]:
    purchases = [said[column].to_numpy() for column in ("predicted", "happened")]
    spend = [said[column].to_numpy() for column in ("predicted_spend", "happened_spend")]
    covered = (
        coverage(*(said[c].to_numpy() for c in ("low", "high", "happened"))) if "low" in said else np.nan
    )
    return {
        "origin": cut.origin,
        "model": name,
        "kind": "baseline" if name in BASELINES else "law",
        "customers": len(said),
        "happened": purchases[1].sum(),
        "predicted": purchases[0].sum(),
        **errors(*purchases),
        "coverage": covered,
        "spend_happened": spend[1].sum(),
        "spend_predicted": spend[0].sum(),
        **{f"spend_{key}": value for key, value in errors(*spend).items()},
    }


def _groups(cut: Holdout, name: str, said: pd.DataFrame) -> pd.DataFrame:
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
    return pd.concat([decile, *rest], ignore_index=True).assign(origin=cut.origin, model=name)


def _recommend(table: pd.DataFrame) -> str:
    """Which model to use, from the root mean squared error over the origins, and what it gains on the best baseline."""
    mean = table.groupby(["kind", "model"])[["rmse", "mae", "bias"]].mean()
    best = {kind: mean.loc[kind].sort_values("rmse").iloc[0] for kind in mean.index.unique("kind")}
    if "law" not in best:
        return f"Of the baselines, {best['baseline'].name} is closest: RMSE {best['baseline']['rmse']:.3f}."
    law = best["law"]
    told = f"{law.name}: RMSE {law['rmse']:.3f}, MAE {law['mae']:.3f}, total {law['bias']:+.1%}"
    if "baseline" not in best:
        return f"Of the laws, use {told}."
    rule = best["baseline"]
    gain = 1 - law["rmse"] / rule["rmse"]
    if gain <= 0:
        return (
            f"No law beats the baseline {rule.name!r} here (RMSE {rule['rmse']:.3f}); the best law is {told}. "
            "Use the laws for intervals and horizons only with care."
        )
    return f"Use {told}; that is {gain:.1%} below the best baseline, {rule.name!r} (RMSE {rule['rmse']:.3f})."
