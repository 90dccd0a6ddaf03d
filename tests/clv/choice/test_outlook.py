"""What a model expected of each customer and how likely it held the outcome, against its law customer by customer."""

from __future__ import annotations

import numpy as np
import pytest

import clv
import rfm
from clv._choice.outlook import LEAST, outlook

END = "1997-09-30"


@pytest.fixture(scope="module")
def few():
    return rfm.datasets.cdnow_sample().query("customer_id <= 400")


@pytest.fixture(scope="module")
def happened(few):
    early, late = (clv.summarize(few, end=day)["frequency"].to_numpy(float) for day in (END, "1998-06-30"))
    return late - early


@pytest.mark.parametrize("law", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
def test_each_customer_has_the_laws_conditional_pmf_and_mean(few, happened, law):
    model = clv.fit(few, law, end=END)
    found = outlook(model, happened, "39W")
    columns = model.customers[["frequency", "recency", "T"]].itertuples(index=False)
    for row, (x, t_x, T) in enumerate(columns):
        if row % 7:
            continue
        law_ = model.purchases.law
        chance = law_.conditional_pmf(happened[row], 39.0, x, t_x, T)
        assert found.log_score[row] == pytest.approx(np.log(chance), rel=1e-9)
        mean = law_.conditional_expected_purchases(39.0, x, t_x, T)
        assert found.expected[row] == pytest.approx(mean, rel=1e-9)
    predicted = model.predict("39W", 0.0)["expected_purchases"]
    np.testing.assert_allclose(found.expected, predicted, rtol=1e-9)


def test_the_scores_of_all_outcomes_are_a_distribution(few):
    model = clv.fit(few, "mbg-nbd", end=END)
    n = len(model.customers)
    chances = [np.exp(outlook(model, np.full(n, float(k)), "39W").log_score) for k in range(150)]
    np.testing.assert_allclose(np.sum(chances, axis=0), 1.0, atol=1e-6)
    mean = np.arange(150.0) @ np.array(chances)
    np.testing.assert_allclose(mean, outlook(model, np.zeros(n), "39W").expected, rtol=1e-5)


def test_in_a_season_the_hold_out_is_as_long_as_its_factors_say(few, happened):
    season = clv.Season.from_factors({"1997-12-01": 40.0})  # one day of the hold-out counts for 40
    model = clv.fit(few, "bg-nbd", end=END, season=season)
    found = outlook(model, happened, "39W")
    law, days = model.purchases.law, 39 * 7 + 39
    x, t_x, T = (model.customers[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    chance = law.conditional_pmf(happened, days / 7, x, t_x, T)
    np.testing.assert_allclose(found.log_score, np.log(chance), rtol=1e-9)


def test_with_covariates_each_customer_has_a_law_of_their_own(few, happened):
    ids = np.sort(few["customer_id"].unique())
    table = few[["customer_id"]].drop_duplicates().assign(web=lambda t: (t["customer_id"] % 3 == 0) * 1.0)
    model = clv.fit(few, "bg-nbd", end=END, covariates=table, purchase="web")
    found = outlook(model, happened, "39W")
    plain, effect = model.purchases.law, model.purchases.effects["purchase[web]"]
    for row in (0, 2, 5, 200, 302):
        x, t_x, T = (float(model.customers[name].iloc[row]) for name in ("frequency", "recency", "T"))
        alpha = plain.alpha * np.exp(-effect * (ids[row] % 3 == 0))
        law = clv.BGNBD(plain.r, alpha, plain.a, plain.b)
        assert found.log_score[row] == pytest.approx(
            np.log(law.conditional_pmf(happened[row], 39.0, x, t_x, T))
        )


def test_what_a_law_takes_for_impossible_has_a_score_all_the_same(few):
    model = clv.fit(few, "bg-nbd", end=END)
    found = outlook(model, np.full(len(model.customers), 10_000.0), "1W")
    assert found.log_score.min() == np.log(LEAST)
    assert np.isfinite(found.log_score).all()


def test_periods_are_scored_in_periods(few):
    model = clv.fit(few, "bg-bb", end="1997-09-28")
    n = len(model.customers)
    found = outlook(model, np.zeros(n), "39W")
    x, t_x, T = (model.customers[name].to_numpy(float) for name in ("frequency", "recency", "n_periods"))
    chance = model.purchases.law.conditional_pmf(0, 39, x, t_x, T)
    np.testing.assert_allclose(found.log_score, np.log(chance), rtol=1e-9)
