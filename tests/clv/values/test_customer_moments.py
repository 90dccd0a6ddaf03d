"""Moments of customers against enumeration of the law's own distribution, closed forms and simulated futures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

import clv
from clv._laws.by_covariates import ByCovariates, Effect, Patterns
from clv._laws.constant_spend import ConstantSpend
from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.pareto_nbd import ParetoNBD
from clv._season.season import Season
from clv._season.steps import Steps
from clv._values.ahead_at_draws import AheadAtDraws
from clv._values.alike_members import Alike, smooth_in_age
from clv._values.customer_moments import customer_moments
from clv._values.order_moments import order_moments
from clv._values.simulated_future import Base, simulate_future

SPEND = GammaGamma(p=6.25, q=5.5, gamma=25.0)
LAWS = (
    clv.BGNBD(0.243, 4.414, 0.793, 2.426),
    clv.MBGNBD(0.525, 6.183, 0.891, 1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
    clv.GGompertzNBD(r=0.553, alpha=10.578, b=0.01, s=0.606, beta=1.2),
    clv.MBGCNBD.with_k(2)(0.525, 6.183, 0.891, 1.614),
    clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783),
)


def customers(law, count=400, seed=1):
    """Histories that could be the law's."""
    rng = np.random.default_rng(seed)
    T = rng.integers(6, 60, count).astype(float)
    x = np.minimum(rng.poisson(rng.gamma(0.7, 2.0, count)), 6 if law.discrete else 30).astype(float)
    t_x = np.where(x > 0, np.ceil(np.maximum(T * rng.random(count) ** 0.4, np.minimum(x, T))), 0.0)
    return Base(x, t_x, T, np.where(x > 0, rng.gamma(6.0, 5.0, count), 0.0), rng.uniform(0.8, 1.0, count))


def central(values):
    apart = values - values.mean(axis=0)
    return values.mean(axis=0), (apart**2).mean(axis=0), (apart**3).mean(axis=0)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_moments_of_purchases_are_those_of_the_laws_conditional_distribution(law):
    base = customers(law, 60)
    found = customer_moments(law, None, base, horizon=20.0)
    n = np.arange(21.0 if law.discrete else 700.0)
    pmf = law.conditional_pmf(n[:, None], 20.0, base.x, base.t_x, base.T)
    mean = n @ pmf
    np.testing.assert_allclose(found.mean[0], mean, rtol=2e-5)
    apart = n[:, None] - mean
    np.testing.assert_allclose(found.variance[0], (apart**2 * pmf).sum(axis=0), rtol=1e-4)
    np.testing.assert_allclose(found.third[0], (apart**3 * pmf).sum(axis=0), rtol=1e-3, atol=1e-4)
    assert not found.mean[1].any()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("delta", [0.0, 0.02])
def test_moments_of_value_are_those_of_simulated_futures(law, delta):
    """In sum over the customers, to three standard errors of the simulation and 1% of its own."""
    base, rng, futures = customers(law, 200), np.random.default_rng(2), 1_500
    found = customer_moments(law, SPEND, base, horizon=26.0, delta=delta, margin=0.5)
    many = base.take(np.tile(np.arange(len(base)), futures))
    future = simulate_future(law, SPEND, many, 26.0, rng)
    worth = 0.5 * future.amount * np.exp(-delta * future.time)
    each = np.bincount(future.customer, worth, len(many)).reshape(futures, -1)
    total = each.sum(axis=1)
    assert found.mean[1].sum() == pytest.approx(total.mean(), abs=3 * total.std() / np.sqrt(futures))
    # The variance of the sum is estimated best by the customers' own.
    own = central(each)
    error = np.sqrt((((each - own[0]) ** 2).sum(axis=1)).var() / futures)
    assert found.variance[1].sum() == pytest.approx(own[1].sum(), abs=3 * error + 0.01 * own[1].sum())
    cubes = ((each - own[0]) ** 3).sum(axis=1)
    assert found.third[1].sum() == pytest.approx(own[2].sum(), abs=4 * cubes.std() / np.sqrt(futures))


