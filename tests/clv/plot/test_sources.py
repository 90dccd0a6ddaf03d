"""Pictures of models by covariates: sums over the customers, each by their own law; one law is not drawn for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from rfm.errors import DataError

END = "1997-09-30"


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    return rfm.datasets.cdnow_sample().query("customer_id <= 200")


@pytest.fixture(scope="module")
def model(few: pd.DataFrame) -> clv.CustomerModel:
    ids = np.sort(few["customer_id"].unique())
    table = pd.DataFrame({"customer_id": ids, "web": ids % 2, "age": 20.0 + ids % 9})
    return clv.fit(few, "pareto-nbd", end=END, covariates=table, purchase=["web", "age"], spend="web")


def test_purchases_over_time_are_summed_over_the_customers(
    model: clv.CustomerModel, few: pd.DataFrame
) -> None:
    tracked = clv.plot.tracking_data(model, few)
    law = model.purchases.law_for(model.customers)
    weeks = model.customers["T"].to_numpy()
    total = np.sum(law.expected_purchases(weeks))
    assert tracked.loc[~tracked["holdout"], "predicted"].sum() == pytest.approx(total)


def test_purchase_counts_are_summed_over_the_customers(model: clv.CustomerModel) -> None:
    counts = clv.plot.purchase_counts_data(model, most=3)
    law = model.purchases.law_for(model.customers)
    none = np.sum(law.pmf(0, model.customers["T"].to_numpy()))
    assert counts["model"].iloc[0] == pytest.approx(none)
    assert counts["model"].sum() == pytest.approx(len(model.customers))


def test_the_hold_out_is_predicted_as_the_model_predicts(model: clv.CustomerModel, few: pd.DataFrame) -> None:
    held = clv.plot.holdout_data(model, few, until="1998-06-30")
    assert held["predicted"].tolist() == pytest.approx(model.predict("39W")["expected_purchases"].tolist())


def test_a_history_is_that_of_the_customer_s_own_law(model: clv.CustomerModel, few: pd.DataFrame) -> None:
    history = clv.plot.p_alive_history_data(model, few, customer=1, until=END)
    assert history["p_alive"].iloc[-1] == pytest.approx(model.predict()["p_alive"].iloc[0])


def test_spend_is_summed_over_the_customers(model: clv.CustomerModel) -> None:
    shown = clv.plot.spend_density_data(model)
    buyers = model.customers.query("frequency > 0 and monetary_value > 0")
    law, x = model.spend.law_for(buyers), buyers["frequency"].to_numpy()
    inside = np.mean(law.total_spend_cdf(shown["right"].iloc[-1] * x, x))
    assert shown["model"].sum() == pytest.approx(inside)


@pytest.mark.parametrize(
    "picture",
    [
        clv.plot.p_alive_matrix_data,
        clv.plot.heterogeneity_data,
        lambda m: clv.plot.expected_purchases_matrix_data(m, 39),
    ],
)
def test_one_law_is_not_drawn_for_all(model: clv.CustomerModel, picture: Any) -> None:
    hint = r"depends on web, age\. Hint: plot the law of one kind of customer, model\.purchases\.law_for\(\{'web': 0.0"
    with pytest.raises(DataError, match=hint):
        picture(model)
    law = model.purchases.law_for({"web": 1, "age": 25})
    assert not clv.plot.heterogeneity_data(law).empty


def test_a_model_without_customers_says_what_is_missing(
    model: clv.CustomerModel, few: pd.DataFrame, tmp_path
) -> None:
    model.save(tmp_path / "model.json")
    loaded = clv.load(tmp_path / "model.json")
    with pytest.raises(
        DataError, match="CustomerModel holds no customers, on whose covariates the law depends"
    ):
        clv.plot.tracking_data(loaded, few)
