"""What customers put at stake, and when their silence becomes unusual."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clv._contacts.at_stake import in_doubt, stakes_of


def of_one(p_alive, value, recency, orders, observed, due=None):
    given_due = None if due is None else np.array([due])
    return stakes_of(
        *(np.array([float(each)]) for each in (p_alive, value, recency, orders, observed)), given_due
    )


def test_the_value_is_split_into_what_is_left_and_what_may_be_gone():
    stakes = of_one(0.4, 80, 60, 6, 100)
    assert stakes.if_alive == 200
    assert stakes.at_risk == 120
    assert stakes.gap == 20


@given(st.floats(0.01, 1), st.floats(-1e6, 1e6))
def test_what_is_left_and_what_may_be_gone_are_the_value_if_alive(p_alive, value):
    stakes = of_one(p_alive, value, 1, 1, 0)
    np.testing.assert_allclose(value + stakes.at_risk, stakes.if_alive, rtol=1e-9, atol=1e-6)


@given(st.integers(0, 400), st.integers(2, 30), st.integers(1, 2000))
def test_the_wait_ends_on_the_first_day_on_which_the_silence_is_longer_than_a_gap(recency, orders, observed):
    wait = int(of_one(0.5, 1, recency, orders, observed).wait[0])
    gap = observed / (orders - 1)
    assert recency + wait > gap
    assert wait == 0 or recency + wait - 1 <= gap


def test_who_bought_once_has_no_rhythm():
    stakes = of_one(0.5, 10, 300, 1, 0)
    assert np.isnan(stakes.gap)
    assert np.isinf(stakes.wait)


def test_a_due_day_takes_the_place_of_the_gap():
    assert of_one(0.5, 10, 5, 1, 0, due=-3).wait == 0
    assert of_one(0.5, 10, 500, 9, 80, due=4).wait == 4
    assert np.isinf(of_one(0.5, 10, 500, 9, 80, due=np.nan).wait)


def test_values_without_bounds_are_unknown():
    for p_alive in (0.0, 1e-320):
        assert np.isnan(of_one(p_alive, 1e9, 5, 2, 5).at_risk)


def test_doubt_lies_between_a_fifth_and_four_fifths():
    assert in_doubt(np.array([0.19, 0.2, 0.8, 0.81, np.nan])).tolist() == [False, True, True, False, False]
