"""The report: one answer on every engine, whatever the order of rows, and with or without amounts."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import rfm
from tests.rfm.base_report.slow_counts import as_log
from tests.test_engines import assert_same, with_refunds

KEYS = ["period", "cohort", "days", "age"]


def tables(report) -> dict[str, object]:
    return {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}


@pytest.mark.slow_on("spark")
def test_every_lens_on_every_engine(constructor, to_pandas):
    log = with_refunds(rfm.datasets.cdnow_sample())
    mine, known = (tables(rfm.base_report(each, every="1M")) for each in (constructor(log), log))
    for name, table in known.items():
        keys = [key for key in KEYS if key in table]
        found = to_pandas(mine[name]).sort_values(keys, ignore_index=True)
        assert_same(found, to_pandas(table).sort_values(keys, ignore_index=True))


def test_the_order_of_rows_does_not_matter():
    log = with_refunds(rfm.datasets.cdnow_sample())
    left, right = (
        tables(rfm.base_report(each, every="1Q")) for each in (log, log.sample(frac=1, random_state=2))
    )
    for name, table in left.items():
        pd.testing.assert_frame_equal(table, right[name])


def test_a_log_without_amounts_has_customers_and_orders_only():
    log = rfm.datasets.cdnow_sample()
    bare, whole = rfm.base_report(log[["customer_id", "date"]], every="1Q"), rfm.base_report(log, every="1Q")
    assert not [name for name in bare.cohorts if "spend" in name or "value" in name]
    assert bare.stacked_cohorts["orders"].tolist() == whole.stacked_cohorts["orders"].tolist()
    with pytest.raises(rfm.DataError, match="no amounts"):
        rfm.plot.stacked_cohorts(bare.stacked_cohorts)
    rfm.plot.stacked_cohorts(bare.stacked_cohorts, "orders")


def test_a_log_that_begins_with_old_customers_is_said():
    old = [(who, day, 8) for who in range(900) for day in (who % 20, 100)]
    new = [(1_000 + day, day, 8) for day in range(365)]
    with pytest.warns(rfm.DataWarning, match="first cohorts are new in the log"):
        rfm.base_report(as_log(old + new), every="1Q")


def test_a_wrong_length_is_refused():
    with pytest.raises(rfm.DataError, match="not a period length"):
        rfm.base_report(as_log([(1, 0, 8)]), every="quarter")
