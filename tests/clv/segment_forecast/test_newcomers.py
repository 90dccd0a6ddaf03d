"""Customers to come: their rate, and what the law says of their orders."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid

import clv
from clv._segment_forecast.newcomers import Newcomers, as_newcomers
from clv._segment_forecast.timeline import Timeline
from clv._values.simulated_future import Base
from rfm.errors import DataError

LAW = clv.BGNBD(r=0.8, alpha=6.0, a=0.7, b=2.5)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
DAYS = np.array([0.0, 91.0, 364.0])
NONE = Base(*np.zeros((4, 0)))


def of_futures(newcomers, futures=300, factors=(1.0, 1.0), worth=(1.0, 1.0)):
    line = Timeline(LAW, Base(np.ones(1), np.ones(1), 9 * np.ones(1), np.ones(1)), DAYS, DAYS / 7, 7.0, False)
    own, rng = line.own(np.array(factors), np.ones(2)), np.random.default_rng(1)
    return [newcomers.of_future((LAW, SPEND), own, np.array(worth), 1.0, rng) for _ in range(futures)]


def test_they_come_at_the_rate_and_buy_as_the_law_says():
    found = of_futures(Newcomers(20.0, first_order=50.0, sent_back=0.1))
    counts = np.array([n for n, _ in found])
    assert counts.mean() == pytest.approx(20 * 52, abs=4 * np.sqrt(20 * 52 / 300))
    assert counts.var() == pytest.approx(20 * 52, rel=0.35)
    t = np.linspace(0, 52, 2001)
    later = float(trapezoid(LAW.expected_purchases(t), t) / 52)
    orders = sum(len(orders.day) for _, orders in found) / counts.sum()
    assert orders == pytest.approx(1 + later, rel=0.01)
    firsts = np.concatenate([
        orders.spend[np.unique(orders.customer, return_index=True)[1]] for _, orders in found
    ])  # fmt: skip
    assert firsts.mean() == pytest.approx(50, rel=0.02)
    spend, back = (np.concatenate([getattr(o, name) for _, o in found]) for name in ("spend", "refunds"))
    np.testing.assert_allclose(back, -0.1 * spend)


def test_orders_of_a_customer_come_in_order_of_time():
    for n, orders in of_futures(Newcomers(10.0), 5):
        assert (np.diff(orders.customer) >= 0).all()
        same = np.diff(orders.customer) == 0
        assert (np.diff(orders.day)[same] >= 0).all()
        assert (orders.day >= 1).all()
        assert (orders.day <= 364).all()
        assert n == len(np.unique(orders.customer))


def test_the_worth_of_orders_follows_the_factors():
    plain, dear = (of_futures(Newcomers(30.0), 60, worth=worth) for worth in ((1.0, 1.0), (1.0, 2.0)))
    for late, ratio in ((False, 1.0), (True, 2.0)):
        means = [
            np.concatenate([o.spend[(o.day > 91) == late] for _, o in found]).mean()
            for found in (plain, dear)
        ]
        assert means[1] / means[0] == pytest.approx(ratio)  # the same draws


def test_the_rate_of_the_last_year():
    first = pd.Series(pd.date_range("2023-01-01", "2024-12-29", freq="D")).repeat(3)
    today = pd.Timestamp("2024-12-29").to_datetime64().astype("datetime64[D]").astype(int)
    rate, shape = Newcomers.rate_of("last year", first, today, today - 728)
    assert rate == pytest.approx(21)
    assert shape == pytest.approx(364 * 3)  # as regular as can be: no more than chance
    assert Newcomers.rate_of(12.5, first, today, today - 728) == (12.5, np.inf)
    uneven = first[np.arange(len(first)) % 300 < 150]
    _, wide = Newcomers.rate_of("last year", uneven, today, today - 728)
    assert wide < shape / 10
    with pytest.raises(DataError, match="20 days"):
        Newcomers.rate_of("last year", first, today, today - 19)


@pytest.mark.parametrize("value", [-1, float("nan"), "last month", True, "20"])
def test_other_rates_are_refused(value):
    with pytest.raises(DataError, match="newcomers"):
        as_newcomers(value)
