"""Files of retention models: what is written is read; those of other models are refused with the way to read them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


def test_a_loaded_model_answers_alike(tmp_path, make, seen):
    contracts = seen(make(clv.SBG(2.9, 3.0), 400, np.random.default_rng(5)), "2023-12-31")
    contracts["plan"] = np.where(contracts["customer_id"] % 2, "a", "b")
    model = clv.fit_retention(contracts, by="plan", as_of="2023-12-31", since="2020-06-01")
    model.save(tmp_path / "m.json")
    again = clv.RetentionModel.load(tmp_path / "m.json")
    assert again.summary() == model.summary()
    for ask in (
        lambda each: each.value(contracts, price=2.0, interval=0.8),
        lambda each: each.survival(6),
        lambda each: each.cohorts,
        lambda each: each.audit,
        lambda each: each.backtest(3, "sbg"),
    ):
        pd.testing.assert_frame_equal(ask(again), ask(model))


def test_files_of_the_other_kind_are_refused_with_the_way_to_read_them(tmp_path):
    few = rfm.datasets.cdnow_sample().query("customer_id <= 400")
    clv.fit(few, end="1997-09-30").save(tmp_path / "purchases.json")
    with pytest.raises(
        clv.FitError, match=r"holds a model of purchases, not of retention. Hint: clv.load\(path\)"
    ):
        clv.RetentionModel.load(tmp_path / "purchases.json")
    cohorts = pd.DataFrame({"cohort": "a", "period": [1, 2], "at_risk": [50, 40], "lost": [10, 5]})
    clv.fit_retention(cohorts).save(tmp_path / "retention.json")
    with pytest.raises(clv.FitError, match=r"holds a retention model. Hint: clv.RetentionModel.load\(path\)"):
        clv.load(tmp_path / "retention.json")
