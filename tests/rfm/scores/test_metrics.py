"""The metrics behind R, F and M, by hand."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from rfm._scores.metrics import has_money, is_scored, measured
from rfm.errors import ScoringError

SUMMARY = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "recency": [4, 0, 9],
        "orders": [3, 1, 0],
        "order_ids": [5, 2, 0],
        "spend": [30.1, 8.0, 0.0],
        "refunds": [-0.2, 0.0, -2.0],
        "nps": [7, 8, 9],
    }
)


def measure(table, *options, **more):
    return nw.to_native(measured(nw.from_native(table), *options, **more))


@pytest.mark.parametrize(
    ("frequency", "monetary", "counted", "money"),
    [
        ("days", "total", [3, 1], [29.9, 8.0]),
        ("days", "mean", [3, 1], [29.9 / 3, 8.0]),
        ("orders", "total", [5, 2], [29.9, 8.0]),
        ("orders", "mean", [5, 2], [29.9 / 5, 4.0]),
    ],
)
def test_net_spend_in_all_or_an_order_of_those_who_bought(frequency, monetary, counted, money):
    table = measure(SUMMARY, frequency, monetary, 2)
    assert table["customer_id"].tolist() == [1, 2]
    assert table["frequency"].tolist() == counted
    assert table["monetary"].tolist() == pytest.approx(money, rel=1e-15)


@pytest.mark.parametrize(("decimals", "money"), [(0, 1.0), (1, 1.2), (2, 1.24)])
def test_money_counts_in_whole_units_of_its_decimals(decimals, money):
    one = SUMMARY.head(1).assign(spend=1.24, refunds=0.0)
    assert measure(one, "days", "total", decimals)["monetary"].tolist() == [money]


def test_without_money_there_is_no_monetary():
    bare = SUMMARY.drop(columns=["spend", "refunds"])
    assert has_money(nw.from_native(SUMMARY))
    assert has_money(nw.from_native(SUMMARY.drop(columns="spend")))
    assert not has_money(nw.from_native(bare))
    assert measure(bare, "days", "total", 2, money=False)["frequency"].tolist() == [3, 1]
    assert "monetary" not in measure(SUMMARY, "days", "total", 2, money=False)
    with pytest.raises(ScoringError, match=r"^This summary has neither spend nor refunds: its log has no am"):
        measure(bare, "days", "total", 2)


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ("recency", r"No column 'recency'.*Hint: rfm\.summarize\(tx\) makes the summary that scores are learned from"),
        ("refunds", r"No column 'refunds'"),
        ("customer_id", r"No column 'customer_id'"),
        ("order_ids", r"No column 'order_ids'.*order ids are counted by rfm\.score\(tx, frequency=\"orders\"\)"),
        ("nps", r"No column 'nps'"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_named_with_where_it_comes_from(gone, found):
    with pytest.raises(ScoringError, match=found):
        measure(SUMMARY.drop(columns=gone), "orders", "total", 2, ("nps",))


def test_order_ids_are_needed_only_where_they_count():
    table = measure(SUMMARY.drop(columns="order_ids"), "days", "total", 2, ("nps",))
    assert table["nps"].tolist() == [7, 8]


def test_a_scored_table_has_its_metrics_and_their_scores():
    names = ["R", "F", "M", "recency", "frequency", "monetary"]
    full = pd.DataFrame({name: [1] for name in names})
    assert is_scored(nw.from_native(full))
    for name in names:
        assert not is_scored(nw.from_native(full.drop(columns=name)))
