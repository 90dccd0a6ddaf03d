"""Assignment: stable, spread as planned, independent between campaigns, one answer on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import rfm
from rfm import DataError
from rfm.campaigns import Holdout, assign


def customers(n=4000):
    return pd.DataFrame({"customer_id": np.arange(n), "segment": np.where(np.arange(n) % 4, "new", "VIP")})


def test_every_engine_gives_one_answer(constructor, to_pandas):
    table = customers(300).assign(customer_id=lambda t: "c" + t["customer_id"].astype(str))
    options = {
        "control": 0.3,
        "arms": {"mail": 2, "call": 1},
        "holdout": Holdout("2026", 0.2),
        "on": "2026-09-01",
    }
    expected = assign(table, "autumn", **options)
    made = assign(constructor(table), "autumn", **options)
    assert type(made) is type(constructor(table))
    ours, theirs = (each.sort_values("customer_id") for each in (to_pandas(made), expected))
    assert list(ours) == list(theirs)
    assert ours["arm"].tolist() == theirs["arm"].tolist()
    shares = [each["planned_share"].to_numpy(dtype=float, na_value=np.nan) for each in (ours, theirs)]
    np.testing.assert_allclose(*shares, rtol=1e-15)  # an engine may read a literal with one digit less


@given(st.permutations(range(40)), st.integers(0, 40))
def test_newcomers_and_the_order_of_rows_move_nobody(order, first):
    table = customers(40)
    whole = assign(table, "a", 0.4).set_index("customer_id")["arm"]
    some = assign(table.iloc[list(order)[:first]], "a", 0.4).set_index("customer_id")["arm"]
    assert some.equals(whole[some.index])


@pytest.mark.parametrize("control", [0.01, 0.1, 0.5, 0.9])
def test_shares_hold_in_expectation(control):
    arms = {"mail": 3.0, "call": 1.0}
    counts = assign(customers(40_000), "autumn", control, arms=arms)["arm"].value_counts()
    planned = {"control": control, "mail": (1 - control) * 0.75, "call": (1 - control) * 0.25}
    observed, expected = [counts[arm] for arm in planned], [share * 40_000 for share in planned.values()]
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_two_campaigns_are_independent_and_a_seed_makes_another():
    table = customers(20_000)
    first = assign(table, "spring", 0.5)["arm"]
    for other in (assign(table, "autumn", 0.5)["arm"], assign(table, "spring", 0.5, seed=1)["arm"]):
        assert stats.chi2_contingency(pd.crosstab(first, other)).pvalue > 1e-3


def test_the_universal_hold_out_is_the_same_in_all_campaigns_and_does_not_disturb_the_arms():
    table, year = customers(20_000), Holdout("2026", 0.1)
    spring, autumn = (assign(table, name, 0.2, holdout=year) for name in ("spring", "autumn"))
    held = spring["arm"] == "hold-out"
    assert held.equals(autumn["arm"] == "hold-out")
    assert stats.binomtest(int(held.sum()), 20_000, 0.1).pvalue > 1e-3
    without = assign(table, "spring", 0.2)
    assert spring.loc[~held, "arm"].equals(without.loc[~held, "arm"])
    assert spring["planned_share"].isna().equals(held)
    other = assign(table, "spring", 0.2, holdout=Holdout("2027", 0.1))["arm"] == "hold-out"
    assert stats.chi2_contingency(pd.crosstab(held, other)).pvalue > 1e-3


def test_a_campaign_and_a_hold_out_of_one_name_are_independent():
    table = customers(20_000)
    arms = assign(table, "2026", 0.5)["arm"]
    held = assign(table, "x", 0.5, holdout=Holdout("2026", 0.5))["arm"] == "hold-out"
    assert stats.chi2_contingency(pd.crosstab(arms, held)).pvalue > 1e-3


def test_previous_rows_keep_their_segment_and_newcomers_are_added(constructor):
    table = customers(60).assign(customer_id=lambda t: "c" + t["customer_id"].astype(str).str.zfill(2))
    before = assign(table.iloc[:40], "a", 0.3, on="2026-09-01")
    later = table.assign(segment="lost", score=1).iloc[5:]  # five have left the table, and all moved
    frame = nw.from_native(
        assign(constructor(later), "a", 0.3, on="2026-10-01", previous=constructor(before))
    )
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    made = frame.to_pandas().sort_values("customer_id", ignore_index=True)  # Spark's times have a zone
    assert made["customer_id"].tolist() == table["customer_id"].tolist()
    assert made["segment"].tolist() == [*table["segment"][:40], *["lost"] * 20]
    assert made["arm"].tolist() == assign(table, "a", 0.3)["arm"].tolist()
    assert pd.to_datetime(made["assigned_on"], utc=True).dt.month.tolist() == [9] * 40 + [10] * 20


def test_the_input_is_not_changed_and_rows_keep_their_order():
    table = customers(50).sample(frac=1, random_state=1)
    copy = table.copy()
    made = assign(table, "a")
    assert table.equals(copy)
    assert made.index.tolist() == table.index.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be text; got ''"),
        ({"control": 0}, "control must lie between 0 and 1; got 0"),
        ({"control": 10}, "control must lie between 0 and 1; got 10"),
        ({"arms": {"control": 1}}, "'control' is the name of those who are left alone"),
        ({"arms": {"mail": 0}}, "the weight of 'mail' must be a finite number, above 0; got 0"),
        ({"arms": {}}, r"arms must map names of arms to their weights; got \{\}"),
        ({"arms": ["mail"]}, "arms must map names of arms"),
        ({"holdout": 0.1}, "holdout must be a Holdout; got 0.1"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"on": "soon"}, "on must be a date; got 'soon'"),
        ({"segmented": customers(3).assign(arm="x")}, "The name 'arm' is taken"),
        ({"segmented": pd.concat([customers(2)] * 2)}, r"More than one row for customer 0 \(2 rows\)"),
        ({"segmented": customers(3)[["segment"]]}, "customer_id"),
        ({"previous": customers(3)}, "previous"),
        ({"previous": assign(customers(3), "b")}, "previous is of the campaign 'b', not of 'a'"),
        ({"previous": assign(customers(3).assign(old=1), "a")}, "previous has the column 'old'"),
        (
            {"previous": assign(customers(30), "a", 0.2)},
            r"previous has the arm '.*' of 0\.[28], and these options",
        ),
        ({"previous": assign(customers(30), "a", arms={"mail": 1})}, "previous has the arm 'mail' of 0.9"),
        (
            {"previous": assign(customers(90), "a", holdout=Holdout("x", 0.2))},
            "previous has the arm 'hold-out', and",
        ),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        assign(**({"segmented": customers(10), "name": "a"} | change))


def test_ids_of_a_log_are_assigned_after_segmentation():
    segmented = rfm.segment(rfm.datasets.cdnow_sample())
    made = assign(segmented, "a", 0.2)
    assert list(made) == [*segmented, "campaign", "arm", "planned_share"]
    assert made["segment"].dtype == segmented["segment"].dtype
