"""Sums and squares of repeat orders, on every engine in memory or lazy, and the spend law they decide on."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import clv
import rfm
from clv._order_sums import order_sums
from clv.errors import FitWarning
from rfm._days import as_day
from rfm.errors import DataError

LOG = pd.DataFrame({
    "customer_id": ["ann", "ann", "ann", "ann", "bob", "bob", "cy", "dee", "dee"],
    "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-05", "2024-02-01", "2024-01-02", "2024-03-01",
                            "2024-01-03", "2024-01-04", "2024-01-09"]),
    "amount": [99.0, 10.0, 5.5, 4.25, 7.0, 0.1, 3.0, 5.0, 0.0],
})  # fmt: skip


def sorted_sums(sums):
    return np.sort(np.stack([sums.orders, sums.total, sums.squares]), axis=1)


@pytest.mark.parametrize(
    "kind",
    [lambda df: df, pl.from_pandas, lambda df: pl.from_pandas(df).lazy(), lambda df: duckdb.from_df(df)],
    ids=["pandas", "polars", "lazy", "duckdb"],
)
def test_repeat_days_count_once_each_and_free_ones_alone_do_not(kind):
    tx = rfm.Transactions(kind(LOG))
    sums = order_sums(tx, tx.last_day)
    assert sorted(sums.orders) == [1, 2]
    assert sorted(sums.total) == pytest.approx([0.1, 19.75])
    assert sorted(sums.squares) == pytest.approx([0.01, 15.5**2 + 4.25**2])
    earlier = order_sums(tx, as_day("2024-01-31", "end"))
    assert (earlier.orders.tolist(), earlier.total.tolist()) == ([1], [15.5])


def test_they_are_those_of_the_summary():
    log = rfm.datasets.cdnow_sample()
    tx, table = rfm.Transactions(log), clv.summarize(log)
    sums, buyers = order_sums(tx, tx.last_day), table[table["monetary_value"] > 0]
    assert sums.orders.sum() == buyers["frequency"].sum()
    assert sums.total.sum() == pytest.approx((buyers["frequency"] * buyers["monetary_value"]).sum())


def regulars_alike(n=700, seed=0):
    """A log whose regulars spend alike and whose occasional customers differ, and the means of eight later orders."""
    rng = np.random.default_rng(seed)
    x = 1 + rng.negative_binomial(0.8, 0.15, n)
    level = 20 * np.exp(rng.normal(0, 1, n) * 0.7 / x**0.8)
    who = np.repeat(np.arange(n), x + 1)
    day = rng.integers(0, 700, len(who))
    amount = np.round(level[who] * np.exp(rng.normal(0, 0.5, len(who)) - 0.125), 2)
    log = pd.DataFrame(
        {"customer_id": who, "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(day, unit="D")}
    )
    return log.assign(amount=np.maximum(amount, 0.01)), level


@pytest.fixture(scope="module")
def alike():
    return regulars_alike()


def test_a_fit_says_that_orders_contradict_gamma_gamma_and_predicts_better(alike):
    log, level = alike
    with pytest.warns(FitWarning, match="analysis of variance") as caught:
        model = clv.fit(log)
    said = [str(each.message) for each in caught if "credibility-spend" in str(each.message)]
    assert len(said) == 1
    assert "an analysis of variance of the repeat orders of" in said[0]
    assert isinstance(model.spend.law, clv.CredibilitySpend)
    assert said[0] in model.summary()
    with pytest.warns(FitWarning, match="gamma-gamma: the estimates diverge"):
        gamma = clv.fit(log, spend_law="gamma-gamma")
    assert isinstance(gamma.spend.law, clv.GammaGamma)
    off = [np.abs(each.predict("26W")["expected_spend"] - level).mean() for each in (model, gamma)]
    assert off[0] < 0.85 * off[1]


def test_the_same_model_comes_of_an_engine_is_stored_and_values_new_customers(alike, tmp_path):
    log, _ = alike
    model = clv.fit(log, spend_law="credibility")
    lazy = clv.fit(pl.from_pandas(log).lazy(), spend_law="credibility")
    assert lazy.spend.law == model.spend.law
    path = tmp_path / "m.json"
    model.save(path)
    loaded = clv.load(path)
    assert loaded.spend.law == model.spend.law
    assert np.isnan(loaded.spend.log_likelihood)
    some = model.customers.head(50)
    pd.testing.assert_frame_equal(loaded.predict(customers=some), model.predict(customers=some))
    assert model.new_customer("52W").expected_spend == pytest.approx(model.spend.law.mean)
    grown = model.predict("26W", price_growth=0.1)["expected_spend"].mean()
    assert grown > 1.02 * model.predict("26W")["expected_spend"].mean()


def test_intervals_hold_later_spend(alike):
    """Bounds of the total spend of customers, by the law's approximation, against its own simulated futures."""
    model = clv.fit(alike[0], spend_law="credibility")
    table = model.total(horizon="26W", interval=0.9)
    assert table["clv_low"].item() < table["clv"].item() < table["clv_high"].item()
    law, some = model.spend.law, model.customers.query("frequency > 3").head(400)
    member = law.posterior(some["frequency"], some["monetary_value"])
    spent = member.simulate(np.full(len(some), 6), np.random.default_rng(0)).reshape(-1, 6).sum(axis=1)
    inside = (member.total_spend_quantile(0.05, 6) < spent) & (spent < member.total_spend_quantile(0.95, 6))
    assert inside.mean() == pytest.approx(0.9, abs=0.04)


