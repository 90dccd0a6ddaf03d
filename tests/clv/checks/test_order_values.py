"""Order values by date, within customers."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import CLOCK, Shop
from clv._checks.history import Terms
from clv._checks.order_values import steady, yearly_change


def found_in(shop, seed=1):
    history = shop.log(np.random.default_rng(seed))
    return steady(history, Terms(history, "W", "bg-nbd"))


@pytest.mark.parametrize(("drift", "holds"), [(0.0, "yes"), (0.10, "doubtful"), (-0.25, "no")])
def test_a_yearly_drift_is_found(drift, holds):
    found = found_in(Shop(CLOCK, drift=drift, weeks=156, size=3000))
    assert found.holds == holds
    assert found.estimate.low < drift < found.estimate.high


def test_newcomers_who_spend_more_are_no_drift():
    rng = np.random.default_rng(2)
    joined = rng.uniform(0, 1000, 500)
    customer = np.repeat(np.arange(500), 4)
    day = (joined[customer] + rng.uniform(0, 300, 2000)).astype(np.int64)
    net = np.exp(
        joined[customer] / 365.25 + rng.normal(0, 0.3, 2000)
    )  # those who come a year later, e times more
    rate = yearly_change(customer, day, net)
    assert rate.low < 0 < rate.high
    assert rate.high - rate.low < 0.25


def test_it_is_the_fixed_effects_regression_with_clustered_errors():
    rng = np.random.default_rng(3)
    customer = np.repeat(np.arange(40), rng.integers(2, 6, 40))
    day, net = rng.integers(0, 700, len(customer)), np.exp(rng.normal(3, 1, len(customer)))
    dummies = np.eye(40)[customer]
    design = np.column_stack([day / 365.25, dummies])
    beta = np.linalg.lstsq(design, np.log(net), rcond=None)[0]
    assert yearly_change(customer, day, net).value == pytest.approx(np.expm1(beta[0]))


def test_five_alarms_in_a_hundred():
    rng = np.random.default_rng(4)
    alarms = []
    for _ in range(200):
        customer = np.repeat(np.arange(150), rng.integers(2, 8, 150))
        day = rng.integers(0, 700, len(customer))
        net = rng.gamma(2.0, 1, len(customer)) / rng.gamma(1.8, 1, 150)[customer]
        alarms.append(yearly_change(customer, day, net).excludes_zero)
    assert 0.01 < np.mean(alarms) < 0.11


def test_too_few_are_unknown():
    assert found_in(Shop(size=30)).holds == "unknown"
