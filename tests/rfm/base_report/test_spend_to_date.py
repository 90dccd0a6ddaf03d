"""Spend to date: sums that end at what the log has of each cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given

import rfm
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log, as_starts, days_of, lenses


@given(ROWS, EVERY)
def test_at_the_last_age_it_is_the_cohorts_net_spend_and_orders(rows, every):
    log = as_log(rows)
    found = lenses(log, every).spend_to_date
    last = found.groupby("cohort").last()
    days, periods = days_of(log, every)
    known = days.groupby("cohort").agg(
        customers=("customer_id", "nunique"), orders=("bought", "sum"), spend=("sum", "sum")
    )
    assert last.index.tolist() == as_starts(periods, known.index.to_series()).tolist()
    assert last["customers"].tolist() == known["customers"].tolist()
    assert last["orders_to_date"].tolist() == known["orders"].tolist()
    np.testing.assert_allclose(last["spend_to_date"], known["spend"], atol=1e-12)  # quarters of a unit: exact


@given(ROWS, EVERY)
def test_all_cohorts_are_everybody(rows, every):
    log = as_log(rows)
    last = lenses(log, every).spend_to_date.groupby("cohort").last()
    buyers = rfm.summarize(log).query("orders > 0")
    assert last["customers"].sum() == len(buyers)
    assert last["orders_to_date"].sum() == buyers["orders"].sum()
    np.testing.assert_allclose(
        last["spend_to_date"].sum(), (buyers["spend"] + buyers["refunds"]).sum(), atol=1e-9
    )


@given(ROWS, EVERY)
def test_its_steps_are_the_cells_of_the_cohorts(rows, every):
    report = lenses(as_log(rows), every)
    found, cells = report.spend_to_date, report.cohorts
    head = ["cohort", "age", "period", "customers", "complete"]
    pd.testing.assert_frame_equal(found[head], cells[head])
    by_cohort = cells.groupby("cohort")
    assert found["orders_to_date"].tolist() == by_cohort["orders"].cumsum().tolist()
    np.testing.assert_allclose(found["spend_to_date"], by_cohort["spend"].cumsum(), atol=1e-9)
    np.testing.assert_allclose(found["spend_per_customer"], cells["spend_per_customer"], rtol=1e-12)
    assert (found["orders_per_customer"] >= 1).all()


def test_cdnow_quarter_by_quarter():
    found = rfm.base_report(rfm.datasets.cdnow(), every="1Q").spend_to_date
    assert found["spend_to_date"].iloc[-1] == 2_500_315.63  # the whole log's, to the cent
    assert found["orders_to_date"].iloc[-1] == 67_591  # purchase days; the log has 69,659 rows
    assert found["spend_per_customer"].round(2).tolist() == [45.47, 60.71, 73.12, 85.88, 97.03, 106.08]
