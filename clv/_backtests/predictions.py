"""Predictions of a law or a baseline for each customer of a hold-out, with the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from clv._backtests.baselines import BASELINES
from clv._backtests.holdout import Holdout
from clv._choice.outlook import outlook
from clv._choice.refits import Terms
from clv._customer_model import CustomerModel
from clv._fit import with_spend
from clv._fits.credibility import OrderSums
from clv._fits.data import FitData, spend_data
from clv._laws.gamma_gamma import GammaGamma
from clv._spend_orders import ReadOrders
from clv.errors import FitError

__all__ = ["OnePrice", "of_purchases", "one_price", "predict_law", "predict_rule", "priced"]


class OnePrice(NamedTuple):
    """The value of every order if no spend law can be estimated, with the reason."""

    price: float
    reason: str


def one_price(cut: Holdout) -> OnePrice | None:
    """The mean spend per purchase until the origin if no spend law can be estimated from it; else None."""
    if not cut.has_amounts:
        return None
    try:
        spend_data(FitData.read(GammaGamma, cut.btyd))
    except FitError as error:
        mean = np.average(cut.customers["mean_spend"], weights=cut.known.x + 1)
        return OnePrice(float(mean), str(error).partition(" Hint:")[0])
    return None


def priced(
    cut: Holdout,
    model: CustomerModel,
    orders: ReadOrders,
    price: OnePrice | None,
    terms: Terms,
    orders_of: Callable[[], OrderSums] | None = None,
) -> CustomerModel:
    """A model of purchases with the law of spend of the same customers, or with their one price."""
    if cut.has_amounts:
        worth = None if price is None else max(price.price, 0.0)
        model = with_spend(model, orders, worth, terms.depends, terms.prior, orders_of)
    return replace(model, refunds=cut.refunds)


def predict_law(
    cut: Holdout,
    model: CustomerModel,
    price: OnePrice | None,
    interval: float | None,
    seed: int,
) -> pd.DataFrame:
    """One row per customer: predicted and happened, in number and in spend, with `low` and `high` if requested.

    `log_score` is ln P(what happened), see `clv._choice.outlook`.
    """
    predicted = model.predict(cut.horizon, 0.0, customers=model.customers)
    expected = predicted["expected_purchases"]
    columns = {"predicted": expected}
    if cut.has_amounts:
        gross = expected * (predicted["expected_spend"] if price is None else price.price)
        columns |= {"predicted_spend": gross, "predicted_net_spend": gross * (1.0 - predicted["refund_rate"])}
    if interval is not None:
        bounds = of_purchases(model).predict(cut.horizon, 0.0, interval=interval, seed=seed)
        columns |= {"low": bounds["purchases_low"], "high": bounds["purchases_high"]}
    happened = cut.customers["happened"].to_numpy(dtype=float)
    columns["log_score"] = outlook(model, happened, cut.horizon).log_score
    return _beside(cut, columns)


def of_purchases(model: CustomerModel) -> CustomerModel:
    """The model without its law of spend, whose bounds are not asked for."""
    return replace(model, spend=None)


def predict_rule(cut: Holdout, name: str) -> pd.DataFrame:
    """The same for a baseline; each customer continues to spend their past mean."""
    number = BASELINES[name](cut.known)
    columns = {"predicted": number}
    if cut.has_amounts:
        spent, kept = (cut.customers[name].to_numpy() for name in ("mean_spend", "mean_net_spend"))
        columns |= {"predicted_spend": number * spent, "predicted_net_spend": number * kept}
    return _beside(cut, columns)


def _beside(cut: Holdout, columns: Mapping[str, object]) -> pd.DataFrame:
    happened = cut.customers
    spent = {}
    if cut.has_amounts:
        net = happened["spend"] + happened["returned"]
        spent = {
            "happened_spend": happened["spend"].to_numpy(dtype=float),
            "happened_net_spend": net.to_numpy(dtype=float),
        }
    return pd.DataFrame(
        {
            "customer_id": happened["customer_id"],
            **{key: np.asarray(values, dtype=float) for key, values in columns.items()},
            "happened": happened["happened"].to_numpy(dtype=float),
            **spent,
        }
    )
