"""If Gamma-Gamma cannot be estimated from the orders, a model has the limit law, with the reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import Posterior
from clv._fits.profile_likelihood import profile_intervals
from clv._laws.constant_spend import ConstantSpend

# The days of real customers, who differ in how often they buy: a purchase law is told from them.
VISITS = (
    rfm.datasets.cdnow_sample().drop_duplicates(["customer_id", "date"])[["customer_id", "date"]].iloc[:700]
)


def log(amount: float) -> pd.DataFrame:
    """One order on each of these days, all of one amount."""
    return VISITS.assign(amount=amount)


def drawn(model):
    """The model with its estimates for draws, which take their time."""
    return replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 4))


@pytest.mark.parametrize("price", [10.0, 9.99, 0.1 + 0.2])
def test_one_price_is_the_price(price):
    with pytest.warns(clv.FitWarning, match="repeat buyers spend the same, so that every order is valued at"):
        model = clv.fit(log(price))
    assert isinstance(model.spend.law, ConstantSpend)
    assert model.spend.law.value == pytest.approx(round(price, 4), rel=1e-12)
    result = drawn(model).predict(interval=0.9, discount_rate=0.0)
    assert np.allclose(result["expected_spend"], price)
    assert np.allclose(result["clv"], price * result["expected_purchases"])
    assert np.allclose(
        result["clv_low"], price * result["purchases_low"]
    )  # no variance but that of the number of orders
    assert np.allclose(result["clv_high"], price * result["purchases_high"])
    assert set(result["spend_from"]) == {"population"}


def test_the_price_itself_does_not_matter():
    """10.0 raised, and 9.99 worked, by the rounding of its means."""
    relative = []
    for price in (10.0, 9.99):
        with pytest.warns(clv.FitWarning):
            model = clv.fit(log(price))
        relative.append(
            drawn(model)
            .total(interval_from="law")
            .filter(regex="^clv(?!_correction)")
            .to_numpy(dtype=float)[0]
            / price
        )
    assert relative[0] == pytest.approx(relative[1], rel=1e-9)


def test_free_orders_are_worth_nothing():
    with pytest.warns(clv.FitWarning, match="no customer has a repeat order of positive value"):
        model = clv.fit(log(0.0))
    result = drawn(model).predict(interval=0.9)
    assert (result[["expected_spend", "clv", "clv_low", "clv_high"]] == 0).all(axis=None)
    assert (result["purchases_high"] > 0).any()
    assert model.new_customer().clv_with_first_order == 0


def test_free_repeats_after_paid_first_orders_are_worth_the_mean_of_all():
    table = log(0.0).sort_values("date", kind="stable")
    table.loc[~table.duplicated("customer_id"), "amount"] = 12.0
    with pytest.warns(clv.FitWarning, match="valued at the mean of all orders"):
        model = clv.fit(table)
    assert model.spend.law.value == pytest.approx(table["amount"].mean())
    assert model.first_order == pytest.approx(12.0)


def test_one_repeat_buyer_does_not_tell_how_spend_differs():
    """Of the others, who came back for free orders only, the mean of all orders takes account."""
    summary = clv.summarize(log(20.0))
    again = summary["frequency"] > 0
    one = again & (again.cumsum() == 1)
    summary["monetary_value"] = np.where(one, 30.0, 0.0)
    with pytest.warns(clv.FitWarning, match="only one customer has a repeat order of positive value"):
        model = clv.fit_summary(summary)
    orders = len(summary) + summary["frequency"].sum()
    money = 20.0 * len(summary) + 30.0 * summary["frequency"][one].sum()
    assert model.spend.law.value == pytest.approx(money / orders)


def test_losses_on_every_order_are_worth_0_and_this_is_said():
    kept = rfm.Transactions(log(-3.0), returns="keep")
    with (
        pytest.warns(rfm.DataWarning, match="have a mean repeat order of 0 or less"),
        pytest.warns(
            clv.FitWarning, match="the mean of all orders is below 0, .* every order is valued at 0"
        ),
    ):
        model = clv.fit(kept)
    assert model.spend.law == ConstantSpend(0.0)
    assert model.first_order == pytest.approx(-3.0)


def test_a_first_order_at_a_loss_outlives_a_file(tmp_path):
    """As it may be where the amounts are profits."""
    profits = log(1.0)
    profits["amount"] = np.random.default_rng(4).gamma(6.0, 2.0, len(profits)).round(2)
    profits.loc[~profits.sort_values("date").duplicated("customer_id"), "amount"] = -2.0
    model = drawn(clv.fit(rfm.Transactions(profits, returns="keep")))
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.new_customer() == model.new_customer()
    assert loaded.first_order < 0


@pytest.mark.parametrize("value", [-1.0, np.inf, np.nan])
def test_what_is_no_price_is_refused(value):
    with pytest.raises(
        rfm.DataError,
        match="value_per_order must be a finite number, 0 or more and at most 1,000,000,000,000,000; got",
    ):
        clv.fit(log(5.0), value_per_order=value)


@pytest.fixture(scope="module")
def priced():
    with pytest.warns(clv.FitWarning):
        return drawn(clv.fit(log(10.0)))


def test_it_is_saved_and_loaded(priced, tmp_path):
    priced.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.spend.law == priced.spend.law
    assert loaded.spend.warnings == priced.spend.warnings
    assert loaded.first_order == priced.first_order == 10.0
    kept = loaded.predict(customers=priced.customers)
    pd.testing.assert_frame_equal(kept, priced.predict())
    bounds = loaded.predict(customers=priced.customers, interval=0.9, discount_rate=0.0)
    assert np.allclose(bounds["clv_high"], 10 * bounds["purchases_high"])


def test_it_totals_forecasts_and_prints(priced):
    total = priced.total(discount_rate=0.0).iloc[0]
    assert total["clv"] == pytest.approx(10 * total["purchases"])
    assert total["clv_low"] == pytest.approx(10 * total["purchases_low"])
    ahead = priced.forecast("4W")
    assert np.allclose(ahead["revenue"], 10 * ahead["purchases"])
    assert np.allclose(ahead["revenue_high"], 10 * ahead["purchases_high"])
    text = priced.summary()
    assert "constant-spend: " in text
    assert "nan" not in text.lower()


def test_it_is_drawn(priced):
    data = clv.plot.spend_density_data(priced)
    assert data["model"].to_numpy() == pytest.approx(data["actual"].to_numpy())
    assert clv.plot.spend_density(priced).get_ylabel() == "Share of repeat buyers"


def test_it_has_no_profile(priced):
    with pytest.raises(rfm.DataError, match="has no likelihood to profile"):
        profile_intervals(priced.spend, priced.customers)
