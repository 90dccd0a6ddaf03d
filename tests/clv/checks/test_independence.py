"""Spend against frequency: the test's size under independence for any tail of spend, and its power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.checks import Shop
from clv._checks.history import Terms
from clv._checks.independence import per_doubling, unrelated


def orders(rng, n, p, q, slope=0.0):
    """Repeat orders of n buyers, Gamma-Gamma in value, which grows with the number of orders to a power."""
    rate = rng.gamma(0.8, 2.0, 4 * n) * rng.uniform(0.3, 1, 4 * n)
    x = rng.poisson(rate)
    x = x[x > 0][:n]
    customer = np.repeat(np.arange(n), x)
    net = rng.gamma(p, 1, len(customer)) / rng.gamma(q, 1, n)[customer]
    return customer, net * x[customer] ** slope


def test_the_change_per_doubling_is_found():
    rng = np.random.default_rng(1)
    for slope in (-0.3, 0.2):
        found = per_doubling(*orders(rng, 5000, 3.0, 3.0, slope))
        assert found.low < 2**slope - 1 < found.high
        assert found.high - found.low < 0.06


def test_it_is_weighted_least_squares_with_hc3_errors():
    customer, net = orders(np.random.default_rng(2), 300, 2.0, 3.0, 0.1)
    x = np.bincount(customer)
    log_value = np.log(net)
    mean = np.bincount(customer, log_value) / x
    within = ((log_value - mean[customer]) ** 2).sum() / (len(net) - len(x))
    design = np.column_stack([np.ones(len(x)), np.log(x)])
    plain = mean - design @ np.linalg.lstsq(design, mean, rcond=None)[0]
    root = 1 / np.sqrt(max(np.mean(plain**2) - within * np.mean(1 / x), 0) + within / x)
    rows, y = design * root[:, None], mean * root
    beta = np.linalg.lstsq(rows, y, rcond=None)[0]
    bread = np.linalg.inv(rows.T @ rows)
    hat = np.einsum("ij,jk,ik->i", rows, bread, rows)
    meat = rows * ((y - rows @ beta) / (1 - hat))[:, None]
    error = np.sqrt((bread @ meat.T @ meat @ bread)[1, 1])
    found = per_doubling(customer, net)
    assert found.value == pytest.approx(2 ** beta[1] - 1)
    assert found.high == pytest.approx(2 ** (beta[1] + stats.t.ppf(0.975, len(x) - 1) * error) - 1)


@pytest.mark.nightly
@pytest.mark.parametrize("p", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("q", [1.5, 2.0, 2.5, 4.0, 6.0])
def test_five_alarms_in_a_hundred_under_independence(p, q):
    rng = np.random.default_rng([int(p), int(10 * q)])
    alarms = np.mean([per_doubling(*orders(rng, 400, p, q)).excludes_zero for _ in range(400)])
    assert 0.015 < alarms < 0.095  # 4 standard errors of 5%


def test_few_alarms_where_means_of_few_orders_are_skewed():
    rng = np.random.default_rng(3)
    alarms = [per_doubling(*orders(rng, 1500, 1.0, 2.5)).excludes_zero for _ in range(40)]
    assert np.mean(alarms) < 0.15  # Spearman's correlation rings in all of them


@pytest.mark.parametrize(("power", "holds"), [(0.0, "yes"), (0.15, "doubtful"), (0.4, "no")])
def test_shops_whose_frequent_buyers_spend_more(power, holds):
    history = Shop(spend_by_rate=power).log(np.random.default_rng(4))
    found = unrelated(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == holds
    assert ("worth somewhat more" in found.finding) == (holds == "doubtful")
    assert found.customers == (np.bincount(history.paid()[0], minlength=history.n) > 0).sum()
