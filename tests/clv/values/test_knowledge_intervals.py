"""How sure P(alive) and a customer's mean order are, against brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import clv
from clv._values.knowledge_intervals import alive_bounds, order_bounds

SPEND = clv.GammaGamma(6.25, 3.74, 15.44)
CREDIBILITY = clv.CredibilitySpend(35.0, 0.5, 2.0)


def test_bounds_of_p_alive_are_those_of_many_draws(cdnow_summary):
    model = clv.fit_summary(cdnow_summary, "pareto-nbd")
    found = model.predict("39W", interval=0.9)
    draws = [law for law, _ in model._draws(clv._fits.posterior.SPREAD, 5, model.end)]
    rows = cdnow_summary.iloc[:60]
    x, t_x, T = (rows[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    alive = np.array([law.p_alive(x, t_x, T) for law in draws])
    low, high = np.quantile(alive, [0.05, 0.95], axis=0)
    width = high - low
    assert (np.abs(found["p_alive_low"][:60] - low) < 0.5 * width + 1e-3).all()
    assert (np.abs(found["p_alive_high"][:60] - high) < 0.5 * width + 1e-3).all()
    ratio = (found["p_alive_high"] - found["p_alive_low"])[:60].mean() / width.mean()
    assert ratio == pytest.approx(1.0, abs=0.3)  # of 25 draws, by Student's t
    assert (found["p_alive_low"] <= found["p_alive"]).all()
    assert (found["p_alive"] <= found["p_alive_high"]).all()


def test_nobody_is_in_doubt_where_the_law_has_no_doubt(cdnow_summary):
    found = clv.fit_summary(cdnow_summary).predict("39W", interval=0.9)
    once = cdnow_summary["frequency"] == 0
    assert (found.loc[once, "p_alive_low"] == 1).all()
    assert (found.loc[~once, "p_alive_low"] < 1).all()


def test_few_draws_are_read_by_students_t():
    draws = [(clv.BGNBD(r, 4.4, 0.8, 2.4), None) for r in (0.2, 0.25, 0.3)]
    low, high = alive_bounds(draws, np.array([2.0]), np.array([10.0]), np.array([30.0]), 0.9)
    odds = np.array([np.log(p / (1 - p)) for p in (law.p_alive(2, 10.0, 30.0) for law, _ in draws)])
    apart = stats.t(2).ppf(0.95) * odds.std(ddof=1) * np.sqrt(4 / 3)
    assert np.log(low / (1 - low)) == pytest.approx(odds.mean() - apart)
    assert np.log(high / (1 - high)) == pytest.approx(odds.mean() + apart)


@pytest.mark.parametrize("orders", [0, 1, 6])
def test_a_mean_order_lies_between_its_bounds(orders):
    """Of simulated customers with known orders, as many own means lie in their intervals as these say."""
    rng = np.random.default_rng(orders)
    n = 20_000
    nu = rng.gamma(SPEND.q, 1 / SPEND.gamma, n)
    known = rng.gamma(SPEND.p, 1 / nu, (max(orders, 1), n)).mean(axis=0) if orders else np.zeros(n)
    low, high = order_bounds([(None, SPEND)], np.full(n, float(orders)), known, 0.8)
    own = SPEND.p / nu
    assert ((low <= own) & (own <= high)).mean() == pytest.approx(0.8, abs=0.01)
    assert (own < low).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("law", [CREDIBILITY, clv.ConstantSpend(30.0)], ids=lambda law: law.name)
def test_other_laws_of_spend_have_bounds(law):
    orders, m = np.array([0.0, 1.0, 9.0]), np.array([0.0, 20.0, 20.0])
    low, high = order_bounds([(None, law)], orders, m, 0.9)
    expected = law.expected_spend(orders, m)
    assert (low <= expected).all()
    assert (expected <= high).all()
    if law is CREDIBILITY:
        sd = (
            CREDIBILITY.within * np.asarray(expected) / np.sqrt(CREDIBILITY.k + orders)
        )  # of Bühlmann's own mean
        exact = stats.gamma((np.asarray(expected) / sd) ** 2, scale=sd**2 / np.asarray(expected)).ppf(
            [[0.05], [0.95]]
        )
        assert np.array([low, high]) == pytest.approx(exact, rel=1e-3)
    else:
        assert low == pytest.approx(high)
