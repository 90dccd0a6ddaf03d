"""A future's own time: customers then buy so many times what the law expects; days are those of the calendar."""

import numpy as np
import pytest

import clv
from clv._season.clock import Clock
from clv._segment_forecast.timeline import Timeline
from clv._values.forecast import expected_by_period
from clv._values.simulated_future import Base

LAW = clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
DAYS = np.array([0.0, 91.0, 182.0])


def base(n=50):
    rng = np.random.default_rng(3)
    T = rng.uniform(20, 60, n)
    made = LAW.simulate(T, rng)
    return Base(made.x, made.t_x, T, np.zeros(n))


def test_expected_purchases_are_multiplied_by_the_factors():
    line = Timeline(LAW, base(), DAYS, DAYS / 7, 7.0, False)
    usual, _ = expected_by_period(LAW, None, base(), DAYS / 7)
    for factors in ([1.3, 0.8], [0.5, 0.5], [2.0, 1.0]):
        own = line.own(np.array(factors), np.ones(2))
        found, _ = expected_by_period(LAW, None, base(), own.reached)
        np.testing.assert_allclose(found / usual, factors, rtol=2e-3)


def test_without_errors_its_time_is_the_laws():
    line = Timeline(LAW, base(), DAYS, DAYS / 7, 7.0, False)
    np.testing.assert_array_equal(line.own(np.ones(2), np.ones(2)).reached, DAYS / 7)
    longer = line.own(np.ones(2), np.array([1.5, 1.0]))
    np.testing.assert_allclose(longer.reached, [0, 19.5, 32.5])


def test_orders_fall_on_days():
    line = Timeline(LAW, base(), DAYS, DAYS / 7, 7.0, False)
    own = line.own(np.ones(2), np.array([2.0, 1.0]))  # the first quarter goes by in twice the time
    rng = np.random.default_rng(0)
    assert own.day(np.array([1e-9, 2 / 7, 26.0, 26.0 + 1 / 7, 39.0]), rng).tolist() == [1, 1, 91, 92, 182]


def test_days_of_a_season():
    season = clv.Season.from_factors({f"2024-01-{day:02d}": 3.0 for day in range(1, 11)})
    clock = Clock(season, 19_722, 7.0)  # 2023-12-31
    steps = clock.steps(clock.end, 182.0)
    line = Timeline(LAW, base(), DAYS, clock.ahead(clock.end, DAYS), 7.0, False, steps)
    days = np.array([1.0, 5.0, 10.0, 60.0, 182.0])
    own = line.own(np.ones(2), np.ones(2))
    found = own.day(clock.ahead(clock.end, days), np.random.default_rng(0))
    np.testing.assert_array_equal(found, days)


@pytest.mark.parametrize("factor", [1.0, 1.2, 0.7])
def test_whole_periods(factor):
    law = clv.BGBB(1.2, 0.75, 0.66, 2.8)
    known = Base(np.array([3.0, 0.0]), np.array([6.0, 0.0]), np.array([6.0, 6.0]), np.zeros(2))
    edges = np.array([0.0, 3.0, 6.0])
    line = Timeline(law, known, 30.0 * edges, edges, 30.0, True)
    own = line.own(np.full(2, factor), np.ones(2))
    assert own.horizon == np.ceil(own.reached[-1])
    days = own.day(np.tile([1.0, own.horizon], 2_000), np.random.default_rng(0))
    assert days.min() == 1
    assert days.max() <= 181  # one after the horizon is not counted
    if factor == 1.0:
        assert days[::2].max() == 30
        assert days[1::2].min() >= 150
        assert days.max() == 180
