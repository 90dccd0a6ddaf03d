from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._units import as_unit, days_per_unit, horizon_days
from rfm._days import as_day


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 365.25 / 12), ("Y", 365.25)])
def test_days_of_each_unit(unit, days):
    assert as_unit(unit) == unit
    assert days_per_unit(unit) == days


@pytest.mark.parametrize("unit", ["week", "", "7D", None, 7])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(
        rfm.DataError, match=r'is not a unit of time. Hint: "D" day, "W" week, "M" month or "Y" year'
    ):
        as_unit(unit)


@pytest.mark.parametrize(
    ("horizon", "days"),
    [
        ("365D", 365),
        ("52W", 364),
        (" 12 M ", 365.25),
        ("1.5Y", 547.875),
        ("0D", 0),
        ("inf", math.inf),
        (timedelta(days=10, hours=12), 10.5),
        (pd.Timedelta("39W"), 273),
        (np.timedelta64(48, "h"), 2),
    ],
)
def test_horizons_in_days(horizon, days):
    assert horizon_days(horizon) == pytest.approx(days, rel=1e-15)


@pytest.mark.parametrize(
    "horizon",
    [52, 52.0, None, "52", "W", "-1W", "1e3D", "nan", pd.Timedelta(-1, "D"), pd.NaT, np.timedelta64(1, "M"),
     np.timedelta64("NaT")],
)  # fmt: skip
def test_a_horizon_needs_a_unit(horizon):
    with pytest.raises(rfm.DataError, match=r'is not a length of time. Hint: "365D", "52W", "12M"'):
        horizon_days(horizon)


@pytest.mark.parametrize(
    ("small", "large"), [("39w", "39W"), ("12m", "12M"), ("1q", "1Q"), ("2y", "2Y"), ("90d", "90D")]
)
def test_small_letters_mean_the_same(small, large):
    assert horizon_days(small) == horizon_days(large)


def test_a_quarter_is_three_months():
    assert horizon_days("1Q") == pytest.approx(365.25 / 4, rel=1e-15)
    assert horizon_days("4Q") == horizon_days("12M") == horizon_days("1Y")


@pytest.mark.parametrize("unit", ["d", "w", "m", "y"])
def test_units_in_small_letters(unit):
    assert as_unit(unit) == unit.upper()
    assert days_per_unit(unit) == days_per_unit(unit.upper())


UNTIL = ["1998-06-30", date(1998, 6, 30), pd.Timestamp("1998-06-30"), np.datetime64("1998-06-30"),
         pd.Period("1998-06"), pd.Period("1998Q2")]  # fmt: skip


@pytest.mark.parametrize("until", UNTIL)
def test_a_date_is_the_last_day_of_a_horizon(until):
    start = as_day("1997-09-30", "end")
    assert horizon_days(until, start=start) == 273
    with pytest.raises(rfm.DataError, match="lies before 1999-01-01, on which it begins"):
        horizon_days(until, start=as_day("1999-01-01", "end"))
    with pytest.raises(
        rfm.DataError, match=r"is a date, but the day on which it begins is unknown\. Hint: horizon="
    ):
        horizon_days(until)


def test_a_model_predicts_until_a_day():
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    model = clv.fit(tx, unit="w", end=pd.Period("1997-09"))
    assert model.unit == "W"
    assert str(model.end) == "1997-09-30"
    weeks, until = model.predict("273D"), model.predict("1998-06-30")
    pd.testing.assert_frame_equal(until, weeks)
    later = model.predict("1998-06-30", as_of="1998-03-31")
    pd.testing.assert_frame_equal(later, model.predict("91D", as_of="1998-03-31"))
    assert model.forecast(pd.Period("1998Q2"), every="1m")["end"].iloc[-1] == pd.Timestamp("1998-06-30")
    undated = clv.fit_summary(clv.summarize(tx, end="1997-09-30").drop(columns="end"))
    with pytest.raises(rfm.DataError, match=r"clv.fit_summary\(summary, end=…\) takes a date"):
        undated.predict("1998-06-30")


def test_a_law_of_periods_predicts_until_a_day_in_whole_periods():
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    model = clv.fit(tx, model="bg-bb", unit="M", end="1997-09-30")
    pd.testing.assert_frame_equal(model.predict("1998-06-30"), model.predict("9M"))


def test_a_hold_out_is_no_date():
    with pytest.raises(rfm.DataError, match=r'Hint: origins="1997-09-30" is the last day of calibration'):
        clv.backtest(rfm.datasets.cdnow_sample(), holdout="1997-09-30")
