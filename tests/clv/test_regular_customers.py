"""Models of regular customers, by BG/CNBD-k and MBG/CNBD-k: from the log to predictions, files and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError

LAW = clv.MBGCNBD(1.4, 6.0, 0.9, 3.0, k=2)
SPEND = clv.GammaGamma(6.25, 3.74, 15.44)


@pytest.fixture(scope="module")
def tx() -> pd.DataFrame:
    return clv.simulate(LAW, SPEND, customers=500, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def model(tx):
    return clv.fit(tx, model="mbg-cnbd-2")


def test_a_fit_to_a_log_finds_the_law_again(model):
    assert model.purchases.law.k == 2
    assert model.purchases.converged
    assert not model.purchases.at_boundary
    errors = np.sqrt(np.diag(model.purchases.log_covariance))
    assert np.all(np.abs(model.purchases.law.log_parameters - LAW.log_parameters) < 4 * errors)


def test_predictions_are_those_of_each_customers_own_silence(tx, model):
    """Two customers of one x and T who bought last on other days have other laws after T."""
    summary = clv.summarize(tx, unit="W")
    predicted = model.predict("26W").set_index("customer_id").loc[summary["customer_id"]]
    x, t_x, T = (summary[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    law = model.purchases.law
    expected = law.conditional_expected_purchases(26.0, x, t_x, T)
    assert np.allclose(predicted["expected_purchases"], expected, rtol=1e-9)
    bought = 1 - law.conditional_pmf(0, 26.0, x, t_x, T)
    assert np.allclose(predicted["p_purchase"], bought, rtol=1e-8)
    both = model.total(horizon="26W")
    assert float(both["purchases"].sum()) == pytest.approx(expected.sum(), rel=1e-9)
    by_week = model.forecast("26W", every="13W")
    assert float(by_week["purchases"].sum()) == pytest.approx(expected.sum(), rel=1e-9)


def test_intervals_hold_each_customers_mean(model):
    predicted = model.predict("26W", interval=0.9)
    inside = predicted["expected_purchases"].between(
        predicted["purchases_low"] - 1e-9, predicted["purchases_high"] + 1e-9
    )
    likely = predicted["p_alive"] > 0.9
    assert inside[likely].all()


def test_value_is_the_integral_of_expected_purchases(model):
    """Discounted by weeks: Σ e^(−δt) ΔE[X(t)] with fine steps."""
    law = model.purchases.law
    member = law.posterior([4.0, 1.0], [30.0, 20.0], [32.0, 40.0])
    from clv._values.lifetime_value import discounted_purchases

    t = np.linspace(0, 52, 2081)[:, None]
    steps = np.diff(np.asarray(member.expected_purchases(t)), axis=0)
    by_hand = (np.exp(-0.01 * (t[1:] + t[:-1]) / 2) * steps).sum(axis=0)
    assert np.allclose(discounted_purchases(member, 52.0, 0.01), by_hand, rtol=1e-6)
    endless = discounted_purchases(member, np.inf, 0.01)
    assert np.all(endless > by_hand)


def test_a_saved_model_is_the_same(model, tmp_path):
    model.save(tmp_path / "model.json")
    loaded = clv.load(tmp_path / "model.json")
    assert loaded.purchases.law == model.purchases.law
    assert type(loaded.purchases.law) is clv.MBGCNBD.with_k(2)


def test_covariates_act_on_rates_and_dropout(tx):
    customers = pd.DataFrame({"customer_id": sorted(tx["customer_id"].unique())})
    customers["card"] = customers["customer_id"] % 2
    fit = clv.fit(tx, model="mbg-cnbd-2", covariates=customers, purchase="card", dropout="card").purchases
    assert fit.converged
    table = fit.table()
    effects = table[table["parameter"].str.contains("card")]
    assert len(effects) == 3  # assigned at random: none is beyond its error
    assert np.all(np.abs(effects["estimate"]) < 4 * effects["standard_error"])
    assert fit.law_for(customers.head(3)).k == 2


def test_a_season_stretches_the_time_between_purchases(tx):
    flat = clv.Season.from_factors(pd.Series(np.ones(12), index=range(1, 13)))
    plain, seasonal = clv.fit(tx, model="mbg-cnbd-2"), clv.fit(tx, model="mbg-cnbd-2", season=flat)
    theirs = seasonal.purchases.law.log_parameters
    assert np.allclose(theirs, plain.purchases.law.log_parameters, atol=1e-5)


def test_logs_that_begin_in_the_middle_are_refused(tx):
    for options in ({"entry_after": "8W"}, {"entry_after": "auto"}):
        with pytest.raises(DataError, match="MBG/CNBD-2, in which it also matters when they had bought last"):
            clv.fit(tx, model="mbg-cnbd-2", **options)
    with pytest.raises(DataError, match="lifetimes has no fitter for mbg-cnbd-2"):
        clv.fit(tx, model="mbg-cnbd-2", engine="lifetimes")


def test_regular_customers_alarm_sooner(tx):
    """Both laws fitted to the same log of regular customers: silence is taken more seriously by the one that knows."""
    regular, random = (clv.fit(tx, model=name).due() for name in ("mbg-cnbd-2", "mbg-nbd"))
    known = regular["due"].notna() & random["due"].notna()
    assert known.sum() > 300
    assert (regular["due"] <= random["due"])[known].mean() > 0.8
