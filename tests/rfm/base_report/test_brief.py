"""The audit in brief is that of the whole report."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from rfm._base_report.brief import brief
from rfm._days import as_day
from tests.rfm.base_report.test_triangle import returned


def test_it_has_the_tables_of_the_report_by_the_longest_periods_that_are_complete_twice():
    log = returned(rfm.datasets.cdnow_sample())
    tx = rfm.Transactions(log)
    found, whole = brief(tx, tx.last_day), rfm.base_report(tx, "6M")
    assert found is not None
    assert found.every == "6M"
    assert (" to ".join(found.before), " to ".join(found.period)) == (whole.before, whole.period)
    for mine, known in ((found.tree, whole.revenue_tree), (found.bridge, whole.revenue_bridge)):
        pd.testing.assert_frame_equal(mine, known, check_dtype=False)
    months = rfm.base_report(tx, "1M").stacked_cohorts
    pd.testing.assert_frame_equal(found.stacked, months, check_dtype=False)


def test_up_to_a_day_it_is_that_of_the_log_until_then():
    log = returned(rfm.datasets.cdnow_sample())
    tx, day = rfm.Transactions(log), as_day("1997-09-30", "day")
    early = rfm.Transactions(log[log["date"] <= "1997-09-30"])
    found, known = brief(tx, day), brief(early, day)
    assert found is not None
    assert known is not None
    assert found.every == "1Q"
    for name in ("tree", "overlap", "bridge", "stacked"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(known, name))


@pytest.mark.parametrize("last", ["1997-01-20", "1997-02-27", "1996-12-01"])
def test_a_short_log_has_none(last):
    assert brief(rfm.Transactions(rfm.datasets.cdnow_sample()), as_day(last, "day")) is None


def test_a_log_without_amounts_has_none():
    tx = rfm.Transactions(rfm.datasets.cdnow_sample()[["customer_id", "date"]])
    assert brief(tx, tx.last_day) is None
