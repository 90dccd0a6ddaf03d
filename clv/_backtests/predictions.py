"""Predictions of a law or a baseline for each customer of a hold-out, with the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clv._backtests.baselines import BASELINES
from clv._backtests.holdout import Holdout
from clv._customer_model import CustomerModel
from clv._fit import fit_histories
from clv._fits.credibility import OrderSums
from clv._fits.data import FitData, spend_data
from clv._fits.fit_law import Fit, announced, fit_to_data
from clv._fits.posterior import Posterior
from clv._fits.posterior_draws import draw
from clv._fits.prior import Prior
from clv._forgetting import Memory
from clv._horizons import clock_of
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.purchase_law import PurchaseLaw
from clv._log_options import LogOptions
from clv._season.season import Season
from clv._spend_orders import ReadOrders
from clv._units import Unit
from clv.errors import FitError
from rfm._frames.types import Table

__all__ = ["Asked", "Depends", "OnePrice", "one_price", "predict_law", "predict_rule"]

MOST_DRAWS = 64  # parameter draws behind intervals; a model uses fewer for many customers
# A placeholder if a model needs a spend law and none can be estimated; its values are not used.
UNREAD = GammaGamma(1.0, 2.0, 1.0)
_UNREAD_FIT = Fit(UNREAD, np.eye(3), np.eye(3), np.nan, 0, converged=True, at_boundary=False)


class OnePrice(NamedTuple):
    """The value of every order if no spend law can be estimated, with the reason."""

    price: float
    reason: str


@dataclass(frozen=True)
class Depends:
    """The covariates of all customers, and the columns on which each part of a law depends.

    Only the rows of customers who are known at an origin are read there, and levels are those that they have.
    """

    covariates: Table
    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    spend: tuple[str, ...]

    def options(self, *, spend: bool = True) -> dict[str, Any]:
        """Those of `fit_summary`."""
        return {
            "covariates": self.covariates,
            "purchase": self.purchase,
            "dropout": self.dropout,
            "spend": self.spend if spend else (),
        }


@dataclass(frozen=True)
class Asked:
    """What was asked of the laws and has been decided at an origin."""

    season: Season | None = None
    begins: LogOptions = field(default_factory=LogOptions)
    orders: ReadOrders = "repeat"
    depends: Depends | None = None
    prior: Prior | None = None
    memory: Memory = field(default_factory=Memory)
    orders_of: Callable[[], OrderSums] | None = None

    @property
    def of_purchases(self) -> bool:
        """Whether purchases are estimated by more than their histories, so that a spend law is needed or a price."""
        depends = self.depends is not None and bool(self.depends.purchase or self.depends.dropout)
        return depends or self.begins.asked


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


def predict_law(
    cut: Holdout,
    law_class: type[PurchaseLaw],
    unit: Unit,
    price: OnePrice | None,
    interval: float | None,
    seed: int,
    asked: Asked | None = None,
) -> pd.DataFrame:
    """One row per customer: predicted and happened, in number and in spend, with `low` and `high` if requested."""
    asked = Asked() if asked is None else asked
    if price is None or asked.of_purchases:
        worth = None if price is None else max(price.price, 0.0)
        fitted = fit_histories(
            cut.btyd,
            law_class,
            asked.begins,
            unit=unit,
            end=cut.origin,
            season=asked.season,
            spend_orders=asked.orders,
            prior=asked.prior,
            value_per_order=worth,
            orders_of=asked.orders_of,
            **({} if asked.depends is None else asked.depends.options(spend=price is None)),
        )
        model = replace(fitted, refunds=cut.refunds, memory=asked.memory)
    else:
        draws = 0 if interval is None else MOST_DRAWS
        model = _without_spend(cut, law_class, unit, draws=draws, seed=seed, asked=asked)
    predicted = model.predict(
        cut.horizon,
        0.0,
        interval=interval,
        seed=seed,
        customers=cut.btyd if model.customers is None else model.customers,
    )
    expected = predicted["expected_purchases"]
    columns = {"predicted": expected}
    if cut.has_amounts:
        gross = expected * (predicted["expected_spend"] if price is None else price.price)
        columns |= {"predicted_spend": gross, "predicted_net_spend": gross * (1.0 - predicted["refund_rate"])}
    if interval is not None:
        columns |= {"low": predicted["purchases_low"], "high": predicted["purchases_high"]}
    return _beside(cut, columns)


def _without_spend(
    cut: Holdout,
    law_class: type[PurchaseLaw],
    unit: Unit,
    *,
    draws: int,
    seed: int,
    asked: Asked,
) -> CustomerModel:
    """A model of purchases only, with draws of the purchase law for its intervals."""
    season, prior = asked.season, asked.prior
    data, clock = FitData.read(law_class, cut.btyd), clock_of(season, cut.origin, unit)
    data = data if clock is None else clock.data(data)
    fit = announced(fit_to_data(law_class, data, unit, prior))
    posterior = None
    if draws:
        drawn = draw(law_class, data, draws, np.random.default_rng(seed), prior)
        posterior = Posterior(tuple((law, UNREAD) for law in drawn.laws))
    return CustomerModel(
        fit,
        _UNREAD_FIT,
        unit,
        cut.origin,
        "",
        draws=posterior,
        refunds=cut.refunds,
        season=season,
        memory=asked.memory,
    )


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
