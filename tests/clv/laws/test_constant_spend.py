"""One price for every order: Gamma-Gamma's limit, and what a step function says."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from rfm.errors import DataError

LAW = ConstantSpend(20.0)


def test_it_is_the_limit_of_gamma_gamma_where_customers_and_orders_are_alike():
    near = GammaGamma(1e8, 1e8, 20.0)
    x, m = np.array([0, 1, 7]), np.array([0.0, 20.0, 20.0])
    assert near.expected_spend(x, m) == pytest.approx(LAW.expected_spend(x, m), rel=1e-6)
    for probability in (0.05, 0.95):
        assert near.total_spend_quantile(probability, x) == pytest.approx(
            LAW.total_spend_quantile(probability, x), rel=1e-3
        )
    for amount in (99.0, 101.0):
        assert near.total_spend_cdf(amount, 5) == pytest.approx(LAW.total_spend_cdf(amount, 5))


def test_n_orders_are_worth_n_times_the_price_for_sure():
    n = np.array([0, 1, 3])
    assert LAW.total_spend_quantile(0.3, n).tolist() == [0, 20, 60]
    assert LAW.total_spend_cdf([0.0, 20.0, 60.0], n).tolist() == [1, 1, 1]
    assert LAW.total_spend_cdf([-1e-9, 19.999, 59.999], n).tolist() == [0, 0, 0]
    assert LAW.simulate([2, 0, 1], np.random.default_rng(0)).tolist() == [20, 20, 20]


def test_own_orders_change_nothing():
    assert LAW.posterior(9, 55.0) is LAW
    assert LAW.expected_spend([[0], [3]], [5.0, 99.0]).tolist() == [[20, 20], [20, 20]]
    assert not LAW.reads_own_orders
    assert LAW.constant


def test_its_likelihood_knows_one_mean_only():
    assert LAW.log_likelihood([2, 2, 1], [20.0, 20.5, 20.0]).tolist() == [0, -np.inf, 0]
    assert ConstantSpend.starts(np.ones(2), np.array([10.0, 40.0]), np.array([3.0, 1.0])) == [np.log([17.5])]


def test_it_is_known_by_the_logarithm_of_its_value_and_may_be_free():
    assert ConstantSpend.from_log(LAW.log_parameters).value == pytest.approx(20.0)
    free = ConstantSpend(0)
    assert free.log_parameters.tolist() == [-np.inf]
    assert ConstantSpend.from_log(free.log_parameters) == free
    assert LAW.scaled(2.5) == ConstantSpend(50.0)


@pytest.mark.parametrize("value", [-0.01, np.inf, np.nan])
def test_a_price_below_zero_or_without_an_end_is_refused(value):
    with pytest.raises(DataError, match="the value of an order must be finite and 0 or more"):
        ConstantSpend(value)
