"""What is said of each customer: the laws' own answers put together, and Poisson luck where everything is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.pareto_nbd import ParetoNBD
from clv._values.lifetime_value import annuity_lifetimes, discounted_purchases
from clv._values.prediction import Terms, has_spend, predict_columns

LAW = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
X, TX, T = (
    np.array([0.0, 2.0, 7.0, 2.0]),
    np.array([0.0, 30.0, 35.0, 4.0]),
    np.array([38.0, 38.0, 36.0, 38.0]),
)
M = np.array([0.0, 22.35, 40.0, 0.0])  # the last one's repeat orders were free
RATE = np.array([0.0, 0.1, 0.2, 0.0])
# Ten thousand purchases in ten thousand weeks and no end in sight: one a week
SURE = ParetoNBD(r=1e4, alpha=1e4, s=1e-6, beta=1e6)


def columns(law=LAW, spend=SPEND, m=M, **terms):
    return predict_columns(law, spend, X, TX, T, m, RATE, Terms(**{"horizon": 26.0, "delta": 0.0, **terms}))


def test_purchases_are_those_of_the_law_given_what_each_customer_did():
    found = columns()
    assert found["p_alive"] == pytest.approx(LAW.p_alive(X, TX, T))
    assert found["expected_purchases"] == pytest.approx(LAW.conditional_expected_purchases(26.0, X, TX, T))
    assert found["p_purchase"] == pytest.approx(1 - LAW.conditional_pmf(0, 26.0, X, TX, T))


def test_time_without_a_purchase_since_the_end_is_time_observed():
    found = columns(silent=10.0)
    assert found["p_alive"] == pytest.approx(LAW.p_alive(X, TX, T + 10))
    assert found["expected_purchases"] == pytest.approx(
        LAW.conditional_expected_purchases(26.0, X, TX, T + 10)
    )


def test_the_value_is_what_is_kept_of_what_is_spent():
    found = columns(margin=0.3)
    spend = np.asarray(SPEND.expected_spend(X, M))
    assert found["expected_spend"] == pytest.approx(spend)
    assert found["spend_from"].tolist() == ["population", "own orders", "own orders", "population"]
    assert found["refund_rate"].tolist() == RATE.tolist()
    assert found["clv"] == pytest.approx(0.3 * (1 - RATE) * spend * found["expected_purchases"])
    without = columns(m=None)
    assert without["expected_spend"] == pytest.approx(np.full(4, SPEND.expected_spend()))


def test_each_customers_future_is_discounted():
    found = columns(delta=0.02)
    ahead = discounted_purchases(LAW.posterior(X, TX, T), 26.0, 0.02)
    assert found["clv"] == pytest.approx((1 - RATE) * SPEND.expected_spend(X, M) * found["p_alive"] * ahead)


def test_without_an_end_there_is_a_value_and_no_count():
    found = columns(horizon=np.inf, delta=0.02)
    assert list(found) == ["p_alive", "expected_spend", "spend_from", "refund_rate", "clv"]
    assert (found["clv"] > columns(delta=0.02)["clv"]).all()


def test_as_lifetimes_pays_there_is_a_value_and_no_count():
    found = columns(lump="lifetimes", delta=0.01, horizon=6.0)
    assert "expected_purchases" not in found
    ahead = annuity_lifetimes(LAW.posterior(X, TX, T), 6.0, 0.01, "W")
    assert found["clv"] == pytest.approx((1 - RATE) * SPEND.expected_spend(X, M) * found["p_alive"] * ahead)


def test_without_a_spend_law_there_are_purchases_only():
    assert list(columns(spend=None)) == ["p_alive", "expected_purchases", "p_purchase"]


@pytest.mark.parametrize("mass", [0.5, 0.9])
def test_where_rates_are_known_purchases_are_poisson_and_value_is_their_price(mass):
    """Of orders of one price, kept at 30% less each customer's returns, and discounted by 26 weeks' mean factor."""
    law, price = SURE, ConstantSpend(20.0)
    x, t_x, T = np.full(4, 50.0), np.full(4, 49.9), np.full(4, 50.0)
    terms = Terms(26.0, 0.02, margin=0.3, interval=mass, draws=((law, price),) * 3)
    found = predict_columns(law, price, x, t_x, T, None, RATE, terms)
    low, high = stats.poisson(26).ppf([(1 - mass) / 2, (1 + mass) / 2])
    assert found["purchases_low"].tolist() == [low] * 4
    assert found["purchases_high"].tolist() == [high] * 4
    mean_factor = -np.expm1(-0.02 * 26) / (0.02 * 26)
    kept = 0.3 * (1 - RATE) * 20 * mean_factor
    assert found["clv_low"] == pytest.approx(low * kept, rel=1e-3)
    assert found["clv_high"] == pytest.approx(high * kept, rel=1e-3)


def test_over_an_infinite_horizon_the_bounds_are_those_of_the_expectation():
    """A twentieth draw lies between the least and the greatest of nineteen nine times out of ten."""
    draws = tuple((ParetoNBD(r, 10.578, 0.606, 11.669), SPEND) for r in np.linspace(0.4, 0.7, 19))
    found = columns(horizon=np.inf, delta=0.02, margin=0.3, silent=5.0, interval=0.9, draws=draws)
    values = [columns(law, horizon=np.inf, delta=0.02, margin=0.3, silent=5.0)["clv"] for law, _ in draws]
    assert found["clv_mean_low"] == pytest.approx(np.min(values, axis=0))
    assert found["clv_mean_high"] == pytest.approx(np.max(values, axis=0))
    assert "purchases_low" not in found
    alone = tuple((law, None) for law, _ in draws)
    assert "clv_mean_low" not in columns(spend=None, horizon=np.inf, delta=0.02, interval=0.9, draws=alone)


def test_intervals_of_purchases_alone():
    found = columns(spend=None, interval=0.9, draws=((LAW, None),) * 2)
    bounds = ["purchases_low", "purchases_high", "p_alive_low", "p_alive_high", "interval_from"]
    assert list(found)[-5:] == bounds
    assert "clv_low" not in found


def test_own_orders_tell_something_where_they_were_worth_something():
    assert has_spend(X, M).tolist() == [False, True, True, False]
    assert has_spend(np.array([1.0, 1.0, 0.0]), np.array([0.5, 0.0, 9.0])).tolist() == [True, False, False]


def test_where_nothing_is_kept_the_value_has_no_bounds_but_0():
    found = columns(margin=0.0, interval=0.9, draws=((LAW, SPEND),) * 2)
    assert not found["clv_high"].any()
    assert found["purchases_high"].any()
