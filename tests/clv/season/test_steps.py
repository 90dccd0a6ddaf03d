"""Discounting in a season's time, against sums over its days one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._season.factors import factors_on
from clv._season.season import Season
from clv._season.steps import Steps, discounted_in_steps, gathered
from clv._values.lifetime_value import discounted_purchases
from rfm._days import as_day
from rfm.errors import DataError

CHRISTMAS = Season.from_factors(pd.Series([0.75] * 10 + [2.25] * 2, index=range(1, 13)))
BEGIN = as_day("2024-03-14", "begin")
LAWS = (
    clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426),
    clv.MBGNBD(r=0.525, alpha=6.18, a=0.891, b=1.614),
    clv.ParetoNBD(r=0.553, alpha=10.58, s=0.606, beta=11.67),
)


def day_by_day(law: clv.PurchaseLaw, season: Season, begin: int, days: int, delta: float) -> float:
    """Σ over the days of the purchases in them, each worth the mean of e^(−δt) over its day."""
    force = delta / 7
    factor = factors_on(season, begin + 1 + np.arange(days))
    reached = np.append(0.0, np.cumsum(factor)) / 7
    bought = np.diff(np.asarray(law.expected_purchases(reached)))
    worth = np.exp(-force * np.arange(days)) * (-np.expm1(-force) / force)
    return float(worth @ bought)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize(("days", "rate"), [(7, 0.1), (365, 0.1), (1_500, 1.0), (90, -0.3)])
def test_the_sum_over_days_is_that_of_the_nodes(law: clv.PurchaseLaw, days: int, rate: float) -> None:
    delta = np.log1p(rate) * 7 / 365.25
    found = discounted_in_steps(law, Steps(CHRISTMAS, BEGIN, float(days), 7.0), delta)
    assert found == pytest.approx(day_by_day(law, CHRISTMAS, BEGIN, days, delta), rel=1e-9)


def test_customers_have_the_same_nodes_as_alone() -> None:
    members = LAWS[0].posterior(
        np.array([0.0, 3.0, 40.0]), np.array([0.0, 20.0, 50.0]), np.array([1.0, 30.0, 52.0])
    )
    found = discounted_in_steps(members, Steps(CHRISTMAS, BEGIN, 400.0, 7.0), 0.0018)
    alone = [
        day_by_day(LAWS[0].posterior(x, t, T), CHRISTMAS, BEGIN, 400, 0.0018)
        for x, t, T in ((0, 0, 1), (3, 20, 30), (40, 50, 52))
    ]
    assert found == pytest.approx(alone, rel=1e-9)


def test_an_endless_horizon_repeats_the_cycle() -> None:
    law, delta = LAWS[2], np.log(2.0) * 7 / 365.25
    years = day_by_day(law, CHRISTMAS, BEGIN, 30 * 365, delta)  # after them money is worth 1e-9
    endless = float(discounted_in_steps(law, Steps(CHRISTMAS, BEGIN, np.inf, 7.0), delta))
    assert endless == pytest.approx(years, rel=1e-8)


@pytest.mark.parametrize("rate", [0.01, 0.03])
def test_the_steps_of_cycles_after_a_thousand_years_agree_with_single_days(rate: float) -> None:
    """Of a Poisson process, M(c) = λc, the sum over days is that of the factors times the discount."""
    delta = np.log1p(rate) / 365.25
    reached, worth = Steps(CHRISTMAS, BEGIN, np.inf, 1.0).worth(delta)
    day = np.arange(2_000_000)  # 5,475 years
    exact = (factors_on(CHRISTMAS, BEGIN + 1 + day) * np.exp(-delta * day)).sum() * (
        -np.expm1(-delta) / delta
    )
    assert worth @ np.diff(np.append(0.0, reached)) == pytest.approx(exact, rel=1e-8)


def test_without_waves_it_is_the_integral_of_continuous_time() -> None:
    flat = Season.from_factors(pd.Series(1.0, index=range(1, 13)))
    law, delta = LAWS[2], 0.0018
    found = float(discounted_in_steps(law, Steps(flat, BEGIN, 364.0, 7.0), delta))
    assert found == pytest.approx(float(discounted_purchases(law, 52.0, delta)), rel=1e-6)


def test_orders_are_worth_less_the_later_the_season() -> None:
    early = Season.from_factors(pd.Series([2.0, *[1.0] * 11], index=range(1, 13)))
    late = Season.from_factors(pd.Series([*[1.0] * 11, 2.0], index=range(1, 13)))
    start = as_day("2023-12-31", "begin")
    worth = [
        float(discounted_in_steps(LAWS[0], Steps(season, start, 366.0, 7.0), 0.02))
        for season in (early, late)
    ]
    assert worth[0] > worth[1]


def test_a_part_of_a_day_counts_as_such() -> None:
    assert Steps(CHRISTMAS, BEGIN, 1.5, 1.0).length == pytest.approx(0.75 * 1.5)
    assert Steps(CHRISTMAS, BEGIN, 0.0, 1.0).length == 0.0
    assert float(discounted_in_steps(LAWS[0], Steps(CHRISTMAS, BEGIN, 0.0, 7.0), 0.01)) == 0.0


def test_the_calendar_is_found_again_from_the_seasons_time() -> None:
    steps = Steps(CHRISTMAS, BEGIN, 365.0, 7.0)
    assert steps.units_of_calendar(steps.reached) == pytest.approx(steps.ends / 7)


def test_an_endless_horizon_needs_a_discount() -> None:
    with pytest.raises(DataError, match="infinite without discounting"):
        discounted_in_steps(LAWS[0], Steps(CHRISTMAS, BEGIN, np.inf, 7.0), 0.0)


def test_few_nodes_carry_many_places() -> None:
    place, weights = np.linspace(0.1, 900, 5_000), np.linspace(1, 2, 5_000)
    nodes, carried = gathered(place, weights, 3.0)
    assert len(nodes) < 100
    for function in (np.log1p, np.sqrt, lambda c: (1 + c / 3.0) ** -0.7):
        values = function(place / 3.0 + 1) if function is np.sqrt else function(place)
        at = function(nodes / 3.0 + 1) if function is np.sqrt else function(nodes)
        assert at @ carried == pytest.approx(values @ weights, rel=1e-6 if function is np.log1p else 1e-9)
