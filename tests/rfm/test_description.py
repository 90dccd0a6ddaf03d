"""The description of a log, counted by pandas; on every engine; of logs of every shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm

PARTS = ("table", "orders", "weekdays", "months", "first_seen")


@pytest.fixture(scope="module")
def log():
    log = rfm.datasets.cdnow_sample()
    log = log[log["amount"] > 0].reset_index(drop=True)
    rng = np.random.default_rng(0)
    log.loc[rng.random(len(log)) < 0.05, "amount"] *= -1
    return log[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def days(log):
    """Purchase days, by hand."""
    net = log.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"]).reset_index()
    return net[(net["sum"] > 0) | ((net["sum"] == 0) & (net["min"] >= 0))]


def test_the_facts_are_counted(log, days):
    fact = rfm.describe(log).table.iloc[0]
    per = days.groupby("customer_id").size()
    gaps = days.sort_values("date").groupby("customer_id")["date"].diff().dropna().dt.days
    assert (fact["customers"], fact["orders"]) == (len(per), len(days))
    assert fact["one_time_customers"] == (per == 1).sum()
    assert fact["one_time_share"] == pytest.approx((per == 1).mean())
    assert (fact["first_day"], fact["last_day"]) == (log["date"].min(), log["date"].max())
    assert fact["days"] == (log["date"].max() - log["date"].min()).days + 1
    quartiles = gaps.quantile([0.25, 0.5, 0.75], interpolation="lower").tolist()
    assert [fact["gap_low"], fact["gap_median"], fact["gap_high"]] == pytest.approx(quartiles, abs=1)
    assert fact["spend"] == pytest.approx(days["sum"].sum())
    buyers = log[log["customer_id"].isin(per.index)]
    assert fact["spend"] + fact["refunds"] == pytest.approx(buyers["amount"].sum())
    assert fact["order_value"] == pytest.approx(days["sum"].mean())


def test_the_calendar_is_counted(log, days):
    made = rfm.describe(log)
    every = pd.date_range(log["date"].min(), log["date"].max())
    for part, label, names in ((made.weekdays, "weekday", "day_name"), (made.months, "month", "month_name")):
        counted = getattr(days["date"].dt, names)().value_counts()
        calendar = getattr(every, names)().value_counts()
        for row in part.itertuples():
            name = getattr(row, label)
            assert row.orders == counted.get(name, 0)
            assert row.days == calendar.get(name, 0)
            assert row.orders_per_day == pytest.approx(row.orders / row.days)
    assert made.weekdays["weekday"].tolist()[0] == "Monday"
    assert made.months["share"].sum() == pytest.approx(1)
    first = days.groupby("customer_id")["date"].min().dt.to_period("M").value_counts()
    for row in made.first_seen.itertuples():
        assert row.new_customers == first.get(row.month.to_period("M"), 0)
    assert made.first_seen["new_customers"].sum() == days["customer_id"].nunique()


def test_how_often_customers_bought(log, days):
    table = rfm.describe(log).orders
    per = days.groupby("customer_id").size().clip(upper=10).value_counts().sort_index()
    assert table["customers"].tolist() == per.tolist()
    assert table["orders"].tolist() == [*map(str, range(1, 10)), "10 or more"]


def test_every_engine_gives_one_answer(constructor, to_pandas, log):
    expected, made = rfm.describe(log), rfm.describe(constructor(log))
    for part in PARTS:
        assert type(getattr(made, part)) is type(constructor(log))
        left, right = to_pandas(getattr(made, part)), getattr(expected, part)
        key = right.columns[0]
        left, right = (each.sort_values(key, ignore_index=True) for each in (left, right))
        assert list(left) == list(right)
        for name in right:
            if right[name].dtype.kind in "fi":
                np.testing.assert_allclose(
                    left[name].to_numpy(dtype=float), right[name].to_numpy(dtype=float), rtol=1e-12
                )
            else:
                assert left[name].astype(str).str[:10].tolist() == right[name].astype(str).str[:10].tolist()
    assert repr(made) == repr(expected)


def test_a_log_without_amounts_has_no_money(log):
    made = rfm.describe(rfm.Transactions(log, amount=None))
    held = {name for part in PARTS for name in getattr(made, part)}
    assert held.isdisjoint({"spend", "refunds", "order_value", "spend_per_customer"})
    assert "per order" not in repr(made)


def test_one_customer_and_one_day():
    made = rfm.describe(pd.DataFrame({"customer_id": ["ann"], "date": ["2024-02-29"], "amount": [5.0]}))
    assert made.table.loc[0, ["customers", "orders", "days"]].tolist() == [1, 1, 1]
    assert made.table[["gap_low", "gap_median", "gap_high"]].isna().all(axis=None)
    assert "between purchases" not in repr(made)
    assert made.months.loc[made.months["days"] == 0, "orders_per_day"].isna().all()


def test_nobody_bought():
    made = rfm.describe(pd.DataFrame({"customer_id": ["ann"], "date": ["2024-02-29"], "amount": [-5.0]}))
    assert made.table.loc[0, "customers"] == 0
    assert repr(made).startswith("0 customers bought 0 times")


def test_it_is_a_page_in_a_notebook_too(log):
    html = rfm.describe(log)._repr_html_()
    assert html.startswith("<pre>")
    assert "Orders per day by weekday" in html


def test_the_order_of_rows_does_not_matter(log):
    assert repr(rfm.describe(log.sample(frac=1, random_state=1))) == repr(rfm.describe(log))
