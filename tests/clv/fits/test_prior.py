"""Weak priors: derivatives, meaning, and effect on a fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

import clv
from benchmarks.weak_priors import WORLDS, errors
from clv._command import command as _cli
from clv._fits.prior import Prior
from clv._laws.registry import fitted_laws
from clv._report.findings import find
from rfm.errors import DataError

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


def young(weeks: int = 12) -> pd.DataFrame:
    """Orders of 200 customers of twelve weeks, of whom the likelihood says that nobody leaves."""
    law = clv.BGNBD(r=0.8, alpha=8.0, a=0.8, b=3.2)
    spend, rng = clv.GammaGamma(6.25, 3.74, 15.44), np.random.default_rng(3)
    return clv.simulate(law, spend, 200, rng=rng, joining="5W", observed=f"{weeks}W")


def test_the_hint_of_a_fit_at_the_boundary_works_at_every_door(monkeypatch, tmp_path):
    log, prior = young(), clv.Prior()
    with pytest.warns(clv.FitWarning, match=r"Hint: prior=clv\.Prior\(\), weak priors"):
        edge = clv.fit(log)
    assert edge.purchases.at_boundary
    model = clv.fit(log, prior=prior)
    assert not model.purchases.at_boundary
    summary = clv.summarize(log)
    assert clv.fit_summary(summary, prior=prior).purchases.law == model.purchases.law
    expected = model.predict("26W")
    pd.testing.assert_frame_equal(clv.predict(log, "26W", prior=prior), expected)
    table = clv.customer_table(log, horizon="26W", model="bg-nbd", prior=prior)
    assert table["clv"].tolist() == expected["clv"].tolist()
    tested = clv.backtest(log, "14D", models="bg-nbd", baselines=False, prior=prior)
    earlier = clv.fit(log, end=tested.table["origin"].item(), prior=prior).predict("14D")
    assert tested.table["predicted"].item() == pytest.approx(earlier["expected_purchases"].sum())
    with pytest.raises(DataError, match=r"prior= is an option of the fit.*Hint: clv\.fit\(tx, prior="):
        clv.customer_table(log, model=model, prior=prior)
    for door in (clv.predict, clv.customer_table, clv.backtest):
        with pytest.raises(DataError, match="prior must be a Prior"):
            door(log, prior="weak")
    seen = {}
    monkeypatch.setattr(_cli, "_work", lambda read, terms, job: seen.update(terms) or 0)
    log.to_csv(tmp_path / "x.csv", index=False)
    assert (
        _cli.main(
            [
                "report",
                str(tmp_path / "x.csv"),
                *["--customer", "customer_id", "--date", "date", "--amount", "amount", "--prior"],
            ]
        )
        == 0
    )
    assert seen["prior"] == prior


@pytest.mark.slow
def test_a_report_has_the_prior_in_its_fit_and_its_backtest():
    found = find(young(16), model="bg-nbd", prior=clv.Prior())
    assert found.model.prior == clv.Prior()
    assert not any("Hint: prior" in text for text in found.warnings)


@pytest.mark.nightly
def test_weak_priors_gain_where_a_log_says_little_and_cost_nothing_where_it_says_much():
    """Medians over logs of |predicted/happened − 1|; `python -m benchmarks.weak_priors` has more."""
    worlds = {world.name.partition(":")[0]: world for world in WORLDS}

    def off(name, prior, seeds):
        return np.median([errors(worlds[name], "bg-nbd", prior, seed)["total"] for seed in range(seeds)])

    without, weak = (off("young", prior, 10) for prior in (None, clv.Prior()))
    assert weak < 0.9 * without
    without, weak = (off("well known", prior, 3) for prior in (None, clv.Prior()))
    assert weak < without + 0.003
