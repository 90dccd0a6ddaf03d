"""One-time buyers: found to have left if they leave, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import CLOCK, STAYING, Shop
from clv import BGNBD
from clv._checks.history import Terms
from clv._checks.one_time import still_customers


def found_in(shop, seed=1):
    history = shop.log(np.random.default_rng(seed))
    return history, still_customers(history, Terms(history, "W", "bg-nbd"))


def test_half_who_leave_after_their_first_order_are_counted():
    history, found = found_in(Shop(STAYING, once=0.5))
    assert found.holds == "no"
    assert found.customers == pytest.approx(history.n / 2, rel=0.1)
    assert 'Use model="mbg-nbd"' in found.finding
    assert found.estimate.value == pytest.approx(found.customers / history.n, abs=1e-3)


def test_where_nobody_leaves_one_time_buyers_are_no_alarm():
    history, found = found_in(Shop(STAYING, weeks=52))
    assert (history.orders == 1).mean() > 0.05  # the old line rang at 1%
    assert found.holds == "yes"


def test_a_shop_of_bg_nbd_needs_no_other_law():
    found = found_in(Shop(BGNBD(r=0.8, alpha=6.0, a=0.5, b=2.0)))[1]
    assert found.holds == "yes"
    assert "explains the log as well" in found.finding


def test_customers_who_leave_by_the_clock_may_have_bought_once():
    assert found_in(Shop(CLOCK, weeks=156))[1].holds == "no"


def test_without_one_time_buyers_there_is_nothing_to_ask():
    found = found_in(Shop(size=20))[1]
    assert found.holds == "unknown"
    assert "bought again" in found.finding
