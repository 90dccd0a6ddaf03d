"""The common error: what intervals hold, that groups share it, and where a model takes it from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._common_error import common_error
from clv._fits.posterior import SPREAD
from clv._laws.constant_spend import ConstantSpend
from clv._past_errors.past_errors import PastErrors
from clv._values.simulated_future import Base
from clv._values.sums_of_customers import Luck, mixture_bounds, mixture_draws, with_common_error
from clv._values.totals import totals_of

EDGES = np.array([0.0, 91.0])
SOURCES = ("law", "law and its past errors", "law and typical errors")


@pytest.fixture(scope="module")
def model():
    fitted = clv.fit(rfm.datasets.cdnow_sample().query("customer_id <= 800"), end="1997-09-30")
    return replace(fitted, draws=fitted._posterior(SPREAD, seed=0))


class Factors(PastErrors):
    """Past errors whose factors are known: 10% too low and 20% too high, for purchases; of money the squares."""

    source = "law and its past errors"

    def error_factors(self, edges, size, rng):
        of_purchases = np.where(np.arange(size) % 2, 1.1, 0.8)
        both = np.stack([of_purchases, of_purchases**2], axis=1)
        return np.repeat(both[:, :, None], len(edges) - 1, axis=2)

    def correction(self, edges):
        return np.array([[1.25], [1.5]]) * np.ones(len(edges) - 1)


@pytest.fixture(scope="module")
def wrong(model):
    return replace(model, past_errors=Factors(pd.DataFrame(), model.end))


def test_every_group_has_the_factor_of_its_draw(model):
    """Draws of the groups' expectations add up to those of the base, with and without a common error."""
    base = model._reader.base(model.customers)
    group = np.arange(len(base)) % 3
    laws, draws = model._laws, model._draws(SPREAD, 0, model.end)[:40]
    options = {"horizon": 13.0, "delta": 0.002, "margin": 1.0}
    factors = np.random.default_rng(1).lognormal(0.0, 0.2, (500, 2))

    def found(groups, of, rng=2):
        return totals_of(
            laws, draws, base, of, groups, rng=np.random.default_rng(rng), factors=factors, **options
        )

    whole, parts = found(1, np.zeros_like(group)), found(3, group)
    np.testing.assert_allclose(parts.expected.sum(axis=1), whole.expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(parts.means.sum(axis=2), whole.means[:, :, 0], rtol=2e-3)
    still = replace(parts, luck=Luck(parts.luck.expected, *np.zeros((2, 2, 3))))
    alone = replace(whole, luck=Luck(whole.luck.expected, *np.zeros((2, 2, 1))))
    for k in (0, 1):
        rows = np.arange(500) % len(parts.means)
        drawn = still.draws(k, np.random.default_rng(0))
        np.testing.assert_allclose(drawn, parts.means[rows, k] * factors[:, k, None], rtol=1e-12)
        np.testing.assert_allclose(
            drawn.sum(axis=1), alone.draws(k, np.random.default_rng(0))[:, 0], rtol=2e-3
        )
        # With their luck the sums of draws have the base's distribution; bounds of groups do not add up.
        sums = np.quantile(
            np.concatenate([parts.draws(k, np.random.default_rng(s)).sum(axis=1) for s in range(20)]),
            [0.05, 0.95],
        )
        low, high = (float(bound[0]) for bound in whole.bounds(k, 0.9))
        assert sums == pytest.approx([low, high], rel=0.01)
        assert parts.bounds(k, 0.9)[0].sum() < low
        assert parts.bounds(k, 0.9)[1].sum() > high


def test_a_common_error_widens_by_its_quantiles_and_corrects_expectations(model, wrong):
    law = model.total(horizon="13W", interval_from="law").iloc[0]
    held = wrong.total(horizon="13W").iloc[0]
    assert (law["interval_from"], held["interval_from"]) == SOURCES[:2]
    assert held["purchases"] == pytest.approx(1.25 * law["purchases"])
    assert held["clv"] == pytest.approx(1.5 * law["clv"])
    assert (law["correction"], held["correction"], held["clv_correction"]) == (1.0, 1.25, 1.5)
    assert held["purchases_mean_low"] == law["purchases_mean_low"]
    # Half of the draws are at .8 and half at 1.1 times what the law expects.
    middle = law["purchases"] * np.array([0.8, 1.1])
    narrow = wrong.total(horizon="13W", interval=0.5).iloc[0]
    spread = law["purchases_high"] - law["purchases_low"]
    assert narrow[["purchases_low", "purchases_high"]].to_numpy(float) == pytest.approx(
        middle, abs=0.15 * spread
    )
    width = held["purchases_high"] - held["purchases_low"]
    assert width > spread + 0.2 * law["purchases"]


def test_periods_have_their_own_errors_and_so_do_active_customers(model, wrong):
    options = {"horizon": "26W", "every": "13W"}
    law, held = model.forecast(**options, interval_from="law"), wrong.forecast(**options)
    np.testing.assert_allclose(held["purchases"], 1.25 * law["purchases"])
    np.testing.assert_allclose(held["revenue"], 1.5 * law["revenue"])
    more = held["active"] / law["active"]
    assert ((more > 1.05) & (more < 1.25)).all()
    for name in ("purchases", "revenue", "active"):
        widths = [table[f"{name}_high"] - table[f"{name}_low"] for table in (law, held)]
        assert (widths[1] > 1.2 * widths[0]).all()
    assert held["interval_from"].eq(SOURCES[1]).all()


def test_without_past_errors_those_of_other_logs_are_taken(model):
    table = model.total(horizon="13W")
    typical = model.total(horizon="13W", interval_from=SOURCES[2])
    pd.testing.assert_frame_equal(table, typical)
    assert table["interval_from"].item() == SOURCES[2]
    assert table["correction"].item() == 1.0
    assert model.forecast("8W", every="4W")["interval_from"].eq(SOURCES[2]).all()


def test_a_model_with_past_errors_still_gives_the_others(wrong, model):
    for source in (SOURCES[0], SOURCES[2]):
        pd.testing.assert_frame_equal(
            wrong.total(horizon="13W", interval_from=source), model.total(horizon="13W", interval_from=source)
        )


@pytest.mark.parametrize("ask", ["total", "forecast"])
def test_past_errors_that_are_not_known_are_refused(model, ask):
    call = getattr(model, ask)
    with pytest.raises(rfm.DataError, match=r"does not know its past errors\. Hint: model\.with_past_errors"):
        call(horizon="4W", interval_from=SOURCES[1])
    with pytest.raises(rfm.DataError, match="interval_from='laws' is no source of intervals"):
        call(horizon="4W", interval_from="laws")


def test_where_every_order_has_the_same_price_money_has_the_error_of_purchases(model):
    errors = PastErrors.typical(model.end)
    found = common_error(errors, None, EDGES, end=model.end, seed=0, price_known=True)
    np.testing.assert_array_equal(found.factors[:, 0], found.factors[:, 1])
    priced = model.total(horizon="13W", value_per_order=20.0, discount_rate=0.0).iloc[0]
    for bound in ("low", "high"):
        assert priced[f"clv_{bound}"] == pytest.approx(20 * priced[f"purchases_{bound}"] * 1.0, rel=0.03)


def test_few_purchases_stay_whole_and_money_goes_with_them():
    rng = np.random.default_rng(5)
    bought = rng.poisson(6.0, (40_000, 1, 2)).astype(float)
    counted = np.concatenate([bought, 20 * bought], axis=1)
    factors = rng.lognormal(0.1, 0.3, (997, 2))
    factors[:, 1] = factors[:, 0]
    found = with_common_error(counted, factors, rng)
    assert (found[:, 0] == np.floor(found[:, 0])).all()
    np.testing.assert_allclose(found[:, 1], 20 * found[:, 0])
    assert found[:, 0].mean() == pytest.approx(6 * factors[:, 0].mean(), rel=0.01)
    dearer = with_common_error(counted, factors * [1.0, 1.5], np.random.default_rng(6))
    assert dearer[:, 1].mean() == pytest.approx(30 * 6 * factors[:, 0].mean(), rel=0.01)


def test_bounds_with_factors_are_those_of_their_draws():
    rng = np.random.default_rng(3)
    means, luck = rng.normal(1000.0, 30.0, (150, 1)), Luck(*np.array([[1000.0], [2500.0], [60_000.0]]))
    factors = np.exp(0.15 * rng.standard_normal(2_000))
    low, high = mixture_bounds(means, luck, 0.9, factors)
    drawn = np.concatenate([mixture_draws(means, luck, rng, factors) for _ in range(40)])
    assert [low[0], high[0]] == pytest.approx(np.quantile(drawn, [0.05, 0.95]), rel=0.003)


def test_a_base_of_nobody_has_totals_of_nothing(model):
    nobody = Base(*np.zeros((4, 0)))
    found = totals_of(
        (model.purchases.law, ConstantSpend(2.0)), [(model.purchases.law, ConstantSpend(2.0))] * 3, nobody,
        np.zeros(0, dtype=np.int64), 1, horizon=4.0, delta=0.0, margin=1.0, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found.expected.tolist() == [[0.0], [0.0]]


def test_days_share_the_error_of_their_week(model):
    """Which makes a year by day as fast as by week; weeks and longer periods have errors of their own."""
    errors = PastErrors.typical(model.end)
    days = common_error(errors, None, np.arange(365.0), end=model.end, seed=0)
    assert days.factors.shape == (2_000, 2, 364)
    assert len(np.unique(days.factors[0, 0])) == 52
    np.testing.assert_array_equal(days.factors[:, :, 0], days.factors[:, :, 6])
    weeks = common_error(errors, None, 7.0 * np.arange(53), end=model.end, seed=0)
    np.testing.assert_array_equal(weeks.factors, days.factors[:, :, ::7])
