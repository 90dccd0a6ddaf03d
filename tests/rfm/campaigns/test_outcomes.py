"""Outcomes from a log: what each customer did in the days that count, by hand; days that do not fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError
from rfm.campaigns import assign, lift

START, END = "1998-01-01", "1998-03-31"


@pytest.fixture(scope="module")
def log():
    log = rfm.datasets.cdnow_sample()
    rng = np.random.default_rng(0)
    return log[["customer_id", "date"]].assign(
        amount=np.where(rng.random(len(log)) < 0.1, -log["amount"], log["amount"])
    )


@pytest.fixture(scope="module")
def assigned(log):
    segmented = rfm.segment(log, as_of="1997-12-31")
    return assign(segmented, "new year", 0.4, on=START)


@pytest.fixture(scope="module")
def by_hand(log, assigned):
    own = log[(log["date"] >= START) & (log["date"] <= END)]
    days = own.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"])
    bought = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    ids = assigned["customer_id"]
    orders = bought.groupby("customer_id").sum().reindex(ids, fill_value=0)
    revenue = own.groupby("customer_id")["amount"].sum().reindex(ids, fill_value=0.0)
    return pd.DataFrame({
        "arm": assigned["arm"].to_numpy(), "segment": assigned["segment"].astype(str).to_numpy(),
        "response": orders.to_numpy() > 0, "orders": orders.to_numpy(), "revenue": revenue.to_numpy(),
    })  # fmt: skip


def test_a_log_is_counted_customer_by_customer(assigned, log, by_hand):
    table = lift(assigned, log, "monetary", end=END).table
    assert set(table["outcome"]) == {"response", "orders", "revenue"}
    for row in table.itertuples():
        mine = by_hand if row.segment == "all" else by_hand[by_hand["segment"] == row.segment]
        means = [mine.loc[mine["arm"] == arm, row.outcome].mean() for arm in (row.arm, "control")]
        assert (row.mean, row.mean_control) == pytest.approx(tuple(means), rel=1e-9)


def test_every_engine_gives_one_answer(constructor, to_pandas, assigned, log):
    plain = assigned.assign(segment=assigned["segment"].astype(str))[
        ["customer_id", "segment", "monetary", "arm"]
    ]
    made = lift(constructor(plain), constructor(log), "monetary", start=START, end=END)
    expected = lift(plain, log, "monetary", start=START, end=END)
    keys = ["outcome", "arm", "segment"]
    left, right = (
        each.astype(dict.fromkeys(keys, str)).sort_values(keys, ignore_index=True)
        for each in (to_pandas(made.table), expected.table)
    )
    for name in right:
        if name not in keys:
            mine = left[name].to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_allclose(mine, right[name].to_numpy(dtype=float), rtol=1e-7)


def test_the_day_of_the_assignment_is_the_first_that_counts(assigned, log):
    pd.testing.assert_frame_equal(
        lift(assigned, log, end=END).table,
        lift(assigned.drop(columns="assigned_on"), log, start=START, end=END).table,
    )


def test_a_log_without_amounts_has_no_revenue(assigned, log):
    found = lift(assigned, rfm.Transactions(log, amount=None), end=END)
    assert set(found.table["outcome"]) == {"response", "orders"}
    assert len(found.returns) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "1997-12-01"}, "start is 1997-12-01, and some customers were assigned only on 1998-01-01"),
        ({"end": "1997-06-30"}, "No day counts: start is 1998-01-01, and end 1997-06-30"),
        ({"end": "1999-06-30"}, "end is 1999-06-30, and the log ends on 1998-06-30"),
        ({"start": "soon"}, "start must be a date"),
    ],
)
def test_days_that_are_refused(assigned, log, options, message):
    with pytest.raises(DataError, match=message):
        lift(assigned, log, **options)


def test_a_start_is_needed_where_the_assignment_has_no_day(assigned, log):
    with pytest.raises(DataError, match="start is missing: the first day whose orders are outcomes"):
        lift(assigned.drop(columns="assigned_on"), log)


def test_a_log_of_other_customers_has_no_outcomes(constructor, log, assigned):
    plain = assigned[["customer_id", "arm"]]
    others = plain.assign(customer_id=plain["customer_id"] + 10**6)
    with pytest.raises(DataError, match="No assigned customer is in the log"):
        lift(constructor(others), constructor(log), start=START)


def test_refunds_alone_are_no_response_and_lower_revenue():
    """Money that goes back counts, also where nothing was bought in the days that count."""
    ids = [f"c{i}" for i in range(8)]
    before = pd.DataFrame({"customer_id": ids, "date": "2026-01-01", "amount": 50.0})
    after = pd.DataFrame(
        {"customer_id": ids[:4], "date": "2026-02-02", "amount": [-30.0, -20.0, -10.0, 40.0]}
    )
    arms = pd.DataFrame({"customer_id": ids, "arm": ["mail"] * 4 + ["control"] * 4})
    table = lift(arms, pd.concat([before, after]), start="2026-02-01").table.set_index("outcome")
    assert table.loc["response", "mean"] == 0.25
    assert table.loc["orders", "mean"] == 0.25
    assert table.loc["revenue", "mean"] == -5.0


def test_currencies_are_converted_before_they_are_compared():
    ids = [f"c{i}" for i in range(8)]
    log = pd.DataFrame({
        "customer_id": ids, "date": "2026-02-02", "amount": [10.0, 20.0, 30.0, 40.0] * 2,
        "currency": ["GBP"] * 4 + ["EUR"] * 4,
    })  # fmt: skip
    tx = rfm.Transactions(log, currency="currency", rates={"EUR": 1.0, "GBP": 1.25})
    arms = pd.DataFrame({"customer_id": ids, "arm": ["mail"] * 4 + ["control"] * 4})
    table = lift(arms, tx, start="2026-02-01").table.set_index("outcome")
    assert (table.loc["revenue", "mean"], table.loc["revenue", "mean_control"]) == (31.25, 25.0)
