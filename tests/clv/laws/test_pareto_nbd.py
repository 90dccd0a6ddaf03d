"""Pareto/NBD: against mpmath at 50 digits, the papers, and between its ways of computation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clv
import rfm
from clv._laws import ParetoNBD
from clv._laws.law import Rows
from clv._laws.pareto_nbd_likelihood import Dropout
from clv._laws.pareto_nbd_tables import MOST_NODES, Cells, tables
from clv._laws.purchase_law import PurchaseLaw
from clv._numerics import exp

ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "pareto_nbd.json").read_text(encoding="utf-8"))
UPPER = np.triu_indices(4)


def columns(name: str) -> tuple[ParetoNBD, np.ndarray]:
    """A table of the oracle: its law, with one parameter a row, and its other columns."""
    table = np.array(ORACLE[name], dtype=float).T
    return ParetoNBD(*table[:4]), table[4:]


def log_error(ours: np.ndarray, truth: np.ndarray) -> float:
    return float(np.max(np.abs(ours - truth) / np.maximum(1, np.abs(truth))))


def error(ours: np.ndarray, truth: np.ndarray) -> float:
    """Relative above 1e-290, absolute below."""
    scale = np.where(np.abs(truth) > 1e-290, np.abs(truth), 1.0)
    return float(np.max(np.abs(ours - truth) / scale))


def customers(n: int, law: ParetoNBD, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Histories in whole days, so that times recur."""
    rng = np.random.default_rng(seed)
    lives = law.simulate(rng.integers(20, 120, n).astype(float), rng)
    t_x = np.ceil(lives.t_x)
    return lives.x, t_x, np.maximum(lives.T, t_x)


# -- against mpmath --------------------------------------------------------------------------------


def test_histories_to_the_last_digits() -> None:
    law, (x, t_x, T, t, log_likelihood, log_p_alive, expected) = columns("histories")
    with np.errstate(all="raise"):
        assert log_error(law.log_likelihood(x, t_x, T), log_likelihood) < 1e-11
        assert log_error(law.log_p_alive(x, t_x, T), log_p_alive) < 1e-13
        assert error(law.p_alive(x, t_x, T), exp(log_p_alive)) < 1e-12
        assert error(law.conditional_expected_purchases(t, x, t_x, T), expected) < 1e-12
    assert log_p_alive.min() < -10_000


def test_expectations_to_the_last_digits() -> None:
    law, (t, expected) = columns("expectations")
    with np.errstate(all="raise"):
        assert error(law.expected_purchases(t), expected) < 1e-14


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
    assert log_error(gradient, np.array(truth[:4])) < 1e-12
    assert log_error(hessian[UPPER], np.array(truth[4:])) < 1e-12
    assert np.array_equal(hessian, np.swapaxes(hessian, 0, 1))


# -- against the papers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fit() -> clv.Fit:
    log = rfm.datasets.cdnow_sample()
    return clv.fit_law(ParetoNBD, clv.summarize(log, unit="W", end="1997-09-30"), unit="W")


def test_cdnow_estimates_and_their_standard_errors(fit: clv.Fit) -> None:
    """Fader, Hardie & Lee (2005), table 2; standard errors of the R package CLVTools."""
    assert fit.converged
    assert fit.n == 2357
    assert round(fit.log_likelihood, 3) == -9594.976
    assert [round(value, 3) for value in fit.parameters.values()] == [0.553, 10.578, 0.606, 11.669]
    errors = fit.standard_errors
    assert [round(errors[name], 4) for name in ("r", "alpha", "s")] == [0.0476, 0.8427, 0.1873]
    assert round(errors["beta"], 2) == 6.21


def test_cdnow_predictions(fit: clv.Fit) -> None:
    """The vignettes of the R packages BTYD and CLVTools: E[X(52)], and the customer with 26 purchases."""
    law = fit.law
    assert round(law.expected_purchases(52), 4) == 1.4734
    assert round(law.conditional_expected_purchases(52, 26, 30.86, 31), 3) == 25.456
    assert round(law.p_alive(26, 30.86, 31), 4) == 0.9979


# -- the law ---------------------------------------------------------------------------------------

LAW = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)


def test_no_purchases_are_a_likelihood_and_a_count() -> None:
    T = np.array([1e-3, 1.0, 39.0, 1e6])
    assert np.allclose(LAW.log_pmf(0, T), LAW.log_likelihood(0, 0, T), rtol=1e-14)


@pytest.mark.parametrize("x", [0, 1, 26])
def test_alpha_and_beta_meet_without_a_seam(x: int) -> None:
    """The integral changes its variable at α = β, the closed forms break there."""
    values = [
        ParetoNBD(r=0.5, alpha=10.0, s=0.6, beta=10.0 + gap).log_likelihood(x, min(x, 20), 39)
        for gap in (-1e-9, -1e-13, 0.0, 1e-13, 1e-9)
    ]
    assert np.ptp(values) < 1e-9


