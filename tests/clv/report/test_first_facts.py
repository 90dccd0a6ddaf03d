"""The facts at the top of the report, computed by hand, of odd logs too."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from clv._report.first_facts import Ahead, ahead, slipping, sources


def customers(**columns):
    count = len(next(iter(columns.values())))
    day = pd.Timestamp("2024-06-30")
    made = {
        "segment": ["a"] * count,
        "frequency": [3] * count,
        "recency": [120] * count,
        "p_alive": [0.5] * count,
        "first_purchase": [day - pd.Timedelta(days=290)] * count,
        "last_purchase": [day - pd.Timedelta(days=120)] * count,
        "clv": [10.0] * count,
    }
    return pd.DataFrame(made | columns)


def test_few_customers_bring_half():
    found = sources(customers(monetary=[60.0, 20, 10, 5, 5], segment=["a", "b", "b", "b", "b"]))
    assert (found.kind, found.total, found.customers, found.half) == ("few", 100, 5, 1)
    assert (found.segment, found.segment_customers, found.segment_share) == ("a", 1, 0.6)


def test_all_equal_is_even_and_exactly_half_is_enough():
    found = sources(customers(monetary=[0.1] * 10))
    assert (found.kind, found.half) == ("even", 5)


def test_one_customer():
    assert sources(customers(monetary=[7.0])).kind == "one"


def test_refunds_may_leave_nothing():
    found = sources(customers(monetary=[10.0, -10.0]))
    assert found.kind == "none"
    assert math.isnan(found.segment_share)
    assert sources(customers(monetary=[10.0, -20.0])).total == -10


def test_without_amounts_the_orders_count():
    found = sources(customers(frequency=[8, 1, 1, 1, 1]))
    assert (found.of, found.kind, found.total, found.half) == ("orders", "few", 12, 1)


def test_those_who_slip_have_the_value_that_is_at_risk():
    """Their CLV if alive is 20, half of which is at risk; who has P(alive) of 90% or has just bought does not slip."""
    found = slipping(customers(p_alive=[0.5, 0.5, 0.9], segment=["x", "x", "y"]), False)
    assert (found.kind, found.customers, found.segment, found.of) == ("some", 2, "x", "value")
    assert found.at_risk == pytest.approx(20)
    assert slipping(customers(p_alive=[0.9]), False).kind == "none"
    assert slipping(customers(recency=[1]), False).kind == "none"


def test_who_slips_may_not_be_known():
    assert slipping(customers(frequency=[1]), False).kind == "no repeats"
    assert slipping(customers(p_alive=[1.0]), True).kind == "cannot tell"


def test_orders_are_at_risk_where_there_is_no_value():
    found = slipping(customers(expected_purchases=[2.0]).drop(columns="clv"), False)
    assert (found.of, found.at_risk) == ("purchases", pytest.approx(2))


def test_what_lies_ahead():
    total = pd.Series({"purchases": 9.0, "purchases_low": 5.0, "purchases_high": 14.0})
    assert ahead(total) == Ahead("purchases", 9, 5, 14)
    assert ahead(total).has_interval
    valued = pd.concat([total, pd.Series({"clv": 90.0})])
    assert ahead(valued).of == "value"
    assert not ahead(valued).has_interval
