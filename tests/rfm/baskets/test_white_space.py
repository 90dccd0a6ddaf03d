"""What a segment lacks, counted one by one; nothing is found where segments are alike, and what is planted is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from rfm import DataError
from rfm.campaigns._effects import difference_of_shares
from rfm.campaigns._moments import Cell

LADDER = {"new": "loyal", "loyal": "VIP"}


def shop(n=300, items=6, seed=0, planted=(0, 1)):
    """Customers of three segments; VIPs buy the planted items more often."""
    rng = np.random.default_rng(seed)
    segmented = pd.DataFrame({"customer_id": range(n), "segment": rng.choice(["VIP", "loyal", "new"], n)})
    vip = (segmented["segment"] == "VIP").to_numpy()[:, None]
    customer, item = np.nonzero(
        rng.random((n, items)) < np.where(vip & np.isin(np.arange(items), planted), 0.6, 0.25)
    )
    lines = pd.DataFrame({"customer_id": customer, "category": [f"item {i:02}" for i in item],
                          "amount": rng.integers(100, 900, len(item)) / 100})  # fmt: skip
    returned = lines.sample(frac=0.1, random_state=seed).assign(amount=lambda t: -t["amount"] / 2)
    return pd.concat([lines, returned], ignore_index=True), segmented


def by_hand(lines, segmented, goals):
    bought = lines[lines["amount"] >= 0].merge(segmented).drop_duplicates(["customer_id", "category"])
    sizes = segmented["segment"].value_counts()
    buyers = pd.crosstab(bought["segment"], bought["category"])
    spent = lines.merge(segmented).pivot_table("amount", "segment", "category", aggfunc="sum")
    breadth = buyers.sum(axis=1) / sizes
    rows = []
    for one, goal in goals.items():
        for item in buyers.columns:
            k, n, other, m = buyers.loc[one, item], sizes[one], buyers.loc[goal, item], sizes[goal]
            effect = difference_of_shares(Cell(m, other / m), Cell(n, k / n), 0.95)
            law = stats.hypergeom(n + m, k + other, n)
            p = min(1, 2 * min(law.cdf(k), law.sf(k - 1)))
            per_buyer, missing = spent.loc[goal, item] / other, (other / m - k / n) * n
            rows.append((one, goal, item, n, k, k / n, m, other / m, effect.difference, effect.low, effect.high,
                         missing, (k / n) / (other / m) / (breadth[one] / breadth[goal]), per_buyer,
                         missing * per_buyer, effect.low * n * per_buyer, effect.high * n * per_buyer, p))  # fmt: skip
    names = ["segment", "like", "category", "customers", "buyers", "share", "customers_like", "share_like", "gap",
             "gap_low", "gap_high", "missing_buyers", "relative_share", "spend_per_buyer", "extra_spend",
             "extra_spend_low", "extra_spend_high", "p_value"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    table["false_discovery"] = stats.false_discovery_control(table["p_value"])
    return table[table["gap"] > 0]


@pytest.mark.parametrize("like", ["VIP", LADDER])
def test_it_is_what_is_counted_by_hand(like):
    lines, segmented = shop()
    goals = LADDER if isinstance(like, dict) else {"new": "VIP", "loyal": "VIP"}
    expected, made = by_hand(lines, segmented, goals), rfm.white_space(lines, segmented, like)
    keys = ["segment", "category"]
    left, right = (
        each.astype(dict.fromkeys(keys, str)).sort_values(keys, ignore_index=True)
        for each in (made, expected)
    )
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-9)
    sizes = segmented["segment"].value_counts()
    order = [name for name in sizes.index if name in goals]
    assert made["segment"].drop_duplicates().tolist() == order
    assert made.groupby("segment", observed=True)["extra_spend"].is_monotonic_decreasing.all()


def test_every_engine_gives_one_answer(constructor, to_pandas):
    lines, segmented = shop()
    expected = rfm.white_space(lines, segmented, LADDER)
    made = rfm.white_space(constructor(lines), constructor(segmented), LADDER)
    assert type(made) is type(constructor(lines))
    keys = ["segment", "category"]
    left, right = (
        each.astype(dict.fromkeys([*keys, "like"], str)).sort_values(keys, ignore_index=True)
        for each in (to_pandas(made), expected)
    )
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-12)


@pytest.mark.nightly
def test_nothing_is_found_where_segments_are_alike():
    found = [
        (rfm.white_space(*shop(400, 15, seed, planted=()), "VIP")["false_discovery"] < 0.05).any()
        for seed in range(16)
    ]
    assert sum(found) <= 4  # 0.8 expected at most; 5 or more have a chance of 0.1%


def test_what_is_planted_is_found():
    for seed in range(6):
        table = rfm.white_space(*shop(500, 15, seed, planted=(3,)), "VIP")
        found = table[table["false_discovery"] < 0.05]
        assert set(found.loc[found["category"] == "item 03", "segment"]) == {"new", "loyal"}


def test_without_amounts_it_ranks_by_missing_buyers():
    lines, segmented = shop()
    made = rfm.white_space(lines.query("amount > 0").drop(columns="amount"), segmented, "VIP")
    assert not {"extra_spend", "spend_per_buyer"} & set(made.columns)
    assert made.groupby("segment", observed=True)["missing_buyers"].is_monotonic_decreasing.all()


def test_a_segment_that_lacks_nothing_has_no_row():
    lines = pd.DataFrame({"customer_id": range(20), "category": "bread"})
    segmented = pd.DataFrame({"customer_id": range(20), "segment": ["a", "b"] * 10})
    table = rfm.white_space(lines, segmented, "a")
    assert len(table) == 0
    assert "missing_buyers" in table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"like": "best"}, "like names 'best', and the segments are"),
        ({"like": {"new": "best"}}, "like names 'best'"),
        ({"like": {"new": "new"}}, "like compares 'new' to itself"),
        ({"like": {}}, "like leaves no segment"),
        ({"like": 3}, "like must map text to text"),
        ({"least": 10**6}, "No item was bought by 1000000 customers or more"),
        ({"by": "cluster"}, "cluster"),
        ({"item": "brand"}, "brand"),
        ({"lines": shop()[0].rename(columns={"category": "like"}), "item": "like"}, "name of another column"),
        ({"lines": shop()[0].assign(amount=np.inf)}, "'amount' must hold finite numbers"),
    ],
)
def test_what_is_refused(change, message):
    lines, segmented = shop()
    with pytest.raises(DataError, match=message):
        rfm.white_space(**({"lines": lines, "segmented": segmented, "like": "VIP"} | change))