def test_s_of_one_is_the_limit() -> None:
    t = np.array([1e-6, 1.0, 52.0, 1e9])
    middle = ParetoNBD(r=0.5, alpha=10, s=1.0, beta=12).expected_purchases(t)
    assert np.allclose(middle, 0.5 * 12 / 10 * np.log1p(t / 12), rtol=1e-15)
    for s in (1 - 1e-12, 1 + 1e-12):
        assert np.allclose(ParetoNBD(r=0.5, alpha=10, s=s, beta=12).expected_purchases(t), middle, rtol=1e-10)


def test_a_customer_who_buys_at_the_end_is_alive() -> None:
    assert LAW.p_alive(3, 39, 39) == 1
    assert LAW.log_p_alive(3, 39, 39) == 0


def test_p_alive_falls_with_silence_and_the_faster_the_more_purchases() -> None:
    T = np.linspace(20, 200, 50)
    few, many = LAW.log_p_alive(1, 20, T), LAW.log_p_alive(20, 20, T)
    assert np.all(np.diff(few) < 0)
    assert np.all(np.diff(many) < 0)
    assert np.all(many[1:] < few[1:])


@given(
    logs=st.lists(st.floats(-30, 30), min_size=4, max_size=4),
    x=st.sampled_from([0, 1, 5, 300, 20_000]),
    share=st.floats(1e-6, 1),
    log_T=st.floats(-7, 14),
)
def test_derivatives_stay_finite_as_far_as_a_fit_may_wander(
    logs: list[float], x: int, share: float, log_T: float
) -> None:
    T = np.exp(log_T)
    with np.errstate(all="raise"):
        parts = ParetoNBD.from_log(np.array(logs)).derivatives(
            *(np.array([v], dtype=float) for v in (x, share * T if x else 0.0, T))
        )
    assert all(np.all(np.isfinite(part)) for part in parts)


# -- ways of computing it --------------------------------------------------------------------------


def test_tables_and_rows_give_one_answer() -> None:
    x, t_x, T = customers(20_000, ParetoNBD(r=0.5, alpha=7.0, s=0.6, beta=11.0))
    weights = np.random.default_rng(1).integers(1, 5, x.size).astype(float)
    shared = tables(x, t_x, T, weights)
    assert shared is not None
    for law in (
        LAW,
        ParetoNBD(r=3.0, alpha=50.0, s=1.0, beta=1.0),
        ParetoNBD(r=0.1, alpha=0.5, s=4.0, beta=400.0),
    ):
        assert (
            Cells(law.r, law.alpha, law.s, law.beta, law.r + shared.counts, shared.times).nodes_needed
            < MOST_NODES
        )
        value, gradient, hessian = law.total_derivatives(ParetoNBD.prepared(x, t_x, T, weights))
        truth = PurchaseLaw.total_derivatives(law, Rows((x, t_x, T), weights))
        assert value == pytest.approx(truth[0], rel=1e-13)
        assert np.allclose(gradient, truth[1], rtol=0, atol=1e-12 * x.size)
        assert np.allclose(hessian, truth[2], rtol=1e-11, atol=1e-12 * x.size)


def test_tables_give_way_where_the_integrand_is_steep() -> None:
    x, t_x, T = customers(20_000, LAW)
    weights = np.ones(x.size)
    steep = ParetoNBD(r=1e7, alpha=1.0, s=0.5, beta=1.0)
    value, gradient, _ = steep.total_derivatives(ParetoNBD.prepared(x, t_x, T, weights))
    truth = steep.derivatives(x, t_x, T)
    assert value == pytest.approx(truth[0].sum(), rel=1e-12)
    assert np.allclose(gradient, truth[1].sum(axis=1), rtol=1e-10)


def test_times_that_never_recur_make_no_tables() -> None:
    rng = np.random.default_rng(2)
    lives = LAW.simulate(rng.uniform(20, 60, 500), rng)
    assert tables(lives.x, lives.t_x, lives.T, np.ones(500)) is None


def test_the_integral_by_a_thousand_times_as_many_nodes() -> None:
    """Simpson's rule on a fine grid in the time itself, where the integrand is tame."""
    x, t_x, T = np.array([0.0, 1, 4, 30]), np.array([0.0, 3, 20, 39]), np.array([39.0, 39, 60, 45])
    dropout = Dropout(0.5 + x, 10 + t_x, np.full(4, 0.6), 12 + t_x, T - t_x)
    tau = np.linspace(t_x, T, 20_001)
    density = 0.6 / (12 + tau) * ((10 + t_x) / (10 + tau)) ** (0.5 + x) * ((12 + t_x) / (12 + tau)) ** 0.6
    weights = np.ones(20_001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    assert np.allclose(np.exp(dropout.log_dead), weights @ density * (T - t_x) / 60_000, rtol=1e-12)
