"""GGompertz/NBD: against mpmath at 30 digits, the papers, simulation, and Pareto/NBD, its limit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clv
import rfm
from clv._laws import GGompertzNBD, ParetoNBD
from clv._laws.gamma_gompertz import Lifetimes
from clv._laws.ggompertz_nbd_counts import mean_time_alive
from clv._laws.ggompertz_nbd_likelihood import Dropout
from clv._numerics import exp
from clv._values.lifetime_value import discounted_purchases

FOLDER = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((FOLDER / "ggompertz_nbd.json").read_text(encoding="utf-8"))
PUBLISHED = json.loads((FOLDER / "ggompertz_nbd_published.json").read_text(encoding="utf-8"))
UPPER = np.triu_indices(5)
LAW = GGompertzNBD(r=0.55, alpha=10.6, b=0.05, s=0.6, beta=4.0)
LATE = GGompertzNBD(r=0.9, alpha=6.0, b=0.08, s=1.2, beta=30.0)  # most leave around ln(29/1.2)/.08 = 40


def columns(name: str) -> tuple[GGompertzNBD, np.ndarray]:
    """A table of the oracle: its law, with one parameter a row, and its other columns."""
    table = np.array(ORACLE[name], dtype=float).T
    return GGompertzNBD(*table[:5]), table[5:]


def log_error(ours: np.ndarray, truth: np.ndarray) -> float:
    return float(np.max(np.abs(ours - truth) / np.maximum(1, np.abs(truth))))


def error(ours: np.ndarray, truth: np.ndarray) -> float:
    """Relative above 1e-290, absolute below."""
    scale = np.where(np.abs(truth) > 1e-290, np.abs(truth), 1.0)
    return float(np.max(np.abs(ours - truth) / scale))


# -- against mpmath --------------------------------------------------------------------------------


def test_histories_to_the_last_digits() -> None:
    law, (x, t_x, T, t, log_likelihood, log_p_alive, expected) = columns("histories")
    with np.errstate(all="raise"):
        assert log_error(law.log_likelihood(x, t_x, T), log_likelihood) < 1e-11
        assert log_error(law.log_p_alive(x, t_x, T), log_p_alive) < 1e-11
        assert error(law.p_alive(x, t_x, T), exp(log_p_alive)) < 1e-11
        assert error(law.conditional_expected_purchases(t, x, t_x, T), expected) < 1e-11
    assert log_p_alive.min() < -10_000


def test_expectations_to_the_last_digits() -> None:
    law, (t, expected) = columns("expectations")
    with np.errstate(all="raise"):
        assert error(law.expected_purchases(t), expected) < 1e-12


def test_counts_to_the_last_digits() -> None:
    law, (n, t, log_pmf) = columns("counts")
    with np.errstate(all="raise"):
        assert log_error(law.log_pmf(n, t), log_pmf) < 1e-11
        assert error(law.pmf(n, t), exp(log_pmf)) < 1e-9
    assert n.max() == 20_000


def test_derivatives_to_the_last_digits() -> None:
    law, (x, t_x, T, *truth) = columns("derivatives")
    with np.errstate(all="raise"):
        _, gradient, hessian = law.derivatives(x, t_x, T)
    assert log_error(gradient, np.array(truth[:5])) < 1e-10
    assert log_error(hessian[UPPER], np.array(truth[5:])) < 1e-9
    assert np.array_equal(hessian, np.swapaxes(hessian, 0, 1))


# -- against the papers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end=PUBLISHED["end"])


@pytest.mark.parametrize(("source", "digit"), [("Bemmaor and Glady", 1e-4), ("CLVTools", 1e-7)])
def test_likelihoods_at_published_estimates(cdnow: pd.DataFrame, source: str, digit: float) -> None:
    """The likelihood depends on β/b here, and b is printed to one or two digits: some b that rounds to it must do."""
    printed = PUBLISHED[source]
    law = GGompertzNBD(**printed["parameters"])
    x, t_x, T = (cdnow[name].to_numpy() for name in law.data_columns)
    within = law.b + digit * np.linspace(-0.5, 0.5, 61)[:, None]
    totals = GGompertzNBD(law.r, law.alpha, within, law.s, law.beta).log_likelihood(x, t_x, T).sum(axis=1)
    assert totals.max() == pytest.approx(printed["log_likelihood"], abs=0.006)
    assert totals.min() < printed["log_likelihood"] - 0.005


def test_the_fit_of_cdnow_is_that_of_pareto_nbd(cdnow: pd.DataFrame) -> None:
    with pytest.warns(clv.FitWarning, match="does not change with time, as in Pareto/NBD"):
        fit = clv.fit_law(GGompertzNBD, cdnow)
    plain = clv.fit_law(ParetoNBD, cdnow)
    assert fit.at_boundary
    assert fit.n == PUBLISHED["customers"]
    assert round(fit.log_likelihood, 4) == PUBLISHED["CLVTools"]["log_likelihood"]
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-4)
    assert fit.law.beta / fit.law.b == pytest.approx(plain.law.beta, rel=1e-3)
    x, t_x, T = (cdnow[name] for name in fit.law.data_columns)
    ours = fit.law.conditional_expected_purchases(39, x, t_x, T)
    assert np.allclose(ours, plain.law.conditional_expected_purchases(39, x, t_x, T), rtol=1e-3)


# -- against simulation ----------------------------------------------------------------------------


def test_the_second_half_of_simulated_histories_is_foreseen_from_the_first() -> None:
    """The dropout rate goes on from where it is at T: restarted at 0, the expectation is twice as high."""
    n, half = 100_000, 40.0
    members = LATE.simulate(np.full(n, 2 * half), np.random.default_rng(1))
    first = members.times <= half
    x = np.bincount(members.customer[first], minlength=n)
    later = np.bincount(members.customer[~first], minlength=n)
    t_x = np.zeros(n)
    np.maximum.at(t_x, members.customer[first], members.times[first])
    expected = LATE.conditional_expected_purchases(half, x, t_x, np.full(n, half))
    for few, many in ((0, 0), (1, 2), (3, 6), (7, 15), (16, 99)):
        some = (x >= few) & (x <= many)
        spread = later[some].std() / np.sqrt(some.sum())
        assert abs(later[some].mean() - expected[some].mean()) < 4 * spread
    restarted = GGompertzNBD(
        LATE.r + x, LATE.alpha + half, LATE.b, LATE.s, LATE.beta + np.expm1(LATE.b * half)
    )
    wrong = LATE.p_alive(x, t_x, half) * restarted.expected_purchases(half)
    assert wrong.mean() > 2 * later.mean()


def test_simulated_lives_and_counts_are_those_of_the_law() -> None:
    n, T = 100_000, 60.0
    members = LATE.simulate(np.full(n, T), np.random.default_rng(2))
    alive = float((1 + np.expm1(LATE.b * T) / LATE.beta) ** -LATE.s)
    assert abs(members.alive.mean() - alive) < 4 * np.sqrt(alive / n)
    for count in (0, 1, 5, 20):
        chance = LATE.pmf(count, T)
        assert abs(np.mean(members.x == count) - chance) < 4 * np.sqrt(chance / n)


def test_a_simulated_log_is_fitted_where_it_came_from() -> None:
    rng = np.random.default_rng(3)
    members = LATE.simulate(rng.uniform(30, 104, 3_000), rng)
    table = pd.DataFrame({"frequency": members.x, "recency": members.t_x, "T": members.T})
    fit = clv.fit_law(GGompertzNBD, table)
    assert fit.converged
    assert not fit.at_boundary
    for name, value in fit.parameters.items():
        off = np.log(value / getattr(LATE, name))
        k = LATE.parameters.index(name)
        assert abs(off) < 3.5 * np.sqrt(fit.log_covariance[k, k])
    assert fit.log_likelihood > clv.fit_law(ParetoNBD, table, prior=clv.Prior()).log_likelihood + 50


# -- the law ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("b", [1e-3, 1e-6, 1e-9, 1e-12])
def test_small_b_is_pareto_nbd_in_the_order_of_b(b: float) -> None:
    pareto = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    near = GGompertzNBD(r=0.553, alpha=10.578, b=b, s=0.606, beta=11.669 * b)
    history = np.array([0.0, 2, 26]), np.array([0.0, 30.43, 30.86]), np.array([38.86, 38.86, 31])
    off = 40 * b + 1e-13
    assert log_error(near.log_likelihood(*history), pareto.log_likelihood(*history)) < off
    assert error(near.p_alive(*history), pareto.p_alive(*history)) < off
    assert error(near.expected_purchases(52), pareto.expected_purchases(52)) < off
    assert error(near.pmf(np.arange(9), 39), pareto.pmf(np.arange(9), 39)) < off


def test_beta_of_one_without_heterogeneity_in_time_is_exponential() -> None:
    """At β = 1 S(t) = e^(−sbt): everybody leaves at the rate s·b, whatever their age."""
    law = GGompertzNBD(r=0.5, alpha=10.0, b=0.05, s=0.6, beta=1.0)
    assert law.posterior(2, 30, 39).beta == pytest.approx(1.0, rel=1e-15)
    assert law.expected_purchases(52) == pytest.approx(0.05 * -np.expm1(-0.03 * 52) / 0.03, rel=1e-14)


def test_no_purchases_are_a_likelihood_and_a_count() -> None:
    T = np.array([1e-3, 1.0, 39.0, 1e6])
    assert np.allclose(LAW.log_pmf(0, T), LAW.log_likelihood(0, 0, T), rtol=1e-14)


def test_probabilities_sum_to_one_and_have_the_mean() -> None:
    n = np.arange(400)
    for law in (LAW, LATE):
        chances = law.pmf(n, 50.0)
        assert chances.sum() == pytest.approx(1, abs=1e-10)
        assert chances @ n == pytest.approx(law.expected_purchases(50.0), rel=1e-8)


@pytest.mark.parametrize("t", [0.1, 39.0, 400.0])
def test_the_table_is_the_pmf(t: float) -> None:
    x, T = np.array([0.0, 5, 200, 3]), np.array([10.0, 38, 38, 38])
    for law in (LAW, LATE, GGompertzNBD(30.0, 2.0, 2.0, 20.0, 1e8), GGompertzNBD(0.5, 3.0, 1e-9, 0.3, 1e-8)):
        posterior = law.posterior(x, np.where(x > 0, 0.9 * T, 0), T)
        expected = np.asarray(posterior.pmf(np.arange(100)[:, None], t)).T
        np.testing.assert_allclose(posterior.pmf_table(100, t), expected, atol=1e-11)


def test_a_customer_who_buys_at_the_end_is_alive() -> None:
    assert LAW.p_alive(3, 39, 39) == 1
    assert LAW.log_p_alive(3, 39, 39) == 0


def test_the_unit_of_time_changes_nothing_but_the_numbers() -> None:
    days = LAW.scaled(7)
    assert days.b == pytest.approx(LAW.b / 7)
    assert days.p_alive(2, 210, 273) == pytest.approx(LAW.p_alive(2, 30, 39), rel=1e-13)
    assert days.expected_purchases(364) == pytest.approx(LAW.expected_purchases(52), rel=1e-13)


def test_dropout_may_come_late() -> None:
    """Among customers of one rate of purchase the silent are doubted later than under Pareto/NBD."""
    T = np.linspace(0, 80, 81)
    leaving = -np.diff(np.asarray(Lifetimes(LATE.b, LATE.s, LATE.beta).alive(T)))
    assert 30 < np.argmax(leaving) < 50
    assert np.argmax(-np.diff(np.asarray(Lifetimes(LAW.b, LAW.s, 1.0).alive(T)))) == 0


@given(
    logs=st.lists(st.floats(-30, 30), min_size=5, max_size=5),
    x=st.sampled_from([0, 1, 5, 300, 20_000]),
    share=st.floats(1e-6, 1),
    log_T=st.floats(-7, 14),
)
def test_derivatives_stay_finite_as_far_as_a_fit_may_wander(
    logs: list[float], x: int, share: float, log_T: float
) -> None:
    T = np.exp(log_T)
    with np.errstate(all="raise"):
        parts = GGompertzNBD.from_log(np.array(logs)).derivatives(
            *(np.array([v], dtype=float) for v in (x, share * T if x else 0.0, T))
        )
    assert all(np.all(np.isfinite(part)) for part in parts)


# -- the integrals ---------------------------------------------------------------------------------


def test_the_integral_by_a_thousand_times_as_many_nodes() -> None:
    """Simpson's rule on a fine grid in the time itself, where the integrand is tame."""
    x, t_x, T = np.array([0.0, 1, 4, 30]), np.array([0.0, 3, 20, 39]), np.array([39.0, 39, 60, 45])
    b, s = np.full(4, 0.05), np.full(4, 0.6)
    aged = 1 + 3 * np.exp(-0.05 * t_x)
    dropout = Dropout(0.5 + x, 10 + t_x, Lifetimes(b, s, aged), T - t_x)
    tau = np.linspace(0 * t_x, T - t_x, 20_001)
    rise = np.exp(0.05 * tau)
    density = (
        0.03 * rise * aged**0.6 / (aged + rise - 1) ** 1.6 * ((10 + t_x) / (10 + t_x + tau)) ** (0.5 + x)
    )
    weights = np.ones(20_001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    assert np.allclose(np.exp(dropout.log_dead), weights @ density * (T - t_x) / 60_000, rtol=1e-12)


def test_the_mean_time_alive_of_one_rate_for_all() -> None:
    """s = 1: ∫ β/(β + e^(bτ) − 1) dτ = β/(β − 1) [t − ln(1 + (e^(bt) − 1)/β)/b]."""
    b, beta, t = 0.3, 7.0, np.array([1e-3, 1.0, 20.0, 200.0])
    known = beta / (beta - 1) * (t - np.log1p(np.expm1(b * t) / beta) / b)
    ours = mean_time_alive(t, np.full(4, b), np.ones(4), np.full(4, beta))
    assert np.allclose(ours, known, rtol=1e-11)


@pytest.mark.parametrize(("horizon", "force"), [(52.0, 0.0018), (520.0, -0.001), (np.inf, 0.0018)])
def test_discounted_purchases_where_all_leave_within_a_short_time(horizon: float, force: float) -> None:
    """Against Simpson's rule in the time itself."""
    law = GGompertzNBD(r=0.9, alpha=6.0, b=0.5, s=3.0, beta=1e6)
    tau, step = np.linspace(0, min(horizon, 60.0), 60_001, retstep=True)
    alive = np.exp(-force * tau) * (1 + np.expm1(0.5 * tau) / 1e6) ** -3.0
    weights = np.ones(60_001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    assert discounted_purchases(law, horizon, force) == pytest.approx(
        0.15 * weights @ alive * step / 3, rel=1e-11
    )
