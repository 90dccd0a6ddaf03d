"""Pairs of items: mlxtend's rules, and brute force."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError

ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "affinity.json").read_text(encoding="utf-8"))
LINES = pd.DataFrame(ORACLE["lines"])
RULES = {(rule["from"], rule["to"]): rule for rule in ORACLE["rules"]}


def test_pairs_are_mlxtends_rules():
    everybody = pd.DataFrame({"customer_id": ORACLE["segmented"]["customer_id"], "category": "all"})
    table = rfm.cross_shop(pd.concat([LINES, everybody]), least=1)  # so that all customers are in the lines
    pairs = table[(table["item"] != "all") & (table["other"] != "all")]
    assert len(pairs) == 12
    for row in pairs.itertuples():
        rule = RULES[row.item, row.other]
        assert (row.share_also, row.lift) == pytest.approx((rule["confidence"], rule["lift"]), rel=1e-12)
        assert row.both == round(rule["support"] * 400)
        assert row.jaccard == pytest.approx(row.both / (row.buyers + row.other_buyers - row.both))


def test_every_engine_gives_one_answer(constructor, to_pandas):
    expected, made = rfm.cross_shop(LINES), rfm.cross_shop(constructor(LINES))
    assert type(made) is type(constructor(LINES))
    keys = ["item", "other"]
    left, right = (each.sort_values(keys, ignore_index=True) for each in (to_pandas(made), expected))
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"item": "brand"}, "brand"), ({"least": 399}, "No two items were bought by 399"),
     ({"item": "customer_id"}, 'item is "customer_id"')],
)  # fmt: skip
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        rfm.cross_shop(**({"lines": LINES} | change))


def test_too_many_items_are_refused():
    lines = pd.DataFrame({"customer_id": range(2_001), "category": [f"i{k}" for k in range(2_001)]})
    with pytest.raises(DataError, match="2,001 items have 1 buyers or more"):
        rfm.cross_shop(lines, least=1)


def test_chance_alone_is_not_found_however_rare_the_pairs_that_are_shown():
    """Of many rare items only pairs met by enough customers are shown; the correction counts those that are not."""
    found = 0
    for seed in range(20):
        customer, item = np.nonzero(np.random.default_rng(seed).random((1000, 120)) < 0.03)
        lines = pd.DataFrame({"customer_id": customer, "category": [f"item {i}" for i in item]})
        found += int((rfm.cross_shop(lines, least=4)["false_discovery"] < 0.05).any())
    assert found <= 4  # 1 expected


def test_lines_that_do_not_count():
    """Returns, and lines without an item; here of customer 1, who has no soap."""
    odd = pd.DataFrame({"customer_id": [1, 2], "category": ["soap", None], "amount": [-3.0, 6]})
    without = LINES[(LINES["customer_id"] != 1) | (LINES["category"] != "soap")]
    lines = pd.concat([without.assign(amount=2.0), odd])
    pd.testing.assert_frame_equal(rfm.cross_shop(lines), rfm.cross_shop(without))


@pytest.mark.parametrize("category", [None, np.nan])
def test_lines_without_any_item_are_refused_in_our_words(category):
    with pytest.raises(DataError, match="No two items were bought by 5 of the same customers"):
        rfm.cross_shop(LINES.assign(category=category))
