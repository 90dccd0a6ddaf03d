"""Forgetting in models: chosen where rates drift and only there, stored, used by every answer, refused elsewhere."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import clv
import rfm
from benchmarks.forgetting import drifting
from clv._fit import memory_of
from clv._forgetting import Memory, best_factor, scores, untested
from clv._laws.forgetting import forgetful
from clv._values.simulated_future import Base
from clv.errors import FitError
from rfm._days import as_day
from rfm.errors import DataError


@pytest.fixture(scope="module")
def moving():
    return drifting(1.0)


@pytest.fixture(scope="module")
def model(moving):
    return clv.fit(moving, end="2023-06-30", forgetting="auto")


@pytest.fixture(scope="module")
def sample():
    log = rfm.datasets.cdnow_sample()
    return log[log["customer_id"] <= 600]


def test_drifting_rates_are_forgotten_and_the_held_out_part_agrees(moving, model):
    """Chosen on the log until June 2023; better on the half year after it, which it did not see."""
    assert model.memory.factor < 0.5
    assert f"a history counts as {model.memory.factor:g} of itself" in model.summary()
    customers = model.customers
    later = clv.summarize(moving, end="2023-12-29").set_index("customer_id")["frequency"]
    came = (later.loc[customers["customer_id"]].to_numpy() - customers["frequency"]).to_numpy(dtype=float)
    base, days = model._reader.base(customers), 182 / 7
    whole = scores(model.purchases.law, base, came, days)
    forgotten = scores(forgetful(model.purchases.law, model.memory.factor), base, came, days)
    assert (forgotten - whole).mean() > 0.1


@pytest.mark.nightly
def test_intervals_of_drifting_rates_hold_what_they_say(moving, model):
    later = clv.summarize(moving, end="2023-12-29").set_index("customer_id")["frequency"]
    came = (later.loc[model.customers["customer_id"]] - model.customers["frequency"].to_numpy()).to_numpy()
    forgets = model.predict("182D", interval=0.9)
    plain = dataclasses.replace(model, memory=Memory()).predict("182D", interval=0.9)
    coverage = [
        np.mean((each["purchases_low"] <= came) & (came <= each["purchases_high"]))
        for each in (forgets, plain)
    ]
    assert coverage[1] < 0.87  # of 0.9
    assert coverage[0] == pytest.approx(0.9, abs=0.025)


@pytest.mark.parametrize("law", ["bg-nbd", "pareto-nbd"])
def test_rates_that_stay_are_not_forgotten(law):
    model = clv.fit(drifting(0.0, customers=400, weeks=78), law, forgetting="auto")
    assert model.memory.factor == 1
    assert "whole histories count" in model.summary()


@pytest.mark.nightly
def test_seldom_in_ten_stationary_logs():
    logs = (drifting(0.0, seed=seed, customers=300, weeks=78) for seed in range(10))
    assert sum(clv.fit(log, forgetting="auto").memory.factor < 1 for log in logs) <= 1


def test_factor_1_is_exactly_the_model_without(sample):
    one, none = clv.fit(sample, forgetting=1), clv.fit(sample)
    pd.testing.assert_frame_equal(one.predict("26W"), none.predict("26W"))
    assert one.summary() == none.summary()


def test_every_answer_forgets(sample):
    summary = clv.summarize(sample, end="1997-09-30")
    model = clv.fit_summary(summary, forgetting=0.4)
    law = forgetful(model.purchases.law, 0.4)
    history = (summary[name] for name in ("frequency", "recency", "T"))
    expected = law.conditional_expected_purchases(39.0, *history)
    predicted = model.predict("39W")
    assert predicted["expected_purchases"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert model.total(horizon="39W")["purchases"].item() == pytest.approx(expected.sum(), rel=1e-6)
    assert model.forecast("39W", every="13W")["purchases"].sum() == pytest.approx(expected.sum(), rel=1e-6)
    some = clv.plot.expected_purchases_matrix_data(model, 39.0, max_frequency=3, T=30)
    assert some.loc[3].iloc[-1] == pytest.approx(
        law.conditional_expected_purchases(39.0, 3, some.columns[-1], 30)
    )
    plain = clv.fit_summary(summary)
    pd.testing.assert_frame_equal(model.due(0.4), plain.due(0.4))  # whole histories say who is alive
    assert model.new_customer("52W") == plain.new_customer("52W")  # of whom there is nothing to forget


def test_it_is_stored_and_files_of_earlier_versions_forget_nothing(model, tmp_path):
    path = tmp_path / "m.json"
    model.save(path)
    loaded = clv.load(path)
    assert loaded.memory == model.memory
    pd.testing.assert_frame_equal(loaded.predict("26W", customers=model.customers), model.predict("26W"))
    document = json.loads(path.read_text())
    del document["memory"]
    path.write_text(json.dumps({**document, "schema": 4}))
    assert clv.load(path).memory == Memory()


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        ({"factor": 0, "note": None}, "a forgetting factor must be above 0 and at most 1, got 0.0"),
        ({"factor": 1.5, "note": None}, "a forgetting factor must be above 0 and at most 1, got 1.5"),
        ({"factor": 0.5}, "the field 'note' is missing"),
        (None, "the field 'factor' is missing"),
    ],
)
def test_hostile_files_are_errors(model, tmp_path, memory, message):
    path = tmp_path / "m.json"
    model.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "memory": memory}))
    with pytest.raises(FitError, match=message):
        clv.load(path)


def test_a_law_that_cannot_forget_cannot_be_read_with_a_factor(sample, tmp_path):
    path = tmp_path / "m.json"
    clv.fit(sample, "bg-bb", unit="M", end="1998-05-31").save(path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "memory": {"factor": 0.5, "note": None}}))
    with pytest.raises(FitError, match="bg-bb has no forgetting factor"):
        clv.load(path)


def test_a_backtest_forgets_at_each_origin(moving, model):
    options = {"models": "bg-nbd", "baselines": False, "origins": ["2023-04-01", "2023-06-30"]}
    chosen = clv.backtest(moving, "182D", forgetting="auto", **options).table.set_index("origin")["predicted"]
    assert chosen.iloc[-1] == pytest.approx(model.predict("182D")["expected_purchases"].sum())
    known = clv.fit_summary(clv.summarize(moving, end="2023-06-30"), forgetting=0.25)
    given = clv.backtest(moving, "182D", forgetting=0.25, **options).table.set_index("origin")["predicted"]
    assert given.iloc[-1] == pytest.approx(known.predict("182D")["expected_purchases"].sum())


def test_the_choice_depends_on_neither_rows_nor_engine(moving, model):
    turned = moving.sample(frac=1.0, random_state=3)
    assert clv.fit(turned, end="2023-06-30", forgetting="auto").memory == model.memory
    lazy = clv.fit(pl.from_pandas(turned).lazy(), end="2023-06-30", forgetting="auto")
    assert lazy.memory == model.memory


def test_a_model_with_covariates_forgets(sample):
    options = {"purchase": "first_order_spend", "forgetting": 0.5}
    model = clv.fit(sample, **options)
    plain = clv.fit(sample, purchase="first_order_spend")
    frequent = model.customers["frequency"].idxmax()
    mine, whole = (each.predict("26W").loc[frequent] for each in (model, plain))
    assert mine["p_alive"] == whole["p_alive"]
    assert mine["expected_purchases"] < whole["expected_purchases"]
    assert clv.fit(sample, purchase="first_order_spend", forgetting="auto").memory.note
    ids = sample[["customer_id"]].drop_duplicates()
    channel = ids.assign(channel=["web" if each % 2 else "shop" for each in ids["customer_id"]])
    assert clv.fit(sample, covariates=channel, spend="channel", forgetting="auto").memory.note
    roles = {"covariates": channel, "purchase": "channel", "spend": "channel"}
    options = {"models": "bg-nbd", "baselines": False, "forgetting": "auto"}
    assert len(clv.backtest(sample, "13W", **options, **roles).table) == 1


def test_a_short_log_says_that_nothing_was_tested(sample):
    few = sample[sample["customer_id"] <= 40]
    assert "only " in clv.fit(few, forgetting="auto").summary()
    early = rfm.Transactions(sample[sample["date"] <= "1997-01-04"])
    note = memory_of("auto", early, clv.BGNBD, early.last_day).note
    assert "forgetting could not be tested, since too little was known by 1997-01-03" in note
    day = pd.DataFrame(
        {"customer_id": [1, 1, 2, 3], "date": pd.to_datetime(["2024-01-01", "2024-01-02"] * 2)}
    )
    assert memory_of("auto", rfm.Transactions(day), clv.BGNBD, as_day("2024-01-02", "end")) == untested(
        "short"
    )


def test_scores_are_the_logarithms_of_the_conditional_pmf():
    law = forgetful(clv.MBGNBD(0.5, 6.0, 0.9, 1.6), 0.5)
    base = Base(np.array([0.0, 4.0]), np.array([0.0, 11.0]), np.array([20.0, 30.0]), np.zeros(2))
    came = np.array([0.0, 3.0])
    found = scores(law, base, came, 13.0)
    assert np.exp(found) == pytest.approx(law.conditional_pmf(came, 13.0, base.x, base.t_x, base.T))
    factor, whole, best = best_factor(clv.MBGNBD(0.5, 6.0, 0.9, 1.6), base, came, 13.0)
    assert 0 < factor < 1
    assert len(whole) == len(best) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"forgetting": 0}, "forgetting must be"),
        ({"forgetting": 1.1}, "forgetting must be"),
        ({"forgetting": "most"}, "forgetting must be a number or 'auto'; got 'most'. Hint: forgetting=0.5"),
        ({"forgetting": 0.5, "model": "bg-bb", "unit": "M"}, "BG/BB counts calendar periods.*Hint: model="),
        ({"forgetting": 0.5, "entry_after": "4W"}, "cannot be used with entry_after= or first_purchase="),
        (
            {"forgetting": "auto", "season": "auto"},
            "is tested in the calendar's time, and season= is another",
        ),
    ],
)
def test_what_cannot_be_is_refused(sample, options, message):
    with pytest.raises(DataError, match=message):
        clv.fit(sample, **options)


def test_a_summary_does_not_show_what_came_later(sample):
    with pytest.raises(DataError, match=r"which a summary does not show. Hint: clv.fit\(tx, forgetting"):
        clv.fit_summary(clv.summarize(sample), forgetting="auto")
