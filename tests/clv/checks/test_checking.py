"""Assumptions held against data whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from clv.checks import check, correlation, regularity


def log_of(gaps, spend):
    """A log with a customer a row: purchases after the given gaps, each at the customer's spend."""
    days = np.cumsum(np.column_stack([np.zeros(len(gaps)), gaps]), axis=1).astype(int)
    n, k = days.shape
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), k),
            "date": pd.Timestamp("2020-01-01") + pd.to_timedelta(days.ravel(), unit="D"),
            "amount": np.repeat(spend, k),
        }
    )


def test_regularity_of_a_poisson_process_is_one_and_of_gamma_gaps_their_shape():
    rng = np.random.default_rng(1)
    for shape in (1.0, 3.0):
        gaps = rng.gamma(shape, 1 / rng.gamma(2.0, 1.0, 20_000)[:, None], (20_000, 2))
        k = regularity(gaps[:, 0], gaps[:, 1])
        assert k.low < shape < k.high
        assert k.high - k.low < 0.4


def test_pearson_interval_is_scipys():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 300))
    ours, theirs = correlation(x, y + x, "pearson"), stats.pearsonr(x, y + x)
    assert ours.value == pytest.approx(theirs.statistic)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_cdnow_correlation_is_small_and_said():
    found = check(rfm.datasets.cdnow_sample(), end="1997-09-30").set_index("check")
    row = found.loc["spend and frequency are unrelated"]
    # Fader & Hardie (2013) quote 0.11 for frequency and mean spend of the 946 repeat buyers.
    assert "Pearson 0.11" in row["finding"]
    assert row["low"] < row["value"] < row["high"]


def test_clockwork_is_called_regular():
    rng = np.random.default_rng(3)
    log = log_of(30 + rng.integers(-2, 3, (200, 4)), rng.uniform(10, 50, 200))
    found = check(log).set_index("check")
    assert found.loc["orders come at irregular moments", "holds"] == "no"
    assert "at regular intervals" in found.loc["orders come at irregular moments", "finding"]


def test_gaps_all_alike_are_as_regular_as_can_be():
    log = log_of(np.full((100, 3), 30), np.random.default_rng(5).uniform(10, 50, 100))
    row = check(log).set_index("check").loc["orders come at irregular moments"]
    assert (row["value"], row["low"], row["high"]) == (np.inf, np.inf, np.inf)
    assert row["holds"] == "no"


def test_the_interval_of_regularity_may_have_no_upper_end():
    gaps = np.array([30.0, 30.0, 30.0, 1.0])
    k = regularity(gaps, np.full(4, 30.0))
    assert 0 < k.low < k.value < k.high == np.inf


def test_young_customers_are_found():
    rng = np.random.default_rng(4)
    old = log_of(rng.integers(200, 300, (100, 2)), rng.uniform(10, 50, 100))
    young = old.groupby("customer_id").head(1).assign(date=old["date"].max())
    young["customer_id"] += 1000
    crowd = pd.concat([old, *(young.assign(customer_id=young["customer_id"] + 1000 * k) for k in range(3))])
    found = check(crowd).set_index("check")
    row = found.loc["customers were observed long enough"]
    assert row["holds"] == "no"
    assert row["value"] == pytest.approx(0.75)


def test_too_few_customers_are_unknown_not_an_error():
    log = pd.DataFrame({"customer_id": [1, 2], "date": ["2024-01-01", "2024-01-02"], "amount": [1.0, 2.0]})
    found = check(log).set_index("check")
    assert set(found["holds"]) == {"unknown", "no"}


def test_row_order_and_mixed_ids_do_not_matter():
    rng = np.random.default_rng(5)
    log = log_of(rng.integers(1, 60, (60, 3)), rng.uniform(10, 50, 60))
    log["customer_id"] = [i if i % 2 else str(i) for i in log["customer_id"]]
    shuffled = log.sample(frac=1, random_state=6)
    pd.testing.assert_frame_equal(check(log), check(shuffled))
