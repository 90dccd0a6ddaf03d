"""Fits of retention: derivatives, the posterior's draws, coverage of intervals, boundaries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._retention.likelihood import RetentionLikelihood
from clv._retention.renewals import of_cohorts
from clv._retention.retention_fit import PRIOR, best_fit, fit_renewals
from clv.errors import FitError, FitWarning
from rfm._frames.native import from_native


def counts_of(law, n, periods, rng, **columns):
    """A cohort's counts, from simulated lifetimes."""
    lasted = law.simulate(n, rng)
    left = np.array([(lasted > t).sum() for t in range(periods + 1)])
    t = np.arange(1, periods + 1)
    return pd.DataFrame(
        {"cohort": "a", "period": t, "at_risk": left[:-1], "lost": left[:-1] - left[1:], **columns}
    )


@pytest.mark.parametrize("prior", [None, PRIOR])
@pytest.mark.parametrize("law_class", [clv.SBG, clv.BdW])
def test_the_gradient_and_the_values_at_many_points_are_those_of_the_value(law_class, prior):
    rng = np.random.default_rng(2)
    coded = rng.normal(size=(6, 2))
    at_risk = np.array([100.0, 70, 55, 90, 60, 40])
    likelihood = RetentionLikelihood(
        law_class, np.array([1.0, 2, 3, 1, 2, 9]), at_risk, at_risk // 4, coded, prior
    )
    theta = rng.normal(size=(likelihood.k, 5)) * 0.4
    values = likelihood.values(theta)
    singly = np.array([likelihood.with_gradient(each)[0] for each in theta.T])
    assert values - values[0] == pytest.approx(singly - singly[0], rel=1e-10, abs=1e-9)
    for i, unit in enumerate(np.eye(likelihood.k)):
        ahead, behind = (likelihood.with_gradient(theta[:, 0] + s * 1e-5 * unit)[0] for s in (1, -1))
        assert likelihood.with_gradient(theta[:, 0])[1][i] == pytest.approx(
            (ahead - behind) / 2e-5, rel=1e-6, abs=1e-5
        )


def test_the_likelihood_is_the_laws_own():
    counts = counts_of(clv.SBG(0.7, 2.0), 500, 6, np.random.default_rng(3))
    fit = fit_renewals(clv.BdW, of_cohorts(from_native(counts), None, ()), "all")
    own = fit.law.log_likelihood(*(counts[name] for name in ("period", "at_risk", "lost")))
    assert fit.log_likelihood == pytest.approx(own.sum(), rel=1e-12)
    for name in ("a", "b", "c"):
        for factor in (0.98, 1.02):
            other = clv.BdW(
                **{each: getattr(fit.law, each) * (factor if each == name else 1) for each in "abc"}
            )
            assert other.log_likelihood(*(counts[n] for n in ("period", "at_risk", "lost"))).sum() < own.sum()


def test_draws_are_those_of_the_posterior_on_a_grid():
    counts = counts_of(clv.SBG(0.7, 2.0), 300, 6, np.random.default_rng(4))
    fit = fit_renewals(clv.SBG, of_cohorts(from_native(counts), None, ()), "all")
    likelihood = RetentionLikelihood(clv.SBG, *fit.counts.distinct(), PRIOR)
    grid = np.stack(np.meshgrid(np.linspace(-4, 4, 400), np.linspace(-3, 5, 400), indexing="ij")).reshape(
        2, -1
    )
    weight = likelihood.values(grid)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    mean = grid @ weight
    spread = np.sqrt((grid - mean[:, None]) ** 2 @ weight)
    assert fit.draws.mean(axis=1) == pytest.approx(mean, abs=4 * spread.max() / np.sqrt(500))
    assert fit.draws.std(axis=1) == pytest.approx(spread, rel=0.12)


def test_nobody_lost_and_everybody_lost_are_said():
    for lost, words in ((0, "no contract was lost"), (1, "every contract was lost")):
        rows = {"cohort": ["a", "b"], "period": [1, 2], "at_risk": [50, 40], "lost": [50 * lost, 40 * lost]}
        with pytest.warns(FitWarning, match=words):
            model = clv.fit_retention(pd.DataFrame(rows))
        curve = model.survival(3)
        assert curve["survival"].between(0, 1).all()
        assert (curve["low"] <= curve["high"]).all()


def test_customers_who_are_alike_are_said():
    left = [100_000, 90_000, 81_000, 72_900, 65_610]
    rows = pd.DataFrame({"cohort": "a", "period": range(1, 5), "at_risk": left[:-1], "lost": -np.diff(left)})
    with pytest.warns(FitWarning, match="as if all customers had the same chance"):
        model = clv.fit_retention(rows)
    assert model.retention(40)["retention"].to_numpy() == pytest.approx(np.full(40, 0.9), abs=2e-4)


def test_too_few_renewals_are_an_error_that_says_how_many_are_needed():
    one = pd.DataFrame({"cohort": ["a"], "period": [1], "at_risk": [50], "lost": [5]})
    with pytest.raises(
        FitError, match=r"sBG needs contracts that came to their first 2 renewals, .*; 1 was seen"
    ):
        clv.fit_retention(one)
    two = pd.DataFrame({"cohort": "a", "period": [1, 2], "at_risk": [50, 45], "lost": [5, 3]})
    with pytest.raises(FitError, match=r'BdW needs .* first 3 renewals, .* or model="sbg", which needs 2'):
        clv.fit_retention(two, "bdw")


def test_auto_takes_the_larger_law_only_where_it_is_clearly_better():
    rng = np.random.default_rng(6)
    for c, wanted in ((1.0, clv.SBG), (1.8, clv.BdW)):
        counts = counts_of(clv.BdW(0.6, 3.0, c), 5_000, 6, rng)
        assert best_fit(of_cohorts(from_native(counts), None, ()), "all").law_class is wanted


@pytest.mark.nightly
@pytest.mark.parametrize(("law", "cohorts"), [(clv.SBG(0.668, 3.806), 40), (clv.BdW(0.8, 2.5, 1.5), 20)])
def test_intervals_of_curves_hold_what_they_say(law, cohorts):
    """Cohorts of 800 contracts: 90% intervals of survival and retention, inside and beyond what was seen."""
    rng, inside = np.random.default_rng(7), []
    t = np.array([1, 3, 6, 9, 12])
    for _ in range(cohorts):
        counts = counts_of(law, 800, 6, rng)
        model = clv.fit_retention(counts, law.name)
        for table, _name, truth in (
            (model.survival(12).iloc[t], "survival", law.survival(t)),
            (model.retention(12).iloc[t - 1], "retention", law.retention(t)),
        ):
            inside.append(((table["low"] <= truth) & (truth <= table["high"])).to_numpy())
    share = np.mean(inside)
    assert 0.8 <= share <= 0.97, (share, np.mean(inside, axis=0))
