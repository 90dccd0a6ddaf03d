"""Lenses 3 to 5 of the report: one answer on every engine, whatever the order of rows."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from tests.rfm.base_report.slow_counts import as_log
from tests.test_engines import assert_same, with_refunds

LENSES = {
    "second_purchase": ["cohort", "days"],
    "spend_to_date": ["cohort", "age"],
    "cohorts": ["cohort", "age"],
    "stacked_cohorts": ["period", "cohort"],
}


@pytest.mark.slow_on("spark")
def test_every_lens_on_every_engine(constructor, to_pandas):
    log = with_refunds(rfm.datasets.cdnow_sample())
    mine, known = (rfm.base_report(each, every="1M") for each in (constructor(log), log))
    for name, keys in LENSES.items():
        found, table = (to_pandas(getattr(each, name)) for each in (mine, known))
        assert_same(found.sort_values(keys, ignore_index=True), table)


def test_the_order_of_rows_does_not_matter():
    log = with_refunds(rfm.datasets.cdnow_sample())
    left, right = (rfm.base_report(each, every="1Q") for each in (log, log.sample(frac=1, random_state=2)))
    for name in LENSES:
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))


def test_a_log_that_begins_with_old_customers_is_said():
    old = [(who, day, 8) for who in range(900) for day in (who % 20, 100)]
    new = [(1_000 + day, day, 8) for day in range(365)]
    with pytest.warns(rfm.DataWarning, match="first cohorts are new in the log"):
        rfm.base_report(as_log(old + new), every="1Q")


def test_a_wrong_length_is_refused():
    with pytest.raises(rfm.DataError, match="not a period length"):
        rfm.base_report(as_log([(1, 0, 8)]), every="quarter")
