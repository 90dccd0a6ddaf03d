"""Futures of a sample of a large base have the spread of the whole one."""

import numpy as np
import pytest

import clv
import rfm
from clv._segment_forecast import futures
from clv._segment_forecast.facts import Facts
from clv._segment_forecast.futures import Future, Shop, counted
from clv._segment_forecast.newcomers import Newcomers
from clv._segment_forecast.segment_rules import SegmentRules
from clv._segment_forecast.timeline import Timeline
from clv._values.simulated_future import Base

LAW = clv.MBGNBD(r=0.6, alpha=8.0, a=0.7, b=2.5)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
DAYS = np.array([0.0, 91.0, 182.0])


def shop(n=1_000, **options):
    """Customers of one age, in the order of their histories."""
    made = LAW.simulate(np.full(n, 40.0), np.random.default_rng(2))
    order = np.lexsort((made.t_x, made.x))
    x, t_x = made.x[order], made.t_x[order]
    base = Base(x, t_x, np.full(n, 40.0), np.full(n, 30.0))
    recency = np.floor(7 * (40 - t_x)).astype(np.int64)
    money = 30.0 * (x + 1)
    today = Facts(recency, (x + 1).astype(np.int64), money, 0 * money, np.full(n, 30.0), np.arange(n))
    made = {"customer_id": np.arange(n), "recency": recency, "orders": today.orders, "spend": money}
    summary = (
        rfm.summarize(rfm.datasets.cdnow_sample()).iloc[:n].reset_index(drop=True).assign(**made, refunds=0.0)
    )
    rules = SegmentRules(rfm.Scheme.load("value"), rfm.Scorer.fit(summary), summary)
    return Shop(base, today, rules, Timeline(LAW, base, DAYS, DAYS / 7, 7.0, False), **options)


def futures_of(count, factors=None):
    laws = (LAW, SPEND)
    factors = np.ones((count, 2, 2)) if factors is None else factors
    return [Future(laws, laws, each, np.ones(2)) for each in factors]


def spread(found):
    """Standard deviations as the bounds have them, (dates, segments)."""
    return found.customers.std(axis=0) * found.narrower


@pytest.mark.parametrize("shocks", [0.0, pytest.param(0.3, marks=pytest.mark.slow)])
def test_a_sample_has_the_means_and_the_spread_of_all(monkeypatch, shocks):
    drawn = np.exp(shocks * np.random.default_rng(0).standard_normal((400, 1, 1))) * np.ones((400, 2, 2))
    whole = counted(shop(), futures_of(400, drawn), np.random.default_rng(1))
    assert (whole.narrower == 1).all()
    monkeypatch.setattr(futures, "MOST_SIMULATED", 250)
    part = counted(shop(), futures_of(400, drawn), np.random.default_rng(1))
    assert (part.customers.sum(axis=2) == 1_000).all()
    error = 4 * part.customers.std(axis=0) / np.sqrt(400)
    assert (np.abs(part.customers.mean(axis=0) - whole.customers.mean(axis=0)) < error).all()
    np.testing.assert_allclose(spread(part), spread(whole), rtol=0.3)
    assert spread(part).sum() == pytest.approx(spread(whole).sum(), rel=0.12)


def test_newcomers_of_a_sample(monkeypatch):
    monkeypatch.setattr(futures, "MOST_SIMULATED", 250)
    found = counted(shop(newcomers=Newcomers(30.0)), futures_of(80), np.random.default_rng(1))
    totals = found.customers.sum(axis=2)
    np.testing.assert_allclose(totals.mean(axis=0), 1_000 + 30 * np.array([13, 26]), rtol=0.015)
    assert (found.narrower < 0.8).all()


def test_more_purchases_make_more_good_customers():
    few, usual, many = (
        counted(shop(), futures_of(40, np.full((40, 2, 2), factor)), np.random.default_rng(1)).customers.mean(
            axis=0
        )
        for factor in (0.5, 1.0, 2.0)
    )
    assert (few[:, 0] < usual[:, 0]).all()
    assert (usual[:, 0] < many[:, 0]).all()
