"""Seasonality: separated from trend and from ageing customers, by calendar month."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.checks import CDNOW, CLOCK, STAYING, Shop
from clv._checks.history import Terms
from clv._checks.season import evenly, expected_repeats, season_of


def found_in(shop, seed=1):
    history = shop.log(np.random.default_rng(seed))
    return evenly(history, Terms(history, "W", "bg-nbd"))


def test_a_double_november_and_december_are_named():
    found = found_in(Shop(season=2.0, weeks=156))
    assert found.holds == "no"
    assert "Dec +" in found.finding
    assert "Nov +" in found.finding
    # two months of 2 and ten of 1, over their geometric mean
    assert found.estimate.low < 2 / 2 ** (2 / 12) - 1 < found.estimate.high


@pytest.mark.parametrize(
    "shop",
    [
        Shop(STAYING),
        Shop(CLOCK, weeks=156, joining="growth"),
        Shop(CDNOW, weeks=156, joining="cohort", size=4000),
    ],
)
def test_growth_and_ageing_are_no_season(shop):
    assert found_in(shop).holds == "yes"


def test_less_than_two_years_cannot_tell():
    found = found_in(Shop(season=2.0, weeks=90))
    assert found.holds == "unknown"
    assert "cannot be separated from a trend" in found.finding
    assert re.search(r"the log has (19|20|21) months with enough", found.finding)


def test_customers_of_an_age_are_expected_to_buy_at_one_rate():
    history = Shop(CDNOW, weeks=52, joining="cohort").log(np.random.default_rng(2))
    expected = expected_repeats(history)
    assert expected.sum() == pytest.approx((history.number > 0).sum())
    assert expected[120] > 1.2 * expected[300]  # the cohort ages


def test_months_that_differ_only_by_chance_have_uniform_p_values():
    rng = np.random.default_rng(3)
    month = np.arange(24240, 24240 + 36)
    expected = np.linspace(40, 160, 36)
    trend = np.exp(0.3 * np.sin(np.arange(36) / 12))
    p = np.array(
        [season_of(month, rng.poisson(expected * trend).astype(float), expected).p_value for _ in range(200)]
    )
    assert 0.0 <= np.mean(p < 0.05) < 0.11
    assert 0.3 < np.mean(p < 0.5) < 0.7


def test_effects_of_months_are_found():
    rng = np.random.default_rng(4)
    month = np.arange(24240 + 5, 24240 + 5 + 48)
    effect = np.array([0.5, 0, 0, 0, 0, 0, 0, -0.7, 0, 0, 0, 0.2])
    expected = np.full(48, 4000.0)
    season = season_of(month, rng.poisson(expected * np.exp(effect[month % 12])).astype(float), expected)
    assert season.effects == pytest.approx(effect - effect.mean(), abs=0.05)
    assert season.farthest == 7
    assert season.p_value < 1e-12
