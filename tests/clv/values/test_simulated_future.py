"""A future of the base: as many living customers, orders and amounts as the laws say, and whose they are."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.bg_nbd import BGNBD
from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from clv._values.simulated_future import Base, simulate_future

LAW = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
MANY = 20_000
ROWS = Base(
    x=np.array([2.0, 9.0, 4.0]),
    t_x=np.array([30.0, 38.0, 5.0]),
    T=np.array([38.0, 39.0, 39.0]),
    m=np.array([22.35, 40.0, 10.0]),
    kept=np.array([1.0, 0.5, 0.9]),
)


@pytest.fixture(scope="module")
def future():
    return simulate_future(LAW, SPEND, ROWS.take(np.arange(3).repeat(MANY)), 26.0, np.random.default_rng(0))


def test_customers_buy_as_often_as_the_law_expects(future):
    counts = np.bincount(future.customer, minlength=3 * MANY).reshape(3, MANY)
    expected = LAW.conditional_expected_purchases(26.0, ROWS.x, ROWS.t_x, ROWS.T)
    assert (np.abs(counts.mean(axis=1) - expected) < 4 * counts.std(axis=1) / np.sqrt(MANY)).all()
    none = LAW.conditional_pmf(0, 26.0, ROWS.x, ROWS.t_x, ROWS.T)
    assert (counts == 0).mean(axis=1) == pytest.approx(none, abs=4 * 0.5 / np.sqrt(MANY))
    assert ((future.time > 0) & (future.time <= 26)).all()


def test_orders_are_worth_what_is_kept_of_the_customers_own_mean(future):
    expected = SPEND.expected_spend(ROWS.x, ROWS.m) * ROWS.kept
    of = future.customer // MANY
    for row in range(3):
        amounts = future.amount[of == row]
        assert amounts.mean() == pytest.approx(expected[row], rel=0.03)


def test_without_a_spend_law_orders_are_worth_nothing():
    future = simulate_future(LAW, None, ROWS, 26.0, np.random.default_rng(1))
    assert len(future.time)
    assert not future.amount.any()


def test_what_is_kept_is_each_customers_own():
    future = simulate_future(LAW, ConstantSpend(10.0), ROWS, 200.0, np.random.default_rng(2))
    assert future.amount.tolist() == (10 * ROWS.kept[future.customer]).tolist()
    assert len(set(future.customer.tolist())) > 1
    whole = Base(ROWS.x, ROWS.t_x, ROWS.T, ROWS.m)
    assert (
        simulate_future(LAW, ConstantSpend(10.0), whole, 200.0, np.random.default_rng(2)).amount == 10
    ).all()


def test_some_customers_with_all_that_is_known_of_them():
    some = ROWS.take(np.array([2, 0]))
    assert [column.tolist() for column in (some.x, some.t_x, some.T, some.m, some.kept)] == [
        [4, 2],
        [5, 30],
        [39, 38],
        [10, 22.35],
        [0.9, 1],
    ]
    assert len(some) == 2
    assert Base(ROWS.x, ROWS.t_x, ROWS.T, ROWS.m).take(np.array([1])).kept is None
    assert ROWS.net(np.full(3, 100.0)).tolist() == [100, 50, 90]
    assert ROWS.net(np.full(2, 100.0), np.array([1, 1])).tolist() == [50, 50]


def test_the_order_of_customers_is_that_of_what_is_known_of_them():
    rng = np.random.default_rng(3)
    base = Base(*(rng.integers(0, 2, 60).astype(float) for _ in range(5)))
    group = rng.integers(0, 3, 60)
    known = [group, base.x, base.T, base.t_x, base.m, base.kept]
    rows = sorted(range(60), key=lambda row: [column[row] for column in known])
    in_order = [column[base.order(group)].tolist() for column in known]
    assert in_order == [column[rows].tolist() for column in known]
    shuffled = rng.permutation(60)
    again = base.take(shuffled)
    one, other = base.take(base.order()), again.take(again.order())
    assert (one.m.tolist(), one.kept.tolist()) == (other.m.tolist(), other.kept.tolist())


def test_customers_without_an_order_have_no_amounts():
    """Also the last ones: few order in a week."""
    future = simulate_future(LAW, SPEND, ROWS.take(np.arange(3).repeat(400)), 1.0, np.random.default_rng(4))
    assert 0 < len(future.amount) == len(future.time) < 400
    assert (future.amount > 0).all()
