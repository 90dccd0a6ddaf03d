"""Simulated spend by cohort and age: that of all customers, also where a sample is simulated."""

import numpy as np
import pytest

import clv
from clv._payback import ahead as module
from clv._payback.ahead import Ahead, order_of, spend_ahead
from clv._segment_forecast.futures import Future
from clv._segment_forecast.timeline import Timeline
from clv._values.simulated_future import Base

LAW, SPEND = clv.BGNBD(0.5, 6.0, 0.8, 3.0), clv.GammaGamma(6.25, 3.74, 15.44)


def cohorts(n=400, kept=None):
    rng = np.random.default_rng(1)
    x = rng.poisson(1.5, n).astype(float)
    T = rng.integers(5, 40, n).astype(float)
    t_x = np.where(x > 0, rng.random(n) * T, 0.0)
    base = Base(
        x, t_x, T, np.where(x > 0, 20.0 + rng.random(n), 0.0), None if kept is None else np.full(n, kept)
    )
    code = (rng.random(n) < 0.1).astype(np.int64)
    rows = order_of(base, code, (7 * T).astype(np.int64), (LAW, SPEND), 52.0)
    base, code = base.take(rows), code[rows]
    edges = np.array([0.0, 91.0, 364.0])
    line = Timeline(LAW, base, edges, edges / 7, 7.0, False)
    return Ahead(line, code, (7 * base.T).astype(np.int64), np.array([100, 200, 364]), 2)


def futures(count, purchases=1.0, money=1.0):
    factors = np.array([[purchases] * 2, [money] * 2])
    return [Future((LAW, SPEND), (LAW, SPEND), factors, np.ones(2))] * count


def expected(ahead):
    """By each customer's own time to the end of an age."""
    base = ahead.line.base
    spent = SPEND.expected_spend(*base.spent) * (1.0 if base.kept is None else base.kept)
    alive = LAW.p_alive(base.x, base.t_x, base.T) * spent
    members = LAW.posterior(base.x, base.t_x, base.T)
    found = []
    for end in ahead.ends:
        each = alive * members.expected_purchases(np.maximum(end - 1 - ahead.age, 0) / 7)
        found.append(np.bincount(ahead.code, weights=each, minlength=ahead.cohorts))
    return np.array(found).T


@pytest.mark.parametrize("kept", [None, 0.8])
def test_the_mean_is_what_the_law_expects(kept):
    ahead = cohorts(kept=kept)
    found = spend_ahead(ahead, futures(200), np.random.default_rng(2))
    assert found.shape == (200, 2, 3)
    assert (np.diff(found, axis=2) >= 0).all()
    error = found.std(axis=0) / np.sqrt(200)
    assert (np.abs(found.mean(axis=0) - expected(ahead)) < 4 * error + 1e-9).all()


def test_common_errors_are_factors():
    ahead = cohorts()
    plain = spend_ahead(ahead, futures(200), np.random.default_rng(2)).mean(axis=0)[:, -1]
    more = spend_ahead(ahead, futures(200, 1.2, 1.2), np.random.default_rng(2)).mean(axis=0)[:, -1]
    dearer = spend_ahead(ahead, futures(200, 1.0, 1.5), np.random.default_rng(2)).mean(axis=0)[:, -1]
    np.testing.assert_allclose(more / plain, 1.2, rtol=0.08)
    np.testing.assert_allclose(dearer / plain, 1.5, rtol=1e-9)


def test_samples_of_large_cohorts_have_the_mean_and_spread_of_all(monkeypatch):
    every = spend_ahead(cohorts(1_000), futures(200), np.random.default_rng(3))[:, :, -1]
    monkeypatch.setattr(module, "MOST_SIMULATED", 300)
    some = spend_ahead(cohorts(1_000), futures(200), np.random.default_rng(4))[:, :, -1]
    np.testing.assert_allclose(some.mean(axis=0), every.mean(axis=0), rtol=0.05)
    np.testing.assert_allclose(some.std(axis=0), every.std(axis=0), rtol=0.2)
