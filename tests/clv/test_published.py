"""The numbers published by the papers and the R packages, from the raw log to the printed digits."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clv
import rfm

PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "oracles" / "published.toml").read_text(encoding="utf-8")
)
SAMPLE = PUBLISHED["cdnow_sample"]


def as_printed(value, printed):
    """Whether a value rounds to the printed number, digit for digit."""
    digits = len(repr(printed).partition(".")[2])
    return round(float(value), digits) == printed


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module")
def models(tx):
    return {
        name: clv.fit(tx, model=name, unit="W", end=SAMPLE["end"])
        for name in ("bg-nbd", "mbg-nbd", "pareto-nbd")
    }


@pytest.fixture(scope="module")
def happened(tx):
    """Purchase days of each customer in the hold-out, in the order of the customers."""
    before = rfm.summarize(tx, as_of=SAMPLE["end"]).set_index("customer_id")["orders"]
    after = rfm.summarize(tx, as_of="1998-06-30").set_index("customer_id")["orders"]
    return (after - before).to_numpy()


def test_bg_nbd(models):
    fit = models["bg-nbd"].purchases
    assert fit.n == SAMPLE["customers"]
    for name in ("r", "alpha", "a", "b"):
        assert as_printed(fit.parameters[name], SAMPLE["bg_nbd"][name]), name
    assert as_printed(fit.log_likelihood, SAMPLE["bg_nbd"]["log_likelihood"])


def test_gamma_gamma(models):
    fit, printed = models["bg-nbd"].spend, SAMPLE["gamma_gamma"]
    assert fit.n == printed["customers"]
    for name in ("p", "q", "gamma"):
        assert as_printed(fit.parameters[name], printed[name]), name
    assert as_printed(fit.log_likelihood, printed["log_likelihood"])


def test_expected_spend_of_the_first_ten(models):
    predicted = models["bg-nbd"].predict("39W")["expected_spend"].head(10)
    assert all(
        as_printed(*pair) for pair in zip(predicted, SAMPLE["gamma_gamma"]["expected_spend"], strict=True)
    )


def test_what_happened(happened):
    assert happened.sum() == SAMPLE["holdout"]["happened"]


@pytest.mark.parametrize("name", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
def test_holdout(models, happened, name):
    predicted = models[name].predict("39W")["expected_purchases"].to_numpy()
    error, printed = predicted - happened, SAMPLE["holdout"][name.replace("-", "_")]
    assert as_printed(predicted.sum(), printed["total"])
    assert as_printed(np.abs(error).mean(), printed["mae"])
    assert as_printed(np.sqrt((error**2).mean()), printed["rmse"])
    assert as_printed(np.corrcoef(predicted, happened)[0, 1], printed["correlation"])


def test_tracking_is_the_published_one_without_its_extra_day(tx, models):
    """Weeks end on the day before the next begins; print counts everybody's age to that next day."""
    model, printed = models["pareto-nbd"], SAMPLE["tracking"]
    ours = (
        clv.plot.tracking_data(model, tx)[["happened", "predicted"]].cumsum().iloc[printed["weeks"][0] - 1 :]
    )
    assert ours["happened"].head(6).tolist() == printed["happened"]
    born = rfm.summarize(tx)["first_purchase"] - pd.Timestamp("1997-01-01")
    for week, expected, here in zip(printed["weeks"], printed["pareto_nbd"], ours["predicted"], strict=False):
        age = 7 * week - born.dt.days.to_numpy()
        a_day_older = model.purchases.law.expected_purchases(np.maximum(age, 0) / 7).sum()
        assert round(a_day_older) == expected
        assert here == pytest.approx(model.purchases.law.expected_purchases(np.maximum(age - 1, 0) / 7).sum())
    assert as_printed(ours["predicted"].iloc[0], 1297.8)


def test_lifetimes_engine_fits_the_same_law(tx, models):
    theirs = clv.fit(tx, unit="W", end=SAMPLE["end"], engine="lifetimes")
    assert isinstance(theirs, clv.CustomerModel)
    for ours, other in (
        (models["bg-nbd"].purchases, theirs.purchases),
        (models["bg-nbd"].spend, theirs.spend),
    ):
        assert type(other.law) is type(ours.law)
        assert other.log_likelihood <= ours.log_likelihood + 1e-9
        assert list(other.parameters.values()) == pytest.approx(list(ours.parameters.values()), rel=2e-3)
    a, b = (m.predict("39W").set_index("customer_id") for m in (models["bg-nbd"], theirs))
    pd.testing.assert_frame_equal(a, b, rtol=2e-3)
