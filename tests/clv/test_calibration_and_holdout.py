"""Calibration and hold-out: lifetimes' numbers, and sums of the log."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from rfm import DataError

END, LAST = "1997-09-30", "1998-06-30"


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


def test_it_is_lifetimes_in_days(log):
    ours = clv.calibration_and_holdout(log, END, unit="D").set_index("customer_id")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other libraries' futures
        from lifetimes.utils import calibration_and_holdout_data

        theirs = calibration_and_holdout_data(
            log,
            "customer_id",
            "date",
            END,
            observation_period_end=LAST,
            freq="D",
            monetary_value_col="amount",
        ).loc[ours.index]
    for mine, other in (("frequency", "frequency_cal"), ("recency", "recency_cal"), ("T", "T_cal"),
                        ("monetary_value", "monetary_value_cal"), ("actual_purchases", "frequency_holdout"),
                        ("holdout_days", "duration_holdout")):  # fmt: skip
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-9, atol=1e-9, err_msg=mine)
    rows = log[log["date"] > END].groupby("customer_id").size().reindex(ours.index, fill_value=0)
    sums = theirs["monetary_value_holdout"].fillna(0.0) * rows  # that package's mean is of rows, not of days
    np.testing.assert_allclose(ours["actual_spend"], sums, rtol=1e-9, atol=1e-9)


def test_it_is_the_summary_and_what_a_later_summary_adds(log):
    day = "1998-03-31"
    table = clv.calibration_and_holdout(log, END, day)
    expected = clv.summarize(log, end=END)
    pd.testing.assert_frame_equal(table[list(expected)], expected)
    before, after = (rfm.summarize(log, as_of=each).set_index("customer_id") for each in (END, day))
    added = (after - before[["orders", "spend"]])[["orders", "spend"]].loc[table["customer_id"]]
    assert table["actual_purchases"].tolist() == added["orders"].tolist()
    np.testing.assert_allclose(table["actual_spend"], added["spend"], atol=1e-9)
    assert set(table["holdout_days"]) == {182}


def test_every_engine_gives_one_answer(constructor, to_pandas, log):
    expected = clv.calibration_and_holdout(log, END)
    made = clv.calibration_and_holdout(constructor(log[["customer_id", "date", "amount"]]), END)
    assert type(made) is type(constructor(log.head(1)))
    ours = to_pandas(made).sort_values("customer_id", ignore_index=True)
    assert list(ours) == list(expected)
    for name in (
        "frequency",
        "recency",
        "T",
        "monetary_value",
        "actual_purchases",
        "actual_spend",
        "holdout_days",
    ):
        np.testing.assert_allclose(
            ours[name].to_numpy(dtype=float), expected[name].to_numpy(dtype=float), atol=1e-9
        )


def test_a_fit_of_it_predicts_what_a_backtest_does(log):
    table = clv.calibration_and_holdout(log, END)
    model = clv.fit_summary(table, "bg-nbd", unit="W", end=END)
    horizon = f"{table['holdout_days'].iloc[0]}D"
    predicted = model.predict(horizon=horizon, customers=table)["expected_purchases"]
    tested = clv.backtest(log, holdout=horizon, models=("bg-nbd",), scheme="value").table
    row = tested[tested["model"] == "bg-nbd"].iloc[0]
    assert predicted.sum() == pytest.approx(row["predicted"], rel=1e-6)
    assert abs(predicted - table["actual_purchases"]).mean() == pytest.approx(row["mae"], rel=1e-6)


def test_a_log_without_amounts(log):
    table = clv.calibration_and_holdout(rfm.Transactions(log, amount=None), END)
    assert "actual_spend" not in table
    assert table["actual_purchases"].sum() == 1882


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (("1998-06-30",), "No day lies between end, 1998-06-30, and the hold-out's last day, 1998-06-30"),
        (("1997-09-30", "1999-01-01"), "holdout_end is 1999-01-01, and the log ends on 1998-06-30"),
        (("1990-01-01",), "1990-01-01"),
        (("soon",), "end must be a date; got 'soon'"),
    ],
)
def test_what_is_refused(log, days, message):
    with pytest.raises(DataError, match=message):
        clv.calibration_and_holdout(log, *days)