def test_a_backtest_has_the_law_that_a_fit_would_have(alike):
    log, _ = alike
    with pytest.warns(FitWarning):  # purchases have a warning of their own
        table = clv.backtest(log, "26W", models="bg-nbd", baselines=False).table
    end = str(log["date"].max().date() - pd.Timedelta(weeks=26))
    with pytest.warns(FitWarning):  # purchases have a warning of their own
        predicted = clv.fit(log, end=end).predict("26W", 0.0)
    spend = (predicted["expected_purchases"] * predicted["expected_spend"]).sum()
    assert table["spend_predicted"].item() == pytest.approx(spend)


def test_gamma_gamma_stays_where_nothing_contradicts_it():
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    assert isinstance(model.spend.law, clv.GammaGamma)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spend_law": "normal"}, "spend_law must be one of|spend_law"),
        ({"spend_law": "credibility", "value_per_order": 3.0}, "value_per_order= cannot be used together"),
        ({"spend_law": "credibility", "prior": clv.Prior()}, "prior= cannot be used together"),
        (
            {"spend_law": "credibility", "model": "bg-bb", "unit": "M"},
            "model='bg-bb' cannot be used together",
        ),
        ({"spend_law": "credibility", "engine": "lifetimes"}, "engine= cannot be used together"),
        ({"spend_law": "credibility", "spend": "first_order_spend"}, "spend= cannot be used together"),
    ],
)
def test_what_goes_not_together_is_refused(alike, options, message):
    with pytest.raises(DataError, match=message):
        clv.fit(alike[0], **options)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (rfm.Transactions(LOG, returns="keep"), "returns='keep'"),
        (rfm.Transactions(LOG[["customer_id", "date"]]), "a log without amounts"),
    ],
)
def test_logs_whose_orders_cannot_be_read_are_refused(log, why):
    with pytest.raises(DataError, match=f"spend_law='credibility' and {why} cannot be used together"):
        clv.fit(log, spend_law="credibility")


def test_a_summary_alone_is_not_enough(alike):
    with pytest.raises(
        DataError, match=r"CredibilitySpend, which needs the log. Hint: clv.fit\(tx, spend_law="
    ):
        clv.fit_law(clv.CredibilitySpend, clv.summarize(alike[0]))
