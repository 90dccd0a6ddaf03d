"""Sums over customers, also over others than those of the fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="module")
def model():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


def test_the_customers_of_the_fit_may_be_given(model):
    pd.testing.assert_frame_equal(model.total(customers=model.customers), model.total())
    pd.testing.assert_frame_equal(model.forecast("4W", customers=model.customers), model.forecast("4W"))


def test_other_customers_are_summed_instead(model):
    some = model.customers.head(100)
    expected = model.predict("26W", customers=some)["expected_purchases"].sum()
    group = np.arange(100) % 2
    assert model.total(by=group, horizon="26W", customers=some)["customers"].tolist() == [50, 50]
    assert model.total(horizon="26W", customers=some)["purchases"].item() == pytest.approx(expected)
    assert model.forecast("26W", customers=some)["purchases"].sum() == pytest.approx(expected)


def test_customers_without_a_column_are_refused(model):
    lacking = model.customers.drop(columns="T")
    for ask in (model.total, model.forecast):
        with pytest.raises(
            rfm.DataError, match=r"customers: no column 'T'.* Hint: make it with clv.summarize"
        ):
            ask(customers=lacking)
