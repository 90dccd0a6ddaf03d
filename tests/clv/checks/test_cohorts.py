"""The second purchase by day of joining."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import CDNOW, CLOCK, Shop
from clv._checks.cohorts import alike, hazard_slope
from clv._checks.history import Terms


def found_in(shop, seed=1):
    history = shop.log(np.random.default_rng(seed))
    return history, alike(history, Terms(history, "W", "bg-nbd"))


def exponential(rng, n, beta):
    """Waits whose rate depends on z, watched for less time the larger z is."""
    z = rng.uniform(0, 1, n)
    due, watched = rng.exponential(np.exp(-beta * z) * 30), 120 * (1 - z) + 1
    return np.minimum(due, watched), due <= watched, z


@pytest.mark.parametrize("beta", [-0.7, 0.0, 0.5])
def test_the_slope_of_rates_is_found_though_later_ones_are_watched_less(beta):
    found = hazard_slope(*exponential(np.random.default_rng(1), 20_000, beta))
    assert found.low < beta < found.high
    assert found.high - found.low < 0.2


def test_the_slope_is_coxs_of_a_published_table():
    # Freireich et al. (1963), 6-MP against placebo: log hazard ratio −1.509 (0.410) by Breslow's ties, as in R.
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    wait = np.array(treated + placebo)
    event = np.array([True] * 9 + [False] * 12 + [True] * 21)
    found = hazard_slope(wait, event, np.repeat([1.0, 0.0], 21))
    assert found.value == pytest.approx(-1.509, abs=5e-4)
    assert (found.high - found.low) / 2 / 2.0195 == pytest.approx(
        0.410, abs=5e-4
    )  # t with 41 degrees of freedom


def test_five_alarms_in_a_hundred():
    rng = np.random.default_rng(2)
    alarms = [hazard_slope(*exponential(rng, 300, 0.0)).excludes_zero for _ in range(300)]
    assert 0.015 < np.mean(alarms) < 0.095


def test_later_customers_who_return_at_half_the_rate_are_told():
    history, found = found_in(Shop(CLOCK, later=0.5))
    assert found.holds == "no"
    assert found.estimate.high < 0
    assert "expects too much of the latest customers" in found.finding
    assert 0.3 * history.n < found.customers < 0.7 * history.n


@pytest.mark.parametrize("shop", [Shop(CLOCK), Shop(CDNOW, joining="growth")])
def test_alike_customers_watched_less_are_no_alarm(shop):
    assert found_in(shop)[1].holds == "yes"


def test_where_all_join_on_one_day_there_are_no_later_ones():
    history, _ = found_in(Shop(size=300))
    same = history.first[history.customer]
    together = type(history)(history.ids, history.customer, history.day - same, history.net, 0, 800)
    assert alike(together, Terms(together, "W", "bg-nbd")).holds == "unknown"
