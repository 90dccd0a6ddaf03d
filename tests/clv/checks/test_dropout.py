"""Whether the log tells who has left: sure where it does, alarmed by youth and by regular customers, and quick."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import clv
from benchmarks.checks import CLOCK, COIN, Shop
from clv._checks.dropout import LOSS, Profile, _phi, share_left, told
from clv._checks.history import Terms, fitted
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._fits.likelihood import Likelihood, informative

OWN_LAW = Path(__file__).parents[3] / "examples" / "own_law.py"


def found_in(shop, model="bg-nbd", seed=1):
    history = shop.log(np.random.default_rng(seed))
    return told(history, Terms(history, "W", model))


@pytest.mark.parametrize("model", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
def test_a_long_log_of_many_customers_tells(model):
    found = found_in(Shop(CLOCK if model == "pareto-nbd" else COIN), model)
    assert found.holds == "yes"
    assert "the log bears out" in found.finding
    share = found.estimate
    assert share.low < share.value < share.high < share.low + 0.3


@pytest.mark.parametrize("model", ["mbg-nbd", pytest.param("pareto-nbd", marks=pytest.mark.slow)])
def test_the_interval_holds_the_share_under_the_true_law(model):
    """Nineteen times in twenty for the law of the shop: at least 26 of 30, or 10 of 12, here (with 300 customers it is
    89 of 100)."""  # fmt: skip
    law, logs, least = {"mbg-nbd": (COIN, 30, 26), "pareto-nbd": (CLOCK, 12, 10)}[model]
    rng, inside = np.random.default_rng(4), 0
    for _ in range(logs):
        made = law.simulate(np.full(1200, 40.0), rng)
        table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
        fit = fit_to_data(type(law), FitData.read(type(law), table))
        share = share_left(fit, table).estimate
        inside += share.low <= 1 - law.p_alive(made.x, made.t_x, made.T).mean() <= share.high
    assert inside >= least


def test_a_young_shop_does_not_tell():
    young = Shop(clv.MBGNBD(r=0.8, alpha=8.0, a=0.8, b=3.2), size=300, weeks=10)
    found = [found_in(young, "mbg-nbd", seed) for seed in range(4)]
    assert all(each.holds in ("no", "doubtful") for each in found)
    assert any(each.holds == "no" and "That nobody has left" in each.finding for each in found)
    assert all("have not been observed long enough" in each.finding for each in found)
    assert all("prior=clv.Prior()" in each.finding for each in found)


def test_regular_customers_look_loyal():
    found = found_in(Shop(shape=3.0, gap=3.0, weeks=52, size=500))
    assert found.holds == "no"
    assert "purchases come too regularly" in found.finding


def test_where_the_law_says_hardly_anybody_and_is_sure_it_is_no_alarm():
    found = found_in(Shop(clv.BGNBD(r=1.5, alpha=5.0, a=1e-9, b=1.0), weeks=104))
    assert found.holds == "yes"
    assert "hardly any" in found.finding


def test_few_customers_and_laws_without_dropout_are_unknown():
    assert "customers bought again" in found_in(Shop(size=20)).finding
    found = found_in(Shop(size=200), runpy.run_path(str(OWN_LAW))["NBD"])
    assert found.holds == "unknown"
    assert "Nobody ever leaves" in found.finding


@pytest.mark.parametrize("rate", [False, True])
def test_the_derivatives_of_phi(rate):
    for v in (-4.0, 0.0, 3.0):
        ahead, here, back = (_phi(v + step, rate) for step in (1e-5, 0.0, -1e-5))
        assert here[1] == pytest.approx((ahead[0] - back[0]) / 2e-5, rel=1e-6)
        assert here[2] == pytest.approx((ahead[1] - back[1]) / 2e-5, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("law", [COIN, CLOCK])
def test_an_end_is_where_the_likelihood_has_fallen_and_no_other_fit_is_better(law):
    made = law.simulate(np.full(400, 40.0), np.random.default_rng(2))
    table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    fit = clv.fit_law(type(law), table)
    likelihood = Likelihood.of(type(law), informative(type(law), FitData.read(type(law), table)))
    profile = Profile.of(likelihood, fit)
    for side in (-1.0, 1.0):
        end = profile.end(side)
        assert profile.top - likelihood(end)[0] == pytest.approx(LOSS, abs=0.15)
        number = end[2] + _phi(end[3], profile.rate)[0]

        def loss(rest, number=number):
            return -likelihood(np.array([*rest[:2], number - _phi(rest[2], profile.rate)[0], rest[2]]))[0]

        best = optimize.minimize(loss, np.delete(end, 2), method="Nelder-Mead", options={"maxiter": 800})
        assert -best.fun <= likelihood(end)[0] + 0.02


def test_it_is_quick_and_reuses_the_fits():
    history = Shop(size=20_000).log(np.random.default_rng(1))
    terms = Terms(history, "W", "mbg-nbd")
    assert terms.fit is terms.leaves
    assert fitted("mbg-nbd", history, "W").law == terms.leaves.law
    began = time.process_time()
    told(history, terms)
    assert time.process_time() - began < 5