def test_a_season_discounts_orders_by_the_calendar():
    """Against simulated futures, in a year whose purchases fall into its last months."""
    law, rng, futures = LAWS[2], np.random.default_rng(4), 1_000
    season = Season.from_factors({month: 0.05 if month < 9 else 2.9 for month in range(1, 13)})
    steps = Steps(season, 10_226, 365.0, 7.0)  # 1998 from 1 January on
    base = customers(law, 150)
    found = customer_moments(law, SPEND, base, horizon=steps.length, delta=0.02, steps=steps)
    many = base.take(np.tile(np.arange(len(base)), futures))
    future = simulate_future(law, SPEND, many, steps.length, rng)
    worth = future.amount * np.exp(-0.02 * steps.units_of_calendar(future.time))
    each = np.bincount(future.customer, worth, len(many)).reshape(futures, -1)
    total, own = each.sum(axis=1), central(each)
    assert found.mean[1].sum() == pytest.approx(total.mean(), abs=3 * total.std() / np.sqrt(futures))
    error = np.sqrt((((each - own[0]) ** 2).sum(axis=1)).var() / futures)
    assert found.variance[1].sum() == pytest.approx(own[1].sum(), abs=3 * error + 0.01 * own[1].sum())
    early = customer_moments(law, SPEND, base, horizon=steps.length, delta=0.02)
    assert found.variance[1].sum() < 0.8 * early.variance[1].sum()


def test_customers_with_covariates_have_the_moments_of_their_own_laws():
    law = LAWS[0]
    by = ByCovariates(law, (Effect("purchase[web]", "purchase", 1, -1.0, "web"),), (0.7,), ("web",))
    light = GammaGamma(p=6.25, q=40.0, gamma=225.0)  # little is cut off, which depends on the base
    base = customers(law, 80)
    web = (np.arange(80) % 2).astype(float)
    whole = Base(**{**vars(base), "patterns": Patterns.of(web[:, None])})
    found = customer_moments(by, light, whole, horizon=26.0, delta=0.002)
    for value in (0.0, 1.0):
        rows = np.flatnonzero(web == value)
        own = clv.BGNBD(law.r, law.alpha * np.exp(-0.7 * value), law.a, law.b)
        alone = customer_moments(own, light, base.take(rows), horizon=26.0, delta=0.002)
        np.testing.assert_allclose(found.variance[0, rows], alone.variance[0], rtol=1e-8)
        np.testing.assert_allclose(found.variance[1, rows], alone.variance[1], rtol=1e-3)


def many_ages(count=400):
    """Customers with none and with three purchases, of a week to three years."""
    T = np.linspace(1.0, 150.0, count)
    return Base(
        np.repeat([0.0, 3.0], count), np.repeat([0.0, 1.0], count), np.tile(T, 2), np.zeros(2 * count)
    )


SMOOTH = [law for law in LAWS if smooth_in_age(law)]


@pytest.mark.parametrize("law", SMOOTH, ids=lambda law: law.name)
def test_between_the_nodes_the_law_is_as_good_as_asked(law):
    alike = Alike.exactly(law, many_ages())
    assert len(alike.nearly.x) < len(alike.x) / 20
    exact = np.asarray(alike.alive(law).expected_purchases(39.0))
    found = alike.nearly.spread(np.asarray(alike.nearly.alive(law).expected_purchases(39.0)))
    np.testing.assert_allclose(found, exact, rtol=2e-4)


