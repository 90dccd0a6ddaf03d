"""Totals over customers, also over others than those of the fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import Posterior


@pytest.fixture(scope="module")
def model():
    """With the estimates for draws: expectations are asked for here, and draws take their time."""
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    return replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 2))


def test_the_customers_of_the_fit_may_be_given(model):
    ours = model.total(horizon="4W", customers=model.customers)
    pd.testing.assert_frame_equal(ours, model.total(horizon="4W"))
    pd.testing.assert_frame_equal(model.forecast("4W", customers=model.customers), model.forecast("4W"))


def test_other_customers_are_summed_instead(model):
    some = model.customers.head(100).assign(group=np.arange(100) % 2)
    expected = model.predict("4W", customers=some)["expected_purchases"].sum()
    assert model.total(by="group", horizon="4W", customers=some)["customers"].tolist() == [50, 50]
    assert model.total(horizon="4W", customers=some)["purchases"].item() == pytest.approx(expected)
    assert model.forecast("4W", customers=some)["purchases"].sum() == pytest.approx(expected)


def test_other_customers_are_predicted_from_their_own_day(model):
    today = clv.summarize(rfm.datasets.cdnow_sample(), end="1998-03-31")
    table = model.forecast("8W", customers=today)
    assert table["start"].iloc[0] == pd.Timestamp("1998-04-01")
    expected = model.predict("8W", customers=today)["expected_purchases"].sum()
    assert table["purchases"].sum() == pytest.approx(expected)
    months = model.forecast("12W", every="1M", customers=today)
    assert months["start"].dt.day.tolist() == [1, 1, 1]
    plain = today.drop(columns=["unit", "end"])
    with pytest.raises(rfm.DataError, match=r"forecast needs the day on which .* Hint: end=…"):
        model.forecast("8W", customers=plain, unit="W")
    pd.testing.assert_frame_equal(model.forecast("8W", customers=plain, unit="W", end="1998-03-31"), table)


def test_customers_without_a_column_are_refused(model):
    lacking = model.customers.drop(columns="T")
    for ask in (model.total, model.forecast):
        with pytest.raises(
            rfm.DataError, match=r"customers: no column 'T'.* Hint: make it with clv.summarize"
        ):
            ask(customers=lacking)


def test_customers_who_joined_on_the_last_day_are_summed():
    sample = rfm.datasets.cdnow_sample()
    model = clv.fit(sample[["customer_id", "date"]], end="1997-03-25")
    assert (model.customers["T"] == 0).any()
    total = model.total(horizon="26W", interval_from="law").iloc[0]
    assert total["purchases"] == pytest.approx(model.predict("26W")["expected_purchases"].sum(), rel=1e-9)
    assert total["purchases_low"] < total["purchases"] < total["purchases_high"]
