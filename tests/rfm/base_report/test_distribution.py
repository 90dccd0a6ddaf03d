"""Bands of spend, orders and order value."""

from __future__ import annotations

import numpy as np
import pandas as pd

import rfm


def audit(log, every):
    return rfm.base_report(rfm.Transactions(log, far_dates="keep"), every)


def test_bands_hold_low_and_not_high():
    log = pd.DataFrame({"customer_id": range(40), "date": "2024-03-01", "amount": np.arange(40.0)})
    bands = audit(log, "1M").distribution.query("measure == 'spend'")
    for band in bands.itertuples():
        low, high = (0.0 if np.isnan(band.low) else band.low), (np.inf if np.isnan(band.high) else band.high)
        assert band.customers == ((log["amount"] >= low) & (log["amount"] < high)).sum()


def test_a_band_below_zero_is_there_only_where_refunds_exceed_spend():
    log = pd.DataFrame({
        "customer_id": [1, 1, 2], "date": ["2024-03-01", "2024-03-31", "2024-03-05"], "amount": [5.0, -7.5, 4.0],
    })  # fmt: skip
    bands = audit(log, "1M").distribution
    spend = bands[bands["measure"] == "spend"]
    assert (np.isnan(spend["low"].iloc[0]), spend["high"].iloc[0], spend["spend"].iloc[0]) == (
        True,
        0.0,
        -2.5,
    )
    assert bands[bands["measure"] == "orders"]["low"].iloc[0] == 1
