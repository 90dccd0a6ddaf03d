"""The stacked cohort chart's table: its columns of bars add up to the log."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given

import rfm
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log, as_starts, days_of, lenses

PARTS = ["customers", "orders", "spend"]


@given(ROWS, EVERY)
def test_bars_add_up_to_the_log_period_by_period(rows, every):
    log = as_log(rows)
    found = lenses(log, every).stacked_cohorts
    days, periods = days_of(log, every)
    bars = found.groupby("period")[PARTS].sum()
    bought = days[days["bought"]]
    known = pd.DataFrame(
        {
            "customers": bought.groupby("period")["customer_id"].nunique(),
            "orders": bought.groupby("period")["day"].size(),
            "spend": days.groupby("period")["sum"].sum(),
        }
    )
    known = known.reindex(range(days["cohort"].min(), len(periods))).fillna(0.0)
    assert bars.index.tolist() == as_starts(periods, known.index.to_series()).tolist()
    assert bars["customers"].tolist() == known["customers"].tolist()
    assert bars["orders"].tolist() == known["orders"].tolist()
    np.testing.assert_allclose(bars["spend"], known["spend"], atol=1e-9)
    totals = rfm.summarize(log).query("orders > 0")
    np.testing.assert_allclose(found["spend"].sum(), (totals["spend"] + totals["refunds"]).sum(), atol=1e-9)


@given(ROWS, EVERY)
def test_shares_add_up_to_one_and_new_customers_are_of_the_period(rows, every):
    found = lenses(as_log(rows), every).stacked_cohorts
    sums = found.groupby("period")[PARTS].sum()
    for part in PARTS:
        shares = found.groupby("period")[f"share_of_{part}"].sum(min_count=1)
        some = sums[part] != 0
        np.testing.assert_allclose(shares[some], 1.0, rtol=1e-9)
        assert shares[~some].isna().all()
    assert (found["is_new"] == (found["cohort"] == found["period"])).all()
    assert (found["cohort"] <= found["period"]).all()
    assert (found["period"] <= found["end"]).all()
    assert found[["period", "cohort"]].equals(found[["period", "cohort"]].sort_values(["period", "cohort"]))


@given(ROWS, EVERY)
def test_it_holds_the_cells_of_the_cohorts_by_period(rows, every):
    report = lenses(as_log(rows), every)
    cells = report.cohorts.sort_values(["period", "cohort"], ignore_index=True)
    mine = report.stacked_cohorts
    expected = cells[["period", "cohort", "active", "orders", "spend", "complete"]]
    found = mine[["period", "cohort", "customers", "orders", "spend", "complete"]]
    pd.testing.assert_frame_equal(found.rename(columns={"customers": "active"}), expected)


def test_new_customers_are_those_of_the_trend():
    log = rfm.datasets.cdnow_sample()
    found, known = (
        rfm.base_report(log, every="1M").stacked_cohorts,
        rfm.trend(log, every="1M", lapsed_after=365),
    )
    by_period = found.groupby("period")
    assert by_period["customers"].sum().tolist() == known["customers"].tolist()
    new = found[found["is_new"]].set_index("period")["customers"].reindex(known["period"], fill_value=0)
    assert new.tolist() == known["new"].tolist()
    assert by_period["end"].first().tolist() == known["end"].tolist()


def test_a_log_in_which_nobody_bought_has_empty_tables():
    report = rfm.base_report(as_log([(1, 0, 8), (1, 0, -8), (2, 30, -4)]), every="1M")
    for table in (report.second_purchase, report.spend_to_date, report.cohorts, report.stacked_cohorts):
        assert len(table) == 0
        assert table["cohort"].dtype == "datetime64[us]"
