"""Weak priors: derivatives, meaning, and effect on a fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

import clv
from clv._fits.prior import Prior
from clv._laws.registry import fitted_laws

LAWS = fitted_laws()


@pytest.mark.parametrize("law", list(LAWS))
def test_derivatives_are_those_of_the_density(law: str) -> None:
    prior, k = Prior(), len(LAWS[law].parameters)
    theta = np.array([0.3, -1.2, 2.0, 0.7, -0.4])[:k]
    _, gradient, hessian = prior.log_density(law, theta)
    step = 1e-5 * np.eye(k)
    for i in range(k):
        up, down = prior.log_density(law, theta + step[i]), prior.log_density(law, theta - step[i])
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6)


def test_the_mean_dropout_is_uniform_and_the_density_is_proper() -> None:
    prior = Prior()

    def dropout(log_a: float, log_b: float) -> float:
        with_rates = prior.log_density("bg-nbd", np.array([0.0, 0.0, log_a, log_b]))[0]
        return np.exp(with_rates - rates)

    rates = -0.5 * np.log(2 * np.pi * 9) - 0.5 * np.log(
        2 * np.pi * 1.5**2
    )  # r = alpha = 1: both at their medians
    total, _ = integrate.dblquad(lambda b, a: dropout(a, b), -15, 15, -15, 15, epsabs=1e-4)
    below, _ = integrate.dblquad(  # mean a/(a+b) below 1/4
        lambda b, a: dropout(a, b), -15, 15, lambda a: a + np.log(3), lambda a: a + 20, epsabs=1e-4
    )
    assert total == pytest.approx(1, abs=1e-4)
    assert below == pytest.approx(0.25, abs=1e-4)


def test_far_out_the_density_stays_finite() -> None:
    for law in LAWS.values():
        for theta in (np.full(len(law.parameters), 30.0), np.full(len(law.parameters), -30.0)):
            value, gradient, hessian = Prior().log_density(law.name, theta)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()
            assert np.isfinite(hessian).all()


def test_a_prior_hardly_moves_a_good_fit(cdnow_summary) -> None:
    plain = clv.fit_law(clv.BGNBD, cdnow_summary)
    weak = clv.fit_law(clv.BGNBD, cdnow_summary, prior=Prior())
    for name, error in plain.standard_errors.items():
        assert abs(weak.parameters[name] - plain.parameters[name]) < 0.25 * error
    assert plain.log_likelihood - 0.1 < weak.log_likelihood <= plain.log_likelihood


def test_a_prior_keeps_a_fit_off_the_boundary() -> None:
    made = clv.BGNBD(5.0, 50.0, 0.01, 20.0).simulate(np.full(60, 30.0), np.random.default_rng(2))
    nobody_leaves = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    with pytest.warns(clv.FitWarning, match="estimates diverge"):
        assert clv.fit_law(clv.BGNBD, nobody_leaves).at_boundary
    kept = clv.fit_law(clv.BGNBD, nobody_leaves, prior=Prior())
    assert not kept.at_boundary
    assert max(kept.parameters.values()) < 1e3


def test_a_prior_is_the_same_in_any_unit(cdnow_summary) -> None:
    few = cdnow_summary.head(300)
    days = few.assign(recency=few.recency * 7, T=few["T"] * 7)
    weekly, daily = (clv.fit_law(clv.ParetoNBD, table, prior=Prior()) for table in (few, days))
    assert daily.law.scaled(1 / 7).log_parameters == pytest.approx(weekly.law.log_parameters, abs=1e-7)
