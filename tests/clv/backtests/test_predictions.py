"""Predictions and outcomes: a baseline by hand, and logs from which no spend law can be estimated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._backtests.holdout import split
from clv._backtests.predictions import one_price, predict_law, predict_rule, priced
from clv._choice.refits import Terms

pytestmark = pytest.mark.filterwarnings(
    "ignore::rfm.DataWarning"
)  # few customers have few levels of a metric


def cut_of(amounts, counts="purchases"):
    """Ann buys thrice, bob and cat twice until 28 January 2024, a Sunday, and once each after it."""
    days = {"ann": ["01-01", "01-03", "01-20"], "bob": ["01-02", "01-10"], "cat": ["01-03", "01-25"]}
    rows = [(who, f"2024-{day}") for who, when in days.items() for day in [*when, "02-05"]]
    log = pd.DataFrame(rows, columns=["customer_id", "date"]).assign(amount=amounts)
    tx = rfm.Transactions(log)
    return split(tx, rfm._days.as_day("2024-01-28", "origin"), 14, "W", "classic", counts)


DIFFERENT = [1.0, 2.0, 3.0, 9.0, 4.0, 6.0, 9.0, 5.0, 3.0, 9.0]


def test_a_spend_law_that_can_be_told_needs_no_price():
    assert one_price(cut_of(DIFFERENT)) is None


@pytest.mark.parametrize(
    ("amounts", "price", "reason"),
    [
        (8.0, 8.0, "All 3 repeat buyers spend the same mean, 8, which does not show how spend differs."),
        (0.0, 0.0, "None of the 3 customers has a repeat purchase of positive value, from which"),
        # First purchases differ, repeat purchases do not: the mean is that of all seven.
        ([3.0, 5.0, 5.0, 9.0, 1.0, 5.0, 9.0, 4.0, 5.0, 9.0], 4.0, "All 3 repeat buyers spend the same mean, 5, which"),
    ],
)  # fmt: skip
def test_without_a_spend_law_all_that_was_bought_has_one_price(amounts, price, reason):
    found = one_price(cut_of(amounts))
    assert found.price == pytest.approx(price)
    assert found.reason.startswith(reason)
    assert "Hint" not in found.reason


def test_the_price_of_a_period_is_the_mean_over_periods():
    # Ann's first week holds two purchases: seven purchases of 8 in six weeks.
    cut = cut_of([8.0] * 10, "periods")
    assert np.average(cut.customers["mean_spend"], weights=cut.known.x + 1) == pytest.approx(7 * 8 / 6)


def test_a_rule_goes_on_with_each_customers_mean_spend():
    result = predict_rule(cut_of(DIFFERENT), "past rate continued").set_index("customer_id")
    assert result.loc["ann", "predicted"] == pytest.approx(2 / 27 * 14)
    assert result.loc["ann", "predicted_spend"] == pytest.approx(2 / 27 * 14 * 2.0)
    assert result.loc["ann", ["happened", "happened_spend"]].tolist() == [1.0, 9.0]


@pytest.mark.filterwarnings("ignore::clv.FitWarning")  # three customers
@pytest.mark.parametrize("amounts", [DIFFERENT, 8.0])
def test_a_law_predicts_each_customer_with_the_chance_of_what_happened(amounts):
    cut = cut_of(amounts)
    plain = replace(clv.fit_summary(cut.btyd, "bg-nbd"), spend=None)
    price = one_price(cut)
    model = priced(cut, plain, "repeat", price, Terms())
    found = predict_law(cut, model, price, 0.9, 0)
    x, t_x, T = (cut.btyd[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    law = plain.purchases.law
    np.testing.assert_allclose(found["log_score"], np.log(law.conditional_pmf(1, 2.0, x, t_x, T)), rtol=1e-9)
    np.testing.assert_allclose(
        found["predicted"], law.conditional_expected_purchases(2.0, x, t_x, T), rtol=1e-9
    )
    assert (found["low"] <= found["high"]).all()
    if price is not None:
        assert (found["predicted_spend"] == 8.0 * found["predicted"]).all()