@pytest.mark.parametrize("law", SMOOTH, ids=lambda law: law.name)
def test_near_the_fitted_law_few_nodes_are_asked(law):
    """Errors stay below some per cent of what a draw changes, and every kind is asked where they would not."""
    rng, asked = np.random.default_rng(7), []

    def measure(ahead):
        found = np.asarray(ahead.expected_purchases(39.0))
        asked.append(len(found))
        return found[:, None]

    alike = Alike.exactly(law, many_ages())
    laws = [
        type(law).from_log(law.log_parameters + 0.05 * rng.standard_normal(len(law.parameters)))
        for _ in range(20)
    ]
    near = AheadAtDraws(alike, measure, law)
    asked.clear()
    found = np.array([*near.at(laws)])[:, :, 0]
    assert sum(asked) < 20 * len(alike.x) / 4
    exact = np.array([np.asarray(alike.alive(each).expected_purchases(39.0)) for each in laws])
    change = np.abs(exact / near.exact[:, 0] - 1).max()
    assert np.abs(found / exact - 1).max() < 0.05 * change


def test_moments_of_orders_are_those_of_gamma_gamma():
    p, q, gamma = 6.25, 9.0, 40.0
    base = Base(
        np.array([0.0, 2.0, 2.0]), np.array([0.0, 5.0, 5.0]), np.full(3, 9.0), np.array([0.0, 30.0, 12.0])
    )
    found = order_moments(GammaGamma(p, q, gamma), base, 1e-12)
    shape, scale = q + p * base.x, gamma + base.x * base.m
    inverse = [scale**k / np.prod([shape - j for j in range(1, k + 1)], axis=0) for k in (1, 2, 3)]
    known = (
        p * inverse[0], p * (p + 1) * inverse[1], p**2 * inverse[1], p * (p + 1) * (p + 2) * inverse[2],
        p**2 * (p + 1) * inverse[2], p**3 * inverse[2],
    )  # fmt: skip
    for one, other in zip(found, known, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4)


def test_amounts_beyond_all_moments_are_cut_off():
    """With q = 1.5 the variance is infinite: the moments are those of amounts up to the quantile."""
    law, base = GammaGamma(4.0, 1.5, 10.0), Base(*np.zeros((2, 1)), np.ones(1), np.zeros(1))
    rare = [1e-3, 1e-5]
    found = [order_moments(law, base, each) for each in rare]
    for each, moments in zip(rare, found, strict=True):
        top = law.total_spend_quantile(1 - each, 1)
        square = integrate.quad(  # E[min(A, c)²] = ∫ 2a P(A > a) da over (0, c), in ln a
            lambda u: 2 * np.exp(2 * u) * (1 - law.total_spend_cdf(np.exp(u), 1)),
            -8.0,
            np.log(top),
            limit=200,
        )[0]
        assert moments.square[0] == pytest.approx(square, rel=0.005)
    assert found[1].square[0] > 3 * found[0].square[0]


def test_where_every_order_is_alike_value_is_purchases_at_the_price():
    base = customers(LAWS[0], 40)
    found = customer_moments(LAWS[0], ConstantSpend(20.0), base, horizon=26.0)
    price = 20.0 * base.kept
    np.testing.assert_allclose(found.variance[1], price**2 * found.variance[0], rtol=1e-6)
    np.testing.assert_allclose(found.third[1], price**3 * found.third[0], rtol=1e-5, atol=1e-6)


def test_credibilitys_orders_have_the_moments_of_its_totals():
    """Gamma totals: of n orders with the mean and the variance that the three parameters give."""
    law, base = (
        CredibilitySpend(mean=35.0, within=0.5, k=2.0),
        Base(*np.zeros((2, 1)), np.ones(1), np.zeros(1)),
    )
    found = order_moments(law, base, 1e-12)
    spread = 35.0**2 * 0.25
    assert found.one[0] == pytest.approx(35.0, rel=1e-3)
    assert found.square[0] == pytest.approx(35.0**2 + spread * 1.5, rel=1e-3)
    assert found.pair[0] == pytest.approx(35.0**2 + spread / 2, rel=1e-3)
    shape = 1 / (0.25 * 1.5)
    assert found.cube[0] == pytest.approx(stats.gamma(shape, scale=35.0 / shape).moment(3), rel=1e-3)
