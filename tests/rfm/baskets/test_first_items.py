"""What a first purchase leads to, counted customer by customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from rfm import DataError


def lines(n=300, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        start = int(rng.integers(0, 200))
        for day in [start, *(start + rng.integers(1, 150, rng.integers(0, 4)))]:
            for item in rng.choice(["wine", "bread", "soap"], rng.integers(1, 3), replace=False):
                date = pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(day))
                rows.append((customer, date, float(rng.integers(1, 50)), item))
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount", "category"])
    table.loc[table.index % 17 == 0, "amount"] *= -1
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def by_hand(table, days):
    """Later spend and whether there was a later purchase, by customer; and the items of the first day."""
    last = table["date"].max()
    found = []
    for _, own in table.groupby("customer_id"):
        net = own.groupby("date")["amount"].sum()
        refund = own.groupby("date")["amount"].min() < 0
        bought = (net > 0) | ((net == 0) & ~refund)
        if not bought.any():
            continue
        first = net.index[bought][0]
        if first + pd.Timedelta(days=days) > last:
            continue
        later = (net.index > first) & (net.index <= first + pd.Timedelta(days=days))
        items = set(own.loc[(own["date"] == first) & (own["amount"] >= 0), "category"])
        found.append((items, net[later].sum(), bool(bought[later].any()), net[first]))
    return found


def test_it_is_what_is_counted_by_hand():
    table, days = lines(), 120
    hand = by_hand(table, days)
    made = rfm.first_items(table, horizon=f"{days}D", least=2)
    assert made["category"].tolist()[-1] == "all"
    for row in made.itertuples():
        own = [f for f in hand if row.category == "all" or row.category in f[0]]
        later = np.array([f[1] for f in own])
        assert row.customers == len(own)
        assert row.later_spend == pytest.approx(later.mean(), rel=1e-9)
        assert row.bought_again == pytest.approx(np.mean([f[2] for f in own]))
        assert row.first_spend == pytest.approx(np.mean([f[3] for f in own]))
        low, high = stats.t.interval(0.95, len(later) - 1, later.mean(), stats.sem(later))
        assert (row.later_spend_low, row.later_spend_high) == pytest.approx((low, high), rel=1e-9)
        if row.category != "all":
            rest = [f[1] for f in hand if row.category not in f[0]]
            assert row.p_value == pytest.approx(
                stats.ttest_ind(later, rest, equal_var=False).pvalue, rel=1e-7
            )


def test_every_engine_gives_one_answer(constructor, to_pandas):
    table = lines(120)
    expected, made = (rfm.first_items(each, horizon="60D", least=2) for each in (table, constructor(table)))
    assert type(made) is type(constructor(table))
    left, right = (each.sort_values("category", ignore_index=True) for each in (to_pandas(made), expected))
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": "9000D"}, "nobody was seen for 9000D"),
        ({"horizon": "1Y"}, "horizon must be days or weeks; got '1Y'"),
        ({"horizon": 365}, "horizon must be days or weeks; got 365"),
        ({"least": 500, "horizon": "60D"}, "No item began 500 customers or more"),
        ({"item": "brand"}, "brand"),
        (
            {"lines": lines(40).rename(columns={"category": "customers"}), "item": "customers"},
            "another column",
        ),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        rfm.first_items(**({"lines": lines(40)} | change))


def test_a_log_that_begins_amid_its_customers_histories_is_said():
    rng = np.random.default_rng(0)
    start = np.append(rng.integers(0, 40, 2000), rng.integers(0, 700, 1500))
    days = np.append(start, start + rng.integers(1, 60, len(start)))
    table = pd.DataFrame({
        "customer_id": np.tile(np.arange(3500), 2), "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(days, "D"),
        "amount": 5.0, "category": np.where(days % 2, "wine", "bread"),
    })  # fmt: skip
    with pytest.warns(rfm.DataWarning, match="and a first item means one new in the log"):
        rfm.first_items(table, horizon="60D")


def test_what_only_came_back_on_the_first_day_begins_nothing():
    table = lines(60)
    first = table[table["amount"] > 0].sort_values("date").drop_duplicates("customer_id")
    extra = first.assign(category="gift", amount=-0.01)
    made = rfm.first_items(pd.concat([table, extra]), horizon="60D", least=2)
    assert "gift" not in set(made["category"])
