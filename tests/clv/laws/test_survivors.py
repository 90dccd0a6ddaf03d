"""Old customers of a log: their densities against quadrature of the definition, and sums over hidden purchases."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, special

import clv
from clv._laws.seen_law import survivors_of
from clv._laws.survivors import Ages, CoinSurvivors, ParetoSurvivors, beta_nodes, unit_nodes

PARETO = clv.ParetoNBD(r=0.7, alpha=8.0, s=0.5, beta=12.0)
COINS = [clv.BGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5), clv.MBGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5)]
WINDOW = 104.0
HISTORIES = [(0, 0.0), (1, 10.0), (5, 100.0), (30, 50.0), (3, 104.0)]  # purchases in the log, and the last
PASTS = [(0.0, 100.0), (0.008, 300.0), (-0.005, 200.0)]


@pytest.mark.parametrize("m", [0.3, 1.0, 1.7, 40.0])
@pytest.mark.parametrize("slope", [1.0, 0.3, 1e-7])
@pytest.mark.parametrize("past", PASTS)
def test_the_integral_over_ages(m, slope, past):
    growth, most = past
    with mp.workdps(30):
        exact = mp.log(
            mp.quad(lambda age: mp.e ** (-growth * age) * (8 + slope * age) ** (-m), [0, 0.1, 1, 5, 30, most])
        )
    found = Ages(growth, most).log_power(np.array([8.0]), np.array([m]), np.array([slope]))
    assert found[0] == pytest.approx(float(exact), abs=1e-6 if growth else 5e-9)


def test_very_old_and_growing_shops_have_the_same_integral_as_endless_ones():
    args = np.array([8.0]), np.array([0.4]), np.array([1.0])
    endless = float(
        mp.log(mp.quad(lambda age: mp.e ** (-0.02 * age) * (8 + age) ** -0.4, [0, 10, 100, mp.inf]))
    )
    for past in (3_000.0, 1e7):
        assert Ages(0.02, past).log_power(*args)[0] == pytest.approx(endless, abs=5e-5)


@pytest.mark.parametrize("a", [1e-3, 0.5, 1.0, 4.0, 2000.0])
@pytest.mark.parametrize("b", [0.5, 1.0, 60.0, 3000.0])
def test_beta_nodes_are_exact_for_polynomials(a, b):
    nodes, weights = (each[0] for each in beta_nodes(a, np.array([b])))
    for power in (0, 1, 2, 9):
        exact = np.exp(special.betaln(a + power, b) - special.betaln(a, b))
        assert weights @ nodes**power == pytest.approx(exact, rel=1e-9)


def test_beta_nodes_come_for_each_b():
    b = np.array([[2.0, 3.0], [3.0, 50.0]])
    nodes, weights = beta_nodes(0.8, b)
    assert nodes.shape == weights.shape == (2, 2, nodes.shape[-1])
    np.testing.assert_allclose((nodes * weights).sum(axis=-1), 0.8 / (0.8 + b))


def density(law, growth, past, count, last):
    """By the definition: quadrature over age, and over the time of dropout or the chance of leaving."""
    m = law.r + count
    nodes, weights = np.polynomial.legendre.leggauss(60)
    span = np.log1p(past / 4)
    ages = 4 * np.expm1((nodes + 1) / 2 * span)
    weights = weights * span / 2 * (ages + 4) * np.exp(-growth * ages)
    front = law.alpha**law.r
    if isinstance(law, clv.ParetoNBD):

        def of_age(age):
            alive = (law.alpha + WINDOW) ** -m * (law.beta / (law.beta + age + WINDOW)) ** law.s
            dead, _ = integrate.quad(
                lambda t: (
                    (law.alpha + t) ** -m * law.s * law.beta**law.s * (law.beta + age + t) ** (-law.s - 1)
                ),
                last,
                WINDOW,
                epsabs=0,
                epsrel=1e-10,
            )
            return alive + dead
    else:
        k = count + law.first_coin

        def of_age(age):
            def of_chance(p):
                alive = (1 - p) ** k * (law.alpha + WINDOW + p * age) ** -m
                gone = p * (1 - p) ** (k - 1) * (law.alpha + last + p * age) ** -m if count else 0.0
                return (alive + gone) * (1 - p) ** (law.b - 1)

            whole, _ = integrate.quad(
                of_chance, 0, 1, weight="alg", wvar=(law.a - 1, 0), epsabs=0, epsrel=1e-10
            )
            return whole / special.beta(law.a, law.b)

    return np.log(front * sum(w * of_age(age) for w, age in zip(weights, ages, strict=True)))


@pytest.mark.parametrize("law", [PARETO, *COINS], ids=lambda law: law.name)
@pytest.mark.parametrize("past", PASTS[1:])
@pytest.mark.parametrize("history", HISTORIES)
def test_densities_are_those_of_the_definition(law, past, history):
    count, last, window = (np.array([float(each)]) for each in (*history, WINDOW))
    found = survivors_of(law, Ages(*past))
    both = np.logaddexp(found.alive(count, window), found.dead(count, last, window))
    assert both[0] == pytest.approx(density(law, *past, *history), abs=2e-6)


@pytest.mark.parametrize("history", HISTORIES)
def test_a_known_age_is_a_member_of_pareto_nbd_with_that_much_more_beta(history):
    age = 150.0
    count, last, window = (np.array([float(each)]) for each in (*history, WINDOW))
    found = survivors_of(PARETO, Ages(known=np.array([age])))
    both = np.logaddexp(found.alive(count, window), found.dead(count, last, window))
    aged = clv.ParetoNBD(PARETO.r, PARETO.alpha, PARETO.s, PARETO.beta + age)
    survived = PARETO.s * np.log(PARETO.beta / (PARETO.beta + age))
    rising = special.gammaln(PARETO.r + count) - special.gammaln(PARETO.r)
    expected = survived + aged.log_likelihood(count, last, window) - rising
    np.testing.assert_allclose(both, expected, atol=1e-8)


@pytest.mark.parametrize("law", COINS, ids=lambda law: law.name)
@pytest.mark.parametrize("history", HISTORIES)
def test_a_known_age_is_the_sum_over_hidden_purchases(law, history):
    """With k purchases before the log, and alive after them, a customer is a member with r + k, α + age and b + k."""
    age = 30.0
    count, last, window = (np.array([float(each)]) for each in (*history, WINDOW))
    found = survivors_of(law, Ages(known=np.array([age])))
    both = np.logaddexp(found.alive(count, window), found.dead(count, last, window))
    hidden = np.arange(3000.0)
    coins = hidden + law.first_coin
    log_weight = special.betaln(law.a, law.b + coins) - special.betaln(law.a, law.b)
    log_weight += special.gammaln(law.r + hidden) - special.gammaln(law.r) - special.gammaln(hidden + 1)
    log_weight += law.r * np.log(law.alpha / (law.alpha + age)) + hidden * np.log(age / (law.alpha + age))
    member = clv.BGNBD(law.r + hidden, law.alpha + age, law.a, law.b + coins)
    terms = log_weight + member.log_likelihood(*history, WINDOW)
    rising = special.gammaln(law.r + count) - special.gammaln(law.r)
    np.testing.assert_allclose(both, special.logsumexp(terms) - rising, atol=1e-8)


@pytest.mark.parametrize("law", [PARETO, *COINS], ids=lambda law: law.name)
def test_moments_begin_with_the_density_and_are_its_derivatives(law):
    """E[λ] of those alive is minus the derivative of the log of their density, Γ(r+x) aside, in α with α^r held."""
    count, window = np.array([0.0, 3.0, 40.0]), np.full(3, WINDOW)
    found = survivors_of(law, Ages(0.004, 300.0))
    rising = special.gammaln(law.r + count) - special.gammaln(law.r)
    np.testing.assert_allclose(found.log_moment(count, window, 0, 0), found.alive(count, window) + rising)
    step = 1e-4
    up, down = (found.alive(count, window + sign * step) for sign in (1, -1))
    mean = np.exp(found.log_moment(count, window, 1, 0) - found.log_moment(count, window, 0, 0))
    slope = -(up - down) / (2 * step)
    if isinstance(found, CoinSurvivors):  # A(α + W) depends on the window through λ alone
        np.testing.assert_allclose(mean, slope, rtol=1e-5)
    else:
        leaving = np.exp(found.log_moment(count, window, 0, 1) - found.log_moment(count, window, 0, 0))
        np.testing.assert_allclose(mean + leaving, slope, rtol=1e-5)


def test_nodes_integrate_over_the_unit_interval():
    nodes, weights = unit_nodes(12)
    assert weights @ nodes**5 == pytest.approx(1 / 6)


def test_survivors_are_those_of_the_law():
    assert isinstance(survivors_of(PARETO, Ages()), ParetoSurvivors)
    assert [survivors_of(law, Ages()).coins for law in COINS] == [0, 1]


@pytest.mark.parametrize(("a", "b"), [(1e300, 2.0), (2.0, 1e300), (1e300, 3e300), (1e17, 1e17)])
def test_beta_distributions_of_huge_parameters_are_a_point(a, b):
    nodes, weights = beta_nodes(a, np.array([b]))
    assert weights.sum() == pytest.approx(1.0)
    assert nodes[0] @ weights[0] == pytest.approx(a / (a + b), abs=1e-8)
