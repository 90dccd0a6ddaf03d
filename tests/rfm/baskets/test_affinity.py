"""Items by segment: mlxtend's lift, brute force, intervals that hold, nothing found where nothing is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from rfm import DataError
from rfm._baskets.affinity import _interval, _p_values

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


def test_intervals_hold():
    rng = np.random.default_rng(0)
    n, everybody, p, q = 200, 1000, 0.3, 0.15
    true = p / (n / everybody * p + (1 - n / everybody) * q)
    k = rng.binomial(n, p, 4000).astype(float)
    all_k = k + rng.binomial(everybody - n, q, 4000)
    low, high = _interval(k, np.full(4000, float(n)), all_k, float(everybody), 0.95)
    assert 0.94 < ((low <= true) & (true <= high)).mean() < 0.965


def test_p_values_are_exact_and_never_too_small_where_nothing_is():
    rng = np.random.default_rng(1)
    k = rng.hypergeometric(60, 240, 50, 4000).astype(float)
    p = _p_values(k, np.full(4000, 50.0), np.full(4000, 60.0), 300)
    assert (p < 0.05).mean() < 0.05 + 0.01
    one = _p_values(np.array([20.0]), np.array([50.0]), np.array([60.0]), 300)[0]
    law = stats.hypergeom(300, 60, 50)
    assert one == pytest.approx(2 * sum(law.pmf(j) for j in range(20, 51)), rel=1e-10)


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
        ({"least": 0}, "least must be a whole number"),
        ({"least": 10**6}, "No item was bought by 1000000 customers or more"),
        ({"confidence": 95}, "confidence must lie between"),
        ({"segmented": pd.concat([SEGMENTED, SEGMENTED])}, "segmented: more than one row"),
        ({"lines": "lines.csv"}, "Not a dataframe"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        rfm.affinity(**({"lines": LINES, "segmented": SEGMENTED} | change))
