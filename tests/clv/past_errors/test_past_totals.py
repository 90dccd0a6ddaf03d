"""Past totals: what a model fitted then would have said, and what the log says happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._past_errors.past_totals import windows


@pytest.fixture(scope="module")
def row(model) -> pd.Series:
    """The longest time after the third origin."""
    table = model.past_errors.table
    origin = sorted(set(table["origin"]))[2]
    return table[table["origin"] == origin].iloc[-1]


@pytest.fixture(scope="module")
def earlier(sample, row) -> clv.CustomerModel:
    """The model that would have been fitted at that origin."""
    return clv.fit(sample, "mbg-nbd", end=row["origin"])


def test_the_prediction_is_that_of_a_model_fitted_then(row, earlier):
    predicted = earlier.predict(f"{row['days']}D", discount_rate=0.0)
    assert row["predicted"] == pytest.approx(predicted["expected_purchases"].sum(), rel=1e-9)
    money = predicted["expected_purchases"] @ predicted["expected_spend"]
    assert row["predicted_spend"] == pytest.approx(money, rel=1e-9)


def test_what_happened_is_counted_in_the_log(sample, row):
    days = sample.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    origin = pd.Timestamp(row["origin"])
    known = days.loc[days["date"] <= origin, "customer_id"].unique()
    later = days[(days["date"] > origin) & (days["date"] <= origin + pd.Timedelta(days=int(row["days"])))]
    later = later[later["customer_id"].isin(known)]
    assert row["happened"] == len(later)
    assert row["happened_spend"] == pytest.approx(later["amount"].sum())


def test_the_laws_own_noise_is_that_of_its_interval(row, earlier):
    options = {"interval_from": "law", "value_per_order": 1.0}
    total = earlier.total(horizon=f"{row['days']}D", interval=0.68, **options).iloc[0]
    spread = (
        np.log(total["purchases_high"] / total["purchases_low"]) / 2 / 0.9945
    )  # 68% in standard deviations
    assert row["law_sd"] == pytest.approx(spread, rel=0.05)
    mean = np.log(total["purchases_mean_high"] / total["purchases_mean_low"]) / 2 / 0.9945
    assert row["parameters_sd"] == pytest.approx(mean, rel=0.05)


def test_what_comes_after_the_last_day_is_not_read(sample, model):
    until = sample[sample["date"] <= "1997-12-31"]
    again = clv.fit(until, "mbg-nbd", end="1997-12-31").with_past_errors(until)
    pd.testing.assert_frame_equal(again.past_errors.table, model.past_errors.table)


def test_the_order_of_the_rows_does_not_matter(sample, model):
    mixed = sample.sample(frac=1, random_state=3)
    again = clv.fit(mixed, "mbg-nbd", end="1997-12-31").with_past_errors(mixed)
    pd.testing.assert_frame_equal(again.past_errors.table, model.past_errors.table, rtol=1e-9)


@pytest.mark.parametrize("length", [20, 60, 112, 400, 1_500, 20_000])
def test_windows_lie_inside_the_log(length):
    origins, lengths = windows(1_000, 1_000 + length)
    assert origins == sorted(set(origins))
    assert all(1_000 < origin <= 1_000 + length - 28 for origin in origins)
    assert all(origins[0] + days <= 1_000 + length for days in lengths)
    assert len(origins) <= 20
    assert bool(origins) == (length >= 56)
