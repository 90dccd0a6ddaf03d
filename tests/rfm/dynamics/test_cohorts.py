"""Cohorts compared with a slow count of every cell, and their triangle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import rfm
from rfm._dynamics.periods import cut_periods

rows = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 300), st.integers(-6, 12)), min_size=1, max_size=50
)


def as_log(rows) -> pd.DataFrame:
    who, day, amount = np.array(rows).T
    date = pd.Timestamp("2023-02-10") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": amount / 4})


def slow_count(log: pd.DataFrame, every: str) -> pd.DataFrame:
    day = (log["date"] - pd.Timestamp("1970-01-01")).dt.days
    periods = cut_periods(every, day.min(), day.max())
    days = log.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"]).reset_index()
    days["period"] = periods.of((days["date"] - pd.Timestamp("1970-01-01")).dt.days.to_numpy())
    days["bought"] = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    came = days[days["bought"]].groupby("customer_id")["period"].min()
    lines = []
    for cohort in sorted(came.unique()):
        members = days[days["customer_id"].isin(came.index[came == cohort])]
        for period in range(cohort, len(periods)):
            at = np.maximum(members["period"], cohort) == period
            active = members.loc[at & members["bought"], "customer_id"].nunique()
            orders, revenue = (at & members["bought"]).sum(), members.loc[at, "sum"].sum()
            lines.append((cohort, period - cohort, (came == cohort).sum(), active, orders, revenue))
    return pd.DataFrame(lines, columns=["cohort", "age", "customers", "active", "orders", "revenue"])


@given(rows, st.sampled_from(["1M", "1Q", "2W", "45D"]), st.randoms())
def test_cohorts_are_the_slow_count(rows, every, random):
    log = as_log(rows)
    table, known = rfm.cohorts(log, every), slow_count(log, every)
    columns = ["age", "customers", "active", "orders", "revenue"]
    pd.testing.assert_frame_equal(table[columns], known[columns], check_dtype=False)
    assert (table.loc[table["age"] == 0, "retention"] == 1).all()
    assert table["retention"].between(0, 1).all()
    assert table["retention"].to_numpy() == pytest.approx((table["active"] / table["customers"]).to_numpy())
    to_date = table.groupby("cohort")["revenue"].cumsum()
    assert table["revenue_to_date"].to_numpy() == pytest.approx(to_date.to_numpy())
    random.shuffle(rows)
    pd.testing.assert_frame_equal(rfm.cohorts(as_log(rows), every), table)


@given(rows)
def test_every_customer_and_every_cent_is_in_one_cohort(rows):
    log = as_log(rows)
    table = rfm.cohorts(log)
    summary = rfm.summarize(log).query("orders > 0")
    assert table.loc[table["age"] == 0, "customers"].sum() == len(summary)
    assert table["orders"].sum() == summary["orders"].sum()
    assert table["revenue"].sum() == pytest.approx((summary["spend"] + summary["refunds"]).sum())


def test_the_table_is_a_triangle_and_says_what_is_incomplete():
    table = rfm.cohorts(as_log([(who, 30 * step, 4) for who in range(5) for step in range(who, 5)]))
    wide = table.pivot(index="cohort", columns="age", values="retention")
    assert wide.notna().sum(axis=1).tolist() == [5, 4, 3, 2, 1]  # what is still to come is missing, not zero
    assert table.loc[~table["complete"], "period"].unique().tolist() == [
        pd.Timestamp("2023-02-01"), pd.Timestamp("2023-06-01")
    ]  # fmt: skip


def test_cdnow_quarter_by_quarter():
    table = rfm.cohorts(rfm.datasets.cdnow(), every="1Q")
    assert table["customers"].unique().tolist() == [23_570]
    log = rfm.datasets.cdnow()
    known = log.groupby(log["date"].dt.to_period("Q"))["customer_id"].nunique()
    assert table["active"].tolist() == known.tolist()
    assert table["revenue_to_date"].iloc[-1] == pytest.approx(log["amount"].sum())


@given(rows)
def test_segments_add_up_to_the_whole(rows):
    log = as_log(rows)
    segments = pd.DataFrame({"customer_id": range(6), "segment": list("bacbac")})
    parts, whole = rfm.cohorts(log, "1Q", segments=segments), rfm.cohorts(log, "1Q")
    columns = ["customers", "active", "orders", "revenue"]
    total = parts.groupby(["cohort", "age"])[columns].sum().reset_index()
    pd.testing.assert_frame_equal(total[columns], whole[columns], check_dtype=False)


@given(rows, st.floats(0.5, 0.99))
def test_the_curve_counts_each_age_where_it_was_seen_whole(rows, confidence):
    table = rfm.cohorts(as_log(rows))
    curve = rfm.retention_curve(table, confidence=confidence)
    seen = table[table["complete"]].groupby("age")[["customers", "active"]].sum()
    assert curve["age"].tolist() == seen.index.tolist()
    assert curve["customers"].tolist() == seen["customers"].tolist()
    for active, customers, low, high in zip(
        curve["active"], curve["customers"], curve["low"], curve["high"], strict=True
    ):
        known = stats.binomtest(int(active), int(customers)).proportion_ci(confidence, method="wilson")
        assert (low, high) == pytest.approx((known.low, known.high), abs=1e-12)


def test_a_curve_a_segment_in_their_order():
    log = rfm.datasets.cdnow()
    segments = rfm.segment(log, as_of="1997-06-30")
    curve = rfm.retention_curve(rfm.cohorts(log, segments=segments))
    names = curve["segment"].unique().tolist()
    order = segments["segment"].cat.categories
    assert names == [name for name in order if name in names]
    assert curve.groupby("segment", observed=True)["age"].is_monotonic_increasing.all()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda log: rfm.cohorts(log, every="0D"), "every='0D' is not a period length"),
        (lambda log: rfm.cohorts(log, segments=log), "segments: no column 'segment'"),
        (
            lambda log: rfm.retention_curve(log),
            "No column 'age', 'customers', 'active', 'complete'. The table has: customer_id, date, amount. Hint: rfm.",
        ),
        (
            lambda log: rfm.retention_curve(rfm.cohorts(log), confidence=1),
            "confidence must lie between 0 and 1; got 1",
        ),
        (
            lambda log: rfm.retention_curve(rfm.cohorts(log), confidence="x"),
            "between 0 and 1; got 'x'. Hint: conf",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(ask, words):
    with pytest.raises(rfm.DataError, match=words):
        ask(as_log([(1, 0, 8), (2, 45, 8)]))
