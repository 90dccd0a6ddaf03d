"""Two periods compared, counted customer by customer in another way."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from tests.rfm.base_report.test_triangle import returned


def counted(log: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """Orders and spend of each customer with a row between two days, in another way than the library's."""
    days = log.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"])
    days["bought"] = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    inside = days[
        (days.index.get_level_values("date") >= start) & (days.index.get_level_values("date") <= end)
    ]
    return inside.groupby("customer_id").agg(orders=("bought", "sum"), spend=("sum", "sum"))


def test_groups_of_customers_counted_one_by_one():
    log = returned(rfm.datasets.cdnow_sample())
    report = rfm.base_report(log, "1Q")
    before = counted(log, "1998-01-01", "1998-03-31")
    after = counted(log, "1998-04-01", "1998-06-30")
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer").fillna(0)
    ever = counted(log, "1997-01-01", "1998-06-30").query("orders > 0").index
    days = log.groupby(["customer_id", "date"], as_index=False)["amount"].agg(["sum", "min"])
    days = days[(days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))]
    late = both.index.map(days.groupby("customer_id")["date"].min()) >= pd.Timestamp("1998-04-01")
    came, stayed = both["orders_after"] > 0, both["orders_before"] > 0
    change = (both["spend_after"] - both["spend_before"]).round(4)
    groups = {
        "new": came & ~stayed & late, "returned": came & ~stayed & ~late,
        "up": came & stayed & (change > 0), "same": came & stayed & (change == 0),
        "down": came & stayed & (change < 0), "left": ~came & stayed, "refunds only": ~came & ~stayed,
    }  # fmt: skip
    table = report.changes.set_index("group")
    for name, chosen in groups.items():
        part = both[chosen]
        assert table.loc[name, "customers"] == part.index.isin(ever).sum(), name
        assert table.loc[name, "spend_after"] == pytest.approx(part["spend_after"].sum()), name
        assert table.loc[name, "change"] == pytest.approx(change[chosen].sum()), name


def test_a_return_without_a_purchase_is_a_group_of_its_own_and_so_is_one_from_before_the_log():
    log = pd.DataFrame({
        "customer_id": ["ann", "ann", "bob", "eve"], "amount": [50.0, -20.0, -5.0, 30.0],
        "date": ["2024-01-01", "2024-03-05", "2024-03-07", "2024-03-31"],
    })  # fmt: skip
    report = rfm.base_report(log, "1M")
    only = report.changes.set_index("group").loc["refunds only"]
    assert (only["customers"], only["spend_after"]) == (
        1,
        -25.0,
    )  # bob never bought: his money counts, he does not
    tree = report.revenue_tree
    assert tree["spend"].tolist() == [50.0, 0.0, 30.0]
    assert tree["other_refunds"].tolist() == [0.0, 0.0, -25.0]
    assert report.revenue_bridge["amount"].tolist() == [0, 0, 0, 0, 0, 30, -25, 5]
