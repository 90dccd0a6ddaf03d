"""How the intervals of a backtest held: as counted by hand, without a look ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def result(sample) -> clv.Backtest:
    return clv.backtest(sample, "13W", origins=["1997-12-31", "1998-03-31"], models=["mbg-nbd"], interval=0.9)


@pytest.mark.nightly
def test_a_row_for_each_source(result):
    rows = result.intervals
    assert rows["interval_from"].tolist() == ["law", "law and its past errors"] * 2
    assert (
        rows["held"].tolist()
        == ((rows["total_low"] <= rows["happened"]) & (rows["happened"] <= rows["total_high"])).tolist()
    )
    by_law = rows[rows["interval_from"] == "law"]["width"].to_numpy()
    assert (rows[rows["interval_from"] != "law"]["width"].to_numpy() > by_law).all()
    assert rows["width"].to_numpy() == pytest.approx(
        ((rows["total_high"] - rows["total_low"]) / rows["happened"]).to_numpy()
    )


@pytest.mark.nightly
def test_totals_are_those_of_a_model_that_knows_its_past_errors(sample, result):
    model = clv.fit(sample, "mbg-nbd", end="1997-12-31").with_past_errors(sample)
    for row, source in zip(result.intervals[:2].itertuples(), ("law", None), strict=True):
        total = model.total(horizon="13W", discount_rate=0.0, interval_from=source).iloc[0]
        assert [row.total_low, row.total_high] == pytest.approx(
            [total["purchases_low"], total["purchases_high"]], rel=0.01
        )


def test_customers_are_counted(result):
    rows = result.predictions[result.predictions["model"] == "mbg-nbd"]
    first = rows[rows["origin"] == rows["origin"].min()]
    held = ((first["low"] <= first["happened"]) & (first["happened"] <= first["high"])).mean()
    found = result.intervals.iloc[1]
    assert found["customers_held"] == pytest.approx(held)
    assert found["customers_width"] == pytest.approx((first["high"] - first["low"]).mean())


def test_nothing_after_an_origin_is_known_there(sample, result):
    until = sample[sample["date"] <= "1998-04-01"]
    early = clv.backtest(until, "13W", origins=["1997-12-31"], models=["mbg-nbd"], interval=0.9)
    columns = ["total_low", "total_high", "customers_width"]
    np.testing.assert_allclose(early.intervals[columns], result.intervals[columns][:2], rtol=1e-9)


def test_without_intervals_the_table_is_empty(sample):
    few = sample[sample["customer_id"] < 6_000]
    assert clv.backtest(few, "13W", models=["bg-nbd"], baselines=False).intervals.empty


@pytest.mark.nightly
def test_laws_of_periods_have_typical_errors(sample):
    found = clv.backtest(
        sample, "13W", models=["bg-bb"], baselines=False, interval=0.9, origins=["1997-12-28"]
    )
    assert found.intervals["interval_from"].tolist() == ["law", "law and typical errors"]
