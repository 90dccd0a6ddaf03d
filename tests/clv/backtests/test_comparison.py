"""Contenders compared customer by customer, from hand-made predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clv._backtests.comparison import compared, contest_of, fair_rules


def rows(predicted, happened, log_score=None, spend=None):
    table = pd.DataFrame({"predicted": np.asarray(predicted, float), "happened": np.asarray(happened, float)})
    if log_score is not None:
        table["log_score"] = log_score
    if spend is not None:
        table["predicted_spend"], table["happened_spend"] = np.asarray(spend, float)
    return table


def nobody(names):
    return ()


HAPPENED = np.arange(200.0) % 5
NOISE = np.random.default_rng(1).normal(size=200)


def origin(law_off=0.1, rule_off=1.0, score=-1.0):
    return {
        "bg-nbd": rows(HAPPENED + law_off * NOISE, HAPPENED, score + 0.01 * NOISE),
        "mbg-nbd": rows(HAPPENED + 2 * law_off * NOISE, HAPPENED, score - 0.5 + 0.01 * NOISE),
        "past rate continued": rows(HAPPENED + rule_off, HAPPENED),
    }


def contest(*origins, **options):
    return contest_of(origins or [origin()], {"bg-nbd": 4, "mbg-nbd": 4}, nobody, **options)


def test_means_are_over_customers_and_origins():
    found = contest(origin(0.1), origin(0.3))
    assert (found.laws, found.rules) == ([0, 1], [2])
    assert found.mean("squared_error")[0] == pytest.approx((0.01 + 0.09) / 2 * np.mean(NOISE**2))
    assert found.mean("absolute_error")[2] == pytest.approx(1.0)
    assert found.rmse(2) == pytest.approx(1.0)
    assert found.bias[0] == pytest.approx([0.1 * NOISE.sum() / 400, 0.2 * NOISE.sum() / 400, 0.5])
    assert found.decision.law == "bg-nbd"
    assert np.isnan(found.spend_bias).all()


def test_the_law_that_was_chosen_elsewhere_is_taken():
    assert contest(chosen="mbg-nbd").decision.law == "mbg-nbd"
    assert contest(chosen="another-law").decision.law == "bg-nbd"


def test_differences_are_of_the_reference_and_have_intervals():
    found = compared(contest(), "purchases", 0).set_index(["measure", "model"])
    assert set(found["against"]) == {"bg-nbd"}
    assert found.loc[("squared_error", "bg-nbd"), "verdict"] == "reference"
    rule = found.loc[("squared_error", "past rate continued")]
    own = 1.0 - 0.01 * NOISE**2  # the differences of the customers
    assert rule["difference"] == pytest.approx(own.mean())
    half = 1.96 * own.std() / np.sqrt(200)
    assert [rule["low"], rule["high"]] == pytest.approx(
        [own.mean() - half, own.mean() + half], abs=0.25 * half
    )
    assert rule["verdict"] == "worse"
    assert (
        found.loc[("log_score", "mbg-nbd"), "verdict"] == "worse"
    )  # a lower score is worse, a lower error better
    assert ("log_score", "past rate continued") not in found.index
    turned = compared(contest(), "purchases", 1).set_index(["measure", "model"])
    assert turned.loc[("log_score", "bg-nbd"), "verdict"] == "better"
    assert turned.loc[("absolute_error", "bg-nbd"), "verdict"] == "better"


def test_what_chance_alone_explains_is_tied():
    noise = np.random.default_rng(2).normal(size=200)
    two = {
        "bg-nbd": rows(HAPPENED + NOISE, HAPPENED, -1.0),
        "mbg-nbd": rows(HAPPENED + noise, HAPPENED, -1.0),
    }
    found = compared(contest(two), "purchases", 0).set_index(["measure", "model"])
    assert found.loc[("squared_error", "mbg-nbd"), "verdict"] == "tied"


def test_spend_is_compared_where_there_is_some():
    spent = 10 * HAPPENED
    two = {
        "bg-nbd": rows(HAPPENED, HAPPENED, -1.0, (spent + 1, spent)),
        "mbg-nbd": rows(HAPPENED, HAPPENED, -1.0, (spent + 3, spent)),
    }
    found = contest(two)
    assert found.spend_bias[0] == pytest.approx([200 / spent.sum(), 600 / spent.sum()])
    assert found.mean("spend_squared_error") == pytest.approx([1.0, 9.0])
    assert set(compared(found, "purchases", 0)["measure"]) >= {"spend_squared_error", "spend_absolute_error"}


def test_a_baseline_whose_total_is_further_off_is_not_fair():
    assert fair_rules(contest(origin(rule_off=1.0)), 0) == []
    assert fair_rules(contest(origin(rule_off=0.0)), 0) == [2]
