"""How sure P(alive) and a customer's mean order are, against brute force and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clv
import rfm
from clv._fits.posterior import SPREAD, laws_apart
from clv._values.knowledge_intervals import alive_bounds, order_bounds

SPEND = clv.GammaGamma(6.25, 3.74, 15.44)
CREDIBILITY = clv.CredibilitySpend(35.0, 0.5, 2.0)


@pytest.mark.nightly
@pytest.mark.parametrize("law", ["mbg-nbd", "pareto-nbd", "mbg-cnbd-2"])
def test_bounds_of_p_alive_are_those_of_many_draws_whatever_the_seed(cdnow_summary, law):
    model = clv.fit_summary(cdnow_summary, law, end="1997-09-30")
    found = model.predict("39W", interval=0.9)
    draws = [drawn for drawn, _ in model._draws(SPREAD, 5, model.end)]
    x, t_x, T = (cdnow_summary[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    alive = np.array([drawn.p_alive(x, t_x, T) for drawn in draws])
    low, high = np.quantile(alive, [0.05, 0.95], axis=0)
    width, doubtful = high - low, high - low > 0.001
    assert (found["p_alive_low"] <= found["p_alive"]).all()
    assert (found["p_alive"] <= found["p_alive_high"]).all()
    for bound, exact in (("p_alive_low", low), ("p_alive_high", high)):
        off = np.abs(found[bound].to_numpy() - exact)
        assert (off[doubtful] / width[doubtful]).mean() < 0.1
        assert off.max() < 0.03
    again = model.predict("39W", interval=0.9, seed=9)
    known = ["p_alive_low", "p_alive_high", "expected_spend_low", "expected_spend_high"]
    known = [name for name in known if name in found]
    np.testing.assert_array_equal(again[known], found[known])


def test_a_loaded_model_has_the_same_bounds_after_a_silence(tmp_path):
    season = clv.Season.from_factors(pd.Series(np.linspace(0.8, 1.2, 12), index=range(1, 13)))
    model = clv.fit(rfm.datasets.cdnow_sample(), "mbg-nbd", end="1997-09-30", season=season)
    model.save(tmp_path / "model.json")
    asked = {"horizon": "39W", "interval": 0.8, "as_of": "1997-12-31"}
    found, again = (
        one.predict(customers=model.customers, **asked) for one in (model, clv.load(tmp_path / "model.json"))
    )
    known = ["p_alive", "p_alive_low", "p_alive_high", "expected_spend_low", "expected_spend_high"]
    np.testing.assert_allclose(again[known], found[known], rtol=1e-9)
    assert (found["p_alive_low"] < found["p_alive"]).all()
    today = model.predict("39W", interval=0.8)
    assert (found["p_alive_high"] < today["p_alive_high"]).all()


def test_covariates_have_their_own_doubt(cdnow_summary):
    """Of few customers with a covariate less is known."""
    table = cdnow_summary.assign(rare=np.where(np.arange(len(cdnow_summary)) % 8 == 0, "yes", "no"))
    options = {"covariates": table[["customer_id", "rare"]], "purchase": "rare", "dropout": "rare"}
    model = clv.fit_summary(cdnow_summary, "mbg-nbd", end="1997-09-30", **options)
    found = model.predict("39W", interval=0.9)
    apart = np.log(found["p_alive_high"] / (1 - found["p_alive_high"])) - np.log(
        found["p_alive_low"] / (1 - found["p_alive_low"])
    )
    rare = (table["rare"] == "yes").to_numpy()
    assert apart[rare].mean() > 1.5 * apart[~rare].mean()


def test_nobody_is_in_doubt_where_the_law_has_no_doubt(cdnow_summary):
    found = clv.fit_summary(cdnow_summary).predict("39W", interval=0.9)
    once = cdnow_summary["frequency"] == 0
    assert (found.loc[once, "p_alive_low"] == 1).all()
    assert (found.loc[~once, "p_alive_low"] < 1).all()


def test_doubt_is_a_sum_over_directions():
    law = clv.BGNBD(0.25, 4.4, 0.8, 2.4)
    apart = [(clv.BGNBD(0.2, 4.4, 0.8, 2.4), clv.BGNBD(0.3, 4.4, 0.8, 2.4))]
    apart += [(clv.BGNBD(0.25, 4.4, 0.7, 2.4), clv.BGNBD(0.25, 4.4, 0.9, 2.4))]
    history = 2.0, 10.0, 30.0
    low, high = alive_bounds(law, apart, *(np.array([value]) for value in history), 0.9)

    def odds(p):
        return np.log(p / (1 - p))

    halves = [(odds(b.p_alive(*history)) - odds(a.p_alive(*history))) / 2 for a, b in apart]
    half = stats.norm.ppf(0.95) * np.hypot(*halves)
    assert odds(low) == pytest.approx(odds(law.p_alive(*history)) - half)
    assert odds(high) == pytest.approx(odds(law.p_alive(*history)) + half)


def test_a_laws_spread_is_the_covariance_of_its_estimates(cdnow_summary):
    fit = clv.fit_law(clv.BGNBD, cdnow_summary)
    halves = np.array([(b.log_parameters - a.log_parameters) / 2 for a, b in laws_apart(fit)])
    np.testing.assert_allclose(halves.T @ halves, fit.log_covariance, rtol=1e-8, atol=1e-12)


def test_the_doubt_of_the_spend_law_widens_the_bounds():
    """As a mean of quantiles over draws of its parameters would, to the first order."""
    apart = [(clv.GammaGamma(6.25, 3.2, 15.44), clv.GammaGamma(6.25, 4.3, 15.44))]
    orders, m = np.array([0.0, 4.0]), np.array([0.0, 30.0])
    sure, doubtful = (np.array(order_bounds(SPEND, pairs, orders, m, 0.9)) for pairs in ((), apart))
    middles = [np.log(order_bounds(law, (), orders, m, 0.9)).mean(axis=0) for law in apart[0]]
    half = np.hypot(np.log(sure[1] / sure[0]) / 2, stats.norm.ppf(0.95) * np.abs(middles[1] - middles[0]) / 2)
    assert np.log(doubtful[1] / doubtful[0]) / 2 == pytest.approx(half)
    assert (doubtful[1] / doubtful[0] > sure[1] / sure[0]).all()


@pytest.mark.parametrize("orders", [0, 1, 6])
def test_a_mean_order_lies_between_its_bounds(orders):
    """Of simulated customers with known orders, as many own means lie in their intervals as these say."""
    rng = np.random.default_rng(orders)
    n = 20_000
    nu = rng.gamma(SPEND.q, 1 / SPEND.gamma, n)
    known = rng.gamma(SPEND.p, 1 / nu, (max(orders, 1), n)).mean(axis=0) if orders else np.zeros(n)
    low, high = order_bounds(SPEND, (), np.full(n, float(orders)), known, 0.8)
    own = SPEND.p / nu
    assert ((low <= own) & (own <= high)).mean() == pytest.approx(0.8, abs=0.01)
    assert (own < low).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("law", [CREDIBILITY, clv.ConstantSpend(30.0)], ids=lambda law: law.name)
def test_other_laws_of_spend_have_bounds(law):
    orders, m = np.array([0.0, 1.0, 9.0]), np.array([0.0, 20.0, 20.0])
    low, high = order_bounds(law, (), orders, m, 0.9)
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
