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


@pytest.mark.slow_on("spark")
def test_every_engine_gives_the_same_tables(constructor):
    log = returned(rfm.datasets.cdnow_sample())
    mine, known = rfm.base_report(constructor(log), "1Q"), rfm.base_report(log, "1Q")
    assert (mine.period, mine.before, mine.notes) == (known.period, known.before, known.notes)
    for name in TABLES:
        found = to_plain_pandas(from_native(getattr(mine, name)))
        pd.testing.assert_frame_equal(
            found, getattr(known, name), check_dtype=False, check_exact=True, obj=name
        )


@settings(deadline=None, max_examples=6)
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


def test_a_log_without_amounts_is_refused_with_a_hint():
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    with pytest.raises(rfm.DataError, match="Hint: Transactions"):
        rfm.base_report(log)


def test_the_view_has_the_periods_and_the_notes():
    report = rfm.base_report(rfm.datasets.cdnow_sample())
    assert repr(report).startswith("Customer-base audit by 1Y: 1997-01-01 to 1997-12-31\n")
    assert "No two periods" in repr(report)
    assert "No two periods" in report._repr_html_()
    assert "<table" in report._repr_html_()
