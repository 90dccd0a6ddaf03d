"""Members of a law: what is counted of their purchases, and lives and rates as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clv._laws.simulation import Simulation, bg_bb_members, pareto_nbd_members

MANY = 20_000


def test_purchases_in_any_order_are_counted_by_customer():
    found = Simulation.of_times(
        [3.0, 1.0, 2.0, 5.0], [2, 0, 2, 0], T=[6.0, 7.0, 8.0], alive=[True, False, True]
    )
    assert found.times.tolist() == [1, 5, 2, 3]
    assert found.customer.tolist() == [0, 0, 2, 2]
    assert [column.tolist() for column in (found.x, found.t_x, found.T)] == [[2, 0, 2], [5, 0, 3], [6, 7, 8]]
    assert found.alive.tolist() == [True, False, True]
    assert Simulation.of_times([], [], T=[4.0]).alive.tolist() == [True]


def test_without_dropout_purchases_are_negative_binomial():
    found = pareto_nbd_members(np.full(MANY, 8.0), 0.8, 4.0, 1e-9, 1e9, np.random.default_rng(0))
    known = stats.nbinom(0.8, 4.0 / (4.0 + 8.0))
    share = np.bincount(found.x.astype(int), minlength=4)[:4] / MANY
    assert share == pytest.approx(known.pmf(range(4)), abs=4 * 0.5 / np.sqrt(MANY))
    assert found.alive.all()
    assert stats.kstest(found.times, stats.uniform(0, 8).cdf).statistic < 1.63 / np.sqrt(len(found.times))


def test_lives_are_pareto():
    """P(alive at T) = (β/(β + T))^s; with a high and known rate the last purchase tells the end of a life."""
    T = np.full(2_000, 5.0)
    found = pareto_nbd_members(T, 1e6, 2e4, 1.5, 4.0, np.random.default_rng(1))
    assert found.alive.mean() == pytest.approx((4 / 9) ** 1.5, abs=4 * 0.5 / np.sqrt(2_000))
    ended = found.t_x[~found.alive]
    within = (1 - (4 / (4 + 2.0)) ** 1.5) / (1 - (4 / 9) ** 1.5)
    assert (ended < 2.0).mean() == pytest.approx(within, abs=0.05)
    assert (found.t_x <= T).all()


def test_coins_fall_in_every_period_of_a_life():
    found = bg_bb_members(np.full(MANY, 6.0), 2.0, 3.0, 1.0, 4.0, np.random.default_rng(2))
    # P(alive after n periods) = E (1 − θ)^n, θ a Beta(1, 4) variable
    assert found.alive.mean() == pytest.approx(4 / (4 + 6), abs=4 * 0.5 / np.sqrt(MANY))
    in_period = np.bincount(found.times.astype(int), minlength=7)[1:] / MANY
    alive = 4 / (4 + np.arange(1, 7))
    assert in_period == pytest.approx(0.4 * alive, abs=4 * 0.5 / np.sqrt(MANY))
    assert set(found.times.tolist()) == {1, 2, 3, 4, 5, 6}
