"""Few orders: one of a million makes up nearly all of the value, and is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.checks import Shop
from clv._checks.few_orders import many_orders, means_without
from clv._checks.history import Terms


def test_one_order_of_a_million_is_named_with_its_customer():
    history = Shop(outlier=1e6, size=800).log(np.random.default_rng(1))
    found = many_orders(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == "no"
    assert found.estimate.value > 0.8
    place = int(np.argmax(history.net))
    day = np.datetime64(int(history.day[place]), "D")
    assert f"1,000,000.00 of customer {history.ids[history.customer[place]]} on {day}" in found.finding
    largest = np.argsort(-history.net)[:3]
    assert found.customers == len(np.unique(history.customer[largest]))


def test_ordinary_orders_make_little():
    history = Shop(size=800).log(np.random.default_rng(2))
    found = many_orders(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == "yes"
    assert 0 <= found.estimate.value < 0.05


def test_a_large_first_order_makes_past_spend_but_no_value():
    history = Shop(size=800).log(np.random.default_rng(3))
    net = history.net.copy()
    net[history.begins[5]] = 1e6
    history = replace(history, net=net)
    found = many_orders(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == "no"
    assert found.estimate.value < 0.05
    assert "of past spend" in found.finding
    assert "(alone 0.0% of the value)" in found.finding


def test_where_first_orders_are_read_a_large_one_makes_value():
    history = Shop(size=800).log(np.random.default_rng(3))
    net = history.net.copy()
    buyer = int(np.flatnonzero(history.orders > 3)[0])
    net[history.begins[buyer]] = 1e6
    history = replace(history, net=net)
    found = many_orders(history, Terms(history, "W", "bg-nbd", "all"))
    assert found.holds == "no"
    assert found.estimate.value > 0.8
    assert many_orders(history, Terms(history, "W", "bg-nbd")).estimate.value < 0.05


def test_means_leave_orders_out():
    history = Shop(size=50).log(np.random.default_rng(4))
    buyer = int(np.flatnonzero(history.orders == 3)[0])
    begin = history.begins[buyer]
    x, m = means_without(history, np.array([begin + 1]))
    assert (x[buyer], m[buyer]) == (1, pytest.approx(history.net[begin + 2]))
    x, m = means_without(history, np.array([begin + 1, begin + 2]))
    assert (x[buyer], m[buyer]) == (0, 0)


def test_nothing_but_free_orders_has_no_spend_law():
    history = Shop(size=300).log(np.random.default_rng(5))
    free = replace(history, net=np.zeros(len(history.day)))
    found = many_orders(free, Terms(free, "W", "bg-nbd"))
    assert found.holds == "unknown"
    assert "No spend law can be fitted" in found.finding


def test_losses_have_no_share():
    """Amounts may be profits, of which returns are kept."""
    history = Shop(size=300).log(np.random.default_rng(5))
    losses = replace(history, net=np.full(len(history.day), -3.0))
    found = many_orders(losses, Terms(losses, "W", "bg-nbd"))
    assert found.holds == "unknown"
    assert found.finding == "The sum of all orders is below 0, so shares of it are undefined."
