"""The audit as a whole: identities with the log, the periods it chooses, and one answer on every engine."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import rfm
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log
from tests.rfm.base_report.test_triangle import returned

TABLES = tuple(each.name for each in fields(rfm.BaseReport)[:10])


def audit(log, *args, **options):
    return rfm.base_report(rfm.Transactions(log, far_dates="keep"), *args, **options)


def counted(log: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """Orders and spend of each customer with a row between two days, in another way than the library's."""
    days = log.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"])
    days["bought"] = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    inside = days[(days.index.get_level_values("date") >= start) & (days.index.get_level_values("date") <= end)]
    return inside.groupby("customer_id").agg(orders=("bought", "sum"), spend=("sum", "sum"))


@pytest.mark.slow_on("spark")
def test_every_engine_gives_the_same_tables(constructor):
    log = returned(rfm.datasets.cdnow_sample())
    mine, known = rfm.base_report(constructor(log), "1Q"), rfm.base_report(log, "1Q")
    assert (mine.period, mine.before, mine.notes) == (known.period, known.before, known.notes)
    for name in TABLES:
        found = to_plain_pandas(from_native(getattr(mine, name)))
        pd.testing.assert_frame_equal(found, getattr(known, name), check_dtype=False, check_exact=True, obj=name)


@settings(deadline=None, max_examples=15)
@given(ROWS, EVERY)
def test_the_identities_of_one_and_two_periods_hold_on_any_log(rows, every):
    log = as_log(rows)
    tx = rfm.Transactions(log, far_dates="keep")
    report = rfm.base_report(tx, every)
    tree = report.revenue_tree
    kept = tx.audit.set_index("rule")["amount"]["kept"]
    assert tree["revenue"].sum() == pytest.approx(kept, abs=1e-9)
    product = tree["customers"] * tree["orders_per_customer"] * tree["order_value"]
    np.testing.assert_allclose(product.fillna(0), tree["spend"], atol=1e-9)
    np.testing.assert_allclose(tree["spend"] + tree["other_refunds"], tree["revenue"], atol=1e-9)
    periods = [str(tree["period"].iloc[0].date()), str(tree["period"].iloc[-1].date())]
    if len(tree) > 1:
        report = rfm.base_report(tx, every, period=periods[1], before=periods[0])
        first, *steps, last = report.revenue_bridge["amount"]
        assert (first, last) == (tree["revenue"].iloc[0], tree["revenue"].iloc[-1])
        assert first + sum(steps) == pytest.approx(last, abs=1e-9)
        assert report.changes["change"].sum() == pytest.approx(last - first, abs=1e-9)
        for side, place in (("before", 0), ("after", -1)):
            assert report.changes[f"orders_{side}"].sum() == tree["orders"].iloc[place]
            parts = report.overlap[report.overlap["bought"].isin([f"{side} only", "both"])]
            assert parts["customers"].sum() == tree["customers"].iloc[place]
    now = tree[tree["period"] == pd.Timestamp(report.period[:10])].iloc[0]
    for _, bands in report.distribution.groupby("measure"):
        assert bands["customers"].sum() == now["customers"]
        assert bands["spend"].sum() == pytest.approx(now["spend"], abs=1e-9)
    assert report.deciles["customers"].sum() == now["customers"]
    assert report.deciles["orders"].sum() == pytest.approx(now["orders"])
    assert report.deciles["spend"].sum() == pytest.approx(now["spend"], abs=1e-9)


def test_groups_of_customers_counted_one_by_one():
    log = returned(rfm.datasets.cdnow_sample())
    report = rfm.base_report(log, "1Q")
    before = counted(log, "1998-01-01", "1998-03-31")
    after = counted(log, "1998-04-01", "1998-06-30")
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer").fillna(0)
    ever = counted(log, "1997-01-01", "1998-06-30").query("orders > 0").index
    came, stayed = both["orders_after"] > 0, both["orders_before"] > 0
    change = (both["spend_after"] - both["spend_before"]).round(4)
    groups = {
        "returned": came & ~stayed, "up": came & stayed & (change > 0), "same": came & stayed & (change == 0),
        "down": came & stayed & (change < 0), "left": ~came & stayed, "refunds only": ~came & ~stayed,
    }  # fmt: skip
    table = report.changes.set_index("group")
    assert table.loc["new", "customers"] == 0  # all of CDNOW's customers came in early 1997
    for name, chosen in groups.items():
        part = both[chosen]
        assert table.loc[name, "customers"] == part.index.isin(ever).sum(), name
        assert table.loc[name, "spend_after"] == pytest.approx(part["spend_after"].sum()), name
        assert table.loc[name, "change"] == pytest.approx(change[chosen].sum()), name


