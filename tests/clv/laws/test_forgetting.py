"""Laws that forget: against the integral over the rate, the identity at 1, and all that follows from the posterior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

import clv
from clv._laws.by_covariates import ByCovariates, Effect
from clv._laws.forgetting import can_forget, forgetful

LAWS = [
    clv.BGNBD(r=0.8, alpha=6.0, a=0.5, b=3.0),
    clv.MBGNBD(r=0.8, alpha=6.0, a=0.5, b=3.0),
    clv.ParetoNBD(r=0.8, alpha=6.0, s=0.6, beta=30.0),
]
X, TX, T = np.array([0.0, 3.0, 40.0]), np.array([0.0, 20.0, 38.0]), np.array([10.0, 26.0, 39.0])
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)


@each_law
def test_nothing_forgotten_is_the_law_itself(law):
    assert forgetful(law, 1.0) is law


@each_law
def test_purchases_of_customers_alive_are_the_integral_over_the_tempered_rate(law):
    """P(n | rate) over the prior times the history's likelihood to the power of the factor; dropout far away."""
    staying = type(law)(*(getattr(law, name) for name in law.parameters[:2]), 1e-9, 1e9)
    factor, x, t = 0.4, 7, 13.0
    member = forgetful(staying, factor).posterior(x, 20.0, 26.0)

    def weight(rate):
        prior = stats.gamma.pdf(rate, 0.8, scale=1 / 6.0)
        return prior * (rate**x * np.exp(-26.0 * rate)) ** factor

    whole = integrate.quad(weight, 0, 10, epsabs=0, epsrel=1e-11)[0]
    for n in (0, 2, 9):
        joint = integrate.quad(
            lambda rate, n=n: weight(rate) * stats.poisson.pmf(n, rate * t), 0, 10, epsabs=0
        )[0]
        assert member.pmf(n, t) == pytest.approx(joint / whole, rel=1e-7)


@each_law
def test_dropout_and_the_likelihood_are_those_of_whole_histories(law):
    forgets = forgetful(law, 0.3)
    assert forgets.p_alive(X, TX, T).tolist() == law.p_alive(X, TX, T).tolist()
    assert forgets.log_likelihood(X, TX, T).tolist() == law.log_likelihood(X, TX, T).tolist()
    mine, whole = forgets.posterior(X, TX, T), law.posterior(X, TX, T)
    third, fourth = whole.parameters[2:]
    for name in (third, fourth):
        assert (
            np.broadcast_to(getattr(mine, name), 3).tolist()
            == np.broadcast_to(getattr(whole, name), 3).tolist()
        )
    assert mine.r.tolist() == (law.r + 0.3 * X).tolist()
    assert mine.alpha.tolist() == (law.alpha + 0.3 * T).tolist()


@each_law
def test_expectations_are_the_mean_of_the_distribution(law):
    forgets = forgetful(law, 0.3)
    n = np.arange(2000)[:, None]
    pmf = forgets.conditional_pmf(n, 26.0, X, TX, T)
    assert pmf.sum(axis=0) == pytest.approx(1.0, abs=1e-8)
    expected = forgets.conditional_expected_purchases(26.0, X, TX, T)
    assert (n * pmf).sum(axis=0) == pytest.approx(expected, rel=1e-5)
    assert expected[2] < law.conditional_expected_purchases(26.0, 40.0, 38.0, 39.0)  # towards the population


def test_the_law_of_a_kind_of_customer_forgets_too():
    effect = Effect("purchase[web]", "purchase", 1, -1.0, "web")
    by_channel = ByCovariates(LAWS[0], (effect,), (0.5,), ("web",))
    law = forgetful(by_channel, 0.25).of(np.array([1.0]))
    assert law.posterior(8, 20.0, 40.0).r == pytest.approx(0.8 + 2.0)
    assert law.posterior(8, 20.0, 40.0).alpha == pytest.approx(6.0 * np.exp(-0.5) + 10.0)


def test_which_laws_can():
    assert all(can_forget(type(law)) for law in LAWS)
    assert not can_forget(clv.BGBB)
