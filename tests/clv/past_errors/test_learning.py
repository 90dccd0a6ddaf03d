"""Learning past errors: from the log of the fit, with the options of the fit."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
import rfm
from clv._past_errors.learning import refits_of


def test_a_model_without_past_errors_is_unchanged(sample, model):
    plain = clv.fit(sample, "mbg-nbd", end="1997-12-31")
    assert plain.past_errors is None
    assert plain.purchases.law == model.purchases.law
    assert model.past_errors.end == model.end


def test_a_short_log_has_typical_errors(sample):
    short = sample[sample["date"] <= "1997-02-20"]
    with pytest.warns(clv.FitWarning, match="the estimates diverge"):
        found = clv.fit(short, "bg-nbd").with_past_errors(short)
    assert found.past_errors.source == "law and typical errors"
    assert "typical of other logs" in found.summary()


def test_periods_have_typical_errors(sample):
    found = clv.fit(sample, "bg-bb", unit="M", end="1997-12-31").with_past_errors(sample)
    assert found.past_errors.source == "law and typical errors"


def test_another_log_is_refused(sample, model):
    with pytest.raises(
        rfm.DataError, match=r"tx has 1,\d\d\d customers until 1997-12-31, and the model was fitted to 2,357"
    ):
        model.with_past_errors(sample[sample["customer_id"] % 2 == 0])
    with pytest.raises(
        rfm.DataError, match="tx ends on 1997-11-30, and the model was fitted until 1997-12-31"
    ):
        model.with_past_errors(sample[sample["date"] <= "1997-11-30"])


def test_a_log_may_end_before_the_models_last_day(sample):
    early = sample[sample["date"] <= "1997-12-20"]
    model = clv.fit(early, "mbg-nbd", end="1997-12-31")
    found = model.with_past_errors(early).past_errors
    assert found.end == model.end
    assert found.table["origin"].max() + pd.Timedelta(days=28) <= pd.Timestamp("1997-12-31").date()


def test_weights_are_refused(sample):
    table = sample[["customer_id"]].drop_duplicates().assign(weight=2.0)
    weighted = clv.fit(sample, weights=table, end="1997-12-31")
    with pytest.raises(rfm.DataError, match="cannot with weights="):
        weighted.with_past_errors(sample)


def test_known_first_purchases_are_refused(sample):
    first = (
        sample.groupby("customer_id", as_index=False)["date"]
        .min()
        .set_axis(["customer_id", "first_purchase"], axis=1)
    )
    model = clv.fit(sample[sample["date"] >= "1997-02-01"], first_purchase=first, end="1998-06-30")
    with pytest.raises(rfm.DataError, match="cannot with first_purchase="):
        model.with_past_errors(sample)


def test_a_model_without_a_day_is_refused(cdnow_summary, sample):
    model = clv.fit_summary(cdnow_summary.drop(columns="end"), unit="W")
    with pytest.raises(rfm.DataError, match="with_past_errors"):
        model.with_past_errors(sample)


@pytest.mark.nightly
def test_covariates_are_those_of_the_fit(sample):
    table = sample[["customer_id"]].drop_duplicates()
    table["channel"] = ["web" if customer % 3 else "shop" for customer in table["customer_id"]]
    model = clv.fit(sample, end="1997-12-31", covariates=table, purchase="channel")
    kept, given = model.with_past_errors(sample), model.with_past_errors(sample, covariates=table)
    assert len(kept.past_errors.table)
    pd.testing.assert_frame_equal(kept.past_errors.table, given.past_errors.table)
    with pytest.raises(rfm.DataError, match="this model depends on none"):
        clv.fit(sample, end="1997-12-31").with_past_errors(sample, covariates=table)


def test_the_season_is_learned_at_each_origin(seasonal, past):
    terms = refits_of(seasonal, rfm.Transactions(past)).terms
    assert terms.season is seasonal.season
    assert len(seasonal.with_past_errors(past).past_errors.table)


@pytest.mark.nightly
def test_a_chosen_k_is_chosen_again(sample):
    chosen = clv.fit(sample, "mbg-cnbd", end="1997-12-31")
    assert len(chosen.with_past_errors(sample).past_errors.table)


def test_a_log_without_amounts_has_errors_of_purchases(sample):
    found = clv.fit(sample[["customer_id", "date"]], end="1997-12-31").with_past_errors(
        sample[["customer_id", "date"]]
    )
    assert found.past_errors.table["predicted_spend"].isna().all()
    assert found.past_errors.table["happened"].gt(0).all()
