"""Fits to logs that begin mid-history: derivatives, and the parameters of simulated shops."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad

import clv
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._fits.prior import Prior
from clv._fits.window_likelihood import WindowLikelihood, climb_from, fit_window, numerical
from clv._laws.seen_law import SeenLaw

PARETO = clv.ParetoNBD(r=0.7, alpha=8.0, s=0.5, beta=12.0)
BG = clv.BGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5)
MBG = clv.MBGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5)
WINDOW, GROWTH, PAST = 104.0, 0.004, 250.0


@cache
def log(law, rate=14.0, past=PAST, known=False, seed=2):
    """Histories of a simulated log, in weeks; those of old customers with their known ages, or as the log has them."""
    rng = np.random.default_rng(seed)
    low, high = np.exp(-GROWTH * past), np.exp(GROWTH * WINDOW)
    joined = np.log(low + rng.random(rng.poisson(rate * (high - low) / GROWTH)) * (high - low)) / GROWTH
    made = law.simulate(WINDOW - joined, rng)
    who = np.concatenate([np.arange(len(joined)), made.customer])
    when = np.concatenate([joined, joined[made.customer] + made.times])
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    who, when = who[when > 0], when[when > 0]
    ids, first, number = np.unique(who, return_index=True, return_counts=True)
    begin, end = when[first], when[first + number - 1]
    joined = joined[ids]
    old = (joined < 0) & known
    age = np.where(old, -joined, 0.0)
    table = pd.DataFrame(
        {
            "frequency": number - 1.0 + old,
            "recency": np.where(old, age + end, end - begin),
            "T": np.where(old, WINDOW + age, WINDOW - begin),
        }
    )
    return FitData.read(type(law), table)


@cache
def fitted(law, entry=0.0, known=False, past=PAST):
    data = log(law, known=known, past=past)
    plain = fit_to_data(type(law), data, "W")
    return plain, fit_window(plain, WindowLikelihood.of(type(law), data, WINDOW, entry, mixture=not known))


def near_truth(law, found, errors=4.0):
    logs = np.log([getattr(law, name) for name in law.parameters])
    apart = found.purchases.law.log_parameters - logs
    return bool((np.abs(apart) < errors * np.sqrt(np.diag(found.purchases.log_covariance))).all())


@pytest.mark.parametrize("law", [PARETO, pytest.param(BG, marks=pytest.mark.slow)], ids=lambda law: law.name)
@pytest.mark.parametrize("known", [False, True], ids=["mixture", "known"])
def test_derivatives_are_those_of_the_value(law, known):
    prior = Prior() if known else None
    data = log(law, rate=1.0, known=known)
    likelihood = WindowLikelihood.of(type(law), data, WINDOW, mixture=not known, prior=prior)
    theta = likelihood.theta(SeenLaw(law, GROWTH, 0.0 if known else PAST, WINDOW)) + 0.1
    value, _, hessian = likelihood(theta)
    assert value == pytest.approx(likelihood.values(theta[None])[0], rel=1e-12)
    size = np.abs(np.diag(hessian)).max()
    assert (
        check_grad(lambda t: likelihood.values(t[None])[0], lambda t: likelihood(t)[1], theta) < 1e-5 * size
    )
    step = 1e-4
    for i, unit in enumerate(np.eye(len(theta))):
        slope = (likelihood(theta + step * unit)[1] - likelihood(theta - step * unit)[1]) / (2 * step)
        np.testing.assert_allclose(hessian[i], slope, atol=2e-3 * size)


def test_numerical_derivatives_of_a_function_that_is_known():
    rows = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    theta = np.array([0.3, -0.2])
    value, gradient, hessian = numerical(lambda t: np.exp(t @ rows), theta, 3)
    np.testing.assert_allclose(value, np.exp(theta @ rows))
    np.testing.assert_allclose(gradient, rows * value, rtol=1e-6)
    np.testing.assert_allclose(hessian, rows[:, None] * rows[None] * value, rtol=1e-5)


@pytest.mark.parametrize("law", [PARETO, pytest.param(BG, marks=pytest.mark.slow)], ids=lambda law: law.name)
def test_the_parameters_of_a_shop_come_out(law):
    plain, found = fitted(law)
    assert found.purchases.converged
    assert near_truth(law, found)
    logs = np.log([getattr(law, name) for name in law.parameters])
    assert (np.abs(plain.law.log_parameters - logs) > 2 * np.sqrt(np.diag(plain.log_covariance))).any()
    assert found.seen.growth == pytest.approx(GROWTH, abs=0.0025)
    assert found.seen.past == pytest.approx(PAST, rel=1.0)


def test_as_many_old_customers_are_found_as_there_are():
    data, (_, found) = log(PARETO), fitted(PARETO)
    share = float(data.weights @ found.seen.share_old(*data.columns)) / data.n
    truth = SeenLaw(PARETO, GROWTH, PAST, WINDOW)
    expected = float(data.weights @ truth.share_old(*data.columns)) / data.n
    assert expected > 0.2
    assert share == pytest.approx(expected, abs=0.03)


@pytest.mark.nightly
def test_mbg_nbd_comes_out_too():
    assert near_truth(MBG, fitted(MBG)[1])


@pytest.mark.nightly
def test_those_seen_later_alone_have_the_same_parameters():
    _, found = fitted(PARETO, entry=26.0)
    assert near_truth(PARETO, found)
    data = log(PARETO)
    assert found.purchases.n == round(float(data.weights[WINDOW - data.columns[2] >= 26].sum()))


@pytest.mark.parametrize("law", [PARETO, BG], ids=lambda law: law.name)
def test_known_first_purchases_give_the_same_parameters(law):
    _, found = fitted(law, known=True)
    assert near_truth(law, found)
    assert found.seen.past == 0


@pytest.mark.nightly
def test_of_a_whole_log_hardly_anybody_is_old():
    data = log(PARETO, past=0.001)
    plain, found = fitted(PARETO, past=0.001)
    share = float(data.weights @ found.seen.share_old(*data.columns)) / data.n
    assert share < 0.02
    expected = plain.law.conditional_expected_purchases(52, *data.columns)
    found_ = found.seen.p_alive(*data.columns) * found.seen.posterior(*data.columns).expected_purchases(52)
    assert data.weights @ found_ == pytest.approx(data.weights @ expected, rel=0.01)


@pytest.mark.nightly
def test_the_unit_of_time_does_not_matter():
    data = log(PARETO, rate=3.0)
    days = FitData(data.names, (data.columns[0], 7 * data.columns[1], 7 * data.columns[2]), data.weights)
    results = []
    for rows, scale in ((data, 1.0), (days, 7.0)):
        found = fit_window(
            fit_to_data(clv.ParetoNBD, rows), WindowLikelihood.of(clv.ParetoNBD, rows, WINDOW * scale)
        )
        back = found.seen.law.scaled(1 / scale)
        results.append([*back.log_parameters, found.seen.growth * scale, np.log(found.seen.past / scale)])
    np.testing.assert_allclose(*results, atol=1e-4)


def test_a_search_from_the_maximum_stays_there():
    _, found = fitted(PARETO)
    again = climb_from(found.likelihood, found.best.theta)
    assert again.value == pytest.approx(found.best.value, abs=1e-6)
