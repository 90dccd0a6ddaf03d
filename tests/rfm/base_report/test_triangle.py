"""Cells by cohort and period: the same whole numbers on every engine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import rfm
from rfm._base_report.second_purchase import second_purchase
from rfm._base_report.triangle import ratio, triangle
from rfm._dynamics.active_days import timeline
from rfm._dynamics.periods import cut_periods
from rfm._orders.transactions import as_transactions
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log


def read(log, every):
    tx = as_transactions(log)
    periods = cut_periods(every, tx.first_day, tx.last_day)
    rows = timeline(tx)
    return triangle(rows, periods, tx.decimals), second_purchase(rows, periods)


def returned(log):
    """One row in ten is a refund."""
    back = np.random.default_rng(7).random(len(log)) < 0.1
    return log[["customer_id", "date"]].assign(amount=np.where(back, -log["amount"], log["amount"]))


@pytest.mark.slow_on("spark")
def test_the_cells_and_second_purchases_on_every_engine(constructor):
    log = returned(rfm.datasets.cdnow_sample())
    (mine, again), (known, again_known) = read(constructor(log), "1M"), read(log, "1M")
    for name in ("active", "orders", "spend", "first_orders"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(known, name), err_msg=name)
    for name, values in again_known.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)  # to the last bit


@given(ROWS, EVERY)
def test_a_cohorts_size_is_who_came_and_nothing_happens_before(rows, every):
    log = as_log(rows)
    cells, _ = read(log, every)
    buyers = rfm.summarize(log).query("orders > 0")
    assert cells.size.sum() == len(buyers)
    for values in (cells.active, cells.orders, cells.spend):
        assert (np.tril(values, -1) == 0).all()
    assert (cells.active <= cells.size[:, None]).all()
    assert (cells.active <= cells.orders).all()
    assert cells.first_orders.sum() / cells.scale == pytest.approx(buyers["first_order_spend"].sum())


def test_a_refund_before_the_first_purchase_counts_when_the_cohort_begins():
    cells, _ = read(as_log([(1, 0, -4), (1, 60, 8), (2, 0, 8)]), "1M")
    assert (cells.spend.diagonal() / cells.scale).tolist() == [2, 0, 1]


def test_a_ratio_to_nothing_is_not_known():
    assert ratio(np.array([1, 0]), np.array([2, 0])).tolist()[0] == 0.5
    assert np.isnan(ratio(np.array([3]), np.array([0]))[0])