def test_deciles_of_distinct_spends_are_those_of_a_sorted_list():
    rng = np.random.default_rng(3)
    spend = rng.permutation(1037) + 1.0
    log = pd.DataFrame({"customer_id": np.arange(1037), "date": "2024-03-01", "amount": spend})
    table = audit(log, "1M").deciles
    parts = [np.sort(spend)[::-1][1037 * k // 10 : 1037 * (k + 1) // 10] for k in range(10)]
    assert table["customers"].tolist() == [len(part) for part in parts]
    assert table["spend"].tolist() == [part.sum() for part in parts]


def test_equal_spend_on_a_boundary_is_divided_in_proportion_whatever_the_order_of_rows():
    log = pd.DataFrame({
        "customer_id": [*range(20), 0], "date": ["2024-03-01"] * 20 + ["2024-03-09"],
        "amount": [5.0] + [10.0] * 19 + [5.0],
    })  # fmt: skip
    table = audit(log, "1M").deciles
    assert table["spend"].tolist() == [20.0] * 10  # all spent 10
    np.testing.assert_allclose(table["orders"], 2 * 21 / 20)
    pd.testing.assert_frame_equal(table, audit(log[::-1], "1M").deciles)


def test_bands_hold_low_and_not_high():
    log = pd.DataFrame({"customer_id": range(40), "date": "2024-03-01", "amount": np.arange(40.0)})
    bands = audit(log, "1M").distribution.query("measure == 'spend'")
    for band in bands.itertuples():
        low, high = (0.0 if np.isnan(band.low) else band.low), (np.inf if np.isnan(band.high) else band.high)
        assert band.customers == ((log["amount"] >= low) & (log["amount"] < high)).sum()


def test_the_last_two_complete_periods_are_compared_and_partial_ones_are_named():
    log = rfm.datasets.cdnow_sample()
    months = rfm.base_report(log, "1M")
    assert (months.before, months.period) == ("1998-05-01 to 1998-05-31", "1998-06-01 to 1998-06-30")
    assert months.notes == ()
    years = rfm.base_report(log)
    assert years.period == "1997-01-01 to 1997-12-31"
    assert years.before is None and "No two periods are compared" in years.notes[0]
    assert len(years.changes) == len(years.overlap) == len(years.revenue_bridge) == 0
    partial = rfm.base_report(log, period="1998-02-01", before="1997-02-01")
    assert "1998-01-01 to 1998-12-31 is not complete" in partial.notes[0]
    assert len(partial.changes) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "1X"}, "not a period length"),
        ({"period": "2001-01-01"}, "lies outside the log's periods"),
        ({"period": "1997-02-01", "before": "1997-05-01"}, "lies in no earlier period"),
        ({"period": "1997-02-01", "before": "1997-02-03", "every": "1M"}, "lies in no earlier period"),
    ],
)
def test_wrong_periods_are_refused(options, message):
    with pytest.raises(rfm.DataError, match=message):
        rfm.base_report(rfm.datasets.cdnow_sample(), **options)


def test_a_log_without_amounts_is_refused_with_a_hint():
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    with pytest.raises(rfm.DataError, match="Hint: Transactions"):
        rfm.base_report(log)


def test_the_view_has_the_periods_and_the_notes():
    report = rfm.base_report(rfm.datasets.cdnow_sample())
    assert repr(report).startswith("Customer-base audit by 1Y: 1997-01-01 to 1997-12-31\n")
    assert "No two periods" in repr(report)
    assert "No two periods" in report._repr_html_() and "<table" in report._repr_html_()
