"""First orders against later ones of the same customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.checks import CLOCK, Shop
from clv._checks.first_orders import compared, first_like_later
from clv._checks.history import Terms


def history_with(factor=1.0, seed=1, **options):
    """A simulated shop whose first orders are worth so many times as much."""
    history = Shop(CLOCK, **options).log(np.random.default_rng(seed))
    net = history.net.copy()
    net[history.begins] *= factor
    return replace(history, net=net)


def found_in(history):
    return first_like_later(history, Terms(history, "W", "bg-nbd"))


@pytest.mark.parametrize(("factor", "holds"), [(1.0, "yes"), (0.82, "doubtful"), (0.6, "no"), (1.5, "no")])
def test_other_first_orders_are_found(factor, holds):
    found = found_in(history_with(factor, size=3000))
    assert found.holds == holds
    assert found.estimate.low < factor - 1 < found.estimate.high
    if holds != "yes":
        assert ("too much" if factor > 1 else "too little") in found.finding
        assert 'The default, "repeat", leaves first orders out' in found.finding


def test_the_statistic_is_the_mean_log_ratio_and_the_correlation_that_of_means():
    history = history_with(size=400)
    first, later = [], []
    for customer in range(history.n):
        net = history.net[history.customer == customer]
        if len(net) > 1:
            first.append(np.log(net[0]))
            later.append(np.log(net[1:]).mean())
    found = compared(history)
    apart = np.array(first) - later
    assert found.difference.value == pytest.approx(np.expm1(apart.mean()))
    assert found.difference.n == len(apart)
    assert found.correlation == pytest.approx(np.corrcoef(first, later)[0, 1])
    assert f"correlates at {found.correlation:.2f}" in found_in(history).finding


def test_free_orders_are_left_out():
    history = history_with(size=400)
    net = history.net.copy()
    net[history.begins[:100]] = 0.0
    assert compared(replace(history, net=net)).difference.n < compared(history).difference.n


def test_a_drift_of_prices_is_no_difference():
    """Without correction, first orders would be a fifth below later ones."""
    history = history_with(drift=0.5, weeks=156, size=3000)
    assert compared(history).difference.value < -0.15
    found = found_in(history)
    assert found.holds == "yes"
    assert "at prices of one day (they change by +" in found.finding


def test_five_alarms_in_a_hundred():
    alarms = [compared(history_with(seed=seed, size=250)).difference.excludes_zero for seed in range(200)]
    assert 0.01 < np.mean(alarms) < 0.11


def test_too_few_are_unknown():
    assert found_in(history_with(size=30)).holds == "unknown"
    one = history_with(size=300)
    kept = one.customer == int(np.argmax(one.orders))
    alone = replace(
        one, ids=one.ids[:1], customer=np.zeros(kept.sum(), int), day=one.day[kept], net=one.net[kept]
    )
    assert found_in(alone).holds == "unknown"


def test_equal_orders_have_no_correlation():
    history = history_with(size=300)
    found = found_in(replace(history, net=np.full(len(history.day), 9.0)))
    assert (found.holds, found.estimate.value) == ("yes", pytest.approx(0.0))
    assert "correlates at –" in found.finding
