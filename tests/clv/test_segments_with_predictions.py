"""Rules that read predictions: customer_table makes the columns first, and ways that have only scores refuse them."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
import rfm
from rfm import Scheme, SchemeError, Segment
from rfm._schemes.ahead import AHEAD

AHEAD_SCHEME = Scheme.load("classic-ahead")
DAY, HORIZON = "1997-09-30", "39W"


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def model(log):
    return clv.fit(log, "bg-nbd", end=DAY)


@pytest.fixture(scope="module")
def table(log, model):
    return clv.customer_table(log, as_of=DAY, scheme="classic-ahead", model=model, horizon=HORIZON)


def test_the_rules_hold_for_the_columns_beside_them(table, log, model):
    assert (
        Scheme.load("classic-ahead")
        .assign(table.drop(columns="segment"), bins=5)["segment"]
        .equals(table["segment"])
    )
    slipping = table[table["segment"] == "VIP slipping"]
    assert len(slipping) > 0
    assert slipping["p_alive"].between(0.2, 0.8, inclusive="left").all()
    assert (slipping["clv"] >= slipping["spend"] / slipping["orders"]).all()
    plain = clv.customer_table(log, as_of=DAY, model=model, horizon=HORIZON)
    rest = table.drop(columns=["segment", "due"])
    pd.testing.assert_frame_equal(rest, plain.drop(columns="segment"))
    assert table.columns.get_loc("segment") == plain.columns.get_loc("segment")


def test_due_counts_the_days_until_p_alive_is_below_one_half(table, model):
    day = model.due(0.5).set_index("customer_id")["due"]
    expected = (day - pd.Timestamp(DAY)).dt.days.loc[table["customer_id"]]
    assert table["due"].isna().tolist() == expected.isna().tolist()
    assert table["due"].dropna().tolist() == expected.dropna().tolist()
    assert (table["due"] <= 0).equals(table["p_alive"] < 0.5), "due is past where P(alive) is below one half"


def test_a_rule_of_ones_own(log, model):
    mine = Scheme.load("value").with_segment("worth a call", "clv >= 30 and p_alive < 0.7", before="high")
    found = clv.customer_table(log, as_of=DAY, scheme=mine, model=model, horizon=HORIZON)
    called = (found["clv"] >= 30) & (found["p_alive"] < 0.7)
    assert called.any()
    assert (found["segment"] == "worth a call").equals(called)
    assert "due" not in found


def test_attributes_named_like_a_prediction_are_the_users_own(log):
    known = pd.DataFrame({"customer_id": log["customer_id"].unique()}).assign(p_alive=0.9)
    mine = Scheme("mine", [Segment("alive", "p_alive > 0.5"), Segment("rest")], default="rest")
    assert set(rfm.segment(log, scheme=mine, attributes=known)["segment"]) == {"alive"}


@pytest.mark.slow_on("spark")
def test_one_answer_on_every_engine(constructor, to_pandas, log, model, table):
    found = clv.customer_table(
        constructor(log), as_of=DAY, scheme="classic-ahead", model=model, horizon=HORIZON
    )
    found = to_pandas(found).sort_values("customer_id")
    assert found["segment"].astype(str).tolist() == table["segment"].astype(str).tolist()
    due = found["due"].astype("Float64").fillna(1e9).tolist()
    assert due == table["due"].astype("Float64").fillna(1e9).tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda log: rfm.segment(log, scheme="classic-ahead"),
        lambda log: rfm.snapshots(log, dates=[DAY], scheme="classic-ahead"),
        lambda log: clv.backtest(log, "13W", models=["bg-nbd"], scheme="classic-ahead"),
        lambda log: clv.segment_forecast(log, "classic-ahead", "13W", model="bg-nbd"),
        lambda log: clv.report(log, "never.html", scheme="classic-ahead"),
    ],
    ids=["segment", "snapshots", "backtest", "segment_forecast", "report"],
)
def test_ways_that_have_only_scores_refuse_it(log, call):
    with pytest.raises(
        SchemeError, match=r"'classic-ahead' reads p_alive .*customer_table\(tx, scheme='classic"
    ):
        call(log)


def test_the_cube_is_proven_without_the_predictions():
    found = AHEAD_SCHEME.check()
    assert found.ok
    assert set(found.conditional) == {
        "VIP", "VIP slipping", "loyal", "potential loyalist", "needs attention",
    }  # fmt: skip
    assert not AHEAD_SCHEME.without("lapsed").check().complete


def test_every_predicted_column_is_known_to_be_one(log, model):
    found = clv.customer_table(
        log, as_of=DAY, scheme="classic-ahead", model=model, horizon=HORIZON, interval=0.9
    )
    made = set(found.columns[found.columns.get_loc("segment") + 1 :]) - {"law", "as_of"}
    assert made <= AHEAD
