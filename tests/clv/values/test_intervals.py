"""Predictive intervals: against simulation, and properties of any interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._laws import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from clv._laws.constant_spend import ConstantSpend
from clv._values.intervals import predictive_intervals

SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
LAWS = [
    BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426),
    MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
]
X, TX, T = np.array([0.0, 1.0, 7.0, 29.0]), np.array([0.0, 5.0, 30.0, 37.0]), np.full(4, 38.0)
M = np.array([0.0, 12.0, 40.0, 25.0])


def brute_force(draws, i, horizon, size, rng):
    """Purchases and spend of customer i in many futures, each with one of the draws."""
    counts, spends = [], []
    for law, spend in draws:
        part = size // len(draws)
        alive = int((rng.random(part) < law.p_alive(X[i], TX[i], T[i])).sum())
        row = [np.full(alive, column[i]) for column in (X, TX, T)]
        future = law.posterior(*row).simulate(np.full(alive, horizon), rng)
        orders = np.bincount(future.customer, minlength=alive)
        amounts = spend.posterior(row[0], np.full(alive, M[i])).simulate(orders, rng)
        total = np.bincount(future.customer, weights=amounts, minlength=alive)
        counts.append(np.pad(orders, (0, part - alive)))
        spends.append(np.pad(total, (0, part - alive)))
    return np.concatenate(counts), np.concatenate(spends)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_bounds_are_the_quantiles_of_simulated_futures(law):
    rng, size = np.random.default_rng(11), 60_000
    draws = [(law, SPEND), (law.scaled(1.3), GammaGamma(p=4.0, q=3.0, gamma=20.0))]
    interval = predictive_intervals(draws, X, TX, T, M, horizon=39.0, mass=0.8)
    for i in range(len(X)):
        counts, spends = brute_force(draws, i, 39.0, size, rng)
        for bound, level in ((interval.spend_low[i], 0.1), (interval.spend_high[i], 0.9)):
            below = (spends <= bound).mean()
            # At least the level, and not more where the quantile is no atom: four standard errors of the simulation.
            assert below >= level - 0.006
            assert bound == 0 or below <= level + 0.006
        for bound, level in ((interval.purchases_low[i], 0.1), (interval.purchases_high[i], 0.9)):
            assert (counts <= bound).mean() >= level - 0.006
            assert bound == 0 or (counts <= bound - 1).mean() <= level + 0.006


def test_where_every_order_is_worth_the_same_spend_is_so_many_orders():
    law = LAWS[0]
    priced = predictive_intervals([(law, ConstantSpend(7.5))] * 2, X, TX, T, M, horizon=39.0, mass=0.8)
    unpriced = predictive_intervals([(law, None)] * 2, X, TX, T, M, horizon=39.0, mass=0.8)
    assert priced.purchases_high.max() > 0
    for end in ("low", "high"):
        counts = getattr(priced, f"purchases_{end}")
        assert getattr(priced, f"spend_{end}").tolist() == (7.5 * counts).tolist()
        assert getattr(unpriced, f"purchases_{end}").tolist() == counts.tolist()
        assert getattr(unpriced, f"spend_{end}").tolist() == [0.0] * len(X)


def test_many_customers_are_the_same_as_one_by_one():
    draws = [(LAWS[0], SPEND), (LAWS[0].scaled(1.2), SPEND)]
    together = predictive_intervals(draws, X, TX, T, M, horizon=39.0, mass=0.9)
    for i in range(len(X)):
        alone = predictive_intervals(draws, *(c[i : i + 1] for c in (X, TX, T, M)), horizon=39.0, mass=0.9)
        assert alone.purchases_high[0] == together.purchases_high[i]
        assert alone.spend_high[0] == pytest.approx(together.spend_high[i], rel=1e-3)


@pytest.fixture(scope="module")
def model():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


@pytest.fixture(scope="module")
def predicted(model):
    return model.predict("39W", interval=0.9)


def test_a_wider_interval_holds_a_narrower_one(model, predicted):
    narrow = model.predict("39W", interval=0.5)
    for name in ("clv", "purchases"):
        assert (narrow[f"{name}_low"] >= predicted[f"{name}_low"] - 1e-9).all()
        assert (narrow[f"{name}_high"] <= predicted[f"{name}_high"] + 1e-9).all()


def test_purchase_bounds_are_whole_and_nothing_is_missing(predicted):
    assert predicted.notna().all(axis=None)
    bounds = predicted[["purchases_low", "purchases_high"]]
    assert (bounds == bounds.round()).all(axis=None)
    assert (predicted["clv_low"] <= predicted["clv_high"]).all()


def test_the_seed_decides_and_nothing_else(model, predicted):
    pd.testing.assert_frame_equal(model.predict("39W", interval=0.9), predicted)
    shuffled = rfm.datasets.cdnow_sample().sample(frac=1, random_state=5)
    again = clv.fit(shuffled, end="1997-09-30").predict("39W", interval=0.9)
    pd.testing.assert_frame_equal(again, predicted, rtol=1e-6)


def test_an_infinite_horizon_has_a_mean_interval_only(model):
    forever = model.predict("inf", interval=0.9, customers=model.customers.iloc[::8])
    assert "clv_low" not in forever
    assert (forever["clv_mean_low"] < forever["clv_mean_high"]).all()
    inside = forever["clv"].between(forever["clv_mean_low"], forever["clv_mean_high"])
    assert inside.mean() > 0.95


def test_a_loaded_model_has_intervals_too(model, predicted, tmp_path):
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json").predict("39W", interval=0.9, customers=model.customers)
    assert (loaded["purchases_high"] - predicted["purchases_high"]).abs().mean() < 0.05


@pytest.mark.parametrize("interval", [0.0, 1.0, 90])
def test_a_mass_outside_is_refused(model, interval):
    with pytest.raises(rfm.DataError, match="interval must lie between 0 and 1"):
        model.predict(interval=interval)


def test_a_customer_s_bounds_do_not_depend_on_who_is_tabled_beside_them():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 30, 300).astype(float)
    t_x, T = np.where(x > 0, 30.0 * rng.random(300) + 0.1, 0.0), np.full(300, 38.0) + rng.integers(0, 20, 300)
    columns = (x, t_x, T, np.where(x > 0, 10 + 50 * rng.random(300), 0.0))
    draws = [(LAWS[0], SPEND), (LAWS[0].scaled(1.2), GammaGamma(p=4.0, q=3.0, gamma=20.0))]
    together = predictive_intervals(draws, *columns, horizon=39.0, mass=0.9)
    for piece in range(5):
        apart = predictive_intervals(draws, *(c[piece::5] for c in columns), horizon=39.0, mass=0.9)
        for name in ("purchases_low", "purchases_high", "spend_low", "spend_high"):
            np.testing.assert_allclose(getattr(apart, name), getattr(together, name)[piece::5], rtol=1e-11)
