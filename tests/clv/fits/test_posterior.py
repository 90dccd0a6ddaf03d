"""Pairs of laws from the posterior: reproducible by seed, and valid laws for any fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.fit_law import Fit
from clv._fits.posterior import MIXED, SPREAD, TRUSTED, WIDEST, Budget, Posterior, draw_pairs, laplace_laws
from clv._fits.spend_fit import expecting, given_price


@pytest.fixture(scope="module")
def model():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


def fit_of(law, log_covariance):
    covariance = np.asarray(log_covariance, dtype=float)
    return Fit(law, covariance, covariance, -1.0, 100, True, False)


def test_the_seed_decides(model):
    few = model.customers.iloc[::30]
    one, same, other = (draw_pairs(model.purchases, model.spend, few, 8, seed) for seed in (0, 0, 1))
    assert one == same
    assert one.pairs != other.pairs
    assert one.warnings == ()


def test_draws_without_customers_say_so_and_agree_where_the_data_are_many(model):
    drawn, normal = (
        draw_pairs(model.purchases, model.spend, customers, 200, 0) for customers in (model.customers, None)
    )
    assert "normal approximation around the estimates" in normal.warnings[0]
    for k, name in ((0, "r"), (0, "alpha"), (1, "q")):
        logs = [np.log([getattr(pair[k], name) for pair in each.pairs]) for each in (drawn, normal)]
        assert logs[1].mean() == pytest.approx(logs[0].mean(), abs=0.5 * logs[0].std())
        assert logs[1].std() == pytest.approx(logs[0].std(), rel=0.3)


def test_doubtful_weights_are_told(model, monkeypatch):
    monkeypatch.setattr("clv._fits.posterior.TRUSTED", -10.0)
    doubted = draw_pairs(model.purchases, model.spend, model.customers, 8, 0)
    assert [text.partition(":")[0] for text in doubted.warnings] == ["bg-nbd", "gamma-gamma"]
    assert "miss part of the uncertainty (Pareto k = " in doubted.warnings[0]
    assert TRUSTED == 0.7


def test_a_sample_has_different_pairs_of_the_whole(model):
    whole = draw_pairs(model.purchases, model.spend, None, 20, 0)
    some = whole.sample(5, seed=3)
    assert len(set(map(id, some.pairs))) == 5
    assert all(any(pair is held for held in whole.pairs) for pair in some.pairs)
    assert some == whole.sample(5, seed=3)
    assert some.warnings == whole.warnings
    for count in (20, 21, 1000):
        assert whole.sample(count, seed=3) is whole


def test_normal_draws_have_the_covariance_of_the_fit():
    covariance = np.array([[0.3, 0.2, 0.0], [0.2, 0.4, -0.1], [0.0, -0.1, 0.5]])
    laws = laplace_laws(fit_of(clv.GammaGamma(6.0, 4.0, 15.0), covariance), 8_000, np.random.default_rng(0))
    logs = np.array([law.log_parameters for law in laws])
    np.testing.assert_allclose(np.cov(logs.T), covariance, atol=0.02)
    np.testing.assert_allclose(logs.mean(axis=0), np.log([6.0, 4.0, 15.0]), atol=0.02)


def test_a_flat_direction_is_no_further_than_the_weak_priors():
    direction = np.array([1.0, 1.0, 0.0, 0.0]) / np.sqrt(2)
    covariance = 1e5 * np.outer(direction, direction) + 0.01 * np.eye(4)
    law = clv.BGNBD(1e10, 1e11, 0.5, 2.0)
    logs = np.array(
        [
            drawn.log_parameters
            for drawn in laplace_laws(fit_of(law, covariance), 5_000, np.random.default_rng(1))
        ]
    )
    away = logs - law.log_parameters
    assert (away @ direction).std() == pytest.approx(WIDEST, rel=0.05)
    assert (away[:, 0] - away[:, 1]).std() == pytest.approx(np.sqrt(0.02), rel=0.05)  # the mean rate is known


@pytest.mark.parametrize("parameter", [1e-307, 1e-30, 1.0, 1e30, 1e307])
@pytest.mark.parametrize("variance", [0.0, 1.0, 1e5, 1e300])
def test_every_normal_draw_is_a_law(parameter, variance):
    fit = fit_of(clv.MBGNBD(*[parameter] * 4), variance * np.eye(4))
    laws = laplace_laws(fit, 200, np.random.default_rng(2))
    assert np.isfinite([law.log_parameters for law in laws]).all()


def test_a_posterior_holds_laws_and_no_customers(model):
    drawn = draw_pairs(model.purchases, model.spend, model.customers.iloc[::30], 2, 0)
    assert isinstance(drawn, Posterior)
    assert not any(isinstance(value, pd.DataFrame) for value in vars(drawn).values())


def test_more_customers_need_fewer_draws_within_bounds():
    budget = Budget(work=6_000.0, least=4, most=64)
    assert [budget.draws(customers) for customers in (0, 1, 93, 94, 600, 1_500, 10**9)] == [
        64,
        64,
        64,
        63,
        10,
        4,
        4,
    ]
    assert (MIXED.draws(100), MIXED.draws(10**6)) == (24, 4)
    assert (SPREAD.draws(100), SPREAD.draws(10**6)) == (900, 100)


def test_a_spend_law_with_nothing_to_be_drawn_is_the_same_in_every_pair(model):
    price = given_price(20.0, 2_357)
    for spend, law in ((None, None), (price, price.law)):
        pairs = draw_pairs(model.purchases, spend, None, 5, 0).pairs
        assert [of_spend for _, of_spend in pairs] == [law] * 5
        assert len({purchases.log_parameters[0] for purchases, _ in pairs}) == 5


def test_what_a_model_expects_with_is_the_spend_law_with_a_finite_mean(model):
    """Whatever was drawn beside it: none without a spend law, the price where it was given."""
    drawn = draw_pairs(model.purchases, model.spend, None, 3, 0)
    price = given_price(20.0, 2_357)
    assert drawn.expecting(None) == tuple((law, None) for law, _ in drawn.pairs)
    assert drawn.expecting(price) == tuple((law, price.law) for law, _ in drawn.pairs)
    endless = Posterior(((model.purchases.law, clv.GammaGamma(6.0, 0.9, 15.0)), (model.purchases.law, None)))
    [(_, finite), (_, absent)] = endless.expecting(model.spend)
    assert absent is None
    assert 0 < finite.expected_spend() < np.inf
    [(_, at_estimate)] = Posterior(((model.purchases.law, model.spend.law),)).expecting(model.spend)
    assert at_estimate == expecting(model.spend)
