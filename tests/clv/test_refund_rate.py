"""A customer's refund rate: the Beta posterior, the delay, and its gain over both extremes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clv import RefundRate


def columns(x, back, *, order=10.0, T=100.0, t_x=None):
    """Customers with x repeat orders of one price, who sent so many orders back."""
    x, back = np.asarray(x, float), np.asarray(back, float)
    t_x = np.where(x > 0, 50.0 if t_x is None else t_x, 0.0)
    m = np.where(x > 0, order, 0.0)
    return x, t_x, np.full(len(x), T), m, np.full(len(x), order), -order * back


def test_it_is_the_posterior_mean_of_a_beta_rate():
    x, back = np.array([0, 0, 3, 9]), np.array([0, 1, 2, 10])
    found = RefundRate(0.25, 8.0).of_customers(*columns(x, back), unit_days=1)
    assert found == pytest.approx((2.0 + back) / (8.0 + x + 1))  # Beta(2, 6)


def test_without_a_prior_that_can_be_told_all_have_one_rate():
    assert RefundRate(0.25).of_customers(*columns([0, 5], [0, 6]), unit_days=1).tolist() == [0.25, 0.25]
    assert RefundRate().of_customers(*columns([0, 5], [0, 6]), unit_days=1).tolist() == [0.0, 0.0]


def test_rates_lie_between_0_and_1_and_free_orders_say_nothing():
    found = RefundRate(0.2, 1.0).of_customers(*columns([0, 0], [9, 0]), unit_days=1)
    assert found == pytest.approx([1.0, 0.1])
    zeros = np.zeros(1)
    assert RefundRate(0.2, 1.0).of_customers(*[zeros] * 6, unit_days=1).tolist() == [0.2]


def test_young_orders_count_by_what_has_come():
    late = RefundRate(0.2, 4.0, ages=(10.0, 30.0), come=(0.5, 1.0))
    assert late.come_by(np.array([0.0, 5.0, 10.0, 20.0, 40.0])) == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    young = columns([0], [0], T=2.0)  # two weeks: .6 of its returns have come
    assert late.of_customers(*young, unit_days=7) == pytest.approx([0.8 / 4.6])
    # the first order is 40 days old, the last 0, and the two between are spread over these days
    ages = np.linspace(0, 40, 40_001)
    seen = 1.0 + 0.0 + 2 * late.come_by(ages).mean()
    found = late.of_customers(*columns([3], [0], T=40.0, t_x=40.0), unit_days=1)
    assert found == pytest.approx([0.8 / (4 + seen)], rel=1e-4)


@pytest.mark.parametrize(("a", "b"), [(1.0, 3.0), (4.0, 12.0)])
def test_shrunk_rates_beat_raw_ones_and_the_mean(a, b):
    rng = np.random.default_rng(4)
    theta = rng.beta(a, b, 6_000)
    x = rng.geometric(0.25, 6_000) - 1
    data = columns(x, rng.binomial(x + 1, theta))
    found = RefundRate(0.25).with_prior(*data, unit_days=1)
    assert found.prior_orders == pytest.approx(a + b, rel=0.25)
    shrunk, raw = found.of_customers(*data, unit_days=1), -data[5] / (10.0 * (x + 1))
    error, error_raw, error_mean = (np.mean((rate - theta) ** 2) for rate in (shrunk, raw, 0.25))
    assert error < 0.5 * error_raw
    assert error < 0.95 * error_mean
    best = np.mean(((a + data[5] / -10.0) / (a + b + x + 1) - theta) ** 2)  # of the true prior
    assert error < 1.02 * best


def test_where_customers_do_not_differ_none_is_told_apart():
    rng = np.random.default_rng(5)
    x = rng.geometric(0.25, 6_000) - 1
    found = RefundRate(0.25).with_prior(*columns(x, rng.binomial(x + 1, 0.25)), unit_days=1)
    assert found.prior_orders > 50
    few = RefundRate(0.25).with_prior(*columns([3] * 9, [1] * 9), unit_days=1)
    assert math.isinf(few.prior_orders)
