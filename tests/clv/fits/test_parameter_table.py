"""The estimates as a frame: the numbers of the fit, one row per parameter and coefficient."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clv
import rfm

COLUMNS = ["parameter", "estimate", "standard_error", "low", "high"]


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


def test_published_estimates_and_wald_intervals_of_their_logarithms(summary):
    table = clv.fit_law(clv.BGNBD, summary).table(confidence=0.9)
    assert table.columns.tolist() == COLUMNS
    assert table["parameter"].tolist() == ["r", "alpha", "a", "b"]
    # Fader, Hardie & Lee (2005), table 2
    assert table["estimate"].round(3).tolist() == [0.243, 4.414, 0.793, 2.426]
    estimate, error = (table[name].to_numpy() for name in ("estimate", "standard_error"))
    for name, p in (("low", 0.05), ("high", 0.95)):
        np.testing.assert_allclose(table[name], estimate * np.exp(stats.norm.ppf(p) * error / estimate))


def test_a_wider_confidence_holds_the_narrower(summary):
    fit = clv.fit_law(clv.GammaGamma, summary)
    narrow, wide = fit.table(confidence=0.5), fit.table()
    assert (wide["low"] < narrow["low"]).all()
    assert (narrow["high"] < wide["high"]).all()
    pd.testing.assert_frame_equal(wide[COLUMNS[:3]], narrow[COLUMNS[:3]])


def test_coefficients_are_rows_whose_intervals_are_symmetric(summary):
    web = np.random.default_rng(3).integers(0, 2, len(summary))
    fit = clv.fit_covariates(clv.BGNBD, summary.assign(web=web), purchase=["web"], dropout=["web"])
    table = fit.table().set_index("parameter")
    assert table.index.tolist() == ["r", "alpha", "a", "b", *fit.effects]
    assert "purchase[web]" in fit.effects
    row = table.loc["purchase[web]"]
    z = stats.norm.ppf(0.975)
    assert row["high"] - row["estimate"] == pytest.approx(z * row["standard_error"])
    assert row["estimate"] - row["low"] == pytest.approx(z * row["standard_error"])
    # nothing depends on a coin: its coefficient cannot be told from 0 (of 1,000 seeds all but a few)
    assert abs(row["estimate"]) < 4 * row["standard_error"]


def test_a_constant_has_no_error():
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    table = clv.fit(log, end="1997-09-30", value_per_order=0.0).spend.table()
    assert table.to_numpy().tolist() == [["value", 0.0, 0.0, 0.0, 0.0]]


@pytest.mark.parametrize("confidence", [0, 1, 95, None, True])
def test_confidence_lies_between_0_and_1(summary, confidence):
    with pytest.raises(rfm.DataError, match="confidence must lie between 0 and 1; got"):
        clv.fit_law(clv.GammaGamma, summary).table(confidence=confidence)
