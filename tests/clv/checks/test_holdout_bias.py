"""The last part of the log: a law that holds, and orders that decline suddenly."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import CDNOW, CLOCK, Shop
from clv._checks.history import Terms
from clv._checks.holdout_bias import holdout_bias, relative_error, slopes_of_total


def found_in(shop, model="bg-nbd", seed=1):
    history = shop.log(np.random.default_rng(seed))
    return history, holdout_bias(history, Terms(history, "W", model))


@pytest.mark.parametrize("model", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
def test_orders_that_fall_to_a_third_are_not_predicted_by_any_law(model):
    history, found = found_in(Shop(CLOCK, break_at=0.75), model)
    assert found.holds == "no"
    assert found.estimate.value > 1
    assert f"{model}, fitted up to" in found.finding
    assert found.customers == (history.first <= history.end - history.length // 4).sum()


def test_a_law_foretells_its_own_customers():
    found = found_in(Shop(CDNOW, weeks=104, size=3000))[1]
    assert found.holds == "yes"
    assert found.estimate.low < 0 < found.estimate.high
    assert found.estimate.high - found.estimate.low < 0.4


def test_short_parts_and_few_customers_are_unknown():
    assert "28 are needed" in found_in(Shop(weeks=12))[1].finding
    assert found_in(Shop(size=25))[1].holds == "unknown"


def test_the_error_is_relative_to_what_came():
    expected, came = np.full(4, 3.0), np.array([0.0, 2.0, 4.0, 2.0])
    error = relative_error(expected, came)
    assert error.value == pytest.approx(0.5)
    assert error.high - error.value == pytest.approx(1.959964 * np.sqrt(9 + 1 + 1 + 1) / 8)
    assert relative_error(expected, came, variance=13.0).high == pytest.approx(0.5 + 1.959964 * 5 / 8)
    assert relative_error(expected, np.zeros(4)).value == np.inf


def test_slopes_of_a_total():
    slopes = slopes_of_total(lambda theta: np.array([np.exp(theta[0]), theta[1] ** 2]), np.array([1.0, 3.0]))
    assert slopes == pytest.approx([np.e, 6.0], rel=1e-5)
