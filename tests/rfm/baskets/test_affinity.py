"""Items by segment: mlxtend's lift, brute force, intervals that hold, nothing found where nothing is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError

ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "affinity.json").read_text(encoding="utf-8"))
SEGMENTED, LINES = pd.DataFrame(ORACLE["segmented"]), pd.DataFrame(ORACLE["lines"])
RULES = {(rule["from"], rule["to"]): rule for rule in ORACLE["rules"]}


def test_the_index_is_mlxtends_lift():
    table = rfm.affinity(LINES, SEGMENTED, least=1)
    assert len(table) == 12
    for row in table.itertuples():
        rule = RULES[row.segment, row.category]
        assert row.share == pytest.approx(rule["confidence"], rel=1e-12)
    index = table.set_index(["segment", "category"])["index"]
    assert all(index[pair] == pytest.approx(RULES[pair]["lift"], rel=1e-12) for pair in index.index)


def test_every_engine_gives_one_answer(constructor, to_pandas):
    expected = rfm.affinity(LINES, SEGMENTED)
    made = rfm.affinity(constructor(LINES), constructor(SEGMENTED))
    assert type(made) is type(constructor(LINES))
    keys = ["segment", "category"]
    left, right = (
        each.astype(dict.fromkeys(keys, str)).sort_values(keys, ignore_index=True)
        for each in (to_pandas(made), expected)
    )
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-12)


def shop(n=400, items=60, seed=0, planted=()):
    """Customers of three segments who buy each item by chance; VIPs buy those planted twice as often."""
    rng = np.random.default_rng(seed)
    segmented = pd.DataFrame({"customer_id": range(n), "segment": rng.choice(["VIP", "loyal", "new"], n)})
    common = rng.uniform(0.02, 0.45, items)
    vip = (segmented["segment"] == "VIP").to_numpy()[:, None]
    chance = common * np.where(vip & np.isin(np.arange(items), planted), 2, 1)
    customer, item = np.nonzero(rng.random((n, items)) < chance)
    return pd.DataFrame({"customer_id": customer, "category": [f"item {i:02}" for i in item]}), segmented


@pytest.mark.nightly
def test_nothing_is_found_where_nothing_is():
    """Rows below 0.05 after the correction are in one of twenty shops where no segment differs, or fewer."""
    found = [(rfm.affinity(*shop(250, 30, seed))["false_discovery"] < 0.05).any() for seed in range(40)]
    assert sum(found) <= 6  # 2 expected; 7 or more have a chance of 0.3%


def test_what_is_planted_is_found():
    planted = (3, 17, 42)
    false = true = 0
    for seed in range(4):
        lines, segmented = shop(3000, seed=seed, planted=planted)
        table = rfm.affinity(lines, segmented)
        found = table[table["false_discovery"] < 0.05]
        real = found["category"].isin([f"item {i:02}" for i in planted])
        true += (real & (found["segment"] == "VIP") & (found["index"] > 1)).sum()
        false += (~real).sum()
    assert true >= 10  # of 12
    assert false <= 4


def test_what_a_segment_lacks_is_what_the_others_buy():
    table = rfm.affinity(LINES, SEGMENTED).set_index(["segment", "category"])
    for (segment, item), row in table.iterrows():
        inside = set(SEGMENTED.loc[SEGMENTED["segment"] == segment, "customer_id"])
        outside = set(SEGMENTED["customer_id"]) - inside
        bought = set(LINES.loc[LINES["category"] == item, "customer_id"])
        expected = max(len(inside) * len(bought & outside) / len(outside) - len(bought & inside), 0)
        assert row["missing_buyers"] == pytest.approx(expected)


def test_rows_are_in_the_order_of_segments_and_rare_items_are_left_out():
    segmented = rfm.segment(rfm.datasets.cdnow_sample())
    lines = rfm.datasets.cdnow_sample().assign(category=lambda t: t["quantity"].clip(upper=30).astype(str))
    table = rfm.affinity(lines, segmented, least=50)
    order = [*segmented["segment"].cat.categories]
    assert sorted(table["segment"], key=order.index) == table["segment"].tolist()
    rare = lines.groupby("category")["customer_id"].nunique()
    assert set(table["category"]) == set(rare.index[rare >= 50])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": "brand"}, "brand"),
        ({"by": "cluster"}, "cluster"),
        ({"item": "segment"}, "segment"),
        ({"lines": LINES.rename(columns={"category": "buyers"}), "item": "buyers"}, "name of another column"),
        (
            {"segmented": SEGMENTED.rename(columns={"segment": "share"}), "by": "share"},
            "a column of the answer",
        ),
        ({"least": 0}, "least must be a whole number"),
        ({"least": 10**6}, "No item was bought by 1000000 customers or more"),
        ({"confidence": 95}, "confidence must lie between"),
        ({"segmented": pd.concat([SEGMENTED, SEGMENTED])}, "segmented: more than one row"),
        ({"lines": "lines.csv"}, "Not a dataframe"),
        ({"lines": LINES.assign(amount="3.50")}, "'amount' holds String, not numbers"),
        (
            {"lines": LINES.assign(customer_id=LINES["customer_id"].where(LINES.index > 3).astype("Int64"))},
            "'customer_id' has missing values",
        ),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        rfm.affinity(**({"lines": LINES, "segmented": SEGMENTED} | change))


def test_customers_of_one_table_only():
    more = pd.concat([LINES, pd.DataFrame({"customer_id": [10**6, 10**6 + 1], "category": "wine"})])
    with pytest.warns(rfm.DataWarning, match="2 of the .* customers in lines have no segment"):
        table = rfm.affinity(more, SEGMENTED)
    pd.testing.assert_frame_equal(table, rfm.affinity(LINES, SEGMENTED))
    idle = pd.DataFrame({"customer_id": [10**6], "segment": ["VIP"]})
    more = rfm.affinity(LINES, pd.concat([SEGMENTED, idle]))
    assert (
        more.loc[more["segment"] == "VIP", "customers"].iloc[0] == (SEGMENTED["segment"] == "VIP").sum() + 1
    )
    with pytest.raises(DataError, match="None of the 1 customers in lines is in segmented"):
        rfm.affinity(more.assign(customer_id=-1)[["customer_id", "category"]], SEGMENTED)


def test_lines_that_do_not_count():
    """Without an item, returns, and lines of an item that is there already."""
    odd = pd.DataFrame({"customer_id": SEGMENTED["customer_id"][:3], "category": [None, "gold", None],
                        "amount": [1.0, -3, 2]})  # fmt: skip
    lines = pd.concat([LINES.assign(amount=2.0), odd, LINES.head(50).assign(amount=np.nan)])
    pd.testing.assert_frame_equal(rfm.affinity(lines, SEGMENTED), rfm.affinity(LINES, SEGMENTED))


def test_numbers_and_truths_as_items(constructor, to_pandas):
    numbers = {"bread": 1.0, "cheese": 20.0, "soap": 300.0, "wine": np.nan}
    lines = LINES.assign(category=LINES["category"].map(numbers))
    made = to_pandas(rfm.affinity(constructor(lines), constructor(SEGMENTED)))
    assert set(made["category"]) == {"1", "20", "300"}
    made = to_pandas(
        rfm.affinity(constructor(lines.assign(category=lines["category"] > 1)), constructor(SEGMENTED))
    )
    assert set(made["category"]) == {"true", "false"}


def test_items_that_differ_in_case_or_spaces_are_said():
    lines = LINES.assign(
        category=np.where(LINES.index % 2, LINES["category"], " " + LINES["category"].str.upper())
    )
    with pytest.warns(
        rfm.DataWarning, match="' BREAD' and 'bread' differ only in case or spaces, and 3 more"
    ):
        assert len(rfm.affinity(lines, SEGMENTED, least=1)) == 24


def test_segments_of_one_customer_and_none():
    one = SEGMENTED.assign(segment=np.where(SEGMENTED.index == 5, "only one", SEGMENTED["segment"]))
    table = rfm.affinity(LINES, one)
    assert (table.loc[table["segment"] == "only one", "customers"] == 1).all()
    assert np.isfinite(table.drop(columns=["segment", "category"]).to_numpy(dtype=float)).all()
    whole = rfm.affinity(LINES, SEGMENTED.assign(segment="all"))
    assert (whole[["index", "index_low", "index_high", "p_value"]] == 1).all(axis=None)
    with pytest.warns(rfm.DataWarning, match="have no segment"):
        table = rfm.affinity(LINES, SEGMENTED.assign(segment=SEGMENTED["segment"].where(SEGMENTED.index > 9)))
    assert set(table["segment"]) == {"VIP", "loyal", "new"}
