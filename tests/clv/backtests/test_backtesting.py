"""Backtests: one code path before and after the cut, nothing of the future in the past, the same answer each time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv.backtests.holdout import split

ORIGIN = "1997-09-30"


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module")
def result(tx):
    return clv.backtest(tx, "39W", origins=[ORIGIN])


def cut_of(log, origin, days=10):
    tx = rfm.Transactions(pd.DataFrame(log, columns=["customer_id", "date", "amount"]))
    return split(tx, rfm.days.as_day(origin, "origin"), days, "W", "classic")


def test_laws_and_baselines_stand_side_by_side(result):
    assert set(result.table["model"]) == {
        "bg-nbd", "mbg-nbd", "pareto-nbd", "past rate continued", "population mean", "active if recent",
        "RFM cell mean",
    }  # fmt: skip
    assert result.table["rmse"].is_monotonic_increasing
    assert (result.table["happened"] == 1882).all()
    assert result.table.drop(columns=["coverage", "correlation"]).notna().all(axis=None)


def test_the_best_by_rmse_is_recommended(result):
    assert result.table.loc[0, "model"] == "pareto-nbd"
    assert result.recommendation.startswith("Use pareto-nbd: RMSE 1.603, MAE 0.755, total -11.5%")
    assert "below the best baseline, 'RFM cell mean'" in result.recommendation
    assert result.recommendation in repr(result)


def test_calibration_sums_to_the_totals(result):
    for (_, by), rows in result.calibration.groupby(["model", "by"]):
        assert rows["customers"].sum() == 2357, by
        assert rows["customers"] @ rows["happened"] == pytest.approx(1882)


def test_predictions_do_not_see_the_future(tx, result):
    blind = rfm.datasets.cdnow_sample()
    blind = blind[blind["date"] <= ORIGIN]
    expected = clv.fit(blind, "bg-nbd", end=ORIGIN).predict("39W", 0.0)["expected_purchases"]
    said = result.predictions[result.predictions["model"] == "bg-nbd"]["predicted"]
    np.testing.assert_allclose(said, expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # one customer has one level of each metric
def test_the_last_second_of_the_last_day_is_known():
    log = [(1, "2024-01-01 08:00", 5.0), (1, "2024-01-10 23:59:59", 7.0), (1, "2024-01-11 00:00:00", 9.0),
           (2, "2024-01-02 08:00", 5.0), (2, "2024-01-25 00:00", 1.0)]  # fmt: skip
    cut = cut_of([(c, pd.Timestamp(d), a) for c, d, a in log], "2024-01-10")
    assert cut.btyd["frequency"].tolist() == [1, 0]
    assert cut.customers["purchases"].tolist() == [1, 0]
    assert cut.customers["spend"].tolist() == [9.0, 0.0]


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # one customer has one level of each metric
def test_customers_first_seen_later_are_counted_and_left_out():
    log = [
        (1, "2024-01-01", 5.0),
        (2, "2024-01-12", 5.0),
        (2, "2024-01-13", 5.0),
        (3, "2024-01-14", 1.0),
        (4, "2024-02-01", 1.0),
    ]
    cut = cut_of(log, "2024-01-10")
    assert cut.btyd["customer_id"].tolist() == [1]
    assert (cut.newcomers, cut.newcomer_purchases) == (2, 3)


def test_origins_by_number_step_back_half_a_holdout(tx):
    result = clv.backtest(tx, "20W", origins=3, models=["bg-nbd"], baselines=False)
    days = pd.to_datetime(result.table["origin"])
    assert days.diff().dropna().dt.days.tolist() == [70, 70]
    assert days.iloc[-1] == pd.Timestamp("1998-06-30") - pd.Timedelta(days=140)


def test_the_same_answer_for_shuffled_rows(tx, result):
    shuffled = rfm.datasets.cdnow_sample().sample(frac=1, random_state=3)
    again = clv.backtest(shuffled, "39W", origins=[ORIGIN])
    pd.testing.assert_frame_equal(again.table, result.table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"holdout": "200W"},
            "leaves no log before it or no 1400 days after it: the log runs from 1997-01-01",
        ),
        (
            {"origins": ["1998-06-01"]},
            "An origin on 1998-06-01 leaves no log before it or no 273 days after it",
        ),
        ({"origins": 0}, "origins must be 1 or more, got 0"),
        ({"origins": 40}, "leaves no log before it"),
        ({"holdout": "1M"}, "is 30.4375 days, and a hold-out has a whole number of them"),
        ({"models": ["nbd"]}, "No purchase law 'nbd'"),
    ],
)
def test_what_cannot_be_is_refused(tx, options, message):
    with pytest.raises(rfm.DataError, match=message):
        clv.backtest(tx, **{"holdout": "39W", **options})
