from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import rfm
from clv.units import as_unit, days_per_unit, horizon_days


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 365.25 / 12), ("Y", 365.25)])
def test_days_of_each_unit(unit, days):
    assert as_unit(unit) == unit
    assert days_per_unit(unit) == days


@pytest.mark.parametrize("unit", ["w", "week", "", "7D", None, 7])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(
        rfm.DataError, match=r'is no unit of time. Hint: "D" day, "W" week, "M" month or "Y" year'
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
    [52, 52.0, None, "52", "W", "-1W", "1e3D", "nan", "12m", pd.Timedelta(-1, "D"), pd.NaT, np.timedelta64(1, "M"),
     np.timedelta64("NaT")],
)  # fmt: skip
def test_a_horizon_needs_a_unit(horizon):
    with pytest.raises(rfm.DataError, match=r'is no length of time. Hint: "365D", "52W", "12M"'):
        horizon_days(horizon)
