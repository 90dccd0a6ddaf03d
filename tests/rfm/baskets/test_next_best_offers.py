"""Offers are what the definitions say, the same on every engine, and foretell more than popularity where tastes are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from rfm import DataError
from rfm._baskets.item_to_item import STEPS, inclinations


def shop(n=160, items=9, seed=0, visits=1):
    """Lines with amounts of customers of two tastes: one likes the first half of the items, one the rest."""
    rng = np.random.default_rng(seed)
    taste = rng.random((n, 1)) < 0.4
    chance = np.where(taste == (np.arange(items) < items / 2), 0.5, 0.15)
    bought = [np.nonzero(rng.random((n, items)) < chance) for _ in range(visits)]
    customer, item = (np.concatenate(each) for each in zip(*bought, strict=True))
    return pd.DataFrame({
        "customer_id": customer, "category": [f"item {i}" for i in item],
        "amount": rng.integers(100, 900, len(item)) / 100,
    }).sample(frac=1, random_state=seed, ignore_index=True)  # fmt: skip


def by_hand(lines, n, least, level=0.95):
    """The table customer by customer."""
    held = (pd.crosstab(lines["customer_id"], lines["category"]) > 0).loc[:, lambda t: t.sum() >= least]
    owned, everybody = held.to_numpy(), lines["customer_id"].nunique()
    both = owned.astype(int).T @ owned.astype(int)
    found = inclinations(both, everybody)
    spent = lines.groupby("category")["amount"].sum()[held.columns] / held.sum()
    rows = []
    for customer, own in zip(held.index, owned, strict=True):
        if not own.any():
            continue
        lacks = [j for j in range(len(own)) if not own[j]]
        score = {j: found.constant[j] + found.weights[own, j].sum() for j in lacks}
        for rank, j in enumerate(sorted(lacks, key=lambda j: (-score[j], j))[:n], 1):
            reason = max(np.flatnonzero(own), key=lambda i: (found.weights[i, j], -i))
            known = found.weights[reason, j] > 0
            k, alike = (both[reason, j], both[reason, reason]) if known else (both[j, j], everybody)
            low, high = stats.binomtest(int(k), int(alike)).proportion_ci(level, method="wilson")
            expected = min(max(score[j] / STEPS, 0), 1)
            rows.append((customer, rank, held.columns[j], expected, both[j, j] / everybody,
                         held.columns[reason] if known else None, alike, k / alike, low, high,
                         spent.iloc[j], expected * spent.iloc[j]))  # fmt: skip
    return pd.DataFrame(rows, columns=[
        "customer_id", "rank", "category", "expected_share", "share_of_all", "because", "customers_alike",
        "share_alike", "share_alike_low", "share_alike_high", "spend_per_buyer", "expected_spend",
    ])  # fmt: skip


@pytest.mark.parametrize("n", [2, 50])
def test_it_is_what_is_computed_by_hand(n):
    lines = shop()
    made = rfm.next_best_offers(lines, n=n, least=30)
    pd.testing.assert_frame_equal(made, by_hand(lines, n, 30), check_dtype=False, rtol=1e-9)
    assert made["because"].isna().any()
    assert made["because"].notna().any()


def test_customers_are_taken_in_parts(monkeypatch):
    lines = shop()
    expected = rfm.next_best_offers(lines)
    monkeypatch.setattr("rfm._baskets.choosing_offers._PART", 64)
    pd.testing.assert_frame_equal(rfm.next_best_offers(lines), expected)


def test_every_engine_gives_one_answer(constructor, to_pandas):
    lines = shop()
    expected, made = (rfm.next_best_offers(each, n=20) for each in (lines, constructor(lines)))
    assert type(made) is type(constructor(lines))
    keys = ["customer_id", "rank"]
    left, right = (each.sort_values(keys, ignore_index=True) for each in (to_pandas(made), expected))
    left["because"] = left["because"].where(left["because"].notna(), np.nan).astype(object)
    right["because"] = right["because"].where(right["because"].notna(), np.nan).astype(object)
    pd.testing.assert_frame_equal(left[right.columns], right, check_dtype=False, rtol=1e-12)


def test_offers_foretell_purchases_where_customers_have_tastes():
    """Of the first purchases of an item after the log, more are among the offers than among the most popular items."""
    lines, later = shop(1500, 20, seed=1), shop(1500, 20, seed=1, visits=2)
    before = set(zip(lines["customer_id"], lines["category"], strict=True))
    after = set(zip(later["customer_id"], later["category"], strict=True)) - before
    offers = rfm.next_best_offers(lines, n=3)
    offered = list(zip(offers["customer_id"], offers["category"], strict=True))
    popular = lines.drop_duplicates(["customer_id", "category"])["category"].value_counts().index
    most = [
        (who, item)
        for who in offers["customer_id"].unique()
        for item in [each for each in popular if (who, each) not in before][:3]
    ]
    ours, theirs = (np.mean([each in after for each in chosen]) for chosen in (offered, most))
    assert len(offered) == len(most)
    assert ours > 0.4  # 0.5 is what those with the taste buy
    assert theirs < 0.36


def test_lines_in_another_order_and_twice_give_the_same():
    lines = shop().drop(columns="amount")
    again = pd.concat([lines, lines.sample(frac=0.5, random_state=1)]).sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(rfm.next_best_offers(again), rfm.next_best_offers(lines))


def test_returns_lower_what_is_spent_and_make_no_buyer():
    lines = shop()
    known = lines.groupby("customer_id")["category"].agg(set)
    who = next(customer for customer, items in known.items() if "item 3" not in items)
    back = pd.DataFrame({"customer_id": [who], "category": ["item 3"], "amount": [-80.0]})
    made, before = (rfm.next_best_offers(each, n=9) for each in (pd.concat([lines, back]), lines))
    counts = [name for name in made.columns if not name.endswith(("_buyer", "_spend"))]
    pd.testing.assert_frame_equal(made[counts], before[counts])
    buyers = lines.loc[lines["category"] == "item 3", "customer_id"].nunique()
    drop = (before["spend_per_buyer"] - made["spend_per_buyer"])[made["category"] == "item 3"]
    assert drop.to_numpy() == pytest.approx(80 / buyers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n must be a whole number"),
        ({"least": 1}, "least must be a whole number"),
        ({"least": 10**6}, "Fewer than two items were bought by 1000000 customers or more"),
        ({"item": "brand"}, "brand"),
        ({"confidence": 2}, "confidence must lie between"),
        ({"lines": shop().rename(columns={"category": "rank"}), "item": "rank"}, "name of another column"),
        ({"lines": shop().assign(amount=np.nan)}, "'amount' must hold finite numbers"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        rfm.next_best_offers(**({"lines": shop()} | change))
