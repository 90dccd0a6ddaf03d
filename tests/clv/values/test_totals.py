"""Totals of groups and forecasts by period: exact means, consistent sums, correct intervals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import SPREAD, Posterior
from clv._laws.constant_spend import ConstantSpend
from clv._values.forecast import forecast_table
from clv._values.simulated_future import Base
from clv._values.totals import totals_of


@pytest.fixture(scope="module")
def model():
    """With its draws made once; another seed takes them in another order."""
    fitted = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    return replace(fitted, draws=fitted._posterior(SPREAD, seed=0))


@pytest.fixture(scope="module")
def few(model):
    """With the estimates for draws, where expectations are asked for: bounds take their time."""
    return replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 2))


@pytest.fixture(scope="module")
def predicted(model):
    return model.predict("39W", 0.1)


def without_an_end(model):
    return replace(clv.fit_summary(model.customers.drop(columns="end")), draws=model.draws)


def test_the_expectation_is_the_sum_of_the_customers(few, predicted):
    total = few.total(horizon="39W").iloc[0]
    assert total["customers"] == len(predicted)
    assert total["purchases"] == pytest.approx(predicted["expected_purchases"].sum())
    assert total["clv"] == pytest.approx(predicted["clv"].sum())


def test_groups_add_up_and_keep_their_order(few, predicted):
    group = pd.Categorical(
        np.where(predicted["p_alive"] < 0.5, "low", "high"), ["low", "high", "none"], ordered=True
    )
    by = predicted[["customer_id"]].assign(group=group)
    table = few.total(by=by, horizon="39W")
    assert table["group"].tolist() == ["low", "high"]
    by_hand = predicted.groupby(group, observed=True)[["expected_purchases", "clv"]].sum()
    np.testing.assert_allclose(table[["purchases", "clv"]], by_hand)


def test_the_predictive_interval_holds_the_mean_interval(model):
    by = model.customers[["customer_id"]].assign(third=np.arange(2357) % 3)
    table = model.total(by, "39W", interval_from="law")
    for name in ("purchases", "clv"):
        mean = table[f"{name}_mean_high"] - table[f"{name}_mean_low"]
        assert (table[f"{name}_high"] - table[f"{name}_low"] > mean).all()
        assert (table[f"{name}_low"] < table[name]).all()
        assert (table[name] < table[f"{name}_high"]).all()


def simulated(monkeypatch, most=50_000):
    """Where the moments of customers are not cheap, they are estimated from simulated futures."""
    monkeypatch.setattr("clv._values.totals.moments_are_cheap", lambda *_: False)
    monkeypatch.setattr("clv._values.forecast.luck_is_known", lambda *_: False)
    for module in ("totals", "forecast"):
        monkeypatch.setattr(f"clv._values.{module}.MOST_SIMULATED", most)


@pytest.mark.parametrize("most", [50_000, 600])
def test_a_simulated_base_has_the_same_intervals(model, monkeypatch, most):
    whole = model.total(horizon="39W", interval_from="law").iloc[0]
    simulated(monkeypatch, most)
    sampled = model.total(horizon="39W", interval_from="law").iloc[0]
    for name in ("purchases", "clv"):
        widths = [row[f"{name}_high"] - row[f"{name}_low"] for row in (whole, sampled)]
        assert widths[1] == pytest.approx(widths[0], rel=0.25 if most < 2_357 else 0.03)


def test_a_forecast_adds_up_to_the_total(model, predicted):
    table = model.forecast("39W", every="13W")
    assert table["purchases"].sum() == pytest.approx(predicted["expected_purchases"].sum())
    assert table["revenue"].sum() == pytest.approx(model.predict("39W", 0.0)["clv"].sum())
    assert (table["start"].iloc[0], table["end"].iloc[-1]) == (
        pd.Timestamp("1997-10-01"),
        pd.Timestamp("1998-06-30"),
    )
    assert (
        table["start"].iloc[1:].to_numpy() - table["end"].iloc[:-1].to_numpy() == np.timedelta64(1, "D")
    ).all()
    assert (table["active"] < table["purchases"]).all()
    for name in ("purchases", "revenue", "active"):
        assert table[name].between(table[f"{name}_low"], table[f"{name}_high"]).all()
        assert table[name].is_monotonic_decreasing


def test_the_last_period_ends_with_the_horizon(few):
    table = few.forecast("24D")
    assert table["end"].iloc[-1] == pd.Timestamp("1997-10-24")
    assert (table["end"] - table["start"]).dt.days.tolist() == [6, 6, 6, 2]
    assert table["purchases"].sum() == pytest.approx(few.predict("24D")["expected_purchases"].sum())
    short = few.forecast("3D")
    assert len(short) == 1
    assert short["purchases"].sum() == pytest.approx(few.predict("3D")["expected_purchases"].sum())


def test_months_and_quarters_are_those_of_the_calendar(few):
    months = few.forecast("12M", every="1M")
    assert months["start"].dt.strftime("%m-%d").tolist()[:3] == ["10-01", "11-01", "12-01"]
    assert months["end"].dt.is_month_end.all()
    assert len(months) == 12
    quarters = few.forecast("26W", every="1Q")
    assert quarters["end"].dt.strftime("%Y-%m-%d").tolist() == ["1997-12-31", "1998-03-31"]
    assert quarters["purchases"].sum() == pytest.approx(few.predict("26W")["expected_purchases"].sum())
    unknown = without_an_end(few).forecast("8W", every="1M")
    assert unknown["end"].tolist() == pytest.approx([365.25 / 12 / 7, 8])


@pytest.mark.parametrize("most", [50_000, 600])
def test_a_simulated_base_has_the_same_forecast(model, monkeypatch, most):
    whole = model.forecast("26W", every="13W", interval_from="law")
    simulated(monkeypatch, most)
    sampled = model.forecast("26W", every="13W", interval_from="law")
    np.testing.assert_allclose(sampled["purchases"], whole["purchases"])
    np.testing.assert_allclose(sampled["active"], whole["active"], rtol=0.05 if most < 2_357 else 0.01)
    for name in ("revenue", "active"):
        widths = [(t[f"{name}_high"] - t[f"{name}_low"]).to_numpy() for t in (whole, sampled)]
        np.testing.assert_allclose(widths[1], widths[0], rtol=0.3 if most < 2_357 else 0.15)


def test_without_an_end_time_is_counted_from_it(few):
    unknown = without_an_end(few).forecast("4W")
    assert unknown["start"].tolist() == [0, 1, 2, 3]
    assert unknown["end"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.total(by=[1, 2]), "by must assign customers to groups, got list"),
        (lambda m: m.total(horizon="inf"), "A total needs a finite horizon"),
        (lambda m: m.forecast("inf"), "A forecast needs a finite horizon"),
        (lambda m: m.forecast("0.5D"), "A forecast needs a horizon of a day or more, got 0.5 days"),
        (lambda m: m.forecast("52W", every="0.5D"), "every='0.5D' is shorter than a day"),
        (lambda m: m.forecast("52W", every="often"), "every='often' is not a length of time"),
    ],
)
def test_what_cannot_be_is_refused(model, call, message):
    with pytest.raises(rfm.DataError, match=message):
        call(model)


@pytest.mark.parametrize("most", [None, 50_000, 600])
def test_the_order_of_the_customers_changes_nothing(model, monkeypatch, most):
    if most is not None:
        simulated(monkeypatch, most)
    laws = (model.purchases.law, model.spend.law)
    base = Base(
        *(model.customers[name].to_numpy() for name in ("frequency", "recency", "T", "monetary_value"))
    )
    group = np.where(base.x > 0, 1, 0)

    def found(rows):
        some, rng = base.take(rows), np.random.default_rng(3)
        options = {"horizon": 26.0, "delta": 0.002, "margin": 1.0, "rng": rng}
        totals = totals_of(laws, [laws] * 9, some, group[rows], 2, **options).table(0.9)
        return totals, forecast_table(laws, [laws] * 9, some, np.array([0.0, 13.0, 26.0]), 0.9, rng)

    in_order = found(np.arange(len(base)))
    shuffled = found(np.random.default_rng(4).permutation(len(base)))
    for one, other in zip(in_order, shuffled, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def spread(tables: list[pd.DataFrame], column: str) -> float:
    """The largest less the smallest over tables, as a share of the mean, in the worst row."""
    values = np.array([table[column] for table in tables])
    return float((np.ptp(values, axis=0) / values.mean(axis=0)).max())


@pytest.mark.slow
def test_bounds_do_not_show_the_seed():
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    totals = [model.total(horizon="39W", interval_from="law", seed=seed) for seed in range(4)]
    forecasts = [model.forecast("39W", every="13W", interval_from="law", seed=seed) for seed in range(4)]
    for end in ("low", "high"):
        assert spread(totals, f"purchases_{end}") < 0.01
        assert spread(totals, f"clv_{end}") < 0.01
        assert spread(totals, f"clv_mean_{end}") < 0.02
        for name in ("purchases", "revenue", "active"):
            assert spread(forecasts, f"{name}_{end}") < 0.015


def test_bounds_are_those_of_a_long_simulation(model):
    """Of one future for each of 20,000 draws, see tests/oracles/make_totals.py."""
    known = json.loads((Path(__file__).parents[2] / "oracles" / "totals.json").read_text(encoding="utf-8"))
    whole = model.total(horizon="39W", interval_from="law").iloc[0]
    by_repeat = np.where(model.customers["frequency"] > 0, "repeat", "once")
    by = model.customers[["customer_id"]].assign(bought=by_repeat)
    repeat = model.total(by, "39W", interval_from="law").set_index("group").loc["repeat"]
    for name in ("purchases", "clv"):
        assert [whole[f"{name}_low"], whole[f"{name}_high"]] == pytest.approx(known[name], rel=0.005)
        of_repeat = known[f"{name} of repeat buyers"]
        assert [repeat[f"{name}_low"], repeat[f"{name}_high"]] == pytest.approx(of_repeat, rel=0.005)
    table = model.forecast("39W", every="13W", interval_from="law")
    for name in ("purchases", "revenue", "active"):
        for k, row in table.iterrows():
            found = [row[f"{name}_low"], row[f"{name}_high"]]
            assert found == pytest.approx(known[f"{name} {k}"], rel=0.005), (name, k)


def test_a_few_customers_are_counted_not_approximated(model):
    """Two regulars: the distribution of their purchases together is the convolution of the law's own."""
    some = model.customers.nlargest(2, "frequency")
    law = model.purchases.law
    single = [
        law.conditional_pmf(np.arange(80), 4.0, row.frequency, row.recency, row.T)
        for row in some.itertuples()
    ]
    mass = np.convolve(*single).cumsum()
    table = model.total(horizon="4W", customers=some).iloc[0]
    assert table["purchases_low"] == pytest.approx(np.searchsorted(mass, 0.05), abs=1)
    assert table["purchases_high"] == pytest.approx(np.searchsorted(mass, 0.95), abs=1)
    assert float(table["purchases_low"]).is_integer()


def test_the_value_of_a_few_customers_is_that_of_their_counted_orders(model):
    """Purchases times spend where an order is worth the same for all: value is so many whole orders, kept at 30%."""
    law, spend = model.purchases.law, ConstantSpend(20.0)
    some = model.customers.nlargest(2, "frequency")
    base = Base(*(some[name].to_numpy() for name in ("frequency", "recency", "T", "monetary_value")))
    totals = totals_of(
        (law, spend),
        [(law, spend)] * 4,
        base,
        np.zeros(2, dtype=np.int64),
        1,
        horizon=8.0,
        delta=0.0,
        margin=0.3,
        rng=np.random.default_rng(0),
    )
    table = totals.table(0.9).iloc[0]
    assert table["purchases"] < 100  # few enough to be counted
    assert table["purchases_high"] > table["purchases_low"]
    for end in ("", "_low", "_high", "_mean_low", "_mean_high"):
        assert table[f"clv{end}"] == pytest.approx(0.3 * 20 * table[f"purchases{end}"])
